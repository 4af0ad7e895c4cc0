//! What a run has to do: templates with their artifacts, and everything that has to be archived, each path once.

use super::archive::Source;
use super::found::Slot;
use super::loops::Loop;
use super::plan_error::{NamedBy, PathProblem, PlanError};
use super::properties::{Form, UnzippedBy};
use crate::facts::{Event, PackageEvent, S3Location};
use crate::template::Template;
use std::path::PathBuf;

/// What a run has to do, before anything is read but the templates.
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
    /// The document.
    pub template: Template,
    /// Its artifacts.
    pub artifacts: Vec<Artifact>,
}

/// A file or folder that is archived.
#[derive(Debug)]
pub struct PlannedSource {
    /// The file or folder.
    pub source: Source,
    /// Whether Lambda's limits apply.
    pub unzipped_by: UnzippedBy,
    /// The first property that names it.
    pub(super) named_by: NamedBy,
}

impl PlannedSource {
    /// What is wrong with it, said of the property that names it.
    pub fn error(&self, problem: PathProblem) -> PlanError {
        PlanError { named_by: self.named_by.clone(), problem }
    }
}

/// A property that is rewritten.
#[derive(Debug)]
pub struct Artifact {
    /// The resource, below those that lead to its template: `Child/Function`.
    pub logical_id: String,
    /// Keys below `Properties`, with dots between.
    pub property: String,
    /// Where the new value goes.
    pub slot: Slot,
    /// How the location is spelled.
    pub form: Form,
    /// What it names.
    pub target: Target,
}

/// What an artifact's property names.
#[derive(Debug)]
pub enum Target {
    /// One thing.
    One(Item),
    /// A thing for each round of loops.
    PerRound {
        /// The loops, outermost first.
        loops: Vec<Loop>,
        /// The values of their variables, and the thing.
        rounds: Vec<(Vec<String>, Item)>,
    },
}

/// One thing that a property names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// The index of a source.
    Source(usize),
    /// The index of a template.
    Template(usize),
    /// An object that is there already.
    Object(S3Location),
}

impl Artifact {
    /// The things that it names.
    pub fn items(&self) -> impl Iterator<Item = &Item> {
        match &self.target {
            Target::One(item) => vec![item],
            Target::PerRound { rounds, .. } => rounds.iter().map(|(_, item)| item).collect(),
        }
        .into_iter()
    }
}

impl Plan {
    /// The template that the user named.
    pub fn root(&self) -> &PlannedTemplate {
        self.templates.last().expect("a plan has a root template")
    }

    /// For each template the length of the longest chain of templates below it.
    pub fn heights(&self) -> Vec<usize> {
        self.templates.iter().fold(Vec::new(), |mut heights, planned| {
            let children = planned.artifacts.iter().flat_map(Artifact::items).filter_map(|item| match item {
                Item::Template(index) => Some(heights[*index] + 1),
                Item::Source(_) | Item::Object(_) => None,
            });
            let height = children.max().unwrap_or(0);
            heights.push(height);
            heights
        })
    }

    /// How much it is.
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
