//! What can go wrong between an archive and its object.

use crate::failure::{Explain, FailureKind};
use crate::package::archive::WriteError;
use crate::s3_location::S3Location;
use crate::service_error::ServiceError;
use std::path::{Path, PathBuf};

/// Why something did not get into the store.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    /// It could not be found out whether the object is there.
    #[error("cannot look up {location} for {}", .path.display())]
    Lookup {
        /// The object.
        location: S3Location,
        /// What it is made of.
        path: PathBuf,
        /// How the store answered.
        source: ServiceError,
    },
    /// The object could not be written.
    #[error("cannot upload {} to {location}", .path.display())]
    Upload {
        /// The object.
        location: S3Location,
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
    pub(super) fn lookup(location: &S3Location, path: &Path, source: ServiceError) -> Self {
        Self::Lookup { location: location.clone(), path: path.to_path_buf(), source }
    }

    pub(super) fn upload(location: &S3Location, path: &Path, source: ServiceError) -> Self {
        Self::Upload { location: location.clone(), path: path.to_path_buf(), source }
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
