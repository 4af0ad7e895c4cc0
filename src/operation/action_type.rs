//! The custom action type of an operation, as CodePipeline defines it in an account.

use super::action::Property;
use super::table::Row;
use serde_json::{Value, json};
use std::ops::RangeInclusive;

/// What a link to the console begins with. This address redirects to the region that the rest names.
const CONSOLE: &str = "https://console.aws.amazon.com/";

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
        let properties: Vec<Value> = properties.iter().map(property_json).collect();
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
        let Row { name, category, properties, inputs, outputs, .. } = self.operation;
        let properties: String = properties.iter().map(property_yaml).collect();
        CLOUDFORMATION
            .replace("@OPERATION@", name)
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

fn property_json(property: &Property) -> Value {
    let Property { name, description, required, secret, .. } = *property;
    let is_queryable = property.is_queryable();
    json!({
        "name": name,
        "description": description,
        "type": "String",
        "required": required,
        "key": is_queryable,
        "secret": secret,
        "queryable": is_queryable,
    })
}

fn property_yaml(property: &Property) -> String {
    // A JSON string is a YAML string.
    let (description, queryable) = (Value::from(property.description), property.is_queryable());
    let Property { name, required, secret, .. } = property;
    format!(
        "        - Name: {name}\n          Description: {description}\n          Type: String\n          \
         Required: {required}\n          Key: {queryable}\n          Secret: {secret}\n          \
         Queryable: {queryable}\n"
    )
}

const CLOUDFORMATION: &str = include_str!("action_type.yaml");

#[cfg(test)]
mod tests {
    use super::ActionType;
    use crate::cli::{CommandName, given_by_properties};
    use crate::operation::action::{Property, Reader};
    use crate::operation::table::OPERATIONS;
    use crate::operation::{Row, is_secret};
    use std::collections::BTreeSet;

    #[test]
    fn the_tables_keep_the_limits_of_codepipeline() {
        for Row { name: operation, properties, .. } in &OPERATIONS {
            for Property { name, description, .. } in *properties {
                assert!((1..=50).contains(&name.len()), "{name}");
                assert!((1..=160).contains(&description.chars().count()), "{name}: {description}");
            }
            let names: BTreeSet<_> = properties.iter().map(|property| property.name).collect();
            assert_eq!((names.len(), names.len() <= 10), (properties.len(), true), "{operation}");
            let queryable: Vec<_> = properties.iter().filter(|property| property.reader == Reader::Workers).collect();
            assert!(matches!(queryable[..], [Property { required: true, secret: false, .. }]), "{queryable:?}");
        }
    }

    #[test]
    fn what_the_step_reads_is_a_flag() {
        for Row { name: operation, properties, .. } in &OPERATIONS {
            let command = CommandName::find(operation).unwrap();
            for property in properties.iter().filter(|property| property.reader == Reader::Step) {
                let pair = (property.name, "arn:aws:iam::111122223333:role/x");
                assert!(given_by_properties(command, [pair].into_iter()).is_ok(), "{}", property.name);
            }
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
