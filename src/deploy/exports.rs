//! Exports that a change set removes or may change while other stacks import them: CloudFormation fails such a
//! deployment late.

use super::lines::Lines;
use super::stacks::Stack;
use crate::facts::{Plan, StackOutput};
use crate::template::Node;
use std::collections::BTreeSet;

/// An export in danger, and whether it goes for certain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endangered {
    pub export: String,
    pub goes: bool,
}

/// The exports of a stack that the template no longer has, or whose value comes from a resource that is replaced.
pub fn endangered(stack: &Stack, plan: &Plan, lines: &Lines<'_>) -> Vec<Endangered> {
    let outputs = lines.root.root().get("Outputs");
    let is_readable = outputs.is_none_or(|outputs| outputs.entries().all(|(key, _)| !is_function(key)));
    if !is_readable || lines.root.root().get("Fn::Transform").is_some() {
        return Vec::new();
    }
    let changed: BTreeSet<_> = plan
        .changes
        .iter()
        .filter(|change| change.parents.is_empty() && super::gates::may_be_replaced(change, plan))
        .map(|change| change.logical_id.as_str())
        .collect();
    let danger = |output: &StackOutput| {
        let export = output.export_name.clone()?;
        let goes = goes(outputs.and_then(|outputs| outputs.get(&output.key)), &export);
        let changes = || outputs.and_then(|it| it.get(&output.key)?.get("Value")).is_some_and(|it| names(it, &changed));
        (goes || changes()).then_some(Endangered { export, goes })
    };
    stack.outputs.iter().filter_map(danger).collect()
}

fn is_function(key: Node<'_>) -> bool {
    key.as_str().is_some_and(|name| name.starts_with("Fn::"))
}

/// Whether an output no longer exports a value under this name. A name that is computed is taken for the same.
fn goes(output: Option<Node<'_>>, export: &str) -> bool {
    let name = output.and_then(|output| output.get("Export")?.get("Name"));
    name.is_none_or(|name| name.as_str().is_some_and(|name| name != export))
}

/// Whether a value refers to one of these resources.
fn names(value: Node<'_>, resources: &BTreeSet<&str>) -> bool {
    let is_named = |text: &str| {
        let parts = text.split(|it: char| !it.is_ascii_alphanumeric());
        parts.into_iter().any(|part| resources.contains(part))
    };
    if let Some(function) = value.intrinsic() {
        return function.argument.as_str().is_some_and(is_named) || names_below(function.argument, resources);
    }
    names_below(value, resources)
}

fn names_below(value: Node<'_>, resources: &BTreeSet<&str>) -> bool {
    let is_named = |item: Node<'_>| {
        let is_resource = item.as_str().is_some_and(|text| resources.contains(text.split('.').next().unwrap_or(text)));
        is_resource || names(item, resources)
    };
    value.items().any(is_named) || value.entries().any(|(_, value)| is_named(value))
}

#[cfg(test)]
mod tests {
    use super::{Endangered, endangered};
    use crate::deploy::lines::Lines;
    use crate::deploy::stacks::Stack;
    use crate::facts::{ChangeAction, Plan, Replacement, StackChange, StackOutput};
    use crate::template::Template;

    #[test]
    fn exports_that_go_or_may_change_are_found() {
        let text = "Outputs:
  Same: {Value: !Ref Kept, Export: {Name: same}}
  Ref: {Value: !Ref Replaced, Export: {Name: by-ref}}
  Att: {Value: {'Fn::GetAtt': [Replaced, Arn]}, Export: {Name: by-att}}
  Sub: {Value: !Sub 'x-${Replaced.Arn}', Export: {Name: by-sub}}
  Deep: {Value: !Join ['-', [!GetAtt Replaced.Arn]], Export: {Name: deep}}
  Renamed: {Value: x, Export: {Name: new-name}}
  Computed: {Value: x, Export: {Name: !Sub '${AWS::StackName}-x'}}
  Silent: {Value: x}
";
        let template = Template::parse("t.yaml", text.as_bytes().to_vec()).unwrap();
        let keys = [
            ("Same", "same"),
            ("Ref", "by-ref"),
            ("Att", "by-att"),
            ("Sub", "by-sub"),
            ("Deep", "deep"),
            ("Renamed", "old-name"),
            ("Computed", "app-x"),
            ("Silent", "silent"),
            ("Gone", "gone"),
        ];
        let output = |(key, export): (&str, &str)| StackOutput {
            key: key.to_owned(),
            value: "v".to_owned(),
            description: None,
            export_name: Some(export.to_owned()),
        };
        let stack = Stack { outputs: keys.map(output).to_vec(), ..Stack::default() };
        let change = StackChange {
            parents: Vec::new(),
            logical_id: "Replaced".to_owned(),
            physical_id: None,
            resource_type: "AWS::SQS::Queue".to_owned(),
            action: ChangeAction::Modify,
            replacement: Some(Replacement::Conditional),
            policy_action: None,
            causes: Vec::new(),
            place: None,
        };
        let plan = Plan { changes: vec![change], unknown: Vec::new() };
        let found = endangered(&stack, &plan, &Lines { root: &template, nested: &[] });
        let found: Vec<_> = found.iter().map(|Endangered { export, goes }| (export.as_str(), *goes)).collect();
        assert_eq!(
            found,
            [
                ("by-ref", false),
                ("by-att", false),
                ("by-sub", false),
                ("deep", false),
                ("old-name", true),
                ("silent", true),
                ("gone", true),
            ]
        );
    }
}
