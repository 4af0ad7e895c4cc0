//! JSON with places: errors name the path and the place of a value, and never show the value.

use crate::facts::Place;
use crate::template::{Node, Template};
use serde_json::Value;
use std::cell::OnceCell;
use std::fmt;
use std::ops::Range;
use std::path::Path;

/// A document: its values, and where they stand.
pub struct Document<'a> {
    text: &'a str,
    value: Value,
    /// Read when the first place is asked for. `None` if the parser of templates cannot read the text.
    tree: OnceCell<Option<Template>>,
}

/// What is wrong, and where in the document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonError {
    /// The path of the value, such as `data.inputArtifacts[0].name`; empty for the document itself.
    pub path: String,
    pub problem: String,
    /// Counted from 1.
    pub line: usize,
    /// In characters, counted from 1.
    pub column: usize,
    /// The bytes of the value, after a byte order mark.
    pub span: Range<usize>,
}

impl JsonError {
    /// Where it is in the file that the document came from. The line may show other values.
    pub fn place(&self, path: &Path, bytes: &[u8]) -> Place {
        Place::in_text(path, without_mark(&String::from_utf8_lossy(bytes)), self.span.clone())
    }

    fn new(text: &str, path: String, problem: String, span: Range<usize>) -> Self {
        let Place { line, column, .. } = Place::in_text(Path::new(""), text, span.clone());
        Self { path, problem, line, column, span }
    }

    /// An error about the document as such.
    fn at(text: &str, problem: String, offset: usize) -> Self {
        let offset = text.floor_char_boundary(offset);
        Self::new(text, String::new(), problem, offset..offset + 1)
    }
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let separator = if self.path.is_empty() { "" } else { " " };
        write!(f, "{}{separator}{} (line {}, column {})", self.path, self.problem, self.line, self.column)
    }
}

impl std::error::Error for JsonError {}

impl<'a> Document<'a> {
    /// Reads a document; a byte order mark is skipped.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, JsonError> {
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let before = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
            JsonError::at(without_mark(&before), "is not UTF-8".to_owned(), without_mark(&before).len())
        })?;
        let text = without_mark(text);
        match serde_json::from_str(text) {
            Ok(value) => Ok(Self { text, value, tree: OnceCell::new() }),
            Err(error) => Err(syntax_error(text, &error)),
        }
    }

    /// The text, without a byte order mark.
    pub fn text(&self) -> &'a str {
        self.text
    }

    /// The outermost value.
    pub fn root(&self) -> Cursor<'_> {
        Cursor { document: self, value: &self.value, path: Vec::new() }
    }

    /// The node at a path; of a key that is given twice, the last, as serde_json has it.
    fn node(&self, path: &[Step<'_>]) -> Option<Node<'_>> {
        let tree = self.tree.get_or_init(|| Template::parse_as_written("", readable(self.text).into_bytes()).ok());
        path.iter().try_fold(tree.as_ref()?.root(), |node, step| match step {
            Step::Index(index) => node.items().nth(*index),
            Step::Key(key) => {
                let same = node.entries().filter(|(other, _)| self.key(*other).is_some_and(|other| other == *key));
                same.last().map(|(_, value)| value)
            }
        })
    }

    fn key(&self, node: Node<'_>) -> Option<String> {
        serde_json::from_str(&self.text[node.span()]).ok()
    }
}

fn without_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

/// The same text, byte for byte in its place, without the characters that JSON allows in strings and YAML does not.
fn readable(text: &str) -> String {
    let is_refused = |letter| matches!(letter, '\u{7f}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}');
    let mut readable = String::with_capacity(text.len());
    for letter in text.chars() {
        match is_refused(letter) {
            true => readable.extend(std::iter::repeat_n('x', letter.len_utf8())),
            false => readable.push(letter),
        }
    }
    readable
}

/// serde_json ends its message with the place, which is in the error already.
fn syntax_error(text: &str, error: &serde_json::Error) -> JsonError {
    let message = error.to_string();
    let problem = message.split(" at line ").next().unwrap_or(&message);
    let line_start = text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum::<usize>();
    let offset = line_start + error.column().saturating_sub(1);
    JsonError::at(text, format!("is not valid JSON: {problem}"), offset)
}

/// A value of a document, with its path.
#[derive(Clone)]
pub struct Cursor<'a> {
    document: &'a Document<'a>,
    value: &'a Value,
    path: Vec<Step<'a>>,
}

