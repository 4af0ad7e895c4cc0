//! TOML, YAML or JSON → values.

use super::value::{Entry, Kind, Mark, Value};
use serde_json::Value as Json;
use serde_yaml::Value as Yaml;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A language of configuration files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// TOML 1.0.
    Toml,
    Yaml,
    Json,
}

/// Why a text is not in its language.
#[derive(Debug)]
pub struct SyntaxError {
    pub message: String,
    pub span: Option<Range<usize>>,
}

impl Language {
    /// The language of a file with this extension.
    pub fn of_extension(extension: &str) -> Option<Self> {
        match extension {
            "toml" => Some(Self::Toml),
            "yaml" | "yml" => Some(Self::Yaml),
            "json" => Some(Self::Json),
            _ => None,
        }
    }

    /// Its name in an error.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Toml => "TOML",
            Self::Yaml => "YAML",
            Self::Json => "JSON",
        }
    }

    /// Reads a text without a byte order mark. The values of TOML know where they stand.
    pub fn parse(self, text: &str) -> Result<Value, SyntaxError> {
        match self {
            Self::Toml => toml(text),
            Self::Yaml => yaml(text),
            Self::Json => json(text),
        }
    }
}

fn toml(text: &str) -> Result<Value, SyntaxError> {
    let document = DeTable::parse(text).map_err(|error| SyntaxError {
        message: error.message().lines().collect::<Vec<_>>().join(", "),
        span: error.span(),
    })?;
    Ok(unmarked(table(document.get_ref(), text)))
}

fn toml_value(value: &Spanned<DeValue<'_>>, text: &str) -> Value {
    let kind = match value.get_ref() {
        DeValue::String(text) => Kind::Text(text.to_string()),
        DeValue::Integer(number) if number.radix() == 10 => Kind::Number(number.as_str().to_owned()),
        DeValue::Integer(_) => Kind::Number(text[value.span()].to_owned()),
        DeValue::Float(number) => Kind::Number(number.as_str().to_owned()),
        DeValue::Boolean(on) => Kind::Switch(*on),
        DeValue::Datetime(_) => Kind::Date,
        DeValue::Array(items) => Kind::List(items.iter().map(|item| toml_value(item, text)).collect()),
        DeValue::Table(entries) => table(entries, text),
    };
    Value { kind, mark: Mark::Bytes(value.span()) }
}

/// In the order of the file.
fn table(entries: &DeTable<'_>, text: &str) -> Kind {
    let mut entries: Vec<_> = entries.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    let entry = |(key, value): &(&Spanned<_>, &Spanned<_>)| Entry {
        key: AsRef::<str>::as_ref(key.get_ref()).to_owned(),
        key_mark: Mark::Bytes(key.span()),
        value: toml_value(value, text),
    };
    Kind::Table(entries.iter().map(entry).collect())
}

fn yaml(text: &str) -> Result<Value, SyntaxError> {
    let mut document: Yaml = serde_yaml::from_str(text).map_err(|error| yaml_error(&error))?;
    // sam expands merge keys: environments share parameters with `<<: *defaults`.
    document.apply_merge().map_err(|error| yaml_error(&error))?;
    Ok(yaml_value(&document))
}

fn yaml_error(error: &serde_yaml::Error) -> SyntaxError {
    SyntaxError {
        message: without_place(&error.to_string()),
        span: error.location().map(|at| at.index()..at.index() + 1),
    }
}

/// The parser's words without the place of the error, which is reported beside them. Other places in them stay.
fn without_place(message: &str) -> String {
    const MARK: &str = " at line ";
    let Some((before, rest)) = message.split_once(MARK) else { return message.to_owned() };
    let is_of_place = |letter: char| letter.is_ascii_digit() || letter == ' ';
    let rest = rest.trim_start_matches(is_of_place).trim_start_matches("column");
    format!("{before}{}", rest.trim_start_matches(is_of_place))
}

fn yaml_value(value: &Yaml) -> Value {
    unmarked(match value {
        Yaml::Null => Kind::Nothing,
        Yaml::Bool(on) => Kind::Switch(*on),
        Yaml::Number(number) => Kind::Number(number.to_string()),
        Yaml::String(text) => Kind::Text(text.clone()),
        Yaml::Sequence(items) => Kind::List(items.iter().map(yaml_value).collect()),
        Yaml::Tagged(tagged) => return yaml_value(&tagged.value),
        Yaml::Mapping(entries) => Kind::Table(entries.iter().filter_map(yaml_entry).collect()),
    })
}

/// A key that is no text names nothing.
fn yaml_entry((key, value): (&Yaml, &Yaml)) -> Option<Entry> {
    Some(Entry { key: key.as_str()?.to_owned(), key_mark: Mark::Unknown, value: yaml_value(value) })
}

fn json(text: &str) -> Result<Value, SyntaxError> {
    let document: Json = serde_json::from_str(text).map_err(|error| json_error(&error, text))?;
    Ok(json_value(&document))
}

fn json_error(error: &serde_json::Error, text: &str) -> SyntaxError {
    let line: usize = text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    let at = line + error.column().saturating_sub(1);
    SyntaxError { message: without_place(&error.to_string()), span: Some(at..at + 1) }
}

fn json_value(value: &Json) -> Value {
    unmarked(match value {
        Json::Null => Kind::Nothing,
        Json::Bool(on) => Kind::Switch(*on),
        Json::Number(number) => Kind::Number(number.to_string()),
        Json::String(text) => Kind::Text(text.clone()),
        Json::Array(items) => Kind::List(items.iter().map(json_value).collect()),
        Json::Object(entries) => {
            let entry = |(key, value): (&String, &Json)| Entry {
                key: key.clone(),
                key_mark: Mark::Unknown,
                value: json_value(value),
            };
            Kind::Table(entries.iter().map(entry).collect())
        }
    })
}

fn unmarked(kind: Kind) -> Value {
    Value { kind, mark: Mark::Unknown }
}

#[cfg(test)]
mod tests {
    use super::Language;

    #[test]
    fn an_error_of_the_parser_does_not_repeat_the_place() {
        let rows = [
            ("a: [", "did not find expected node content, while parsing a flow node"),
            ("a: b: c", "mapping values are not allowed in this context"),
            ("a: 1\na: 2", "duplicate entry with key \"a\""),
            ("a: \"x", "found unexpected end of stream, while scanning a quoted scalar at line 1 column 4"),
        ];
        for (text, expected) in rows {
            let error = Language::Yaml.parse(text).unwrap_err();
            assert_eq!((error.message.as_str(), error.span.is_some()), (expected, true), "{text}");
        }
    }
}
