//! The records of a zip file (PKWARE APPNOTE 6.3.10), without anything that differs between runs.

use super::plan::CHUNK_BYTES;
use crate::package::archive::entry::{Entry, EntryKind};

/// In a 32-bit field, this value means that the zip64 field has the number.
const FIELD_LIMIT: u64 = 0xFFFF_FFFF;
/// The same in the 16-bit count of entries.
const COUNT_LIMIT: u64 = 0xFFFF;
/// How much deflate may add to 4 GiB that it cannot shrink: five bytes for each block of 16 KiB, and for each flush.
const DEFLATE_SLACK: u64 = 8 << 20;

/// Bytes of the largest descriptor.
pub const DESCRIPTOR_BYTES: usize = 24;

const VERSION: u16 = 20;
const VERSION_ZIP64: u16 = 45;
/// Upper byte of "version made by": Unix, so that readers use the modes.
const MADE_ON_UNIX: u16 = 3 << 8;
const SIZES_FOLLOW: u16 = 1 << 3;
const NAME_IS_UTF8: u16 = 1 << 11;
const STORED: u16 = 0;
const DEFLATED: u16 = 8;
/// 1980-01-01 00:00:00, the earliest time in the format.
const DOS_TIME: u16 = 0;
const DOS_DATE: u16 = 1 << 5 | 1;

/// One file of a zip.
#[derive(Debug, Clone, Copy)]
pub struct Record<'a> {
    /// Path with `/` between folders.
    pub name: &'a str,
    /// `st_mode` with the file type.
    pub mode: u32,
    /// CRC-32 of the content.
    pub crc: u32,
    /// Size of the content in bytes.
    pub size: u64,
    /// Size of the content in the zip: deflated if it is smaller than `size`, otherwise stored.
    pub packed: u64,
    /// Always deflated; checksum and sizes follow the content, whose start is sent before its packed size is known.
    pub streamed: bool,
}

impl<'a> Record<'a> {
    /// The record of an entry, given the packed size of its content. An entry that is packed in chunks is streamed.
    pub fn new(entry: &'a Entry, packed: u64) -> Self {
        let streamed = entry.size > CHUNK_BYTES && !matches!(entry.kind, EntryKind::Link(_));
        Self { name: &entry.name, mode: entry.kind.mode(), crc: entry.crc, size: entry.size, packed, streamed }
    }

    /// Bytes of the local header.
    pub fn local_header_bytes(&self) -> u64 {
        30 + self.name.len() as u64 + if self.is_wide() { 20 } else { 0 }
    }

    /// Appends the header before the content. The header of a streamed entry has no sizes.
    pub fn local_header(&self, out: &mut Vec<u8>) {
        let (crc, packed, size) = if self.streamed { (0, 0, 0) } else { (self.crc, self.packed, self.size) };
        out.extend(0x0403_4B50_u32.to_le_bytes());
        self.common(crc, if self.is_wide() { [FIELD_LIMIT; 2] } else { [packed, size] }, out);
        put16(out, if self.is_wide() { 20 } else { 0 });
        out.extend(self.name.as_bytes());
        if self.is_wide() {
            zip64_field(&[size, packed], out);
        }
    }

    /// Appends the record after the content of a streamed entry.
    pub fn descriptor(&self, out: &mut Vec<u8>) {
        out.extend(0x0807_4B50_u32.to_le_bytes());
        out.extend(self.crc.to_le_bytes());
        for size in [self.packed, self.size] {
            if self.is_wide() { out.extend(size.to_le_bytes()) } else { put32(out, size) }
        }
    }

