//! What is typed after `samstep package`, and the parts that other commands share.

use super::target::TargetArgument;
use super::values::{self, Sse};
use crate::facts::{ColorRule, Form, HostChoice, ReportSettings, ResultFiles, Secret, check_endpoint};
use crate::package::{DigestRule, SymlinkRule};
use clap::builder::NonEmptyStringValueParser;
use std::ffi::OsString;
use std::path::PathBuf;

/// The flags of `samstep package`.
#[derive(Debug, Clone, clap::Args)]
pub struct PackageArguments {
    /// Template to package; - for standard input. SAM_TEMPLATE_FILE names it too
    /// [default: the first of .aws-sam/build/template.yaml, template.yaml, template.yml, template.json]
    #[arg(long, short, alias = "template", value_name = "FILE", help_heading = "Template", verbatim_doc_comment)]
    pub template_file: Option<PathBuf>,
    /// File to write the packaged template to [default: standard output]
    #[arg(long, alias = "output-template", value_name = "FILE", help_heading = "Template")]
    pub output_template_file: Option<PathBuf>,
    /// Write the packaged template as JSON
    #[arg(long, help_heading = "Template")]
    pub use_json: bool,
    /// Add each resource's logical id as Metadata.SamResourceId, as sam does
    #[arg(long, help_heading = "Template")]
    pub sam_resource_id: bool,
    /// Accepted for compatibility: Fn::ForEach is always understood
    #[arg(long, hide = true, help_heading = "Template")]
    pub language_extensions: bool,

    /// Bucket to upload to; auto for the artifact bucket of the pipeline that runs this CodeBuild build
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new(), help_heading = "Upload")]
    pub s3_bucket: Option<String>,
    /// Upload to sam's managed bucket (stack aws-sam-cli-managed-default), made if absent;
    /// --no-resolve-s3 takes it back
    #[arg(long, help_heading = "Upload")]
    pub resolve_s3: bool,
    /// Folder in the bucket, such as my-app
    #[arg(long, value_name = "PREFIX", help_heading = "Upload")]
    pub s3_prefix: Option<String>,
    /// KMS key for the uploaded objects: id, ARN or alias. Means --sse kms
    #[arg(long, value_name = "KEY", value_parser = NonEmptyStringValueParser::new(), help_heading = "Upload")]
    pub kms_key_id: Option<String>,
    /// Encryption of the uploaded objects [default: aes256, or kms with --kms-key-id]
    #[arg(long, value_name = "MODE", help_heading = "Upload")]
    pub sse: Option<Sse>,
    /// Metadata for the uploaded objects: k=v,k2=v2 or a JSON object
    #[arg(long, value_name = "MAP", help_heading = "Upload")]
    pub metadata: Option<String>,
    /// Upload also what is in the bucket already
    #[arg(long, help_heading = "Upload")]
    pub force_upload: bool,
    /// Account that must own the bucket: 12 digits
    #[arg(long, value_name = "ACCOUNT", value_parser = values::account, help_heading = "Upload")]
    pub expected_bucket_owner: Option<String>,

    /// Place to package for in the same pass, such as prod=eu-west-1/my-code/app: its objects go there, and
    /// packaged-NAME.yaml points at them. May be given several times, or with commas between
    #[arg(long, value_name = "NAME=REGION/BUCKET[/PREFIX]", value_delimiter = ',', action = clap::ArgAction::Append, help_heading = "Targets")]
    pub target: Vec<TargetArgument>,
    /// Template configuration of CodePipeline's CloudFormation action (Parameters, Tags, StackPolicy) to check against
    /// the template and write beside the packaged one, as packaged.config.json; without NAME= for every target. A target
    /// without one gets what the samconfig's environment of its name says of sam deploy; NAME= alone is for none
    #[arg(long, value_name = "[NAME=]FILE", value_delimiter = ',', action = clap::ArgAction::Append, value_parser = NonEmptyStringValueParser::new(), help_heading = "Targets")]
    pub template_configuration: Vec<String>,

    /// What names an archive: sam for the MD5 that sam uses, sha256 to cover file modes too
    #[arg(long, value_name = "RULE", value_enum, default_value_t, help_heading = "Archives")]
    pub digest: DigestRule,
    /// Symbolic links: archive what they point at, keep them, or refuse them
    #[arg(long, value_name = "RULE", value_enum, default_value_t, help_heading = "Archives")]
    pub symlinks: SymlinkRule,

    /// Configuration file; a relative path starts at the folder of --template-file
    /// [default: samconfig.toml, samconfig.yaml or samconfig.yml]
    #[arg(long, value_name = "FILE", help_heading = "Configuration file", verbatim_doc_comment)]
    pub config_file: Option<PathBuf>,
    /// Environment of the configuration file [default: default]
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new(), help_heading = "Configuration file")]
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

    /// The words as typed, for reading them again above a configuration file.
    #[arg(skip)]
    pub typed: Vec<OsString>,
}

