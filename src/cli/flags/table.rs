//! The table of flags: what each is called in every source, who may set it, and who inherits it.
//!
//! To add a flag: a row here, a field with its help in the arguments of its commands, and its meaning in the settings.

use super::flag::{Flag, FlagKind, Group, Key};
use crate::cli::command_name::CommandName::{
    self, ActionType, Deploy, Doctor, Job, Lambda, Package, Publish, Rehearse, Worker,
};
use FlagKind::{List, Map, Pairs, Scope, Switch, Text};

const PACKAGE: &[CommandName] = &[Package];
const DEPLOY: &[CommandName] = &[Deploy];
const PUBLISH: &[CommandName] = &[Publish];
/// Commands that write a packaged template.
const WRITING: &[CommandName] = &[Package, Deploy];
/// Commands that package a template.
const PACKAGING: &[CommandName] = &[Package, Deploy, Publish];
/// Commands that look at the place of the objects.
const PLACE: &[CommandName] = &[Package, Deploy, Publish, Doctor];
/// Commands that call AWS.
const AWS: &[CommandName] = &[Package, Deploy, Publish, Job, Worker, Lambda, Doctor];
/// Commands that run jobs.
const JOBS: &[CommandName] = &[Job, Worker, Lambda];
/// Commands that report.
const REPORT: &[CommandName] = &[Package, Deploy, Publish, Job, Rehearse, ActionType, Worker, Lambda, Doctor];
/// Commands with values for later steps.
const RESULTS: &[CommandName] = &[Package, Deploy, Publish, Job, Lambda, Doctor];
const JOB: &[CommandName] = &[Job];
const APPLICATION: &[CommandName] = &[Deploy, Publish];
const WORKER: &[CommandName] = &[Worker];
const WORKERS: &[CommandName] = &[Worker, Lambda];
const REHEARSE: &[CommandName] = &[Rehearse];
const ACTION_TYPE: &[CommandName] = &[ActionType];

const AT_WORKER: &str = "set it where the worker runs";
const OUTPUTS: &str = "the values are output variables of the action, and step-outputs.json in the output artifact";
const REHEARSAL: &str = "it is an option of samstep rehearse";
const DEFINITION: &str = "it is an option of samstep action-type";

const fn flag(long: &'static str, kind: FlagKind, commands: &'static [CommandName]) -> Flag {
    Flag::new(long, kind, commands)
}

/// The flags about how a template is found and packaged.
pub fn template_flags() -> impl Iterator<Item = &'static str> {
    FLAGS.iter().filter(|flag| flag.is_about_template).map(|flag| flag.long)
}

