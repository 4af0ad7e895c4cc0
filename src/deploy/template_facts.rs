//! What a deployment needs to know of its template.

use crate::facts::Place;
use crate::template::{Node, Template};
use crate::template_configuration::TemplateParameters;
use std::collections::BTreeSet;

const DYNAMIC_REFERENCE: &str = "{{resolve:";
const SSM_PARAMETER: &str = "AWS::SSM::Parameter::Value<";

/// What stands in a template.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TemplateFacts {
    pub declared: Vec<DeclaredParameter>,
    /// Whether macros may declare more parameters.
    pub declares_more: bool,
    /// Values that the template refers to and that CloudFormation does not compare: dynamic references, and parameters
    /// of Systems Manager.
    pub references: Vec<String>,
}

/// A parameter of the template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclaredParameter {
    pub name: String,
    pub has_default: bool,
    pub place: Option<Place>,
}

impl TemplateFacts {
    pub fn read(template: &Template) -> Self {
        let declared: Vec<_> = entries(template).filter_map(|(name, value)| declared(name, value)).collect();
        // A name that no parameter can have is unknown, unless any name may be declared.
        let declares_more = !TemplateParameters::of(template).is_unknown("");
        Self { declared, declares_more, references: references(template) }
    }

    /// Those of a template of which only the parameters are known: each with its name, and whether it has a default.
    pub fn of_parameters(parameters: impl Iterator<Item = (String, bool)>) -> Self {
        let declared = parameters.map(|(name, has_default)| DeclaredParameter { name, has_default, place: None });
        Self { declared: declared.collect(), ..Self::default() }
    }
}

fn entries(template: &Template) -> impl Iterator<Item = (Node<'_>, Node<'_>)> {
    template.root().get("Parameters").into_iter().flat_map(Node::entries)
}

fn declared(name: Node<'_>, value: Node<'_>) -> Option<DeclaredParameter> {
    let text = name.as_str().filter(|text| !text.starts_with("Fn::"))?;
    let has_default = value.get("Default").is_some();
    Some(DeclaredParameter { name: text.to_owned(), has_default, place: Some(name.place()) })
}

fn references(template: &Template) -> Vec<String> {
    let dynamic = template.text().match_indices(DYNAMIC_REFERENCE).filter_map(|(at, _)| {
        let rest = &template.text()[at..];
        rest.find("}}").map(|end| rest[..end + 2].to_owned())
    });
    let is_kept =
        |value: Node<'_>| value.get("Type").and_then(Node::as_str).is_some_and(|kind| kind.starts_with(SSM_PARAMETER));
    let keys = entries(template).filter(|(_, value)| is_kept(*value));
    let keys = keys.filter_map(|(name, _)| Some(format!("the parameter {}", name.as_str()?)));
    dynamic.chain(keys).collect::<BTreeSet<_>>().into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::TemplateFacts;
    use crate::template::Template;

    #[test]
    fn parameters_and_references_are_found() {
        let text = "Parameters:
  Stage: {Type: String}
  Size: {Type: Number, Default: 1}
  Image: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /image}
Resources:
  Database:
    Type: AWS::RDS::DBInstance
    Properties:
      Password: '{{resolve:secretsmanager:db:SecretString:password}}'
      User: !Sub '{{resolve:ssm:/user}}-${Stage}{{resolve:ssm:/user}}'
";
        let template = Template::parse("t.yaml", text.as_bytes().to_vec()).unwrap();
        let facts = TemplateFacts::read(&template);
        let declared: Vec<_> = facts.declared.iter().map(|it| (it.name.as_str(), it.has_default)).collect();
        assert_eq!(declared, [("Stage", false), ("Size", true), ("Image", true)]);
        assert_eq!(facts.declared[1].place.as_ref().unwrap().to_string(), "t.yaml:3:3");
        assert_eq!(
            facts.references,
            ["the parameter Image", "{{resolve:secretsmanager:db:SecretString:password}}", "{{resolve:ssm:/user}}"]
        );
        assert!(!facts.declares_more);
        let open = Template::parse("t.yaml", b"Transform: Own\nResources: {}\n".to_vec()).unwrap();
        assert!(TemplateFacts::read(&open).declares_more);
    }
}
