//! Which aliases of a template CodeDeploy shifts, and in which groups: their `UpdatePolicy`.

use super::alias::Sought;
use super::deployments::GroupName;
use crate::facts::resource_types::ALIAS;
use crate::template::{Node, Template};
use std::collections::{BTreeMap, BTreeSet};

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
    /// By a parameter or a function that only CloudFormation evaluates.
    Computed,
}

/// What an intrinsic function of a template may name.
struct Names<'t> {
    resources: BTreeSet<&'t str>,
    parameters: BTreeSet<&'t str>,
}

/// What a property of an update policy refers to.
enum Referent<'t> {
    Resource(&'t str),
    /// A name that the template does not have.
    Missing(&'t str),
    /// A parameter, a pseudo parameter, or the value of another function.
    Computed,
}

impl AliasPolicy {
    /// The names of the group: `Unknown` if the stack does not have it yet, `Absent` if only CloudFormation can tell.
    pub fn group(&self, physical_ids: &BTreeMap<String, String>) -> Sought<GroupName> {
        if self.application == Name::Computed || self.group == Name::Computed {
            return Sought::Absent;
        }
        let names = self.application.resolve(physical_ids).zip(self.group.resolve(physical_ids));
        names.map_or(Sought::Unknown, |(application, group)| Sought::Found(group_name(application, group)))
    }
}

impl Name {
    fn resolve<'n>(&'n self, physical_ids: &'n BTreeMap<String, String>) -> Option<&'n str> {
        match self {
            Self::Logical(id) => physical_ids.get(id).map(String::as_str),
            Self::Physical(name) => Some(name),
            Self::Computed => None,
        }
    }
}

/// The aliases that a template shifts. A text that is no template has none.
pub fn alias_policies(template: &str) -> Vec<AliasPolicy> {
    let Ok(template) = Template::parse("processed template", template.as_bytes().to_vec()) else { return Vec::new() };
    let Some(resources) = template.root().get("Resources") else { return Vec::new() };
    let names = Names { resources: keys(Some(resources)), parameters: keys(template.root().get("Parameters")) };
    resources.entries().filter_map(|(name, resource)| policy(name.as_str()?, resource, &names)).collect()
}

/// The group of an alias by the names that SAM gives: `<Function>Alias<name>` and `<Function>DeploymentGroup`.
pub fn group_by_convention(alias: &str, physical_ids: &BTreeMap<String, String>) -> Option<GroupName> {
    let application = physical_ids.get("ServerlessDeploymentApplication")?;
    let is_of_alias = |function: &str| alias.strip_prefix(function).is_some_and(|rest| rest.starts_with("Alias"));
    let groups = physical_ids.iter().filter(|(id, _)| id.strip_suffix("DeploymentGroup").is_some_and(is_of_alias));
    let (_, group) = groups.max_by_key(|(id, _)| id.len())?;
    Some(group_name(application, group))
}

/// The physical id of a group is its name; some answers have `application|` before it.
fn group_name(application: &str, physical_id: &str) -> GroupName {
    let group = physical_id.rsplit('|').next().unwrap_or(physical_id);
    GroupName { application: application.to_owned(), group: group.to_owned() }
}

fn keys(section: Option<Node<'_>>) -> BTreeSet<&str> {
    section.into_iter().flat_map(Node::entries).filter_map(|(name, _)| name.as_str()).collect()
}

fn policy(alias: &str, resource: Node<'_>, names: &Names<'_>) -> Option<AliasPolicy> {
    if resource.get("Type")?.as_str() != Some(ALIAS) {
        return None;
    }
    let policy = resource.get("UpdatePolicy")?.get("CodeDeployLambdaAliasUpdate")?;
    let hooks = ["BeforeAllowTrafficHook", "AfterAllowTrafficHook"].into_iter().filter_map(|hook| policy.get(hook));
    Some(AliasPolicy {
        alias: alias.to_owned(),
        application: name(policy.get("ApplicationName")?, names),
        group: name(policy.get("DeploymentGroupName")?, names),
        missing_hooks: hooks.filter_map(|hook| missing(hook, names)).map(str::to_owned).collect(),
    })
}

fn name(value: Node<'_>, names: &Names<'_>) -> Name {
    if let Some(text) = value.as_str() {
        return Name::Physical(text.to_owned());
    }
    match referent(value, names) {
        Some(Referent::Resource(id)) => Name::Logical(id.to_owned()),
        Some(Referent::Missing(_) | Referent::Computed) | None => Name::Computed,
    }
}

fn missing<'t>(hook: Node<'t>, names: &Names<'_>) -> Option<&'t str> {
    match referent(hook, names)? {
        Referent::Missing(name) => Some(name),
        Referent::Resource(_) | Referent::Computed => None,
    }
}

/// What an intrinsic function names; `None` if the value is not one, or is malformed.
fn referent<'t>(value: Node<'t>, names: &Names<'_>) -> Option<Referent<'t>> {
    let intrinsic = value.intrinsic()?;
    let is_reference = matches!(intrinsic.name.as_ref(), "Ref" | "Fn::GetAtt");
    if !is_reference {
        return Some(Referent::Computed);
    }
    let argument = intrinsic.argument;
    let target = argument.as_str().or_else(|| argument.items().next()?.as_str())?;
    // `!GetAtt Function.Arn`
    let target = target.split('.').next().unwrap_or(target);
    Some(match target {
        _ if names.resources.contains(target) => Referent::Resource(target),
        _ if names.parameters.contains(target) || target.starts_with("AWS::") => Referent::Computed,
        _ => Referent::Missing(target),
    })
}

#[cfg(test)]
mod tests {
    use super::{AliasPolicy, alias_policies, group_by_convention};
    use crate::shift::{GroupName, Sought};
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
  ServerlessDeploymentApplication: {Type: AWS::CodeDeploy::Application}
  HelloDeploymentGroup: {Type: AWS::CodeDeploy::DeploymentGroup}
";
        let policies = alias_policies(template);
        let names: Vec<_> = policies.iter().map(|it| it.alias.as_str()).collect();
        assert_eq!(names, ["HelloAliaslive", "NamedAlias"]);
        assert_eq!(policies[0].missing_hooks, ["Gone"]);
        let group = |application: &str, group: &str| {
            Sought::Found(GroupName { application: application.to_owned(), group: group.to_owned() })
        };
        let ids = [("ServerlessDeploymentApplication", "app-1"), ("HelloDeploymentGroup", "app-1|hello-1")];
        let ids: BTreeMap<_, _> = ids.iter().map(|(id, name)| ((*id).to_owned(), (*name).to_owned())).collect();
        assert_eq!(policies[0].group(&ids), group("app-1", "hello-1"));
        assert_eq!(policies[0].group(&BTreeMap::new()), Sought::Unknown);
        assert_eq!(policies[1].group(&BTreeMap::new()), group("app", "group"));
    }

    /// The policies of an alias with this hook, or with this group.
    fn policy(hook: &str, group: &str) -> AliasPolicy {
        let template = format!(
            "Parameters:
  Hook: {{Type: String}}
Resources:
  Check: {{Type: AWS::Lambda::Function}}
  Group: {{Type: AWS::CodeDeploy::DeploymentGroup}}
  Alias:
    Type: AWS::Lambda::Alias
    UpdatePolicy:
      CodeDeployLambdaAliasUpdate:
        ApplicationName: app
        DeploymentGroupName: {group}
        BeforeAllowTrafficHook: {hook}
"
        );
        alias_policies(&template).remove(0)
    }

    #[test]
    fn a_hook_is_missing_only_if_the_template_has_nothing_of_its_name() {
        let rows: [(&str, &[&str]); 14] = [
            ("!Ref Check", &[]),
            ("{Ref: Check}", &[]),
            ("!GetAtt Check.Arn", &[]),
            ("{'Fn::GetAtt': [Check, Arn]}", &[]),
            ("check-function", &[]),
            ("!Ref Hook", &[]),
            ("!Ref AWS::NoValue", &[]),
            ("!If [IsLive, !Ref Check, !Ref AWS::NoValue]", &[]),
            ("{'Fn::If': [IsLive, Gone, Gone]}", &[]),
            ("!Sub '${Gone}'", &[]),
            ("!ImportValue Gone", &[]),
            ("!Ref [Check]", &[]),
            ("!Ref Gone", &["Gone"]),
            ("!GetAtt Gone.Arn", &["Gone"]),
        ];
        for (hook, missing) in rows {
            assert_eq!(policy(hook, "group").missing_hooks, missing, "{hook}");
        }
    }

    #[test]
    fn a_group_that_only_cloudformation_can_name_is_absent() {
        let ids: BTreeMap<_, _> = [("Group".to_owned(), "group-1".to_owned())].into();
        for group in [
            "!Ref Hook",
            "!Ref AWS::StackName",
            "!If [IsLive, !Ref Group, other]",
            "!Sub '${Group}'",
            "!ImportValue Group",
            "!Ref Gone",
            "[]",
        ] {
            assert_eq!(policy("!Ref Check", group).group(&ids), Sought::Absent, "{group}");
        }
        assert_eq!(policy("!Ref Check", "!Ref Group").group(&ids).found().map(|it| it.group.as_str()), Some("group-1"));
        assert_eq!(policy("!Ref Check", "!Ref Group").group(&BTreeMap::new()), Sought::Unknown);
    }

    #[test]
    fn sam_names_the_group_by_the_function() {
        let ids = ["ServerlessDeploymentApplication", "HelloDeploymentGroup", "HelloAliasDeploymentGroup"];
        let ids: BTreeMap<_, _> = ids.iter().map(|id| ((*id).to_owned(), format!("app|{id}-1"))).collect();
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
