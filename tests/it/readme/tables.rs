//! The tables of the pages against the code and against each other.

use super::page::{inline_code, sources, table, text};
use crate::run::samstep;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

#[test]
fn the_exit_codes_are_those_of_the_table_of_failures() {
    let source = text("src/facts/failure.rs");
    let (_, meaning) = source.split_once("const fn meaning(self)").unwrap();
    let (meaning, _) = meaning.split_once("/// The status").unwrap();
    let pair = |line: &str| {
        let (code, kind) = line.split_once("=> (")?.1.split_once(", JobFailureType::")?;
        Some((code.parse().unwrap(), kind.split_once(')')?.0.to_owned()))
    };
    let mut expected: BTreeMap<u8, String> = meaning.lines().filter_map(pair).collect();
    expected.insert(0, "(success)".to_owned());
    let mut listed = BTreeMap::new();
    for row in table("README.md", "| code | meaning | failure type of a job |") {
        listed.extend(row[0].split(", ").map(|code| (code.parse().unwrap(), row[2].clone())));
    }
    assert_eq!(listed, expected);
    let advice = table("docs/troubleshooting.md", "| exit code | first step |");
    let advice = advice.iter().flat_map(|row| row[0].split(", ")).map(|code| code.parse::<u8>().unwrap());
    // A run that succeeded needs none.
    let needs_advice: Vec<u8> = expected.into_keys().filter(|code| *code != 0).collect();
    assert_eq!(advice.collect::<Vec<_>>(), needs_advice);
}

#[test]
fn the_packaged_properties_are_those_of_the_table_of_properties() {
    const START: &str = "pub const RESOURCE_PROPERTIES: &[Property] = &[";
    let (_, source) = sources().into_iter().find(|(_, text)| text.contains(START)).unwrap();
    let (_, rows) = source.split_once(START).unwrap();
    let (rows, rest) = rows.split_once("];").unwrap();
    let mut expected: Vec<(String, Vec<String>)> = Vec::new();
    for row in rows.lines() {
        let mut quoted = row.split('"').skip(1).step_by(2);
        let (Some(resource_type), Some(path)) = (quoted.next(), quoted.next()) else { continue };
        match expected.last_mut() {
            Some((last, paths)) if last == resource_type => paths.push(path.to_owned()),
            Some(_) | None => expected.push((resource_type.to_owned(), vec![path.to_owned()])),
        }
    }
    let rows = table("docs/package.md", "| resource | properties |");
    let listed = rows.iter().map(|row| (row[0].clone(), row[1].split(", ").map(str::to_owned).collect()));
    let (resources, others): (Vec<_>, Vec<_>) = listed
        .partition(|(name, _): &(String, Vec<String>)| name.starts_with("AWS::") && !name.starts_with("AWS::Include"));
    assert_eq!(resources, expected);
    let others: BTreeMap<_, _> = others.iter().map(|(name, paths)| (name.as_str(), paths.join(", "))).collect();
    let repository = "metadata AWS::ServerlessRepo::Application";
    let include = "AWS::Include anywhere, Transform at the top";
    let expected = [(include, "Location"), ("Globals.Function", "CodeUri"), (repository, "LicenseUrl, ReadmeUrl")];
    let expected = expected.map(|(name, paths)| (name, paths.to_owned()));
    assert_eq!(others, BTreeMap::from(expected));
    for name in ["\"AWS::Include\", \"Parameters.Location\"", "\"LicenseUrl\"", "\"ReadmeUrl\"", "GLOBAL_CODE"] {
        assert!(rest.contains(name), "{name}");
    }
}

#[test]
fn the_properties_of_a_job_are_those_of_the_action_type() {
    for operation in ["package", "deploy"] {
        let printed = samstep(["action-type", "--operation", operation]).end().ok().stdout;
        let definition: Value = serde_json::from_str(&printed).unwrap();
        let properties = definition["configurationProperties"].as_array().unwrap().iter();
        let expected: Vec<_> = properties.map(|it| it["name"].as_str().unwrap().to_owned()).collect();
        let rows = table(&format!("docs/{operation}.md"), "| property | meaning |");
        let mut listed: Vec<_> = rows.into_iter().map(|row| row[0].clone()).collect();
        assert_eq!(listed.pop().as_deref(), Some("any flag in PascalCase"));
        assert_eq!(listed, expected, "{operation}");
    }
}

#[test]
fn flags_of_the_peers_are_taken_or_refused_as_listed() {
    let page = text("docs/compatibility.md");
    let item = |start: &str| {
        let (_, item) = page.split_once(start).unwrap();
        let item = item.split_once("\n- ").unwrap().0;
        let flags = item.split('`').skip(1).step_by(2).filter(|it| it.starts_with("--") && *it != "--color");
        flags.map(str::to_owned).collect::<Vec<_>>()
    };
    let (taken, refused) = (item("\n- Accepted without effect"), item("\n- Refused: "));
    assert!(taken.len() >= 6 && refused.len() >= 9, "{taken:?} {refused:?}");
    for flag in taken.iter().map(String::as_str).chain(["--color=on", "--color=off"]) {
        assert_eq!(samstep(["package", flag, "--help"]).end().code, 0, "{flag}");
    }
    for flag in refused.iter().filter(|flag| *flag != "--output") {
        let ended = samstep(["package", flag]).end();
        assert_eq!((ended.code, ended.cause().contains("is not supported: ")), (2, true), "{flag}: {}", ended.stderr);
    }
    for form in ["table", "yaml", "yaml-stream"] {
        assert_eq!(samstep(["package", "--output", form]).end().code, 2, "{form}");
    }
}

