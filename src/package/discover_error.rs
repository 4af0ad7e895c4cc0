//! What can be wrong with a property, said with its place.

use super::loops::MAX_ROUNDS;
use crate::facts::{Explain, FailureKind, Place};

/// What is wrong with a property.
#[derive(Debug, thiserror::Error)]
pub enum DiscoverError {
    /// A section or property has the wrong shape.
    #[error("{what} is not {expected}")]
    Shape {
        /// The thing.
        what: String,
        /// What it should be.
        expected: &'static str,
        /// Where.
        place: Box<Place>,
    },
    /// Neither a path nor a location that the property takes.
    #[error("{what}: {text} is neither a local path nor an object in S3")]
    Unknown {
        /// The property.
        what: String,
        /// Its text.
        text: String,
        /// Where.
        place: Box<Place>,
    },
    /// A path depends on a loop over values that only CloudFormation knows.
    #[error("{what}: {text} depends on {loops}, whose values are not written in the template")]
    UnknownRounds {
        /// The property.
        what: String,
        /// Its text.
        text: String,
        /// The loops.
        loops: String,
        /// Where.
        place: Box<Place>,
    },
    /// A path in one round of a loop, and in another something that cannot stand beside it.
    #[error("{what}: {text} is no local path, as other rounds of its loops name")]
    MixedRounds {
        /// The property.
        what: String,
        /// Its text in the round.
        text: String,
        /// Where.
        place: Box<Place>,
    },
    /// More rounds than a stack can have resources.
    #[error("{what}: {text} stands for {count} paths, more than the {MAX_ROUNDS} resources of a stack")]
    TooManyRounds {
        /// The property.
        what: String,
        /// Its text.
        text: String,
        /// How many rounds the loops make.
        count: usize,
        /// Where.
        place: Box<Place>,
    },
}

impl Explain for DiscoverError {
    fn kind(&self) -> FailureKind {
        FailureKind::Usage
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Shape { .. } => None,
            Self::Unknown { .. } => Some(
                "write a path relative to the template, or s3://bucket/key with the scheme in lower case".to_owned(),
            ),
            Self::MixedRounds { .. } => {
                Some("split the loop, so that all its rounds name one kind of thing".to_owned())
            }
            Self::TooManyRounds { .. } => {
                Some("use fewer loop variables in the path, or split the loops over nested stacks".to_owned())
            }
            Self::UnknownRounds { .. } => Some(
                "write the values as a list of strings, or as text that a parameter has by default or is passed"
                    .to_owned(),
            ),
        }
    }

    fn place(&self) -> Option<&Place> {
        match self {
            Self::Shape { place, .. }
            | Self::Unknown { place, .. }
            | Self::UnknownRounds { place, .. }
            | Self::MixedRounds { place, .. }
            | Self::TooManyRounds { place, .. } => Some(place),
        }
    }

    fn subject(&self) -> Option<String> {
        match self {
            Self::Shape { what, .. }
            | Self::Unknown { what, .. }
            | Self::UnknownRounds { what, .. }
            | Self::MixedRounds { what, .. }
            | Self::TooManyRounds { what, .. } => Some(what.clone()),
        }
    }
}
