//! Generated documents: a model of what a template says, and many ways to write it.

use crate::template::scalar;
use crate::template::tree::Style;
use crate::template::{NewValue, Node};
use proptest::prelude::{Just, Strategy, prop_oneof};

/// The meaning of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Model {
    Null,
    Text(String),
    List(Vec<Model>),
    Map(Vec<(String, Model)>),
}

/// How documents are written as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Yaml,
    JsonPretty,
    JsonMinified,
}

pub fn any_text() -> impl Strategy<Value = String> {
    const TEXTS: [&str; 27] = [
        "x",
        "-",
        "src/app",
        "12",
        "0777",
        "1e5",
        "yes",
        "null",
        "~",
        "2012-10-17",
        "12:30",
        "a: b",
        "a #b",
        "it's",
        "\"q\"",
        "é😀",
        "",
        " lead",
        "trail ",
        "- x",
        "{x}",
        "a,b",
        "one\ntwo\n",
        "one\n\ntwo",
        "one\n\n",
        "tab\there",
        "&a *b !c",
    ];
    prop_oneof![
        3 => proptest::sample::select(&TEXTS[..]).prop_map(str::to_owned),
        1 => "[ -~é\n]{0,12}",
        1 => "[a-zA-Z0-9/._:-]{1,20}",
    ]
}

/// Mappings at the top, as templates are.
pub fn any_document() -> impl Strategy<Value = Model> {
    let leaf = prop_oneof![1 => Just(Model::Null), 5 => any_text().prop_map(Model::Text)];
    let node = leaf.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            1 => proptest::collection::vec(inner.clone(), 0..4).prop_map(Model::List),
            2 => any_map(inner, 0..5),
        ]
    });
    any_map(node, 1..6)
}

/// The same with keys that are given twice.
pub fn any_document_with_repeated_keys() -> impl Strategy<Value = Model> {
    let map = |value| proptest::collection::vec(("[ABé]", value), 1..5).prop_map(Model::Map);
    let leaf = prop_oneof![1 => Just(Model::Null), 5 => any_text().prop_map(Model::Text)];
    let node = leaf.prop_recursive(4, 40, 5, move |inner| {
        let list = proptest::collection::vec(inner.clone(), 0..4).prop_map(Model::List);
        prop_oneof![1 => list, 3 => map(inner.boxed())]
    });
    map(node.boxed())
}

fn any_map(value: impl Strategy<Value = Model>, size: std::ops::Range<usize>) -> impl Strategy<Value = Model> {
    let key = prop_oneof![6 => "[A-Z][a-z]{0,5}", 1 => any_text()];
    proptest::collection::vec((key, value), size).prop_map(|mut entries| {
        let mut seen = std::collections::HashSet::new();
        entries.retain(|(key, _)| seen.insert(key.clone()));
        Model::Map(entries)
    })
}

impl Model {
    /// The meaning of a parsed node.
    pub fn of(node: Node<'_>) -> Self {
        match node.as_str() {
            Some(text) => Self::Text(text.to_owned()),
            None if node.is_null() => Self::Null,
            None if node.is_sequence() => Self::List(node.items().map(Self::of).collect()),
            None => {
                let key = |key: Node<'_>| key.source_text().to_owned();
                Self::Map(node.entries().map(|(name, value)| (key(name), Self::of(value))).collect())
            }
        }
    }

    pub fn of_yaml(value: &serde_yaml::Value) -> Self {
        match value {
            serde_yaml::Value::Null => Self::Null,
            serde_yaml::Value::String(text) => Self::Text(text.clone()),
            serde_yaml::Value::Sequence(items) => Self::List(items.iter().map(Self::of_yaml).collect()),
            serde_yaml::Value::Mapping(entries) => {
                let key = |key: &serde_yaml::Value| key.as_str().expect("a string as key").to_owned();
                Self::Map(entries.iter().map(|(name, value)| (key(name), Self::of_yaml(value))).collect())
            }
            other => panic!("not written as text: {other:?}"),
        }
    }

    pub fn of_json(value: &serde_json::Value) -> Self {
        match value {
            serde_json::Value::Null => Self::Null,
            serde_json::Value::String(text) => Self::Text(text.clone()),
            serde_json::Value::Array(items) => Self::List(items.iter().map(Self::of_json).collect()),
            serde_json::Value::Object(entries) => {
                Self::Map(entries.iter().map(|(key, value)| (key.clone(), Self::of_json(value))).collect())
            }
            other => panic!("not written as text: {other:?}"),
        }
    }

