//! The limits of inputs by the service's model: a table, and the check of an input against it.

use super::state::{Refusal, invalid};
use serde_json::{Map, Value, json};

const FAILURE_TYPES: [&str; 6] = [
    "JobFailed",
    "ConfigurationError",
    "PermissionError",
    "RevisionOutOfSync",
    "RevisionUnavailable",
    "SystemUnavailable",
];
/// Names and values of all output variables together, in bytes.
const VARIABLES_LIMIT: usize = 122_880;

/// The rule for a member.
enum Rule {
    /// A text of so many characters.
    Text(usize, usize),
    /// A job's id.
    Uuid,
    /// A text of so many characters, each a letter, a digit or one of these.
    Word(usize, usize, &'static str),
    /// One of these.
    OneOf(&'static [&'static str]),
    /// A whole number of at least this, and at most that.
    Whole(u64, u64),
    /// `true` or `false`.
    Flag,
    /// A list of so many items, each with a rule.
    List(usize, usize, &'static Self),
    /// A map of at most so many entries, with a rule for keys and one for values.
    Map(usize, &'static Self, &'static Self),
    /// The output variables.
    Variables,
    /// An object with these members.
    Object(&'static [Member]),
}

struct Member {
    name: &'static str,
    required: bool,
    rule: Rule,
}

const fn required(name: &'static str, rule: Rule) -> Member {
    Member { name, required: true, rule }
}

const fn optional(name: &'static str, rule: Rule) -> Member {
    Member { name, required: false, rule }
}

const CATEGORIES: [&str; 7] = ["Source", "Build", "Deploy", "Test", "Invoke", "Approval", "Compute"];
const ACTION_TYPE_ID: Rule = Rule::Object(&[
    required("category", Rule::OneOf(&CATEGORIES)),
    required("owner", Rule::OneOf(&["AWS", "ThirdParty", "Custom"])),
    required("provider", Rule::Word(1, 35, "_-")),
    required("version", Rule::Word(1, 9, "_-")),
]);
const ARTIFACT_DETAILS: Rule =
    Rule::Object(&[required("minimumCount", Rule::Whole(0, 5)), required("maximumCount", Rule::Whole(0, 5))]);
const CONFIGURATION_PROPERTY: Rule = Rule::Object(&[
    required("name", Rule::Text(1, 50)),
    required("required", Rule::Flag),
    required("key", Rule::Flag),
    required("secret", Rule::Flag),
    optional("queryable", Rule::Flag),
    optional("description", Rule::Text(1, 160)),
    optional("type", Rule::OneOf(&["String", "Number", "Boolean"])),
]);
const TAG: Rule = Rule::Object(&[required("key", Rule::Text(1, 128)), required("value", Rule::Text(0, 256))]);

/// The inputs of the operations (CodePipeline API, 2015-07-09). `currentRevision`
/// is for source actions only.
const OPERATIONS: [(&str, &[Member]); 6] = [
    (
        "PollForJobs",
        &[
            required("actionTypeId", ACTION_TYPE_ID),
            optional("maxBatchSize", Rule::Whole(1, u64::MAX)),
            optional("queryParam", Rule::Map(1, &Rule::Text(1, 50), &Rule::Word(1, 50, "_-"))),
        ],
    ),
    ("AcknowledgeJob", &[required("jobId", Rule::Uuid), required("nonce", Rule::Text(1, 50))]),
    (
        "CreateCustomActionType",
        &[
            required("category", Rule::OneOf(&CATEGORIES)),
            required("provider", Rule::Word(1, 35, "_-")),
            required("version", Rule::Word(1, 9, "_-")),
            optional(
                "settings",
                Rule::Object(&[
                    optional("thirdPartyConfigurationUrl", Rule::Text(1, 2048)),
                    optional("entityUrlTemplate", Rule::Text(1, 2048)),
                    optional("executionUrlTemplate", Rule::Text(1, 2048)),
                    optional("revisionUrlTemplate", Rule::Text(1, 2048)),
                ]),
            ),
            optional("configurationProperties", Rule::List(0, 10, &CONFIGURATION_PROPERTY)),
            required("inputArtifactDetails", ARTIFACT_DETAILS),
            required("outputArtifactDetails", ARTIFACT_DETAILS),
            optional("tags", Rule::List(0, 50, &TAG)),
        ],
    ),
    ("GetJobDetails", &[required("jobId", Rule::Uuid)]),
    (
        "PutJobSuccessResult",
        &[
            required("jobId", Rule::Uuid),
            optional("continuationToken", Rule::Text(1, 2048)),
            optional(
                "executionDetails",
                Rule::Object(&[
                    optional("summary", Rule::Text(1, 2048)),
                    optional("externalExecutionId", Rule::Text(1, 1500)),
                    optional("percentComplete", Rule::Whole(0, 100)),
                ]),
            ),
            optional("outputVariables", Rule::Variables),
        ],
    ),
    (
        "PutJobFailureResult",
        &[
            required("jobId", Rule::Uuid),
            required(
                "failureDetails",
                Rule::Object(&[
                    required("type", Rule::OneOf(&FAILURE_TYPES)),
                    required("message", Rule::Text(1, 5000)),
                    optional("externalExecutionId", Rule::Text(1, 1500)),
                ]),
            ),
        ],
    ),
];

/// The limits of every operation as JSON, for a comparison with the model.
pub fn table() -> Value {
    let operations = OPERATIONS.iter();
    operations
        .map(|(name, members)| ((*name).to_owned(), describe(&Rule::Object(members))))
        .collect::<Map<_, _>>()
        .into()
}

fn describe(rule: &Rule) -> Value {
    match rule {
        Rule::Text(least, most) => json!({"kind": "text", "least": least, "most": most}),
        Rule::Word(least, most, more) => json!({"kind": "word", "least": least, "most": most, "more": more}),
        Rule::Whole(least, u64::MAX) => json!({"kind": "whole", "least": least, "most": null}),
        Rule::Whole(least, most) => json!({"kind": "whole", "least": least, "most": most}),
        Rule::OneOf(words) => json!({"kind": "one of", "words": words}),
        Rule::List(_, most, of) => json!({"kind": "list", "most": most, "of": describe(of)}),
        Rule::Map(most, key, of) => json!({"kind": "map", "most": most, "key": describe(key), "of": describe(of)}),
        Rule::Flag | Rule::Uuid | Rule::Variables => json!({"kind": "own"}),
        Rule::Object(members) => {
            let member = |it: &Member| json!({"name": it.name, "required": it.required, "rule": describe(&it.rule)});
            json!({"kind": "object", "members": members.iter().map(member).collect::<Vec<_>>()})
        }
    }
}

/// Refuses an input that the model does not allow.
pub fn check(operation: &str, input: &Value) -> Result<(), Refusal> {
    let Some((_, members)) = OPERATIONS.iter().find(|(name, _)| *name == operation) else {
        return Err((400, "UnknownOperationException", operation.to_owned()));
    };
    check_members(members, input)?;
    match (input.get("continuationToken"), input.get("outputVariables")) {
        (Some(_), Some(variables)) if variables != &json!({}) => {
            Err(invalid("output variables cannot be given with a continuation token"))
        }
        _ => Ok(()),
    }
}

fn check_members(members: &[Member], value: &Value) -> Result<(), Refusal> {
    let object = value.as_object().ok_or_else(|| invalid("not an object"))?;
    if let Some(name) = object.keys().find(|name| members.iter().all(|member| member.name != name.as_str())) {
        return Err(invalid(format!("unknown member {name}")));
    }
    members.iter().try_for_each(|member| match object.get(member.name) {
        None if member.required => Err(invalid(format!("{} is required", member.name))),
        None => Ok(()),
        Some(value) => check_rule(member.name, &member.rule, value),
    })
}

fn check_rule(name: &str, rule: &Rule, value: &Value) -> Result<(), Refusal> {
    let text = value.as_str();
    let good = match rule {
        Rule::Text(least, most) => text.is_some_and(|text| (*least..=*most).contains(&text.chars().count())),
        Rule::Uuid => text.is_some_and(is_uuid),
        Rule::OneOf(known) => text.is_some_and(|text| known.contains(&text)),
        Rule::Whole(least, most) => value.as_u64().is_some_and(|number| (*least..=*most).contains(&number)),
        Rule::Flag => value.is_boolean(),
        Rule::Word(least, most, more) => text.is_some_and(|text| {
            let is_letter = |letter: char| letter.is_ascii_alphanumeric() || more.contains(letter);
            (*least..=*most).contains(&text.chars().count()) && text.chars().all(is_letter)
        }),
        Rule::List(least, most, rule) => {
            let Some(items) = value.as_array() else { return Err(invalid(format!("{name} is not a list"))) };
            items.iter().try_for_each(|item| check_rule(name, rule, item))?;
            (*least..=*most).contains(&items.len())
        }
        Rule::Map(most, key_rule, rule) => {
            let Some(entries) = value.as_object() else { return Err(invalid(format!("{name} is not a map"))) };
            for (key, value) in entries {
                check_rule(name, key_rule, &json!(key))?;
                check_rule(name, rule, value)?;
            }
            entries.len() <= *most
        }
        Rule::Variables => return check_variables(value.as_object()),
        Rule::Object(members) => return check_members(members, value),
    };
    if good { Ok(()) } else { Err(invalid(format!("{name} does not satisfy its constraint"))) }
}

fn is_uuid(text: &str) -> bool {
    let is_hex = |group: &str| group.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    text.split('-').map(str::len).eq([8, 4, 4, 4, 12]) && text.split('-').all(is_hex)
}

fn check_variables(variables: Option<&Map<String, Value>>) -> Result<(), Refusal> {
    let variables = variables.ok_or_else(|| invalid("outputVariables is not a map"))?;
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || b"@-_".contains(&byte);
    for (name, value) in variables {
        if name.is_empty() || !name.bytes().all(is_word) || !value.is_string() {
            return Err(invalid(format!("the output variable {name} does not satisfy its constraint")));
        }
    }
    let sizes = variables.iter().map(|(name, value)| name.len() + value.as_str().map_or(0, str::len));
    match sizes.sum::<usize>() {
        size if size > VARIABLES_LIMIT => Err((400, "OutputVariablesSizeExceededException", format!("{size} bytes"))),
        _ => Ok(()),
    }
}
