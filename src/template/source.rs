//! The text of a template: read within limits, checked to be UTF-8, and able to say where a byte stands on disk.

use std::io::ErrorKind;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::error::TemplateError;
use super::splice::Origins;
use crate::facts::Place;
use crate::files;

/// The largest template that is read, in bytes; ten times what CloudFormation takes.
pub const MAX_BYTES: usize = 10 << 20;

/// A template's text.
#[derive(Debug)]
pub struct Source {
    path: PathBuf,
    text: String,
    /// The text on disk and the way back to it, when aliases were expanded.
    disk: Option<(String, Origins)>,
    /// Where the lines on disk end, once somebody asked for a place: a template may be asked for thousands.
    line_ends: OnceLock<Vec<usize>>,
}

/// Reads a file, and no more of it than the limit.
pub fn read(path: &Path) -> Result<Vec<u8>, TemplateError> {
    files::read(path, MAX_BYTES as u64).map_err(|source| match source.kind() {
        ErrorKind::FileTooLarge => TemplateError::TooLarge { path: path.to_owned() },
        _ => TemplateError::Unreadable { path: path.to_owned(), source },
    })
}

impl Source {
    /// Checks size and encoding. A byte order mark stays part of the text.
    pub fn decode(path: PathBuf, bytes: Vec<u8>) -> Result<Self, TemplateError> {
        if bytes.len() > MAX_BYTES {
            return Err(TemplateError::TooLarge { path });
        }
        if let Some(encoding) = foreign_encoding(&bytes) {
            return Err(TemplateError::Encoding { path, encoding });
        }
        if let Some(offset) = bytes.iter().position(|byte| *byte == 0) {
            let place = place_in_bytes(&path, &bytes, offset);
            return Err(TemplateError::Binary { offset, place });
        }
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Self { path, text, disk: None, line_ends: OnceLock::new() }),
            Err(error) => Err(not_utf8(&path, error.utf8_error().valid_up_to(), error.as_bytes())),
        }
    }

    /// The same template with another text, which came from this one by splices.
    pub fn respliced(self, text: String, origins: Origins) -> Self {
        Self { path: self.path, text, disk: Some((self.text, origins)), line_ends: self.line_ends }
    }

    /// The file as the user named it.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The text that spans refer to: as on disk, but with aliases expanded.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Where a span stands in the file on disk.
    pub fn place(&self, span: Range<usize>) -> Place {
        let (disk, span) = match &self.disk {
            None => (&self.text, span),
            Some((disk, origins)) => (disk, origins.origin(span)),
        };
        let line_ends = self.line_ends.get_or_init(|| disk.match_indices('\n').map(|(at, _)| at).collect());
        let line = line_ends.partition_point(|end| *end < span.start) + 1;
        Place::on_line(&self.path, disk, span, line)
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

fn not_utf8(path: &Path, offset: usize, bytes: &[u8]) -> TemplateError {
    let byte = bytes.get(offset).copied().unwrap_or_default();
    TemplateError::NotUtf8 { byte, offset, place: place_in_bytes(path, bytes, offset) }
}

/// The bytes before `offset` are UTF-8, so that replacing what follows leaves the offset as it is.
fn place_in_bytes(path: &Path, bytes: &[u8], offset: usize) -> Place {
    Place::in_text(path, &String::from_utf8_lossy(bytes), offset..offset + 1)
}
