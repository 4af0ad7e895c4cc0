//! What discovery finds: properties, where their new values go, and what they refer to.

use super::loops::Loop;
use super::parameter::Parameter;
use super::passed::Passed;
use super::properties::Property;
use crate::facts::{Failure, S3Location, Warning};
use crate::template::NodeId;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

/// A property that has to be rewritten.
#[derive(Debug)]
pub struct Found {
    /// The resource, or the section that takes its place.
    pub logical_id: String,
    pub row: &'static Property,
    pub slot: Slot,
    pub refers_to: ByRound<Referent>,
    /// The value, or the mapping that it is missing from.
    pub near: NodeId,
    /// What is passed to the parameters of the template that it refers to.
    pub passed: Passed,
}

/// Where a new value goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Slot {
    /// In place of a value.
    Value(NodeId),
    /// Under new keys of a mapping, each below the one before.
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

/// A value, or one for each round of the loops that it depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ByRound<T> {
    Fixed(T),
    PerRound {
        /// The loops whose variables are used, outermost first.
        loops: Vec<Arc<Loop>>,
        /// The values of the variables, and the value.
        rounds: Vec<(Vec<String>, T)>,
    },
}

impl<T> ByRound<T> {
    /// The value of each round.
    pub fn all(&self) -> impl Iterator<Item = &T> {
        let (fixed, rounds) = match self {
            Self::Fixed(value) => (Some(value), [].as_slice()),
            Self::PerRound { rounds, .. } => (None, rounds.as_slice()),
        };
        fixed.into_iter().chain(rounds.iter().map(|(_, value)| value))
    }

    /// The same with each value changed; all are, even if one of them gives `None`.
    pub fn try_map<U>(&self, mut change: impl FnMut(&T) -> Option<U>) -> Option<ByRound<U>> {
        match self {
            Self::Fixed(value) => Some(ByRound::Fixed(change(value)?)),
            Self::PerRound { loops, rounds } => {
                let rounds: Vec<_> =
                    rounds.iter().map(|(values, value)| Some((values.clone(), change(value)?))).collect();
                Some(ByRound::PerRound { loops: loops.clone(), rounds: rounds.into_iter().collect::<Option<_>>()? })
            }
        }
    }
}

/// What a property refers to.
#[derive(Debug, PartialEq, Eq)]
pub enum Referent {
    Path {
        path: PathBuf,
        /// The path as the template has it.
        text: String,
    },
    Object(S3Location),
}

/// A property that names an object in S3.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// The property, such as `Function.CodeUri`.
    pub property: String,
    pub location: S3Location,
    pub node: NodeId,
}

/// All that one template holds.
#[derive(Debug, Default)]
pub struct Discovery {
    /// In the order of the text.
    pub found: Vec<Found>,
    /// Objects in S3 that properties name, whatever the spelling.
    pub objects: Vec<Stored>,
    /// The parameters whose values decided what was found.
    pub consulted: BTreeSet<Arc<Parameter>>,
    pub failures: Vec<Failure>,
    pub warnings: Vec<Warning>,
}
