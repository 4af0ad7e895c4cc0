//! The only file that reads the sentences of CloudFormation: error messages and reasons of statuses.

use crate::facts::ServiceError;

const EMPTY: [&str; 2] = ["The submitted information didn't contain changes.", "No updates are to be performed"];
const CAPABILITIES: &str = "Requires capabilities : [";
const NESTED: &str = "Nested change set ";
const NOT_AUTHORIZED: &str = "is not authorized to perform: ";

/// What a refused call says beyond its reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    NoStack,
    NoChangeSet,
    /// The name of the stack or of the change set is taken.
    Taken,
    /// The capabilities that are missing, if the message lists them.
    Capabilities(Vec<String>),
    /// The same request was made before.
    TokenUsed,
    /// The change set is being worked on; the same call succeeds later.
    ChangeSetBusy,
    /// The change set cannot be executed.
    NotExecutable,
    /// Another operation runs on the stack.
    StackBusy,
    /// The stack has too many change sets.
    TooManyChangeSets,
    Other,
}

/// Reads a refused call.
pub fn refusal(error: &ServiceError) -> Refusal {
    let (code, message) = (error.code.as_deref().unwrap_or_default(), error.message.as_deref().unwrap_or_default());
    match code.trim_end_matches("Exception") {
        "ChangeSetNotFound" => Refusal::NoChangeSet,
        "StackNotFound" => Refusal::NoStack,
        "AlreadyExists" => Refusal::Taken,
        "InsufficientCapabilities" => Refusal::Capabilities(capabilities(message)),
        "TokenAlreadyExists" => Refusal::TokenUsed,
        "InvalidChangeSetStatus" if message.contains("currently in progress") => Refusal::ChangeSetBusy,
        "InvalidChangeSetStatus" => Refusal::NotExecutable,
        "LimitExceeded" => Refusal::TooManyChangeSets,
        "OperationInProgress" => Refusal::StackBusy,
        "ValidationError" if message.contains("does not exist") => Refusal::NoStack,
        "ValidationError" if message.contains("IN_PROGRESS state and can not be updated") => Refusal::StackBusy,
        "ValidationError" if message.contains(CAPABILITIES) => Refusal::Capabilities(capabilities(message)),
        _ => Refusal::Other,
    }
}

/// Why a change set failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unready {
    /// There is nothing to change.
    Empty,
    Capabilities(Vec<String>),
    /// ARNs of nested change sets that failed.
    Nested(Vec<String>),
    /// A call that was denied on the caller's behalf.
    Denied {
        action: String,
        resource: String,
    },
    Other,
}

/// Reads the reason of a failed change set.
pub fn why_unready(reason: &str) -> Unready {
    let nested = nested_change_sets(reason);
    if is_empty(reason) {
        Unready::Empty
    } else if !nested.is_empty() {
        Unready::Nested(nested)
    } else if reason.contains(CAPABILITIES) {
        Unready::Capabilities(capabilities(reason))
    } else if let Some((action, resource)) = denied(reason) {
        Unready::Denied { action, resource }
    } else {
        Unready::Other
    }
}

/// Whether a change set or an update failed because there is nothing to change.
pub fn is_empty(reason: &str) -> bool {
    EMPTY.iter().any(|text| reason.contains(text))
}

/// The capabilities in "Requires capabilities : [A, B]".
fn capabilities(text: &str) -> Vec<String> {
    let list = text.split_once(CAPABILITIES).and_then(|(_, rest)| rest.split_once(']'));
    list.map(|(list, _)| list.split(',').map(|name| name.trim().to_owned()).collect()).unwrap_or_default()
}

/// The ARNs in "Nested change set ARN was not successfully created: Currently in FAILED."
fn nested_change_sets(reason: &str) -> Vec<String> {
    let after = reason.match_indices(NESTED).map(|(at, found)| &reason[at + found.len()..]);
    let arns = after.filter_map(|rest| rest.split_whitespace().next());
    arns.filter(|arn| arn.starts_with("arn:")).map(str::to_owned).collect()
}

