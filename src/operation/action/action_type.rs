//! The custom action type: the table of properties that a pipeline's author can set, by which a job's configuration is
//! read and the type is defined in an account.

use super::{OPERATION, OPTIONS};
use crate::operation::{OPERATIONS, Row};
use serde_json::{Value, json};
use std::ops::RangeInclusive;

/// `TemplatePath`: the template in an input artifact.
pub const TEMPLATE_PATH: &str = "TemplatePath";
/// `S3Bucket`: where code goes to.
pub const S3_BUCKET: &str = "S3Bucket";
/// `S3Prefix`: the folder there.
pub const S3_PREFIX: &str = "S3Prefix";
/// `OutputTemplateFile`: the packaged template in the output artifact.
pub const OUTPUT_TEMPLATE_FILE: &str = "OutputTemplateFile";
/// `TemplateConfiguration`: files that go along with it.
pub const TEMPLATE_CONFIGURATION: &str = "TemplateConfiguration";

/// What a link to the console begins with. This address redirects to the region that the rest names.
const CONSOLE: &str = "https://console.aws.amazon.com/";

/// One property of the action's configuration. Values are text on the wire, 1 to 1,000 characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Property {
    /// Its name, 1 to 50 characters.
    pub name: &'static str,
    /// Who reads it.
    pub reader: Reader,
    /// Whether an action of this type must set it.
    pub required: bool,
    /// Whether CodePipeline shows asterisks in place of its value.
    pub secret: bool,
    /// What it means, 1 to 160 characters.
    pub description: &'static str,
}

/// Who reads a property.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// The workers, to take only some actions. CodePipeline lets one property of a type be queried by, which must be
    /// required and not secret, and which every poll must then name: at most 20 of letters, digits, `_` and `-`.
    Workers,
    /// The job, since it has a meaning of its own there.
    Job,
    /// The step, as the flag of this name.
    Step,
}

const fn of_job(name: &'static str, description: &'static str) -> Property {
    Property { name, reader: Reader::Job, required: false, secret: false, description }
}

const fn of_step(name: &'static str, description: &'static str) -> Property {
    Property { reader: Reader::Step, ..of_job(name, description) }
}

