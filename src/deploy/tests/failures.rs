//! Deployments that fail, and the cause that is found.

use super::{Process, options, tell, tell_with};
use crate::deploy::{Annotation, DeployOptions, Finding, FindingKind, HookResult, Lines, OnFailure, Status};
use crate::facts::FailureKind;
use crate::template::Template;
use crate::testing::stacks::{FakeStacks, Intrusion, Op, Play, Wrong};

const QUEUE: &str = "AWS::SQS::Queue";

/// A queue that fails while others are under way.
fn play() -> Play {
    Play::new()
        .makes("Role", "AWS::IAM::Role", (1, 4))
        .makes("Slow", "AWS::RDS::DBInstance", (1, 300))
        .makes("Slower", "AWS::RDS::DBInstance", (1, 300))
        .fails(
            "Queue",
            QUEUE,
            (2, 9),
            "Resource handler returned message: \"exists\" (HandlerErrorCode: AlreadyExists)",
        )
}

#[tokio::test]
async fn each_failure_mode_ends_with_the_cause_and_the_one_next_step() {
    use OnFailure::{Delete, DoNothing, Rollback};
    let rows = [
        (true, Rollback, "ROLLBACK_COMPLETE", "--replace-failed-stack", "nothing is deployed"),
        (true, DoNothing, "CREATE_FAILED", "--on-paused-failure continue", "what was created so far is kept"),
        (true, Delete, "DELETE_COMPLETE", "", "nothing is deployed"),
        (false, Rollback, "UPDATE_ROLLBACK_COMPLETE", "", "the previous version is serving"),
        (false, DoNothing, "UPDATE_FAILED", "aws cloudformation rollback-stack", "what was changed so far is kept"),
        (false, Delete, "UPDATE_ROLLBACK_COMPLETE", "", "the previous version is serving"),
    ];
    for (is_new, on_failure, status, step, serving) in rows {
        let fake = FakeStacks::playing(play());
        if !is_new {
            fake.has("app", "UPDATE_COMPLETE");
        }
        let told = tell(&fake, &DeployOptions { on_failure, ..options() }).await;
        let verdict = told.verdict();
        assert_eq!((told.end().as_str(), verdict.status.as_deref()), ("1", Some(status)));
        assert_eq!((verdict.causes.len(), verdict.consequences), (1, 2), "{status}: {:?}", verdict.causes);
        let verb = if is_new { "created" } else { "updated" };
        let expected = format!(
            "Queue (AWS::SQS::Queue) could not be {verb}: Resource handler returned message: \"exists\" \
             (HandlerErrorCode: AlreadyExists)"
        );
        assert_eq!(told.cause(), expected);
        assert_eq!(verdict.causes[0].code.as_deref(), Some("AlreadyExists"));
        assert!(told.hint().contains(step) && step.is_empty() == told.hint().is_empty(), "{status}: {}", told.hint());
        assert!(verdict.serving.unwrap().starts_with(serving), "{status}: {:?}", verdict.serving);
    }
}

#[tokio::test]
async fn the_cause_has_its_line_in_the_template() {
    let text = "Resources:\n  Role:\n    Type: AWS::IAM::Role\n  Queue:\n    Type: AWS::SQS::Queue\n";
    let template = Template::parse("template.yaml", text.as_bytes().to_vec()).unwrap();
    let fake = FakeStacks::playing(play());
    let told = tell_with(&fake, &options(), Some(Lines { root: &template, nested: &[] }), Process::Same).await;
    assert!(told.cause().starts_with("template.yaml:4:3: Queue (AWS::SQS::Queue)"), "{}", told.cause());
}

#[tokio::test]
async fn other_failures_that_do_not_follow_are_told_too() {
    let play =
        Play::new().fails("A", QUEUE, (1, 5), "first").fails("B", QUEUE, (1, 5), "second").makes("C", QUEUE, (1, 90));
    let told = tell(&FakeStacks::playing(play), &options()).await;
    let causes: Vec<_> = told.verdict().causes.iter().map(|cause| cause.reason.clone().unwrap()).collect();
    assert_eq!((causes.as_slice(), told.verdict().consequences), (&["first".to_owned(), "second".to_owned()][..], 1));
    assert_eq!(told.cause(), "A (AWS::SQS::Queue) could not be created: first (and 1 more problem)");
}

