//! Nested templates: each file is read once, and planned once for each set of values that decides what it holds.

use super::problem::{self, MAX_NESTING, MAX_PLANS};
use crate::facts::Failure;
use crate::package::discovery::{Parameter, Passed};
use crate::template::Template;
use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The templates that are being planned, and those that were.
#[derive(Default)]
pub struct Nesting {
    open: Vec<Open>,
    loaded: HashMap<PathBuf, Result<Arc<Template>, Failure>>,
    planned: HashMap<PathBuf, Vec<PlannedFor>>,
}

/// A template whose children are being planned.
struct Open {
    identity: PathBuf,
    logical_id: String,
    consulted: Consulted,
}

/// The parameters whose values decided what a template and its children hold.
type Consulted = BTreeSet<Arc<Parameter>>;

/// A nested template as it was planned.
struct PlannedFor {
    /// The parameters whose values decided what it and its children hold, with these values.
    values: Vec<(Arc<Parameter>, Option<Arc<str>>)>,
    index: usize,
}

impl Nesting {
    /// Begins with the root template.
    pub fn new(root: &Path) -> Self {
        let mut nesting = Self::default();
        let identity = std::fs::canonicalize(root).unwrap_or_else(|_| root.to_path_buf());
        nesting.open(identity, String::new());
        nesting
    }

    /// A resource's id below those of the stacks that lead to it.
    pub fn full_id(&self, logical_id: &str) -> String {
        let chain = self.open.iter().map(|open| open.logical_id.as_str()).filter(|id| !id.is_empty());
        chain.chain([logical_id]).collect::<Vec<_>>().join("/")
    }

    /// Notes parameters that decide what the template that is being planned holds.
    pub fn consult(&mut self, parameters: impl IntoIterator<Item = Arc<Parameter>>) {
        self.open.last_mut().expect("a template is being planned").consulted.extend(parameters);
    }

    /// The identity of a nested template. An error if it is nested in itself.
    pub fn identify(&self, path: &Path) -> Result<PathBuf, Failure> {
        let identity = std::fs::canonicalize(path).map_err(|error| problem::unreadable(path, &error))?;
        match self.open.iter().position(|open| open.identity == identity) {
            None => Ok(identity),
            Some(at) => {
                let circle = self.open[at..].iter().map(|open| open.identity.as_path());
                Err(problem::cycle(circle.chain([identity.as_path()])))
            }
        }
    }

    /// The index of a nested template that was planned for parameters with the same values, as far as they matter.
    pub fn known(&mut self, path: &Path, passed: &Passed) -> Option<usize> {
        let is_same =
            |(parameter, value): &(Arc<Parameter>, Option<Arc<str>>)| passed.value(parameter) == value.as_ref();
        let known = self.planned.get(path)?.iter().find(|known| known.values.iter().all(is_same))?;
        let sources = known.values.iter().filter_map(|(parameter, _)| passed.source(parameter)).cloned();
        let (index, sources) = (known.index, sources.collect::<Vec<_>>());
        self.consult(sources);
        Some(index)
    }

    /// Reads a nested template, unless it would be one too many.
    pub fn load(&mut self, path: &Path) -> Result<Arc<Template>, Unloaded> {
        if self.open.len() > MAX_NESTING {
            return Err(Unloaded::Refused(problem::too_deep(path)));
        }
        if self.planned.get(path).is_some_and(|planned| planned.len() >= MAX_PLANS) {
            return Err(Unloaded::Refused(problem::too_many_values(path)));
        }
        let load = || Template::load(path).map(Arc::new);
        self.loaded.entry(path.to_path_buf()).or_insert_with(load).clone().map_err(Unloaded::Broken)
    }

    /// Begins to plan a nested template.
    pub fn open(&mut self, identity: PathBuf, logical_id: String) {
        self.open.push(Open { identity, logical_id, consulted: Consulted::new() });
    }

    /// Ends the planning of a nested template, which has this index.
    pub fn close(&mut self, path: &Path, passed: &Passed, index: usize) {
        let consulted = self.open.pop().map(|open| open.consulted).unwrap_or_default();
        self.consult(consulted.iter().filter_map(|parameter| passed.source(parameter)).cloned());
        let values = consulted.into_iter().map(|parameter| {
            let value = passed.value(&parameter).cloned();
            (parameter, value)
        });
        let values = values.collect();
        self.planned.entry(path.to_path_buf()).or_default().push(PlannedFor { values, index });
    }
}

/// Why a nested template is not planned.
pub enum Unloaded {
    /// The property that refers to it is to blame.
    Refused(Failure),
    /// The file itself is to blame; the failure has its place.
    Broken(Failure),
}
