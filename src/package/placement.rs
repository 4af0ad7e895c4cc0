//! Where the objects of a packaged template go.

use super::plan::Item;
use super::rewrite::Locations;
use super::upload::Upload;
use crate::facts::{S3Endpoint, S3Location};

/// Where a packaged template's objects go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// The name of the target, if the run has named ones.
    pub target: Option<String>,
    /// `None` while the name of the managed bucket is not known.
    pub bucket: Option<String>,
    /// The prefix of each key, without a slash at either end.
    pub prefix: Option<String>,
    /// The endpoint from which CloudFormation fetches.
    pub endpoint: S3Endpoint,
}

impl Destination {
    /// The location of an object of this name.
    pub fn location(&self, name: &str) -> S3Location {
        let key = self.prefix.as_ref().map_or_else(|| name.to_owned(), |prefix| format!("{prefix}/{name}"));
        S3Location::new(self.bucket.as_deref().unwrap_or_default(), key)
    }
}

/// Where each source and nested template is, for one destination.
pub struct Placement<'d> {
    pub destination: &'d Destination,
    /// In the order of the plan.
    pub sources: Vec<Upload>,
    /// In the order of the plan.
    pub templates: Vec<Upload>,
}

impl<'d> Placement<'d> {
    /// A placement of nothing yet.
    pub fn new(destination: &'d Destination) -> Self {
        Self { destination, sources: Vec::new(), templates: Vec::new() }
    }
}

impl Locations for Placement<'_> {
    fn location(&self, item: &Item) -> S3Location {
        match item {
            Item::Source(index) => self.sources[*index].location.clone(),
            // With the version, the parent would change each time that the same text is uploaded again.
            Item::Template(index) => S3Location { version: None, ..self.templates[*index].location.clone() },
            Item::Object(location) => location.clone(),
        }
    }

    fn endpoint(&self) -> &S3Endpoint {
        &self.destination.endpoint
    }
}
