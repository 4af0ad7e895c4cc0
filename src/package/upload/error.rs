//! What can go wrong between an archive and its object.

use crate::facts::{Explain, FailureKind, ServiceError};
use crate::package::archive::WriteError;
use std::path::{Path, PathBuf};

/// Why something did not get into the store.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    /// It could not be found out whether the object is there.
    #[error("cannot tell whether {} is in the bucket already", .path.display())]
    Lookup {
        /// What it is made of.
        path: PathBuf,
        /// How the store answered.
        source: ServiceError,
    },
    /// The object could not be written.
    #[error("cannot upload {}", .path.display())]
    Upload {
        /// What it is made of.
        path: PathBuf,
        /// How the store answered.
        source: ServiceError,
    },
    /// The bytes of an archive could not be made.
    #[error(transparent)]
    Write(#[from] WriteError),
}

impl UploadError {
    pub(super) fn lookup(path: &Path, source: ServiceError) -> Self {
        Self::Lookup { path: path.to_path_buf(), source }
    }

    pub(super) fn upload(path: &Path, source: ServiceError) -> Self {
        Self::Upload { path: path.to_path_buf(), source }
    }
}

impl Explain for UploadError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::Lookup { source, .. } | Self::Upload { source, .. } => source.kind(),
            Self::Write(error) => error.kind(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Lookup { source, .. } | Self::Upload { source, .. } => source.hint(),
            Self::Write(error) => error.hint(),
        }
    }
}
