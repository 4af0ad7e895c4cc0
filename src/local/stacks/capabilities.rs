//! The capabilities that a template needs.
//!
//! A change set expands macros without a capability (CreateChangeSet, `Capabilities`): `CAPABILITY_AUTO_EXPAND` is
//! needed for nested applications only.

use super::document::{Document, Resource};
use serde_json::Value;

const IAM: &str = "CAPABILITY_IAM";
const NAMED_IAM: &str = "CAPABILITY_NAMED_IAM";
const AUTO_EXPAND: &str = "CAPABILITY_AUTO_EXPAND";

/// Resources that need `CAPABILITY_IAM`, each with the property that gives it a name of its own ("Acknowledging IAM
/// resources in CloudFormation templates").
const IAM_RESOURCES: [(&str, Option<&str>); 8] = [
    ("AWS::IAM::AccessKey", None),
    ("AWS::IAM::Group", Some("GroupName")),
    ("AWS::IAM::InstanceProfile", Some("InstanceProfileName")),
    ("AWS::IAM::ManagedPolicy", Some("ManagedPolicyName")),
    ("AWS::IAM::Policy", None),
    ("AWS::IAM::Role", Some("RoleName")),
    ("AWS::IAM::User", Some("UserName")),
    ("AWS::IAM::UserToGroupAddition", None),
];
/// Resources for which SAM makes a role, unless they name one.
const WITH_ROLE: [&str; 2] = ["AWS::Serverless::Function", "AWS::Serverless::StateMachine"];
/// Resources for which SAM always makes roles or policies.
const WITH_POLICIES: [&str; 2] = ["AWS::Serverless::Connector", "AWS::Serverless::GraphQLApi"];
const APPLICATION: &str = "AWS::Serverless::Application";

/// The capabilities that are needed and not given.
pub fn missing(document: &Document, given: &[String]) -> Vec<&'static str> {
    let is_given = |name: &str| given.iter().any(|given| given == name);
    let needs_name = document.resources().any(|resource| has_iam_name(&resource));
    let iam = match needs_name {
        true => Some(NAMED_IAM),
        false => document.resources().any(|resource| needs_iam(document, &resource)).then_some(IAM),
    };
    let iam = iam.filter(|iam| !is_given(iam) && !is_given(NAMED_IAM));
    let expands = document.resources().any(|resource| resource.kind == APPLICATION);
    iam.into_iter().chain((expands && !is_given(AUTO_EXPAND)).then_some(AUTO_EXPAND)).collect()
}

fn property<'d>(resource: &Resource<'d>, name: &str) -> Option<&'d Value> {
    resource.body.get("Properties")?.get(name)
}

fn has_iam_name(resource: &Resource<'_>) -> bool {
    let is_named = |(kind, name): &(&str, Option<&str>)| {
        resource.kind == *kind && name.is_some_and(|name| property(resource, name).is_some())
    };
    IAM_RESOURCES.iter().any(is_named)
}

fn needs_iam(document: &Document, resource: &Resource<'_>) -> bool {
    let kind = resource.kind;
    let has_role = || property(resource, "Role").is_some() || global(document, kind, "Role");
    IAM_RESOURCES.iter().any(|(iam, _)| *iam == kind)
        || WITH_POLICIES.contains(&kind)
        || WITH_ROLE.contains(&kind) && !has_role()
}

/// Whether `Globals` sets a property of a type.
fn global(document: &Document, kind: &str, property: &str) -> bool {
    let section = kind.rsplit("::").next().unwrap_or(kind);
    document.get("Globals").and_then(|globals| globals.get(section)?.get(property)).is_some()
}

#[cfg(test)]
mod tests {
    use super::missing;
    use crate::local::stacks::document::Document;

    #[test]
    fn capabilities_are_those_of_the_resources() {
        let role = "R: {Type: AWS::IAM::Role, Properties: {Path: /}}";
        let named = "R: {Type: AWS::IAM::Role, Properties: {RoleName: !Ref Name}}";
        let function = "F: {Type: AWS::Serverless::Function, Properties: {Handler: a.b}}";
        let with_role = "F: {Type: AWS::Serverless::Function, Properties: {Role: arn}}";
        let application = "A: {Type: AWS::Serverless::Application}";
        let queue = "Q: {Type: AWS::SQS::Queue}";
        let rows: [(&str, &[&str], &[&str]); 9] = [
            (queue, &[], &[]),
            (role, &[], &["CAPABILITY_IAM"]),
            (role, &["CAPABILITY_IAM"], &[]),
            (role, &["CAPABILITY_NAMED_IAM"], &[]),
            (named, &["CAPABILITY_IAM"], &["CAPABILITY_NAMED_IAM"]),
            (function, &["CAPABILITY_AUTO_EXPAND"], &["CAPABILITY_IAM"]),
            (with_role, &[], &[]),
            (application, &["CAPABILITY_IAM"], &["CAPABILITY_AUTO_EXPAND"]),
            (application, &["CAPABILITY_AUTO_EXPAND"], &[]),
        ];
        for (resource, given, expected) in rows {
            let document = Document::parse(&format!("Resources:\n  {resource}\n")).unwrap();
            let given: Vec<_> = given.iter().map(|name| (*name).to_owned()).collect();
            assert_eq!(missing(&document, &given), expected, "{resource} with {given:?}");
        }
    }
}
