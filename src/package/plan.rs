//! A template and those below it → everything that has to be archived, each path once, children before parents.

use super::archive::{self, Source};
use super::discover::{self, Discovery, Found, Named, Slot};
use super::loops::Loop;
use super::plan_error::{NamedBy, PathProblem, PlanError};
use super::properties::{Content, Form, INCLUDE, UnzippedBy};
use super::reference;
use crate::event::{Event, Reporter, Warning};
use crate::failure::{Explain, Failure, Place};
use crate::s3_location::S3Location;
use crate::template::{Node, Template};
use std::collections::HashMap;
use std::fs::Metadata;
use std::io;
use std::path::{Path, PathBuf};

/// Templates one below the other, at most. CloudFormation names no limit; each level takes some of the thread's stack.
pub const MAX_NESTING: usize = 100;

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
    named_by: NamedBy,
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

    /// Whether anything has to be uploaded.
    pub fn uploads_something(&self) -> bool {
        !self.sources.is_empty() || self.templates.len() > 1
    }
}

/// Follows a template down to its last nested template. All that is wrong is told at once.
pub fn plan(template: Template, folder: &Path, root: Option<&Path>, reporter: &dyn Reporter) -> Result<Plan, Failure> {
    let mut planner = Planner {
        root: root.map(Path::to_path_buf),
        reporter,
        templates: Vec::new(),
        template_indexes: HashMap::new(),
        open: Vec::new(),
        sources: Vec::new(),
        source_indexes: HashMap::new(),
        failures: Vec::new(),
    };
    let path = template.path().to_path_buf();
    planner.open.push(Open { identity: std::fs::canonicalize(&path).unwrap_or(path), logical_id: String::new() });
    planner.template(template, folder);
    if let Some(failure) = Failure::all(planner.failures) {
        return Err(failure);
    }
    let artifacts = planner.templates.iter().map(|planned| planned.artifacts.len()).sum();
    let (templates, archives) = (planner.templates.len(), planner.sources.len());
    reporter.report(Event::Discovered { templates, artifacts, archives });
    Ok(Plan { templates: planner.templates, sources: planner.sources })
}

/// A template whose children are being planned.
struct Open {
    identity: PathBuf,
    logical_id: String,
}

struct Planner<'r> {
    root: Option<PathBuf>,
    reporter: &'r dyn Reporter,
    templates: Vec<PlannedTemplate>,
    template_indexes: HashMap<PathBuf, usize>,
    open: Vec<Open>,
    sources: Vec<PlannedSource>,
    source_indexes: HashMap<Source, usize>,
    failures: Vec<Failure>,
}

