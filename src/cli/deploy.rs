//! The options of `samstep deploy`.

use super::aws::AwsArguments;
use super::packaging::{
    ArchiveArguments, PackagedTextArguments, SamconfigArguments, TemplateArguments, UploadArguments,
};
use super::report::{ReportArguments, ResultArguments};
use super::values::{self, Toggle};
use crate::deploy::{OnCancel, OnFailure, OnPaused};
use crate::facts::Secret;
use crate::publish::{ApplicationId, SemanticVersion};
use clap::ArgAction::Append;
use clap::builder::NonEmptyStringValueParser;
use std::path::PathBuf;
use std::time::Duration;

/// What stands in the place of a value for a gate that is given without one.
pub const EVERYTHING: &str = "true";

/// The options of `samstep deploy`, from all sources.
#[derive(Debug, Clone, clap::Args)]
pub struct DeployArguments {
    #[command(flatten)]
    pub stack: StackArguments,
    #[command(flatten)]
    pub template: TemplateArguments,
    #[command(flatten)]
    pub application: DeployedApplicationArguments,
    #[command(flatten)]
    pub text: PackagedTextArguments,
    #[command(flatten)]
    pub change_set: ChangeSetArguments,
    #[command(flatten)]
    pub execution: ExecutionArguments,
    #[command(flatten)]
    pub gates: GateArguments,
    #[command(flatten)]
    pub upload: UploadArguments,
    #[command(flatten)]
    pub archives: ArchiveArguments,
    #[command(flatten)]
    pub samconfig: SamconfigArguments,
    #[command(flatten)]
    pub aws: AwsArguments,
    /// File for the outputs of the stack, as a JSON object
    #[arg(long, value_name = "FILE", help_heading = "Report")]
    pub outputs_file: Option<PathBuf>,
    /// File for the changes: Markdown if it ends in .md, else JSON
    #[arg(long, value_name = "FILE", hide_short_help = true, help_heading = "Report")]
    pub changes_file: Option<PathBuf>,
    /// File for the report, as an HTML page: timeline, traffic shifts, changes, cause
    ///
    /// It needs no other file and no script. It is written however the deployment ends, also with --follow.
    #[arg(id = "report", long = "report", value_name = "FILE", help_heading = "Report")]
    pub report_file: Option<PathBuf>,
    #[command(flatten)]
    pub report: ReportArguments,
    #[command(flatten)]
    pub results: ResultArguments,
    /// Accepted for compatibility: no question is asked
    #[arg(long)]
    pub confirm_changeset: bool,
    /// Accepted for compatibility: no configuration file is written
    #[arg(long)]
    pub save_params: bool,
}

/// The stack, and what holds for it beside its template.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Stack")]
pub struct StackArguments {
    /// Stack to create or to update: name or ARN
    #[arg(long, value_name = "NAME", value_parser = values::stack)]
    pub stack_name: Option<String>,
    /// Role with which CloudFormation changes the stack, from now on
    #[arg(long, value_name = "ARN", value_parser = values::role_arn, hide_short_help = true)]
    pub role_arn: Option<String>,
    /// Stack policy: a file, or a JSON object
    #[arg(long, value_name = "FILE", value_parser = NonEmptyStringValueParser::new(), hide_short_help = true)]
    pub stack_policy: Option<String>,
    /// Turn termination protection on or off [default: as it is]
    #[arg(long, value_name = "on|off", value_enum, hide_possible_values = true, hide_short_help = true)]
    pub termination_protection: Option<Toggle>,
}

/// The application that is deployed in place of a template.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Application")]
pub struct DeployedApplicationArguments {
    /// Application of the Serverless Application Repository to deploy, in place of a template
    #[arg(long, value_name = "ARN", hide_short_help = true)]
    pub application_id: Option<ApplicationId>,
    /// Version of the application [default: the latest]
    #[arg(long, value_name = "VERSION", hide_short_help = true)]
    pub semantic_version: Option<SemanticVersion>,
}

