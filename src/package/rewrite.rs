//! Locations → packaged template: new values in place of local paths, every other byte as it was.

use super::discover::Slot;
use super::loops::Loop;
use super::plan::{Artifact, Item, PlannedTemplate, Target};
use super::properties::Form;
use crate::failure::{Explain, FailureKind};
use crate::s3_location::{S3Endpoint, S3Location};
use crate::template::{Edits, NewValue, Node};
use std::collections::HashMap;
use std::path::PathBuf;

/// The largest template that CloudFormation reads from S3, in bytes (quota "template body size in an S3 object").
pub const MAX_TEMPLATE_BYTES: usize = 1_048_576;

/// Where things are.
pub trait Locations {
    /// The object of a thing.
    fn of(&self, item: &Item) -> S3Location;
    /// The endpoint whose URLs CloudFormation fetches.
    fn endpoint(&self) -> &S3Endpoint;
}

/// What cannot be written into a template.
#[derive(Debug, thiserror::Error)]
pub enum RewriteError {
    /// A loop's values do not make keys of a mapping.
    #[error("{logical_id}.{property}: {value:?} cannot be a key of a mapping, which takes letters, digits, - and _")]
    MappingKey {
        /// The resource.
        logical_id: String,
        /// The property.
        property: String,
        /// The value of a loop variable.
        value: String,
    },
    /// CloudFormation would refuse it.
    #[error("{}: the packaged template has {bytes} bytes, more than the {MAX_TEMPLATE_BYTES} that CloudFormation reads", path.display())]
    TooLarge {
        /// The template.
        path: PathBuf,
        /// Its size once packaged.
        bytes: usize,
    },
}

impl Explain for RewriteError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::MappingKey { .. } => FailureKind::Usage,
            Self::TooLarge { .. } => FailureKind::Failed,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::MappingKey { .. } => None,
            Self::TooLarge { .. } => {
                Some("move resources into nested stacks, or move inline code into files".to_owned())
            }
        }
    }
}

/// The text of a template with the locations of its artifacts.
pub fn rewrite(planned: &PlannedTemplate, locations: &impl Locations, stamp: Stamp) -> Result<String, RewriteError> {
    let mut edits = Edits::default();
    let mut mappings = Mappings::of(&planned.artifacts);
    for artifact in &planned.artifacts {
        let value = mappings.value(artifact, locations)?;
        match &artifact.slot {
            Slot::Value(node) => edits.replace(*node, value),
            Slot::NewKeys(mapping, keys) => {
                let (first, rest) = keys.split_first().expect("a slot has at least one key");
                edits.insert(*mapping, first, nest(rest, value));
            }
        }
    }
    mappings.insert(planned.template.root(), &mut edits);
    if stamp == Stamp::SamResourceId {
        stamp_resources(planned.template.root(), &mut edits);
    }
    let text = planned.template.apply(&edits);
    if text.len() > MAX_TEMPLATE_BYTES {
        return Err(RewriteError::TooLarge { path: planned.template.path().to_path_buf(), bytes: text.len() });
    }
    Ok(text)
}

/// Whether resources are marked with their ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stamp {
    /// Nothing is added.
    Nothing,
    /// `Metadata.SamResourceId`, which `sam sync` and `sam list` look for.
    SamResourceId,
}

fn nest(keys: &[String], value: NewValue) -> NewValue {
    keys.iter().rev().fold(value, |value, key| NewValue::Mapping(vec![(key.clone(), value)]))
}

/// One round of a loop in a mapping.
struct Row {
    key: String,
    attribute: String,
    value: String,
}

/// The mappings in which a packaged loop looks its locations up.
#[derive(Default)]
struct Mappings {
    /// How many properties want the same name.
    wanted: HashMap<String, usize>,
    /// Name → rows.
    rows: Vec<(String, Vec<Row>)>,
}

impl Mappings {
    fn of(artifacts: &[Artifact]) -> Self {
        let mut mappings = Self::default();
        for artifact in artifacts {
            if let Target::PerRound { loops, .. } = &artifact.target {
                *mappings.wanted.entry(mapping_name(artifact, loops)).or_default() += 1;
            }
        }
        mappings
    }

    fn value(&mut self, artifact: &Artifact, locations: &impl Locations) -> Result<NewValue, RewriteError> {
        match &artifact.target {
            Target::One(item) => Ok(artifact.form.value(&locations.of(item), locations.endpoint())),
            Target::PerRound { loops, rounds } => self.look_up(artifact, loops, rounds, locations),
        }
    }

