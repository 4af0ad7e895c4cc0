//! The capabilities that a template needs, with its nested templates as far as they are in a bucket of the rehearsal.
//!
//! A change set expands the macros of its own template without a capability (CreateChangeSet, `Capabilities`):
//! `CAPABILITY_AUTO_EXPAND` is for macros of nested stacks, which nested applications are too.

use super::document::{Document, Resource};
use serde_json::Value;
use std::collections::BTreeSet;

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
const STACK: &str = "AWS::CloudFormation::Stack";
/// Nested templates that are read.
const MOST_NESTED: usize = 200;

/// Reads the template at a URL; `None` if it is elsewhere.
pub type ReadTemplate<'a> = &'a dyn Fn(&str) -> Option<Document>;

/// What a template does that needs a capability.
#[derive(Default)]
struct Needs {
    iam: bool,
    named_iam: bool,
    auto_expand: bool,
    /// Nested templates that were read.
    read: BTreeSet<String>,
}

/// The capabilities that are needed and not given.
pub fn missing(document: &Document, given: &[String], read: ReadTemplate<'_>) -> Vec<&'static str> {
    let mut needs = Needs::default();
    needs.add(document, read);
    let is_given = |name: &str| given.iter().any(|given| given == name);
    let iam = match (needs.named_iam, needs.iam) {
        (true, _) => Some(NAMED_IAM),
        (false, true) => Some(IAM).filter(|iam| !is_given(iam)),
        (false, false) => None,
    };
    let iam = iam.filter(|_| !is_given(NAMED_IAM));
    iam.into_iter().chain((needs.auto_expand && !is_given(AUTO_EXPAND)).then_some(AUTO_EXPAND)).collect()
}

impl Needs {
    fn add(&mut self, document: &Document, read: ReadTemplate<'_>) {
        for resource in document.resources() {
            self.named_iam |= has_iam_name(&resource);
            self.iam |= needs_iam(document, &resource);
            self.auto_expand |= resource.kind == APPLICATION;
            if let Some(nested) = self.nested(&resource, read) {
                self.auto_expand |= nested.get("Transform").is_some();
                self.add(&nested, read);
            }
        }
    }

    /// The template of a nested stack, once.
    fn nested(&mut self, resource: &Resource<'_>, read: ReadTemplate<'_>) -> Option<Document> {
        let url = property(resource, "TemplateURL").filter(|_| resource.kind == STACK)?.as_str()?;
        (self.read.len() < MOST_NESTED && self.read.insert(url.to_owned())).then(|| read(url)).flatten()
    }
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
        let nested = |url: &str| format!("S: {{Type: AWS::CloudFormation::Stack, Properties: {{TemplateURL: {url}}}}}");
        let (macros, elsewhere, itself) = (nested("macros"), nested("elsewhere"), nested("itself"));
        let rows: [(&str, &[&str], &[&str]); 12] = [
            (queue, &[], &[]),
            (role, &[], &["CAPABILITY_IAM"]),
            (role, &["CAPABILITY_IAM"], &[]),
            (role, &["CAPABILITY_NAMED_IAM"], &[]),
            (named, &["CAPABILITY_IAM"], &["CAPABILITY_NAMED_IAM"]),
            (function, &["CAPABILITY_AUTO_EXPAND"], &["CAPABILITY_IAM"]),
            (with_role, &[], &[]),
            (application, &["CAPABILITY_IAM"], &["CAPABILITY_AUTO_EXPAND"]),
            (application, &["CAPABILITY_AUTO_EXPAND"], &[]),
            (&macros, &[], &["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]),
            (&itself, &[], &[]),
            (&elsewhere, &[], &[]),
        ];
        let parse = |text: &str| Document::parse(&format!("Resources:\n  {text}\n")).unwrap();
        let read = |url: &str| match url {
            "macros" => Some(parse(&format!("{function}\nTransform: AWS::Serverless-2016-10-31"))),
            "itself" => Some(parse(&itself)),
            _ => None,
        };
        for (resource, given, expected) in rows {
            let document = parse(resource);
            let given: Vec<_> = given.iter().map(|name| (*name).to_owned()).collect();
            assert_eq!(missing(&document, &given, &read), expected, "{resource} with {given:?}");
        }
    }
}
