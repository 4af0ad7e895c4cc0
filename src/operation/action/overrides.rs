//! Parameter overrides of an action: a JSON object, with the functions of CodePipeline.

use super::artifact_path::{ArtifactPath, inner_path};
use super::context::InputFiles;
use crate::facts::{Failure, FailureKind, S3Endpoint, S3Location};
use crate::files;
use crate::text::json::{Cursor, Document, JsonError};
use serde_json::{Map, Value};

const GET_PARAM: &str = "Fn::GetParam";
const GET_ARTIFACT_ATT: &str = "Fn::GetArtifactAtt";
/// Bytes of a file that holds values.
const MAX_BYTES: u64 = 1 << 20;

/// An input artifact and its object.
pub type NamedLocation = (String, S3Location);

/// What the functions look at.
pub struct Artifacts<'a, I> {
    pub files: &'a I,
    pub locations: &'a [NamedLocation],
    /// The endpoint of S3 in the region of the pipeline.
    pub endpoint: S3Endpoint,
}

impl<I: InputFiles> Artifacts<'_, I> {
    /// The overrides without functions. A text that is no JSON object is left to the flag.
    pub fn resolve(&self, overrides: &str) -> Result<String, Failure> {
        if !overrides.trim_start().starts_with('{') {
            return Ok(overrides.to_owned());
        }
        let document = Document::parse(overrides.as_bytes()).map_err(|error| malformed(&error))?;
        let root = document.root();
        let entries = root.entries().map_err(|error| malformed(&error))?;
        let resolved = entries.into_iter().map(|(name, value)| Ok((name.to_owned(), self.value(&value)?)));
        Ok(Value::Object(resolved.collect::<Result<Map<_, _>, Failure>>()?).to_string())
    }

    fn value(&self, value: &Cursor<'_>) -> Result<Value, Failure> {
        let Value::Object(object) = value.value() else { return Ok(value.value().clone()) };
        let function = object.keys().next().filter(|_| object.len() == 1).map_or("", String::as_str);
        let arguments = |function| texts(value, function).map_err(|error| malformed(&error));
        match function {
            GET_PARAM => match arguments(GET_PARAM)?.as_slice() {
                [artifact, file, key] => self.param(artifact, file, key).map(Value::String),
                _ => Err(malformed(&value.error(r#"must be {"Fn::GetParam": [artifact, file, key]}"#))),
            },
            GET_ARTIFACT_ATT => match arguments(GET_ARTIFACT_ATT)?.as_slice() {
                [artifact, attribute] => self.attribute(artifact, attribute).map(Value::String),
                _ => Err(malformed(&value.error(r#"must be {"Fn::GetArtifactAtt": [artifact, attribute]}"#))),
            },
            _ => Err(malformed(&value.error("must be text, Fn::GetParam or Fn::GetArtifactAtt"))),
        }
    }

    /// The text of a key at the top of a JSON file in an artifact.
    fn param(&self, artifact: &str, file: &str, key: &str) -> Result<String, Failure> {
        let path =
            inner_path(file).ok_or_else(|| usage(format!("{GET_PARAM}: {file} is not a path in an artifact")))?;
        let named = ArtifactPath { artifact: Some(artifact.to_owned()), path };
        let found = self.files.find(&named)?;
        let text = files::read_text(&found.path, MAX_BYTES)
            .map_err(|error| usage(format!("{GET_PARAM}: {named} cannot be read")).because(&error))?;
        let value = match serde_json::from_str::<Value>(&text) {
            Ok(Value::Object(mut object)) => object.remove(key),
            Ok(_) | Err(_) => return Err(usage(format!("{GET_PARAM}: {named} is not a JSON object"))),
        };
        match value {
            Some(Value::String(text)) => Ok(text),
            Some(value @ (Value::Bool(_) | Value::Number(_))) => Ok(value.to_string()),
            Some(Value::Null | Value::Array(_) | Value::Object(_)) => {
                Err(usage(format!("{GET_PARAM}: {key} of {named} is not a text")))
            }
            None => Err(usage(format!("{GET_PARAM}: {named} has no {key}"))),
        }
    }

    fn attribute(&self, artifact: &str, attribute: &str) -> Result<String, Failure> {
        let found = self.locations.iter().find(|(name, _)| name == artifact);
        let (_, location) = found.ok_or_else(|| {
            let known: Vec<_> = self.locations.iter().map(|(name, _)| name.as_str()).collect();
            usage(format!("{GET_ARTIFACT_ATT}: there is no input artifact {artifact}"))
                .with_hint(format!("the input artifacts are: {}", known.join(", ")))
        })?;
        match attribute {
            "BucketName" => Ok(location.bucket.clone()),
            "ObjectKey" => Ok(location.key.clone()),
            "URL" => Ok(location.url(&self.endpoint)),
            _ => Err(usage(format!("{GET_ARTIFACT_ATT}: there is no attribute {attribute}"))
                .with_hint("the attributes are: BucketName, ObjectKey, URL")),
        }
    }
}

fn texts(value: &Cursor<'_>, key: &'static str) -> Result<Vec<String>, JsonError> {
    let items = value.required(key)?.items()?;
    items.iter().map(|item| item.text().map(str::to_owned)).collect()
}

fn malformed(error: &JsonError) -> Failure {
    let it = if error.path.is_empty() { "it " } else { "" };
    usage(format!("ParameterOverrides of the action configuration: {it}{error}"))
        .with_hint(r#"write it as {"Name": "text", "Other": {"Fn::GetParam": ["Artifact", "file.json", "Key"]}}"#)
}

fn usage(message: String) -> Failure {
    Failure::new(FailureKind::Usage, message)
}