/// The properties of `package`. CodePipeline allows ten rows; a flag without one is set in `Options`.
pub const PACKAGE_PROPERTIES: [Property; 10] = [
    Property {
        reader: Reader::Workers,
        required: true,
        ..of_job("Pool", "Workers that take this action: the --pool of theirs (at most 20 letters, digits, _ and -)")
    },
    of_job(OPERATION, "What to do: package (the default)"),
    Property {
        required: true,
        ..of_job(TEMPLATE_PATH, "Template to package, as Artifact::path or as a path in the first input artifact")
    },
    of_step(S3_BUCKET, "Bucket for the packaged code; default: the pipeline's artifact bucket"),
    of_step(S3_PREFIX, "Folder for the packaged code in that bucket, such as my-app"),
    of_job(
        OUTPUT_TEMPLATE_FILE,
        "Name of the packaged template in the output artifact; default: packaged.yaml or .json",
    ),
    of_job(TEMPLATE_CONFIGURATION, "Template configurations to hand on, as Artifact::path, with commas between"),
    of_step("AssumeRoleArn", "Role to assume for the upload of code; the worker must allow it"),
    Property { secret: true, ..of_step("ExternalId", "External id that this role asks for") },
    of_job(OPTIONS, r#"Any other option of samstep package as a JSON object, such as {"KmsKeyId": "alias/code"}"#),
];

/// Whether an operation has a secret property of this name, in any spelling.
pub fn is_secret(name: &str) -> bool {
    let simple = |name: &str| name.to_lowercase().replace('-', "");
    let mut properties = OPERATIONS.iter().flat_map(|row| row.properties);
    properties.any(|property| property.secret && simple(property.name) == simple(name))
}

/// The custom action type of an operation, under the name by which pipelines know it.
pub struct ActionType {
    pub operation: &'static Row,
    /// 1 to 25 letters, digits, `_` and `-`.
    pub provider: String,
    /// 1 to 9 of the same. An action type cannot be changed: a new table needs a new version.
    pub version: String,
}

/// Where an action's details in the console lead: to the log of its job.
fn link() -> String {
    format!("{CONSOLE}{{ExternalExecutionId}}")
}

impl ActionType {
    /// For `aws codepipeline create-custom-action-type --cli-input-json`.
    pub fn to_json(&self) -> String {
        let Row { category, properties, inputs, outputs, .. } = self.operation;
        let properties: Vec<Value> = properties.iter().copied().map(Property::to_json).collect();
        let counts =
            |range: &RangeInclusive<usize>| json!({"minimumCount": range.start(), "maximumCount": range.end()});
        let definition = json!({
            "category": category,
            "provider": self.provider,
            "version": self.version,
            "settings": {"executionUrlTemplate": link()},
            "configurationProperties": properties,
            "inputArtifactDetails": counts(inputs),
            "outputArtifactDetails": counts(outputs),
        });
        format!("{definition:#}\n")
    }

    /// As a CloudFormation template of one resource.
    pub fn to_cloudformation(&self) -> String {
        let Row { category, properties, inputs, outputs, .. } = self.operation;
        let properties: String = properties.iter().copied().map(Property::to_cloudformation).collect();
        CLOUDFORMATION
            .replace("@PROVIDER@", &self.provider)
            .replace("@VERSION@", &self.version)
            .replace("@CATEGORY@", category)
            .replace("@LINK@", &link())
            .replace("@LEAST_INPUTS@", &inputs.start().to_string())
            .replace("@MOST_INPUTS@", &inputs.end().to_string())
            .replace("@LEAST_OUTPUTS@", &outputs.start().to_string())
            .replace("@MOST_OUTPUTS@", &outputs.end().to_string())
            .replace("@PROPERTIES@\n", &properties)
    }
}

impl Property {
    fn is_queryable(self) -> bool {
        self.reader == Reader::Workers
    }

    fn to_json(self) -> Value {
        json!({
            "name": self.name,
            "description": self.description,
            "type": "String",
            "required": self.required,
            "key": self.is_queryable(),
            "secret": self.secret,
            "queryable": self.is_queryable(),
        })
    }

    fn to_cloudformation(self) -> String {
        // A JSON string is a YAML string.
        let (description, queryable) = (Value::from(self.description), self.is_queryable());
        let Self { name, required, secret, .. } = self;
        format!(
            "        - Name: {name}\n          Description: {description}\n          Type: String\n          \
             Required: {required}\n          Key: {queryable}\n          Secret: {secret}\n          \
             Queryable: {queryable}\n"
        )
    }
}

const CLOUDFORMATION: &str = include_str!("action_type.yaml");

#[cfg(test)]
mod tests {
    use super::{ActionType, PACKAGE_PROPERTIES, Property, Reader, is_secret};
    use crate::cli::arguments_of_properties;
    use crate::operation::OPERATIONS;
    use std::collections::BTreeSet;

    #[test]
    fn the_table_keeps_the_limits_of_codepipeline() {
        for Property { name, description, .. } in PACKAGE_PROPERTIES {
            assert!((1..=50).contains(&name.len()), "{name}");
            assert!((1..=160).contains(&description.chars().count()), "{name}: {description}");
        }
        let names: BTreeSet<_> = PACKAGE_PROPERTIES.iter().map(|property| property.name).collect();
        assert_eq!(names.len(), PACKAGE_PROPERTIES.len());
        let queryable: Vec<_> =
            PACKAGE_PROPERTIES.iter().filter(|property| property.reader == Reader::Workers).collect();
        assert!(matches!(queryable[..], [Property { required: true, secret: false, .. }]), "{queryable:?}");
    }

    #[test]
    fn what_the_step_reads_is_a_flag() {
        for property in PACKAGE_PROPERTIES.iter().filter(|property| property.reader == Reader::Step) {
            let pair = (property.name.to_owned(), "arn:aws:iam::111122223333:role/x".to_owned());
            assert!(arguments_of_properties(&[pair], |_| true).is_ok(), "{}", property.name);
        }
    }

    #[test]
    fn a_secret_property_is_secret_in_every_spelling() {
        for (name, expected) in [("ExternalId", true), ("external-id", true), ("externalId", true), ("S3Bucket", false)]
        {
            assert_eq!(is_secret(name), expected, "{name}");
        }
    }

    #[test]
    fn the_template_is_filled_in() {
        let action_type = ActionType { operation: &OPERATIONS[0], provider: "Acme".into(), version: "7".into() };
        assert!(!action_type.to_cloudformation().contains('@'), "{}", action_type.to_cloudformation());
    }
}
