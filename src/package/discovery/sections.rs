//! The parameters and mappings of a template by name, so that each lookup is cheap.

use super::parameter::Parameter;
use crate::template::Node;
use std::collections::HashMap;
use std::sync::Arc;

/// Parameters of this type hold the name of a value in Systems Manager, not the value.
const SYSTEMS_MANAGER_TYPE: &str = "AWS::SSM::Parameter::Value<";

/// The parameters and mappings of a template.
pub struct Sections<'t> {
    parameters: HashMap<&'t str, Arc<Parameter>>,
    /// By mapping, first and second key.
    mappings: HashMap<[&'t str; 3], Node<'t>>,
}

impl<'t> Sections<'t> {
    /// Reads the sections of a template.
    pub fn read(root: Node<'t>) -> Self {
        let parameters = named_entries(root.get("Parameters"));
        let parameters = parameters.filter_map(|(name, declaration)| Some((name, parameter(name, declaration)?)));
        let mappings = named_entries(root.get("Mappings")).flat_map(|(mapping, rows)| {
            let rows = named_entries(Some(rows));
            rows.flat_map(move |(row, values)| {
                named_entries(Some(values)).map(move |(key, value)| ([mapping, row, key], value))
            })
        });
        Self { parameters: parameters.collect(), mappings: mappings.collect() }
    }

    /// A parameter that the template declares. `None` for one that only a deployment can read.
    pub fn parameter(&self, name: &str) -> Option<Arc<Parameter>> {
        self.parameters.get(name).cloned()
    }

    /// The value in `Mappings` below these keys.
    pub fn mapped(&self, keys: [&str; 3]) -> Option<Node<'t>> {
        self.mappings.get(&keys).copied()
    }
}

fn named_entries<'t>(mapping: Option<Node<'t>>) -> impl Iterator<Item = (&'t str, Node<'t>)> {
    let entries = mapping.into_iter().flat_map(Node::entries);
    entries.filter_map(|(name, value)| Some((name.as_str()?, value)))
}

fn parameter(name: &str, declaration: Node<'_>) -> Option<Arc<Parameter>> {
    let text = |key: &str| declaration.get(key).and_then(Node::as_str);
    let is_readable = !text("Type").unwrap_or_default().starts_with(SYSTEMS_MANAGER_TYPE);
    let default = text("Default").map(Arc::from);
    is_readable.then(|| Arc::new(Parameter { name: name.to_owned(), default }))
}

#[cfg(test)]
mod tests {
    use super::Sections;
    use crate::template::{Node, Template};

    #[test]
    fn a_parameter_that_names_a_value_in_systems_manager_is_not_readable() {
        let types = "{A: {Type: 'AWS::SSM::Parameter::Value<List<String>>', Default: /names}, B: {Default: x}}";
        let template = Template::parse("t.yaml", format!("Parameters: {types}").into_bytes()).unwrap();
        let sections = Sections::read(template.root());
        let default = |name: &str| sections.parameter(name).map(|parameter| parameter.default.clone());
        assert_eq!([default("A"), default("B"), default("C")], [None, Some(Some("x".into())), None]);
    }

    #[test]
    fn a_mapped_value_has_three_keys() {
        let text = "Mappings: {M: {a: {p: x, list: [y]}}, N: !Transform {Name: T}, Fn::Transform: {Name: T}}";
        let template = Template::parse("t.yaml", text.as_bytes().to_vec()).unwrap();
        let sections = Sections::read(template.root());
        assert_eq!(sections.mapped(["M", "a", "p"]).and_then(Node::as_str), Some("x"));
        assert!(sections.mapped(["M", "a", "list"]).is_some_and(Node::is_sequence));
        assert!(sections.mapped(["M", "b", "p"]).is_none() && sections.mapped(["N", "Name", "T"]).is_none());
    }
}