/// Action and resource in "User: ARN is not authorized to perform: ACTION on resource: ARN …".
fn denied(text: &str) -> Option<(String, String)> {
    let (action, rest) = text.split_once(NOT_AUTHORIZED)?.1.split_once(" on resource: ")?;
    let resource = rest.split([' ', ',', ')']).next().unwrap_or_default();
    Some((action.trim().to_owned(), resource.trim_end_matches('.').to_owned()))
}

/// Whether a nested change set failed for values of parameters that are known only when another nested stack is there.
/// Without the option IncludeNestedStacks such a change set can be created.
pub fn is_unknown_parameter_value(reason: &str) -> bool {
    let reason = reason.to_lowercase();
    reason.contains("parameter")
        && ["must have values", "does not match", "must be one of", "must contain", "is empty"]
            .iter()
            .any(|text| reason.contains(text))
}

/// Whether a resource was stopped because another one failed.
pub fn is_cancelled(reason: &str) -> bool {
    let reason = reason.to_lowercase();
    ["resource creation cancelled", "resource update cancelled", "resource deletion cancelled"]
        .iter()
        .any(|text| reason.contains(text))
}

/// Whether the reason of a nested stack's resource only repeats what its own events say.
pub fn is_of_nested_stack(reason: &str) -> bool {
    reason.starts_with("Embedded stack ")
}

/// Whether the reason of a stack only lists resources, which have reasons of their own.
pub fn is_summary(reason: &str) -> bool {
    reason.starts_with("The following resource(s) failed to ")
}

/// Whether a stack says that the clean-up left resources behind, without naming them.
pub fn is_left_behind(reason: &str) -> bool {
    reason.contains("could not be deleted")
}

/// Whether a resource failed because of its hooks, which have reasons of their own.
pub fn is_of_hooks(reason: &str) -> bool {
    reason.contains("following hook(s) failed")
}

/// The error code at the end of a reason: `NotFound` of "(HandlerErrorCode: NotFound)", or what stands after
/// "Error Code:" in an answer of a service.
pub fn error_code(reason: &str) -> Option<String> {
    let after = |mark: &str| {
        let rest = reason.rsplit_once(mark)?.1;
        let code = rest.split([')', ';', ',']).next()?.trim();
        (!code.is_empty()).then(|| code.to_owned())
    };
    after("HandlerErrorCode:").or_else(|| after("Error Code:")).or_else(|| {
        let status = after("Status Code:")?;
        Some(format!("{} {status}", after("(Service:")?))
    })
}

