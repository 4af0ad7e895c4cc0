//! A value of a configuration file, whatever its language.

use serde_json::Map;
use std::ops::Range;

/// Bytes of the file's text, if the parser tells.
pub type Span = Option<Range<usize>>;

/// A value, and where it stands.
#[derive(Debug)]
pub struct Value {
    /// What it is.
    pub kind: Kind,
    /// Where it stands.
    pub span: Span,
}

/// What a value is.
#[derive(Debug)]
pub enum Kind {
    /// A text.
    Text(String),
    /// True or false.
    Switch(bool),
    /// A number as it is written.
    Number(String),
    /// A list.
    List(Vec<Value>),
    /// A date or time, which no flag takes.
    Date,
    /// A table.
    Table(Vec<Entry>),
    /// YAML's null or an empty file.
    Nothing,
}

/// A key with its value.
#[derive(Debug)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// Where the key stands.
    pub key_span: Span,
    /// The value.
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

    /// As the value of a switch. What a text means is the grammar's to say.
    pub fn as_switch(&self) -> Option<String> {
        match &self.kind {
            Kind::Switch(on) => Some(on.to_string()),
            Kind::Text(text) | Kind::Number(text) => Some(text.clone()),
            Kind::List(_) | Kind::Date | Kind::Table(_) | Kind::Nothing => None,
        }
    }

    /// As a text.
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

#[cfg(test)]
mod tests {
    use super::super::{Search, load};

    #[test]
    fn a_list_with_nothing_in_it_counts_as_absent() {
        let rows = [
            ("target = []", vec![]),
            ("target = {}", vec![]),
            ("target = []\n[default.global.parameters]\ntarget = ['a=b/c']", vec!["a=b/c"]),
            ("target = ['a=b/c', 'd=e/f']", vec!["a=b/c,d=e/f"]),
        ];
        for (text, expected) in rows {
            let folder = tempfile::tempdir().unwrap();
            let text = format!("[default.package.parameters]\n{text}\n");
            std::fs::write(folder.path().join("samconfig.toml"), &text).unwrap();
            let search = Search { folder: folder.path(), file: None, environment: None };
            let given = load(&search, "package").unwrap().given;
            let values: Vec<_> = given.iter().map(|given| given.value.as_str()).collect();
            assert_eq!(values, expected, "{text}");
        }
    }
}
