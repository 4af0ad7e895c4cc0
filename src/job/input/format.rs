//! The format of an object.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

/// The format by the first bytes: names and content types are unreliable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Zip,
    GzippedTar,
    Tar,
    /// Not an archive.
    Bare,
    Empty,
}

impl Format {
    /// Reads the first bytes of a file and seeks back to its start.
    pub fn detect(file: &mut File) -> io::Result<Self> {
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
