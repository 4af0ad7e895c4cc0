//! `pipeline/README.md`: its commands run, with stand-ins for the AWS CLI and Docker, and give each template what it needs.

use super::parameters::problems;
use super::template::{Template, entries, folder, text};
use crate::run::samstep;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

/// Writes down what it is called with, and answers as the AWS CLI does.
const AWS: &str = r#"#!/bin/bash
set -eu
printf '%s\037' "$@" >>"$CALLS"
printf '\036' >>"$CALLS"
key=$(sed -n "s/.*OutputKey=='\([A-Za-z]*\)'.*/\1/p" <<<"$*")
case "$1 $2" in
"cloudformation deploy") ;;
"cloudformation describe-stacks")
    case $key in
    KeyArn) echo arn:aws:kms:eu-west-1:111122223333:key/0 ;;
    DeployPolicyArn) echo arn:aws:iam::111122223333:policy/deploy ;;
    PublishPolicyArn) echo arn:aws:iam::111122223333:policy/publish ;;
    DeployRoleArn) echo arn:aws:iam::111122223333:role/deploy ;;
    ?*Bucket) echo "a-bucket-$(tr '[:upper:]' '[:lower:]' <<<"$key")" ;;
    PipelineUrl) echo https://console ;;
    *) echo "unexpected: $*" >&2 && exit 1 ;;
    esac
    ;;
"s3 cp") [ -f "$3" ] ;;
"codeconnections create-connection") echo arn:aws:codeconnections:eu-west-1:111122223333:connection/0 ;;
"codeconnections get-connection") echo AVAILABLE ;;
"ecr create-repository") echo 111122223333.dkr.ecr.eu-west-1.amazonaws.com/samstep ;;
"ecr get-login-password") echo secret ;;
*) echo "unexpected: aws $*" >&2 && exit 1 ;;
esac
"#;
/// Reads the password, and takes only files that are there.
const DOCKER: &str = r#"#!/bin/bash
set -eu
case $1 in
login) [ "$(cat)" = secret ] && [ "${*: -1}" = 111122223333.dkr.ecr.eu-west-1.amazonaws.com ] ;;
build) [ -f pipeline/Dockerfile ] && [ -d "${*: -1}" ] ;;
push) [ "$2" = 111122223333.dkr.ecr.eu-west-1.amazonaws.com/samstep:0.1.0 ] ;;
*) exit 1 ;;
esac
"#;
/// Stands for the build of the release.
const RELEASE: &str = "#!/bin/bash\nmkdir -p target/dist && cd target/dist && touch samstep-x86_64 \
                       samstep-0.1.0-x86_64-lambda.zip && sha256sum samstep-* >SHA256SUMS\n";

fn readme() -> String {
    std::fs::read_to_string(folder().join("README.md")).unwrap()
}

fn blocks(language: &str) -> Vec<String> {
    let (readme, start) = (readme(), format!("```{language}\n"));
    let blocks = readme.split(&start).skip(1);
    blocks.map(|rest| rest.split("```").next().unwrap().to_owned()).collect()
}

fn write_program(path: &Path, text: &str) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
    let done = Command::new("chmod").arg("+x").arg(path).status().unwrap();
    assert!(done.success());
}

/// The calls of the AWS CLI that the commands of all blocks make, in order, in one shell.
fn calls() -> Vec<Vec<String>> {
    let place = tempfile::tempdir().unwrap();
    write_program(&place.path().join("bin/aws"), AWS);
    write_program(&place.path().join("bin/docker"), DOCKER);
    write_program(&place.path().join(".ci/release"), RELEASE);
    std::os::unix::fs::symlink(folder(), place.path().join("pipeline")).unwrap();
    let commands = blocks("sh").into_iter().filter(|block| !block.starts_with("samstep "));
    let script = format!("set -euo pipefail\n{}", commands.collect::<String>());
    let path = format!("{}:{}", place.path().join("bin").display(), std::env::var("PATH").unwrap());
    let calls = place.path().join("calls");
    let mut command = Command::new("bash");
    command.args(["-c", &script]).current_dir(place.path()).env("PATH", path).env("CALLS", &calls);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let calls = std::fs::read_to_string(calls).unwrap();
    let calls = calls.split_terminator('\u{1e}');
    calls.map(|call| call.split_terminator('\u{1f}').map(str::to_owned).collect()).collect()
}

