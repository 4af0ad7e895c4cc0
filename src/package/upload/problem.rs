//! Why an object did not get into the store.

use crate::facts::{Explain, Failure, ServiceError};
use std::path::Path;

/// The store does not say whether the object is there. `source` is what it is made of.
pub fn lookup_failed(source: &Path, error: &ServiceError) -> Failure {
    explained(format!("cannot tell whether {} is in the bucket already", source.display()), error)
}

/// The object could not be written.
pub fn upload_failed(source: &Path, error: &ServiceError) -> Failure {
    explained(format!("cannot upload {}", source.display()), error)
}

fn explained(message: String, error: &ServiceError) -> Failure {
    let failure = Failure::new(error.kind(), message).because(error);
    match error.hint() {
        Some(hint) => failure.with_hint(hint),
        None => failure,
    }
}
