//! Change sets that fail, and what is said about it.

use super::{Process, options, tell, tell_with, with_change_set};
use crate::deploy::{Annotation, DeployOptions, Finding, FindingKind, HookResult, Lines, Status, Until};
use crate::facts::{DeployWarning, FailureKind};
use crate::template::Template;
use crate::testing::stacks::{FakeStacks, Intrusion, Op, Play, Script, Wrong};
use std::time::Duration;

fn is_clean(fake: &FakeStacks, name: &str) {
    fake.pass(Duration::from_secs(10));
    assert_eq!(fake.change_sets(), Vec::<String>::new(), "{name}: the change set is removed");
    assert_eq!(fake.status("app").as_deref(), Some("DELETE_COMPLETE"), "{name}: the empty stack is removed");
}

#[tokio::test]
async fn a_failed_change_set_gives_its_reason_and_leaves_nothing_behind() {
    let denied = "User: arn:aws:sts::1:assumed-role/ci/x is not authorized to perform: cloudformation:CreateChangeSet \
                  on resource: arn:aws:cloudformation:eu-west-1:aws:transform/Serverless-2016-10-31";
    let rows = [
        (
            "transform",
            "Transform AWS::Serverless-2016-10-31 failed with: Invalid Serverless Application Specification document. \
             Number of errors found: 1.",
            "1",
            "Invalid Serverless Application Specification",
            "",
        ),
        (
            "capability",
            "Requires capabilities : [CAPABILITY_NAMED_IAM]",
            "2",
            "CAPABILITY_NAMED_IAM",
            "--capabilities CAPABILITY_NAMED_IAM",
        ),
        ("denied", denied, "77", "is not authorized", "transform/Serverless-2016-10-31\"}"),
        (
            "import",
            "CloudFormation is attempting to import some resources because they already exist in your account. \
             affected resources are Queue (AWS::SQS::Queue)",
            "1",
            "affected resources are Queue",
            "",
        ),
    ];
    for (name, reason, end, cause, hint) in rows {
        let fake = FakeStacks::with(Script::fails(reason));
        let told = tell(&fake, &options()).await;
        assert_eq!(told.end(), end, "{name}");
        assert!(told.cause().contains(cause), "{name}: {}", told.cause());
        assert!(told.hint().contains(hint), "{name}: {}", told.hint());
        is_clean(&fake, name);
    }
}

#[tokio::test]
async fn an_existing_stack_and_the_shell_of_somebody_else_are_kept() {
    for status in ["UPDATE_COMPLETE", "REVIEW_IN_PROGRESS"] {
        let fake = FakeStacks::with(Script::fails("no"));
        fake.has("app", status);
        assert_eq!(tell(&fake, &options()).await.end(), "1");
        assert_eq!((fake.status("app").as_deref(), fake.change_sets().len()), (Some(status), 0));
    }
    let fake = FakeStacks::with(Script::fails("no"));
    fake.breaks(Op::ChangeSets, 0..1, Wrong::Denied);
    let told = tell(&fake, &options()).await;
    assert_eq!((told.end().as_str(), told.missing()), ("1", vec!["cloudformation:ListChangeSets"]));
    assert_eq!(fake.status("app").as_deref(), Some("REVIEW_IN_PROGRESS"), "what cannot be told empty is kept");
}

