//! Locations → packaged template: new values in place of local paths, every other byte as it was.

use super::discover::Slot;
use super::loops::Loop;
use super::plan::{Artifact, Item, PlannedTemplate, Target};
use super::properties::Form;
use crate::failure::{Explain, FailureKind, Place};
use crate::s3_location::{S3Endpoint, S3Location};
use crate::template::{Edits, NewValue, Node};
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

/// The largest template that CloudFormation reads from S3, in bytes (quota "template body size in an S3 object").
const MAX_TEMPLATE_BYTES: usize = 1_048_576;

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
    /// Two rounds would look their locations up under one key.
    #[error("{logical_id}.{property}: two rounds of its loops have the same key {key} in a mapping")]
    SameKey {
        /// The resource.
        logical_id: String,
        /// The property.
        property: String,
        /// The key that the values of the loop variables make.
        key: String,
    },
    /// The section for the mapping of a loop is an intrinsic function or a list.
    #[error("Mappings is not a mapping, and {logical_id}.{property} needs one in it for the rounds of its loops")]
    NoMappings {
        /// The resource.
        logical_id: String,
        /// The property.
        property: String,
        /// Where the section stands.
        place: Box<Place>,
    },
    /// CloudFormation would refuse it.
    #[error("{}: once packaged, the template has {bytes} bytes, and CloudFormation reads at most {MAX_TEMPLATE_BYTES}", path.display())]
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
            Self::MappingKey { .. } | Self::SameKey { .. } | Self::NoMappings { .. } => FailureKind::Usage,
            Self::TooLarge { .. } => FailureKind::Failed,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::MappingKey { .. } => None,
            Self::SameKey { .. } => Some("use values without - in one of the loops".to_owned()),
            Self::NoMappings { .. } => Some("write a transform in it as Fn::Transform: {...}".to_owned()),
            Self::TooLarge { .. } => {
                Some("move resources into nested stacks, or move inline code into files".to_owned())
            }
        }
    }

    fn place(&self) -> Option<&Place> {
        match self {
            Self::NoMappings { place, .. } => Some(place),
            Self::MappingKey { .. } | Self::SameKey { .. } | Self::TooLarge { .. } => None,
        }
    }

    fn subject(&self) -> Option<String> {
        match self {
            Self::MappingKey { logical_id, property, .. }
            | Self::SameKey { logical_id, property, .. }
            | Self::NoMappings { logical_id, property, .. } => Some(format!("{logical_id}.{property}")),
            Self::TooLarge { .. } => None,
        }
    }
}

/// The text of a template with the locations of its artifacts.
pub fn rewrite(planned: &PlannedTemplate, locations: &impl Locations, stamp: Stamp) -> Result<String, RewriteError> {
    let mut edits = Edits::default();
    let mut mappings = Mappings::of(planned)?;
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
    Ok(planned.template.apply(&edits))
}

/// The text that a template became, if CloudFormation reads so much.
pub fn check_size(template: &Path, text: String) -> Result<String, RewriteError> {
    match text.len() {
        bytes if bytes > MAX_TEMPLATE_BYTES => Err(RewriteError::TooLarge { path: template.to_path_buf(), bytes }),
        _ => Ok(text),
    }
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
    /// Names that are given, by the user or here.
    taken: HashSet<String>,
    /// Name → rows.
    rows: Vec<(String, Vec<Row>)>,
}

