//! JSON read by hand: errors name the path and the place of what is wrong, and never show a value.

use crate::facts::Place;
use serde_json::Value;
use std::fmt;
use std::ops::Range;
use std::path::Path;

/// A document and what to call it.
pub struct Document<'a> {
    text: &'a str,
    value: Value,
}

/// What is wrong, and where in the document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonError {
    /// The path of the value, such as `data.inputArtifacts[0].name`; empty for the document itself.
    pub path: String,
    /// What is wrong with it.
    pub problem: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// The bytes of the value, after a byte order mark.
    pub span: Range<usize>,
}

impl JsonError {
    /// Where it is in the file that the document came from, with the line: mind what else stands on it.
    pub fn place(&self, path: &Path, bytes: &[u8]) -> Place {
        Place::in_text(path, without_mark(&String::from_utf8_lossy(bytes)), self.span.clone())
    }

    /// An error about the document as such.
    fn at(text: &str, problem: String, offset: usize) -> Self {
        let offset = (0..=offset.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        let (line, column) = line_and_column(&text[..offset]);
        Self { path: String::new(), problem, line, column, span: offset..offset + 1 }
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
            Ok(value) => Ok(Self { text, value }),
            Err(error) => Err(syntax_error(text, &error)),
        }
    }

    /// The text, without a byte order mark.
    pub fn text(&self) -> &'a str {
        self.text
    }

    /// The outermost value.
    pub fn root(&self) -> Cursor<'_> {
        Cursor { text: self.text, value: &self.value, path: Vec::new() }
    }
}

fn without_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

/// serde_json ends its message with the place, which we tell in our own way.
fn syntax_error(text: &str, error: &serde_json::Error) -> JsonError {
    let message = error.to_string();
    let problem = message.split(" at line ").next().unwrap_or(&message);
    let line_start = text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum::<usize>();
    let offset = line_start + error.column().saturating_sub(1);
    JsonError::at(text, format!("is not valid JSON: {problem}"), offset)
}

/// A value of a document that knows where it is.
#[derive(Clone)]
pub struct Cursor<'a> {
    text: &'a str,
    value: &'a Value,
    path: Vec<Step<'a>>,
}

/// A member of an object as it is written.
pub struct Member {
    /// The key.
    pub key: String,
    /// The bytes of the key, in its quotes.
    pub key_span: Range<usize>,
    /// The bytes of the value.
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
        let span = self.span();
        let (line, column) = line_and_column(&self.text[..span.start]);
        JsonError { path: spell(&self.path), problem: problem.into(), line, column, span }
    }

    /// The members of an object as they are written: a key that is given twice is here twice. None of another value.
    pub fn members(&self) -> Vec<Member> {
        let (text, mut members) = (self.text, Vec::new());
        let mut at = skip_space(text, self.span().start);
        while self.value.is_object() && !text[at..].starts_with('}') {
            let key_start = skip_space(text, at + 1);
            let key_end = end_of_value(text, key_start);
            let Ok(key) = serde_json::from_str(&text[key_start..key_end]) else { break };
            let value_start = skip_space(text, skip_space(text, key_end) + 1);
            let value_end = end_of_value(text, value_start);
            members.push(Member { key, key_span: key_start..key_end, value_span: value_start..value_end });
            at = skip_space(text, value_end);
        }
        members
    }

    /// The bytes of this value in the document's text.
    fn span(&self) -> Range<usize> {
        let start = find(self.text, &self.path).unwrap_or(0);
        start..end_of_value(self.text, start)
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
        Self { text: self.text, value, path }
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

fn line_and_column(before: &str) -> (usize, usize) {
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

/// The offset of the value at a path. The text is valid JSON: it was parsed.
fn find(text: &str, path: &[Step<'_>]) -> Option<usize> {
    let mut at = skip_space(text, 0);
    for step in path {
        at = skip_space(text, at + 1);
        let mut index = 0;
        loop {
            let found = match step {
                Step::Index(wanted) => *wanted == index,
                Step::Key(wanted) => {
                    let end = end_of_value(text, at);
                    let key: String = serde_json::from_str(text.get(at..end)?).ok()?;
                    at = skip_space(text, skip_space(text, end) + 1);
                    key == *wanted
                }
            };
            if found {
                break;
            }
            at = skip_space(text, skip_space(text, end_of_value(text, at)) + 1);
            index += 1;
        }
    }
    Some(at)
}

fn skip_space(text: &str, from: usize) -> usize {
    let rest = text.get(from..).unwrap_or("");
    text.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len()
}

/// Where the value that starts at an offset ends.
fn end_of_value(text: &str, start: usize) -> usize {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for (at, byte) in text.bytes().enumerate().skip(start) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => continue,
            b'{' | b'[' => depth += 1,
            b'}' | b']' | b',' | b':' | b' ' | b'\t' | b'\r' | b'\n' if depth == 0 => return at,
            b'}' | b']' => depth -= 1,
            _ => continue,
        }
        if depth == 0 && !in_string && matches!(byte, b'"' | b'}' | b']') {
            return at + 1;
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::Document;
    use std::path::Path;

    #[test]
    fn an_error_tells_the_path_and_the_place() {
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
    fn members_are_told_as_they_are_written() {
        let text = "{\n \"a\" : {\"}\": [\",\"]} ,\"b\\u0022\":1\t, \"a\": \"\"}";
        let document = Document::parse(text.as_bytes()).unwrap();
        let members = document.root().members();
        let told: Vec<_> = members
            .iter()
            .map(|it| (it.key.as_str(), &text[it.key_span.clone()], &text[it.value_span.clone()]))
            .collect();
        let expected = [("a", "\"a\"", "{\"}\": [\",\"]}"), ("b\"", "\"b\\u0022\"", "1"), ("a", "\"a\"", "\"\"")];
        assert_eq!(told, expected);
        assert!(Document::parse(b"{ }").unwrap().root().members().is_empty());
        assert!(Document::parse(b"[1]").unwrap().root().members().is_empty());
    }

    #[test]
    fn a_syntax_error_tells_its_place_and_shows_no_value() {
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
