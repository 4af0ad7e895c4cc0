//! What an action asks for: one match arm for each operation.

use super::context::{ActionHost, InputFiles};
use super::deploy::DeployRequest;
use super::package::PackageRequest;
use super::publish::PublishRequest;
use crate::facts::{Failure, Redactor};
use crate::operation::Operation;
use crate::settings::Resolved;

/// What an action asks for, checked as far as that is possible without its input artifacts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    Package(PackageRequest),
    Deploy(DeployRequest),
    Publish(PublishRequest),
}

impl Request {
    /// Completes the request with the input artifacts: everything that the operation needs, checked.
    pub fn resolve(
        &self,
        inputs: &impl InputFiles,
        host: &ActionHost<'_>,
        redactor: &Redactor,
    ) -> Result<Resolved<Operation>, Failure> {
        match self {
            Self::Package(request) => {
                let resolved = request.resolve(inputs, host)?;
                redactor.hide(resolved.settings.aws.external_id.clone());
                Ok(resolved.map(|settings| Operation::Package(Box::new(settings))))
            }
            Self::Deploy(request) => {
                let resolved = request.resolve(inputs, host)?;
                redactor.hide(resolved.settings.aws.external_id.clone());
                Ok(resolved.map(|settings| Operation::Deploy(Box::new(settings))))
            }
            Self::Publish(request) => {
                let resolved = request.resolve(inputs, host)?;
                redactor.hide(resolved.settings.aws.external_id.clone());
                Ok(resolved.map(|settings| Operation::Publish(Box::new(settings))))
            }
        }
    }
}
