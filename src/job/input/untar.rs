//! Unpacks tar archives, gzipped or not.

use super::error::{UnpackError, refused};
use super::format::Format;
use super::meter::Meter;
use super::tree::{Tree, Unpacking};
use flate2::read::MultiGzDecoder;
use std::fs::File;
use std::io::{BufReader, Read};
use tar::EntryType;

/// Bytes between the content of two entries: the header and its extensions (long names, extended attributes, the map of
/// a sparse file). The `tar` crate keeps them in memory.
const HEADER_LIMIT: u64 = 256 << 10;
const LONG_HEADER: &str = "the header of an entry is longer than 256 KiB";
/// Bytes of headers and padding in the whole archive for each entry within the limit.
const HEADER_BYTES_PER_ENTRY: u64 = 4 << 10;

/// Unpacks a tar archive.
pub fn untar(file: File, format: Format, unpacking: Unpacking<'_>) -> Result<(), UnpackError> {
    let packed = Meter::new(unpacking.stop);
    let reader = BufReader::new(packed.reader(file));
    match format {
        Format::GzippedTar => untar_from(BufReader::new(MultiGzDecoder::new(reader)), unpacking),
        Format::Tar | Format::Zip | Format::Bare | Format::Empty => untar_from(reader, unpacking),
    }
}

fn untar_from(reader: impl Read, unpacking: Unpacking<'_>) -> Result<(), UnpackError> {
    let limits = unpacking.limits;
    let meter =
        Meter::up_to(limits.expanded.saturating_add(HEADER_BYTES_PER_ENTRY * limits.entries as u64), unpacking.stop);
    let mut archive = tar::Archive::new(meter.reader(reader));
    let mut entries = archive.entries().map_err(UnpackError::from_read)?;
    let mut tree = Tree::new(unpacking);
    while let Some(entry) = meter.within(HEADER_LIMIT, LONG_HEADER, || entries.next()) {
        untar_entry(entry.map_err(UnpackError::from_read)?, &mut tree)?;
    }
    tree.finish()
}

fn untar_entry(mut entry: tar::Entry<'_, impl Read>, tree: &mut Tree<'_>) -> Result<(), UnpackError> {
    let name = utf8(&entry.path_bytes())?;
    let target = entry.link_name_bytes().map(|it| utf8(&it)).transpose()?.unwrap_or_default();
    let mode = entry.header().mode().ok();
    match entry.header().entry_type() {
        // Before ustar, a name that ends in a slash marked a folder.
        EntryType::Regular | EntryType::Continuous if name.ends_with('/') => tree.folder(&name),
        EntryType::Regular | EntryType::Continuous | EntryType::GNUSparse => tree.file(&name, mode, &mut entry),
        EntryType::Directory => tree.folder(&name),
        EntryType::Symlink => tree.link(&name, &target),
        EntryType::Link => tree.hard_link(&name, &target),
        EntryType::XGlobalHeader => tree.count(),
        // Devices and pipes; the enum is non-exhaustive.
        _ => Err(refused(&name, "is neither a file, a folder nor a link")),
    }?;
    tree.skip(&name, &mut entry)
}

fn utf8(name: &[u8]) -> Result<String, UnpackError> {
    match std::str::from_utf8(name) {
        Ok(name) => Ok(name.to_owned()),
        Err(_) => Err(refused(&String::from_utf8_lossy(name), "has a name that is not UTF-8")),
    }
}
