//! Whether two templates say the same, whatever their spelling.

use super::metadata::SECTION;
use super::problem;
use crate::facts::{Failure, S3Location};
use crate::template::{JsonForm, Template};
use serde_json::{Map, Value};
use std::path::Path;

/// JSON of a template of more bytes is not compared. Aliases may multiply what a template holds.
const MAX_JSON_BYTES: usize = 32 << 20;
/// In the names of the buckets in which the service keeps its copies of code (`awsserverlessrepo-changesets-…`).
const COPIES: &str = "awsserverlessrepo";
const GET_ATT: &str = "Fn::GetAtt";

/// How a stored template compares with ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Comparison {
    Same,
    /// These properties name the service's own copies of code, whose content is not known.
    SameExceptCode(Vec<String>),
    /// The first difference, as a path.
    Different(String),
}

/// Compares our template with a stored one. The section of the application does not count, nor does the order of keys,
/// nor whether `Fn::GetAtt` has a text or a list, nor how a scalar is quoted.
pub fn compare(ours: &str, stored: Vec<u8>) -> Result<Comparison, Failure> {
    let ours = meaning(Template::parse(Path::new("the template"), ours.as_bytes().to_vec())?)?;
    let stored = meaning(Template::parse(Path::new("the stored template"), stored)?)?;
    let mut comparer = Comparer { path: Vec::new(), copies: Vec::new() };
    Ok(match comparer.first_difference(&ours, &stored) {
        Some(path) => Comparison::Different(path),
        None if comparer.copies.is_empty() => Comparison::Same,
        None => Comparison::SameExceptCode(comparer.copies),
    })
}

/// A template as JSON without the section of the application.
fn meaning(template: Template) -> Result<Value, Failure> {
    let json = template.to_json(JsonForm::Compact, MAX_JSON_BYTES);
    let parsed = json.as_deref().map(serde_json::from_str);
    let mut value: Value = match parsed {
        Some(Ok(value)) => value,
        Some(Err(_)) | None => return Err(problem::incomparable(template.path(), MAX_JSON_BYTES)),
    };
    remove_section(&mut value);
    Ok(normalized(value))
}

fn remove_section(template: &mut Value) {
    let Some(sections) = template.as_object_mut() else { return };
    let Some(metadata) = sections.get_mut("Metadata").and_then(Value::as_object_mut) else { return };
    metadata.remove(SECTION);
    if metadata.is_empty() {
        sections.remove("Metadata");
    }
}

/// Scalars as text, and the attribute of `Fn::GetAtt` as a list.
fn normalized(value: Value) -> Value {
    match value {
        Value::Bool(value) => Value::String(value.to_string()),
        Value::Number(value) => Value::String(value.to_string()),
        Value::Null | Value::String(_) => value,
        Value::Array(items) => items.into_iter().map(normalized).collect(),
        Value::Object(entries) => {
            let entry = |(key, value)| match (key, value) {
                (key, Value::String(text)) if key == GET_ATT => (key, text.splitn(2, '.').collect()),
                (key, value) => (key, normalized(value)),
            };
            Value::Object(entries.into_iter().map(entry).collect::<Map<_, _>>())
        }
    }
}

struct Comparer {
    path: Vec<String>,
    copies: Vec<String>,
}

impl Comparer {
    fn first_difference(&mut self, ours: &Value, stored: &Value) -> Option<String> {
        if ours == stored {
            return None;
        }
        if is_location(ours) && is_copy(stored) {
            self.copies.push(self.place());
            return None;
        }
        match (ours, stored) {
            (Value::Object(ours), Value::Object(stored)) => self.in_objects(ours, stored),
            (Value::Array(ours), Value::Array(stored)) if ours.len() == stored.len() => {
                let pairs = ours.iter().zip(stored).enumerate();
                pairs.into_iter().find_map(|(index, (ours, stored))| self.below(&index.to_string(), ours, stored))
            }
            (_, _) => Some(self.place()),
        }
    }

    fn in_objects(&mut self, ours: &Map<String, Value>, stored: &Map<String, Value>) -> Option<String> {
        let of_ours = ours.iter().find_map(|(key, value)| match stored.get(key) {
            Some(other) => self.below(key, value, other),
            None => Some(self.place_of(key)),
        });
        of_ours.or_else(|| stored.keys().find(|key| !ours.contains_key(*key)).map(|key| self.place_of(key)))
    }

    fn below(&mut self, step: &str, ours: &Value, stored: &Value) -> Option<String> {
        self.path.push(step.to_owned());
        let difference = self.first_difference(ours, stored);
        self.path.pop();
        difference
    }