#[tokio::test]
async fn a_failure_deep_in_nested_stacks_is_found() {
    let leaf = Play::new().fails("Table", "AWS::DynamoDB::Table", (1, 3), "no such key").makes("Other", QUEUE, (1, 60));
    let middle = Play::new().nests("Inner", 1, leaf);
    let play = Play::new().makes("Role", "AWS::IAM::Role", (0, 2)).nests("Outer", 1, middle);
    for is_new in [true, false] {
        let fake = FakeStacks::playing(play.clone());
        if !is_new {
            fake.has("app", "UPDATE_COMPLETE");
        }
        let told = tell(&fake, &options()).await;
        let verb = if is_new { "created" } else { "updated" };
        assert_eq!(told.cause(), format!("Outer/Inner/Table (AWS::DynamoDB::Table) could not be {verb}: no such key"));
        assert_eq!((told.verdict().causes.len(), told.verdict().consequences), (1, 1), "{:?}", told.verdict().causes);
        let shown = told.shown();
        let failed = if is_new { "CREATE_FAILED" } else { "UPDATE_FAILED" };
        assert!(shown.contains(&format!("Outer/Inner/Table {failed}")), "{shown:?}");
        assert_eq!(
            shown.iter().filter(|row| row.starts_with("app-Outer")).count(),
            0,
            "own rows of nested stacks repeat"
        );
    }
}

#[tokio::test]
async fn nested_events_that_are_forbidden_leave_the_row_of_the_nested_stack() {
    let leaf = Play::new().fails("Table", "AWS::DynamoDB::Table", (1, 3), "no such key");
    let fake = FakeStacks::playing(Play::new().nests("Child", 1, leaf));
    fake.forbids_nested_events();
    let told = tell(&fake, &options()).await;
    assert!(
        told.cause().starts_with("Child (AWS::CloudFormation::Stack) could not be created: Embedded stack"),
        "{}",
        told.cause()
    );
    assert_eq!(told.missing(), ["cloudformation:DescribeStackEvents of nested stacks"]);
}

#[tokio::test]
async fn the_reason_may_stand_in_the_row_of_the_stack_alone() {
    let reasons = [
        "Export vpc cannot be deleted as it is in use by shop",
        "No export named vpc found. Rollback requested by user.",
    ];
    for reason in reasons {
        let fake = FakeStacks::playing(Play::new().makes("Queue", QUEUE, (1, 5)).turned(6, reason));
        fake.has("app", "UPDATE_COMPLETE");
        let told = tell(&fake, &options()).await;
        assert_eq!(told.cause(), format!("the stack app failed (UPDATE_ROLLBACK_IN_PROGRESS): {reason}"));
        assert_eq!(told.verdict().status.as_deref(), Some("UPDATE_ROLLBACK_COMPLETE"));
        let nested = Play::new().nests("Child", 1, Play::new().makes("Queue", QUEUE, (1, 5)).turned(6, reason));
        let told =
            tell(&FakeStacks::playing(nested), &DeployOptions { on_failure: OnFailure::Delete, ..options() }).await;
        assert!(told.cause().contains(reason), "{}", told.cause());
    }
}

#[tokio::test]
async fn a_rollback_that_fails_names_what_blocks_it() {
    for (is_new, status, step) in [
        (true, "ROLLBACK_FAILED", "aws cloudformation delete-stack"),
        (false, "UPDATE_ROLLBACK_FAILED", "aws cloudformation continue-update-rollback"),
    ] {
        let fake = FakeStacks::playing(play().rollback_fails("Role", "it is in use"));
        if !is_new {
            fake.has("app", "UPDATE_COMPLETE");
        }
        let told = tell(&fake, &options()).await;
        let verdict = told.verdict();
        assert_eq!((told.end().as_str(), verdict.status.as_deref()), ("1", Some(status)));
        assert!(told.cause().contains("\"exists\""), "the cause is what failed first: {}", told.cause());
        assert!(told.hint().contains(step), "{}", told.hint());
        let left: Vec<_> = verdict.left_behind.iter().map(|cause| (cause.resource(), cause.reason.clone())).collect();
        assert_eq!(left, [(Some("Role".to_owned()), Some("it is in use".to_owned()))]);
    }
    let fake = FakeStacks::playing(play().rollback_fails("Role", "it is in use"));
    fake.has("app", "UPDATE_COMPLETE");
    assert!(tell(&fake, &options()).await.hint().ends_with("(to skip them: --resources-to-skip Role)"));
}

