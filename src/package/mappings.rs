//! The mappings in which a packaged loop looks the locations of its rounds up.

use super::loops::Loop;
use super::plan::{Artifact, Item, PlannedTemplate, Target};
use super::properties::Form;
use super::rewrite::{Locations, RewriteError};
use crate::facts::S3Location;
use crate::template::{Edits, NewValue, Node};
use std::collections::{HashMap, HashSet};

/// One round of a loop in a mapping.
struct Row {
    key: String,
    attribute: String,
    value: String,
}

/// The mappings in which a packaged loop looks its locations up.
#[derive(Default)]
pub struct Mappings {
    /// How many properties want the same name.
    wanted: HashMap<String, usize>,
    /// Names that are given, by the user or here.
    taken: HashSet<String>,
    /// Name → rows.
    rows: Vec<(String, Vec<Row>)>,
}

impl Mappings {
    /// Of a template, for the properties of it that differ by round.
    pub fn of(planned: &PlannedTemplate) -> Result<Self, RewriteError> {
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

    /// The value of a property.
    pub fn value(&mut self, artifact: &Artifact, locations: &impl Locations) -> Result<NewValue, RewriteError> {
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

    /// Adds the mappings to the template.
    pub fn insert(self, root: Node<'_>, edits: &mut Edits) {
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

#[cfg(test)]
mod tests {
    use crate::facts::{S3Endpoint, S3Location};
    use crate::package::found::Slot;
    use crate::package::loops::Loop;
    use crate::package::plan::{Artifact, Item, PlannedTemplate, Target};
    use crate::package::properties::Form;
    use crate::package::rewrite::{Locations, Stamp, rewrite};
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
        let (name, variable) = ("Names".to_owned(), "Name".to_owned());
        let loops = vec![Loop { name, variable, values: None, parameter: None }];
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
