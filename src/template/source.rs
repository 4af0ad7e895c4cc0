//! The text of a template: read within limits, checked to be UTF-8, and able to say where a byte stands on disk.

use std::io::ErrorKind;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::limits::MAX_BYTES;
use super::problem;
use super::splice::Origins;
use crate::facts::{Failure, LineIndex, Place};
use crate::files;

/// A template's text.
#[derive(Debug)]
pub struct Source {
    path: PathBuf,
    text: String,
    /// The text on disk and the way back to it, step by step, if `text` is another.
    disk: Option<(String, Vec<Origins>)>,
    /// The lines on disk, indexed when the first place is asked for.
    lines: OnceLock<LineIndex>,
}

/// Reads a file of at most [`MAX_BYTES`].
pub fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    files::read(path, MAX_BYTES as u64).map_err(|error| match error.kind() {
        ErrorKind::FileTooLarge => problem::too_large(path),
        _ => problem::unreadable(path, &error),
    })
}

impl Source {
    /// Checks size and encoding, and drops a byte order mark.
    pub fn decode(path: PathBuf, bytes: Vec<u8>) -> Result<Self, Failure> {
        if bytes.len() > MAX_BYTES {
            return Err(problem::too_large(&path));
        }
        if let Some(encoding) = foreign_encoding(&bytes) {
            return Err(problem::foreign_encoding(&path, encoding));
        }
        if let Some(offset) = bytes.iter().position(|byte| *byte == 0) {
            return Err(problem::binary(offset, place_in_bytes(&path, &bytes, offset)));
        }
        let mut text = String::from_utf8(bytes).map_err(|error| {
            let (offset, bytes) = (error.utf8_error().valid_up_to(), error.as_bytes());
            problem::not_utf8(bytes[offset], offset, place_in_bytes(&path, bytes, offset))
        })?;
        if text.starts_with('\u{feff}') {
            text.remove(0);
        }
        Ok(Self { path, text, disk: None, lines: OnceLock::new() })
    }

    /// The same template with another text, which came from this one by splices.
    pub fn respliced(self, text: String, origins: Origins) -> Self {
        let (disk, mut steps) = self.disk.unwrap_or((self.text, Vec::new()));
        steps.push(origins);
        Self { path: self.path, text, disk: Some((disk, steps)), lines: self.lines }
    }

    /// The file as the user named it.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The text that spans refer to.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Where a span stands in the file on disk.
    pub fn place(&self, span: Range<usize>) -> Place {
        let (disk, span) = match &self.disk {
            None => (&self.text, span),
            Some((disk, steps)) => (disk, steps.iter().rev().fold(span, |span, origins| origins.origin(span))),
        };
        self.lines.get_or_init(|| LineIndex::new(disk)).place(&self.path, disk, span)
    }
}

/// The name of the encoding that a byte order mark announces, unless it is UTF-8.
fn foreign_encoding(bytes: &[u8]) -> Option<&'static str> {
    const MARKS: [(&[u8], &str); 4] = [
        (&[0xFF, 0xFE, 0, 0], "UTF-32 (little endian)"),
        (&[0, 0, 0xFE, 0xFF], "UTF-32 (big endian)"),
        (&[0xFF, 0xFE], "UTF-16 (little endian)"),
        (&[0xFE, 0xFF], "UTF-16 (big endian)"),
    ];
    MARKS.iter().find(|(mark, _)| bytes.starts_with(mark)).map(|(_, name)| *name)
}

/// The bytes before `offset` are UTF-8: replacing what follows leaves the offset as it is.
fn place_in_bytes(path: &Path, bytes: &[u8], offset: usize) -> Place {
    Place::in_text(path, &String::from_utf8_lossy(bytes), offset..offset + 1)
}
