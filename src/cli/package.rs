//! The options of `samstep package`.

use super::aws::AwsArguments;
use super::report::{ReportArguments, ResultArguments};
use super::target::TargetArgument;
use super::values::{self, Sse};
use crate::package::{DigestRule, SymlinkRule};
use clap::ArgAction::Append;
use clap::builder::NonEmptyStringValueParser;
use std::path::PathBuf;

/// The names that are tried if no template is named, in the order of `sam`.
pub const DEFAULT_TEMPLATES: [&str; 4] =
    [".aws-sam/build/template.yaml", "template.yaml", "template.yml", "template.json"];

/// The options of `samstep package`, from all sources.
#[derive(Debug, Clone, clap::Args)]
pub struct PackageArguments {
    /// Template to package; - for standard input
    #[arg(long, short, value_name = "FILE", help_heading = "Template", long_help = template_help())]
    pub template_file: Option<PathBuf>,
    /// File to write the packaged template to [default: standard output]
    #[arg(long, value_name = "FILE", help_heading = "Template")]
    pub output_template_file: Option<PathBuf>,
    /// Write the packaged template as JSON
    #[arg(long, help_heading = "Template")]
    pub use_json: bool,
    /// Keep the text of the template, also where JSON would be safer
    ///
    /// Without it, a packaged template of more than 51,200 bytes is written as compact JSON if that brings it under this
    /// limit of CloudFormation, or if it is not ASCII.
    #[arg(long, hide_short_help = true, help_heading = "Template")]
    pub keep_text: bool,
    /// Add each resource's logical id as Metadata.SamResourceId, as sam does
    #[arg(long, hide_short_help = true, help_heading = "Template")]
    pub sam_resource_id: bool,
    /// Accepted for compatibility: Fn::ForEach is always understood
    #[arg(long, help_heading = "Template")]
    pub language_extensions: bool,

    /// Bucket to upload to; auto for the pipeline's artifact bucket
    ///
    /// auto works in a CodeBuild build that a pipeline runs.
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new(), help_heading = "Upload")]
    pub s3_bucket: Option<String>,
    /// Upload to sam's managed bucket, which is made if absent
    ///
    /// It belongs to the stack aws-sam-cli-managed-default. --no-resolve-s3 overrides a samconfig.
    #[arg(long, help_heading = "Upload")]
    pub resolve_s3: bool,
    /// Folder in the bucket, such as my-app
    #[arg(long, value_name = "PREFIX", help_heading = "Upload")]
    pub s3_prefix: Option<String>,
    /// KMS key for the uploaded objects: id, ARN or alias
    ///
    /// Without --sse it means --sse kms.
    #[arg(long, value_name = "KEY", value_parser = NonEmptyStringValueParser::new(), help_heading = "Upload")]
    pub kms_key_id: Option<String>,
    /// Encryption of the uploaded objects [default: aes256, or kms with --kms-key-id]
    #[arg(long, value_name = "MODE", hide_short_help = true, help_heading = "Upload")]
    pub sse: Option<Sse>,
    /// Metadata for the uploaded objects: k=v,k2=v2 or a JSON object
    #[arg(long, value_name = "MAP", hide_short_help = true, help_heading = "Upload")]
    pub metadata: Option<String>,
    /// Upload also what is in the bucket already
    #[arg(long, hide_short_help = true, help_heading = "Upload")]
    pub force_upload: bool,
    /// Account that must own the bucket: 12 digits
    #[arg(long, value_name = "ACCOUNT", value_parser = values::account, hide_short_help = true, help_heading = "Upload")]
    pub expected_bucket_owner: Option<String>,

    /// Region and bucket to package for; repeatable
    ///
    /// Such as prod=eu-west-1/my-code/app: objects go there, and packaged-prod.yaml points at them. Several targets are
    /// packaged in one pass; give the option several times, or targets with commas between.
    #[arg(long, value_name = "NAME=REGION/BUCKET[/PREFIX]", value_delimiter = ',', action = Append, help_heading = "Targets")]
    pub target: Vec<TargetArgument>,
    /// Template configuration to check and to write beside the packaged template
    ///
    /// A file for CodePipeline's CloudFormation action (Parameters, Tags, StackPolicy). It is checked against the template
    /// and written as packaged.config.json. Without NAME= it is for every target; NAME= alone means none. A target that
    /// gets none here gets one from the parameter_overrides and tags that the samconfig has for sam deploy in the
    /// environment of the target's name.
    #[arg(long, value_name = "[NAME=]FILE", value_delimiter = ',', action = Append, value_parser = NonEmptyStringValueParser::new(), hide_short_help = true, help_heading = "Targets")]
    pub template_configuration: Vec<String>,

    /// What names an archive: sam for the MD5 that sam uses, sha256 to cover file modes too
    #[arg(long, value_name = "RULE", value_enum, default_value_t, hide_short_help = true, help_heading = "Archives")]
    pub digest: DigestRule,
    /// Symbolic links: archive what they point at, keep them, or refuse them
    #[arg(long, value_name = "RULE", value_enum, default_value_t, hide_short_help = true, help_heading = "Archives")]
    pub symlinks: SymlinkRule,

    /// Samconfig to read; a relative path starts at the folder of --template-file
    ///
    /// Without it: samconfig.toml, samconfig.yaml or samconfig.yml in that folder, if there is one.
    #[arg(long, value_name = "FILE", hide_short_help = true, help_heading = "Samconfig")]
    pub config_file: Option<PathBuf>,
    /// Environment of the samconfig [default: default]
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new(), help_heading = "Samconfig")]
    pub config_env: Option<String>,

    #[command(flatten)]
    pub aws: AwsArguments,

    /// List what would be uploaded, without any network
    #[arg(long, help_heading = "Report")]
    pub dry_run: bool,
    /// File to write a JSON list of every artifact to
    #[arg(long, value_name = "FILE", help_heading = "Report")]
    pub manifest: Option<PathBuf>,
    #[command(flatten)]
    pub report: ReportArguments,
    #[command(flatten)]
    pub results: ResultArguments,
}

fn template_help() -> String {
    let names = DEFAULT_TEMPLATES.join(", ");
    format!("Template to package; - for standard input\n\nWithout it: the first that exists of {names}")
}