/// How to reach AWS.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "AWS")]
pub struct AwsArguments {
    /// Region, such as eu-west-1 [default: as the AWS tools find it]
    #[arg(long, value_name = "REGION", value_parser = values::region)]
    pub region: Option<String>,
    /// Profile of the AWS configuration files
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub profile: Option<String>,
    /// Role to assume before anything else
    #[arg(long = "assume-role-arn", value_name = "ARN", value_parser = values::role_arn)]
    pub role_arn: Option<String>,
    /// External id that the role asks for
    #[arg(long, value_name = "ID", value_parser = secret)]
    pub external_id: Option<Secret>,
    /// URL to use in place of AWS endpoints
    #[arg(long, value_name = "URL", value_parser = check_endpoint)]
    pub endpoint_url: Option<String>,
    /// File of certificate authorities to trust (PEM)
    #[arg(long, value_name = "FILE")]
    pub ca_bundle: Option<PathBuf>,
    /// Seconds to wait for a connection; 0 for no limit
    #[arg(long, value_name = "SECONDS", value_parser = values::whole_seconds)]
    pub cli_connect_timeout: Option<u32>,
    /// Seconds to wait for an answer; 0 for no limit
    #[arg(long, value_name = "SECONDS", value_parser = values::whole_seconds)]
    pub cli_read_timeout: Option<u32>,
}

/// How to report.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Report")]
pub struct ReportArguments {
    /// Show neither progress nor a line for each uploaded object
    #[arg(long)]
    pub no_progressbar: bool,
    /// When to colour the report
    #[arg(long, value_name = "WHEN", value_enum, default_value_t)]
    pub color: ColorRule,
    /// Also log what happens inside. SAM_DEBUG=true does the same
    #[arg(long)]
    pub debug: bool,
    /// Who reads the report; auto tells by the host's own variables. Changes words, never what is packaged
    #[arg(long, value_name = "HOST", value_enum, default_value_t)]
    pub host: HostChoice,
}

/// Where the values of a run go that later steps want.
#[derive(Debug, Clone, PartialEq, Eq, Default, clap::Args)]
#[command(next_help_heading = "Results for later steps")]
pub struct ResultArguments {
    /// What standard output carries: text; json for an event a line, also spelled --output json; sh for lines to eval.
    /// With json and sh the packaged template needs --output-template-file
    #[arg(long, alias = "output", value_name = "FORM", value_enum, default_value_t)]
    pub emit: Form,
    /// File for the values as shell assignments (export STEP_UPLOADED='2'), read with `. FILE`
    #[arg(long, value_name = "FILE")]
    pub output_env: Option<PathBuf>,
    /// File for the values as STEP_UPLOADED=2, such as GitLab's artifacts:reports:dotenv
    #[arg(long, value_name = "FILE")]
    pub output_dotenv: Option<PathBuf>,
    /// File for the values as a JSON object: {"Uploaded": "2"}
    #[arg(long, value_name = "FILE")]
    pub output_json: Option<PathBuf>,
    /// File for problems and warnings as test cases of JUnit XML
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
}

impl ResultArguments {
    /// The flags that name a file, each with the file.
    pub fn named(&self) -> impl Iterator<Item = (&'static str, &PathBuf)> {
        let flags = [
            ("--output-env", &self.output_env),
            ("--output-dotenv", &self.output_dotenv),
            ("--output-json", &self.output_json),
            ("--junit", &self.junit),
        ];
        flags.into_iter().filter_map(|(flag, path)| Some((flag, path.as_ref()?)))
    }
}

impl ReportArguments {
    /// The settings of the report, with the files of `results`.
    pub fn settings(&self, results: &ResultArguments) -> ReportSettings {
        let ResultArguments { emit, output_env, output_dotenv, output_json, junit } = results.clone();
        let files = ResultFiles { env: output_env, dotenv: output_dotenv, json: output_json, junit };
        let Self { no_progressbar, color, debug, host } = *self;
        ReportSettings { host, color, form: emit, is_quiet: no_progressbar, debug, files }
    }
}

fn secret(text: &str) -> Result<Secret, String> {
    if text.is_empty() { Err("it is empty".to_owned()) } else { Ok(Secret::new(text)) }
}
