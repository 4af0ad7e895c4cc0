//! Parameters: each is described and grouped, each constraint is explained, and patterns take what is right.

use super::template::{Template, entries, text};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Command, Stdio};

/// Written by `samstep action-type --format cloudformation`, which have two parameters and no groups.
const PRINTED: [&str; 3] = ["action-type.yaml", "action-type-deploy.yaml", "action-type-publish.yaml"];
const CONSTRAINTS: [&str; 6] = ["AllowedPattern", "AllowedValues", "MinValue", "MaxValue", "MinLength", "MaxLength"];

/// Whether each value matches its pattern, read as CloudFormation reads it.
pub fn matches(pairs: &[(String, String)]) -> Vec<bool> {
    let script = "import json, re, sys; print(json.dumps([bool(re.search(p, v)) for p, v in json.load(sys.stdin)]))";
    let mut child =
        Command::new("python3").args(["-c", script]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(json!(pairs).to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn each_parameter_is_described_and_its_constraint_explained() {
    for template in Template::all() {
        for (name, parameter) in template.section("Parameters") {
            let place = format!("{} {name}", template.name);
            let description = text(&parameter["Description"]);
            assert!(description.len() > 10, "{place} has no description");
            let is_constrained = CONSTRAINTS.iter().any(|key| parameter.get(key).is_some());
            if is_constrained {
                let explained = text(&parameter["ConstraintDescription"]);
                assert!(
                    explained.starts_with("must be ") || explained.starts_with("must start "),
                    "{place}: {explained}"
                );
            }
        }
        for (name, output) in template.section("Outputs") {
            assert!(!text(&output["Description"]).is_empty(), "{} output {name}", template.name);
        }
        assert!(text(&template.root["Description"]).len() > 10, "{}", template.name);
    }
}

#[test]
fn the_console_shows_each_parameter_in_one_group() {
    for template in Template::all().into_iter().filter(|it| !PRINTED.contains(&it.name.as_str())) {
        let groups = &template.root["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"];
        let mut grouped = Vec::new();
        for group in groups.as_sequence().expect(&template.name) {
            assert!(!text(&group["Label"]["default"]).is_empty(), "{}", template.name);
            grouped.extend(group["Parameters"].as_sequence().unwrap().iter().map(text));
        }
        let mut declared: Vec<_> = template.section("Parameters").into_iter().map(|(name, _)| name).collect();
        grouped.sort();
        declared.sort();
        assert_eq!(grouped, declared, "{}", template.name);
    }
}

/// Values that the parameters of this name take in every template, and values that they refuse.
const VALUES: [(&str, &[&str], &[&str]); 18] = [
    (
        "CodePrefix",
        &["s", "samstep", "samstep/orders", "a_b.c-d/e"],
        &["", "/", "a/", "/a", "a//b", "a*", "a/*/b", "a?b", "a b", "a\"b", "a'b", "a$b"],
    ),
    ("CodeBucket", &["my-code", "my.code.1"], &["", "My-Code", "s3://my-code", "-a-", "a/b"]),
    ("ReaderAccounts", &["", "111122223333"], &["11112222333", "111122223333x", "arn:aws:iam::111122223333:root"]),
    ("ActionRoleArns", &["", "arn:aws:iam::111122223333:role/a/b"], &["*", "arn:aws:iam::1:role/a"]),
    ("DeployPolicyArns", &[POWER_USER, "arn:aws-cn:iam::111122223333:policy/p"], &["", "PowerUserAccess"]),
    ("DeployPolicyArn", &["", "arn:aws:iam::111122223333:policy/p"], &[POWER_USER, "p", "*"]),
    ("PublishPolicyArn", &["", "arn:aws:iam::111122223333:policy/p"], &[POWER_USER, "p", "*"]),
    ("PublishedApplications", &["orders", "orders-*"], &["", "*", "o*s", "a b", "a_b"]),
    (
        "DeployedApplications",
        &["", "arn:aws:serverlessrepo:us-east-1:111122223333:applications/orders-*"],
        &["*", "orders", "arn:aws:serverlessrepo:*:111122223333:applications/orders"],
    ),
    ("DeployRoleArn", &["", "arn:aws:iam::111122223333:role/deploy"], &["*", "arn:aws:iam::*:role/deploy"]),
    ("DeployedStacks", &["orders", "orders-*"], &["", "*", "o*s", "1a", "a b", "a_b"]),
    ("AllowedStacks", &["", "orders", "orders-*", "a,b-*"], &["*", "a,", "a, b", "1a"]),
    (
        "AllowedCapabilities",
        &["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM,CAPABILITY_RESOURCE_POLICY"],
        &["", "*", "CAPABILITY_X", "CAPABILITY_IAM,"],
    ),
    ("PackageWith", &["", "main", "orders-package"], &["a b", "a/b"]),
    ("TemplateConfiguration", &["", "config/prod.json"], &["a b.json", "$(id)", "a;b"]),
    ("KeyArn", &[KEY], &["", "alias/aws/s3", "arn:aws:kms:eu-west-1:111122223333:alias/code"]),
    ("LogGroup", &["", "/samstep/worker"], &["a b", "a*"]),
    ("Schedule", &["rate(5 minutes)", "cron(0 8 * * ? *)"], &["", "5 minutes"]),
];
const POWER_USER: &str = "arn:aws:iam::aws:policy/PowerUserAccess";
const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/0";

#[test]
fn patterns_take_what_is_right_and_nothing_else() {
    let (mut pairs, mut expected, mut seen) = (Vec::new(), Vec::new(), BTreeMap::new());
    for template in Template::all() {
        for (name, parameter) in template.section("Parameters") {
            let Some((_, right, wrong)) = VALUES.iter().find(|row| row.0 == name) else { continue };
            *seen.entry(name.clone()).or_insert(0) += 1;
            let pattern = text(&parameter["AllowedPattern"]);
            let rows = right.iter().map(|it| (it, true)).chain(wrong.iter().map(|it| (it, false)));
            for (value, is_right) in rows {
                pairs.push((pattern.clone(), (*value).to_owned()));
                expected.push(format!("{} {name} `{value}`: {is_right}", template.name));
            }
        }
    }
    let actual: Vec<_> = expected
        .iter()
        .zip(matches(&pairs))
        .map(|(row, matched)| format!("{}: {matched}", row.rsplit_once(": ").unwrap().0))
        .collect();
    assert_eq!(actual, expected);
    assert_eq!(seen.len(), VALUES.len(), "{seen:?}");
    assert_eq!(seen["CodePrefix"], 7);
}

#[test]
fn templates_run_this_version() {
    let mut found = 0;
    for template in Template::all() {
        if let Some(parameter) = template.root["Parameters"].get("SamstepVersion") {
            assert_eq!(text(&parameter["Default"]), env!("CARGO_PKG_VERSION"), "{}", template.name);
            found += 1;
        }
    }
    assert_eq!(found, 4);
}

/// What an assertion of a template's rule comes to with these parameters.
fn holds(condition: &serde_yaml::Value, values: &BTreeMap<String, String>) -> Value {
    let serde_yaml::Value::Tagged(tagged) = condition else { return json!(text(condition)) };
    let argument = &tagged.value;
    match tagged.tag.to_string().as_str() {
        "!Ref" => json!(values[&text(argument)]),
        "!Equals" => json!(holds(&argument[0], values) == holds(&argument[1], values)),
        "!Or" => json!(argument.as_sequence().unwrap().iter().any(|it| holds(it, values) == json!(true))),
        "!Not" => json!(holds(&argument[0], values) == json!(false)),
        tag => panic!("unknown function {tag}"),
    }
}

/// What is wrong with these parameters: missing, unknown, of the wrong form, or against a rule.
pub fn problems(template: &Template, given: &BTreeMap<String, String>) -> Vec<String> {
    let (mut values, mut found, mut pairs, mut checked) = (given.clone(), Vec::new(), Vec::new(), Vec::new());
    let parameters = template.section("Parameters");
    let unknown = given.keys().filter(|name| !parameters.iter().any(|(known, _)| known == *name));
    found.extend(unknown.map(|name| format!("no parameter {name}")));
    for (name, parameter) in parameters {
        let Some(value) = given.get(&name).cloned().or_else(|| parameter.get("Default").map(text)) else {
            found.push(format!("{name} is missing"));
            continue;
        };
        if let Some(pattern) = parameter.get("AllowedPattern") {
            let is_list = text(&parameter["Type"]) == "CommaDelimitedList";
            let items = if is_list { value.split(',').collect() } else { vec![value.as_str()] };
            pairs.extend(items.iter().map(|item| (text(pattern), (*item).to_owned())));
            checked.extend(items.iter().map(|item| format!("{name} `{item}`")));
        }
        if let Some(allowed) = parameter.get("AllowedValues").and_then(serde_yaml::Value::as_sequence) {
            let is_allowed = allowed.iter().any(|it| text(it) == value);
            found.extend((!is_allowed).then(|| format!("{name} `{value}`")));
        }
        values.insert(name, value);
    }
    found.extend(checked.into_iter().zip(matches(&pairs)).filter(|(_, matched)| !matched).map(|(name, _)| name));
    if found.is_empty() {
        for (_, rule) in entries(&template.root["Rules"]) {
            if holds(&rule["RuleCondition"], &values) == json!(true) {
                let assertions = rule["Assertions"].as_sequence().unwrap().iter();
                let broken = assertions.filter(|it| holds(&it["Assert"], &values) == json!(false));
                found.extend(broken.map(|it| text(&it["AssertDescription"])));
            }
        }
    }
    found
}

#[test]
fn the_pipeline_needs_its_tool_or_the_name_of_its_host() {
    let template = Template::read("codepipeline.yaml");
    let base = [
        ("ConnectionArn", "arn:aws:codeconnections:eu-west-1:111122223333:connection/0"),
        ("Repository", "o/r"),
        ("ArtifactBucket", "artifacts"),
        ("CodeBucket", "code"),
        ("KeyArn", KEY),
        ("DeployedStack", "orders"),
        ("DeployPolicyArns", POWER_USER),
    ];
    let sum = "0".repeat(64);
    let tool = [("ToolsBucket", "tools"), ("SamstepSha256", sum.as_str())];
    let rows: [(&str, &[(&str, &str)], &[&str]); 7] = [
        ("the defaults with the tool", &tool, &[]),
        (
            "the defaults alone",
            &[],
            &[
                "PackageHost=commands and DeployWith=samstep need ToolsBucket",
                "PackageHost=commands and DeployWith=samstep need SamstepSha256",
            ],
        ),
        (
            "samstep deploys and something else packages",
            &[("PackageHost", "lambda"), ("PackageWith", "f"), ("DeployWith", "samstep"), tool[0]],
            &["PackageHost=commands and DeployWith=samstep need SamstepSha256"],
        ),
        (
            "a host without a name",
            &[("PackageHost", "worker")],
            &["PackageHost=codebuild, lambda and worker need PackageWith"],
        ),
        ("a host with a name", &[("PackageHost", "lambda"), ("PackageWith", "f")], &[]),
        ("capabilities", &[tool[0], tool[1], ("Capabilities", "CAPABILITY_NAMED_IAM,CAPABILITY_AUTO_EXPAND")], &[]),
        ("other capabilities", &[tool[0], tool[1], ("Capabilities", "X")], &["Capabilities `X`"]),
    ];
    for (name, more, expected) in rows {
        let given = base.iter().chain(more).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        assert_eq!(problems(&template, &given), expected, "{name}");
    }
}

#[test]
fn a_host_that_deploys_needs_a_role_and_stacks() {
    let worker = Template::read("worker-event.yaml");
    let code = [("ToolsBucket", "tools"), ("CodeBucket", "code")];
    let policy = ("DeployPolicyArn", "arn:aws:iam::111122223333:policy/p");
    let role = ("DeployRoleArn", "arn:aws:iam::111122223333:role/r");
    let given = |more: &[(&str, &str)]| {
        code.iter().chain(more).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    };
    assert_eq!(problems(&worker, &given(&[])), Vec::<String>::new());
    let missing = ["DeployPolicyArn needs DeployRoleArn", "DeployPolicyArn needs AllowedStacks"];
    assert_eq!(problems(&worker, &given(&[policy])), missing);
    assert_eq!(problems(&worker, &given(&[policy, role, ("AllowedStacks", "orders")])), Vec::<String>::new());
    let project = Template::read("codebuild.yaml");
    let sum = "0".repeat(64);
    let build = [("SamstepSha256", sum.as_str()), ("PipelineArtifactBucket", "artifacts"), ("StackName", "orders")];
    let missing = ["StackName needs DeployRoleArn", "StackName needs DeployPolicyArn"];
    assert_eq!(problems(&project, &given(&build)), missing);
    assert_eq!(problems(&project, &given(&[build[0], build[1], build[2], policy, role])), Vec::<String>::new());
}
