//! The mappings in which a packaged loop looks up the locations of its rounds.

use super::locations::Locations;
use super::problem;
use crate::facts::{Failure, S3Location};
use crate::package::discovery::{ByRound, Form, Loop};
use crate::package::plan::{Artifact, Item, PlannedTemplate};
use crate::template::{Edits, NewValue, Node};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// The mappings that a template needs for its loops.
#[derive(Default)]
pub struct Mappings {
    /// How many properties ask for a name.
    wanted: HashMap<String, usize>,
    /// Names in use, by the template or by a property.
    taken: HashSet<String>,
    /// For each name the number that was given last.
    numbers: HashMap<String, usize>,
    /// Name → rows.
    rows: Vec<(String, Vec<Row>)>,
}

/// One round of a loop in a mapping.
struct Row {
    key: String,
    attribute: String,
    value: String,
}

impl Mappings {
    /// Reads the mappings of a template, to which those of its loops are added.
    pub fn read(planned: &PlannedTemplate) -> Result<Self, Failure> {
        let section = planned.template.root().get("Mappings").filter(|section| !section.is_null());
        let mut mappings = Self::default();
        for artifact in &planned.artifacts {
            let ByRound::PerRound { loops, .. } = &artifact.items else { continue };
            if let Some(section) = section.filter(|section| !section.is_mapping()) {
                return Err(problem::no_mappings(artifact, section));
            }
            *mappings.wanted.entry(mapping_name(artifact, loops)).or_default() += 1;
        }
        let present = section.into_iter().flat_map(Node::entries);
        mappings.taken = present.filter_map(|(name, _)| name.as_str()).map(str::to_owned).collect();
        Ok(mappings)
    }

    /// The value of a property.
    pub fn value(&mut self, artifact: &Artifact, locations: &impl Locations) -> Result<NewValue, Failure> {
        match &artifact.items {
            ByRound::Fixed(item) => Ok(artifact.form.value(&locations.location(item), locations.endpoint())),
            ByRound::PerRound { loops, rounds } => self.look_up(artifact, loops, rounds, locations),
        }
    }

    /// Adds a mapping with the location of each round and returns the intrinsic that reads it.
    fn look_up(
        &mut self,
        artifact: &Artifact,
        loops: &[Arc<Loop>],
        rounds: &[(Vec<String>, Item)],
        locations: &impl Locations,
    ) -> Result<NewValue, Failure> {
        let name = self.take_name(artifact, loops);
        self.rows.push((name.clone(), rows(artifact, rounds, locations)?));
        let find = find_in_map(&name, loops, last_key(artifact.property));
        Ok(match (artifact.form, rounds.first()) {
            (Form::Fields { .. }, Some((_, item))) => {
                let location = S3Location { version: None, ..locations.location(item) };
                artifact.form.value_with_key(&location, locations.endpoint(), find)
            }
            (Form::Fields { .. } | Form::Uri | Form::Url, _) => find,
        })
    }

    /// The name of a mapping. If two properties of a loop ask for the same, each adds the fixed part of its logical id;
    /// if that is taken, a number follows.
    fn take_name(&mut self, artifact: &Artifact, loops: &[Arc<Loop>]) -> String {
        let mut name = mapping_name(artifact, loops);
        if self.wanted.get(&name).is_some_and(|count| *count > 1) {
            name += &fixed_part(&artifact.logical_id);
        }
        let number = self.numbers.entry(name.clone()).or_insert(1);
        let mut free = name.clone();
        while !self.taken.insert(free.clone()) {
            *number += 1;
            free = format!("{name}{number}");
        }
        free
    }