    fn place(&self) -> String {
        match self.path.is_empty() {
            true => "the whole template".to_owned(),
            false => self.path.join("."),
        }
    }

    fn place_of(&self, key: &str) -> String {
        self.path.iter().map(String::as_str).chain([key]).collect::<Vec<_>>().join(".")
    }
}

/// Whether a value names an object in S3: a URI, a URL, or a mapping with a bucket.
fn is_location(value: &Value) -> bool {
    match value {
        Value::String(text) => S3Location::from_uri(text).is_some() || text.starts_with("https://"),
        Value::Object(fields) => ["Bucket", "S3Bucket"].iter().any(|key| fields.contains_key(*key)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => false,
    }
}

/// Whether a location is the service's own copy.
fn is_copy(value: &Value) -> bool {
    let has_mark = |text: &str| text.contains(COPIES);
    let is_marked = match value {
        Value::String(text) => has_mark(text),
        Value::Object(fields) => fields.values().filter_map(Value::as_str).any(has_mark),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => false,
    };
    is_marked && is_location(value)
}

#[cfg(test)]
mod tests {
    use super::{Comparison, compare};

    fn compared(ours: &str, stored: &str) -> Comparison {
        compare(ours, stored.as_bytes().to_vec()).unwrap()
    }

    #[test]
    fn spelling_does_not_count_and_meaning_does() {
        let same = || Comparison::Same;
        let different = |path: &str| Comparison::Different(path.to_owned());
        let rows = [
            ("the same text", "A: {b: 1}", "A: {b: 1}", same()),
            ("the order of keys", "A: {b: 1, c: x}", "{\"A\": {\"c\": \"x\", \"b\": 1}}", same()),
            ("comments and quotes", "A: 'x' # c", "A: \"x\"", same()),
            ("a number as text", "A: 5", "A: '5'", same()),
            ("a short form", "A: !Ref B", "A: {Ref: B}", same()),
            ("an attribute as a list", "A: !GetAtt B.C.D", "A: {Fn::GetAtt: [B, C.D]}", same()),
            ("an attribute as text", "A: {Fn::GetAtt: [B, C.D]}", "A: {Fn::GetAtt: B.C.D}", same()),
            (
                "the section of the application",
                "A: 1",
                "A: 1\nMetadata: {'AWS::ServerlessRepo::Application': {Name: x}}",
                same(),
            ),
            (
                "beside other metadata",
                "A: 1\nMetadata: {B: 1}",
                "A: 1\nMetadata: {B: 1, 'AWS::ServerlessRepo::Application': {Name: x}}",
                same(),
            ),
            ("a value", "A: {b: [1, 2]}", "A: {b: [1, 3]}", different("A.b.1")),
            ("a longer list", "A: {b: [1]}", "A: {b: [1, 3]}", different("A.b")),
            ("a key more", "A: {b: 1}", "A: {b: 1, c: 2}", different("A.c")),
            ("a key less", "A: {b: 1, c: 2}", "A: {b: 1}", different("A.c")),
            ("other metadata", "A: 1\nMetadata: {B: 1}", "A: 1", different("Metadata")),
            ("code elsewhere", "A: s3://ours/k1", "A: s3://ours/k2", different("A")),
        ];
        for (name, ours, stored, expected) in rows {
            assert_eq!(compared(ours, stored), expected, "{name}");
        }
    }

    #[test]
    fn the_services_own_copies_of_code_are_said_and_not_compared() {
        let copied = |path: &str| Comparison::SameExceptCode(vec![path.to_owned()]);
        let rows = [
            ("A: {b: s3://ours/k}", "A: {b: s3://awsserverlessrepo-changesets-1f9/1111/k}", copied("A.b")),
            ("A: {S3Bucket: ours, S3Key: k}", "A: {S3Bucket: awsserverlessrepo-changesets-1f9, S3Key: x}", copied("A")),
            ("A: {Bucket: ours, Key: k}", "A: s3://awsserverlessrepo-changesets-1f9/x", copied("A")),
            ("A: text", "A: s3://awsserverlessrepo-changesets-1f9/x", Comparison::Different("A".to_owned())),
        ];
        for (ours, stored, expected) in rows {
            assert_eq!(compared(ours, stored), expected, "{ours}");
        }
        let both = compared("A: s3://ours/k\nB: 1", "A: s3://awsserverlessrepo-changesets-1f9/x\nB: 2");
        assert_eq!(both, Comparison::Different("B".to_owned()), "a difference counts beside a copy");
    }
}
