//! The stage against a repository in memory.

mod lost_answers;
mod order;
mod refusals;
mod same_version;

use super::{ApplicationId, Context, Draft, Folders, PublishOptions, Release, preview, publish};
use crate::facts::{Event, Failure, Publication, PublishEvent, PublishWarning, Reporter, Warning, WarningKind};
use crate::interrupt::{Cancellation, cancellation};
use crate::template::Template;
use crate::testing::applications::{FakeApplications, FakeObjects, Op};
use crate::testing::recorder::Recorder;
use std::path::Path;

/// A template that is packaged: its code is an object.
const TEMPLATE: &str = "\
AWSTemplateFormatVersion: '2010-09-09'
Transform: AWS::Serverless-2016-10-31
# The function of the application.
Metadata:
  AWS::ServerlessRepo::Application:
    Name: orders
    Author: acme
    Description: Takes orders.
    Labels: [orders, shop]
    LicenseBody: Take it.
    SpdxLicenseId: MIT
    ReadmeBody: '# Orders'
    SemanticVersion: 1.0.0
    SourceCodeUrl: https://example.com/orders
Resources:
  Take:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: s3://code/abc
      Handler: app.handler
      Timeout: 5
";

/// A run, and what it runs against.
struct Story {
    fake: FakeApplications,
    objects: FakeObjects,
    options: PublishOptions,
    template: String,
    cancellation: Cancellation,
    /// Whether the run only says what it would write.
    previews: bool,
}

/// How a run ended, and what it reported.
struct Told {
    result: Result<Publication, Failure>,
    events: Vec<Event>,
    /// The calls of this run.
    calls: Vec<Op>,
}

impl Story {
    /// An empty repository, and code that exists.
    fn new() -> Self {
        Self {
            fake: FakeApplications::default(),
            objects: FakeObjects::default().with("s3://code/abc", "zip").with("s3://code/def", "zip"),
            options: PublishOptions::default(),
            template: TEMPLATE.to_owned(),
            cancellation: cancellation().1,
            previews: false,
        }
    }

    /// A repository that has the application already.
    async fn published() -> Self {
        let story = Self::new();
        story.run().await.result.unwrap();
        story
    }

    /// The template with one text in place of another.
    #[must_use]
    fn with(mut self, old: &str, new: &str) -> Self {
        assert!(self.template.contains(old), "{old}");
        self.template = self.template.replace(old, new);
        self
    }

    #[must_use]
    fn asked(mut self, change: impl FnOnce(&mut PublishOptions)) -> Self {
        change(&mut self.options);
        self
    }

    async fn run(&self) -> Told {
        let (recorder, before) = (Recorder::default(), self.fake.calls().len());
        let result = self.publish(&recorder).await;
        let calls = self.fake.calls().split_off(before);
        Told { result, events: recorder.events(), calls }
    }

    async fn publish(&self, reporter: &dyn Reporter) -> Result<Publication, Failure> {
        let template = Template::parse("template.yaml", self.template.clone().into_bytes()).unwrap();
        let folders = Folders { template: Path::new("."), root: None };
        let draft = Draft::read(template, folders, &self.options, reporter)?;
        if let Some(failure) = draft.no_bucket() {
            return Err(failure);
        }
        let template = draft.template.text();
        let release = Release { metadata: &draft.metadata, template, objects: draft.objects() };
        let ctx = Context {
            options: &self.options,
            applications: &self.fake,
            objects: &self.objects,
            reporter,
            cancellation: &self.cancellation,
        };
        match self.previews {
            true => preview(&ctx, &release).await,
            false => publish(&ctx, &release).await,
        }
    }
}

impl Told {
    fn writes(&self) -> Vec<Op> {
        self.calls.iter().copied().filter(|op| op.is_write()).collect()
    }

    fn publication(&self) -> &Publication {
        self.result.as_ref().unwrap_or_else(|failure| panic!("{failure:?}"))
    }

    fn failure(&self) -> &Failure {
        self.result.as_ref().expect_err("it fails")
    }

    fn hint(&self) -> &str {
        self.failure().problems[0].hint.as_deref().unwrap_or_default()
    }

    /// The warnings about the application, with the names of their subjects.
    fn warnings(&self) -> Vec<(&str, &PublishWarning)> {
        let warning = |event| match event {
            &Event::Warning(Warning { ref name, kind: WarningKind::Publish(ref warning), .. }) => {
                Some((name.as_str(), warning))
            }
            _ => None,
        };
        self.events.iter().filter_map(warning).collect()
    }

    fn said(&self, is_it: impl Fn(&PublishEvent) -> bool) -> bool {
        self.events.iter().any(|event| matches!(event, Event::Publish(event) if is_it(event)))
    }
}

fn id() -> ApplicationId {
    crate::testing::applications::arn("orders").parse().unwrap()
}
