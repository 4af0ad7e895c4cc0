//! `Fn::ForEach::Name: [variable, collection, {body}]` → a loop and its body.

use super::loops::{Loop, PREFIX};
use super::parameter::Parameter;
use super::passed::Passed;
use super::sections::Sections;
use crate::template::Node;
use std::collections::HashMap;
use std::sync::Arc;

/// Reads the loops of one template.
pub struct LoopReader<'t> {
    sections: &'t Sections<'t>,
    passed: &'t Passed,
    /// The values of each parameter that a loop runs over, split once.
    lists: HashMap<String, Option<Arc<[String]>>>,
}

impl<'t> LoopReader<'t> {
    pub fn new(sections: &'t Sections<'t>, passed: &'t Passed) -> Self {
        Self { sections, passed, lists: HashMap::new() }
    }

    /// A loop and its body. `None` for a value of another shape.
    pub fn read(&mut self, key: &str, value: Node<'t>) -> Option<(Loop, Node<'t>)> {
        let items: Vec<Node<'t>> = value.items().take(4).collect();
        let [variable, collection, body] = items[..] else { return None };
        let (name, variable) = (key.strip_prefix(PREFIX)?.to_owned(), variable.as_str()?.to_owned());
        let parameter = self.parameter(collection);
        let values = match &parameter {
            Some(parameter) => self.values(parameter),
            None => literals(collection),
        };
        let parameter = parameter.map(|parameter| (parameter, collection.id()));
        body.is_mapping().then_some((Loop { name, variable, values, parameter }, body))
    }

    /// The parameter that a collection refers to.
    fn parameter(&self, collection: Node<'t>) -> Option<Arc<Parameter>> {
        let reference = collection.intrinsic().filter(|intrinsic| intrinsic.name == "Ref")?;
        self.sections.parameter(reference.argument.as_str()?)
    }

    fn values(&mut self, parameter: &Parameter) -> Option<Arc<[String]>> {
        if let Some(values) = self.lists.get(&parameter.name) {
            return values.clone();
        }
        let split = |list: &str| list.split(',').map(|value| value.trim().to_owned()).collect();
        let values: Option<Arc<[String]>> = self.passed.value(parameter).map(|list| split(list));
        self.lists.insert(parameter.name.clone(), values.clone());
        values
    }
}

/// The strings of a collection that is a list of literals.
fn literals(collection: Node<'_>) -> Option<Arc<[String]>> {
    let items = collection.is_sequence().then(|| collection.items())?;
    items.map(|item| item.as_str().map(str::to_owned)).collect()
}
