//! A template as it will be published: its metadata read, and the section of the application taken out.

use super::metadata::{self, Folders, Metadata};
use super::options::PublishOptions;
use super::problem;
use crate::facts::{Event, Failure, PublishWarning, Reporter, S3Location, Warning, WarningKind};
use crate::package::{LocalPath, references};
use crate::template::{Node, Template};
use std::path::PathBuf;

/// A template and what it says of its application. Paths in it may still be local.
#[derive(Debug)]
pub struct Draft {
    pub metadata: Metadata,
    /// Without the section of the application, as `sam publish` sends it. Every other byte stays.
    pub template: Template,
    /// The local files that the metadata names, each with its key.
    pub files: Vec<(&'static str, PathBuf)>,
    /// What packaging has to replace.
    unpackaged: Vec<LocalPath>,
    /// The objects that the template names.
    objects: Vec<S3Location>,
}

impl Draft {
    /// Reads a template without any call. Whatever the repository would refuse, as far as that is known, is in the
    /// failure.
    pub fn read(
        template: Template,
        folders: Folders<'_>,
        options: &PublishOptions,
        reporter: &dyn Reporter,
    ) -> Result<Self, Failure> {
        let section = metadata::find(&template)?;
        let (metadata, warnings) = Metadata::read(section, folders, options.version.clone())?;
        let warnings = warnings.into_iter().chain(other_name(&metadata, options, section));
        warnings.for_each(|warning| reporter.report(Event::Warning(warning)));
        let (files, section) = (metadata::local_files(section, folders.template), section.id());
        let template = template.without(section)?;
        let found = references(&template, folders.template)?;
        let (unpackaged, left): (Vec<_>, Vec<_>) = found.local.into_iter().partition(|path| path.is_packaged);
        let wrong = left.iter().map(problem::path_of_function).chain(nested_applications(&template));
        Failure::all(wrong.collect())
            .map_or_else(|| Ok(Self { metadata, template, files, unpackaged, objects: found.objects }), Err)
    }

    /// The failure of a run that cannot package the template. `None` if it need not.
    pub fn no_bucket(&self) -> Option<Failure> {
        Failure::all(self.unpackaged.iter().map(problem::local_path).collect())
    }

    /// The objects that must be there before anything is published, each with the most bytes that are taken.
    pub fn objects(&self) -> Vec<(S3Location, Option<u64>)> {
        let of_metadata = self.metadata.objects().into_iter().map(|(location, most)| (location, Some(most)));
        let mut all: Vec<(S3Location, Option<u64>)> = Vec::new();
        for object in self.objects.iter().map(|location| (location.clone(), None)).chain(of_metadata) {
            if !all.contains(&object) {
                all.push(object);
            }
        }
        all
    }
}

fn other_name(metadata: &Metadata, options: &PublishOptions, section: Node<'_>) -> Option<Warning> {
    let id = options.application.as_ref().filter(|id| id.name != metadata.name)?;
    let (name, application) = (metadata.name.clone(), id.to_string());
    let kind = WarningKind::Publish(PublishWarning::OtherName { name, application });
    Some(Warning::new("Name", kind).with_place(Some(section.get("Name").unwrap_or(section).place())))
}

/// The repository takes nested applications of its own only: "Location property must be an Application Location Object"
/// (aws/aws-sam-cli#2477).
fn nested_applications(template: &Template) -> Vec<Failure> {
    let resources = template.root().get("Resources").into_iter().flat_map(Node::entries);
    let nested = resources.filter_map(|(key, resource)| {
        let is_application = resource.get("Type").and_then(Node::as_str) == Some("AWS::Serverless::Application");
        let location = resource.get("Properties").filter(|_| is_application)?.get("Location")?;
        location.as_str().map(|_| problem::nested_by_location(key.as_str().unwrap_or_default(), location))
    });
    nested.collect()
}