    /// Appends the entry of the central directory. `offset` is that of the local header.
    pub fn directory_entry(&self, offset: u64, out: &mut Vec<u8>) {
        let wide: Vec<u64> =
            [self.size, self.packed, offset].into_iter().filter(|field| *field >= FIELD_LIMIT).collect();
        out.extend(0x0201_4B50_u32.to_le_bytes());
        put16(out, MADE_ON_UNIX | self.version(offset));
        self.common_for(self.version(offset), self.crc, [self.packed, self.size], out);
        put16(out, if wide.is_empty() { 0 } else { 4 + 8 * wide.len() as u16 });
        out.extend([0; 6]); // comment, disk, internal attributes
        out.extend((self.mode << 16).to_le_bytes());
        put32(out, offset);
        out.extend(self.name.as_bytes());
        if !wide.is_empty() {
            zip64_field(&wide, out);
        }
    }

    fn common(&self, crc: u32, sizes: [u64; 2], out: &mut Vec<u8>) {
        self.common_for(self.version(0), crc, sizes, out);
    }

    /// The fields that both headers share, from the version needed to the length of the name.
    fn common_for(&self, version: u16, crc: u32, sizes: [u64; 2], out: &mut Vec<u8>) {
        for field in [version, self.flags(), self.method(), DOS_TIME, DOS_DATE] {
            put16(out, field);
        }
        out.extend(crc.to_le_bytes());
        put32(out, sizes[0]);
        put32(out, sizes[1]);
        put16(out, self.name.len() as u16);
    }

    /// Whether the local header and the descriptor have sizes of 64 bits.
    fn is_wide(&self) -> bool {
        let limit = if self.streamed { FIELD_LIMIT - DEFLATE_SLACK } else { FIELD_LIMIT };
        self.size >= limit
    }

    fn version(&self, offset: u64) -> u16 {
        if self.is_wide() || offset >= FIELD_LIMIT { VERSION_ZIP64 } else { VERSION }
    }

    fn flags(&self) -> u16 {
        let sizes = if self.streamed { SIZES_FOLLOW } else { 0 };
        let name = if self.name.is_ascii() { 0 } else { NAME_IS_UTF8 };
        sizes | name
    }

    fn method(&self) -> u16 {
        if self.streamed || self.packed < self.size { DEFLATED } else { STORED }
    }
}

/// Appends the records after the central directory, which end the file.
pub fn end(entries: u64, directory_bytes: u64, directory_offset: u64, out: &mut Vec<u8>) {
    if entries >= COUNT_LIMIT || directory_bytes >= FIELD_LIMIT || directory_offset >= FIELD_LIMIT {
        zip64_end(entries, directory_bytes, directory_offset, out);
    }
    out.extend(0x0605_4B50_u32.to_le_bytes());
    out.extend([0; 4]); // this disk, the directory's disk
    let count = entries.min(COUNT_LIMIT) as u16;
    put16(out, count);
    put16(out, count);
    put32(out, directory_bytes);
    put32(out, directory_offset);
    put16(out, 0); // comment
}

fn zip64_end(entries: u64, directory_bytes: u64, directory_offset: u64, out: &mut Vec<u8>) {
    out.extend(0x0606_4B50_u32.to_le_bytes());
    out.extend(44_u64.to_le_bytes());
    put16(out, MADE_ON_UNIX | VERSION_ZIP64);
    put16(out, VERSION_ZIP64);
    out.extend([0; 8]); // this disk, the directory's disk
    for field in [entries, entries, directory_bytes, directory_offset] {
        out.extend(field.to_le_bytes());
    }
    out.extend(0x0706_4B50_u32.to_le_bytes());
    out.extend([0; 4]); // the disk of the record above
    out.extend((directory_offset + directory_bytes).to_le_bytes());
    out.extend(1_u32.to_le_bytes()); // disks
}

fn zip64_field(values: &[u64], out: &mut Vec<u8>) {
    put16(out, 1);
    put16(out, 8 * values.len() as u16);
    out.extend(values.iter().flat_map(|value| value.to_le_bytes()));
}

fn put16(out: &mut Vec<u8>, value: u16) {
    out.extend(value.to_le_bytes());
}

/// A 32-bit field; a larger number becomes the value that points to the zip64 field.
fn put32(out: &mut Vec<u8>, value: u64) {
    out.extend((value.min(FIELD_LIMIT) as u32).to_le_bytes());
}
