//! What a run publishes in the Serverless Application Repository.

/// How a run that publishes ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publication {
    /// ARN of the application.
    pub application: String,
    /// The semantic version that was asked for.
    pub version: Option<String>,
    pub change: PublishedChange,
    /// The writes, in their order.
    pub steps: Vec<PublishStep>,
    /// Page of the application in the console.
    pub console: Option<String>,
    /// Whether everybody may deploy it. Any other application works in its region only.
    pub is_public: bool,
}

/// What a run changed in the repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PublishedChange {
    /// The application is new.
    Created,
    /// The application has a new version, new metadata or a new policy.
    Updated,
    Unchanged,
}

impl PublishedChange {
    /// Its name in outputs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Unchanged => "unchanged",
        }
    }
}

/// A write to the repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PublishStep {
    CreateApplication {
        version: String,
    },
    CreateVersion {
        version: String,
    },
    UpdateMetadata {
        /// The keys that change.
        keys: Vec<&'static str>,
    },
    /// The application's policy is set.
    Share {
        /// Whom the statements of this program name, in words.
        with: Vec<String>,
    },
}

impl PublishStep {
    /// What it does, as the object of a sentence: `version 1.2.0`.
    pub fn thing(&self) -> String {
        match self {
            Self::CreateApplication { version } => format!("the application with version {version}"),
            Self::CreateVersion { version } => format!("version {version}"),
            Self::UpdateMetadata { keys } => format!("the metadata ({})", keys.join(", ")),
            Self::Share { with } if with.is_empty() => "the end of sharing".to_owned(),
            Self::Share { with } => format!("sharing with {}", with.join(", ")),
        }
    }
}
