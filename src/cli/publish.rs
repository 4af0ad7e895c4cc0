//! The options of `samstep publish`.

use super::aws::AwsArguments;
use super::packaging::{ArchiveArguments, SamconfigArguments, TemplateArguments, UploadArguments};
use super::report::{ReportArguments, ResultArguments};
use crate::publish::{AccountId, ApplicationId, OrganizationId, SemanticVersion};
use clap::ArgAction::Append;

/// The options of `samstep publish`, from all sources.
#[derive(Debug, Clone, clap::Args)]
pub struct PublishArguments {
    #[command(flatten)]
    pub template: TemplateArguments,
    #[command(flatten)]
    pub application: ApplicationArguments,
    #[command(flatten)]
    pub sharing: SharingArguments,
    #[command(flatten)]
    pub upload: UploadArguments,
    #[command(flatten)]
    pub archives: ArchiveArguments,
    #[command(flatten)]
    pub samconfig: SamconfigArguments,
    #[command(flatten)]
    pub aws: AwsArguments,
    /// Check everything and say what would be written, without a write
    #[arg(long, help_heading = "Report")]
    pub dry_run: bool,
    #[command(flatten)]
    pub report: ReportArguments,
    #[command(flatten)]
    pub results: ResultArguments,
    /// Accepted for compatibility: no configuration file is written
    #[arg(long)]
    pub save_params: bool,
}

/// The application, and its version.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Application")]
pub struct ApplicationArguments {
    /// Version to publish [default: SemanticVersion in the metadata of the template]
    #[arg(long, value_name = "VERSION")]
    pub semantic_version: Option<SemanticVersion>,
    /// Application to publish, which must exist [default: the one that the metadata names, in this account]
    #[arg(long, value_name = "ARN")]
    pub application_id: Option<ApplicationId>,
    /// Leave a version that is published already as it is, and go on
    #[arg(long)]
    pub allow_same_version: bool,
    /// Fail if the version is published already, also with the same template
    #[arg(long, hide_short_help = true)]
    pub fail_on_same_version: bool,
}

/// Who may deploy the application.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Sharing")]
pub struct SharingArguments {
    /// Account that may deploy the application; repeatable
    ///
    /// With this or another option of this group, the statements that earlier runs wrote are replaced. Statements of
    /// others stay.
    #[arg(long, value_name = "ACCOUNT", value_delimiter = ',', num_args = 1.., action = Append)]
    pub share: Vec<AccountId>,
    /// Organization whose accounts may deploy the application; repeatable
    #[arg(long, value_name = "ID", value_delimiter = ',', action = Append)]
    pub share_organization: Vec<OrganizationId>,
    /// Let everybody deploy the application, which needs a version and a licence
    #[arg(long)]
    pub public: bool,
}
