//! Which aliases of a template CodeDeploy shifts, and in which groups: their `UpdatePolicy`.

use super::deployments::GroupName;
use crate::template::{Node, Template};
use std::collections::{BTreeMap, BTreeSet};

const ALIAS: &str = "AWS::Lambda::Alias";

/// An alias that CodeDeploy shifts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AliasPolicy {
    /// Logical id of the alias.
    pub alias: String,
    application: Name,
    group: Name,
    /// Hook functions, by logical id, that the template does not have.
    pub missing_hooks: Vec<String>,
}

/// The aliases that CodeDeploy shifts, by the ARN of their stack, as far as templates were read.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct GroupCache(pub BTreeMap<String, Vec<AliasPolicy>>);

/// How a template names a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Name {
    /// Its logical id.
    Logical(String),
    Physical(String),
}

impl AliasPolicy {
    /// The names of the group, if the stack has it already.
    pub fn group(&self, physical_ids: &BTreeMap<String, String>) -> Option<GroupName> {
        let resolve = |name: &Name| match name {
            Name::Logical(id) => physical_ids.get(id).cloned(),
            Name::Physical(name) => Some(name.clone()),
        };
        // The physical id of a group is its name, with its application in front in some answers.
        let group = resolve(&self.group)?;
        let group = group.rsplit('|').next().unwrap_or(&group).to_owned();
        Some(GroupName { application: resolve(&self.application)?, group })
    }
}

/// The aliases that a template shifts. A text that is no template has none.
pub fn alias_policies(template: &str) -> Vec<AliasPolicy> {
    let Ok(template) = Template::parse("processed template", template.as_bytes().to_vec()) else { return Vec::new() };
    let Some(resources) = template.root().get("Resources") else { return Vec::new() };
    let known: BTreeSet<_> = resources.entries().filter_map(|(name, _)| name.as_str()).collect();
    resources.entries().filter_map(|(name, resource)| policy(name.as_str()?, resource, &known)).collect()
}

/// The group of an alias by the names that SAM gives: `<Function>Alias<name>` and `<Function>DeploymentGroup`.
pub fn group_by_convention(alias: &str, physical_ids: &BTreeMap<String, String>) -> Option<GroupName> {
    let application = physical_ids.get("ServerlessDeploymentApplication")?.clone();
    let is_of_alias = |function: &str| alias.strip_prefix(function).is_some_and(|rest| rest.starts_with("Alias"));
    let groups = physical_ids.iter().filter(|(id, _)| id.strip_suffix("DeploymentGroup").is_some_and(is_of_alias));
    let (_, group) = groups.max_by_key(|(id, _)| id.len())?;
    Some(GroupName { application, group: group.clone() })
}

fn policy(alias: &str, resource: Node<'_>, known: &BTreeSet<&str>) -> Option<AliasPolicy> {
    if resource.get("Type")?.as_str() != Some(ALIAS) {
        return None;
    }
    let policy = resource.get("UpdatePolicy")?.get("CodeDeployLambdaAliasUpdate")?;
    let hooks = ["BeforeAllowTrafficHook", "AfterAllowTrafficHook"].into_iter();
    let named = hooks.filter_map(|hook| logical_id(policy.get(hook)?));
    Some(AliasPolicy {
        alias: alias.to_owned(),
        application: name(policy.get("ApplicationName")?)?,
        group: name(policy.get("DeploymentGroupName")?)?,
        missing_hooks: named.filter(|hook| !known.contains(hook)).map(str::to_owned).collect(),
    })
}

fn name(value: Node<'_>) -> Option<Name> {
    match logical_id(value) {
        Some(id) => Some(Name::Logical(id.to_owned())),
        None => value.as_str().map(|text| Name::Physical(text.to_owned())),
    }
}

/// The resource that a `Ref` or `Fn::GetAtt` names.
fn logical_id(value: Node<'_>) -> Option<&str> {
    let intrinsic = value.intrinsic()?;
    let argument = intrinsic.argument;
    let first = argument.items().next().and_then(Node::as_str).or_else(|| argument.as_str())?;
    first.split('.').next()
}

#[cfg(test)]
mod tests {
    use super::{alias_policies, group_by_convention};
    use crate::shift::GroupName;
    use std::collections::BTreeMap;

    #[test]
    fn an_alias_names_its_group_by_logical_id_or_by_name() {
        let template = "Resources:
  Plain: {Type: AWS::Lambda::Alias, Properties: {Name: live}}
  HelloAliaslive:
    Type: AWS::Lambda::Alias
    UpdatePolicy:
      CodeDeployLambdaAliasUpdate:
        ApplicationName: !Ref ServerlessDeploymentApplication
        DeploymentGroupName: {Ref: HelloDeploymentGroup}
        BeforeAllowTrafficHook: !Ref Gone
        AfterAllowTrafficHook: !Ref Check
  NamedAlias:
    Type: AWS::Lambda::Alias
    UpdatePolicy: {CodeDeployLambdaAliasUpdate: {ApplicationName: app, DeploymentGroupName: group}}
  Check: {Type: AWS::Lambda::Function}
";
        let policies = alias_policies(template);
        let names: Vec<_> = policies.iter().map(|it| it.alias.as_str()).collect();
        assert_eq!(names, ["HelloAliaslive", "NamedAlias"]);
        assert_eq!(policies[0].missing_hooks, ["Gone"]);
        let group = |application: &str, group: &str| {
            Some(GroupName { application: application.to_owned(), group: group.to_owned() })
        };
        let ids = [("ServerlessDeploymentApplication", "app-1"), ("HelloDeploymentGroup", "app-1|hello-1")];
        let ids: BTreeMap<_, _> = ids.iter().map(|(id, name)| ((*id).to_owned(), (*name).to_owned())).collect();
        assert_eq!(policies[0].group(&ids), group("app-1", "hello-1"));
        assert_eq!(policies[0].group(&BTreeMap::new()), None);
        assert_eq!(policies[1].group(&BTreeMap::new()), group("app", "group"));
    }

    #[test]
    fn sam_names_the_group_by_the_function() {
        let ids = ["ServerlessDeploymentApplication", "HelloDeploymentGroup", "HelloAliasDeploymentGroup"];
        let ids: BTreeMap<_, _> = ids.iter().map(|id| ((*id).to_owned(), format!("{id}-1"))).collect();
        let group = |alias| group_by_convention(alias, &ids).map(|it| it.group);
        assert_eq!(group("HelloAliaslive").as_deref(), Some("HelloDeploymentGroup-1"));
        assert_eq!(group("HelloAliasAliaslive").as_deref(), Some("HelloAliasDeploymentGroup-1"));
        assert_eq!(group("Other"), None);
    }

    #[test]
    fn a_text_that_is_no_template_shifts_nothing() {
        for text in ["", "[", "Resources: 1", "{\"Resources\": {\"A\": {\"Type\": \"AWS::Lambda::Alias\"}}}"] {
            assert_eq!(alias_policies(text), [], "{text}");
        }
    }
}
