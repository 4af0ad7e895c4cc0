//! The operations: one match arm each.

use super::advance::{Advance, State, World};
use super::cloud::Cloud;
use super::deploy::DeployRun;
use super::{package, publish};
use crate::facts::{Failure, Made};
use crate::settings::{DeploySettings, PackageSettings, PublishSettings};

/// What a run does, with everything that it was asked for.
#[derive(Debug, Clone, PartialEq)]
pub enum Operation {
    Package(Box<PackageSettings>),
    Deploy(Box<DeploySettings>),
    Publish(Box<PublishSettings>),
}

/// An operation in this process, with what it read once.
pub enum Run<'a, C: Cloud> {
    Package { settings: &'a PackageSettings, world: &'a World<'a, C> },
    Deploy(Box<DeployRun<'a, C>>),
    Publish { settings: &'a PublishSettings, world: &'a World<'a, C> },
}

impl Operation {
    /// Begins or continues it in this process.
    pub fn run<'a, C: Cloud>(&'a self, world: &'a World<'a, C>) -> Run<'a, C> {
        match self {
            Self::Package(settings) => Run::Package { settings, world },
            Self::Deploy(settings) => Run::Deploy(Box::new(DeployRun::new(settings, world))),
            Self::Publish(settings) => Run::Publish { settings, world },
        }
    }
}

impl<C: Cloud> Run<'_, C> {
    /// Works until the operation is done or has to wait. `state` is that of the `Pending` before, if there was one.
    pub async fn advance(&self, state: Option<State>) -> Result<Advance, Failure> {
        match self {
            Self::Package { settings, world } => package::advance(settings, world, state).await,
            Self::Deploy(run) => run.advance(state).await,
            Self::Publish { settings, world } => publish::advance(settings, world, state).await,
        }
    }

    /// What can be written of an operation that waits, for a driver that leaves it.
    pub fn files_so_far(&self) -> Vec<Made> {
        match self {
            Self::Package { .. } | Self::Publish { .. } => Vec::new(),
            Self::Deploy(run) => run.files_so_far(),
        }
    }
}
