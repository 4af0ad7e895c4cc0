//! The options of `samstep job` and of its rehearsal.

use super::aws::AwsArguments;
use super::report::{ReportArguments, ResultArguments};
use super::values;
use super::worker::AllowArguments;
use std::path::PathBuf;
use std::time::Duration;

/// The options of `samstep job`.
#[derive(Debug, Clone, clap::Args)]
pub struct JobArguments {
    /// Job to do, as JSON; - for standard input
    ///
    /// The answer of PollForJobs (one job) or of GetJobDetails, or the event of a Lambda invocation.
    #[arg(long, value_name = "FILE", required = true)]
    pub job_file: PathBuf,
    /// Seconds that the job may take [default: no limit]
    #[arg(long, value_name = "SECONDS", value_parser = values::seconds)]
    pub timeout: Option<Duration>,
    /// Read the job from a line on standard input and orders from the next lines; report its end on standard output.
    #[arg(long)]
    pub in_worker: bool,
    /// Link to the log, for the result of the job
    #[arg(long, requires = "in_worker")]
    pub external_execution_id: Option<String>,
    #[command(flatten)]
    pub allow: AllowArguments,
    #[command(flatten)]
    pub aws: AwsArguments,
    #[command(flatten)]
    pub report: ReportArguments,
    #[command(flatten)]
    pub results: ResultArguments,
}

/// The options of `samstep rehearse`.
#[derive(Debug, Clone, clap::Args)]
pub struct RehearseArguments {
    /// Folder that the pipeline would hand over as the action's input artifact
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// Operation of the action [default: package]
    #[arg(long, value_name = "NAME")]
    pub operation: Option<String>,
    /// Template of the operation, a path below DIR [default: the template that `package` would find there]
    #[arg(long, value_name = "PATH")]
    pub template: Option<String>,
    /// Property of the action configuration, such as S3Prefix=app; repeatable
    #[arg(long, value_name = "KEY=VALUE", value_parser = values::key_and_value, action = clap::ArgAction::Append)]
    pub configuration: Vec<(String, String)>,
    /// Folder for the buckets, the stacks, the output artifact and the result; made if absent
    #[arg(long, value_name = "DIR", default_value = "rehearsal")]
    pub output: PathBuf,
    #[command(flatten)]
    pub report: ReportArguments,
}
