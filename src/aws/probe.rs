//! The checks of `samstep doctor`, as calls that write nothing.

use super::errors::Call;
use super::{S3Store, endpoint, load};
use crate::doctor::{BucketFacts, Identity, Probe};
use crate::facts::{Failure, Reason, S3Endpoint, S3Location, ServiceError};
use crate::package::ObjectStore;
use crate::settings::{AwsSettings, ObjectSettings};
use aws_config::SdkConfig;
use aws_sdk_s3::config::interceptors::BeforeDeserializationInterceptorContextRef;
use aws_sdk_s3::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_s3::error::BoxError;
use aws_sdk_s3::primitives::{DateTime, DateTimeFormat};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};

/// AWS as the settings of a run reach it.
pub struct AwsProbe {
    config: SdkConfig,
    endpoint: S3Endpoint,
    store: S3Store,
}

impl AwsProbe {
    /// Clients for the settings. Makes no call.
    pub async fn new(settings: &AwsSettings) -> Result<Self, Failure> {
        let config = load(settings).await?;
        let endpoint = endpoint::resolve(&config).await?;
        Ok(Self { store: S3Store::new(&config, &ObjectSettings::default()), endpoint, config })
    }
}

impl Probe for AwsProbe {
    fn region(&self) -> Option<String> {
        self.config.region().map(ToString::to_string)
    }

    fn endpoint(&self) -> String {
        self.endpoint.to_string()
    }

    async fn identity(&self) -> Result<Identity, ServiceError> {
        let clock = ServiceClock::default();
        let client = aws_sdk_sts::Client::new(&self.config);
        let request = client.get_caller_identity().customize().interceptor(clock.clone());
        let call = Call::new("sts:GetCallerIdentity", "the credentials");
        let identity = request.send().await.map_err(|error| call.failed(error))?;
        Ok(Identity {
            account: identity.account.unwrap_or_default(),
            arn: identity.arn.unwrap_or_default(),
            clock_offset: clock.0.get().copied(),
        })
    }

    async fn bucket(&self, name: &str, owner: Option<&str>) -> Result<BucketFacts, ServiceError> {
        let request = self.store.client.head_bucket().bucket(name).set_expected_bucket_owner(owner.map(str::to_owned));
        let found = request.send().await.map_err(|error| Call::new("s3:ListBucket", name).failed(error))?;
        Ok(BucketFacts { region: found.bucket_region })
    }

    async fn versioning(&self, name: &str) -> Result<bool, ServiceError> {
        let request = self.store.client.get_bucket_versioning().bucket(name);
        let found = request.send().await.map_err(|error| Call::new("s3:GetBucketVersioning", name).failed(error))?;
        Ok(found.status.is_some_and(|status| status.as_str() == "Enabled"))
    }

    async fn encryption(&self, name: &str) -> Result<String, ServiceError> {
        let call = Call::new("s3:GetEncryptionConfiguration", name);
        let request = self.store.client.get_bucket_encryption().bucket(name);
        let found = request.send().await.map_err(|error| call.failed(error))?;
        let rules = found.server_side_encryption_configuration.map(|it| it.rules).unwrap_or_default();
        let default = rules.into_iter().find_map(|rule| rule.apply_server_side_encryption_by_default);
        Ok(default.map_or_else(
            || "AES256".to_owned(),
            |default| {
                let algorithm = default.sse_algorithm.as_str().to_owned();
                default.kms_master_key_id.map_or(algorithm.clone(), |key| format!("{algorithm} with {key}"))
            },
        ))
    }

    async fn object(&self, bucket: &str, prefix: Option<&str>) -> Result<(), ServiceError> {
        const ABSENT: &str = "samstep-doctor-looks-for-an-object-that-does-not-exist";
        let key = prefix.map_or_else(|| ABSENT.to_owned(), |prefix| format!("{prefix}/{ABSENT}"));
        self.store.head(&S3Location::new(bucket, key)).await.map(drop)
    }

    async fn key(&self, id: &str) -> Result<(), ServiceError> {
        let client = aws_sdk_kms::Client::new(&self.config);
        let request =
            client.generate_data_key().key_id(id).key_spec(aws_sdk_kms::types::DataKeySpec::Aes256).dry_run(true);
        match request.send().await {
            Ok(_) => Ok(()),
            Err(error) => match Call::new("kms:GenerateDataKey", id).failed(error) {
                // The response to a dry run that would succeed (KMS API, `DryRunOperationException`).
                done if done.code.as_deref() == Some("DryRunOperationException") => Ok(()),
                refused if refused.code.as_deref() == Some("NotFoundException") => {
                    Err(ServiceError { reason: Reason::NotFound, ..refused })
                }
                refused => Err(refused),
            },
        }
    }
}

/// Compares the `Date` of a response with the clock of this machine.
#[derive(Debug, Clone, Default)]
struct ServiceClock(Arc<OnceLock<Duration>>);

impl Intercept for ServiceClock {
    fn name(&self) -> &'static str {
        "service clock"
    }

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let date = context.response().headers().get("date");
        if let Some(date) = date.and_then(|date| DateTime::from_str(date, DateTimeFormat::HttpDate).ok()) {
            let apart = (date.as_secs_f64() - DateTime::from(SystemTime::now()).as_secs_f64()).abs();
            let _ = self.0.set(Duration::from_secs_f64(apart));
        }
        Ok(())
    }
}