fn after<'a>(call: &'a [String], flag: &'a str) -> impl Iterator<Item = &'a String> {
    call.iter().skip_while(move |word| *word != flag).skip(1).take_while(|word| !word.starts_with("--"))
}

#[test]
fn the_commands_run_and_give_each_template_what_it_needs() {
    let calls = calls();
    let (mut deployed, mut stacks) = (Vec::new(), BTreeMap::new());
    for call in calls.iter().filter(|call| call.starts_with(&["cloudformation".into(), "deploy".into()])) {
        let file = after(call, "--template-file").next().unwrap().strip_prefix("pipeline/").unwrap();
        let template = Template::read(file);
        // A stack that is there keeps the values of parameters that are not given.
        let stack: &mut BTreeMap<_, _> = stacks.entry(after(call, "--stack-name").next().unwrap()).or_default();
        let given = after(call, "--parameter-overrides").map(|word| word.split_once('=').unwrap());
        stack.extend(given.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert_eq!(problems(&template, stack), Vec::<String>::new(), "{call:?}");
        let kinds = ["AWS::IAM::Role", "AWS::IAM::ManagedPolicy"];
        let is_about_iam = kinds.iter().any(|kind| !template.of_type(kind).is_empty());
        let capabilities: Vec<_> = after(call, "--capabilities").collect();
        assert_eq!(capabilities == ["CAPABILITY_IAM"], is_about_iam, "{call:?}");
        deployed.push(file.to_owned());
    }
    let expected = [
        "artifacts.yaml",
        "codepipeline.yaml",
        "codebuild.yaml",
        "codepipeline.yaml",
        "lambda-invoke.yaml",
        "action-type.yaml",
        "worker-event.yaml",
        "worker-runtask.yaml",
        "deploy.yaml",
        "codebuild.yaml",
        "codepipeline.yaml",
        "lambda-invoke.yaml",
        "action-type-deploy.yaml",
        "worker-event.yaml",
        "artifacts.yaml",
        "publish.yaml",
        "action-type-publish.yaml",
        "worker-event.yaml",
    ];
    assert_eq!(deployed, expected);
    let outputs = ["artifacts.yaml", "codepipeline.yaml", "deploy.yaml", "publish.yaml"].map(Template::read);
    let outputs: Vec<_> = outputs.iter().flat_map(|it| it.section("Outputs")).map(|(name, _)| name).collect();
    for call in calls.iter().filter(|call| call[1] == "describe-stacks") {
        let key = call.last().unwrap().split('\'').nth(1).unwrap();
        assert!(outputs.iter().any(|name| name == key), "no template has the output {key}");
    }
    let copied: Vec<_> = calls.iter().filter(|call| call[1] == "cp").map(|call| call[3].as_str()).collect();
    let key = |name: &str| format!("s3://a-bucket-toolsbucket/samstep/{}/x86_64/{name}", env!("CARGO_PKG_VERSION"));
    assert_eq!(copied, [key("samstep"), key("lambda.zip"), key("lambda.zip")]);
}

#[test]
fn worker_fargate_takes_the_parameters_of_worker_runtask() {
    let [task, service] = ["worker-runtask.yaml", "worker-fargate.yaml"].map(Template::read);
    let required = |template: &Template| {
        let parameters = template.section("Parameters").into_iter();
        parameters.filter(|(_, it)| it.get("Default").is_none()).map(|(name, _)| name).collect::<Vec<_>>()
    };
    assert_eq!(required(&task), required(&service));
}

/// The command lines of samstep in blocks of code, as words after the name of the program.
fn samstep_commands() -> Vec<Vec<String>> {
    let commands = ["package", "deploy", "worker", "job", "rehearse", "action-type"];
    let text = ["sh", "yaml", "groovy"].map(blocks).concat().concat().replace("\\\n", " ");
    let mut found = Vec::new();
    for line in text.lines() {
        let words: Vec<_> = line.split_whitespace().collect();
        let is_command =
            |pair: &[&str]| (pair[0] == "samstep" || pair[0].ends_with("/samstep")) && commands.contains(&pair[1]);
        let Some(at) = words.windows(2).position(is_command) else { continue };
        let arguments = words[at + 1..].iter().take_while(|word| !["#", "&&", "|", ">"].contains(word));
        found.push(arguments.map(|word| (*word).to_owned()).collect());
    }
    found
}

#[test]
fn the_commands_of_samstep_are_understood() {
    let commands = samstep_commands();
    assert_eq!(commands.len(), 6, "{commands:?}");
    for arguments in commands {
        // Help is shown if everything before it is understood.
        let ended = samstep(arguments.iter().map(String::as_str).chain(["--help"])).end();
        assert_eq!(ended.code, 0, "samstep {}: {}", arguments.join(" "), ended.stderr);
    }
}

#[test]
fn the_policy_is_that_of_the_templates() {
    let documents = blocks("json").into_iter().map(|block| serde_json::from_str::<Value>(&block).unwrap());
    let policy = documents.into_iter().find(|it| it["Statement"][0]["Sid"] == "WriteCode").unwrap();
    let template = Template::read("codebuild.yaml");
    let statements = &template.resource("Role")["Policies"][0]["PolicyDocument"]["Statement"];
    let statements = statements.as_sequence().unwrap().iter().map(|it| super::template::conditional(it).1);
    let statements: BTreeMap<_, _> = statements.map(|it| (text(&it["Sid"]), it)).collect();
    for statement in policy["Statement"].as_array().unwrap() {
        let of_template = statements[statement["Sid"].as_str().unwrap()];
        let actions: Value = serde_yaml::from_value(of_template["Action"].clone()).unwrap();
        assert_eq!(statement["Action"], actions, "{statement}");
        let keys = |condition: &serde_yaml::Value| {
            let operators = entries(condition);
            let keys = operators.into_iter().flat_map(|(operator, keys)| {
                entries(keys).into_iter().map(move |(key, _)| format!("{operator} {key}")).collect::<Vec<_>>()
            });
            keys.collect::<Vec<_>>()
        };
        let given: serde_yaml::Value = serde_yaml::from_str(&statement["Condition"].to_string()).unwrap();
        assert_eq!(keys(&given), keys(&of_template["Condition"]), "{statement}");
    }
}

#[test]
fn actions_and_links_name_what_is_there() {
    let readme = readme();
    for word in readme.split('`').skip(1).step_by(2).filter(|it| it.ends_with(".yaml") && !it.contains(['*', ' '])) {
        let path = word.strip_prefix("pipeline/").unwrap_or(word);
        let is_of_user = ["template.yaml", "packaged.yaml"].contains(&path);
        assert!(is_of_user || folder().join(path).exists(), "{word}");
    }
    let headings = readme.lines().filter_map(|line| line.trim_start_matches('#').strip_prefix(' '));
    let anchors: Vec<_> = headings.map(|it| it.to_lowercase().replace(' ', "-")).collect();
    for link in readme.split("](#").skip(1).map(|rest| rest.split(')').next().unwrap()) {
        assert!(anchors.iter().any(|anchor| anchor == link), "no heading for #{link}");
    }
    let template = Template::read("codepipeline.yaml");
    let packages = |yaml: &serde_yaml::Value| (text(&yaml["ActionTypeId"]), text(&yaml["OutputArtifacts"][0]["Name"]));
    let actions: Vec<serde_yaml::Value> = blocks("yaml")
        .iter()
        .filter(|block| block.starts_with("- Name: Package"))
        .map(|block| serde_yaml::from_str::<serde_yaml::Value>(block).unwrap()[0].clone())
        .collect();
    let ours: Vec<_> = super::resources::package_actions(&template).into_iter().map(packages).collect();
    assert_eq!(actions.len(), 3);
    assert!(actions.iter().map(packages).all(|action| ours.contains(&action)), "{ours:?}");
}
