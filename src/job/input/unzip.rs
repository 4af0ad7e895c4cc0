//! A zip archive → a folder.

use super::meter::{Meter, Metered};
use super::names::PATH_LIMIT;
use super::tree::{Tree, Unpacking};
use super::{UnpackError, Wrong};
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use zip::ZipArchive;
use zip::result::ZipError;

/// Bytes of the list of entries, of which the reader of archives keeps all, for each entry that there may be.
const LISTING: u64 = 1024;
const NO_LISTING: &str = "its end holds no list of entries of a usual size";

type Source<'a> = Metered<'a, BufReader<File>>;

/// Unpacks a zip archive.
pub fn unzip(file: File, unpacking: Unpacking<'_>) -> Result<(), UnpackError> {
    let meter = Meter::new(unpacking.stop);
    let mut reader = meter.reader(BufReader::new(file));
    check_entry_count(&mut reader, unpacking)?;
    let listing = (unpacking.limits.entries as u64 + 1).saturating_mul(LISTING);
    let mut archive = meter.within(listing, NO_LISTING, || ZipArchive::new(reader)).map_err(corrupt)?;
    if archive.has_duplicate_names() {
        return Err(UnpackError::Corrupt("two entries have the same name".to_owned()));
    }
    let mut tree = Tree::new(unpacking);
    for index in 0..archive.len() {
        unzip_entry(&mut archive, index, &mut tree)?;
    }
    tree.finish()
}

fn unzip_entry(archive: &mut ZipArchive<Source<'_>>, index: usize, tree: &mut Tree<'_>) -> Result<(), UnpackError> {
    let mut entry = archive.by_index(index).map_err(corrupt)?;
    let name = entry.name().map_err(corrupt)?.into_owned();
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

/// A target that is too long is one byte longer than it may be.
fn read_link(name: &str, entry: &mut impl Read) -> Result<String, UnpackError> {
    let mut target = Vec::new();
    let read = entry.take(PATH_LIMIT as u64 + 1).read_to_end(&mut target);
    read.map_err(|error| UnpackError::reading_entry(name, error))?;
    match String::from_utf8(target) {
        Ok(target) => Ok(target),
        Err(error) if error.as_bytes().len() > PATH_LIMIT => Err(Wrong::LinkLong { limit: PATH_LIMIT }.at(name)),
        Err(_) => Err(Wrong::LinkNotUtf8.at(name)),
    }
}

fn corrupt(error: ZipError) -> UnpackError {
    match error {
        ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) => UnpackError::Corrupt("it is encrypted".to_owned()),
        ZipError::Io(error) => UnpackError::reading(error),
        error => UnpackError::Corrupt(error.to_string()),
    }
}

/// The reader of archives keeps all entries in memory: too many are refused by the number at the archive's end.
fn check_entry_count(file: &mut (impl Read + Seek), unpacking: Unpacking<'_>) -> Result<(), UnpackError> {
    let (mut tail, limits) = (Vec::new(), unpacking.limits);
    let start = unpacking.bytes.saturating_sub((64 << 10) + 22 + 20 + 56);
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
