//! Where the objects of a packaged template go.

use super::plan::Item;
use super::rewrite::Locations;
use super::upload::Upload;
use crate::facts::{S3Endpoint, S3Location};

/// Where a packaged template's objects go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// The target's name, where a run has named ones.
    pub target: Option<String>,
    /// The bucket; none where nobody was asked for the managed one.
    pub bucket: Option<String>,
    /// The prefix of each key, without a slash at either end.
    pub prefix: Option<String>,
    /// The base of the URLs under which CloudFormation fetches from the bucket.
    pub endpoint: S3Endpoint,
}

impl Destination {
    /// The object of this name.
    pub fn location(&self, name: &str) -> S3Location {
        let key = self.prefix.as_ref().map_or_else(|| name.to_owned(), |prefix| format!("{prefix}/{name}"));
        S3Location::new(self.bucket.as_deref().unwrap_or_default(), key)
    }
}

/// Where each source and nested template is, for one destination.
pub struct Placement<'d> {
    /// The destination.
    pub destination: &'d Destination,
    /// Of each source of the plan.
    pub sources: Vec<Upload>,
    /// Of each nested template of the plan.
    pub templates: Vec<Upload>,
}

impl<'d> Placement<'d> {
    /// With nothing placed yet.
    pub fn new(destination: &'d Destination) -> Self {
        Self { destination, sources: Vec::new(), templates: Vec::new() }
    }
}

impl Locations for Placement<'_> {
    fn of(&self, item: &Item) -> S3Location {
        match item {
            Item::Source(index) => self.sources[*index].location.clone(),
            // With its version, the template above would be another one each time this one is written again.
            Item::Template(index) => S3Location { version: None, ..self.templates[*index].location.clone() },
            Item::Object(location) => location.clone(),
        }
    }

    fn endpoint(&self) -> &S3Endpoint {
        &self.destination.endpoint
    }
}
