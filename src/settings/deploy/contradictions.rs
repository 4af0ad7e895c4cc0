//! Options that contradict each other.

use crate::cli::{DeployArguments, template_flags};
use crate::facts::Failure;
use crate::settings::failure::refused;
use crate::settings::source::Source;

/// What a new change set is made of, beside a packaged template. One that exists has it already.
const OF_CREATION: [&str; 21] = [
    "application-id",
    "semantic-version",
    "parameter-overrides",
    "strict-parameters",
    "use-template-defaults",
    "tags",
    "template-configuration",
    "capabilities",
    "notification-arns",
    "role-arn",
    "rollback-alarm",
    "monitoring-minutes",
    "change-set-name",
    "no-include-nested-stacks",
    "import-existing-resources",
    "revert-drift",
    "no-execute-changeset",
    "express",
    "replace-failed-stack",
    "wait-for-stack",
    "on-paused-failure",
];
/// What only an execution has.
const OF_EXECUTION: [&str; 12] = [
    "stack-name",
    "execute",
    "detach",
    "fail-on-empty-changeset",
    "on-failure",
    "disable-rollback",
    "refuse-replacement",
    "refuse-delete",
    "refuse-export-change",
    "refuse-unhealthy-shift",
    "stack-policy",
    "changes-file",
];

/// Refuses options that cannot be meant together. A lower source than that of `--execute` or `--follow` may hold what
/// has no effect on them.
pub fn check(arguments: &DeployArguments, source: &Source<'_>) -> Result<(), Failure> {
    let execution = &arguments.execution;
    let asked = |flags: &[&'static str]| flags.iter().copied().find(|flag| source.asks(flag));
    let of_creation = || template_flags().find(|flag| source.asks(flag)).or_else(|| asked(&OF_CREATION));
    if execution.on_failure.is_some() && execution.disable_rollback {
        return Err(both("on-failure", "disable-rollback", "--disable-rollback is --on-failure DO_NOTHING"));
    }
    if execution.timeout.is_some() && execution.max_wait_duration.is_some() {
        return Err(both("timeout", "max-wait-duration", "they set the same time; the latter is in minutes"));
    }
    if execution.follow.is_some() {
        let other = asked(&OF_EXECUTION).or_else(of_creation);
        return other.map_or(Ok(()), |other| {
            Err(both("follow", other, "--follow watches what another run began; leave the other option out"))
        });
    }
    if execution.execute.is_some() {
        return of_creation().map_or(Ok(()), |other| {
            Err(both("execute", other, "the change set was made with all of that; leave the other option out"))
        });
    }
    if execution.no_execute_changeset && execution.detach {
        return Err(both("no-execute-changeset", "detach", "--detach ends when the execution has begun"));
    }
    Ok(())
}

fn both(one: &str, other: &str, hint: &str) -> Failure {
    refused(format!("--{one} and --{other} are both given: use only one"), hint)
}
