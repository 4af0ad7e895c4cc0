//! What can be wrong with a template configuration. No message holds the value of a parameter: it may be a secret.

use crate::facts::{Explain, FailureKind, Place};
use std::fmt;
use std::path::PathBuf;

/// How many allowed values an advice lists.
const LISTED: usize = 10;

/// Why a template configuration cannot be used. All are the user's to mend.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateConfigurationError {
    /// Not JSON, or not of the shape that CodePipeline takes.
    #[error("{message}")]
    Shape {
        /// What is wrong.
        message: String,
        /// Where.
        place: Option<Place>,
    },
    /// More than a stack can have.
    #[error("the template configuration has {count} {what}; CloudFormation takes at most {limit}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many.
        count: usize,
        /// The limit.
        limit: usize,
        /// Where.
        place: Option<Place>,
    },
    /// A parameter that is not the template's.
    #[error("the template declares no parameter {name}{origin}")]
    Undeclared {
        /// The name.
        name: String,
        /// The nearest name that is declared.
        nearest: Option<String>,
        /// Where it comes from, when there is no place.
        origin: Origin,
        /// Where.
        place: Option<Place>,
    },
    /// A value that the declaration of its parameter rules out.
    #[error("the value of the parameter {name} {fault}{origin}")]
    Value {
        /// The parameter.
        name: String,
        /// What is wrong with its value.
        fault: ValueFault,
        /// Where it comes from, when there is no place.
        origin: Origin,
        /// Where.
        place: Option<Place>,
    },
    /// A tag that CloudFormation refuses.
    #[error("the tag {key:?} {problem}{origin}")]
    Tag {
        /// Its key.
        key: String,
        /// What is wrong with it.
        problem: &'static str,
        /// Where it comes from, when there is no place.
        origin: Origin,
        /// Where.
        place: Option<Place>,
    },
    /// A stack policy that CloudFormation refuses.
    #[error("the stack policy has {bytes} bytes; CloudFormation takes at most {limit}")]
    StackPolicy {
        /// Its length.
        bytes: usize,
        /// The limit.
        limit: usize,
        /// Where.
        place: Option<Place>,
    },
    /// A value of a samconfig that cannot be read without loss.
    #[error("{key}: {problem}")]
    Deploy {
        /// The key, with its file where there is no place.
        key: String,
        /// What is wrong.
        problem: String,
        /// How to mend it.
        advice: &'static str,
        /// Where.
        place: Option<Place>,
    },
}

/// What a message ends with where no place can be told: the key and the file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin(pub Option<(&'static str, PathBuf)>);

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_ref().map_or(Ok(()), |(key, file)| write!(f, " ({key} of {})", file.display()))
    }
}

/// What is wrong with a value, without the value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ValueFault {
    /// None of these.
    NotAllowed(Vec<String>),
    /// No number.
    NotANumber,
    /// Something in the list is no number.
    NotNumbers,
    /// Fewer characters than this.
    TooShort(u64),
    /// More characters than this.
    TooLong(u64),
    /// A number below this, as the template writes it.
    TooSmall(String),
    /// A number above this, as the template writes it.
    TooLarge(String),
    /// More bytes than CloudFormation takes.
    TooManyBytes {
        /// Its bytes.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
}

impl fmt::Display for ValueFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAllowed(_) => f.write_str("is none of its AllowedValues"),
            Self::NotANumber => f.write_str("is not a number"),
            Self::NotNumbers => f.write_str("is not a list of numbers"),
            Self::TooShort(limit) => write!(f, "is shorter than its MinLength of {limit}"),
            Self::TooLong(limit) => write!(f, "is longer than its MaxLength of {limit}"),
            Self::TooSmall(limit) => write!(f, "is less than its MinValue of {limit}"),
            Self::TooLarge(limit) => write!(f, "is more than its MaxValue of {limit}"),
            Self::TooManyBytes { bytes, limit } => {
                write!(f, "has {bytes} bytes; CloudFormation takes at most {limit}")
            }
        }
    }
}

impl ValueFault {
    fn hint(&self) -> Option<String> {
        match self {
            Self::NotAllowed(allowed) => {
                let listed = allowed.iter().take(LISTED).cloned().collect::<Vec<_>>().join(", ");
                let more = if allowed.len() > LISTED { " and others" } else { "" };
                Some(format!("the template allows {listed}{more}"))
            }
            Self::NotNumbers => Some("write numbers with commas between".to_owned()),
            Self::NotANumber
            | Self::TooShort(_)
            | Self::TooLong(_)
            | Self::TooSmall(_)
            | Self::TooLarge(_)
            | Self::TooManyBytes { .. } => None,
        }
    }
}

impl Explain for TemplateConfigurationError {
    fn kind(&self) -> FailureKind {
        FailureKind::Usage
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Shape { .. } => Some(
                r#"write it as {"Parameters": {"Name": "text"}, "Tags": {"name": "text"}, "StackPolicy": {"Statement": []}}"#
                    .to_owned(),
            ),
            Self::Undeclared { nearest, .. } => Some(match nearest {
                Some(nearest) => format!("the nearest is {nearest}"),
                None => "declare it in the template, or take it out".to_owned(),
            }),
            Self::Value { fault, .. } => fault.hint(),
            Self::Deploy { advice, .. } => Some((*advice).to_owned()),
            Self::TooMany { .. } | Self::Tag { .. } | Self::StackPolicy { .. } => None,
        }
    }

    fn place(&self) -> Option<&Place> {
        match self {
            Self::Shape { place, .. }
            | Self::TooMany { place, .. }
            | Self::Undeclared { place, .. }
            | Self::Value { place, .. }
            | Self::Tag { place, .. }
            | Self::StackPolicy { place, .. }
            | Self::Deploy { place, .. } => place.as_ref(),
        }
    }
}