    /// What is read if the last of equal keys counts.
    pub fn with_last_keys(&self) -> Self {
        match self {
            Self::Null | Self::Text(_) => self.clone(),
            Self::List(items) => Self::List(items.iter().map(Self::with_last_keys).collect()),
            Self::Map(entries) => {
                let is_last = |at: usize| entries[at + 1..].iter().all(|(key, _)| *key != entries[at].0);
                let last = entries.iter().enumerate().filter(|(at, _)| is_last(*at));
                Self::Map(last.map(|(_, (key, value))| (key.clone(), value.with_last_keys())).collect())
            }
        }
    }

    pub fn children(&self) -> Vec<&Self> {
        match self {
            Self::Null | Self::Text(_) => Vec::new(),
            Self::List(items) => items.iter().collect(),
            Self::Map(entries) => entries.iter().map(|(_, value)| value).collect(),
        }
    }

    /// The value to write; there is no null to write.
    pub fn to_new_value(&self) -> NewValue {
        match self {
            Self::Null => NewValue::Text(String::new()),
            Self::Text(text) => NewValue::Text(text.clone()),
            Self::List(items) => NewValue::Sequence(items.iter().map(Self::to_new_value).collect()),
            Self::Map(entries) => {
                NewValue::Mapping(entries.iter().map(|(key, value)| (key.clone(), value.to_new_value())).collect())
            }
        }
    }

    /// What is read back after `to_new_value`.
    pub fn without_null(&self) -> Self {
        match self {
            Self::Null => Self::Text(String::new()),
            Self::Text(text) => Self::Text(text.clone()),
            Self::List(items) => Self::List(items.iter().map(Self::without_null).collect()),
            Self::Map(entries) => {
                Self::Map(entries.iter().map(|(key, value)| (key.clone(), value.without_null())).collect())
            }
        }
    }
}

/// What a value follows: a list may stand at the indentation of its key, but not at the indentation of its dash.
#[derive(Clone, Copy, PartialEq, Eq)]
enum After {
    Colon,
    Dash,
}

/// Writes models; each decision on style takes the next of `choices`.
pub struct Scribe<'c> {
    choices: &'c [u8],
    next: usize,
    comments: usize,
    pub text: String,
}

impl<'c> Scribe<'c> {
    pub fn write(model: &Model, form: Form, choices: &'c [u8]) -> String {
        let mut scribe = Self { choices, next: 0, comments: 0, text: String::new() };
        match (form, model) {
            (Form::JsonPretty, _) => return serde_json::to_string_pretty(&to_json(model)).expect("JSON"),
            (Form::JsonMinified, _) => return serde_json::to_string(&to_json(model)).expect("JSON"),
            (Form::Yaml, Model::Map(entries)) if !entries.is_empty() => scribe.block_map(entries, 0),
            (Form::Yaml, _) => scribe.flow(model, 0),
        }
        scribe.text
    }

    /// The same as flow style.
    pub fn write_flow(model: &Model, choices: &'c [u8]) -> String {
        let mut scribe = Self { choices, next: 0, comments: 0, text: String::new() };
        scribe.flow(model, 0);
        scribe.text
    }

    fn pick(&mut self, count: usize) -> usize {
        let choice = self.choices.get(self.next % self.choices.len().max(1)).copied().unwrap_or(0);
        self.next += 1;
        usize::from(choice) % count
    }

    fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    fn line(&mut self, indent: usize) {
        self.text.push_str(&" ".repeat(indent));
    }

    fn comment(&mut self) -> String {
        self.comments += 1;
        format!("# c{}: [x", self.comments)
    }

    /// Readers of YAML 1.1 accept a comment right after a quote or a bracket.
    fn end_line(&mut self) {
        let comment = self.comment();
        match self.pick(6) {
            0 if self.text.ends_with(['"', '\'', ']', '}']) && self.pick(2) == 0 => self.push(&format!("{comment}\n")),
            0 => self.push(&format!(" {comment}\n")),
            1 => self.push("\n\n"),
            2 => self.push(&format!("\n  {comment}\n")),
            3 => self.push("  \n"),
            _ => self.push("\n"),
        }
    }

    fn block_map(&mut self, entries: &[(String, Model)], indent: usize) {
        for (index, (key, value)) in entries.iter().enumerate() {
            if index > 0 {
                self.line(indent);
            }
            let key = self.scalar(key);
            match self.pick(8) {
                0 => {
                    self.push(&format!("? {key}\n"));
                    self.line(indent);
                    self.push(":");
                }
                _ => self.push(&format!("{key}:")),
            }
            self.block_value(value, indent, After::Colon);
        }
    }

