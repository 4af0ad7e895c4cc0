//! The files of a source, before any of them is opened.

use crate::facts::Warning;
use crate::package::archive::entry::EntryKind;
use crate::package::archive::error::ArchiveError;

/// The files of one source.
#[derive(Debug, Default)]
pub struct Listing {
    /// In the order of the bytes of their names.
    pub files: Vec<FoundFile>,
    pub warnings: Vec<Warning>,
    /// If there are any, the source cannot be archived.
    pub problems: Vec<ArchiveError>,
}

impl Listing {
    pub fn append(&mut self, other: Self) {
        self.files.extend(other.files);
        self.warnings.extend(other.warnings);
        self.problems.extend(other.problems);
    }

    /// The listing of a source that cannot be archived.
    pub fn failed(problem: ArchiveError) -> Self {
        Self { problems: vec![problem], ..Self::default() }
    }
}

#[derive(Debug)]
pub struct FoundFile {
    /// Path below the source, with `/` between folders.
    pub name: Box<str>,
    pub kind: EntryKind,
    /// Size in bytes.
    pub size: u64,
}