#[tokio::test]
async fn early_validation_gives_every_finding_at_its_line() {
    let text = "Resources:\n  Bucket:\n    Type: AWS::S3::Bucket\n    Properties:\n      BucketName: taken\n  Queue:\n    Type: AWS::SQS::Queue\n    Properties:\n      Delay: x\n";
    let template = Template::parse("template.yaml", text.as_bytes().to_vec()).unwrap();
    let finding = |id: &str, check: &str, path: &str, reason: &str, fails| Finding {
        logical_id: Some(id.to_owned()),
        resource_type: Some("AWS::S3::Bucket".to_owned()),
        check: Some(check.to_owned()),
        path: Some(path.to_owned()),
        reason: Some(reason.to_owned()),
        kind: FindingKind::Validation,
        fails,
        ..Finding::default()
    };
    let script = || Script {
        findings: vec![
            finding("Bucket", "NAME_CONFLICT_VALIDATION", "/Resources/Bucket/Properties/BucketName", "exists", true),
            finding("Queue", "PROPERTY_VALIDATION", "/Resources/Queue/Properties/Delay", "no number", true),
            finding("Queue", "PROPERTY_VALIDATION", "/Resources/Queue/Properties/Delay", "a warning", false),
        ],
        ..Script::fails("The following hook(s)/validation failed: [AWS::EarlyValidation::ResourceExistenceCheck].")
    };
    let fake = FakeStacks::with(script());
    let lines = Lines { root: &template, nested: &[] };
    let told = tell_with(&fake, &options(), Some(lines), Process::Same).await;
    let problems: Vec<_> =
        told.failure().problems.iter().map(|it| format!("{} {}", it.place.as_ref().unwrap(), it.message)).collect();
    assert_eq!(
        problems,
        [
            "template.yaml:5:19 Bucket (AWS::S3::Bucket) failed (NAME_CONFLICT_VALIDATION) at /Resources/Bucket/Properties/BucketName: exists",
            "template.yaml:9:14 Queue (AWS::S3::Bucket) failed (PROPERTY_VALIDATION) at /Resources/Queue/Properties/Delay: no number",
        ]
    );
    is_clean(&fake, "early validation");
    let fake = FakeStacks::with(script());
    fake.breaks(Op::Failures, 0..9, Wrong::Denied);
    let told = tell(&fake, &options()).await;
    assert_eq!(
        (told.end().as_str(), told.missing()),
        ("1", vec!["cloudformation:DescribeEvents"]),
        "a notice, never the cause"
    );
    assert!(told.cause().contains("AWS::EarlyValidation"), "{}", told.cause());
}

#[tokio::test]
async fn hooks_of_a_change_set_are_told_with_their_annotations() {
    let hook = |id: &str, status: &str, fails, reason: &str| HookResult {
        id: id.to_owned(),
        name: format!("Acme::{id}"),
        status: Status::new(status),
        reason: Some(reason.to_owned()),
        fails,
        logical_id: None,
        annotations: Vec::new(),
    };
    let failed = hook("Encrypt", "HOOK_COMPLETE_FAILED", true, "not encrypted");
    let hooks = vec![
        hook("Fine", "HOOK_COMPLETE_SUCCEEDED", true, "ok"),
        hook("Warns", "HOOK_COMPLETE_FAILED", false, "only a warning"),
        failed.clone(),
    ];
    let script = || Script { hooks: hooks.clone(), ..Script::fails("The following hook(s) failed: [Acme::Encrypt]") };
    let fake = FakeStacks::with(script());
    let annotation =
        Annotation { name: "rule".into(), failed: true, message: Some("bucket B".into()), ..Annotation::default() };
    fake.answers_hook(HookResult { annotations: vec![annotation], ..failed });
    let told = tell(&fake, &options()).await;
    assert_eq!(told.cause(), "the stack app failed (hook Acme::Encrypt): rule: bucket B");
    let fake = FakeStacks::with(script());
    fake.breaks(Op::Hook, 0..9, Wrong::Denied);
    assert_eq!(tell(&fake, &options()).await.cause(), "the stack app failed (hook Acme::Encrypt): not encrypted");
    let fake = FakeStacks::with(script());
    fake.breaks(Op::Hooks, 0..9, Wrong::Denied);
    let told = tell(&fake, &options()).await;
    assert!(told.cause().contains("The following hook(s) failed: [Acme::Encrypt]"), "{}", told.cause());
}

