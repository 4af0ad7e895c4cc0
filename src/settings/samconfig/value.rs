//! A value of a configuration file, whatever its language.

use crate::template::NodeId;
use serde_json::Map;
use std::ops::Range;

/// Where a key or a value stands, as its parser reports it.
#[derive(Debug, Clone, Default)]
pub enum Mark {
    #[default]
    Unknown,
    /// Bytes of the text.
    Bytes(Range<usize>),
    /// A node of the tree of the same text.
    Node(NodeId),
}

#[derive(Debug)]
pub struct Value {
    pub kind: Kind,
    pub mark: Mark,
}

#[derive(Debug)]
pub enum Kind {
    Text(String),
    Switch(bool),
    /// A number as it is written.
    Number(String),
    List(Vec<Value>),
    /// A date or time, which no flag takes.
    Date,
    Table(Vec<Entry>),
    /// YAML's null or an empty file.
    Nothing,
}

/// A key with its value.
#[derive(Debug)]
pub struct Entry {
    pub key: String,
    pub key_mark: Mark,
    pub value: Value,
}

impl Kind {
    /// Its name in an error.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Text(_) => "a text",
            Self::Switch(_) => "true or false",
            Self::Number(_) => "a number",
            Self::List(_) => "a list",
            Self::Date => "a date",
            Self::Table(_) => "a table",
            Self::Nothing => "nothing",
        }
    }
}

impl Value {
    /// Whether it is a list or a table with nothing in it.
    pub fn is_empty(&self) -> bool {
        match &self.kind {
            Kind::List(items) => items.is_empty(),
            Kind::Table(entries) => entries.is_empty(),
            Kind::Text(_) | Kind::Switch(_) | Kind::Number(_) | Kind::Date | Kind::Nothing => false,
        }
    }

    /// Whether it stands for no value at all.
    pub fn says_nothing(&self) -> bool {
        matches!(self.kind, Kind::Nothing) || self.as_list().is_some_and(|text| text.is_empty())
    }

    /// As the value of a switch. The grammar reads a text.
    pub fn as_switch(&self) -> Option<String> {
        match &self.kind {
            Kind::Switch(on) => Some(on.to_string()),
            Kind::Text(text) | Kind::Number(text) => Some(text.clone()),
            Kind::List(_) | Kind::Date | Kind::Table(_) | Kind::Nothing => None,
        }
    }

    pub fn as_text(&self) -> Option<String> {
        match &self.kind {
            Kind::Text(text) | Kind::Number(text) => Some(text.clone()),
            Kind::Switch(_) | Kind::List(_) | Kind::Date | Kind::Table(_) | Kind::Nothing => None,
        }
    }

    /// As texts with commas between, of a list, a table or a text.
    pub fn as_list(&self) -> Option<String> {
        let texts: Option<Vec<String>> = match &self.kind {
            Kind::List(items) => items.iter().map(Self::as_text).collect(),
            Kind::Table(entries) => {
                entries.iter().map(|entry| Some(format!("{}={}", entry.key, entry.value.as_text()?))).collect()
            }
            Kind::Text(_) | Kind::Number(_) | Kind::Switch(_) | Kind::Date | Kind::Nothing => return self.as_text(),
        };
        Some(texts?.join(","))
    }

    /// As a text, or as the JSON object of a table of texts.
    pub fn as_map(&self) -> Option<String> {
        let Kind::Table(entries) = &self.kind else { return self.as_text() };
        let pairs = entries.iter().map(|entry| Some((entry.key.clone(), entry.value.as_text()?.into())));
        Some(serde_json::Value::Object(pairs.collect::<Option<Map<_, _>>>()?).to_string())
    }
}