/// What the change set is made of, beside the template.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Stack")]
pub struct ChangeSetArguments {
    /// Values of parameters, or file://FILE with them
    ///
    /// Each word is Name=value, ParameterKey=Name,ParameterValue=value, ParameterKey=Name,UsePreviousValue=true, a JSON
    /// list or object, or file://FILE (also @FILE). A file is JSON, YAML or TOML: an object of names and values, a list of
    /// Name=value, a list of objects with ParameterKey, or a template configuration. Sources are merged for each
    /// parameter: the samconfig, then --template-configuration, the variable, files and other words. The last counts.
    #[arg(long, value_name = "K=V", value_parser = values::secret_word, num_args = 1.., action = Append)]
    pub parameter_overrides: Vec<Secret>,
    /// Refuse a parameter that the template does not have
    #[arg(long, hide_short_help = true)]
    pub strict_parameters: bool,
    /// Give a parameter without a value the default of the template, not the value of the stack
    #[arg(long, hide_short_help = true)]
    pub use_template_defaults: bool,
    /// Tags of the stack, or file://FILE with them
    ///
    /// They are merged like parameters. Without any, the stack keeps its tags.
    #[arg(long, value_name = "K=V", num_args = 1.., action = Append)]
    pub tags: Vec<String>,
    /// File with Parameters, Tags and StackPolicy, as CodePipeline takes it
    #[arg(long, value_name = "FILE", hide_short_help = true)]
    pub template_configuration: Option<PathBuf>,
    /// What the template may do, such as CAPABILITY_IAM
    ///
    /// Words, or one text with commas or spaces between: CAPABILITY_IAM, CAPABILITY_NAMED_IAM,
    /// CAPABILITY_AUTO_EXPAND; with --application-id also CAPABILITY_RESOURCE_POLICY.
    #[arg(long, value_name = "CAPABILITY", value_delimiter = ',', num_args = 1.., action = Append)]
    pub capabilities: Vec<String>,
    /// SNS topics that get the events of the stack
    #[arg(long, value_name = "ARN", value_delimiter = ',', num_args = 1.., action = Append, hide_short_help = true)]
    pub notification_arns: Vec<String>,
    /// Alarm that rolls the deployment back; repeatable
    #[arg(long, value_name = "ARN", value_delimiter = ',', action = Append, hide_short_help = true)]
    pub rollback_alarm: Vec<String>,
    /// Minutes for which rollback alarms are watched after the change
    #[arg(long, value_name = "MINUTES", hide_short_help = true)]
    pub monitoring_minutes: Option<u16>,
    /// Name of the change set; an old one of this name is deleted [default: a new name]
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new(), hide_short_help = true)]
    pub change_set_name: Option<String>,
    /// Leave out what would change in nested stacks
    #[arg(long, hide_short_help = true)]
    pub no_include_nested_stacks: bool,
    /// Import resources that exist under the name that the template gives them
    #[arg(long, hide_short_help = true)]
    pub import_existing_resources: bool,
    /// Also take back what was changed outside CloudFormation
    #[arg(long, hide_short_help = true)]
    pub revert_drift: bool,
}

/// How far the deployment goes, and what happens when it fails.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Execution")]
pub struct ExecutionArguments {
    /// Stop when the change set is ready, and show it
    #[arg(long)]
    pub no_execute_changeset: bool,
    /// Execute this change set, which an earlier run made: ARN, or name
    #[arg(long, value_name = "ARN", value_parser = NonEmptyStringValueParser::new())]
    pub execute: Option<String>,
    /// Watch the operation that runs on this stack, and end as it ends: name or ARN
    #[arg(long, value_name = "STACK", value_parser = values::stack, hide_short_help = true)]
    pub follow: Option<String>,
    /// End when the execution has begun
    #[arg(long, hide_short_help = true)]
    pub detach: bool,
    /// Fail if there is nothing to change
    #[arg(long, hide_short_help = true)]
    pub fail_on_empty_changeset: bool,
    /// After a failure: ROLLBACK (the default), DELETE or DO_NOTHING
    ///
    /// DELETE deletes a new stack, and rolls an old one back. DO_NOTHING keeps everything as it is.
    #[arg(long, value_name = "ACTION", value_enum, ignore_case = true, hide_possible_values = true)]
    pub on_failure: Option<OnFailure>,
    /// Keep everything as it is when the deployment fails: --on-failure DO_NOTHING
    #[arg(long, hide_short_help = true)]
    pub disable_rollback: bool,
    /// End as soon as the configuration is applied; resources may still become ready
    #[arg(long, hide_short_help = true)]
    pub express: bool,
    /// Delete a stack whose creation failed, and create it anew
    #[arg(long, hide_short_help = true)]
    pub replace_failed_stack: bool,
    /// What to do with a stack that was left in a failure
    #[arg(long, value_name = "ACTION", value_enum, default_value_t, hide_short_help = true)]
    pub on_paused_failure: OnPaused,
    /// What becomes of traffic shifts when this run is cancelled
    ///
    /// With stop-shift, CodeDeploy is asked to stop them and to take the traffic back; CloudFormation then rolls the stack
    /// back.
    #[arg(long, value_name = "ACTION", value_enum, default_value_t, hide_short_help = true)]
    pub on_cancel: OnCancel,
    /// Wait so long for another operation on the stack to end, such as 10m
    #[arg(long, value_name = "TIME", value_parser = values::duration, hide_short_help = true)]
    pub wait_for_stack: Option<Duration>,
    /// Fail after this time, such as 90m [default: 12h]
    ///
    /// CloudFormation continues.
    #[arg(long, value_name = "TIME", value_parser = values::duration)]
    pub timeout: Option<Duration>,
    /// The same in minutes, as sam has it
    #[arg(long, value_name = "MINUTES", value_parser = values::minutes, hide_short_help = true)]
    pub max_wait_duration: Option<Duration>,
}

/// Changes that are not executed.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Gates")]
pub struct GateArguments {
    /// Refuse to replace resources: all, or of a type or logical id; repeatable
    #[arg(long, value_name = "TYPE|ID", value_delimiter = ',', num_args = 0..=1, require_equals = true, default_missing_value = EVERYTHING, action = Append, hide_short_help = true)]
    pub refuse_replacement: Vec<String>,
    /// Refuse to delete resources, likewise
    #[arg(long, value_name = "TYPE|ID", value_delimiter = ',', num_args = 0..=1, require_equals = true, default_missing_value = EVERYTHING, action = Append, hide_short_help = true)]
    pub refuse_delete: Vec<String>,
    /// Refuse to remove or change an export that another stack imports
    #[arg(long, hide_short_help = true)]
    pub refuse_export_change: bool,
    /// Refuse a traffic shift that would be stopped at once: an alarm fires, its deployment group is busy, or a hook function
    /// is missing
    #[arg(long, hide_short_help = true)]
    pub refuse_unhealthy_shift: bool,
}
