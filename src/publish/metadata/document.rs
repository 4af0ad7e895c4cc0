//! The readme and the licence: a text, a local file that becomes one, or an object in S3.

use super::keys::DocumentKeys;
use super::problem;
use super::reader::Reader;
use crate::facts::{Failure, S3Location};
use crate::files;
use crate::template::Node;
use std::path::{Component, Path, PathBuf};

/// Most bytes of a readme or a licence (API reference, `CreateApplication`: 5 MB).
pub const MAX_DOCUMENT_BYTES: u64 = 5 << 20;
/// Most bytes of an archive of source code (same place: 50 MB).
pub const MAX_ARCHIVE_BYTES: u64 = 50 << 20;

/// Where the files that the metadata names are read.
#[derive(Debug, Clone, Copy)]
pub struct Folders<'a> {
    /// The folder of the template.
    pub template: &'a Path,
    /// The folder outside which nothing may be read.
    pub root: Option<&'a Path>,
}

/// A readme or a licence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Document {
    Body(String),
    Object(S3Location),
}

impl Document {
    pub fn location(&self) -> Option<&S3Location> {
        match self {
            Self::Object(location) => Some(location),
            Self::Body(_) => None,
        }
    }
}

/// The local file that a key names.
pub fn local_file(section: Node<'_>, keys: &DocumentKeys, folder: &Path) -> Option<PathBuf> {
    let text = section.get(keys.url)?.as_str()?;
    (S3Location::from_uri(text).is_none() && !text.contains("://")).then(|| folder.join(text))
}

/// Reads a document under either of its keys.
pub fn read(reader: &mut Reader<'_>, keys: &DocumentKeys, folders: Folders<'_>) -> Option<Document> {
    let (url, body) = (reader.text(keys.url), reader.text(keys.body));
    let read = match (url, body) {
        (Some((_, node)), Some(_)) => Err(problem::two_documents(keys, node)),
        (None, Some((text, node))) => body_text(keys.body, text.to_owned(), node),
        (Some((text, node)), None) => by_url(keys.url, text, node, folders),
        (None, None) => return None,
    };
    read.map_err(|failure| reader.wrong.push(failure)).ok()
}

fn body_text(key: &'static str, text: String, node: Node<'_>) -> Result<Document, Failure> {
    match text.len() as u64 {
        0..=MAX_DOCUMENT_BYTES => Ok(Document::Body(text)),
        bytes => Err(problem::too_large(key, bytes, MAX_DOCUMENT_BYTES, node)),
    }
}

fn by_url(key: &'static str, text: &str, node: Node<'_>, folders: Folders<'_>) -> Result<Document, Failure> {
    match S3Location::from_uri(text) {
        Some(location) if !location.key.is_empty() => Ok(Document::Object(location)),
        None if !text.contains("://") => file(key, text, node, folders),
        Some(_) | None => Err(problem::no_object(key, text, node)),
    }
}

/// A local file is sent as a body, for which no bucket is needed.
fn file(key: &'static str, text: &str, node: Node<'_>, folders: Folders<'_>) -> Result<Document, Failure> {
    let path = folders.template.join(text);
    check_inside(folders, text).map_err(|reason| problem::no_file(key, text, &reason, node))?;
    let content = files::read_text(&path, MAX_DOCUMENT_BYTES);
    content.map(Document::Body).map_err(|error| problem::no_file(key, text, &error.to_string(), node))
}

/// Refuses a path that leads outside, by its words or by a link. Words come first: a job must not tell which files of its
/// host exist.
fn check_inside(folders: Folders<'_>, text: &str) -> Result<(), String> {
    let Some(root) = folders.root else { return Ok(()) };
    let real = |path: &Path| -> Result<PathBuf, String> { path.canonicalize().map_err(|error| error.to_string()) };
    let (root, template) = (real(root)?, real(folders.template)?);
    let is_inside = without_dots(&template.join(text)).starts_with(&root);
    match is_inside && real(&template.join(text))?.starts_with(&root) {
        true => Ok(()),
        false => Err("it lies outside the input artifact".to_owned()),
    }
}

/// An absolute path without `.` and `..`, as it is written: links are not followed.
fn without_dots(path: &Path) -> PathBuf {
    path.components().fold(PathBuf::new(), |mut all, component| {
        match component {
            Component::ParentDir => drop(all.pop()),
            Component::CurDir => {}
            Component::Prefix(_) | Component::RootDir | Component::Normal(_) => all.push(component),
        }
        all
    })
}