#[test]
fn the_permissions_are_those_of_the_calls() {
    let is_action = |text: &str| {
        text.split_once(':').is_some_and(|(service, action)| {
            service.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
                && action.starts_with(|letter: char| letter.is_ascii_uppercase())
                && action.bytes().all(|byte| byte.is_ascii_alphanumeric())
        })
    };
    let code: String = sources()
        .into_iter()
        .filter(|(path, _)| path.components().any(|it| it.as_os_str() == "aws") || path.ends_with("actions.rs"))
        .map(|(_, text)| text)
        .collect();
    let called: BTreeSet<_> =
        code.split('"').skip(1).step_by(2).filter(|it| is_action(it)).map(str::to_owned).collect();
    assert!(called.len() >= 12, "{called:?}");
    let listed: BTreeSet<_> = inline_code("docs/permissions.md").into_iter().filter(|it| is_action(it)).collect();
    assert_eq!(called.difference(&listed).collect::<Vec<_>>(), Vec::<&String>::new());
    // What AWS does on behalf of a call, and what no call names.
    let conditions = ["cloudformation:RoleArn", "kms:ViaService"];
    let is_condition = |it: &&str| it.starts_with("aws:") || conditions.contains(it);
    let others = listed.difference(&called).map(String::as_str).filter(|it| !is_condition(it)).collect::<Vec<_>>();
    let expected = [
        "cloudformation:TagResource",
        "cloudformation:UntagResource",
        "ecs:UpdateTaskProtection",
        "iam:PassRole",
        "lambda:InvokeFunction",
        "lambda:ListFunctions",
        "logs:CreateLogStream",
        "logs:PutLogEvents",
        "s3:GetObjectVersion",
        "ssm:GetParameters",
        "sts:AssumeRole",
    ];
    assert_eq!(others, expected);
    let policy = text("pipeline/deploy.yaml");
    let (_, policy) = policy.split_once("  DeployPolicy:\n").unwrap();
    let is_of_stacks = |it: &&String| it.starts_with("cloudformation:");
    let denied: Vec<_> = called.iter().filter(is_of_stacks).filter(|it| !policy.contains(it.as_str())).collect();
    assert_eq!(denied, Vec::<&String>::new(), "deploy.yaml does not allow them");
}

#[test]
fn the_benchmark_of_the_readme_is_that_of_its_page() {
    let measured = text("benches/README.md");
    let rows = table("README.md", "| median of three runs | samstep | sam | aws |");
    assert_eq!(rows.len(), 3);
    for row in rows {
        let times = row[1..].join(" | ");
        assert!(measured.lines().any(|line| line.contains(&format!("| {times} |"))), "{row:?}");
    }
}

#[test]
fn the_variables_of_the_hosts_are_options() {
    let rows = [
        ("package", "codebuild.yaml"),
        ("package", "github/action.yml"),
        ("package", "gitlab/samstep.yml"),
        ("worker", "worker-fargate.yaml"),
        ("worker", "worker-runtask.yaml"),
        ("lambda", "worker-event.yaml"),
        ("lambda", "lambda-invoke.yaml"),
    ];
    for (command, path) in rows {
        let file = text(&format!("pipeline/{path}"));
        // Jobs package and deploy where the worker runs, with its variables.
        let help =
            [command, "package", "deploy"].map(|command| samstep([command, "--help"]).end().ok().stdout).concat();
        let names = file.split("SAMSTEP_").skip(1).map(|rest| {
            rest.split(|letter: char| !letter.is_ascii_uppercase() && !letter.is_ascii_digit() && letter != '_').next()
        });
        // Where releases are is for the installer alone.
        for name in names.flatten().filter(|name| *name != "RELEASES") {
            let flag = format!("--{} ", name.to_lowercase().replace('_', "-"));
            assert!(help.contains(&flag), "samstep {command} has no {flag}, which {path} sets as a variable");
        }
    }
}

#[test]
fn the_files_of_other_hosts_run_this_version() {
    let version = env!("CARGO_PKG_VERSION");
    let value = |path: &str, keys: &[&str]| {
        let file = text(path);
        let documents = serde_yaml::Deserializer::from_str(&file);
        let mut documents =
            documents.map(|it| <serde_yaml::Value as serde::Deserialize>::deserialize(it).expect("is YAML"));
        let first = documents.next().unwrap();
        keys.iter().fold(first, |value, key| value[*key].clone()).as_str().map(str::to_owned)
    };
    assert_eq!(value("pipeline/github/action.yml", &["inputs", "version", "default"]).as_deref(), Some(version));
    let gitlab = ["spec", "inputs", "version", "default"];
    assert_eq!(value("pipeline/gitlab/samstep.yml", &gitlab).as_deref(), Some(version));
    // GitLab takes slashes around a pattern for parts of it, and then no value is right.
    let pattern = value("pipeline/gitlab/samstep.yml", &["spec", "inputs", "sha256", "regex"]);
    assert_eq!(pattern.as_deref(), Some("^[0-9a-f]{64}$"));
}
