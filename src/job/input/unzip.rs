//! Unpacks zip archives.

use super::error::{UnpackError, damaged, refused, too_many_entries, unwritten};
use super::meter::{Meter, Metered};
use super::names::{PATH_LIMIT, long_target};
use super::tree::{Tree, Unpacking};
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use zip::ZipArchive;
use zip::result::ZipError;

/// Bytes of the central directory for each entry within the limit. The `zip` crate keeps all of it in memory.
const DIRECTORY_BYTES_PER_ENTRY: u64 = 1024;
const NO_DIRECTORY: &str = "its end holds no list of entries of a usual size";

type Source<'a> = Metered<'a, BufReader<File>>;

/// Unpacks a zip archive.
pub fn unzip(file: File, unpacking: Unpacking<'_>) -> Result<(), UnpackError> {
    let meter = Meter::new(unpacking.stop);
    let mut reader = meter.reader(BufReader::new(file));
    check_entry_count(&mut reader, unpacking)?;
    let directory = (unpacking.limits.entries as u64 + 1).saturating_mul(DIRECTORY_BYTES_PER_ENTRY);
    let archive = meter.within(directory, NO_DIRECTORY, || ZipArchive::new(reader));
    let mut archive = archive.map_err(from_zip)?;
    if archive.has_duplicate_names() {
        return Err(damaged("two entries have the same name"));
    }
    let mut tree = Tree::new(unpacking);
    for index in 0..archive.len() {
        unzip_entry(&mut archive, index, &mut tree)?;
    }
    tree.finish()
}

fn unzip_entry(archive: &mut ZipArchive<Source<'_>>, index: usize, tree: &mut Tree<'_>) -> Result<(), UnpackError> {
    let mut entry = archive.by_index(index).map_err(from_zip)?;
    let name = entry.name().map_err(from_zip)?.into_owned();
    let mode = entry.unix_mode();
    match mode.map_or(0, |mode| mode & 0o170_000) {
        0o120_000 => {
            let target = read_link(&name, &mut entry)?;
            tree.link(&name, &target)
        }
        0o040_000 => tree.folder(&name),
        _ if entry.is_dir() => tree.folder(&name),
        0 | 0o100_000 => tree.file(&name, mode, &mut entry),
        _ => Err(refused(&name, "is neither a file, a folder nor a link")),
    }
}

/// Reads one byte more than a target may have, so that a longer one is noticed.
fn read_link(name: &str, entry: &mut impl Read) -> Result<String, UnpackError> {
    let mut target = Vec::new();
    let read = entry.take(PATH_LIMIT as u64 + 1).read_to_end(&mut target);
    read.map_err(|error| UnpackError::from_read_of(name, error))?;
    match String::from_utf8(target) {
        Ok(target) => Ok(target),
        Err(error) if error.as_bytes().len() > PATH_LIMIT => Err(long_target(name)),
        Err(_) => Err(refused(name, "is a link to a name that is not UTF-8")),
    }
}

fn from_zip(error: ZipError) -> UnpackError {
    match error {
        ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) => damaged("it is encrypted"),
        ZipError::Io(error) => UnpackError::from_read(error),
        error => damaged(error),
    }
}

/// Refuses too many entries by the number in the end record, because the `zip` crate keeps all entries in memory.
fn check_entry_count(file: &mut (impl Read + Seek), unpacking: Unpacking<'_>) -> Result<(), UnpackError> {
    let (mut tail, limits) = (Vec::new(), unpacking.limits);
    let start = unpacking.bytes.saturating_sub((64 << 10) + 22 + 20 + 56);
    file.seek(SeekFrom::Start(start))
        .and_then(|_| file.read_to_end(&mut tail))
        .and_then(|_| file.seek(SeekFrom::Start(0)))
        .map_err(|error| unwritten("the archive", &error))?;
    let counted = [(&b"PK\x05\x06"[..], 10, 2), (b"PK\x06\x06", 32, 8)].into_iter().filter_map(|(magic, at, width)| {
        let found = tail.windows(4).rposition(|bytes| bytes == magic)?;
        let digits = tail.get(found + at..found + at + width)?;
        Some(digits.iter().rev().fold(0, |count, byte| count << 8 | u64::from(*byte)))
    });
    match counted.max() {
        Some(count) if count > limits.entries as u64 && count != 0xffff => Err(too_many_entries(limits.entries)),
        Some(_) | None => Ok(()),
    }
}