impl Planner<'_> {
    /// Plans a template that was loaded; what it holds comes before it.
    fn template(&mut self, template: Template, folder: &Path) -> usize {
        let Discovery { found, errors, warnings } = discover::discover(&template, folder);
        warnings.into_iter().for_each(|warning: Warning| self.reporter.report(Event::Warning(warning)));
        let before = self.failures.len();
        let mut failures: Vec<_> = errors.into_iter().map(|error| (position(error.place()), error.into())).collect();
        let artifacts = found.into_iter().filter_map(|found| {
            let near = template.node(found.near);
            let artifact = self.artifact(found, near);
            if self.failures.len() > before {
                // What is wrong with a nested template is told where its parent names it.
                let place = position(Some(&near.place()));
                failures.extend(self.failures.drain(before..).map(|failure| (place, failure)));
            }
            artifact
        });
        let artifacts = artifacts.collect();
        failures.sort_by_key(|(place, _)| *place);
        self.failures.extend(failures.into_iter().map(|(_, failure)| failure));
        self.templates.push(PlannedTemplate { template, artifacts });
        self.templates.len() - 1
    }

    fn artifact(&mut self, found: Found, near: Node<'_>) -> Option<Artifact> {
        let logical_id = self.full_id(&found.logical_id);
        let target = match &found.names {
            Named::Object(location) => Target::One(Item::Object(location.clone())),
            Named::Path(path) => Target::One(self.item_or_failure(&found, near, &logical_id, path)?),
            Named::PathPerRound { loops, rounds } => {
                let items = rounds.iter().map(|(values, path)| {
                    self.item_or_failure(&found, near, &logical_id, path).map(|item| (values.clone(), item))
                });
                let rounds: Vec<_> = items.collect();
                Target::PerRound { loops: loops.clone(), rounds: rounds.into_iter().collect::<Option<_>>()? }
            }
        };
        Some(Artifact { logical_id, property: found.property, slot: found.slot, form: found.row.form, target })
    }

    /// The resource's id below those of the stacks that lead to it.
    fn full_id(&self, logical_id: &str) -> String {
        let chain = self.open.iter().map(|open| open.logical_id.as_str()).filter(|id| !id.is_empty());
        chain.chain([logical_id]).collect::<Vec<_>>().join("/")
    }

    fn item_or_failure(&mut self, found: &Found, near: Node<'_>, logical_id: &str, path: &Path) -> Option<Item> {
        // A place costs a look at its whole line: only who needs it asks.
        let named_by = || NamedBy {
            logical_id: logical_id.to_owned(),
            property: found.property.clone(),
            place: Box::new(near.place()),
        };
        match self.item(found, path, &named_by) {
            Ok(item) => item,
            Err(problem) => {
                self.failures.push(PlanError { named_by: named_by(), problem }.into());
                None
            }
        }
    }

    fn item(
        &mut self,
        found: &Found,
        path: &Path,
        named_by: &dyn Fn() -> NamedBy,
    ) -> Result<Option<Item>, PathProblem> {
        let metadata = std::fs::metadata(path).map_err(|error| absent(path, self.root.as_deref(), error))?;
        self.confine(path)?;
        if let Some(what) = archive::describe_special(metadata.file_type()) {
            return Err(PathProblem::Special(path.to_path_buf(), what));
        }
        let source = if found.row.content == Content::Template {
            check_is_file(path, &metadata, "template")?;
            return Ok(self.nested(found, path)?.map(Item::Template));
        } else if found.row.resource_type == INCLUDE.resource_type {
            check_is_file(path, &metadata, "snippet of a template")?;
            Source::AsIs(path.to_path_buf())
        } else if metadata.is_dir() {
            Source::Folder(path.to_path_buf())
        } else if found.row.content == Content::AsIs || is_archive(path)? {
            Source::AsIs(path.to_path_buf())
        } else {
            Source::File(path.to_path_buf())
        };
        Ok(Some(Item::Source(self.source(source, found.row.unzipped_by, named_by))))
    }

    /// A job may package only what lies in its input artifacts, whatever links say.
    fn confine(&self, path: &Path) -> Result<(), PathProblem> {
        let Some(root) = &self.root else { return Ok(()) };
        let real = |path: &Path| {
            std::fs::canonicalize(path).map_err(|error| PathProblem::Unreadable(path.to_path_buf(), error))
        };
        if real(path)?.starts_with(real(root)?) { Ok(()) } else { Err(PathProblem::Outside(path.to_path_buf())) }
    }

    fn source(&mut self, source: Source, unzipped_by: UnzippedBy, named_by: &dyn Fn() -> NamedBy) -> usize {
        let index = *self.source_indexes.entry(source.clone()).or_insert_with(|| {
            self.sources.push(PlannedSource { source, unzipped_by, named_by: named_by() });
            self.sources.len() - 1
        });
        if unzipped_by == UnzippedBy::Lambda {
            self.sources[index].unzipped_by = UnzippedBy::Lambda;
        }
        index
    }

    /// The index of a nested template; `None` when what is wrong with it was told already.
    fn nested(&mut self, found: &Found, path: &Path) -> Result<Option<usize>, PathProblem> {
        let identity =
            std::fs::canonicalize(path).map_err(|error| PathProblem::Unreadable(path.to_path_buf(), error))?;
        if let Some(at) = self.open.iter().position(|open| open.identity == identity) {
            let circle = self.open[at..].iter().map(|open| open.identity.as_path()).chain([identity.as_path()]);
            let circle: Vec<_> = circle.map(|path| path.display().to_string()).collect();
            return Err(PathProblem::Cycle(circle.join(" → ")));
        }
        if let Some(index) = self.template_indexes.get(path) {
            return Ok(Some(*index));
        }
        if self.open.len() > MAX_NESTING {
            return Err(PathProblem::TooDeep(path.to_path_buf()));
        }
        let template = match Template::load(path) {
            Ok(template) => template,
            Err(error) => {
                self.failures.push(error.into());
                return Ok(None);
            }
        };
        self.open.push(Open { identity, logical_id: found.logical_id.clone() });
        let index = self.template(template, path.parent().unwrap_or(Path::new("/")));
        self.open.pop();
        self.template_indexes.insert(path.to_path_buf(), index);
        Ok(Some(index))
    }
}

/// The order of failures within a template.
fn position(place: Option<&Place>) -> (usize, usize) {
    place.map_or((0, 0), |place| (place.line, place.column))
}

fn check_is_file(path: &Path, metadata: &Metadata, wanted: &'static str) -> Result<(), PathProblem> {
    if metadata.is_dir() { Err(PathProblem::FolderForFile(path.to_path_buf(), wanted)) } else { Ok(()) }
}

fn absent(path: &Path, root: Option<&Path>, error: io::Error) -> PathProblem {
    match (error.kind(), std::fs::read_link(path)) {
        (io::ErrorKind::NotFound, Ok(target)) => PathProblem::BrokenLink(path.to_path_buf(), target),
        (io::ErrorKind::NotFound | io::ErrorKind::NotADirectory, Err(_)) => PathProblem::missing(path, root),
        (_, Ok(_) | Err(_)) => PathProblem::Unreadable(path.to_path_buf(), error),
    }
}

fn is_archive(path: &Path) -> Result<bool, PathProblem> {
    archive::is_zip(path).map_err(|error| PathProblem::Unreadable(path.to_path_buf(), error))
}

/// The folder against which a template's paths are resolved: that of the file, even when it is a link elsewhere.
pub fn folder_of(template: &Path) -> io::Result<PathBuf> {
    let absolute = std::path::absolute(template)?;
    Ok(reference::resolve(absolute.parent().unwrap_or(&absolute), "."))
}
