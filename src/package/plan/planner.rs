//! Follows a template down to its last nested template.

use super::distinct::{self, Distinct};
use super::nesting::{Nesting, Unloaded};
use super::planned::{Artifact, Item, Plan, PlannedSource, PlannedTemplate, PropertyPlace};
use super::problem::{self, Advice};
use crate::facts::{Event, Failure, Place, Reporter, Warning};
use crate::package::archive::{self, Source};
use crate::package::discovery::{self, Content, Discovery, Found, INCLUDE, Passed, Referent, UnzippedBy};
use crate::template::Template;
use std::collections::HashMap;
use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Plans a template whose paths are relative to `folder`; nothing outside `root` is read. The failure holds all problems.
pub fn plan(template: Template, folder: &Path, root: Option<&Path>, reporter: &dyn Reporter) -> Result<Plan, Failure> {
    let mut planner = Planner {
        root: root.map(|root| root.canonicalize().unwrap_or_else(|_| root.to_path_buf())),
        reporter,
        templates: Vec::new(),
        nesting: Nesting::new(template.path()),
        sources: Vec::new(),
        source_indexes: HashMap::new(),
        failures: Vec::new(),
        warnings: Distinct::default(),
        names: problem::NEAREST_NAMES,
    };
    planner.template(Arc::new(template), folder, &Passed::default());
    match Failure::all(each_once(planner.failures)) {
        Some(failure) => Err(failure),
        None => Ok(Plan { templates: planner.templates, sources: planner.sources }),
    }
}

/// A template that is planned more than once fails once.
fn each_once(failures: Vec<Failure>) -> Vec<Failure> {
    let mut distinct = Distinct::default();
    for failure in failures {
        let first = failure.problems.first();
        let message = first.map(|problem| problem.message.clone()).unwrap_or_default();
        distinct.insert(distinct::key(message, first.and_then(|problem| problem.place.as_ref())), failure);
    }
    distinct.into_values()
}

struct Planner<'r> {
    /// The folder outside which nothing is read, without symbolic links.
    root: Option<PathBuf>,
    reporter: &'r dyn Reporter,
    templates: Vec<PlannedTemplate>,
    nesting: Nesting,
    sources: Vec<PlannedSource>,
    source_indexes: HashMap<Source, usize>,
    failures: Vec<Failure>,
    /// What was reported.
    warnings: Distinct<Warning>,
    /// How many missing paths still get the nearest name as advice.
    names: usize,
}

impl Planner<'_> {
    /// Plans a template; its children come before it.
    fn template(&mut self, template: Arc<Template>, folder: &Path, passed: &Passed) -> usize {
        let Discovery { found, objects: _, consulted, failures, warnings } =
            discovery::discover(&template, folder, passed);
        self.nesting.consult(consulted);
        template.warnings().iter().cloned().chain(warnings).for_each(|warning| self.warn(warning));
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
            Referent::Path { path, text } => self.item(found, path, text, &property).unwrap_or_else(|failure| {
                self.failures.push(property.explain(failure));
                None
            }),
        })?;
        let PropertyPlace { logical_id, property, .. } = property;
        Some(Artifact { logical_id, property, slot: found.slot.clone(), form: found.row.form, items })
    }

    /// `None` for a nested template with a fault of its own; the failure was kept.
    fn item(
        &mut self,
        found: &Found,
        path: &Path,
        text: &str,
        property: &PropertyPlace,
    ) -> Result<Option<Item>, Failure> {
        let metadata = self.metadata(path, text)?;
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

    /// `text` is the path as the template has it.
    fn metadata(&mut self, path: &Path, text: &str) -> Result<Metadata, Failure> {
        if self.is_outside(path) {
            return Err(problem::outside(text));
        }
        std::fs::metadata(path).map_err(|error| {
            let advice = if self.names > 0 { Advice::NearestName } else { Advice::Rule };
            self.names = self.names.saturating_sub(1);
            problem::no_metadata(path, &error, advice)
        })
    }

    /// A job may package only what lies in its input artifacts, whatever links say. Of a path that does not exist the
    /// nearest folder that does decides, so that a template cannot ask what exists outside.
    fn is_outside(&self, path: &Path) -> bool {
        let Some(root) = &self.root else { return false };
        let real = path.ancestors().find_map(|at| at.canonicalize().ok());
        !real.is_some_and(|real| real.starts_with(root))
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
        let key = distinct::key(warning.name.clone(), warning.place.as_ref());
        if self.warnings.insert(key, warning.clone()) {
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
