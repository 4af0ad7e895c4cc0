//! The options of `samstep package`.

use super::aws::AwsArguments;
use super::packaging::{
    ArchiveArguments, PackagedTextArguments, SamconfigArguments, TemplateArguments, UploadArguments,
};
use super::report::{ReportArguments, ResultArguments};
use super::target::TargetArgument;
use clap::ArgAction::Append;
use clap::builder::NonEmptyStringValueParser;
use std::path::PathBuf;

/// The options of `samstep package`, from all sources.
#[derive(Debug, Clone, clap::Args)]
pub struct PackageArguments {
    #[command(flatten)]
    pub template: TemplateArguments,
    /// File to write the packaged template to [default: standard output]
    #[arg(long, value_name = "FILE", help_heading = "Template")]
    pub output_template_file: Option<PathBuf>,
    #[command(flatten)]
    pub text: PackagedTextArguments,
    #[command(flatten)]
    pub upload: UploadArguments,

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

    #[command(flatten)]
    pub archives: ArchiveArguments,
    #[command(flatten)]
    pub samconfig: SamconfigArguments,
    #[command(flatten)]
    pub aws: AwsArguments,

    /// List what would be uploaded, without any network
    #[arg(long, help_heading = "Report")]
    pub dry_run: bool,
    /// File for all artifacts and the digests of the templates, as JSON
    #[arg(long, value_name = "FILE", help_heading = "Report")]
    pub manifest: Option<PathBuf>,
    #[command(flatten)]
    pub report: ReportArguments,
    #[command(flatten)]
    pub results: ResultArguments,
}
