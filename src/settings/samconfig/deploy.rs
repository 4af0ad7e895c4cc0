//! What an environment gives a stack on `sam deploy`: parameter overrides, with the files that they refer to, and tags.

use super::document::{Document, placed};
use super::languages::Language;
use super::parameter_files::{ParameterFiles, refused_file};
use super::value::{Entry, Kind, Value};
use crate::facts::{Failure, Place};
use crate::settings::failure::refused;
use crate::template_configuration::{DeployValue, DeployValues, PARAMETER_OVERRIDES, Spelling, TAGS};
use std::path::{Path, PathBuf};

/// How a text refers to a file, in the words of sam.
const FILE: &str = "file://";
/// Lists, tables and files in one another. A parser takes about as many in one file.
const MAX_NESTED: usize = 100;
/// The key of a table that refers to files.
const INCLUDE: &str = "$include";
/// The key that makes an entry of CloudFormation keep its value.
const USE_PREVIOUS: &str = "UsePreviousValue";
/// The parts of a template configuration.
const PARTS: [&str; 3] = ["Parameters", "Tags", "StackPolicy"];

/// What values are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    Parameters,
    Tags,
}

impl Content {
    /// The part of a template configuration.
    const fn part(self) -> &'static str {
        match self {
            Self::Parameters => PARTS[0],
            Self::Tags => PARTS[1],
        }
    }

    /// The keys of name and value in a list of objects, as CloudFormation has it.
    const fn keys(self) -> [&'static str; 2] {
        match self {
            Self::Parameters => ["ParameterKey", "ParameterValue"],
            Self::Tags => ["Key", "Value"],
        }
    }
}

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
    let flat = |entry: Option<&Entry>, content, files: Option<ParameterFiles>| -> Result<_, Failure> {
        let mut reader = Reader { content, files, depth: 0, values: Vec::new() };
        entry.map_or(Ok(()), |entry| reader.add(document, &entry.value, &entry.key))?;
        Ok((reader.values, reader.files.map(ParameterFiles::into_read).unwrap_or_default()))
    };
    let files = ParameterFiles::beside(Some(document.path()), root)?;
    let (parameter_overrides, files) = flat(overrides, Content::Parameters, Some(files))?;
    let (tags, _) = flat(tags, Content::Tags, None)?;
    Ok(Some(DeployValues { parameter_overrides, tags, files }))
}

/// The values in a file, which is below `root` if there is one.
pub fn read_parameter_file(content: Content, path: PathBuf, root: Option<&Path>) -> Result<Vec<DeployValue>, Failure> {
    let files = Some(ParameterFiles::beside(None, root)?);
    let mut reader = Reader { content, files, depth: 0, values: Vec::new() };
    reader.add_file(path)?;
    Ok(reader.values)
}

/// The values in a text of JSON, which refers to no file. `origin` stands for it in errors.
pub fn read_json(content: Content, origin: &str, text: &str) -> Result<Vec<DeployValue>, Failure> {
    let document = Document::parse(Path::new(origin), text, Language::Json, false)?;
    let mut reader = Reader { content, files: None, depth: 0, values: Vec::new() };
    reader.add_document(&document)?;
    Ok(reader.values)
}

