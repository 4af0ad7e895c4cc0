//! The files that parameter overrides refer to, read up to limits: a job reads what anyone can commit.

use super::document::Document;
use super::languages::Language;
use crate::facts::Failure;
use crate::files;
use crate::settings::failure::refused;
use crate::text::with_nearest_name;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// Files that lead to one another.
const MAX_DEPTH: usize = 20;
/// Files that are read, each as often as it is referred to.
const MAX_FILES: usize = 100;
/// Bytes of them together. All values that a stack can have are 800 KiB.
const MAX_BYTES: u64 = 1024 * 1024;

/// The files of one environment.
pub struct ParameterFiles {
    /// The folder that no file may leave, without links in its path.
    root: Option<PathBuf>,
    /// The file that is being read, after those that led to it and the samconfig: without links in their paths.
    open: Vec<PathBuf>,
    /// All that were read so far, by the paths that refer to them.
    read: Vec<PathBuf>,
    bytes: u64,
}

impl ParameterFiles {
    /// The files that a samconfig, or a command line without one, refers to, below `root` when there is one.
    pub fn beside(samconfig: Option<&Path>, root: Option<&Path>) -> Result<Self, Failure> {
        let actual = |path: &Path| path.canonicalize().map_err(|error| unreadable_samconfig(path, &error));
        let open = samconfig.map(actual).transpose()?.into_iter().collect();
        Ok(Self { root: root.map(actual).transpose()?, open, read: Vec::new(), bytes: 0 })
    }

    /// Reads a file to which the file that is open refers; it is open then.
    pub fn open(&mut self, path: &Path) -> Result<Document, Failure> {
        let unread = |error| unreadable(path, &error);
        let actual = path.canonicalize().map_err(unread)?;
        // Opening a pipe would wait for its writer.
        let is_file = actual.metadata().map_err(unread)?.is_file();
        if let Some(what) = self.refusal(&actual, is_file) {
            return Err(refused_file(path, what));
        }
        let text = files::read_text(&actual, MAX_BYTES - self.bytes).map_err(|error| match error.kind() {
            ErrorKind::FileTooLarge => refused_file(path, "is too large: at most 1 MiB is read for an environment"),
            _ => unread(error),
        })?;
        self.bytes += text.len() as u64;
        let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        let language = Language::of_extension(extension);
        let language = language.ok_or_else(|| refused_file(path, "is neither .json, .yaml nor .toml"))?;
        self.read.push(path.to_path_buf());
        self.open.push(actual);
        Document::parse(path, &text, language, false)
    }

    /// All files that were read.
    pub fn into_read(self) -> Vec<PathBuf> {
        self.read
    }

    /// Goes back to the file that led to the one that is open.
    pub fn close(&mut self) {
        self.open.pop();
    }

    /// Why a file is not read.
    fn refusal(&self, actual: &Path, is_file: bool) -> Option<&'static str> {
        if self.root.as_ref().is_some_and(|root| !actual.starts_with(root)) {
            Some("lies outside the input artifact")
        } else if self.open.iter().any(|open| open == actual) {
            Some("refers to itself")
        } else if !is_file {
            Some("is not a regular file")
        } else if self.open.len() > MAX_DEPTH {
            Some("is more than 20 files deep")
        } else if self.read.len() == MAX_FILES {
            Some("is one too many: at most 100 are read for an environment")
        } else {
            None
        }
    }
}

/// The failure of a samconfig that cannot be read.
pub fn unreadable_samconfig(path: &Path, error: &io::Error) -> Failure {
    let message = format!("the configuration file {} cannot be read", path.display());
    let hint = match error.kind() {
        ErrorKind::InvalidData => "save it as UTF-8".to_owned(),
        ErrorKind::FileTooLarge => "check that this file is the samconfig".to_owned(),
        _ => with_nearest_name(path, "a relative --config-file starts at the folder of --template-file"),
    };
    refused(message, hint).because(error)
}

fn unreadable(path: &Path, error: &io::Error) -> Failure {
    let message = format!("the parameter file {} cannot be read", path.display());
    const RULE: &str = "a relative file:// starts at the folder of the file in which it stands, on the command line at the \
                        current folder";
    refused(message, with_nearest_name(path, RULE)).because(error)
}

/// The failure of a parameter file that is not read.
pub fn refused_file(path: &Path, what: &str) -> Failure {
    let message = format!("the parameter file {} {what}", path.display());
    refused(message, "write the values out, or refer to a file of them beside the template")
}
