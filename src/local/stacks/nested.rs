//! The changes within nested stacks, as far as their templates are in a bucket of the rehearsal.

use super::arn;
use super::capabilities::ReadTemplate;
use super::document::{Document, Resource, scalar};
use super::plan;
use super::scope::Scope;
use super::state::{ActionState, ChangeState, Deployed, NestedState, ParameterState};
use serde_json::Value;
use std::collections::BTreeMap;

const STACK: &str = "AWS::CloudFormation::Stack";
/// Stacks below each other, of which a template that names itself would have no end.
const MOST_LEVELS: usize = 10;

/// What nested change sets are made of.
pub struct Nesting<'a> {
    pub region: &'a str,
    /// The name of the root stack.
    pub stack: &'a str,
    pub read: ReadTemplate<'a>,
}

/// A nested stack as a version of its parent has it.
struct Child {
    document: Document,
    deployed: Deployed,
}

impl Nesting<'_> {
    /// A change set for each nested stack that is added or modified. `name` is that of the parent's change set.
    pub fn change_sets(
        &self,
        name: &str,
        before: Option<&Scope<'_>>,
        after: &Scope<'_>,
        changes: &[ChangeState],
        levels: usize,
    ) -> Vec<NestedState> {
        let is_kept = |change: &&ChangeState| change.resource_type == STACK && change.action != ActionState::Remove;
        let kept = changes.iter().filter(is_kept).filter(|_| levels < MOST_LEVELS);
        kept.filter_map(|change| self.change_set(name, before, after, change, levels)).collect()
    }

    /// `None` for a new stack whose template is not known.
    fn change_set(
        &self,
        name: &str,
        before: Option<&Scope<'_>>,
        after: &Scope<'_>,
        change: &ChangeState,
        levels: usize,
    ) -> Option<NestedState> {
        let logical_id = change.logical_id.clone();
        let name = format!("{name}-{logical_id}");
        let id = arn::of_change_set(self.region, self.stack, &name);
        let is_new = change.action == ActionState::Add;
        let child = |scope: &Scope<'_>| self.child(scope, &plan::find(scope, &logical_id)?);
        let old = if is_new { None } else { before.and_then(child) };
        let new = child(after);
        let Some(new) = new.filter(|_| is_new || old.is_some()) else {
            return (!is_new).then_some(NestedState { logical_id, id, changes: None, nested: Vec::new() });
        };
        let stack = format!("{}-{logical_id}", after.stack);
        let before = old.as_ref().map(|old| old.scope(&stack, self.region));
        let after = new.scope(&stack, self.region);
        let changes = plan::changes(before.as_ref(), &after);
        let nested = self.change_sets(&name, before.as_ref(), &after, &changes, levels + 1);
        Some(NestedState { logical_id, id, changes: Some(changes), nested })
    }

    fn child(&self, scope: &Scope<'_>, resource: &Resource<'_>) -> Option<Child> {
        let properties = resource.body.get("Properties")?;
        let document = (self.read)(&scope.text(properties.get("TemplateURL")?)?)?;
        let given = properties.get("Parameters").and_then(|given| scope.resolve(given));
        let parameters = parameters(&document, given.as_ref());
        Some(Child { document, deployed: Deployed { template: String::new(), parameters } })
    }
}

impl Child {
    fn scope<'a>(&'a self, stack: &'a str, region: &'a str) -> Scope<'a> {
        Scope::new(&self.document, &self.deployed, stack, region)
    }
}

/// The values of a nested stack: those that its parent gives, then defaults. They are compared, and not kept.
fn parameters(document: &Document, given: Option<&Value>) -> BTreeMap<String, ParameterState> {
    let value = |name: &str, declared: &Value| match given.and_then(|given| given.get(name)) {
        Some(given) => Some(parameter(given)),
        None => declared.get("Default").and_then(scalar).map(ParameterState::Value),
    };
    document.parameters().filter_map(|(name, declared)| Some((name.to_owned(), value(name, declared)?))).collect()
}

/// A value that only the deployment of the parent gives is known by its function.
fn parameter(given: &Value) -> ParameterState {
    let list = || given.as_array()?.iter().map(scalar).collect::<Option<Vec<_>>>().map(|items| items.join(","));
    match scalar(given).or_else(list) {
        Some(text) => ParameterState::Value(text),
        None => ParameterState::Digest(given.to_string()),
    }
}
