//! The words for warnings about a stack.

use crate::facts::DeployWarning;

/// A warning in a sentence, and what to do.
pub fn sentence(warning: &DeployWarning) -> (String, Option<String>) {
    match warning {
        DeployWarning::UnknownParameter { parameter, nearest } => (
            format!("the template has no parameter {parameter}, so its value is not used"),
            nearest.as_ref().map(|nearest| format!("did you mean {nearest}?")),
        ),
        DeployWarning::ReferencesNotCompared { references } => (
            format!("CloudFormation does not compare the values behind {}", references.join(", ")),
            Some("if one of them changed, change the template too, such as the version in the reference".to_owned()),
        ),
        DeployWarning::LeftBehind { stack, resources } if resources.is_empty() => (
            format!("{stack} is deployed, but CloudFormation could not delete old resources, and does not say which"),
            Some("look for DELETE_FAILED in the events of the stack and of its nested stacks".to_owned()),
        ),
        DeployWarning::LeftBehind { stack, resources } => {
            let each = resources.iter().map(|(path, id, reason)| {
                let id = id.as_ref().map(|id| format!(" {id}")).unwrap_or_default();
                let reason = reason.as_ref().map(|reason| format!(" ({reason})")).unwrap_or_default();
                format!("{path}{id}{reason}")
            });
            let each = each.collect::<Vec<_>>().join(", ");
            (
                format!(
                    "{stack} is deployed, but these old resources could not be deleted, and no stack has them now: {each}"
                ),
                Some("delete them by hand".to_owned()),
            )
        }
        DeployWarning::ExportInUse { export, importers, goes } => {
            let verb = if *goes { "goes" } else { "may change" };
            (
                format!("the export {export} {verb}, and other stacks import it: {}", importers.join(", ")),
                Some("CloudFormation fails such a change late; --refuse-export-change refuses it before".to_owned()),
            )
        }
        DeployWarning::StackSettingFailed { stack, setting, error } => {
            (format!("{stack} is deployed, but {setting} could not be set: {error}"), Some("deploy again".to_owned()))
        }
        DeployWarning::RoleKept { stack, role_arn } => (
            format!("{stack} is changed with the role {role_arn}, which an earlier deployment gave it"),
            Some("give another role with --role-arn".to_owned()),
        ),
        DeployWarning::UnhealthyShift { alias, problem } => (
            format!("the traffic shift of {alias} would be stopped: {problem}"),
            Some("fix this first; --refuse-unhealthy-shift turns this warning into a failure".to_owned()),
        ),
        DeployWarning::NestedChangesUnknown { stack } => {
            (format!("the changes of the nested stacks of {stack} could not be computed; they are not shown"), None)
        }
    }
}