/// A member of an object as it is written.
pub struct Member {
    pub key: String,
    /// The bytes of the key, in its quotes.
    pub key_span: Range<usize>,
    pub value_span: Range<usize>,
}

/// One step down.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step<'a> {
    Key(&'a str),
    Index(usize),
}

impl<'a> Cursor<'a> {
    /// The value of a key; `None` when the key is missing or null, or this is not an object.
    pub fn get(&self, key: &'a str) -> Option<Self> {
        let value = self.value.get(key).filter(|value| !value.is_null())?;
        Some(self.step(Step::Key(key), value))
    }

    /// The value of a key that must be there.
    pub fn required(&self, key: &'a str) -> Result<Self, JsonError> {
        self.get(key).ok_or_else(|| self.error(format!("has no `{key}`")))
    }

    /// The value as text.
    pub fn text(&self) -> Result<&'a str, JsonError> {
        self.value.as_str().ok_or_else(|| self.expected("a string"))
    }

    /// The text of a key; `None` when it is missing or null.
    pub fn optional_text(&self, key: &'a str) -> Result<Option<&'a str>, JsonError> {
        self.get(key).map(|value| value.text()).transpose()
    }

    /// The values of a list.
    pub fn items(&self) -> Result<Vec<Self>, JsonError> {
        let items = self.value.as_array().ok_or_else(|| self.expected("a list"))?;
        Ok(items.iter().enumerate().map(|(index, value)| self.step(Step::Index(index), value)).collect())
    }

    /// The values of a list under a key; none when it is missing or null.
    pub fn optional_items(&self, key: &'a str) -> Result<Vec<Self>, JsonError> {
        self.get(key).map_or(Ok(Vec::new()), |list| list.items())
    }

    /// Keys and values of an object, nulls included.
    pub fn entries(&self) -> Result<Vec<(&'a str, Self)>, JsonError> {
        let entries = self.value.as_object().ok_or_else(|| self.expected("an object"))?;
        Ok(entries.iter().map(|(key, value)| (key.as_str(), self.step(Step::Key(key), value))).collect())
    }

    /// The value itself.
    pub fn value(&self) -> &'a Value {
        self.value
    }

    /// An error about this value.
    pub fn error(&self, problem: impl Into<String>) -> JsonError {
        let text = self.document.text;
        let span = self.document.node(&self.path).map_or(0..text.trim_end().len(), Node::span);
        JsonError::new(text, spell(&self.path), problem.into(), span)
    }

    /// The members of an object as they are written: a key that is given twice is here twice. Empty for other values.
    pub fn members(&self) -> Vec<Member> {
        let member = |(key, value): (Node<'_>, Node<'_>)| {
            Some(Member { key: self.document.key(key)?, key_span: key.span(), value_span: value.span() })
        };
        self.document.node(&self.path).into_iter().flat_map(Node::entries).filter_map(member).collect()
    }

    fn expected(&self, what: &str) -> JsonError {
        let found = match self.value {
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Number(_) => "a number",
            Value::String(_) => "a string",
            Value::Array(_) => "a list",
            Value::Object(_) => "an object",
        };
        self.error(format!("must be {what}, not {found}"))
    }

    fn step(&self, step: Step<'a>, value: &'a Value) -> Self {
        let path = self.path.iter().copied().chain([step]).collect();
        Self { document: self.document, value, path }
    }
}

