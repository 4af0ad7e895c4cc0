//! Follows a template down to its last nested template.

use super::super::archive::{self, Source};
use super::super::discovery::{self, Content, Discovery, Found, INCLUDE, Passed, Referent, UnzippedBy};
use super::distinct::Distinct;
use super::nesting::{Nesting, Unloaded};
use super::planned::{Artifact, Item, Plan, PlannedSource, PlannedTemplate, PropertyPlace};
use super::problem;
use crate::facts::{Event, Failure, Place, Reporter, Warning};
use crate::template::Template;
use std::collections::HashMap;
use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Plans a template whose paths are relative to `folder`; nothing outside `root` is read. The failure holds all problems.
pub fn plan(template: Template, folder: &Path, root: Option<&Path>, reporter: &dyn Reporter) -> Result<Plan, Failure> {
    let mut planner = Planner {
        root: root.map(Path::to_path_buf),
        reporter,
        templates: Vec::new(),
        nesting: Nesting::new(template.path()),
        sources: Vec::new(),
        source_indexes: HashMap::new(),
        failures: Vec::new(),
        warnings: Distinct::default(),
    };
    planner.template(Arc::new(template), folder, &Passed::default());
    match Failure::all(distinct(planner.failures)) {
        Some(failure) => Err(failure),
        None => Ok(Plan { templates: planner.templates, sources: planner.sources }),
    }
}

/// A template that is planned more than once fails once.
fn distinct(failures: Vec<Failure>) -> Vec<Failure> {
    let mut distinct = Distinct::default();
    for failure in failures {
        let key = failure.problems.first().map(|problem| problem.message.clone()).unwrap_or_default();
        distinct.insert(key, failure);
    }
    distinct.into_values()
}

struct Planner<'r> {
    root: Option<PathBuf>,
    reporter: &'r dyn Reporter,
    templates: Vec<PlannedTemplate>,
    nesting: Nesting,
    sources: Vec<PlannedSource>,
    source_indexes: HashMap<Source, usize>,
    failures: Vec<Failure>,
    /// What was reported.
    warnings: Distinct<Warning>,
}