    /// Ends its line.
    fn block_value(&mut self, value: &Model, indent: usize, after: After) {
        let deeper = indent + 1 + self.pick(4);
        match (value, self.pick(3)) {
            (Model::Map(entries), 1..) if !entries.is_empty() => {
                self.end_line();
                self.line(deeper);
                self.block_map(entries, deeper);
            }
            (Model::List(items), 1..) if !items.is_empty() => {
                self.end_line();
                let indent = if after == After::Colon && self.pick(2) == 0 { indent } else { deeper };
                self.block_list(items, indent);
            }
            (Model::Text(text), 2) if is_literal(text) => self.literal(text, indent),
            (Model::Null, 1..) => self.end_line(),
            _ => {
                self.push(" ");
                self.flow(value, indent + 1);
                self.end_line();
            }
        }
    }

    fn block_list(&mut self, items: &[Model], indent: usize) {
        for item in items {
            self.line(indent);
            self.push("-");
            match (item, self.pick(3)) {
                (Model::Map(entries), 1) if !entries.is_empty() => {
                    self.push("   ");
                    self.block_map(entries, indent + 4);
                }
                (Model::List(items), 1) if !items.is_empty() => {
                    self.end_line();
                    self.block_list(items, indent + 2);
                }
                _ => self.block_value(item, indent, After::Dash),
            }
        }
    }

    fn literal(&mut self, text: &str, indent: usize) {
        let header = match text.len() - text.trim_end_matches('\n').len() {
            0 => "|-",
            1 => "|",
            _ => "|+",
        };
        self.push(&format!(" {header}\n"));
        for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
            if !line.is_empty() {
                self.line(indent + 2);
                self.push(line);
            }
            self.push("\n");
        }
    }

    fn scalar(&mut self, text: &str) -> String {
        let style = [Style::Plain, Style::SingleQuoted, Style::DoubleQuoted][self.pick(3)];
        scalar::write(text, style)
    }

    fn flow(&mut self, value: &Model, indent: usize) {
        let separator = match self.pick(3) {
            0 => format!("\n{}", " ".repeat(indent)),
            _ => String::new(),
        };
        match value {
            Model::Null => self.push("null"),
            Model::Text(text) => {
                let written = self.scalar(text);
                self.push(&written);
            }
            Model::List(items) => {
                self.push("[");
                for (index, item) in items.iter().enumerate() {
                    self.push(&separator);
                    self.item(item, indent + 1);
                    if index + 1 < items.len() || !self.text.ends_with('-') {
                        let comma = [",", ", "][self.pick(2)];
                        self.push(comma);
                    }
                }
                self.push("]");
            }
            Model::Map(entries) => self.flow_map(entries, &separator, indent),
        }
    }

    /// Readers of YAML 1.1 accept a dash alone in brackets.
    fn item(&mut self, value: &Model, indent: usize) {
        match value {
            Model::Text(text) if text == "-" && self.pick(2) == 0 => self.push("-"),
            _ => self.flow(value, indent),
        }
    }

    fn flow_map(&mut self, entries: &[(String, Model)], separator: &str, indent: usize) {
        self.push("{");
        for (index, (key, value)) in entries.iter().enumerate() {
            self.push(if index > 0 { ", " } else { "" });
            self.push(separator);
            let key = self.scalar(key);
            self.push(&key);
            match (value, self.pick(2)) {
                (Model::Null, 0) => self.push(": "),
                (Model::Text(text), 0) if text == "-" && separator.is_empty() => self.push(": -"),
                (_, _) => {
                    self.push(": ");
                    self.flow(value, indent + 1);
                }
            }
        }
        self.push(separator);
        self.push("}");
    }
}

fn is_literal(text: &str) -> bool {
    let line_ok = |line: &str| line.is_empty() || line.starts_with(|char: char| char.is_ascii_graphic());
    text.starts_with(|char: char| char.is_ascii_graphic()) && text.split('\n').all(line_ok)
}

fn to_json(model: &Model) -> serde_json::Value {
    match model {
        Model::Null => serde_json::Value::Null,
        Model::Text(text) => serde_json::Value::String(text.clone()),
        Model::List(items) => items.iter().map(to_json).collect(),
        Model::Map(entries) => entries.iter().map(|(key, value)| (key.clone(), to_json(value))).collect(),
    }
}
