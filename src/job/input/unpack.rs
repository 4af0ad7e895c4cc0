//! An object's bytes → a folder, whatever kind of archive they are.

use super::tree::Tree;
use super::{InputLimits, UnpackError, Wrong};
use flate2::read::MultiGzDecoder;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;
use tar::EntryType;
use zip::ZipArchive;
use zip::result::ZipError;

/// Longest target of a link (PATH_MAX).
const LINK_LIMIT: u64 = 4096;

/// What an object is, told by its first bytes: names and content types lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A zip archive.
    Zip,
    /// A tar archive inside gzip.
    GzippedTar,
    /// A tar archive.
    Tar,
    /// A file that is no archive.
    Bare,
    /// No bytes.
    Empty,
}

impl Format {
    /// Reads the first bytes of a file and goes back to its start.
    pub fn sniff(file: &mut File) -> io::Result<Self> {
        let mut head = Vec::new();
        file.seek(SeekFrom::Start(0))?;
        file.by_ref().take(512).read_to_end(&mut head)?;
        file.seek(SeekFrom::Start(0))?;
        Ok(match head.as_slice() {
            [] => Self::Empty,
            [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Self::Zip,
            [0x1f, 0x8b, ..] => Self::GzippedTar,
            head if head.get(257..262) == Some(b"ustar") => Self::Tar,
            _ => Self::Bare,
        })
    }
}

/// Unpacks a zip archive of `size` bytes.
pub fn unzip(file: File, size: u64, root: &Path, limits: &InputLimits) -> Result<(), UnpackError> {
    let mut reader = BufReader::new(file);
    check_entry_count(&mut reader, size, limits)?;
    let mut archive = ZipArchive::new(reader).map_err(corrupt_zip)?;
    if archive.has_duplicate_names() {
        return Err(UnpackError::Corrupt("two entries have the same name".to_owned()));
    }
    let mut tree = Tree::new(root, limits, size);
    for index in 0..archive.len() {
        unzip_entry(&mut archive, index, &mut tree)?;
    }
    tree.finish()
}

fn unzip_entry(
    archive: &mut ZipArchive<BufReader<File>>,
    index: usize,
    tree: &mut Tree<'_>,
) -> Result<(), UnpackError> {
    let mut entry = archive.by_index(index).map_err(corrupt_zip)?;
    let name = entry.name().map_err(corrupt_zip)?.into_owned();
    let mode = entry.unix_mode();
    match mode.map_or(0, |mode| mode & 0o170_000) {
        0o120_000 => {
            let target = read_link(&name, &mut entry)?;
            tree.link(&name, &target)
        }
        0o040_000 => tree.folder(&name),
        _ if entry.is_dir() => tree.folder(&name),
        0 | 0o100_000 => tree.file(&name, mode, &mut entry),
        _ => Err(Wrong::Device.at(&name)),
    }
}

fn read_link(name: &str, entry: &mut impl Read) -> Result<String, UnpackError> {
    let mut target = String::new();
    match entry.take(LINK_LIMIT).read_to_string(&mut target) {
        Ok(_) => Ok(target),
        Err(error) => Err(UnpackError::Corrupt(format!("entry `{name}`: {error}"))),
    }
}

fn corrupt_zip(error: ZipError) -> UnpackError {
    match error {
        ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) => UnpackError::Corrupt("it is encrypted".to_owned()),
        error => UnpackError::Corrupt(error.to_string()),
    }
}

/// The reader of archives keeps all entries in memory: too many are refused by the number at the archive's end.
fn check_entry_count(file: &mut (impl Read + Seek), size: u64, limits: &InputLimits) -> Result<(), UnpackError> {
    let mut tail = Vec::new();
    let start = size.saturating_sub((64 << 10) + 22 + 20 + 56);
    file.seek(SeekFrom::Start(start))
        .and_then(|_| file.read_to_end(&mut tail))
        .and_then(|_| file.seek(SeekFrom::Start(0)))
        .map_err(|error| UnpackError::disk("the archive", error))?;
    let counted = [(&b"PK\x05\x06"[..], 10, 2), (b"PK\x06\x06", 32, 8)].into_iter().filter_map(|(magic, at, width)| {
        let found = tail.windows(4).rposition(|bytes| bytes == magic)?;
        let digits = tail.get(found + at..found + at + width)?;
        Some(digits.iter().rev().fold(0, |count, byte| count << 8 | u64::from(*byte)))
    });
    match counted.max() {
        Some(count) if count > limits.entries as u64 && count != 0xffff => {
            Err(UnpackError::TooManyEntries { limit: limits.entries })
        }
        Some(_) | None => Ok(()),
    }
}

/// Unpacks a tar archive of `size` bytes, gzipped or not.
pub fn untar(file: File, size: u64, root: &Path, format: Format, limits: &InputLimits) -> Result<(), UnpackError> {
    let reader = BufReader::new(file);
    let reader: Box<dyn Read> = match format {
        Format::GzippedTar => Box::new(BufReader::new(MultiGzDecoder::new(reader))),
        Format::Tar | Format::Zip | Format::Bare | Format::Empty => Box::new(reader),
    };
    let mut archive = tar::Archive::new(reader);
    let mut tree = Tree::new(root, limits, size);
    for entry in archive.entries().map_err(corrupt_tar)? {
        untar_entry(entry.map_err(corrupt_tar)?, &mut tree)?;
    }
    tree.finish()
}

fn untar_entry(mut entry: tar::Entry<'_, Box<dyn Read>>, tree: &mut Tree<'_>) -> Result<(), UnpackError> {
    let name = utf8(&entry.path_bytes())?;
    let target = entry.link_name_bytes().map(|it| utf8(&it)).transpose()?.unwrap_or_default();
    let mode = entry.header().mode().ok();
    match entry.header().entry_type() {
        // Before ustar a folder was told by its name.
        EntryType::Regular | EntryType::Continuous if name.ends_with('/') => tree.folder(&name),
        EntryType::Regular | EntryType::Continuous | EntryType::GNUSparse => tree.file(&name, mode, &mut entry),
        EntryType::Directory => tree.folder(&name),
        EntryType::Symlink => tree.link(&name, &target),
        EntryType::Link => tree.hard_link(&name, &target),
        EntryType::XGlobalHeader => Ok(()),
        // The type is the tar crate's and open: what is left are devices, pipes and what nobody writes.
        _ => Err(Wrong::Device.at(&name)),
    }
}

fn utf8(name: &[u8]) -> Result<String, UnpackError> {
    match std::str::from_utf8(name) {
        Ok(name) => Ok(name.to_owned()),
        Err(_) => Err(Wrong::NotUtf8.at(&String::from_utf8_lossy(name))),
    }
}

fn corrupt_tar(error: io::Error) -> UnpackError {
    UnpackError::Corrupt(error.to_string())
}
