//! The options of `samstep worker` and `samstep lambda`, and what an operator lets jobs do.

use super::aws::AwsArguments;
use super::flags::{Given, Inherited};
use super::report::{ReportArguments, ResultArguments};
use super::values;
use crate::facts::ActionTypeId;
use clap::ArgAction::{Append, SetTrue};
use std::path::PathBuf;
use std::time::Duration;

/// The options of `samstep worker`.
#[derive(Debug, Clone, clap::Args)]
pub struct WorkerArguments {
    /// Action type to poll for, such as Build/Samstep/1
    #[arg(long, value_name = "CATEGORY/PROVIDER/VERSION")]
    pub action_type: Option<ActionTypeId>,
    /// Value of the action type's property Pool: jobs of other pools are left alone
    #[arg(long, value_name = "NAME", value_parser = values::pool)]
    pub pool: Option<String>,
    /// Jobs to run at the same time
    #[arg(long, value_name = "COUNT", default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub concurrency: u16,
    /// Run what is queued, and end when no job came for --linger seconds
    #[arg(long)]
    pub once: bool,
    /// Report whether the worker of this machine polls; calls no service
    #[arg(long)]
    pub health: bool,
    /// Seconds between polls that find nothing, more or less by a fifth
    #[arg(long, value_name = "SECONDS", default_value = "12.5", value_parser = values::interval, hide_short_help = true)]
    pub poll_interval: Duration,
    /// Seconds without a job after which --once ends
    #[arg(long, value_name = "SECONDS", default_value = "15", value_parser = values::seconds)]
    pub linger: Duration,
    /// Seconds that one job may take
    #[arg(long, value_name = "SECONDS", default_value = "1800", value_parser = values::seconds)]
    pub timeout: Duration,
    /// Seconds that running jobs get to end after SIGTERM
    #[arg(long, value_name = "SECONDS", default_value = "15", value_parser = values::seconds, hide_short_help = true)]
    pub drain: Duration,
    /// File that holds the time of the last poll, for --health [default: in the temporary folder]
    #[arg(long, value_name = "FILE", hide_short_help = true)]
    pub state_file: Option<PathBuf>,
    /// Print metrics for CloudWatch, a JSON line each [default: on Lambda and ECS]
    ///
    /// The lines are in the embedded metric format, which CloudWatch Logs reads wherever they end up there; --no-metrics
    /// leaves them out.
    #[arg(long, action = SetTrue, hide_short_help = true)]
    pub metrics: Option<bool>,
    #[command(flatten)]
    pub allow: AllowArguments,
    #[command(flatten)]
    pub aws: AwsArguments,
    #[command(flatten)]
    pub report: ReportArguments,
    /// What the process of a job gets of these options.
    #[arg(skip)]
    pub inherited: Inherited,
}

/// The options of `samstep lambda`.
#[derive(Debug, Clone, clap::Args)]
pub struct LambdaArguments {
    /// Action type to poll for when a schedule or EventBridge invokes the function
    #[arg(long, value_name = "CATEGORY/PROVIDER/VERSION")]
    pub action_type: Option<ActionTypeId>,
    /// Value of the action type's property Pool
    #[arg(long, value_name = "NAME")]
    pub pool: Option<String>,
    /// Seconds without a job after which a poll ends
    #[arg(long, value_name = "SECONDS", default_value = "15", value_parser = values::seconds)]
    pub linger: Duration,
    #[command(flatten)]
    pub allow: AllowArguments,
    #[command(flatten)]
    pub aws: AwsArguments,
    #[command(flatten)]
    pub report: ReportArguments,
    #[command(flatten)]
    pub results: ResultArguments,
    /// What the process of a job gets of these options.
    #[arg(skip)]
    pub inherited: Inherited,
}

/// What an operator lets the authors of pipelines do. Without a pattern of a kind, they may name anything of that kind.
#[derive(Debug, Clone, Default, PartialEq, Eq, clap::Args)]
#[command(next_help_heading = "What jobs may do")]
pub struct AllowArguments {
    /// Pattern of buckets for code, such as acme-code-*; repeatable
    #[arg(long, value_name = "PATTERN", value_delimiter = ',', action = Append)]
    pub allow_bucket: Vec<String>,
    /// Pattern of roles to assume or to give to CloudFormation, such as arn:aws:iam::*:role/deploy-*
    #[arg(long, value_name = "PATTERN", value_delimiter = ',', action = Append)]
    pub allow_role: Vec<String>,
    /// Pattern of KMS keys for code
    #[arg(long, value_name = "PATTERN", value_delimiter = ',', action = Append)]
    pub allow_key: Vec<String>,
    /// Pattern of stacks to deploy, such as acme-*
    #[arg(long, value_name = "PATTERN", value_delimiter = ',', action = Append)]
    pub allow_stack: Vec<String>,
    /// Pattern of ARNs of applications to publish or to deploy
    #[arg(long, value_name = "PATTERN", value_delimiter = ',', action = Append)]
    pub allow_application: Vec<String>,
    /// Pattern of capabilities of deployed templates, such as CAPABILITY_IAM
    #[arg(long, value_name = "PATTERN", value_delimiter = ',', action = Append)]
    pub allow_capability: Vec<String>,
    /// Values that hold for all jobs, from the options `--require-…`.
    #[arg(skip)]
    pub fixed: Vec<Given>,
}
