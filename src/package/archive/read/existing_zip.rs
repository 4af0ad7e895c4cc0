//! Zip files that are uploaded as they are: how one is recognised, and what its central directory says.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt;
use std::path::Path;

const END_SIGNATURE: &[u8; 4] = b"PK\x05\x06";
const END_BYTES: usize = 22;
const MAX_COMMENT_BYTES: u64 = 0xFFFF;
const ZIP64_LOCATOR_SIGNATURE: &[u8; 4] = b"PK\x06\x07";
const ZIP64_LOCATOR_BYTES: usize = 20;
const ZIP64_END_SIGNATURE: &[u8; 4] = b"PK\x06\x06";
const ZIP64_END_BYTES: usize = 56;
const HEADER_SIGNATURE: &[u8; 4] = b"PK\x01\x02";
const HEADER_BYTES: usize = 46;
/// This size means that the zip64 field has the size.
const SIZE_IN_ZIP64_FIELD: u64 = 0xFFFF_FFFF;
const ZIP64_FIELD: u16 = 1;

/// Whether a file is a zip, as Python's `zipfile.is_zipfile` decides, which `sam` uses: the last 65,557 bytes hold a
/// whole end record. A self-extracting program is a zip; a text file named `.zip` is not.
pub fn is_zip(path: &Path) -> io::Result<bool> {
    Ok(end_record(&mut File::open(path)?)?.is_some())
}

/// An entry of a zip.
pub struct ZippedFile<'a> {
    pub name: &'a [u8],
    /// Size in bytes, uncompressed.
    pub size: u64,
    /// `st_mode`; 0 if the zip was not made on Unix.
    pub mode: u32,
}

/// Visits the entries of the central directory. It is read as a stream, because it may be of any size.
///
/// A file without a valid directory is an error, after the entries before the fault were visited.
pub fn visit_entries(path: &Path, mut visit: impl FnMut(ZippedFile)) -> io::Result<()> {
    let mut file = File::open(path)?;
    let (start, bytes) = find_directory(&mut file)?;
    file.seek(SeekFrom::Start(start))?;
    let (mut directory, mut left) = (BufReader::new(file.take(bytes)), bytes);
    let (mut header, mut text) = ([0; HEADER_BYTES], Vec::new());
    while left > 0 {
        directory.read_exact(&mut header)?;
        if !header.starts_with(HEADER_SIGNATURE) {
            return Err(invalid());
        }
        let [name, extra, comment] = [28, 30, 32].map(|at| number(&header[at..at + 2]) as usize);
        text.resize(name + extra + comment, 0);
        directory.read_exact(&mut text)?;
        left = left.saturating_sub((HEADER_BYTES + text.len()) as u64);
        let size = match number(&header[24..28]) {
            SIZE_IN_ZIP64_FIELD => zip64_size(&text[name..name + extra]).unwrap_or(SIZE_IN_ZIP64_FIELD),
            size => size,
        };
        visit(ZippedFile { name: &text[..name], size, mode: number(&header[40..42]) as u32 });
    }
    Ok(())
}

/// Offset and bytes of the directory. It ends where the end record starts, also behind a self-extracting program.
fn find_directory(file: &mut File) -> io::Result<(u64, u64)> {
    let (end, record) = end_record(file)?.ok_or_else(invalid)?;
    let (end, bytes) = match zip64_end_record(file, end)? {
        Some(found) => found,
        None => (end, number(&record[12..16])),
    };
    Ok((end.checked_sub(bytes).ok_or_else(invalid)?, bytes))
}

/// The last end record, and its offset.
fn end_record(file: &mut File) -> io::Result<Option<(u64, [u8; END_BYTES])>> {
    let start = file.metadata()?.len().saturating_sub(MAX_COMMENT_BYTES + END_BYTES as u64);
    file.seek(SeekFrom::Start(start))?;
    let mut tail = Vec::new();
    file.take(MAX_COMMENT_BYTES + END_BYTES as u64).read_to_end(&mut tail)?;
    let found = tail.windows(END_SIGNATURE.len()).rposition(|window| window == END_SIGNATURE);
    Ok(found.and_then(|at| Some((start + at as u64, *tail[at..].first_chunk()?))))
}

/// Offset of the zip64 end record, and bytes of the directory. `None` without a locator before the end record at `end`.
fn zip64_end_record(file: &File, end: u64) -> io::Result<Option<(u64, u64)>> {
    let mut records = [0; ZIP64_END_BYTES + ZIP64_LOCATOR_BYTES];
    let Some(start) = end.checked_sub(records.len() as u64) else { return Ok(None) };
    file.read_exact_at(&mut records, start)?;
    let (record, locator) = records.split_at(ZIP64_END_BYTES);
    if !locator.starts_with(ZIP64_LOCATOR_SIGNATURE) {
        return Ok(None);
    }
    if record.starts_with(ZIP64_END_SIGNATURE) { Ok(Some((start, number(&record[40..48])))) } else { Err(invalid()) }
}

