//! Reads templates, and writes values with intrinsic functions as short text.

use serde_yaml::Value;
use std::path::{Path, PathBuf};

pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("pipeline")
}

/// One template of `pipeline/`.
pub struct Template {
    pub name: String,
    pub root: Value,
}

impl Template {
    pub fn read(name: &str) -> Self {
        let text = std::fs::read_to_string(folder().join(name)).unwrap();
        Self { name: name.to_owned(), root: serde_yaml::from_str(&text).unwrap() }
    }

    /// All of them, by name.
    pub fn all() -> Vec<Self> {
        let names = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = names.filter(|name| name.ends_with(".yaml")).collect();
        names.sort();
        assert_eq!(names.len(), 12, "{names:?}");
        names.iter().map(|name| Self::read(name)).collect()
    }

    pub fn section(&self, name: &str) -> Vec<(String, &Value)> {
        entries(&self.root[name])
    }

    pub fn resource(&self, name: &str) -> &Value {
        let resource = &self.root["Resources"][name];
        assert!(resource.is_mapping(), "{} has no resource {name}", self.name);
        &resource["Properties"]
    }

    pub fn of_type(&self, kind: &str) -> Vec<(String, &Value)> {
        let resources = self.section("Resources").into_iter();
        resources.filter(|(_, it)| it["Type"] == kind).map(|(name, it)| (name, &it["Properties"])).collect()
    }
}

/// Keys and values of a mapping; empty for what is not there.
pub fn entries(value: &Value) -> Vec<(String, &Value)> {
    let mapping = value.as_mapping().into_iter().flatten();
    mapping.map(|(key, value)| (key.as_str().unwrap().to_owned(), value)).collect()
}

/// The value as text: functions by their arguments, `P`, `R` and `A` for partition, region and account.
pub fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(it) => it.to_string(),
        Value::Number(it) => it.to_string(),
        Value::String(it) => it.clone(),
        Value::Sequence(items) => items.iter().map(text).collect::<Vec<_>>().join(", "),
        Value::Mapping(_) => {
            let pairs = entries(value).into_iter().map(|(key, value)| format!("{key}={}", text(value)));
            pairs.collect::<Vec<_>>().join(", ")
        }
        Value::Tagged(tagged) => function(&tagged.tag.to_string(), &tagged.value),
    }
}

fn function(tag: &str, argument: &Value) -> String {
    match tag {
        "!Ref" => names(&format!("${{{}}}", text(argument))),
        "!GetAtt" => text(argument),
        "!Sub" => match argument.as_sequence() {
            Some(items) => {
                let pairs = entries(&items[1]);
                let filled = pairs.iter().fold(text(&items[0]), |out, (name, value)| {
                    out.replace(&format!("${{{name}}}"), &format!("({})", text(value)))
                });
                names(&filled)
            }
            None => names(&text(argument)),
        },
        "!If" => format!("{} ? {} : {}", text(&argument[0]), text(&argument[1]), text(&argument[2])),
        tag => format!("{}({})", tag.trim_start_matches('!'), text(argument)),
    }
}

/// Variables of `Fn::Sub` as their names.
fn names(text: &str) -> String {
    let pseudo = [
        ("${AWS::Partition}", "P"),
        ("${AWS::Region}", "R"),
        ("${AWS::AccountId}", "A"),
        ("${AWS::StackName}", "STACK"),
        ("${AWS::URLSuffix}", "SUFFIX"),
        ("${AWS::NoValue}", "nothing"),
    ];
    let text = pseudo.iter().fold(text.to_owned(), |text, (name, short)| text.replace(name, short));
    let mut parts = text.split("${");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |out, part| out + &part.replacen('}', "", 1))
}

/// The condition and the value of what stands in a list behind `!If`, or no condition and the value itself.
pub fn conditional(value: &Value) -> (String, &Value) {
    match value {
        Value::Tagged(tagged) if tagged.tag == "!If" && text(&tagged.value[2]) == "nothing" => {
            (text(&tagged.value[0]), &tagged.value[1])
        }
        value => (String::new(), value),
    }
}

/// The items of a list, or the one value that stands in its place.
pub fn list(value: &Value) -> Vec<String> {
    match value {
        Value::Sequence(items) => items.iter().map(text).collect(),
        // Not the argument of a function, which `as_sequence` would give.
        value => vec![text(value)],
    }
}

#[test]
fn values_are_written_as_short_text() {
    let rows = [
        ("!Ref A", "A"),
        ("!Ref AWS::NoValue", "nothing"),
        ("!GetAtt A.Arn", "A.Arn"),
        ("!Sub 'arn:${AWS::Partition}:s3:::${Bucket}/${Prefix}/*'", "arn:P:s3:::Bucket/Prefix/*"),
        ("!Sub ['${N}/*', {N: !If [C, !Ref X, !Ref AWS::StackName]}]", "(C ? X : STACK)/*"),
        ("{StringEquals: {a: !Ref B}}", "StringEquals=a=B"),
        ("[!Ref A, b]", "A, b"),
        ("!Select [0, !Ref A]", "Select(0, A)"),
    ];
    for (yaml, expected) in rows {
        assert_eq!(text(&serde_yaml::from_str(yaml).unwrap()), expected, "{yaml}");
    }
    assert_eq!(list(&serde_yaml::from_str("!Sub ['${N}', {N: x}]").unwrap()), ["(x)"]);
    let statement: Value = serde_yaml::from_str("!If [C, {Sid: S}, !Ref AWS::NoValue]").unwrap();
    let (condition, statement) = conditional(&statement);
    assert_eq!((condition.as_str(), text(statement).as_str()), ("C", "Sid=S"));
}
