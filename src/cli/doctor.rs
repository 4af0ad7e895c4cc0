//! The options of `samstep doctor`: those of `package` that say where objects go and who calls.

use super::aws::AwsArguments;
use super::report::{ReportArguments, ResultArguments};
use super::values::{self, Sse};
use clap::builder::NonEmptyStringValueParser;
use std::path::PathBuf;

/// The options of `samstep doctor`, from all sources.
#[derive(Debug, Clone, clap::Args)]
pub struct DoctorArguments {
    /// Bucket to check; auto for the pipeline's artifact bucket
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new(), help_heading = "Upload")]
    pub s3_bucket: Option<String>,
    /// Check for sam's managed bucket
    #[arg(long, help_heading = "Upload")]
    pub resolve_s3: bool,
    /// Folder in the bucket, such as my-app
    #[arg(long, value_name = "PREFIX", value_parser = values::prefix, help_heading = "Upload")]
    pub s3_prefix: Option<String>,
    /// KMS key to check: id, ARN or alias
    #[arg(long, value_name = "KEY", value_parser = NonEmptyStringValueParser::new(), help_heading = "Upload")]
    pub kms_key_id: Option<String>,
    /// Encryption of the uploaded objects [default: aes256, or kms with --kms-key-id]
    #[arg(long, value_name = "MODE", hide_short_help = true, help_heading = "Upload")]
    pub sse: Option<Sse>,
    /// Account that must own the bucket: 12 digits
    #[arg(long, value_name = "ACCOUNT", value_parser = values::account, hide_short_help = true, help_heading = "Upload")]
    pub expected_bucket_owner: Option<String>,
    /// Template beside which the samconfig is looked for
    #[arg(long, short, value_name = "FILE", hide_short_help = true, help_heading = "Samconfig")]
    pub template_file: Option<PathBuf>,
    /// Samconfig to read; a relative path starts at the folder of --template-file
    #[arg(long, value_name = "FILE", hide_short_help = true, help_heading = "Samconfig")]
    pub config_file: Option<PathBuf>,
    /// Environment of the samconfig [default: default]
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new(), help_heading = "Samconfig")]
    pub config_env: Option<String>,
    #[command(flatten)]
    pub aws: AwsArguments,
    #[command(flatten)]
    pub report: ReportArguments,
    #[command(flatten)]
    pub results: ResultArguments,
}