    /// Adds the mappings to the template.
    pub fn insert(self, root: Node<'_>, edits: &mut Edits) {
        let mappings: Vec<_> = self.rows.into_iter().map(|(name, rows)| (name, written(rows))).collect();
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

fn written(rows: Vec<Row>) -> NewValue {
    let row = |Row { key, attribute, value }| (key, NewValue::Mapping(vec![(attribute, NewValue::Text(value))]));
    NewValue::Mapping(rows.into_iter().map(row).collect())
}

/// A row for each key. Two rounds may share one only if they share the location.
fn rows(artifact: &Artifact, rounds: &[(Vec<String>, Item)], locations: &impl Locations) -> Result<Vec<Row>, Failure> {
    let mut rows: Vec<Row> = Vec::new();
    let mut by_key: HashMap<String, usize> = HashMap::new();
    for (values, item) in rounds {
        let key = mapping_key(artifact, values)?;
        let value = location_text(artifact.form, item, locations);
        match by_key.get(&key).map(|index| &rows[*index].value) {
            None => {
                by_key.insert(key.clone(), rows.len());
                rows.push(Row { key, attribute: last_key(artifact.property).to_owned(), value });
            }
            Some(other) if *other == value => {}
            Some(_) => return Err(problem::same_key(artifact, &key)),
        }
    }
    Ok(rows)
}

fn location_text(form: Form, item: &Item, locations: &impl Locations) -> String {
    let location = locations.location(item);
    match form {
        Form::Uri => location.uri(),
        Form::Url => location.url(locations.endpoint()),
        Form::Fields { .. } => location.key,
    }
}

fn last_key(property: &str) -> &str {
    property.rsplit('.').next().unwrap_or(property)
}

fn mapping_name(artifact: &Artifact, loops: &[Arc<Loop>]) -> String {
    let loops: String = loops.iter().map(|it| it.name.as_str()).collect();
    format!("SAM{}{loops}", last_key(artifact.property))
}

/// A logical id without its loop variables, and without what a mapping's name does not take.
fn fixed_part(logical_id: &str) -> String {
    let (mut fixed, mut rest) = (String::new(), logical_id.rsplit('/').next().unwrap_or(logical_id));
    while let Some(start) = [rest.find("${"), rest.find("&{")].into_iter().flatten().min() {
        fixed += &rest[..start];
        rest = rest[start..].split_once('}').map_or("", |(_, behind)| behind);
    }
    fixed += rest;
    fixed.retain(|letter| letter.is_ascii_alphanumeric());
    fixed
}

fn mapping_key(artifact: &Artifact, values: &[String]) -> Result<String, Failure> {
    let is_allowed = |letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_';
    match values.iter().find(|value| value.is_empty() || !value.chars().all(is_allowed)) {
        None => Ok(values.join("-")),
        Some(value) => Err(problem::mapping_key(artifact, value)),
    }
}

/// `Fn::FindInMap` by the loop variable, or by several joined.
fn find_in_map(name: &str, loops: &[Arc<Loop>], attribute: &str) -> NewValue {
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

#[cfg(test)]
mod tests {
    use super::fixed_part;
    use crate::facts::{S3Endpoint, S3Location};
    use crate::package::discovery::{ByRound, Form, Loop, Slot};
    use crate::package::plan::{Artifact, Item, PlannedTemplate};
    use crate::package::rewrite::locations::Locations;
    use crate::package::rewrite::splice::rewrite;
    use crate::package::rewrite::stamp::Stamp;
    use crate::template::Template;
    use std::sync::Arc;

    struct ByIndex(S3Endpoint);

    impl Locations for ByIndex {
        fn location(&self, item: &Item) -> S3Location {
            S3Location::new("b", format!("{item:?}"))
        }

        fn endpoint(&self) -> &S3Endpoint {
            &self.0
        }
    }

    /// Rewrites `Code` of a template's resources, each in rounds of the loop `Names` with these values.
    fn rewritten(text: &str, rounds: &[&[&str]]) -> Result<String, String> {
        let template = Template::parse("t.yaml", text.as_bytes().to_vec()).unwrap();
        let (name, variable) = ("Names".to_owned(), "Name".to_owned());
        let loops = vec![Arc::new(Loop { name, variable, values: None, parameter: None })];
        let resources = template.root().get("Resources").unwrap();
        let artifacts = resources.entries().map(|(id, resource)| Artifact {
            logical_id: id.as_str().unwrap().to_owned(),
            property: "CodeUri",
            slot: Slot::Value(resource.get("Code").unwrap().id()),
            form: Form::Uri,
            items: ByRound::PerRound {
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
        let template = Arc::new(template);
        let text = rewrite(&PlannedTemplate { template, artifacts }, &locations, Stamp::Nothing);
        text.map_err(|failure| failure.problems[0].message.clone())
    }

    #[test]
    fn the_fixed_part_of_an_id_has_no_variable() {
        let rows = [("A${N}B", "AB"), ("Child/&{N}a-b.c", "abc"), ("A${N", "A"), ("${M}${N}", ""), ("A}B", "AB")];
        for (id, expected) in rows {
            assert_eq!(fixed_part(id), expected, "{id}");
        }
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
