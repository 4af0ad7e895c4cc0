//! The files that parameter overrides refer to, and how much of them is read: what a job is given may be anything.

use super::document::Document;
use super::languages::Language;
use crate::files;
use crate::settings::SettingsError;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Most files that lead to one another.
const MOST_OPEN: usize = 20;
/// Most files that are read, each as often as it is referred to.
const MOST_FILES: usize = 100;
/// Most bytes of them together. All values that a stack can have are 800 KiB.
const MOST_BYTES: u64 = 1024 * 1024;

/// The files of one environment.
pub struct ParameterFiles {
    /// The folder that no file may leave, without links in its path.
    root: Option<PathBuf>,
    /// The file that is being read, after those that led to it and the samconfig: without links in their paths.
    open: Vec<PathBuf>,
    files: usize,
    bytes: u64,
}

impl ParameterFiles {
    /// The files that a samconfig refers to, below `root` when there is one.
    pub fn beside(samconfig: &Path, root: Option<&Path>) -> Result<Self, SettingsError> {
        let actual = |path: &Path| {
            path.canonicalize().map_err(|cause| SettingsError::Configuration { path: path.to_path_buf(), cause })
        };
        Ok(Self { root: root.map(actual).transpose()?, open: vec![actual(samconfig)?], files: 0, bytes: 0 })
    }

    /// Reads a file to which the file that is open refers; it is open then.
    pub fn open(&mut self, path: &Path) -> Result<Document, SettingsError> {
        let refused = |what| SettingsError::ParameterFileRefused { path: path.to_path_buf(), what };
        let unread = |cause| SettingsError::ParameterFile { path: path.to_path_buf(), cause };
        let actual = path.canonicalize().map_err(unread)?;
        // To open a pipe would wait for who writes into it.
        let is_file = actual.metadata().map_err(unread)?.is_file();
        if let Some(what) = self.against(&actual, is_file) {
            return Err(refused(what));
        }
        let text = files::read_text(&actual, MOST_BYTES - self.bytes).map_err(|cause| match cause.kind() {
            ErrorKind::FileTooLarge => refused("is too large: at most 1 MiB is read for an environment"),
            _ => unread(cause),
        })?;
        self.bytes += text.len() as u64;
        let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        let language = Language::of_extension(extension).ok_or(refused("is neither .json, .yaml nor .toml"))?;
        self.files += 1;
        self.open.push(actual);
        Document::parse(path, &text, language, false)
    }

    /// Goes back to the file that led to the one that is open.
    pub fn close(&mut self) {
        self.open.pop();
    }

    /// Why a file is not read.
    fn against(&self, actual: &Path, is_file: bool) -> Option<&'static str> {
        if self.root.as_ref().is_some_and(|root| !actual.starts_with(root)) {
            Some("lies outside the input artifact")
        } else if self.open.iter().any(|open| open == actual) {
            Some("refers to itself")
        } else if !is_file {
            Some("is not a regular file")
        } else if self.open.len() > MOST_OPEN {
            Some("is more than 20 files deep")
        } else if self.files == MOST_FILES {
            Some("is one too many: at most 100 are read for an environment")
        } else {
            None
        }
    }
}
