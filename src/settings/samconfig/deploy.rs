//! What an environment gives a stack on `sam deploy`: parameter overrides, with the files that they refer to, and tags.

use super::document::Document;
use super::parameter_files::{ParameterFiles, refused_file};
use super::value::{Entry, Kind, Value};
use crate::facts::{Failure, Place};
use crate::template_configuration::{DeployValue, DeployValues, PARAMETER_OVERRIDES, Spelling, TAGS};
use std::path::Path;

/// How a text refers to a file, in the words of sam.
const FILE: &str = "file://";
/// Lists, tables and files in one another. A parser takes about as many in one file.
const MAX_NESTED: usize = 100;
/// The key of a table that refers to files.
const INCLUDE: &str = "$include";

/// The values in the sections of an environment. As for sam, the first section that has a key decides its whole value.
/// `None` without values. No place shows its line, which may hold a secret.
pub fn read(
    document: &Document,
    sections: [&[Entry]; 2],
    root: Option<&Path>,
) -> Result<Option<DeployValues>, Failure> {
    let value = |key: &str| sections.iter().find_map(|entries| entries.iter().find(|entry| entry.key == key));
    let (overrides, tags) = (value(PARAMETER_OVERRIDES), value(TAGS));
    if overrides.is_none() && tags.is_none() {
        return Ok(None);
    }
    let flat = |entry: Option<&Entry>, files: Option<ParameterFiles>| -> Result<_, Failure> {
        let mut reader = Reader { files, depth: 0, values: Vec::new() };
        entry.map_or(Ok(()), |entry| reader.add(document, &entry.value, &entry.key))?;
        Ok(reader.values)
    };
    let files = ParameterFiles::beside(document.path(), root)?;
    Ok(Some(DeployValues { parameter_overrides: flat(overrides, Some(files))?, tags: flat(tags, None)? }))
}

/// Flattens a value, file by file.
struct Reader {
    /// The files that a value may refer to. `None`: a value refers to no file.
    files: Option<ParameterFiles>,
    /// How many values, over all files, the present one stands in.
    depth: usize,
    values: Vec<DeployValue>,
}

impl Reader {
    fn add(&mut self, here: &Document, value: &Value, key: &str) -> Result<(), Failure> {
        self.depth += 1;
        self.add_kind(here, value, key)?;
        self.depth -= 1;
        Ok(())
    }

    fn add_kind(&mut self, here: &Document, value: &Value, key: &str) -> Result<(), Failure> {
        match &value.kind {
            Kind::Text(text) => match text.strip_prefix(FILE).filter(|_| self.files.is_some()) {
                Some(path) => self.add_file(here, Path::new(path)),
                None => {
                    self.push(here, value, Spelling::Text(text.clone()));
                    Ok(())
                }
            },
            Kind::List(items) => items.iter().try_for_each(|item| self.add(here, item, key)),
            Kind::Table(entries) => entries.iter().try_for_each(|entry| self.add_entry(here, entry)),
            Kind::Nothing => Ok(()),
            Kind::Switch(_) | Kind::Number(_) | Kind::Date => {
                Err(here.wrong_type(value, key, "a text, a list or a table"))
            }
        }
    }

    fn add_entry(&mut self, here: &Document, entry: &Entry) -> Result<(), Failure> {
        let Entry { key, value, .. } = entry;
        if key == INCLUDE && self.files.is_some() {
            return match &value.kind {
                Kind::Text(_) | Kind::List(_) => self.add(here, value, key),
                Kind::Switch(_) | Kind::Number(_) | Kind::Date | Kind::Table(_) | Kind::Nothing => {
                    Err(here.wrong_type(value, key, "a text or a list of texts"))
                }
            };
        }
        let spelling = match &value.kind {
            Kind::List(items) => {
                let items = items.iter().filter(|item| !matches!(item.kind, Kind::Nothing));
                let texts = items.map(|item| {
                    single(item).ok_or_else(|| here.wrong_type(item, key, "a list of texts, without others in it"))
                });
                Spelling::List(key.clone(), texts.collect::<Result<_, _>>()?)
            }
            Kind::Text(_) | Kind::Switch(_) | Kind::Number(_) | Kind::Date | Kind::Table(_) | Kind::Nothing => {
                let text =
                    single(value).ok_or_else(|| here.wrong_type(value, key, "a text, a number or a list of texts"));
                Spelling::Entry(key.clone(), text?)
            }
        };
        self.push(here, value, spelling);
        Ok(())
    }

    fn add_file(&mut self, here: &Document, named: &Path) -> Result<(), Failure> {
        let Some(files) = &mut self.files else { return Ok(()) };
        let path = here.path().parent().unwrap_or(Path::new("")).join(named);
        if self.depth > MAX_NESTED {
            return Err(refused_file(&path, "is referred to from more than 100 lists and tables in one another"));
        }
        let content = files.open(&path)?;
        self.add(&content, content.root(), "the document")?;
        self.files.iter_mut().for_each(ParameterFiles::close);
        Ok(())
    }

    fn push(&mut self, here: &Document, value: &Value, spelling: Spelling) {
        let (file, place) = (here.path().to_path_buf(), here.place(&value.mark).map(Place::without_line));
        self.values.push(DeployValue { spelling, file, place });
    }
}

/// A value of a table as the text that sam makes of it.
fn single(value: &Value) -> Option<String> {
    match &value.kind {
        Kind::Text(text) | Kind::Number(text) => Some(text.clone()),
        Kind::Switch(true) => Some("True".to_owned()),
        Kind::Switch(false) => Some("False".to_owned()),
        Kind::Nothing => Some(String::new()),
        Kind::Date | Kind::List(_) | Kind::Table(_) => None,
    }
}