fn spell(path: &[Step<'_>]) -> String {
    path.iter().fold(String::new(), |mut spelled, step| {
        match step {
            Step::Index(index) => spelled.push_str(&format!("[{index}]")),
            Step::Key(key) if key.contains(['.', '[']) => spelled.push_str(&format!("[\"{key}\"]")),
            Step::Key(key) if spelled.is_empty() => spelled.push_str(key),
            Step::Key(key) => spelled.push_str(&format!(".{key}")),
        }
        spelled
    })
}

#[cfg(test)]
mod tests {
    use super::Document;
    use std::path::Path;

    #[test]
    fn an_error_has_the_path_and_the_place() {
        let text = "{\n  \"a\\\"\": [1, {\"x.y\": \"}\", \"é\": true}],\n  \"b\": {}, \"c\": [] }";
        let document = Document::parse(text.as_bytes()).unwrap();
        let root = document.root();
        let second = &root.required("a\"").unwrap().items().unwrap()[1];
        let rows = [
            ("the document", root.error("!"), " (line 1, column 1)", ""),
            ("in a list", second.error("!"), " (line 2, column 14)", "a\"[1]"),
            ("a key with a dot", second.required("x.y").unwrap().error("!"), " (line 2, column 22)", "a\"[1][\"x.y\"]"),
            (
                "after a brace in a string",
                second.required("é").unwrap().text().unwrap_err(),
                " (line 2, column 32)",
                "a\"[1].é",
            ),
            ("third key", root.required("c").unwrap().error("!"), " (line 3, column 17)", "c"),
        ];
        for (name, error, place, path) in rows {
            assert!(error.to_string().ends_with(place), "{name}: {error}");
            assert_eq!(error.path, path, "{name}");
        }
    }

    #[test]
    fn the_place_of_an_error_marks_the_value() {
        let rows: [(&str, &[u8], (usize, usize, &str)); 4] = [
            ("a number", b"\xef\xbb\xbf{\n \"a\": 12 ,\n \"b\": 1}", (2, 7, "12")),
            ("a list", b"{\"a\": [1, 2] }", (1, 7, "[1, 2]")),
            ("syntax", "{\"é\": x}".as_bytes(), (1, 7, "x")),
            ("not UTF-8", b"{\n\"\xff\"}", (2, 2, "")),
        ];
        for (name, bytes, expected) in rows {
            let document = Document::parse(bytes);
            let error = document.map(|it| it.root().required("a").unwrap().error("!")).unwrap_or_else(|error| error);
            let place = error.place(Path::new("t.json"), bytes);
            assert_eq!((place.line, place.column, &place.source_line[place.marked.clone()]), expected, "{name}");
            assert_eq!((error.line, error.column), (place.line, place.column), "{name}");
        }
    }

    #[test]
    fn a_place_is_found_where_yaml_and_json_differ() {
        let long = "k".repeat(70_000);
        let rows = [
            ("characters that YAML refuses", "{\"\u{7f}\": \"\u{80}\u{ffff}\", \"a\": 1}".to_owned(), "1"),
            (
                "a key with such a character",
                "{\"b\": \"\u{9f}\", \"a\": {\"\u{7f}\": [2]}}".to_owned(),
                "{\"\u{7f}\": [2]}",
            ),
            ("tabs, and no line break", "{\t\"a\"\t:\t[\t]\t}".to_owned(), "[\t]"),
            ("a merge key", "{\"<<\": 1, \"a\": \"&x *y !z\"}".to_owned(), "\"&x *y !z\""),
            ("a key that is given twice", "{\"a\": 1, \"a\": 2}".to_owned(), "2"),
            ("an escaped key", "{\"\\u0061\": true}".to_owned(), "true"),
            ("a key that is longer than the parser reads", format!("{{\"{long}\": 0, \"a\": 1}}"), "{"),
        ];
        for (name, text, expected) in rows {
            let document = Document::parse(text.as_bytes()).unwrap();
            let error = document.root().required("a").unwrap().error("!");
            assert!(text[error.span].starts_with(expected), "{name}");
        }
    }

    #[test]
    fn members_are_listed_as_they_are_written() {
        let text = "{\n \"a\" : {\"}\": [\",\"]} ,\"b\\u0022\":1\t, \"a\": \"\"}";
        let document = Document::parse(text.as_bytes()).unwrap();
        let members = document.root().members();
        let found: Vec<_> = members
            .iter()
            .map(|it| (it.key.as_str(), &text[it.key_span.clone()], &text[it.value_span.clone()]))
            .collect();
        let expected = [("a", "\"a\"", "{\"}\": [\",\"]}"), ("b\"", "\"b\\u0022\"", "1"), ("a", "\"a\"", "\"\"")];
        assert_eq!(found, expected);
        assert!(Document::parse(b"{ }").unwrap().root().members().is_empty());
        assert!(Document::parse(b"[1]").unwrap().root().members().is_empty());
    }

    #[test]
    fn a_syntax_error_has_its_place_and_shows_no_value() {
        let rows = [
            ("cut short", &b"{\"a\": \"sec"[..], "is not valid JSON: EOF while parsing a string (line 1, column 10)"),
            ("trailing", b"{}\n x", "is not valid JSON: trailing characters (line 2, column 2)"),
            ("empty", b"", "is not valid JSON: EOF while parsing a value (line 1, column 1)"),
            ("not UTF-8", b"{\"a\": \"\xff\"}", "is not UTF-8 (line 1, column 8)"),
        ];
        for (name, bytes, expected) in rows {
            assert_eq!(Document::parse(bytes).err().map(|it| it.to_string()).as_deref(), Some(expected), "{name}");
        }
    }
}
