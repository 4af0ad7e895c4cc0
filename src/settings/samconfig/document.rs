//! A file as it was read: its values, where each stands, and what of it may be shown.

use super::languages::{Language, SyntaxError};
use super::syntax_advice::syntax_advice;
use super::value::{Entry, Kind, Mark, Value};
use crate::facts::{Failure, FailureKind, Place};
use crate::template::{Node, Template};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// A samconfig, or a file of parameters.
pub struct Document {
    path: PathBuf,
    text: String,
    language: Language,
    shows_lines: bool,
    root: Value,
    /// The tree of YAML and JSON, whose typed parsers keep no places.
    tree: Option<Template>,
}

impl Document {
    /// Takes the text of a file. Without `shows_lines` no error shows a line of it: any may hold the value of a
    /// parameter, which may be a secret.
    pub fn parse(path: &Path, text: &str, language: Language, shows_lines: bool) -> Result<Self, Failure> {
        let text = text.trim_start_matches('\u{feff}').to_owned();
        let parsed = language.parse(&text);
        let mut root = parsed.map_err(|error| not_in_its_language(path, &text, language, shows_lines, error))?;
        let tree = match language {
            Language::Toml => None,
            // Only a mapping has a tree; values of another document have no places.
            Language::Yaml | Language::Json => Template::parse(path, text.clone().into_bytes()).ok(),
        };
        tree.iter().for_each(|tree| mark(&mut root, tree.root()));
        Ok(Self { path: path.to_path_buf(), text, language, shows_lines, root, tree })
    }

    /// The path by which it was found.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it is JSON, which sam does not read.
    pub fn is_json(&self) -> bool {
        self.language == Language::Json
    }

    /// The value at the top.
    pub fn root(&self) -> &Value {
        &self.root
    }

    /// Where something in it stands.
    pub fn place(&self, mark: &Mark) -> Option<Place> {
        let place = match mark {
            Mark::Unknown => return None,
            Mark::Bytes(span) => Place::in_text(&self.path, &self.text, span.clone()),
            Mark::Node(id) => self.tree.as_ref()?.node(*id).place(),
        };
        Some(shown(place, self.shows_lines))
    }

    /// The entries of a table; nothing at all counts as an empty one.
    pub fn table<'v>(&self, value: &'v Value, key: &str) -> Result<&'v [Entry], Failure> {
        match &value.kind {
            Kind::Table(entries) => Ok(entries),
            Kind::Nothing => Ok(&[]),
            Kind::Text(_) | Kind::Switch(_) | Kind::Number(_) | Kind::List(_) | Kind::Date => {
                Err(self.wrong_type(value, key, "a table"))
            }
        }
    }

    /// The failure of a value that should be something else.
    pub fn wrong_type(&self, value: &Value, key: &str, wanted: &str) -> Failure {
        let found = value.kind.name();
        let message = format!("`{key}` in {} is {found}, and must be {wanted}", self.path.display());
        placed(Failure::new(FailureKind::Usage, message), self.place(&value.mark))
    }
}

fn not_in_its_language(path: &Path, text: &str, language: Language, shows_lines: bool, error: SyntaxError) -> Failure {
    let SyntaxError { message, span } = error;
    let language_name = language.name();
    let hint = span.as_ref().and_then(|span| syntax_advice(language, text, span));
    let message = format!("the configuration file {} is not {language_name}: {message}", path.display());
    let failure = Failure::new(FailureKind::Usage, message);
    let failure = match hint {
        Some(hint) => failure.with_hint(hint),
        None => failure,
    };
    placed(failure, span.map(|span| shown(Place::in_text(path, text, span), shows_lines)))
}

/// The failure, at a place if that is known.
pub fn placed(failure: Failure, place: Option<Place>) -> Failure {
    match place {
        Some(place) => failure.at(place),
        None => failure,
    }
}

fn shown(place: Place, shows_lines: bool) -> Place {
    if shows_lines { place } else { place.without_line() }
}

/// Notes where a value, and everything in it, stands in the tree of the same text.
fn mark(value: &mut Value, node: Node<'_>) {
    value.mark = Mark::Node(node.id());
    match &mut value.kind {
        Kind::List(items) => items.iter_mut().zip(node.items()).for_each(|(item, node)| mark(item, node)),
        Kind::Table(entries) => {
            let nodes = node.entries().filter_map(|(key, value)| Some((key.as_str()?, (key, value))));
            let nodes: HashMap<&str, (Node<'_>, Node<'_>)> = nodes.collect();
            for entry in entries {
                let Some((key, node)) = nodes.get(entry.key.as_str()) else { continue };
                entry.key_mark = Mark::Node(key.id());
                mark(&mut entry.value, *node);
            }
        }
        Kind::Text(_) | Kind::Switch(_) | Kind::Number(_) | Kind::Date | Kind::Nothing => {}
    }
}