#[tokio::test]
async fn a_hook_is_told_with_what_its_owner_says() {
    let play = || Play::new().fails_by_hook("Bucket", "AWS::S3::Bucket", (1, 4), "Acme::S3::Hook", "must be encrypted");
    let fake = FakeStacks::playing(play());
    let told = tell(&fake, &options()).await;
    assert_eq!(told.cause(), "Bucket (AWS::S3::Bucket) failed (hook Acme::S3::Hook): must be encrypted");
    assert_eq!((told.verdict().causes.len(), told.missing()), (1, vec!["cloudformation:GetHookResult"]));
    let fake = FakeStacks::playing(play());
    let annotation = |name: &str, failed, message: &str| Annotation {
        name: name.to_owned(),
        failed,
        message: Some(message.to_owned()),
        remedy: failed.then(|| "set BucketEncryption".to_owned()),
        link: failed.then(|| "https://example.com/rule".to_owned()),
        severity: Some("HIGH".to_owned()),
    };
    fake.answers_hook(HookResult {
        id: "invocation-Bucket".to_owned(),
        status: Status::new("HOOK_COMPLETE_FAILED"),
        annotations: vec![annotation("encryption", true, "no encryption"), annotation("name", false, "fine")],
        ..HookResult::default()
    });
    let told = tell(&fake, &options()).await;
    assert_eq!(told.cause(), "Bucket (AWS::S3::Bucket) failed (hook Acme::S3::Hook): encryption [HIGH]: no encryption");
    assert!(told.hint().starts_with("set BucketEncryption https://example.com/rule"), "{}", told.hint());
}

#[tokio::test]
async fn a_custom_resource_is_told_with_its_log() {
    let reason = "Received response status [FAILED] from custom resource. Message returned: no. See the details in \
                  CloudWatch Log Stream: 2026/11/30/[$LATEST]ab (RequestId: x)";
    let fake = FakeStacks::playing(Play::new().fails("Thing", "Custom::Thing", (1, 4), reason));
    let told = tell(&fake, &options()).await;
    assert!(told.hint().starts_with("see the log stream 2026/11/30/[$LATEST]ab; "), "{}", told.hint());
    let text = "Resources:\n  Answer:\n    Type: AWS::Lambda::Function\n  Thing:\n    Type: Custom::Thing\n    Properties:\n      \
                ServiceToken: !GetAtt Answer.Arn\n";
    let template = Template::parse("template.yaml", text.as_bytes().to_vec()).unwrap();
    let rows = [
        (reason, "see the log stream 2026/11/30/[$LATEST]ab in the log group /aws/lambda/app-Answer-1A2B; "),
        ("CloudFormation did not receive a response", "see the log group /aws/lambda/app-Answer-1A2B; "),
    ];
    for (reason, expected) in rows {
        let play = Play::new().makes("Answer", "AWS::Lambda::Function", (1, 2)).fails(
            "Thing",
            "Custom::Thing",
            (3, 4),
            reason,
        );
        let lines = Lines { root: &template, nested: &[] };
        let told = tell_with(&FakeStacks::playing(play), &options(), Some(lines), Process::Same).await;
        assert!(told.hint().starts_with(expected), "{}", told.hint());
    }
}

#[tokio::test]
async fn a_failure_without_a_reason_is_a_failure() {
    let fake = FakeStacks::playing(Play::new().fails("Queue", QUEUE, (1, 4), ""));
    let told = tell(&fake, &options()).await;
    assert_eq!(told.end(), "1");
    assert!(told.cause().starts_with("Queue (AWS::SQS::Queue) could not be created"), "{}", told.cause());
}

