//! A value for a flag that was not typed, and its source.

use super::flag::Flag;
use crate::facts::Place;
use std::fmt;
use std::path::PathBuf;

/// A value for a flag that was not typed.
#[derive(Clone, PartialEq, Eq)]
pub struct Given {
    pub flag: &'static Flag,
    /// As it would be typed; `true` or `false` for a switch.
    pub value: String,
    pub origin: Origin,
}

/// The source of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// An option of the worker that fixes a value for all jobs.
    Operator,
    /// A property of the action, by its name.
    Property(String),
    Variable(String),
    Samconfig {
        path: PathBuf,
        /// The section of the environment: of the command, or `global`.
        section: String,
        key: String,
        place: Option<Place>,
    },
}

/// A value may be a secret.
impl fmt::Debug for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "--{} by {}", self.flag.long, self.origin)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Operator => f.write_str("the operator"),
            Self::Property(name) | Self::Variable(name) => f.write_str(name),
            Self::Samconfig { path, section, key, .. } => write!(f, "{key} of {section} in {}", path.display()),
        }
    }
}

impl Origin {
    /// Whether two sources have the same rank, so that contradictions between them are errors.
    pub fn is_level_with(&self, other: &Self) -> bool {
        self.rank() == other.rank()
    }

    fn rank(&self) -> (u8, &str) {
        match self {
            Self::Operator => (0, ""),
            Self::Property(_) => (1, ""),
            Self::Variable(_) => (2, ""),
            Self::Samconfig { section, .. } => (3, section),
        }
    }
}
