//! The parameters of the calls by the service's model: a table, and the check of a call against it.

use super::call::{Call, Refusal, invalid};
use serde_json::{Map, Value, json};

/// The rule for a parameter.
#[derive(Debug, Clone, Copy)]
enum Rule {
    /// A text of so many characters.
    Text(usize, usize),
    Shape(Shape),
    OneOf(&'static [&'static str]),
    Flag,
    /// A whole number from zero.
    Whole(u64),
    /// A list of so many items at most; its items have rows of their own.
    List(usize),
}

/// The patterns of the model.
#[derive(Debug, Clone, Copy)]
enum Shape {
    Stack,
    ChangeSetName,
    ChangeSet,
    Token,
    HookTarget,
    Uuid,
}

/// A parameter such as `StackName`, or `Tags.*.Key` of each item of a list.
struct Parameter {
    name: &'static str,
    required: bool,
    rule: Rule,
}

const ANY: usize = usize::MAX;

const fn required(name: &'static str, rule: Rule) -> Parameter {
    Parameter { name, required: true, rule }
}

const fn optional(name: &'static str, rule: Rule) -> Parameter {
    Parameter { name, required: false, rule }
}

const NEXT: Parameter = optional("NextToken", Rule::Text(1, 1024));
const CAPABILITIES: [&str; 3] = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"];
const MODES: Rule = Rule::OneOf(&["STANDARD", "EXPRESS"]);
const HOOK_STATUSES: [&str; 4] = ["HOOK_IN_PROGRESS", "HOOK_COMPLETE_SUCCEEDED", "HOOK_COMPLETE_FAILED", "HOOK_FAILED"];

