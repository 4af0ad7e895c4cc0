//! The changes within nested stacks, as far as their templates are in a bucket of the rehearsal.

use super::arn;
use super::capabilities::ReadTemplate;
use super::document::{Document, Resource, scalar};
use super::plan;
use super::scope::Scope;
use super::state::{ActionState, ChangeState, NestedState, ParameterState};
use serde_json::Value;
use std::collections::BTreeMap;

const STACK: &str = "AWS::CloudFormation::Stack";
/// Most levels of nested stacks: a template may name itself.
const MOST_LEVELS: usize = 10;
/// Most templates that are read: a template may name itself several times.
const MOST_TEMPLATES: usize = 200;

/// Makes nested change sets. One whose template is beyond the limits is like one whose template is elsewhere.
pub struct Nesting<'a> {
    region: &'a str,
    /// The name of the root stack.
    stack: &'a str,
    read: ReadTemplate<'a>,
    /// Nested stacks above the one that is read.
    levels: usize,
    /// Templates that may still be read.
    remaining: usize,
}

/// A nested stack as a version of its parent has it.
struct Child {
    document: Document,
    parameters: BTreeMap<String, ParameterState>,
}

impl<'a> Nesting<'a> {
    pub fn new(region: &'a str, stack: &'a str, read: ReadTemplate<'a>) -> Self {
        Self { region, stack, read, levels: 0, remaining: MOST_TEMPLATES }
    }

    /// A change set for each nested stack that is added or modified. `name` is that of the parent's change set.
    pub fn change_sets(
        &mut self,
        name: &str,
        before: Option<&Scope<'_>>,
        after: &Scope<'_>,
        changes: &[ChangeState],
    ) -> Vec<NestedState> {
        let is_kept = |change: &&ChangeState| change.resource_type == STACK && change.action != ActionState::Remove;
        let kept = changes.iter().filter(is_kept);
        kept.filter_map(|change| self.change_set(name, before, after, change)).collect()
    }

    /// `None` for a new stack whose template is not known.
    fn change_set(
        &mut self,
        name: &str,
        before: Option<&Scope<'_>>,
        after: &Scope<'_>,
        change: &ChangeState,
    ) -> Option<NestedState> {
        let logical_id = change.logical_id.clone();
        let name = format!("{name}-{logical_id}");
        let id = arn::of_change_set(self.region, self.stack, &name);
        let is_new = change.action == ActionState::Add;
        let old = before.filter(|_| !is_new).and_then(|before| self.child(before, &logical_id));
        let new = self.child(after, &logical_id);
        let Some(new) = new.filter(|_| is_new || old.is_some()) else {
            return (!is_new).then_some(NestedState { logical_id, id, changes: None, nested: Vec::new() });
        };
        let stack = format!("{}-{logical_id}", after.stack);
        let before = old.as_ref().map(|old| old.scope(&stack, self.region));
        let after = new.scope(&stack, self.region);
        let changes = plan::changes(before.as_ref(), &after);
        self.levels += 1;
        let nested = self.change_sets(&name, before.as_ref(), &after, &changes);
        self.levels -= 1;
        Some(NestedState { logical_id, id, changes: Some(changes), nested })
    }

    /// `None` if the template is elsewhere or beyond the limits.
    fn child(&mut self, scope: &Scope<'_>, logical_id: &str) -> Option<Child> {
        let Resource { body, .. } = plan::find(scope, logical_id)?;
        let properties = body.get("Properties")?;
        let url = scope.text(properties.get("TemplateURL")?)?;
        let document = self.document(&url)?;
        let given = properties.get("Parameters").and_then(|given| scope.resolve(given));
        let parameters = parameters(&document, given.as_ref());
        Some(Child { document, parameters })
    }

    fn document(&mut self, url: &str) -> Option<Document> {
        if self.levels == MOST_LEVELS {
            return None;
        }
        self.remaining = self.remaining.checked_sub(1)?;
        (self.read)(url)
    }
}

impl Child {
    fn scope<'a>(&'a self, stack: &'a str, region: &'a str) -> Scope<'a> {
        Scope::new(&self.document, &self.parameters, stack, region)
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

/// A value that is known only during deployment is compared by its expression.
fn parameter(given: &Value) -> ParameterState {
    let list = || given.as_array()?.iter().map(scalar).collect::<Option<Vec<_>>>().map(|items| items.join(","));
    match scalar(given).or_else(list) {
        Some(text) => ParameterState::Value(text),
        None => ParameterState::Unresolved(given.to_string()),
    }
}