impl Mappings {
    fn of(planned: &PlannedTemplate) -> Result<Self, RewriteError> {
        let section = planned.template.root().get("Mappings").filter(|section| !section.is_null());
        let mut per_round =
            planned.artifacts.iter().filter(|artifact| matches!(artifact.target, Target::PerRound { .. }));
        if let (Some(section), Some(artifact)) = (section.filter(|section| !section.is_mapping()), per_round.next()) {
            return Err(RewriteError::NoMappings {
                logical_id: artifact.logical_id.clone(),
                property: artifact.property.clone(),
                place: Box::new(section.place()),
            });
        }
        let present = section.into_iter().flat_map(Node::entries);
        let taken = present.filter_map(|(name, _)| name.as_str()).map(str::to_owned).collect();
        let mut mappings = Self { taken, ..Self::default() };
        for artifact in &planned.artifacts {
            if let Target::PerRound { loops, .. } = &artifact.target {
                *mappings.wanted.entry(mapping_name(artifact, loops)).or_default() += 1;
            }
        }
        Ok(mappings)
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
        let mut rows: Vec<Row> = Vec::new();
        for (values, item) in rounds {
            let key = mapping_key(artifact, values)?;
            let location = locations.of(item);
            let text = match artifact.form {
                Form::Uri => location.uri(),
                Form::Url => location.url(locations.endpoint()),
                Form::Fields { .. } => location.key,
            };
            match rows.iter().find(|row| row.key == key) {
                None => rows.push(Row { key, attribute: attribute.to_owned(), value: text }),
                Some(row) if row.value == text => {}
                Some(_) => return Err(same_key(artifact, key)),
            }
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

    /// The mapping's name; when two properties of a loop want the same, each adds what is fixed in its logical id. One
    /// that is taken nevertheless gets a number.
    fn name(&mut self, artifact: &Artifact, loops: &[Loop]) -> String {
        let mut name = mapping_name(artifact, loops);
        if self.wanted.get(&name).is_some_and(|count| *count > 1) {
            name += &fixed_part(&artifact.logical_id);
        }
        let numbered = (2..).map(|number| format!("{name}{number}"));
        let free = std::iter::once(name.clone()).chain(numbered).find(|name| !self.taken.contains(name));
        let name = free.expect("there is always another number");
        self.taken.insert(name.clone());
        name
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

fn same_key(artifact: &Artifact, key: String) -> RewriteError {
    let (logical_id, property) = (artifact.logical_id.clone(), artifact.property.clone());
    RewriteError::SameKey { logical_id, property, key }
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

#[cfg(test)]
mod tests {
    use super::{Locations, Stamp, rewrite};
    use crate::package::discover::Slot;
    use crate::package::loops::Loop;
    use crate::package::plan::{Artifact, Item, PlannedTemplate, Target};
    use crate::package::properties::Form;
    use crate::s3_location::{S3Endpoint, S3Location};
    use crate::template::Template;

    struct ByIndex(S3Endpoint);

    impl Locations for ByIndex {
        fn of(&self, item: &Item) -> S3Location {
            S3Location::new("b", format!("{item:?}"))
        }

        fn endpoint(&self) -> &S3Endpoint {
            &self.0
        }
    }

    /// Rewrites `Code` of a template's resources, each in rounds of the loop `Names` with these values.
    fn rewritten(text: &str, rounds: &[&[&str]]) -> Result<String, String> {
        let template = Template::parse("t.yaml", text.as_bytes().to_vec()).unwrap();
        let loops = vec![Loop { name: "Names".to_owned(), variable: "Name".to_owned(), values: None }];
        let resources = template.root().get("Resources").unwrap();
        let artifacts = resources.entries().map(|(id, resource)| Artifact {
            logical_id: id.as_str().unwrap().to_owned(),
            property: "CodeUri".to_owned(),
            slot: Slot::Value(resource.get("Code").unwrap().id()),
            form: Form::Uri,
            target: Target::PerRound {
                loops: loops.clone(),
                rounds: (rounds.iter().enumerate())
                    .map(|(index, values)| {
                        (values.iter().map(|value| (*value).to_owned()).collect(), Item::Source(index / 2))
                    })
                    .collect(),
            },
        });
        let artifacts = artifacts.collect();
        let locations = ByIndex(S3Endpoint::new("https://s3"));
        rewrite(&PlannedTemplate { template, artifacts }, &locations, Stamp::Nothing).map_err(|error| error.to_string())
    }

    #[test]
    fn each_property_has_a_mapping_of_its_own_however_the_names_collide() {
        let text = "Mappings: {SAMCodeUriNamesA: {x: {y: 1}}}\nResources: {'A${Name}': {Code: x}, '${Name}A': {Code: x}, B: {Code: x}}\n";
        let text = rewritten(text, &[&["v"]]).unwrap();
        let found: Vec<_> =
            text.split("FindInMap\": [\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
        assert_eq!(found, ["SAMCodeUriNamesA2", "SAMCodeUriNamesA3", "SAMCodeUriNamesB"]);
        let packaged = Template::parse("t.yaml", text.into_bytes()).expect("no name is given twice");
        assert_eq!(packaged.root().get("Mappings").unwrap().entries().count(), 4);
    }

    #[test]
    fn mappings_that_are_brought_in_are_not_replaced() {
        let resources = "Resources: {F: {Code: x}}\n";
        for kept in ["Mappings: {Fn::Transform: {Name: N}, ", "Mappings: {"] {
            let source = format!("{kept}M: {{a: {{b: c}}}}}}\n{resources}");
            let text = rewritten(&source, &[&["v"]]).unwrap();
            assert!(text.starts_with(kept) && text.contains("SAMCodeUriNames"), "{text}");
        }
        assert!(rewritten(&format!("Mappings:\n{resources}"), &[&["v"]]).unwrap().contains("SAMCodeUriNames"));
        let error = rewritten(&format!("Mappings: !Transform {{Name: N}}\n{resources}"), &[&["v"]]).unwrap_err();
        assert_eq!(error, "Mappings is not a mapping, and F.CodeUri needs one in it for the rounds of its loops");
    }

    #[test]
    fn rounds_share_a_key_only_when_they_share_an_object() {
        let text = "Resources: {F: {Code: x}}\n";
        assert!(rewritten(text, &[&["a-b", "c"], &["a", "b-c"]]).is_ok());
        let error =
            rewritten(text, &[&["a", "c"], &["x", "y"], &["a-b", "c"], &["z", "z"], &["a", "b-c"]]).unwrap_err();
        assert_eq!(error, "F.CodeUri: two rounds of its loops have the same key a-b-c in a mapping");
    }
}
