//! The settings of `doctor`.

use super::aws::{AwsSettings, Encryption};
use super::bucket::{self, BucketChoice};
use super::effective::below;
use super::kept;
use super::package::{Resolved, encryption};
use super::source::Line;
use crate::cli::DoctorArguments;
use crate::facts::{Environment, Failure};
use std::path::PathBuf;

/// What is checked.
#[derive(Debug, Clone, Default)]
pub struct DoctorSettings {
    pub aws: AwsSettings,
    pub bucket: Option<BucketChoice>,
    pub prefix: Option<String>,
    pub encryption: Option<Encryption>,
    pub expected_bucket_owner: Option<String>,
    /// The samconfig that was read.
    pub samconfig: Option<PathBuf>,
}

impl DoctorSettings {
    /// Puts the values of all sources together.
    pub fn resolve(line: &Line<'_>, environment: &Environment) -> Result<Resolved<Self>, Failure> {
        let below = below(line, environment)?;
        let (arguments, _) = line.typed.merge::<DoctorArguments>(&below.given)?;
        let secrets = arguments.aws.external_id.clone().into_iter().collect();
        let settings = Self {
            bucket: BucketChoice::choose(arguments.s3_bucket.as_deref(), arguments.resolve_s3, None, environment)?,
            prefix: arguments.s3_prefix.as_deref().and_then(bucket::prefix),
            encryption: encryption(arguments.sse, arguments.kms_key_id)?,
            expected_bucket_owner: arguments.expected_bucket_owner,
            samconfig: below.samconfig,
            aws: AwsSettings::from(arguments.aws),
        };
        let report = arguments.report.settings(&arguments.results);
        let written: Vec<_> = report.files.iter().cloned().collect();
        kept::check_sources(&written, settings.samconfig.as_deref(), &[], &settings.aws)?;
        Ok(Resolved { settings, report, secrets, warnings: below.warnings })
    }
}