/// All flags of all commands.
pub static FLAGS: &[Flag] = &[
    // The template.
    flag("template-file", Text, PLACE)
        .about_template()
        .aliases(&["template"])
        .variables(&["SAM_TEMPLATE_FILE"])
        .host_only("name it with TemplatePath"),
    flag("output-template-file", Text, PACKAGE)
        .aliases(&["output-template"])
        .host_only("name it with OutputTemplateFile"),
    flag("use-json", Switch, WRITING).about_template(),
    flag("keep-text", Switch, WRITING).about_template(),
    flag("sam-resource-id", Switch, WRITING).about_template(),
    flag("language-extensions", Switch, WRITING).about_template().hidden(),
    // The upload.
    flag("s3-bucket", Text, PLACE).about_template().group(Group::Bucket).property_only(),
    flag("resolve-s3", Switch, PLACE).about_template().group(Group::Bucket).property_only(),
    flag("target", List, PACKAGE).group(Group::Bucket).property_only(),
    flag("s3-prefix", Text, PLACE).about_template(),
    flag("kms-key-id", Text, PLACE).about_template().group(Group::Encryption),
    flag("sse", Text, PLACE).about_template().group(Group::Encryption),
    flag("metadata", Map, PACKAGING).about_template(),
    flag("force-upload", Switch, PACKAGING).about_template(),
    flag("expected-bucket-owner", Text, PLACE).about_template(),
    flag("template-configuration", List, PACKAGE),
    flag("digest", Text, PACKAGING).about_template(),
    flag("symlinks", Text, PACKAGING).about_template(),
    // The stack. Who can commit could choose another stack or role, so that a samconfig may not in a job.
    flag("stack-name", Text, DEPLOY).property_only(),
    flag("role-arn", Text, DEPLOY).property_only(),
    flag("stack-policy", Text, DEPLOY),
    flag("termination-protection", Text, DEPLOY),
    // The change set.
    flag("parameter-overrides", Pairs, DEPLOY).hides_value(),
    flag("strict-parameters", Switch, DEPLOY),
    flag("use-template-defaults", Switch, DEPLOY),
    flag("tags", Pairs, DEPLOY),
    flag("template-configuration", Text, DEPLOY),
    flag("capabilities", List, DEPLOY),
    flag("notification-arns", List, DEPLOY),
    flag("rollback-alarm", List, DEPLOY),
    flag("monitoring-minutes", Text, DEPLOY),
    flag("change-set-name", Text, DEPLOY),
    flag("no-include-nested-stacks", Switch, DEPLOY),
    flag("import-existing-resources", Switch, DEPLOY),
    flag("revert-drift", Switch, DEPLOY),
    // The execution.
    flag("no-execute-changeset", Switch, DEPLOY),
    flag("execute", Text, DEPLOY).key(Key::Nowhere).property_only(),
    flag("follow", Text, DEPLOY).key(Key::Nowhere).property_only(),
    flag("detach", Switch, DEPLOY).property_only(),
    flag("fail-on-empty-changeset", Switch, DEPLOY),
    flag("on-failure", Text, DEPLOY).group(Group::Failure),
    flag("disable-rollback", Switch, DEPLOY).group(Group::Failure),
    flag("express", Switch, DEPLOY),
    flag("replace-failed-stack", Switch, DEPLOY),
    flag("on-paused-failure", Text, DEPLOY),
    flag("on-cancel", Text, DEPLOY).host_only("a job that is cancelled is continued by the next one"),
    flag("wait-for-stack", Text, DEPLOY),
    // SAMSTEP_TIMEOUT of a worker is about its jobs.
    flag("timeout", Text, DEPLOY).group(Group::Deadline).property_only(),
    flag("max-wait-duration", Text, DEPLOY).group(Group::Deadline),
    flag("refuse-replacement", Scope, DEPLOY),
    flag("refuse-delete", Scope, DEPLOY),
    flag("refuse-export-change", Switch, DEPLOY),
    flag("refuse-unhealthy-shift", Switch, DEPLOY),
    // The application. Who can commit could choose another one, or share it with anybody.
    flag("application-id", Text, APPLICATION).property_only(),
    flag("semantic-version", Text, APPLICATION),
    flag("allow-same-version", Switch, PUBLISH).group(Group::SameVersion),
    flag("fail-on-same-version", Switch, PUBLISH).group(Group::SameVersion),
    flag("share", List, PUBLISH).property_only(),
    flag("share-organization", List, PUBLISH).property_only(),
    flag("public", Switch, PUBLISH).property_only(),
    // What it writes.
    flag("outputs-file", Text, DEPLOY).host_only("name it with OutputFileName"),
    flag("changes-file", Text, DEPLOY).host_only("the changes are always in the output artifact"),
    flag("report", Text, DEPLOY).host_only("the report is always in the output artifact, as report.html"),
    // Of sam, without effect.
    flag("confirm-changeset", Switch, DEPLOY).hidden(),
    flag("save-params", Switch, &[Deploy, Publish])
        .key(Key::Nowhere)
        .host_only("no configuration file is written")
        .hidden(),
    // The samconfig.
    flag("config-file", Text, PLACE).key(Key::Nowhere).host_only("the samconfig beside the template is read"),
    flag("config-env", Text, PLACE).key(Key::Nowhere),
    // How to reach AWS.
    flag("region", Text, AWS).property_only().inherited(),
    flag("profile", Text, AWS).host_only("the worker's own role is used").inherited(),
    flag("assume-role-arn", Text, AWS).property_only().inherited(),
    flag("external-id", Text, AWS).property_only().secret("SAMSTEP_EXTERNAL_ID"),
    flag("endpoint-url", Text, AWS).host_only(AT_WORKER).inherited(),
    flag("ca-bundle", Text, AWS).host_only(AT_WORKER).inherited(),
    flag("cli-connect-timeout", Text, AWS).host_only(AT_WORKER).inherited(),
    flag("cli-read-timeout", Text, AWS).host_only(AT_WORKER).inherited(),
    // The report.
    flag("dry-run", Switch, &[Package, Publish])
        .host_only("a job has an output artifact to write; try it with samstep rehearse"),
    // In [global], the manifest is the package.json or requirements.txt of `sam build`.
    flag("manifest", Text, PACKAGE)
        .key(Key::CommandOnly)
        .host_only("it is always in the output artifact, as manifest.json"),
    flag("no-progressbar", Switch, REPORT).host_only(AT_WORKER),
    flag("color", Text, REPORT).host_only(AT_WORKER),
    flag("debug", Switch, REPORT).variables(&["SAM_DEBUG"]).host_only(AT_WORKER).inherited(),
    // In the files of sam, `host` is the address of `sam local`, and `output` the form of `sam list`.
    flag("host", Text, REPORT).key(Key::Nowhere).host_only(AT_WORKER),
    flag("emit", Text, RESULTS).aliases(&["output"]).key(Key::Nowhere).host_only(OUTPUTS),
    flag("output-env", Text, RESULTS).host_only(OUTPUTS),
    flag("output-dotenv", Text, RESULTS).host_only(OUTPUTS),
    flag("output-json", Text, RESULTS).host_only(OUTPUTS),
    flag("junit", Text, RESULTS).host_only(OUTPUTS),
    // What an operator lets jobs do.
    flag("allow-bucket", List, JOBS).host_only(AT_WORKER).inherited(),
    flag("allow-role", List, JOBS).host_only(AT_WORKER).inherited(),
    flag("allow-key", List, JOBS).host_only(AT_WORKER).inherited(),
    flag("allow-stack", List, JOBS).host_only(AT_WORKER).inherited(),
    flag("allow-application", List, JOBS).host_only(AT_WORKER).inherited(),
    flag("allow-capability", List, JOBS).host_only(AT_WORKER).inherited(),
    flag("require-expected-bucket-owner", Text, JOBS).fixes("expected-bucket-owner").host_only(AT_WORKER).inherited(),
    flag("require-sse", Text, JOBS).fixes("sse").host_only(AT_WORKER).inherited(),
    flag("require-kms-key-id", Text, JOBS).fixes("kms-key-id").host_only(AT_WORKER).inherited(),
    flag("require-digest", Text, JOBS).fixes("digest").host_only(AT_WORKER).inherited(),
    // Jobs and workers. `--timeout` is not inherited: a Lambda function computes it for each job.
    flag("job-file", Text, JOB).host_only("a job is not inside another"),
    flag("timeout", Text, &[Job, Worker]).host_only(AT_WORKER),
    flag("in-worker", Switch, JOB).host_only(AT_WORKER).hidden(),
    flag("external-execution-id", Text, JOB).host_only(AT_WORKER).hidden(),
    flag("action-type", Text, WORKERS).host_only(AT_WORKER),
    flag("pool", Text, WORKERS).host_only(AT_WORKER),
    flag("linger", Text, WORKERS).host_only(AT_WORKER),
    flag("concurrency", Text, WORKER).host_only(AT_WORKER),
    flag("once", Switch, WORKER).host_only(AT_WORKER),
    flag("health", Switch, WORKER).host_only(AT_WORKER),
    flag("poll-interval", Text, WORKER).host_only(AT_WORKER),
    flag("drain", Text, WORKER).host_only(AT_WORKER),
    flag("state-file", Text, WORKER).host_only(AT_WORKER),
    flag("metrics", Switch, WORKER).host_only(AT_WORKER),
    // The other commands.
    flag("operation", Text, &[Rehearse, ActionType]).host_only("name it with Operation"),
    flag("template", Text, REHEARSE).host_only(REHEARSAL),
    flag("configuration", List, REHEARSE).host_only(REHEARSAL),
    flag("output", Text, REHEARSE).host_only(REHEARSAL),
    flag("provider", Text, ACTION_TYPE).host_only(DEFINITION),
    flag("version", Text, ACTION_TYPE).host_only(DEFINITION),
    flag("format", Text, ACTION_TYPE).host_only(DEFINITION),
];
