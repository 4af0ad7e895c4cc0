//! What is known of a template's parameters before a deployment: their defaults, and what a parent passes.

use super::intrinsics;
use super::loops::Loop;
use crate::template::{Node, Template};
use std::collections::BTreeMap;

/// A parameter whose value may stand in a template.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Its default, a list with commas between.
    default: Option<String>,
}

impl Parameter {
    /// A parameter that a template declares. `None` where there is no such, and for one that holds the name of a
    /// value in Systems Manager.
    pub fn declared(template: &Template, name: &str) -> Option<Self> {
        let declaration = template.root().get("Parameters")?.get(name)?;
        let of_type = declaration.get("Type").and_then(Node::as_str).unwrap_or_default();
        let default = declaration.get("Default").and_then(Node::as_str).map(str::to_owned);
        (!of_type.starts_with("AWS::SSM::Parameter::Value<")).then(|| Self { name: name.to_owned(), default })
    }
}

/// What a parent passes to the parameters of a nested template.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Passed {
    values: BTreeMap<String, PassedValue>,
    /// What is passed beside these.
    others: Others,
}

/// A value that a parent passes. `None` when only a deployment knows it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct PassedValue {
    text: Option<String>,
    /// The parent's own parameter that it comes from.
    from: Option<Parameter>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Others {
    /// Nothing.
    #[default]
    Nothing,
    /// Whatever an intrinsic function brings.
    Unknown,
}

impl Passed {
    /// Reads `Parameters` among the properties of a nested stack, an application or a stack set, inside loops of a
    /// template that has been passed something itself.
    pub fn read(properties: Node<'_>, loops: &[Loop], own: &Self) -> Self {
        let mut passed = Self::default();
        let parameters = properties.get("Parameters").filter(|parameters| !parameters.is_null());
        match parameters {
            None => {}
            Some(parameters) if parameters.intrinsic().is_none() && parameters.is_mapping() => {
                passed.others = if has_intrinsic(parameters) { Others::Unknown } else { Others::Nothing };
                let entries = parameters.entries().filter_map(|(name, value)| Some((name.as_str()?, value)));
                passed.values = entries.map(|(name, value)| (name.to_owned(), value_of(value, loops, own))).collect();
            }
            Some(parameters) if parameters.is_sequence() => {
                let pairs = parameters.items().filter_map(|pair| {
                    let value = pair.get("ParameterValue").map(|value| value_of(value, loops, own));
                    Some((pair.get("ParameterKey")?.as_str()?.to_owned(), value.unwrap_or_default()))
                });
                passed.values = pairs.collect();
            }
            Some(_) => passed.others = Others::Unknown,
        }
        passed.values.extend(overridden(properties).map(|name| (name.to_owned(), PassedValue::default())));
        passed
    }

    /// The value of a parameter. `None` when only a deployment knows it.
    pub fn value(&self, parameter: &Parameter) -> Option<String> {
        match (self.values.get(&parameter.name), self.others) {
            (Some(passed), _) => passed.text.clone(),
            (None, Others::Nothing) => parameter.default.clone(),
            (None, Others::Unknown) => None,
        }
    }

    /// The parent's own parameter from which a parameter has its value.
    pub fn source(&self, parameter: &Parameter) -> Option<&Parameter> {
        self.values.get(&parameter.name)?.from.as_ref()
    }
}

/// Whether an intrinsic stands among other keys, such as an include that may bring the property.
pub fn has_intrinsic(mapping: Node<'_>) -> bool {
    mapping.entries().any(|(key, _)| key.as_str().is_some_and(|key| key.starts_with("Fn::")))
}

/// The parameters that have other values in some instances of a stack set.
fn overridden(properties: Node<'_>) -> impl Iterator<Item = &str> {
    let groups = properties.get("StackInstancesGroup").into_iter().flat_map(Node::items);
    let overrides = groups.filter_map(|group| group.get("ParameterOverrides")).flat_map(Node::items);
    overrides.filter_map(|pair| pair.get("ParameterKey")?.as_str())
}

/// A text, a list of texts, or a parameter handed on, alone or joined with commas.
fn value_of(value: Node<'_>, loops: &[Loop], own: &Passed) -> PassedValue {
    if !intrinsics::used(value, loops).is_empty() {
        return PassedValue::default();
    }
    if let Some(from) = handed_on(value) {
        return PassedValue { text: own.value(&from), from: Some(from) };
    }
    let items = || value.items().map(|item| item.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>();
    let list = value.is_sequence().then(items).flatten().map(|items| items.join(","));
    PassedValue { text: value.as_str().map(str::to_owned).or(list), from: None }
}

fn handed_on(value: Node<'_>) -> Option<Parameter> {
    let intrinsic = value.intrinsic()?;
    match &*intrinsic.name {
        "Ref" => Parameter::declared(value.template(), intrinsic.argument.as_str()?),
        "Fn::Join" => {
            let items: Vec<_> = intrinsic.argument.items().collect();
            let [delimiter, list] = items[..] else { return None };
            let list = list.intrinsic().filter(|list| list.name == "Ref" && delimiter.as_str() == Some(","))?;
            Parameter::declared(value.template(), list.argument.as_str()?)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Parameter, Passed};
    use crate::package::loops::Loop;
    use crate::template::Template;

    fn template(text: &str) -> Template {
        Template::parse("t.yaml", text.as_bytes().to_vec()).unwrap()
    }

    /// The value of `Names`, whose default is `d`, below properties of a parent that is passed `up`.
    fn value(properties: &str) -> Option<String> {
        let parent = "Parameters: {Up: {Type: CommaDelimitedList, Default: no}, Other: {Type: String, Default: o}}";
        let parent = template(&format!("{parent}\nOwn: {{Parameters: {{Up: up}}}}\nP: {properties}\n"));
        let child = template("Parameters: {Names: {Type: CommaDelimitedList, Default: d}}");
        let at = |key: &str| parent.root().get(key).unwrap();
        let own = Passed::read(at("Own"), &[], &Passed::default());
        let loops = [Loop { name: "L".to_owned(), variable: "N".to_owned(), values: None, parameter: None }];
        Passed::read(at("P"), &loops, &own).value(&Parameter::declared(&child, "Names").unwrap())
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

    #[test]
    fn a_parameter_that_names_a_value_elsewhere_is_none_of_ours() {
        let types = "{A: {Type: 'AWS::SSM::Parameter::Value<List<String>>', Default: /names}, B: {Default: x}}";
        let template = template(&format!("Parameters: {types}"));
        let declared = |name: &str| Parameter::declared(&template, name).map(|it| it.default);
        assert_eq!([declared("A"), declared("B"), declared("C")], [None, Some(Some("x".to_owned())), None]);
    }
}
