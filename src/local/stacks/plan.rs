//! The changes from one version of a stack to another, by logical id.

use super::document::{Document, Resource, function};
use super::scope::{Piece, Scope, pieces};
use super::state::{ActionState, CauseState, ChangeState};
use serde_json::Value;
use std::collections::BTreeSet;

const SERVERLESS: &str = "AWS::Serverless::";
/// Attributes whose change changes a resource. `DependsOn` and `Condition` do not by themselves.
const ATTRIBUTES: [&str; 5] = ["Metadata", "CreationPolicy", "UpdatePolicy", "DeletionPolicy", "UpdateReplacePolicy"];

/// A property or attribute of a resource.
struct Part {
    name: String,
    is_property: bool,
    written: Value,
    /// `None` for `AWS::NoValue`.
    known: Option<Value>,
}

/// The changes in the order of the new template, then what is removed. `before` is `None` for a new stack.
pub fn changes(before: Option<&Scope<'_>>, after: &Scope<'_>) -> Vec<ChangeState> {
    let Some(before) = before else { return present(after).map(added).collect() };
    let parameters = changed_parameters(before, after);
    let kept = present(after).filter_map(|resource| match find(before, resource.logical_id) {
        None => Some(added(resource)),
        Some(old) => modified(causes(before, &old, after, &resource, &parameters), resource),
    });
    let gone = present(before).filter(|resource| find(after, resource.logical_id).is_none());
    kept.chain(gone.map(|resource| removed(before, resource))).collect()
}

/// Resources that have another type than before, which CloudFormation refuses.
pub fn retyped(before: &Document, after: &Document) -> Vec<String> {
    let has_other_type = |resource: &Resource<'_>| {
        before.resources().any(|old| old.logical_id == resource.logical_id && old.kind != resource.kind)
    };
    after.resources().filter(has_other_type).map(|resource| resource.logical_id.to_owned()).collect()
}

/// The resources whose condition holds or is not known.
fn present<'s>(scope: &'s Scope<'_>) -> impl Iterator<Item = Resource<'s>> {
    scope.document.resources().filter(|resource| is_present(scope, resource.body))
}

/// Whether a resource or an output is there.
pub fn is_present(scope: &Scope<'_>, body: &Value) -> bool {
    let condition = body.get("Condition").and_then(Value::as_str);
    condition.is_none_or(|name| scope.condition(name) != Some(false))
}

/// A resource that is there.
pub fn find<'s>(scope: &'s Scope<'_>, logical_id: &str) -> Option<Resource<'s>> {
    let body = scope.document.get("Resources")?.get(logical_id)?;
    let is_it = |resource: &Resource<'_>| std::ptr::eq(resource.body, body);
    is_present(scope, body).then(|| scope.document.resources().find(is_it)).flatten()
}

fn change(action: ActionState, resource: Resource<'_>) -> ChangeState {
    ChangeState {
        action,
        logical_id: resource.logical_id.to_owned(),
        resource_type: resource.kind.to_owned(),
        policy_action: None,
        causes: Vec::new(),
    }
}

fn added(resource: Resource<'_>) -> ChangeState {
    change(ActionState::Add, resource)
}

fn modified(causes: Vec<CauseState>, resource: Resource<'_>) -> Option<ChangeState> {
    (!causes.is_empty()).then(|| ChangeState { causes, ..change(ActionState::Modify, resource) })
}

fn removed(before: &Scope<'_>, resource: Resource<'_>) -> ChangeState {
    let policy = resource.body.get("DeletionPolicy").and_then(|policy| before.text(policy));
    let policy_action = match policy.as_deref() {
        Some("Retain") => "Retain",
        Some("Snapshot") => "Snapshot",
        Some(_) | None => "Delete",
    };
    ChangeState { policy_action: Some(policy_action.to_owned()), ..change(ActionState::Remove, resource) }
}

/// The parameters that have another value than before.
fn changed_parameters<'s>(before: &'s Scope<'_>, after: &'s Scope<'_>) -> BTreeSet<&'s str> {
    let (before, after) = (before.parameters, after.parameters);
    let names = before.keys().chain(after.keys()).map(String::as_str);
    names.filter(|name| before.get(*name) != after.get(*name)).collect()
}

fn causes(
    before: &Scope<'_>,
    old: &Resource<'_>,
    after: &Scope<'_>,
    new: &Resource<'_>,
    parameters: &BTreeSet<&str>,
) -> Vec<CauseState> {
    let (old, new) = (parts(before, old), parts(after, new));
    let find = |parts: &[Part], part: &Part| {
        parts.iter().position(|other| (other.is_property, &other.name) == (part.is_property, &part.name))
    };
    let mut causes = Vec::new();
    for part in &new {
        let old = find(&old, part).map(|at| &old[at]);
        if old.and_then(|old| old.known.as_ref()) != part.known.as_ref() {
            let is_rewritten = old.is_none_or(|old| old.written != part.written);
            causes.extend(causes_of(part, is_rewritten, after, parameters));
        }
    }
    let gone = old.iter().filter(|part| part.known.is_some() && find(&new, part).is_none());
    causes.extend(gone.map(|part| CauseState { property: part.name.clone(), parameter: None }));
    causes
}