/// The parameters of the calls (CloudFormation API, 2010-05-15), but for those that import resources or are of stack
/// sets.
const INPUTS: [(&str, &[Parameter]); 20] = [
    (
        "CreateChangeSet",
        &[
            required("StackName", Rule::Shape(Shape::Stack)),
            required("ChangeSetName", Rule::Shape(Shape::ChangeSetName)),
            optional("TemplateBody", Rule::Text(1, ANY)),
            optional("TemplateURL", Rule::Text(1, 5120)),
            optional("UsePreviousTemplate", Rule::Flag),
            optional("Parameters", Rule::List(ANY)),
            optional("Parameters.*.ParameterKey", Rule::Text(0, ANY)),
            optional("Parameters.*.ParameterValue", Rule::Text(0, ANY)),
            optional("Parameters.*.UsePreviousValue", Rule::Flag),
            optional("Parameters.*.ResolvedValue", Rule::Text(0, ANY)),
            optional("Capabilities", Rule::List(ANY)),
            optional("Capabilities.*", Rule::OneOf(&CAPABILITIES)),
            optional("ResourceTypes", Rule::List(ANY)),
            optional("ResourceTypes.*", Rule::Text(1, 256)),
            optional("RoleARN", Rule::Text(20, 2048)),
            optional("RollbackConfiguration.RollbackTriggers", Rule::List(5)),
            required("RollbackConfiguration.RollbackTriggers.*.Arn", Rule::Text(0, ANY)),
            required("RollbackConfiguration.RollbackTriggers.*.Type", Rule::Text(0, ANY)),
            optional("RollbackConfiguration.MonitoringTimeInMinutes", Rule::Whole(180)),
            optional("NotificationARNs", Rule::List(5)),
            optional("NotificationARNs.*", Rule::Text(0, ANY)),
            optional("Tags", Rule::List(50)),
            required("Tags.*.Key", Rule::Text(1, 128)),
            required("Tags.*.Value", Rule::Text(1, 256)),
            optional("ClientToken", Rule::Text(1, 128)),
            optional("Description", Rule::Text(1, 1024)),
            optional("ChangeSetType", Rule::OneOf(&["CREATE", "UPDATE", "IMPORT"])),
            optional("IncludeNestedStacks", Rule::Flag),
            optional("OnStackFailure", Rule::OneOf(&["DO_NOTHING", "ROLLBACK", "DELETE"])),
            optional("ImportExistingResources", Rule::Flag),
            optional("DeploymentMode", Rule::OneOf(&["REVERT_DRIFT"])),
            optional("DeploymentConfig.Mode", MODES),
            optional("DeploymentConfig.DisableRollback", Rule::Flag),
            optional("DisableValidation", Rule::Flag),
        ],
    ),
    (
        "DescribeChangeSet",
        &[
            required("ChangeSetName", Rule::Shape(Shape::ChangeSet)),
            optional("StackName", Rule::Shape(Shape::Stack)),
            optional("IncludePropertyValues", Rule::Flag),
            NEXT,
        ],
    ),
    (
        "ExecuteChangeSet",
        &[
            required("ChangeSetName", Rule::Shape(Shape::ChangeSet)),
            optional("StackName", Rule::Shape(Shape::Stack)),
            optional("ClientRequestToken", Rule::Shape(Shape::Token)),
            optional("DisableRollback", Rule::Flag),
            optional("RetainExceptOnCreate", Rule::Flag),
        ],
    ),
    (
        "DeleteChangeSet",
        &[required("ChangeSetName", Rule::Shape(Shape::ChangeSet)), optional("StackName", Rule::Shape(Shape::Stack))],
    ),
    ("ListChangeSets", &[required("StackName", Rule::Shape(Shape::Stack)), NEXT]),
    ("DescribeStacks", &[optional("StackName", Rule::Text(0, ANY)), NEXT]),
    ("ListStackResources", &[required("StackName", Rule::Text(0, ANY)), NEXT]),
    ("DescribeStackEvents", &[required("StackName", Rule::Text(0, ANY)), NEXT]),
    (
        "DescribeEvents",
        &[
            optional("StackName", Rule::Shape(Shape::Stack)),
            optional("ChangeSetName", Rule::Shape(Shape::ChangeSet)),
            optional("OperationId", Rule::Text(0, ANY)),
            optional("Filters.FailedEvents", Rule::Flag),
            NEXT,
        ],
    ),
    (
        "ListHookResults",
        &[
            optional("TargetType", Rule::OneOf(&["CHANGE_SET", "STACK", "RESOURCE", "CLOUD_CONTROL"])),
            optional("TargetId", Rule::Shape(Shape::HookTarget)),
            optional("TypeArn", Rule::Text(0, 1024)),
            optional("Status", Rule::OneOf(&HOOK_STATUSES)),
            NEXT,
        ],
    ),
    ("GetHookResult", &[optional("HookResultId", Rule::Shape(Shape::Uuid))]),
    ("ListImports", &[required("ExportName", Rule::Text(0, ANY)), NEXT]),
    ("ListExports", &[NEXT]),
    (
        "DeleteStack",
        &[
            required("StackName", Rule::Text(0, ANY)),
            optional("RetainResources", Rule::List(ANY)),
            optional("RetainResources.*", Rule::Text(0, ANY)),
            optional("RoleARN", Rule::Text(20, 2048)),
            optional("ClientRequestToken", Rule::Shape(Shape::Token)),
            optional("DeletionMode", Rule::OneOf(&["STANDARD", "FORCE_DELETE_STACK"])),
            optional("DeploymentConfig.Mode", MODES),
            optional("DeploymentConfig.DisableRollback", Rule::Flag),
        ],
    ),
    (
        "RollbackStack",
        &[
            required("StackName", Rule::Shape(Shape::Stack)),
            optional("RoleARN", Rule::Text(20, 2048)),
            optional("ClientRequestToken", Rule::Shape(Shape::Token)),
            optional("RetainExceptOnCreate", Rule::Flag),
            optional("DeploymentConfig.Mode", MODES),
            optional("DeploymentConfig.DisableRollback", Rule::Flag),
        ],
    ),
    (
        "UpdateTerminationProtection",
        &[required("EnableTerminationProtection", Rule::Flag), required("StackName", Rule::Shape(Shape::Stack))],
    ),
    (
        "SetStackPolicy",
        &[
            required("StackName", Rule::Text(0, ANY)),
            optional("StackPolicyBody", Rule::Text(1, 16384)),
            optional("StackPolicyURL", Rule::Text(1, 5120)),
        ],
    ),
    ("GetStackPolicy", &[required("StackName", Rule::Text(0, ANY))]),
    (
        "GetTemplate",
        &[
            optional("StackName", Rule::Text(0, ANY)),
            optional("ChangeSetName", Rule::Shape(Shape::ChangeSet)),
            optional("TemplateStage", Rule::OneOf(&["Original", "Processed"])),
        ],
    ),
    (
        "GetTemplateSummary",
        &[
            optional("TemplateBody", Rule::Text(1, ANY)),
            optional("TemplateURL", Rule::Text(1, 5120)),
            optional("StackName", Rule::Shape(Shape::Stack)),
            optional("TemplateSummaryConfig.TreatUnrecognizedResourceTypesAsWarnings", Rule::Flag),
        ],
    ),
];

/// Refuses a call that the model does not allow.
pub fn check(call: &Call) -> Result<(), Refusal> {
    let known = INPUTS.iter().find(|(action, _)| *action == call.action);
    let Some((_, parameters)) = known else {
        return Err((400, "InvalidAction".to_owned(), format!("Could not find operation {}", call.action)));
    };
    for (name, value) in &call.parameters {
        let pattern = pattern(name);
        match parameters.iter().find(|it| it.name == pattern) {
            Some(Parameter { rule: Rule::List(_), .. }) if value.is_empty() => {}
            Some(it) if it.rule.allows(value) => {}
            Some(_) => return Err(invalid(format!("{name} does not satisfy its constraint"))),
            None => return Err(invalid(format!("{name} is no parameter of {}", call.action))),
        }
    }
    parameters.iter().try_for_each(|parameter| parameter.check_presence(call))
}

