//! What `sam deploy` and `aws cloudformation deploy` take is taken.

use super::success::{created, updated};
use super::{STACK, Site};
use crate::cloudformation::Script;

const SAMCONFIG: &str = r#"version = 0.1
[default.global.parameters]
stack_name = "app"
[default.deploy.parameters]
s3_bucket = "code"
s3_prefix = "app"
region = "us-east-1"
confirm_changeset = true
capabilities = "CAPABILITY_IAM CAPABILITY_NAMED_IAM"
parameter_overrides = "Stage=\"prod\" Size=L"
tags = "team=\"shop\" cost=1"
disable_rollback = true
fail_on_empty_changeset = false
"#;
const TEMPLATE: &str =
    "Parameters:\n  Stage: {Type: String}\n  Size: {Type: String}\nResources:\n  Queue: {Type: AWS::SQS::Queue}\n";

#[test]
fn a_samconfig_of_sam_is_used_as_it_is() {
    let site = Site::of(TEMPLATE, created()).with("samconfig.toml", SAMCONFIG);
    let ended = site.bare(&[]).end().ok();
    let created = &site.stacks.calls_of("CreateChangeSet")[0];
    assert_eq!(created.get("StackName"), Some("app"));
    assert_eq!(created.texts("Capabilities"), ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"]);
    let parameters = created.pairs("Parameters", "ParameterKey", "ParameterValue");
    assert_eq!(
        parameters.into_iter().collect::<Vec<_>>(),
        [("Size".into(), "L".into()), ("Stage".into(), "prod".into())]
    );
    let tags = created.pairs("Tags", "Key", "Value");
    assert_eq!(tags.into_iter().collect::<Vec<_>>(), [("cost".into(), "1".into()), ("team".into(), "shop".into())]);
    assert_eq!(site.stacks.calls_of("ExecuteChangeSet")[0].get("DisableRollback"), Some("true"));
    assert!(ended.stderr.contains("confirm"), "{}", ended.stderr);
}

#[test]
fn flags_win_over_the_samconfig_for_each_key() {
    let site = Site::of(TEMPLATE, created()).with("samconfig.toml", SAMCONFIG);
    site.bare(&["--parameter-overrides", "Size=S", "--tags", "team=web", "--no-disable-rollback"]).end().ok();
    let created = &site.stacks.calls_of("CreateChangeSet")[0];
    let parameters = created.pairs("Parameters", "ParameterKey", "ParameterValue");
    assert_eq!(
        parameters.into_iter().collect::<Vec<_>>(),
        [("Size".into(), "S".into()), ("Stage".into(), "prod".into())]
    );
    let tags = created.pairs("Tags", "Key", "Value");
    assert_eq!(tags.into_iter().collect::<Vec<_>>(), [("cost".into(), "1".into()), ("team".into(), "web".into())]);
}

#[test]
fn the_words_of_the_aws_cli_are_taken() {
    let site = Site::of(TEMPLATE, updated());
    site.stacks.has(STACK, "CREATE_COMPLETE");
    let words = [
        "--template-file",
        "template.yaml",
        "--stack-name",
        STACK,
        "--parameter-overrides",
        "Stage=prod",
        "Size=a=b",
        "--capabilities",
        "CAPABILITY_IAM",
        "CAPABILITY_AUTO_EXPAND",
        "--no-fail-on-empty-changeset",
        "--tags",
        "a=b",
        "c=d",
        "--notification-arns",
        "arn:aws:sns:us-east-1:111122223333:t",
        "--region",
        "us-east-1",
    ];
    site.bare(&words).end().ok();
    let created = &site.stacks.calls_of("CreateChangeSet")[0];
    let parameters = created.pairs("Parameters", "ParameterKey", "ParameterValue");
    assert_eq!(parameters["Size"], "a=b");
    assert_eq!(created.texts("Capabilities").len(), 2);
    assert_eq!(created.texts("NotificationARNs").len(), 1);
}

#[test]
fn a_word_that_sam_and_the_aws_cli_read_differently_is_refused_with_both_readings() {
    let site = Site::of(TEMPLATE, created());
    let ended = site.deploy(&["--parameter-overrides", "Stage=prod", "Size=a b"]);
    assert!(ended.code == 2 && ended.stderr.contains("aws takes all after Size="), "{}", ended.stderr);
    assert!(site.stacks.calls().is_empty());
}

#[test]
fn a_parameter_that_the_template_lacks_is_a_warning_with_the_nearest_name() {
    let site = Site::of(TEMPLATE, created());
    let ended = site.deploy(&["--parameter-overrides", "Stage=a", "Size=b", "Sice=c"]).ok();
    assert!(ended.stderr.contains("Sice") && ended.stderr.contains("did you mean Size?"), "{}", ended.stderr);
    let created = &site.stacks.calls_of("CreateChangeSet")[0];
    assert_eq!(created.items("Parameters").len(), 2);
}

const FUNCTION: &str = "Transform: AWS::Serverless-2016-10-31
Resources:
  Hello:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: code, Handler: index.handler, Runtime: nodejs22.x}
";

/// A function with its code, and a file of its package.
fn with_function(script: Script) -> Site {
    let site = Site::of(FUNCTION, script);
    std::fs::create_dir(site.path().join("code")).unwrap();
    site.with("code/index.js", "exports.handler = async () => 1;\n")
        .with("code/package.json", "{\"name\": \"hello\"}\n")
}

#[test]
fn packaging_and_deploying_are_one_run() {
    let site = with_function(created());
    let ended = site.deploy(&[]);
    assert_eq!(ended.code, 2, "{}", ended.stderr);
    site.deploy(&["--s3-bucket", "code"]).ok();
    let created = &site.stacks.calls_of("CreateChangeSet")[0];
    let objects = site.s3.objects("code");
    let (key, _) = objects.first_key_value().unwrap();
    assert!(created.get("TemplateBody").is_some_and(|body| body.contains(&format!("s3://code/{key}"))), "{created:?}");
}

#[test]
fn outputs_in_the_folder_of_code_replace_none_of_its_files_and_change_no_later_run() {
    let site = with_function(created());
    for flag in ["--outputs-file", "--changes-file", "--output-json", "--junit"] {
        let ended = site.deploy(&["--s3-bucket", "code", flag, "code/package.json"]);
        assert!(ended.code == 2 && ended.cause().contains("cannot write code/package.json"), "{}", ended.stderr);
    }
    assert_eq!(site.read("code/package.json"), "{\"name\": \"hello\"}\n");
    assert_eq!((site.s3.objects("code").len(), site.stacks.calls_of("CreateChangeSet").len()), (0, 0));
    let (values, page) = ("code/outputs.json", "code/report.html");
    for plan in ["code/changes.md", "code/changes.json"] {
        let outputs = ["--outputs-file", values, "--changes-file", plan, "--report", page];
        let flags = [&["--s3-bucket", "code"], &outputs[..]].concat();
        for _ in 0..2 {
            site.deploy(&flags).ok();
            site.stacks.then(updated());
        }
        assert!([values, plan, page].iter().all(|name| site.path().join(name).exists()));
        std::fs::remove_file(site.path().join(plan)).unwrap();
    }
    assert_eq!(site.s3.objects("code").len(), 1, "the archive holds no output");
}
