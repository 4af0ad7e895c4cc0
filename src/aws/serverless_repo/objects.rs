//! Objects that a template names, under the host's role.

use crate::aws::S3Store;
use crate::aws::errors::{Call, root_cause};
use crate::facts::{Reason, S3Location, ServiceError};
use crate::package::ObjectStore;
use crate::publish::NamedObjects;

impl NamedObjects for S3Store {
    async fn size(&self, location: &S3Location) -> Result<Option<u64>, ServiceError> {
        Ok(self.head(location).await?.map(|stored| stored.bytes))
    }

    async fn read(&self, location: &S3Location, limit: usize) -> Result<Vec<u8>, ServiceError> {
        let mut object = self.get(location).await?;
        let call = || Call::new("s3:GetObject", location.to_string());
        let mut bytes = Vec::new();
        loop {
            match object.body.try_next().await {
                Ok(Some(more)) => bytes.extend_from_slice(&more),
                Ok(None) => return Ok(bytes),
                Err(error) => return Err(call().interrupted(Reason::Network, root_cause(&error))),
            }
            if bytes.len() > limit {
                return Err(call().interrupted(Reason::Rejected, format!("it has more than {limit} bytes")));
            }
        }
    }
}