/// `Tags.*.Key` of `Tags.member.2.Key`.
fn pattern(name: &str) -> String {
    let mut words = name.split('.').peekable();
    let mut pattern = Vec::new();
    while let Some(word) = words.next() {
        let is_item = word == "member" && words.peek().is_some_and(|next| next.parse::<usize>().is_ok());
        if is_item {
            words.next();
        }
        pattern.push(if is_item { "*" } else { word });
    }
    pattern.join(".")
}

impl Parameter {
    fn check_presence(&self, call: &Call) -> Result<(), Refusal> {
        if let Rule::List(most) = self.rule
            && call.items(self.name).len() > most
        {
            return Err(invalid(format!("{} has more than {most} items", self.name)));
        }
        let missing = |name: String| Err(invalid(format!("{name} is required by {}", call.action)));
        match self.name.split_once(".*.") {
            _ if !self.required => Ok(()),
            None if call.get(self.name).is_none() => missing(self.name.to_owned()),
            None => Ok(()),
            Some((list, member)) => match call.items(list).iter().find(|item| !item.contains_key(member)) {
                Some(_) => missing(format!("{list}.{member}")),
                None => Ok(()),
            },
        }
    }
}

impl Rule {
    fn allows(self, value: &str) -> bool {
        match self {
            Self::Text(least, most) => (least..=most).contains(&value.chars().count()),
            Self::Shape(shape) => shape.allows(value),
            Self::OneOf(words) => words.contains(&value),
            Self::Flag => matches!(value, "true" | "false"),
            Self::Whole(most) => value.parse::<u64>().is_ok_and(|number| number <= most),
            Self::List(_) => false,
        }
    }

    fn describe(self) -> Value {
        let bound = |most: usize| (most != ANY).then_some(most);
        match self {
            Self::Text(least, most) => json!({"kind": "string", "min": least, "max": bound(most)}),
            Self::Shape(shape) => {
                let (accepted, refused) = shape.examples();
                json!({"kind": "string", "max": shape.most(), "accepted": accepted, "refused": refused})
            }
            Self::OneOf(words) => json!({"kind": "string", "words": words}),
            Self::Flag => json!({"kind": "boolean"}),
            Self::Whole(most) => json!({"kind": "integer", "max": most}),
            Self::List(most) => json!({"kind": "list", "max": bound(most)}),
        }
    }
}

const STACK_ARN: &str = "arn:aws:cloudformation:us-east-1:111122223333:stack/app/1a2b";
const UUID: &str = "0d4e7a52-6b0f-4a7c-9a56-2f6f0f2c9b11";

impl Shape {
    const fn most(self) -> Option<usize> {
        match self {
            Self::Stack => None,
            Self::ChangeSetName | Self::Token => Some(128),
            Self::ChangeSet | Self::HookTarget => Some(1600),
            Self::Uuid => Some(36),
        }
    }

    fn allows(self, text: &str) -> bool {
        let arn = |more: &str| text.strip_prefix("arn:").is_some_and(|rest| is_word(rest, more));
        let name = || text.starts_with(|it: char| it.is_ascii_alphabetic()) && is_word(text, "-");
        let good = match self {
            Self::Stack => name() || text.starts_with("arn:aws") && arn("-:/._+"),
            Self::ChangeSetName => name(),
            Self::ChangeSet => name() || arn("-:/"),
            Self::Token => text.starts_with(|it: char| it.is_ascii_alphanumeric()) && is_word(text, "-"),
            Self::HookTarget => name() || arn("-:/") || is_uuid(text),
            Self::Uuid => is_uuid(text),
        };
        good && !text.is_empty() && self.most().is_none_or(|most| text.len() <= most)
    }

    /// Texts that it accepts and refuses, for a comparison with the pattern of the model.
    fn examples(self) -> (Vec<&'static str>, Vec<&'static str>) {
        let known = ["app", "app-1", "1app", "-app", "my_app", "a.b", "", STACK_ARN, UUID];
        known.into_iter().partition(|text| self.allows(text))
    }
}

fn is_word(text: &str, more: &str) -> bool {
    text.chars().all(|it| it.is_ascii_alphanumeric() || more.contains(it))
}

fn is_uuid(text: &str) -> bool {
    let is_hex = |group: &str| group.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    text.split('-').map(str::len).eq([8, 4, 4, 4, 12]) && text.split('-').all(is_hex)
}

/// The parameters of every call as JSON, for a comparison with the model.
pub fn table() -> Value {
    let describe = |parameters: &[Parameter]| -> Map<String, Value> {
        let row = |it: &Parameter| (it.name.to_owned(), json!({"required": it.required, "rule": it.rule.describe()}));
        parameters.iter().map(row).collect()
    };
    INPUTS
        .iter()
        .map(|(action, parameters)| ((*action).to_owned(), describe(parameters).into()))
        .collect::<Map<_, _>>()
        .into()
}