/// The uncompressed size in the extra fields of an entry: the first number of the zip64 field.
fn zip64_size(mut fields: &[u8]) -> Option<u64> {
    while let Some((header, rest)) = fields.split_first_chunk::<4>() {
        let (field, next) = rest.split_at_checked(number(&header[2..]) as usize)?;
        if number(&header[..2]) == u64::from(ZIP64_FIELD) {
            return field.first_chunk::<8>().map(|size| number(size));
        }
        fields = next;
    }
    None
}

/// A number of at most eight bytes, least significant first.
fn number(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

fn invalid() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "the central directory of the zip is damaged")
}

#[cfg(test)]
mod tests {
    use super::{is_zip, visit_entries};
    use crate::package::archive::samples::Tree;
    use crate::package::archive::zip_in_memory;
    use std::path::Path;
    use std::process::Command;

    #[test]
    fn a_zip_is_recognised_by_its_end_as_python_does() {
        let zip = zip_in_memory(&[("a".to_owned(), b"1".to_vec())]);
        let rows: [(&str, Vec<u8>, bool); 9] = [
            ("a.zip", zip.clone(), true),
            ("a.jar", zip.clone(), true),
            ("self-extracting", [b"#!/bin/sh\n".as_slice(), &zip].concat(), true),
            ("comment", [zip.as_slice(), &[b' '; 0xFFFF]].concat(), true),
            ("too much behind", [zip.as_slice(), &[b' '; 0x10001]].concat(), false),
            ("text.zip", b"not a zip".to_vec(), false),
            ("empty.zip", Vec::new(), false),
            ("cut.zip", zip[..zip.len() - 1].to_vec(), false),
            ("start only.zip", b"PK\x03\x04".to_vec(), false),
        ];
        for (name, bytes, expected) in rows {
            let tree = Tree::new().file(name, bytes);
            assert_eq!(is_zip(&tree.path(name)).unwrap(), expected, "{name}");
            let script = "import sys, zipfile; print(zipfile.is_zipfile(sys.argv[1]))";
            let answer = Command::new("python3").args(["-c", script]).arg(tree.path(name)).output().unwrap();
            assert_eq!(answer.stdout == b"True\n", expected, "{name}: {answer:?}");
        }
        assert!(is_zip(Path::new("/none")).is_err());
    }

    fn entries(tree: &Tree, name: &str) -> Option<Vec<(String, u64, u32)>> {
        let mut found = Vec::new();
        let visited = visit_entries(&tree.path(name), |entry| {
            found.push((String::from_utf8(entry.name.to_vec()).unwrap(), entry.size, entry.mode));
        });
        visited.is_ok().then_some(found)
    }

    #[test]
    fn the_directory_of_any_zip_is_read() {
        let script = "import sys, zipfile\n\
                      zip = zipfile.ZipFile(sys.argv[1], 'w', allowZip64=True)\n\
                      zip.comment = b'c' * 65535\n\
                      info = zipfile.ZipInfo('run'); info.external_attr = 0o100755 << 16; info.comment = b'x' * 300\n\
                      zip.writestr(info, b'0' * 77)\n\
                      info = zipfile.ZipInfo('dos'); info.create_system = 0; info.external_attr = 32\n\
                      zip.writestr(info, b'')\n\
                      zip.close()\n";
        let tree = Tree::new();
        assert!(Command::new("python3").args(["-c", script]).arg(tree.path("python.zip")).status().unwrap().success());
        let many: Vec<_> = (0..70_000).map(|n| (format!("{n}"), vec![b'x'; n % 3])).collect();
        let zip = zip_in_memory(&many);
        let tree = tree
            .file("zip64.zip", &zip)
            .file("program", [&[0; 999], &*zip].concat())
            .file("cut.zip", &zip[3000..])
            .file("empty.zip", zip_in_memory(&[]))
            .file("text.zip", "not a zip");
        let expected: Vec<_> = many.into_iter().map(|(name, text)| (name, text.len() as u64, 0o100_644)).collect();
        assert_eq!(entries(&tree, "zip64.zip").as_ref(), Some(&expected));
        assert_eq!(entries(&tree, "program"), Some(expected));
        assert_eq!(
            entries(&tree, "python.zip"),
            Some(vec![("run".to_owned(), 77, 0o100_755), ("dos".to_owned(), 0, 0)])
        );
        assert_eq!((entries(&tree, "empty.zip"), entries(&tree, "text.zip")), (Some(Vec::new()), None));
        let damaged = [&zip[..zip.len() - 3_000_000], &[0; 10], &zip[zip.len() - 2_999_990..]].concat();
        let tree = tree.file("damaged.zip", damaged);
        assert_eq!(entries(&tree, "damaged.zip"), None);
    }
}
