//! What a parent passes to the parameters of a nested template.

use super::intrinsics::{has_intrinsic, used_loops};
use super::loops::Loop;
use super::parameter::Parameter;
use super::sections::Sections;
use crate::template::Node;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a parent passes to the parameters of a nested template.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Passed {
    values: BTreeMap<String, PassedValue>,
    others: Others,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct PassedValue {
    /// `None` when only a deployment knows it.
    text: Option<Arc<str>>,
    /// The parent's own parameter that it comes from.
    from: Option<Arc<Parameter>>,
}

/// The parameters that are not among the values.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Others {
    #[default]
    HaveTheirDefaults,
    /// An intrinsic function may set them.
    Unknown,
}

/// Where the value of a parameter is written.
#[derive(Clone, Copy)]
pub struct Parent<'t> {
    pub sections: &'t Sections<'t>,
    pub loops: &'t [Arc<Loop>],
    /// What the parent is passed.
    pub passed: &'t Passed,
}

impl Passed {
    /// Reads `Parameters` among the properties of a nested stack, an application or a stack set.
    pub fn read(properties: Node<'_>, parent: Parent<'_>) -> Self {
        let mut passed = match properties.get("Parameters").filter(|parameters| !parameters.is_null()) {
            None => Self::default(),
            Some(it) if it.is_mapping() && it.intrinsic().is_none() => Self::from_mapping(it, parent),
            Some(it) if it.is_sequence() => Self::from_pairs(it, parent),
            Some(_) => Self { others: Others::Unknown, ..Self::default() },
        };
        passed.values.extend(overridden(properties).map(|name| (name.to_owned(), PassedValue::default())));
        passed
    }

    fn from_mapping(parameters: Node<'_>, parent: Parent<'_>) -> Self {
        let others = if has_intrinsic(parameters) { Others::Unknown } else { Others::HaveTheirDefaults };
        let entries = parameters.entries().filter_map(|(name, value)| Some((name.as_str()?.to_owned(), value)));
        Self { values: entries.map(|(name, value)| (name, parent.value(value))).collect(), others }
    }

    /// Of a stack set: a list of `ParameterKey` and `ParameterValue`.
    fn from_pairs(parameters: Node<'_>, parent: Parent<'_>) -> Self {
        let pairs = parameters.items().filter_map(|pair| {
            let value = pair.get("ParameterValue").map(|value| parent.value(value));
            Some((pair.get("ParameterKey")?.as_str()?.to_owned(), value.unwrap_or_default()))
        });
        Self { values: pairs.collect(), others: Others::HaveTheirDefaults }
    }

    /// The value of a parameter. `None` when only a deployment knows it.
    pub fn value<'v>(&'v self, parameter: &'v Parameter) -> Option<&'v Arc<str>> {
        match (self.values.get(&parameter.name), self.others) {
            (Some(passed), _) => passed.text.as_ref(),
            (None, Others::HaveTheirDefaults) => parameter.default.as_ref(),
            (None, Others::Unknown) => None,
        }
    }

    /// The parent's own parameter from which a parameter has its value.
    pub fn source(&self, parameter: &Parameter) -> Option<&Arc<Parameter>> {
        self.values.get(&parameter.name)?.from.as_ref()
    }
}

/// The parameters that have other values in some instances of a stack set.
fn overridden(properties: Node<'_>) -> impl Iterator<Item = &str> {
    let groups = properties.get("StackInstancesGroup").into_iter().flat_map(Node::items);
    let overrides = groups.filter_map(|group| group.get("ParameterOverrides")).flat_map(Node::items);
    overrides.filter_map(|pair| pair.get("ParameterKey")?.as_str())
}

