//! The files of stacks: read up to a limit, changed by one process at a time, replaced by rename, never through a link.

use super::parameters::Key;
use super::refusal::Call;
use super::state::StackState;
use crate::facts::ServiceError;
use crate::files;
use crate::local::store::create_folders;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Bytes of a stack's file: it holds the template of the stack and those of its change sets.
const MAX_STATE_BYTES: u64 = 64 << 20;
/// Bytes of a template (quota of CloudFormation).
const MAX_TEMPLATE_BYTES: u64 = 1 << 20;
const MAX_KEY_BYTES: u64 = 1024;
/// Characters of a stack's name (quota of CloudFormation).
const MAX_NAME: usize = 128;
const KEY_FILE: &str = ".key";

/// The folder of a region's stacks.
#[derive(Debug, Clone)]
pub struct StackFolder {
    root: PathBuf,
    folder: PathBuf,
}

impl StackFolder {
    pub fn new(root: PathBuf, region: &str) -> Self {
        let region: String = region.chars().map(|it| if it.is_ascii_alphanumeric() { it } else { '-' }).collect();
        Self { folder: root.join(region), root }
    }

    /// The state of a stack; `None` if there is none.
    pub fn read(&self, call: &Call, name: &str) -> Result<Option<StackState>, ServiceError> {
        let Some(path) = self.path(name) else { return Ok(None) };
        read_state(&path).map_err(|problem| call.unusable("read the stack in", &path, problem))
    }

    /// Changes the state of a stack, unless `change` refuses. Other processes wait meanwhile.
    pub fn update<T>(
        &self,
        call: &Call,
        name: &str,
        change: impl FnOnce(&mut Option<StackState>) -> Result<T, ServiceError>,
    ) -> Result<T, ServiceError> {
        let path = self.path(name).ok_or_else(|| call.invalid(format!("`{name}` is not the name of a stack")))?;
        let unwritten = |problem| call.unusable("write the stack to", &path, problem);
        let _lock = self.lock().map_err(unwritten)?;
        let before = self.read(call, name)?;
        let mut state = before.clone();
        let answer = change(&mut state)?;
        if state != before {
            write_state(&path, state.as_ref()).map_err(unwritten)?;
        }
        Ok(answer)
    }

    /// The text of a template in a bucket.
    pub fn read_template(&self, call: &Call, path: &Path) -> Result<String, ServiceError> {
        files::read_text(path, MAX_TEMPLATE_BYTES).map_err(|error| call.unusable("read the template", path, error))
    }

    /// The key of the digests of secret values; it is made once for each folder.
    pub fn key(&self, call: &Call) -> Result<Key, ServiceError> {
        let path = self.root.join(KEY_FILE);
        let unusable = |problem| call.unusable("use", &path, problem);
        let _lock = self.lock().map_err(unusable)?;
        if let Some(text) = read_file(&path, MAX_KEY_BYTES).map_err(unusable)? {
            return Key::from_hex(text.trim()).ok_or_else(|| unusable(damaged("it holds no key")));
        }
        let key = Key::random();
        replace(&path, key.hex().as_bytes()).map_err(unusable)?;
        Ok(key)
    }

    fn path(&self, name: &str) -> Option<PathBuf> {
        let is_name = name.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'-');
        (is_name && (1..=MAX_NAME).contains(&name.len())).then(|| self.folder.join(format!("{name}.json")))
    }

    /// Holds until it is dropped. The folder itself is locked, so that no file is left behind.
    fn lock(&self) -> io::Result<File> {
        create_folders(&self.root, &self.folder)?;
        let folder = File::open(&self.root)?;
        folder.lock()?;
        Ok(folder)
    }
}

fn damaged(problem: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, problem.into())
}

fn read_state(path: &Path) -> io::Result<Option<StackState>> {
    let Some(text) = read_file(path, MAX_STATE_BYTES)? else { return Ok(None) };
    // Line and column alone: the message of the parser may show a value.
    let state = serde_json::from_str(&text).map_err(|error| {
        damaged(format!("it is damaged at {}:{}; delete it to begin anew", error.line(), error.column()))
    });
    state.map(Some)
}

/// The text of a file; `None` if there is none.
fn read_file(path: &Path, limit: u64) -> io::Result<Option<String>> {
    match fs::symlink_metadata(path) {
        Ok(found) if !found.is_file() => Err(damaged("it is no file")),
        Ok(_) => files::read_text(path, limit).map(Some),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(error),
    }
}

fn write_state(path: &Path, state: Option<&StackState>) -> io::Result<()> {
    match state {
        Some(state) => replace(path, format!("{}\n", serde_json::to_string_pretty(state)?).as_bytes()),
        None => fs::remove_file(path),
    }
}

/// Readable by its owner only: it holds values of parameters.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.persist(path).map(drop).map_err(|error| error.error)
}