/// The log stream of a custom resource's function.
pub fn log_stream(reason: &str) -> Option<&str> {
    let rest = reason.split_once("CloudWatch Log Stream: ")?.1;
    rest.split([' ', ')']).next().filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::{
        Refusal, Unready, error_code, is_cancelled, is_unknown_parameter_value, log_stream, refusal, why_unready,
    };
    use crate::facts::{Reason, ServiceError};

    #[test]
    fn each_refusal_is_told_by_code_and_message() {
        let capabilities = || Refusal::Capabilities(vec!["CAPABILITY_NAMED_IAM".to_owned()]);
        let rows = [
            ("ValidationError", "Stack with id app does not exist", Refusal::NoStack),
            ("ValidationError", "Stack [app] does not exist", Refusal::NoStack),
            ("ChangeSetNotFound", "ChangeSet [x] does not exist", Refusal::NoChangeSet),
            ("ChangeSetNotFoundException", "", Refusal::NoChangeSet),
            ("AlreadyExistsException", "ChangeSet x already exists", Refusal::Taken),
            ("InsufficientCapabilitiesException", "Requires capabilities : [CAPABILITY_NAMED_IAM]", capabilities()),
            ("ValidationError", "Requires capabilities : [CAPABILITY_NAMED_IAM]", capabilities()),
            ("TokenAlreadyExistsException", "", Refusal::TokenUsed),
            (
                "InvalidChangeSetStatus",
                "An operation on this ChangeSet is currently in progress. Please attempt this operation again later.",
                Refusal::ChangeSetBusy,
            ),
            (
                "InvalidChangeSetStatus",
                "ChangeSet [x] cannot be executed in its current execution status of [OBSOLETE]",
                Refusal::NotExecutable,
            ),
            (
                "ValidationError",
                "Stack:arn:aws:cloudformation:… is in UPDATE_IN_PROGRESS state and can not be updated.",
                Refusal::StackBusy,
            ),
            ("LimitExceededException", "ChangeSet limit exceeded for stack app", Refusal::TooManyChangeSets),
            ("ValidationError", "Template format error: unsupported structure.", Refusal::Other),
        ];
        for (code, message, expected) in rows {
            let error = ServiceError {
                operation: "cloudformation:CreateChangeSet",
                resource: "stack app".to_owned(),
                reason: Reason::Rejected,
                code: Some(code.to_owned()),
                message: Some(message.to_owned()),
                request_id: None,
            };
            assert_eq!(refusal(&error), expected, "{code}: {message}");
        }
    }

    #[test]
    fn the_reason_of_a_failed_change_set_is_told_apart() {
        let child = "arn:aws:cloudformation:eu-west-1:1:changeSet/c/2";
        let rows = [
            (
                "The submitted information didn't contain changes. Submit different information to create a change set."
                    .to_owned(),
                Unready::Empty,
            ),
            ("No updates are to be performed.".to_owned(), Unready::Empty),
            ("No updates are to be performed".to_owned(), Unready::Empty),
            (
                format!("Nested change set {child} was not successfully created: Currently in FAILED."),
                Unready::Nested(vec![child.to_owned()]),
            ),
            (
                "Requires capabilities : [CAPABILITY_IAM, CAPABILITY_AUTO_EXPAND]".to_owned(),
                Unready::Capabilities(vec!["CAPABILITY_IAM".to_owned(), "CAPABILITY_AUTO_EXPAND".to_owned()]),
            ),
            (
                "User: arn:aws:sts::1:assumed-role/ci/x is not authorized to perform: cloudformation:CreateChangeSet \
                 on resource: arn:aws:cloudformation:eu-west-1:aws:transform/Serverless-2016-10-31 because no \
                 identity-based policy allows it"
                    .to_owned(),
                Unready::Denied {
                    action: "cloudformation:CreateChangeSet".to_owned(),
                    resource: "arn:aws:cloudformation:eu-west-1:aws:transform/Serverless-2016-10-31".to_owned(),
                },
            ),
            ("Transform AWS::Serverless-2016-10-31 failed with: Invalid …".to_owned(), Unready::Other),
        ];
        for (reason, expected) in rows {
            assert_eq!(why_unready(&reason), expected, "{reason}");
        }
    }

    #[test]
    fn details_are_found_in_reasons() {
        let rows = [
            ("No role (Service: Lambda, Status Code: 400, Request ID: x)", Some("Lambda 400")),
            ("Gone (RequestToken: a, HandlerErrorCode: NotFound)", Some("NotFound")),
            (
                "Old (Service: AWSLambda; Status Code: 400; Error Code: InvalidParameter; Request ID: x)",
                Some("InvalidParameter"),
            ),
            ("no code at all", None),
        ];
        for (reason, expected) in rows {
            assert_eq!(error_code(reason).as_deref(), expected, "{reason}");
        }
        let custom = "Received response status [FAILED] from custom resource. Message returned: See the details in \
                      CloudWatch Log Stream: 2026/11/30/[$LATEST]abc (RequestId: x)";
        assert_eq!(log_stream(custom), Some("2026/11/30/[$LATEST]abc"));
        assert!(is_cancelled("Resource creation cancelled") && !is_cancelled("creation failed"));
        assert!(is_unknown_parameter_value("Parameters: [Vpc] must have values"));
        assert!(!is_unknown_parameter_value("Template format error: unsupported structure."));
    }
}