impl Parent<'_> {
    /// A text, a list of texts, or a parameter that is passed on, alone or joined with commas.
    fn value(self, value: Node<'_>) -> PassedValue {
        if !used_loops(value, self.loops).is_empty() {
            return PassedValue::default();
        }
        if let Some(from) = self.passed_on(value) {
            return PassedValue { text: self.passed.value(&from).cloned(), from: Some(from) };
        }
        let items = || value.items().map(Node::as_str).collect::<Option<Vec<_>>>();
        let list = value.is_sequence().then(items).flatten().map(|items| items.join(",").into());
        PassedValue { text: value.as_str().map(Arc::from).or(list), from: None }
    }

    fn passed_on(self, value: Node<'_>) -> Option<Arc<Parameter>> {
        let intrinsic = value.intrinsic()?;
        match &*intrinsic.name {
            "Ref" => self.sections.parameter(intrinsic.argument.as_str()?),
            "Fn::Join" => {
                let items: Vec<_> = intrinsic.argument.items().collect();
                let [delimiter, list] = items[..] else { return None };
                let list = list.intrinsic().filter(|list| list.name == "Ref" && delimiter.as_str() == Some(","))?;
                self.sections.parameter(list.argument.as_str()?)
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Parent, Passed};
    use crate::package::discovery::loops::Loop;
    use crate::package::discovery::sections::Sections;
    use crate::template::Template;
    use std::sync::Arc;

    fn template(text: &str) -> Template {
        Template::parse("t.yaml", text.as_bytes().to_vec()).unwrap()
    }

    /// The value of `Names`, whose default is `d`, below properties of a parent that is passed `up`.
    fn value(properties: &str) -> Option<String> {
        let parent = "Parameters: {Up: {Type: CommaDelimitedList, Default: no}, Other: {Type: String, Default: o}}";
        let parent = template(&format!("{parent}\nOwn: {{Parameters: {{Up: up}}}}\nP: {properties}\n"));
        let child = template("Parameters: {Names: {Type: CommaDelimitedList, Default: d}}");
        let at = |key: &str| parent.root().get(key).unwrap();
        let (sections, nothing) = (Sections::read(parent.root()), Passed::default());
        let grandparent = Parent { sections: &sections, loops: &[], passed: &nothing };
        let own = Passed::read(at("Own"), grandparent);
        let (name, variable) = ("L".to_owned(), "N".to_owned());
        let loops = [Arc::new(Loop { name, variable, values: None, parameter: None })];
        let passed = Passed::read(at("P"), Parent { loops: &loops, passed: &own, ..grandparent });
        let declared = Sections::read(child.root()).parameter("Names").unwrap();
        passed.value(&declared).map(|value| value.to_string())
    }

    #[test]
    fn a_passed_value_counts_before_the_default_also_where_it_is_unknown() {
        let rows = [
            ("{}", Some("d")),
            ("{Parameters: }", Some("d")),
            ("{Parameters: {Others: x}}", Some("d")),
            ("{Parameters: {Names: 'a,b'}}", Some("a,b")),
            ("{Parameters: {Names: 7}}", Some("7")),
            ("{Parameters: {Names: [a, 'b']}}", Some("a,b")),
            ("{Parameters: {Names: !Ref Up}}", Some("up")),
            ("{Parameters: {Names: !Ref Other}}", Some("o")),
            ("{Parameters: {Names: !Join [',', !Ref Up]}}", Some("up")),
            ("{Parameters: {Names: {'Fn::Join': [',', {Ref: Up}]}}}", Some("up")),
            ("{Parameters: {Names: !Join [';', !Ref Up]}}", None),
            ("{Parameters: {Names: !Ref Bucket}}", None),
            ("{Parameters: {Names: !ImportValue x}}", None),
            ("{Parameters: {Names: [a, !Ref Up]}}", None),
            ("{Parameters: {Names: }}", None),
            ("{Parameters: {Names: 'a,${N}'}}", None),
            ("{Parameters: {Names: !Ref N}}", None),
            ("{Parameters: !If [C, {Names: a}, {}]}", None),
            ("{Parameters: {Fn::Transform: {Name: T}, Others: x}}", None),
            ("{Parameters: {Fn::Transform: {Name: T}, Names: a}}", Some("a")),
            ("{Fn::Transform: {Name: T}, TemplateURL: x}", Some("d")),
            ("{Parameters: [{ParameterKey: Names, ParameterValue: 'a,b'}]}", Some("a,b")),
            ("{Parameters: [{ParameterKey: Others, ParameterValue: x}]}", Some("d")),
            ("{StackInstancesGroup: [{ParameterOverrides: [{ParameterKey: Names, ParameterValue: x}]}]}", None),
        ];
        for (properties, expected) in rows {
            assert_eq!(value(properties).as_deref(), expected, "{properties}");
        }
    }
}