    /// Keeps the location of each round in a mapping and returns the intrinsic that finds it.
    fn look_up(
        &mut self,
        artifact: &Artifact,
        loops: &[Loop],
        rounds: &[(Vec<String>, Item)],
        locations: &impl Locations,
    ) -> Result<NewValue, RewriteError> {
        let name = self.name(artifact, loops);
        let attribute = leaf(&artifact.property);
        let mut rows = Vec::new();
        for (values, item) in rounds {
            let key = mapping_key(artifact, values)?;
            let location = locations.of(item);
            let text = match artifact.form {
                Form::Uri => location.uri(),
                Form::Url => location.url(locations.endpoint()),
                Form::Fields { .. } => location.key,
            };
            rows.push(Row { key, attribute: attribute.to_owned(), value: text });
        }
        self.rows.push((name.clone(), rows));
        let find = find_in_map(&name, loops, attribute);
        Ok(match (artifact.form, rounds.first()) {
            (Form::Fields { .. }, Some((_, item))) => {
                let location = S3Location { version: None, ..locations.of(item) };
                artifact.form.value_with_key(&location, locations.endpoint(), find)
            }
            (Form::Fields { .. } | Form::Uri | Form::Url, _) => find,
        })
    }

    /// The mapping's name; when two properties of a loop want the same, each adds what is fixed in its logical id.
    fn name(&self, artifact: &Artifact, loops: &[Loop]) -> String {
        let name = mapping_name(artifact, loops);
        if self.wanted.get(&name).is_some_and(|count| *count > 1) {
            name + &fixed_part(&artifact.logical_id)
        } else {
            name
        }
    }

    fn insert(self, root: Node<'_>, edits: &mut Edits) {
        let text = |text: String| NewValue::Text(text);
        let mappings: Vec<(String, NewValue)> = (self.rows.into_iter())
            .map(|(name, rows)| {
                let rows = rows
                    .into_iter()
                    .map(|Row { key, attribute, value }| (key, NewValue::Mapping(vec![(attribute, text(value))])));
                (name, NewValue::Mapping(rows.collect()))
            })
            .collect();
        match root.get("Mappings") {
            _ if mappings.is_empty() => {}
            Some(section) if section.is_mapping() => {
                mappings.into_iter().for_each(|(name, rows)| edits.insert(section.id(), &name, rows));
            }
            Some(section) => edits.replace(section.id(), NewValue::Mapping(mappings)),
            None => edits.insert(root.id(), "Mappings", NewValue::Mapping(mappings)),
        }
    }
}

fn leaf(property: &str) -> &str {
    property.rsplit('.').next().unwrap_or(property)
}

fn mapping_name(artifact: &Artifact, loops: &[Loop]) -> String {
    let loops: String = loops.iter().map(|it| it.name.as_str()).collect();
    format!("SAM{}{loops}", leaf(&artifact.property))
}

/// A logical id without its variables and whatever a mapping's name does not take.
fn fixed_part(logical_id: &str) -> String {
    let mut fixed = logical_id.rsplit('/').next().unwrap_or(logical_id).to_owned();
    while let Some(start) = fixed.find("${").or_else(|| fixed.find("&{")) {
        let end = fixed[start..].find('}').map_or(fixed.len(), |end| start + end + 1);
        fixed.replace_range(start..end, "");
    }
    fixed.retain(|letter| letter.is_ascii_alphanumeric());
    fixed
}

fn mapping_key(artifact: &Artifact, values: &[String]) -> Result<String, RewriteError> {
    let takes = |letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_';
    match values.iter().find(|value| value.is_empty() || !value.chars().all(takes)) {
        None => Ok(values.join("-")),
        Some(value) => {
            let (logical_id, property) = (artifact.logical_id.clone(), artifact.property.clone());
            Err(RewriteError::MappingKey { logical_id, property, value: value.clone() })
        }
    }
}

/// `Fn::FindInMap` by the loop variable, or by several joined.
fn find_in_map(name: &str, loops: &[Loop], attribute: &str) -> NewValue {
    let text = |text: &str| NewValue::Text(text.to_owned());
    let intrinsic = |name: &str, argument| NewValue::Mapping(vec![(name.to_owned(), argument)]);
    let mut variables: Vec<_> = loops.iter().map(|it| intrinsic("Ref", text(&it.variable))).collect();
    let key = match variables.pop() {
        Some(only) if variables.is_empty() => only,
        last => {
            variables.extend(last);
            intrinsic("Fn::Join", NewValue::Sequence(vec![text("-"), NewValue::Sequence(variables)]))
        }
    };
    intrinsic("Fn::FindInMap", NewValue::Sequence(vec![text(name), key, text(attribute)]))
}

fn stamp_resources(root: Node<'_>, edits: &mut Edits) {
    let resources = root.get("Resources").into_iter().flat_map(Node::entries);
    for (key, resource) in resources {
        let Some(id) = key.as_str().filter(|id| !id.starts_with("Fn::") && resource.is_mapping()) else { continue };
        let id = || NewValue::Text(id.to_owned());
        let metadata = || NewValue::Mapping(vec![("SamResourceId".to_owned(), id())]);
        match resource.get("Metadata") {
            None => edits.insert(resource.id(), "Metadata", metadata()),
            Some(present) if present.is_null() => edits.replace(present.id(), metadata()),
            Some(present) if present.is_mapping() && present.get("SamResourceId").is_none() => {
                edits.insert(present.id(), "SamResourceId", id());
            }
            Some(_) => {}
        }
    }
}
