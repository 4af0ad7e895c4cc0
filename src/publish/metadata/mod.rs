//! The section of a template's metadata that describes its application.

mod document;
mod keys;
mod license;
mod problem;
mod reader;
#[cfg(test)]
mod tests;

pub use document::{Document, Folders, MAX_DOCUMENT_BYTES};
pub use keys::SECTION;

use super::semantic_version::SemanticVersion;
use crate::facts::{Failure, PublishWarning, S3Location, Warning, WarningKind};
use crate::template::{Node, Template};
use crate::text::nearest;
use keys::DocumentKeys;
use reader::Reader;
use std::path::{Path, PathBuf};

/// What a template says of its application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metadata {
    pub name: String,
    pub author: String,
    pub description: String,
    pub home_page_url: Option<String>,
    pub labels: Option<Vec<String>>,
    pub license: Option<Document>,
    pub spdx_license_id: Option<String>,
    pub readme: Option<Document>,
    pub version: Option<SemanticVersion>,
    pub source_code_url: Option<String>,
    pub source_code_archive: Option<S3Location>,
}

/// The section in a template.
pub fn find(template: &Template) -> Result<Node<'_>, Failure> {
    let section = template.root().get("Metadata").and_then(|metadata| metadata.get(SECTION));
    match section {
        Some(section) if section.is_mapping() => Ok(section),
        Some(section) => Err(problem::no_mapping(section)),
        None => Err(problem::no_section(template)),
    }
}

/// The local files that a section names, each with its key.
pub fn local_files(section: Node<'_>, folder: &Path) -> Vec<(&'static str, PathBuf)> {
    let file = |keys: &DocumentKeys| Some((keys.url, document::local_file(section, keys, folder)?));
    [&keys::LICENSE, &keys::README].into_iter().filter_map(file).collect()
}

impl Metadata {
    /// Reads the section and the local files that it names. `version` takes the place of its version. The failure lists
    /// all that is wrong.
    pub fn read(
        section: Node<'_>,
        folders: Folders<'_>,
        version: Option<SemanticVersion>,
    ) -> Result<(Self, Vec<Warning>), Failure> {
        let mut reader = Reader { section, wrong: Vec::new() };
        let [name, author, description] =
            [&keys::NAME, &keys::AUTHOR, &keys::DESCRIPTION].map(|key| reader.required(key));
        let version = version.or_else(|| reader.version());
        let spdx_license_id = reader.spdx_license_id();
        let metadata = Self {
            name,
            author,
            description,
            home_page_url: reader.optional(&keys::HOME_PAGE_URL),
            labels: reader.labels(),
            license: document::read(&mut reader, &keys::LICENSE, folders),
            readme: document::read(&mut reader, &keys::README, folders),
            source_code_url: reader.optional(&keys::SOURCE_CODE_URL),
            source_code_archive: reader.object(keys::SOURCE_CODE_ARCHIVE_URL),
            version,
            spdx_license_id,
        };
        Failure::all(reader.wrong).map_or_else(|| Ok((metadata, unknown_keys(section))), Err)
    }

    /// The objects that the metadata names, each with the most bytes that the service takes.
    pub fn objects(&self) -> Vec<(S3Location, u64)> {
        let documents = [&self.license, &self.readme].into_iter().flatten().filter_map(Document::location);
        let documents = documents.map(|location| (location.clone(), MAX_DOCUMENT_BYTES));
        let archive = self.source_code_archive.iter().map(|it| (it.clone(), document::MAX_ARCHIVE_BYTES));
        documents.chain(archive).collect()
    }
}

/// Keys that are not published: the peers leave them out without a word.
fn unknown_keys(section: Node<'_>) -> Vec<Warning> {
    let entries = section.entries().filter_map(|(key, _)| Some((key, key.as_str()?)));
    let unknown = entries.filter(|(_, name)| !keys::ALL.contains(name));
    let warning = |(key, name): (Node<'_>, &str)| {
        let near = nearest(name, keys::ALL.iter().map(|key| (*key).to_owned()));
        let nearest = near.and_then(|near| keys::ALL.iter().copied().find(|key| *key == near));
        let kind = WarningKind::Publish(PublishWarning::UnknownKey { key: name.to_owned(), nearest });
        Warning::new(format!("{SECTION}.{name}"), kind).with_place(Some(key.place()))
    };
    unknown.map(warning).collect()
}
