//! The options on how a template is found and packaged, which several commands have.

use super::values::{self, Sse};
use crate::package::{DigestRule, SymlinkRule};
use clap::builder::NonEmptyStringValueParser;
use std::path::PathBuf;

/// The names that are tried if no template is named, in the order of `sam`.
pub const DEFAULT_TEMPLATES: [&str; 4] =
    [".aws-sam/build/template.yaml", "template.yaml", "template.yml", "template.json"];

/// Which template is packaged.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Template")]
pub struct TemplateArguments {
    /// Template to package; - for standard input
    #[arg(long, short, value_name = "FILE", long_help = template_help())]
    pub template_file: Option<PathBuf>,
}

/// How the packaged template is written.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Template")]
pub struct PackagedTextArguments {
    /// Write the packaged template as JSON
    #[arg(long, hide_short_help = true)]
    pub use_json: bool,
    /// Keep the text of the template, also where JSON would be safer
    ///
    /// Without it, a packaged template of more than 51,200 bytes is written as compact JSON if that brings it under this
    /// limit of CloudFormation, or if it is not ASCII.
    #[arg(long, hide_short_help = true)]
    pub keep_text: bool,
    /// Add each resource's logical id as Metadata.SamResourceId, as sam does
    #[arg(long, hide_short_help = true)]
    pub sam_resource_id: bool,
    /// Accepted for compatibility: Fn::ForEach is always understood
    #[arg(long)]
    pub language_extensions: bool,
}

/// Where objects go and how they are stored.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Upload")]
pub struct UploadArguments {
    /// Bucket to upload to; auto for the pipeline's artifact bucket
    ///
    /// auto works in a CodeBuild build that a pipeline runs.
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub s3_bucket: Option<String>,
    /// Upload to sam's managed bucket, which is made if absent
    ///
    /// It belongs to the stack aws-sam-cli-managed-default. --no-resolve-s3 overrides a samconfig.
    #[arg(long)]
    pub resolve_s3: bool,
    /// Folder in the bucket, such as my-app
    #[arg(long, value_name = "PREFIX", value_parser = values::prefix)]
    pub s3_prefix: Option<String>,
    /// KMS key for the uploaded objects: id, ARN or alias
    ///
    /// Without --sse it means --sse kms.
    #[arg(long, value_name = "KEY", value_parser = NonEmptyStringValueParser::new(), hide_short_help = true)]
    pub kms_key_id: Option<String>,
    /// Encryption of the uploaded objects [default: aes256, or kms with --kms-key-id]
    #[arg(long, value_name = "MODE", hide_short_help = true)]
    pub sse: Option<Sse>,
    /// Metadata for the uploaded objects: k=v,k2=v2 or a JSON object
    #[arg(long, value_name = "MAP", hide_short_help = true)]
    pub metadata: Option<String>,
    /// Upload also what is in the bucket already
    #[arg(long, hide_short_help = true)]
    pub force_upload: bool,
    /// Account that must own the bucket: 12 digits
    #[arg(long, value_name = "ACCOUNT", value_parser = values::account, hide_short_help = true)]
    pub expected_bucket_owner: Option<String>,
}

/// How archives are made.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Archives")]
pub struct ArchiveArguments {
    /// What names an archive: sam for the MD5 that sam uses, sha256 to cover file modes too
    #[arg(long, value_name = "RULE", value_enum, default_value_t, hide_short_help = true)]
    pub digest: DigestRule,
    /// Symbolic links: archive what they point at, keep them, or refuse them
    #[arg(long, value_name = "RULE", value_enum, default_value_t, hide_short_help = true)]
    pub symlinks: SymlinkRule,
}

/// Which samconfig is read.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Samconfig")]
pub struct SamconfigArguments {
    /// Samconfig to read; a relative path starts at the folder of --template-file
    ///
    /// Without it: samconfig.toml, samconfig.yaml or samconfig.yml in that folder, if there is one.
    #[arg(long, value_name = "FILE", hide_short_help = true)]
    pub config_file: Option<PathBuf>,
    /// Environment of the samconfig [default: default]
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub config_env: Option<String>,
}

fn template_help() -> String {
    let names = DEFAULT_TEMPLATES.join(", ");
    format!("Template to package; - for standard input\n\nWithout it: the first that exists of {names}")
}