#[tokio::test]
async fn a_nested_change_set_is_followed_to_its_leaf() {
    let leaf = Script::fails("Template format error: unsupported structure.");
    let script = Script::plays(Play::new())
        .nesting("Fine", Script::plays(Play::new()))
        .nesting("Outer", Script::plays(Play::new()).nesting("Inner", leaf));
    let mut outer = script.clone();
    outer.nested[1].1.fails = Some("Nested change set …".to_owned());
    let fake = FakeStacks::with(outer);
    fake.has("app", "UPDATE_COMPLETE");
    let told = tell(&fake, &options()).await;
    assert_eq!(told.cause(), "Outer/Inner failed (change set FAILED): Template format error: unsupported structure.");
    assert_eq!(fake.change_sets().len(), 0);
}

#[tokio::test]
async fn nested_change_sets_that_are_all_empty_are_no_failure() {
    let script = Script::plays(Play::new()).nesting("A", Script::empty()).nesting("B", Script::empty());
    let fake = FakeStacks::with(script);
    fake.has("app", "UPDATE_COMPLETE");
    assert_eq!(tell(&fake, &options()).await.end(), "NoChanges");
}

#[tokio::test]
async fn nested_change_sets_that_cannot_be_computed_are_left_out_once() {
    let unknown = Script::fails("Parameters: [Vpc] must have values");
    let script = Script::plays(Play::new().makes("Queue", "AWS::SQS::Queue", (1, 3))).nesting("Child", unknown);
    let fake = FakeStacks::with(script.clone());
    fake.then(script.clone());
    fake.has("app", "UPDATE_COMPLETE");
    let told = tell(&fake, &options()).await;
    assert_eq!(told.end(), "Deployed");
    assert!(matches!(told.warnings()[..], [DeployWarning::NestedChangesUnknown { .. }]), "{:?}", told.warnings());
    assert_eq!(told.verdict().plan.as_ref().unwrap().unknown, ["Child"]);
    let sent: Vec<_> = fake.created().iter().map(|it| (it.includes_nested, it.name.clone())).collect();
    assert!(sent[0].0 && !sent[1].0 && sent[0].1 != sent[1].1, "{sent:?}");
    let gates = crate::deploy::Gates { replacement: crate::deploy::Scope::Everything, ..Default::default() };
    let fake = FakeStacks::with(script.clone());
    fake.then(script);
    fake.has("app", "UPDATE_COMPLETE");
    assert_eq!(
        tell(&fake, &DeployOptions { gates, ..options() }).await.end(),
        "4",
        "what is not known may be a replacement"
    );
}

#[tokio::test]
async fn a_change_set_of_the_users_name_replaces_an_older_one() {
    let fake = FakeStacks::with(Script::plays(Play::new()));
    fake.then(Script::plays(Play::new().gives("Second", "yes")));
    fake.has("app", "UPDATE_COMPLETE");
    let named = with_change_set(|new| new.name = Some("release".to_owned()));
    assert_eq!(tell(&fake, &DeployOptions { until: Until::Planned, ..named.clone() }).await.end(), "Planned");
    let told = super::tell_as(&fake, &named, "another-run").await;
    assert_eq!((told.end().as_str(), told.verdict().outputs[0].key.as_str()), ("Deployed", "Second"));
}

#[tokio::test]
async fn a_change_set_that_somebody_deletes_is_told() {
    let fake = FakeStacks::with(Script { takes: 60, ..Script::plays(Play::new()) });
    fake.has("app", "UPDATE_COMPLETE");
    fake.intrudes(20, Intrusion::Deployment);
    let told = tell(&fake, &options()).await;
    assert_eq!(told.failure().kind, FailureKind::Failed);
    assert!(told.cause().contains("was deleted by another party"), "{}", told.cause());
    assert!(told.hint().contains("deploy again"), "{}", told.hint());
}

#[tokio::test]
async fn the_deadline_removes_a_change_set_that_is_not_ready() {
    let fake = FakeStacks::with(Script { takes: 900, ..Script::plays(Play::new()) });
    let told = tell(&fake, &DeployOptions { timeout: Duration::from_secs(60), ..options() }).await;
    assert_eq!(told.end(), "124");
    is_clean(&fake, "deadline");
}