#[tokio::test]
async fn somebody_else_may_cancel_or_delete() {
    let play = || Play::new().makes("Queue", QUEUE, (1, 100));
    let rows = [
        (
            Intrusion::Cancel,
            "UPDATE_ROLLBACK_COMPLETE",
            "the stack app failed (UPDATE_ROLLBACK_IN_PROGRESS): User Initiated",
        ),
        (
            Intrusion::DeleteStack,
            "DELETE_COMPLETE",
            "the stack app failed (DELETE_COMPLETE): the stack was deleted by another party meanwhile",
        ),
        (
            Intrusion::Forget,
            "DELETE_COMPLETE",
            "the stack app failed (DELETE_COMPLETE): the stack was deleted by another party meanwhile",
        ),
    ];
    for (intrusion, status, cause) in rows {
        let fake = FakeStacks::playing(play());
        fake.has("app", "UPDATE_COMPLETE");
        fake.intrudes(30, intrusion.clone());
        let told = tell(&fake, &options()).await;
        assert_eq!((told.end().as_str(), told.verdict().status.as_deref()), ("1", Some(status)), "{intrusion:?}");
        assert_eq!(told.cause().trim_end_matches(" (and 1 more problem)"), cause, "{intrusion:?}");
    }
}

#[tokio::test]
async fn an_operation_that_follows_ours_does_not_change_our_verdict() {
    let fake = FakeStacks::playing(Play::new().fails("Queue", QUEUE, (1, 4), "no"));
    fake.has("app", "UPDATE_COMPLETE");
    // Ours ends at second 12 or so; theirs begins before the next look.
    fake.intrudes(13, Intrusion::Update);
    let told = tell(&fake, &options()).await;
    assert_eq!((told.end().as_str(), told.verdict().status.as_deref()), ("1", Some("UPDATE_ROLLBACK_COMPLETE")));
    assert!(told.cause().ends_with(": no"), "{}", told.cause());
}

#[tokio::test]
async fn failures_are_asked_for_where_rows_are_forbidden() {
    let finding = Finding {
        logical_id: Some("Queue".to_owned()),
        resource_type: Some(QUEUE.to_owned()),
        reason: Some("exists".to_owned()),
        kind: FindingKind::Provisioning,
        check: Some("CREATE_FAILED".to_owned()),
        fails: true,
        ..Finding::default()
    };
    let fake = FakeStacks::playing(play());
    let stack = fake.has("app", "UPDATE_COMPLETE");
    fake.set(&stack, |it| it.failures.push(finding));
    fake.breaks(Op::Events, 0..1000, Wrong::Denied);
    let told = tell(&fake, &options()).await;
    assert_eq!((told.end().as_str(), told.verdict().status.as_deref()), ("1", Some("UPDATE_ROLLBACK_COMPLETE")));
    assert_eq!(told.cause(), "Queue (AWS::SQS::Queue) could not be created: exists");
    assert_eq!(told.missing(), ["cloudformation:DescribeStackEvents"], "one notice");
}

#[tokio::test]
async fn the_deadline_says_what_is_open_and_is_never_a_success() {
    let fake =
        FakeStacks::playing(Play::new().makes("Slow", "AWS::RDS::DBInstance", (1, 5000)).makes("Fast", QUEUE, (1, 3)));
    let timeout = std::time::Duration::from_secs(300);
    let told = tell(&fake, &DeployOptions { timeout, ..options() }).await;
    assert_eq!((told.failure().kind, told.took), (FailureKind::Deadline, timeout));
    assert!(told.cause().contains("Slow (AWS::RDS::DBInstance) is CREATE_IN_PROGRESS for 29"), "{}", told.cause());
    assert!(told.hint().contains("samstep deploy --follow arn:"), "{}", told.hint());
    assert_eq!(told.verdict().open.len(), 1);
    assert_eq!(fake.status("app").as_deref(), Some("CREATE_IN_PROGRESS"), "CloudFormation goes on");
}
