//! Where the things are that a template refers to.

use crate::facts::{S3Endpoint, S3Location};
use crate::package::plan::Item;

/// The locations for one destination.
pub trait Locations {
    fn location(&self, item: &Item) -> S3Location;

    /// The endpoint from which CloudFormation fetches.
    fn endpoint(&self) -> &S3Endpoint;
}