/// Flattens a value, file by file.
struct Reader {
    content: Content,
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
                Some(path) => self.add_file(here.path().parent().unwrap_or(Path::new("")).join(path)),
                None => self.add_text(here, value, text),
            },
            Kind::List(items) => items.iter().try_for_each(|item| self.add(here, item, key)),
            Kind::Table(entries) => match self.of_cloudformation(entries) {
                Some(spelling) => {
                    let spelling = spelling.map_err(|what| placed(refused_entry(here, what), place(here, value)))?;
                    self.push(here, value, spelling);
                    Ok(())
                }
                None => entries.iter().try_for_each(|entry| self.add_entry(here, entry)),
            },
            Kind::Nothing => Ok(()),
            Kind::Switch(_) | Kind::Number(_) | Kind::Date => {
                Err(here.wrong_type(value, key, "a text, a list or a table"))
            }
        }
    }

    /// A text is one pair in JSON, as for the AWS CLI, and as many as sam finds elsewhere.
    fn add_text(&mut self, here: &Document, value: &Value, text: &str) -> Result<(), Failure> {
        let spelling = match here.is_json() {
            false => Spelling::Text(text.to_owned()),
            true => {
                let pair = text.split_once('=').filter(|(name, _)| !name.is_empty());
                let (name, text) =
                    pair.ok_or_else(|| placed(refused_entry(here, "a text without a ="), place(here, value)))?;
                Spelling::Exact(name.to_owned(), text.to_owned())
            }
        };
        self.push(here, value, spelling);
        Ok(())
    }

    /// An entry of a list in the form of CloudFormation; `None` if the table is none.
    fn of_cloudformation(&self, entries: &[Entry]) -> Option<Result<Spelling, &'static str>> {
        let [name, value] = self.content.keys();
        let get = |key: &str| entries.iter().find(|entry| entry.key == key).map(|entry| &entry.value);
        let known = [name, value, USE_PREVIOUS];
        if get(name).is_none() || entries.iter().any(|entry| !known.contains(&entry.key.as_str())) {
            return None;
        }
        let Some(name) = get(name).and_then(single) else { return Some(Err("a name that is no text")) };
        let keeps = get(USE_PREVIOUS).is_some_and(|it| it.as_switch().as_deref() == Some("true"));
        Some(match (get(value).map(single), keeps && self.content == Content::Parameters) {
            (None, true) => Ok(Spelling::Previous(name)),
            (Some(Some(text)), false) => Ok(Spelling::Exact(name, text)),
            (Some(Some(_)), true) => Err("an entry with both a value and UsePreviousValue"),
            (Some(None), _) => Err("a value that is no text"),
            (None, false) => Err("an entry without a value"),
        })
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
                match here.is_json() {
                    true => Spelling::Exact(key.clone(), text?),
                    false => Spelling::Entry(key.clone(), text?),
                }
            }
        };
        self.push(here, value, spelling);
        Ok(())
    }

    fn add_file(&mut self, path: PathBuf) -> Result<(), Failure> {
        let Some(files) = &mut self.files else { return Ok(()) };
        if self.depth > MAX_NESTED {
            return Err(refused_file(&path, "is referred to from more than 100 lists and tables in one another"));
        }
        let content = files.open(&path)?;
        self.add_document(&content)?;
        self.files.iter_mut().for_each(ParameterFiles::close);
        Ok(())
    }

    /// Of a template configuration, the part that is asked for.
    fn add_document(&mut self, document: &Document) -> Result<(), Failure> {
        let root = document.root();
        match &root.kind {
            Kind::Table(entries) if is_template_configuration(entries) => {
                let part = entries.iter().find(|entry| entry.key == self.content.part());
                part.map_or(Ok(()), |part| self.add(document, &part.value, &part.key))
            }
            Kind::Table(_)
            | Kind::Text(_)
            | Kind::Switch(_)
            | Kind::Number(_)
            | Kind::List(_)
            | Kind::Date
            | Kind::Nothing => self.add(document, root, "the document"),
        }
    }

    fn push(&mut self, here: &Document, value: &Value, spelling: Spelling) {
        let file = here.path().to_path_buf();
        self.values.push(DeployValue { spelling, file, place: place(here, value) });
    }
}

/// Where a value stands, without its line, which may hold a secret.
fn place(here: &Document, value: &Value) -> Option<Place> {
    here.place(&value.mark).map(Place::without_line)
}

fn refused_entry(here: &Document, what: &str) -> Failure {
    let message = format!("{} has {what}", here.path().display());
    refused(message, r#"write an object of names and values, ["Name=value"] or [{"ParameterKey": …}]"#)
}

fn is_template_configuration(entries: &[Entry]) -> bool {
    let is_part = |entry: &Entry| {
        PARTS.contains(&entry.key.as_str()) && matches!(entry.value.kind, Kind::Table(_) | Kind::Nothing)
    };
    !entries.is_empty() && entries.iter().all(is_part)
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
