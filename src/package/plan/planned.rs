//! What a run has to do: templates with their artifacts, and everything that is archived, each path once.

use crate::facts::{Event, Failure, PackageEvent, Place, Problem, S3Location};
use crate::package::archive::Source;
use crate::package::discovery::{ByRound, Form, Slot, UnzippedBy};
use crate::template::{NodeId, Template};
use std::path::PathBuf;
use std::sync::Arc;

/// Most nested stacks that are listed. Templates that share others can have any number of them.
const MAX_NESTED_STACKS: usize = 10_000;

/// What a run has to do. Nothing was read but the templates.
#[derive(Debug)]
pub struct Plan {
    /// Children before parents; the root is the last.
    pub templates: Vec<PlannedTemplate>,
    /// What is archived, each once.
    pub sources: Vec<PlannedSource>,
}

/// A template with its artifacts.
#[derive(Debug)]
pub struct PlannedTemplate {
    pub template: Arc<Template>,
    pub artifacts: Vec<Artifact>,
}

/// A file or folder that is archived.
#[derive(Debug)]
pub struct PlannedSource {
    pub source: Source,
    pub unzipped_by: UnzippedBy,
    /// The first property that refers to it.
    pub property: PropertyPlace,
}

/// A property of a template that refers to something.
#[derive(Debug, Clone)]
pub struct PropertyPlace {
    /// The resource, below those that lead to its template: `Child/Function`.
    pub logical_id: String,
    /// Keys below `Properties`, with dots between.
    pub property: &'static str,
    pub template: Arc<Template>,
    pub node: NodeId,
}

impl PropertyPlace {
    /// The property as messages name it.
    pub fn subject(&self) -> String {
        format!("{}.{}", self.logical_id, self.property)
    }

    /// Says of the property what is wrong with what it refers to.
    pub fn explain(&self, failure: Failure) -> Failure {
        let subject = self.subject();
        failure.map(|Problem { message, hint, place }| {
            let here = || Place { subject: Some(subject.clone()), ..self.template.node(self.node).place() };
            Problem { message: format!("{subject}: {message}"), hint, place: Some(place.unwrap_or_else(here)) }
        })
    }
}

/// A property that is rewritten.
#[derive(Debug)]
pub struct Artifact {
    /// The resource, below those that lead to its template: `Child/Function`.
    pub logical_id: String,
    /// Keys below `Properties`, with dots between.
    pub property: &'static str,
    pub slot: Slot,
    pub form: Form,
    pub items: ByRound<Item>,
}

/// One thing that a property refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// The index of a source.
    Source(usize),
    /// The index of a template.
    Template(usize),
    /// An object that is in S3 already.
    Object(S3Location),
}

impl Plan {
    /// The template that the user named.
    pub fn root(&self) -> &PlannedTemplate {
        self.templates.last().expect("a plan has a root template")
    }

    /// The templates below the root, each with the logical ids down to its stack. One that several stacks share comes
    /// once for each of them.
    pub fn nested_templates(&self) -> Vec<(Vec<String>, Arc<Template>)> {
        let mut found = Vec::new();
        self.add_nested(self.root(), &[], &mut found);
        found
    }

    fn add_nested(&self, planned: &PlannedTemplate, parents: &[String], found: &mut Vec<(Vec<String>, Arc<Template>)>) {
        for artifact in &planned.artifacts {
            let logical_id = artifact.logical_id.rsplit('/').next().unwrap_or_default();
            for item in artifact.items.all() {
                let Item::Template(index) = item else { continue };
                if found.len() >= MAX_NESTED_STACKS {
                    return;
                }
                let path: Vec<_> = parents.iter().cloned().chain([logical_id.to_owned()]).collect();
                found.push((path.clone(), Arc::clone(&self.templates[*index].template)));
                self.add_nested(&self.templates[*index], &path, found);
            }
        }
    }

    /// For each template the length of the longest chain of templates below it.
    pub fn heights(&self) -> Vec<usize> {
        self.templates.iter().fold(Vec::new(), |mut heights, planned| {
            let items = planned.artifacts.iter().flat_map(|artifact| artifact.items.all());
            let children = items.filter_map(|item| match item {
                Item::Template(index) => Some(heights[*index] + 1),
                Item::Source(_) | Item::Object(_) => None,
            });
            let height = children.max().unwrap_or(0);
            heights.push(height);
            heights
        })
    }

    /// The event that says how much there is to do.
    pub fn discovered(&self, template: Option<PathBuf>) -> Event {
        let artifacts = self.templates.iter().map(|planned| planned.artifacts.len()).sum();
        let (templates, archives) = (self.templates.len(), self.sources.len());
        Event::Package(PackageEvent::Discovered { template, templates, artifacts, archives })
    }

    /// Whether anything has to be uploaded.
    pub fn uploads_something(&self) -> bool {
        !self.sources.is_empty() || self.templates.len() > 1
    }
}
