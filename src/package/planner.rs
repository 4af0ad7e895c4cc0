//! A template and those below it → everything that has to be archived, each path once, children before parents.

use super::archive::{self, Source};
use super::discover;
use super::found::{Discovery, Found, Named, Spot};
use super::parameters::{Parameter, Passed};
use super::plan::{Artifact, Item, Plan, PlannedSource, PlannedTemplate, Target};
use super::plan_error::{NamedBy, PathProblem, PlanError};
use super::properties::{Content, INCLUDE, UnzippedBy};
use super::reference;
use crate::facts::{Event, Explain, Failure, Place, Reporter, Warning};
use crate::template::{Node, Template};
use std::collections::{BTreeSet, HashMap};
use std::fs::Metadata;
use std::io;
use std::path::{Path, PathBuf};

/// Templates one below the other, at most. CloudFormation names no limit; each level takes some of the thread's stack.
pub const MAX_NESTING: usize = 100;

/// How often one nested template may be planned, each time for other parameters. Values that are handed down many
/// levels could multiply without end.
pub const MAX_PLANS: usize = 500;

/// Follows a template down to its last nested template. All that is wrong is told at once.
pub fn plan(template: Template, folder: &Path, root: Option<&Path>, reporter: &dyn Reporter) -> Result<Plan, Failure> {
    let mut planner = Planner {
        root: root.map(Path::to_path_buf),
        reporter,
        templates: Vec::new(),
        planned: HashMap::new(),
        open: Vec::new(),
        sources: Vec::new(),
        source_indexes: HashMap::new(),
        failures: Vec::new(),
        warnings: Vec::new(),
    };
    let path = template.path().to_path_buf();
    let identity = std::fs::canonicalize(&path).unwrap_or(path);
    planner.open.push(Open { identity, logical_id: String::new(), consulted: BTreeSet::new() });
    planner.template(template, folder, &Passed::default());
    if let Some(failure) = Failure::all(each_once(planner.failures)) {
        return Err(failure);
    }
    Ok(Plan { templates: planner.templates, sources: planner.sources })
}

/// A template whose children are being planned.
struct Open {
    identity: PathBuf,
    logical_id: String,
    /// The parameters whose values decided what it and its children hold.
    consulted: BTreeSet<Parameter>,
}

/// A nested template as it was planned.
struct PlannedFor {
    /// The parameters whose values decided what it and its children hold, with these.
    values: Vec<(Parameter, Option<String>)>,
    index: usize,
}

struct Planner<'r> {
    root: Option<PathBuf>,
    reporter: &'r dyn Reporter,
    templates: Vec<PlannedTemplate>,
    /// Each nested template by its path, once for each set of values that its loops run over.
    planned: HashMap<PathBuf, Vec<PlannedFor>>,
    open: Vec<Open>,
    sources: Vec<PlannedSource>,
    source_indexes: HashMap<Source, usize>,
    failures: Vec<Failure>,
    /// What was reported.
    warnings: Vec<Warning>,
}

impl Planner<'_> {
    /// Plans a template that was loaded; what it holds comes before it.
    fn template(&mut self, template: Template, folder: &Path, passed: &Passed) -> usize {
        let Discovery { found, consulted, errors, warnings } = discover::discover(&template, folder, passed);
        self.consult(consulted);
        warnings.into_iter().for_each(|warning| self.warn(warning));
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
                let items = rounds.iter().map(|(values, spot)| {
                    let item = match spot {
                        Spot::Path(path) => self.item_or_failure(&found, near, &logical_id, path)?,
                        Spot::Object(location) => Item::Object(location.clone()),
                    };
                    Some((values.clone(), item))
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
        self.confine(path)?;
        let metadata = std::fs::metadata(path).map_err(|error| absent(path, self.root.as_deref(), error))?;
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

    /// A job may package only what lies in its input artifacts, links followed. A path that does not exist counts as its
    /// nearest existing parent.
    fn confine(&self, path: &Path) -> Result<(), PathProblem> {
        let Some(root) = &self.root else { return Ok(()) };
        let root = std::fs::canonicalize(root).map_err(|error| PathProblem::Unreadable(root.clone(), error))?;
        let existing = path.ancestors().find_map(|ancestor| std::fs::canonicalize(ancestor).ok());
        let is_inside = existing.is_some_and(|existing| existing.starts_with(root));
        if is_inside { Ok(()) } else { Err(PathProblem::Outside(path.to_path_buf())) }
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
        if let Some(index) = self.known(found, path) {
            return Ok(Some(index));
        }
        if self.open.len() > MAX_NESTING {
            return Err(PathProblem::TooDeep(path.to_path_buf()));
        }
        if self.planned.get(path).is_some_and(|planned| planned.len() >= MAX_PLANS) {
            return Err(PathProblem::TooManyValues(path.to_path_buf()));
        }
        let template = match Template::load(path) {
            Ok(template) => template,
            Err(error) => {
                self.failures.push(error.into());
                return Ok(None);
            }
        };
        self.open.push(Open { identity, logical_id: found.logical_id.clone(), consulted: BTreeSet::new() });
        let index = self.template(template, path.parent().unwrap_or(Path::new("/")), &found.passed);
        let consulted = self.open.pop().map(|open| open.consulted).unwrap_or_default();
        self.consult(consulted.iter().filter_map(|parameter| found.passed.source(parameter)).cloned());
        let values = consulted.into_iter().map(|parameter| (found.passed.value(&parameter), parameter));
        let values = values.map(|(value, parameter)| (parameter, value)).collect();
        self.planned.entry(path.to_path_buf()).or_default().push(PlannedFor { values, index });
        Ok(Some(index))
    }

    /// A nested template that was planned already, for parameters with the same values as far as they matter.
    fn known(&mut self, found: &Found, path: &Path) -> Option<usize> {
        let is_same = |(parameter, value): &(Parameter, _)| found.passed.value(parameter) == *value;
        let known = self.planned.get(path)?.iter().find(|known| known.values.iter().all(is_same))?;
        let sources = known.values.iter().filter_map(|(parameter, _)| found.passed.source(parameter)).cloned();
        let (index, sources) = (known.index, sources.collect::<Vec<_>>());
        self.consult(sources);
        Some(index)
    }

    /// Takes note of parameters that decide what the template that is being planned holds.
    fn consult(&mut self, parameters: impl IntoIterator<Item = Parameter>) {
        self.open.last_mut().expect("a template is being planned").consulted.extend(parameters);
    }

    /// Reports what a template that is planned more than once has in common only once.
    fn warn(&mut self, warning: Warning) {
        if !self.warnings.contains(&warning) {
            self.reporter.report(Event::Warning(warning.clone()));
            self.warnings.push(warning);
        }
    }
}

/// A template that is planned more than once tells once what is wrong with it.
fn each_once(failures: Vec<Failure>) -> Vec<Failure> {
    failures.into_iter().fold(Vec::new(), |mut told, failure| {
        if !told.contains(&failure) {
            told.push(failure);
        }
        told
    })
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
