//! The options of `samstep action-type`.

use super::report::ReportArguments;
use super::values::{self, ActionTypeFormat};

/// The options of `samstep action-type`.
#[derive(Debug, Clone, clap::Args)]
pub struct ActionTypeArguments {
    /// Operation that its actions ask for: package, deploy or publish
    #[arg(long, value_name = "NAME", default_value = "package")]
    pub operation: String,
    /// Name of the type in pipelines: at most 25 letters, digits, _ and - [default: Samstep, or SamstepPublish to publish]
    #[arg(long, value_name = "NAME", value_parser = values::provider)]
    pub provider: Option<String>,
    /// Version of the type: at most 9 letters, digits, _ and -
    #[arg(long, value_name = "VERSION", value_parser = values::action_type_version, default_value = "1")]
    pub version: String,
    /// JSON for `aws codepipeline create-custom-action-type --cli-input-json`, or a CloudFormation template
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    pub format: ActionTypeFormat,
    #[command(flatten)]
    pub report: ReportArguments,
}
