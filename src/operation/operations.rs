//! The operations: one match arm each.

use super::advance::{Advance, State, World};
use super::cloud::Cloud;
use super::package;
use crate::facts::Failure;
use crate::settings::PackageSettings;

/// What a run does, with everything that it was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operation {
    Package(Box<PackageSettings>),
}

impl Operation {
    /// Works until the operation is done or has to wait. `state` is that of the `Pending` before, if there was one.
    pub async fn advance<C: Cloud>(&self, world: &World<'_, C>, state: Option<State>) -> Result<Advance, Failure> {
        match self {
            Self::Package(settings) => package::advance(settings, world, state).await,
        }
    }
}
