//! The members that the operations take.

use serde_json::{Value, json};

/// What a member holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    Texts,
    Number,
    Statements,
}

/// The input of an operation: names on the wire, and whether they are required.
pub type Members = &'static [(&'static str, Kind, bool)];

const VERSION: [(&str, Kind, bool); 4] = [
    ("sourceCodeArchiveUrl", Kind::Text, false),
    ("sourceCodeUrl", Kind::Text, false),
    ("templateBody", Kind::Text, false),
    ("templateUrl", Kind::Text, false),
];
const ID: (&str, Kind, bool) = ("applicationId", Kind::Text, true);

/// The operations that the fake has.
pub const OPERATIONS: [(&str, Members); 11] = [
    (
        "CreateApplication",
        &[
            ("author", Kind::Text, true),
            ("description", Kind::Text, true),
            ("homePageUrl", Kind::Text, false),
            ("labels", Kind::Texts, false),
            ("licenseBody", Kind::Text, false),
            ("licenseUrl", Kind::Text, false),
            ("name", Kind::Text, true),
            ("readmeBody", Kind::Text, false),
            ("readmeUrl", Kind::Text, false),
            ("semanticVersion", Kind::Text, false),
            VERSION[0],
            VERSION[1],
            ("spdxLicenseId", Kind::Text, false),
            VERSION[2],
            VERSION[3],
        ],
    ),
    (
        "CreateApplicationVersion",
        &[ID, ("semanticVersion", Kind::Text, true), VERSION[0], VERSION[1], VERSION[2], VERSION[3]],
    ),
    ("CreateCloudFormationTemplate", &[ID, ("semanticVersion", Kind::Text, false)]),
    ("GetApplication", &[ID, ("semanticVersion", Kind::Text, false)]),
    ("GetApplicationPolicy", &[ID]),
    ("GetCloudFormationTemplate", &[ID, ("templateId", Kind::Text, true)]),
    (
        "ListApplicationDependencies",
        &[
            ID,
            ("maxItems", Kind::Number, false),
            ("nextToken", Kind::Text, false),
            ("semanticVersion", Kind::Text, false),
        ],
    ),
    ("ListApplications", &[("maxItems", Kind::Number, false), ("nextToken", Kind::Text, false)]),
    ("ListApplicationVersions", &[ID, ("maxItems", Kind::Number, false), ("nextToken", Kind::Text, false)]),
    ("PutApplicationPolicy", &[ID, ("statements", Kind::Statements, true)]),
    (
        "UpdateApplication",
        &[
            ID,
            ("author", Kind::Text, false),
            ("description", Kind::Text, false),
            ("homePageUrl", Kind::Text, false),
            ("labels", Kind::Texts, false),
            ("readmeBody", Kind::Text, false),
            ("readmeUrl", Kind::Text, false),
        ],
    ),
];

/// What is wrong with an input, in words.
pub fn problem(operation: &str, input: &Value) -> Option<String> {
    let (_, members) = OPERATIONS.iter().find(|(name, _)| *name == operation)?;
    let given = input.as_object()?;
    let unknown = given.keys().find(|name| !members.iter().any(|(known, ..)| known == name));
    if let Some(unknown) = unknown {
        return Some(format!("unknown member {unknown}"));
    }
    let is_missing = |(name, _, required): &&(&str, Kind, bool)| *required && !given.contains_key(*name);
    if let Some((name, ..)) = members.iter().find(is_missing) {
        return Some(format!("{name} is required"));
    }
    let is_wrong = |(name, kind, _): &&(&str, Kind, bool)| given.get(*name).is_some_and(|value| !fits(*kind, value));
    members.iter().find(is_wrong).map(|(name, ..)| format!("{name} has the wrong type"))
}

fn fits(kind: Kind, value: &Value) -> bool {
    let is_texts = |value: &Value| value.as_array().is_some_and(|items| items.iter().all(Value::is_string));
    match kind {
        Kind::Text => value.is_string(),
        Kind::Number => value.as_str().is_some_and(|text| text.parse::<u32>().is_ok()),
        Kind::Texts => is_texts(value),
        Kind::Statements => value.as_array().is_some_and(|statements| {
            statements.iter().all(|it| is_texts(&it["actions"]) && is_texts(&it["principals"]))
        }),
    }
}

/// The table as JSON, for the comparison with botocore's model.
pub fn table() -> Value {
    let kind = |kind: Kind| match kind {
        Kind::Text => "string",
        Kind::Texts | Kind::Statements => "list",
        Kind::Number => "integer",
    };
    let members = |members: Members| -> Value {
        members
            .iter()
            .map(|(name, it, required)| json!({"name": name, "kind": kind(*it), "required": required}))
            .collect()
    };
    OPERATIONS.iter().map(|(name, input)| ((*name).to_owned(), members(input))).collect()
}
