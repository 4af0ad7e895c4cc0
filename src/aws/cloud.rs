//! The host's own role: where code goes.

use super::{S3Store, endpoint, load, managed_bucket};
use crate::failure::Failure;
use crate::s3_location::S3Endpoint;
use crate::settings::PackageSettings;
use crate::step::Cloud;

/// AWS, as the settings of a run say.
pub struct AwsCloud;

impl Cloud for AwsCloud {
    type Objects = S3Store;

    async fn endpoint(&self, settings: &PackageSettings) -> Result<S3Endpoint, Failure> {
        Ok(endpoint::resolve(&load(&settings.aws).await?).await?)
    }

    async fn objects(&self, settings: &PackageSettings) -> Result<S3Store, Failure> {
        Ok(S3Store::new(&load(&settings.aws).await?, &settings.objects).await?)
    }

    async fn managed_bucket(&self, settings: &PackageSettings) -> Result<String, Failure> {
        Ok(managed_bucket(&load(&settings.aws).await?).await?)
    }
}
