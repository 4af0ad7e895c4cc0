//! What is found in a template: properties, where their new values go, and what they name.

use super::discover_error::DiscoverError;
use super::loops::Loop;
use super::parameters::{Parameter, Passed};
use super::properties::Property;
use super::rounds::NamedInRound;
use crate::facts::{S3Location, Warning};
use crate::template::NodeId;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// A property that has to be rewritten.
#[derive(Debug)]
pub struct Found {
    /// The resource, or the section that stands for one.
    pub logical_id: String,
    /// Keys below `Properties`, with dots between.
    pub property: String,
    /// Where the new value goes.
    pub slot: Slot,
    /// The row of the table.
    pub row: &'static Property,
    /// What it names.
    pub names: Named,
    /// Where it stands, or what it is missing from.
    pub near: NodeId,
    /// What is passed to the parameters of the template that it names.
    pub passed: Passed,
}

/// Where a new value goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Slot {
    /// In place of a value.
    Value(NodeId),
    /// Under new keys, each below the one before, of a mapping.
    NewKeys(NodeId, Vec<String>),
}

impl Slot {
    /// The node that is rewritten or added to.
    pub fn node(&self) -> NodeId {
        match self {
            Self::Value(node) | Self::NewKeys(node, _) => *node,
        }
    }
}

/// What a property names.
#[derive(Debug, PartialEq, Eq)]
pub enum Named {
    /// A path.
    Path(PathBuf),
    /// An object in S3.
    Object(S3Location),
    /// A path in some round at least of the loops around the resource.
    PathPerRound {
        /// The loops whose variables the value uses, outermost first.
        loops: Vec<Loop>,
        /// The values of their variables, and what is named.
        rounds: Vec<NamedInRound>,
    },
}

/// What a value names in one round of loops.
#[derive(Debug, PartialEq, Eq)]
pub enum Spot {
    /// A path.
    Path(PathBuf),
    /// An object in S3.
    Object(S3Location),
}

/// All that one template holds.
#[derive(Debug, Default)]
pub struct Discovery {
    /// What has to be rewritten, in the order of the text.
    pub found: Vec<Found>,
    /// The parameters whose values decided what was found.
    pub consulted: BTreeSet<Parameter>,
    /// What is wrong.
    pub errors: Vec<DiscoverError>,
    /// What is likely not meant.
    pub warnings: Vec<Warning>,
}
