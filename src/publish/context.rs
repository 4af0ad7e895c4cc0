//! What publishing works with.

use super::metadata::Metadata;
use super::options::PublishOptions;
use crate::facts::{Event, PublishEvent, PublishWarning, Reporter, S3Location, Warning, WarningKind};
use crate::interrupt::Cancellation;

/// What is published.
pub struct Release<'a> {
    pub metadata: &'a Metadata,
    /// The packaged template without the section of the application.
    pub template: &'a str,
    /// The objects that must be there, each with the most bytes that are taken.
    pub objects: Vec<(S3Location, Option<u64>)>,
}

/// The services, and how to publish.
pub struct Context<'a, A, O> {
    pub options: &'a PublishOptions,
    pub applications: &'a A,
    pub objects: &'a O,
    pub reporter: &'a dyn Reporter,
    pub cancellation: &'a Cancellation,
}

impl<A, O> Context<'_, A, O> {
    pub fn report(&self, event: PublishEvent) {
        self.reporter.report(Event::Publish(event));
    }

    pub fn warn(&self, name: &str, warning: PublishWarning) {
        self.reporter.report(Event::Warning(Warning::new(name, WarningKind::Publish(warning))));
    }
}
