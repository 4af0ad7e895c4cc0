//! The table of operations, as pipelines know them.

use super::action::{
    Action, DEPLOY_PROPERTIES, DeployRequest, OPERATION, PACKAGE_PROPERTIES, PUBLISH_PROPERTIES, PackageRequest,
    Property, PublishRequest, Request,
};
use crate::facts::{Failure, FailureKind};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

/// An operation that a pipeline action can ask for.
pub struct Row {
    /// Its name: the command, and the value of the property `Operation`.
    pub name: &'static str,
    /// The category of its action type: Build, Deploy, Test or Invoke.
    pub category: &'static str,
    /// The default name of its action type. Category, name and version identify a type.
    pub provider: &'static str,
    /// The properties of its action type, at most ten (quota of CodePipeline).
    pub properties: &'static [Property],
    /// The property that names the template.
    pub template_property: &'static str,
    /// How many input artifacts an action has.
    pub inputs: RangeInclusive<usize>,
    /// How many output artifacts an action has.
    pub outputs: RangeInclusive<usize>,
    /// Reads an action configuration, before any artifact is fetched.
    pub parse: fn(Action<'_>) -> Result<Request, Failure>,
}

/// All operations. An action that names none gets the first.
pub const OPERATIONS: [Row; 3] = [
    Row {
        name: "package",
        category: "Build",
        provider: "Samstep",
        properties: &PACKAGE_PROPERTIES,
        template_property: "TemplatePath",
        inputs: 1..=5,
        outputs: 1..=1,
        parse: |action| PackageRequest::parse(action).map(Request::Package),
    },
    Row {
        name: "deploy",
        category: "Deploy",
        provider: "Samstep",
        properties: &DEPLOY_PROPERTIES,
        template_property: "TemplatePath",
        inputs: 0..=5,
        outputs: 0..=1,
        parse: |action| DeployRequest::parse(action).map(Request::Deploy),
    },
    Row {
        name: "publish",
        category: "Deploy",
        provider: "SamstepPublish",
        properties: &PUBLISH_PROPERTIES,
        template_property: "TemplatePath",
        inputs: 1..=5,
        outputs: 0..=1,
        parse: |action| PublishRequest::parse(action).map(Request::Publish),
    },
];

/// The row of an operation.
pub fn operation_named(name: &str) -> Option<&'static Row> {
    OPERATIONS.iter().find(|row| row.name == name)
}

/// The names of all operations.
pub fn operation_names() -> String {
    OPERATIONS.map(|row| row.name).join(", ")
}

/// The row of the operation that properties name, which are left without that name.
pub fn find_row(properties: &mut BTreeMap<String, String>) -> Result<&'static Row, Failure> {
    let Some(name) = properties.remove(OPERATION) else { return Ok(&OPERATIONS[0]) };
    operation_named(&name).ok_or_else(|| {
        let message = format!("the action configuration asks for the unknown operation `{name}`");
        Failure::new(FailureKind::Usage, message).with_hint(format!("the operations are: {}", operation_names()))
    })
}

/// Whether an operation has a secret property of this name, in any spelling.
pub fn is_secret(name: &str) -> bool {
    let simple = |name: &str| name.to_lowercase().replace('-', "");
    let mut properties = OPERATIONS.iter().flat_map(|row| row.properties);
    properties.any(|property| property.secret && simple(property.name) == simple(name))
}