/// A parameter is the cause where the template is the same. It may be the cause together with others.
fn causes_of(part: &Part, is_rewritten: bool, after: &Scope<'_>, parameters: &BTreeSet<&str>) -> Vec<CauseState> {
    let cause =
        |parameter: Option<&str>| CauseState { property: part.name.clone(), parameter: parameter.map(str::to_owned) };
    let mut names = BTreeSet::new();
    collect_names(&part.written, after.document, &mut names);
    let of_parameters: Vec<_> =
        parameters.iter().filter(|name| names.contains(**name)).map(|name| cause(Some(name))).collect();
    match is_rewritten || of_parameters.is_empty() {
        true => vec![cause(None)],
        false => of_parameters,
    }
}

/// The parameters, resources and conditions that a value refers to, and those that its conditions refer to.
fn collect_names<'d>(value: &'d Value, document: &'d Document, names: &mut BTreeSet<&'d str>) {
    match (function(value), value) {
        (Some(("Ref", argument)), _) => names.extend(argument.as_str()),
        (Some(("Fn::Sub", argument)), _) => {
            let text = argument.as_str().or_else(|| argument.get(0)?.as_str()).unwrap_or_default();
            names.extend(pieces(text).into_iter().filter_map(|piece| match piece {
                Piece::Variable(name) => Some(name),
                Piece::Text(_) => None,
            }));
            collect_below(argument, document, names);
        }
        (Some(("Fn::If", argument)), _) => {
            collect_condition(argument.get(0), document, names);
            collect_below(argument, document, names);
        }
        (Some((_, argument)), _) => collect_names(argument, document, names),
        (None, other) => {
            collect_condition(other.get("Condition"), document, names);
            collect_below(other, document, names);
        }
    }
}

fn collect_below<'d>(value: &'d Value, document: &'d Document, names: &mut BTreeSet<&'d str>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect_names(item, document, names)),
        Value::Object(entries) => entries.values().for_each(|value| collect_names(value, document, names)),
        Value::String(_) | Value::Number(_) | Value::Bool(_) | Value::Null => {}
    }
}

/// Each condition once.
fn collect_condition<'d>(name: Option<&'d Value>, document: &'d Document, names: &mut BTreeSet<&'d str>) {
    let Some(name) = name.and_then(Value::as_str) else { return };
    let Some(condition) = document.get("Conditions").and_then(|conditions| conditions.get(name)) else { return };
    if names.insert(name) {
        collect_names(condition, document, names);
    }
}

fn parts(scope: &Scope<'_>, resource: &Resource<'_>) -> Vec<Part> {
    let part = |name: &str, is_property: bool, written: Value| {
        let known = scope.resolve(&written);
        Part { name: name.to_owned(), is_property, written, known }
    };
    // A loop or an include is one value.
    if resource.body.get("Type").is_none() {
        return vec![part(resource.kind, false, resource.body.clone())];
    }
    let mut parts: Vec<_> =
        properties(scope.document, resource).into_iter().map(|(name, value)| part(&name, true, value)).collect();
    let attribute = |name: &&str| resource.body.get(*name).map(|value| part(name, false, value.clone()));
    parts.extend(ATTRIBUTES.iter().filter_map(attribute));
    parts
}

/// The properties of a resource, those of `Globals` included.
fn properties(document: &Document, resource: &Resource<'_>) -> serde_json::Map<String, Value> {
    let own = resource.body.get("Properties").cloned().unwrap_or_default();
    let globals = resource.kind.strip_prefix(SERVERLESS).and_then(|kind| document.get("Globals")?.get(kind));
    match globals.map_or(own.clone(), |globals| merged(globals, own)) {
        Value::Object(properties) => properties,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => Default::default(),
    }
}

/// As SAM merges: mappings by key, lists one after the other, and the resource's own value elsewhere.
fn merged(global: &Value, own: Value) -> Value {
    match (global, own) {
        (global, Value::Null) => global.clone(),
        (Value::Object(global), Value::Object(mut own)) if !is_function(&own) => {
            for (key, value) in global {
                let merged = merged(value, own.remove(key).unwrap_or_default());
                own.insert(key.clone(), merged);
            }
            Value::Object(own)
        }
        (Value::Array(global), Value::Array(own)) => Value::Array(global.iter().cloned().chain(own).collect()),
        (_, own) => own,
    }
}

fn is_function(object: &serde_json::Map<String, Value>) -> bool {
    object.len() == 1 && object.keys().all(|key| key == "Ref" || key.starts_with("Fn::"))
}