impl Planner<'_> {
    /// Plans a template; its children come before it.
    fn template(&mut self, template: Arc<Template>, folder: &Path, passed: &Passed) -> usize {
        let Discovery { found, consulted, failures, warnings } = discovery::discover(&template, folder, passed);
        self.nesting.consult(consulted);
        warnings.into_iter().for_each(|warning| self.warn(warning));
        let before = self.failures.len();
        let mut failures: Vec<_> = failures.into_iter().map(|failure| (position(&failure), failure)).collect();
        let mut artifacts = Vec::new();
        for found in found {
            artifacts.extend(self.artifact(&found, &template));
            if self.failures.len() > before {
                // What is wrong with a nested template comes where its parent refers to it.
                let place = template.node(found.near).place();
                let place = (place.line, place.column);
                failures.extend(self.failures.drain(before..).map(|failure| (place, failure)));
            }
        }
        failures.sort_by_key(|(place, _)| *place);
        self.failures.extend(failures.into_iter().map(|(_, failure)| failure));
        self.templates.push(PlannedTemplate { template, artifacts });
        self.templates.len() - 1
    }

    /// `None` if something is wrong with it; the failure was kept.
    fn artifact(&mut self, found: &Found, template: &Arc<Template>) -> Option<Artifact> {
        let property = PropertyPlace {
            logical_id: self.nesting.full_id(&found.logical_id),
            property: found.row.path,
            template: Arc::clone(template),
            node: found.near,
        };
        let items = found.refers_to.try_map(|referent| match referent {
            Referent::Object(location) => Some(Item::Object(location.clone())),
            Referent::Path { path, .. } => self.item(found, path, &property).unwrap_or_else(|failure| {
                self.failures.push(property.explain(failure));
                None
            }),
        })?;
        let PropertyPlace { logical_id, property, .. } = property;
        Some(Artifact { logical_id, property, slot: found.slot.clone(), form: found.row.form, items })
    }

    /// `None` for a nested template with a fault of its own; the failure was kept.
    fn item(&mut self, found: &Found, path: &Path, property: &PropertyPlace) -> Result<Option<Item>, Failure> {
        let metadata =
            std::fs::metadata(path).map_err(|error| problem::no_metadata(path, self.root.as_deref(), &error))?;
        self.confine(path)?;
        if let Some(what) = archive::describe_special(metadata.file_type()) {
            return Err(problem::special(path, what));
        }
        let path = path.to_path_buf();
        let source = if found.row.content == Content::Template {
            check_is_file(&path, &metadata, "template")?;
            return Ok(self.nested(found, &path)?.map(Item::Template));
        } else if found.row.resource_type == INCLUDE.resource_type {
            check_is_file(&path, &metadata, "snippet of a template")?;
            Source::AsIs(path)
        } else if metadata.is_dir() {
            Source::Folder(path)
        } else if found.row.content == Content::AsIs || is_archive(&path)? {
            Source::AsIs(path)
        } else {
            Source::File(path)
        };
        Ok(Some(Item::Source(self.source(source, found.row.unzipped_by, property))))
    }

    /// A job may package only what lies in its input artifacts, whatever links say.
    fn confine(&self, path: &Path) -> Result<(), Failure> {
        let Some(root) = &self.root else { return Ok(()) };
        let real = |path: &Path| std::fs::canonicalize(path).map_err(|error| problem::unreadable(path, &error));
        if real(path)?.starts_with(real(root)?) { Ok(()) } else { Err(problem::outside(path)) }
    }

    fn source(&mut self, source: Source, unzipped_by: UnzippedBy, property: &PropertyPlace) -> usize {
        let index = *self.source_indexes.entry(source.clone()).or_insert_with(|| {
            self.sources.push(PlannedSource { source, unzipped_by, property: property.clone() });
            self.sources.len() - 1
        });
        if unzipped_by == UnzippedBy::Lambda {
            self.sources[index].unzipped_by = UnzippedBy::Lambda;
        }
        index
    }

    /// The index of a nested template. `None` for one with a fault of its own; the failure was kept.
    fn nested(&mut self, found: &Found, path: &Path) -> Result<Option<usize>, Failure> {
        let identity = self.nesting.identify(path)?;
        if let Some(index) = self.nesting.known(path, &found.passed) {
            return Ok(Some(index));
        }
        let template = match self.nesting.load(path) {
            Ok(template) => template,
            Err(Unloaded::Refused(failure)) => return Err(failure),
            Err(Unloaded::Broken(failure)) => {
                self.failures.push(failure);
                return Ok(None);
            }
        };
        self.nesting.open(identity, found.logical_id.clone());
        let index = self.template(template, path.parent().unwrap_or(Path::new("/")), &found.passed);
        self.nesting.close(path, &found.passed, index);
        Ok(Some(index))
    }

    /// Reports a warning once, also of a template that is planned more than once.
    fn warn(&mut self, warning: Warning) {
        if self.warnings.insert(warning.name.clone(), warning.clone()) {
            self.reporter.report(Event::Warning(warning));
        }
    }
}

/// The order of failures within a template.
fn position(failure: &Failure) -> (usize, usize) {
    let place = failure.problems.first().and_then(|problem| problem.place.as_ref());
    place.map_or((0, 0), |Place { line, column, .. }| (*line, *column))
}

fn check_is_file(path: &Path, metadata: &Metadata, wanted: &str) -> Result<(), Failure> {
    if metadata.is_dir() { Err(problem::folder_for_file(path, wanted)) } else { Ok(()) }
}

fn is_archive(path: &Path) -> Result<bool, Failure> {
    archive::is_zip(path).map_err(|error| problem::unreadable(path, &error))
}
