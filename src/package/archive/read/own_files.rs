//! The files that the run writes, recognised wherever a walk finds them.

use crate::files;
use crate::package::archive::source::OwnFile;
use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::OnceLock;

/// Device and inode.
pub type FileId = (u64, u64);

pub fn file_id(metadata: &Metadata) -> FileId {
    (metadata.dev(), metadata.ino())
}

/// Who wrote a file that the run will write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writer {
    /// An earlier run: the archive leaves it out.
    EarlierRun,
    /// Somebody else: it belongs to the artifact, and the run is refused.
    Other,
}

/// The outputs of a run.
#[derive(Default)]
pub struct OwnFiles {
    files: Vec<Known>,
    /// By the folder and the name in it: the same for every spelling of a path, and for a file that is not there yet.
    by_name: HashMap<FileId, Vec<(OsString, usize)>>,
    /// Those that exist, whatever links lead to them.
    by_id: HashMap<FileId, usize>,
}

struct Known {
    file: OwnFile,
    /// Read from the file when a walk first finds it.
    writer: OnceLock<Writer>,
}

impl OwnFiles {
    pub fn new(files: &[OwnFile]) -> Self {
        let mut own = Self::default();
        for (index, file) in files.iter().enumerate() {
            if let Some((folder, name)) = folder_and_name(&file.path) {
                own.by_name.entry(folder).or_default().push((name, index));
            }
            own.by_id.extend(fs::metadata(&file.path).map(|found| (file_id(&found), index)));
            own.files.push(Known { file: file.clone(), writer: OnceLock::new() });
        }
        own
    }

    /// Who wrote a file that a walk finds in a folder. `None` for a file that the run does not write.
    pub fn writer(&self, folder: FileId, name: &OsStr, found: Option<&Metadata>) -> Option<Writer> {
        let names = self.by_name.get(&folder);
        let by_name = || names?.iter().find(|(own, _)| own == name).map(|(_, index)| *index);
        let by_id = || self.by_id.get(&file_id(found?)).copied();
        let known = &self.files[by_name().or_else(by_id)?];
        Some(*known.writer.get_or_init(|| known.read_writer()))
    }

    /// Whether the run writes this file, whatever is in it.
    pub fn contains(&self, found: &Metadata) -> bool {
        self.by_id.contains_key(&file_id(found))
    }
}

impl Known {
    fn read_writer(&self) -> Writer {
        match files::may_replace(&self.file.path, self.file.is_ours) {
            true => Writer::EarlierRun,
            false => Writer::Other,
        }
    }
}

fn folder_and_name(path: &Path) -> Option<(FileId, OsString)> {
    let name = path.file_name()?.to_owned();
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Some((file_id(&fs::metadata(parent).ok()?), name))
}
