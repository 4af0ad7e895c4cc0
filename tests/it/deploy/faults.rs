//! Answers that go wrong.

use super::success::{created, updated};
use super::{QUEUE, STACK, Site};
use crate::cloudformation::{Answer, EXPIRED, Fault, Script, THROTTLED, UNAVAILABLE};
use crate::s3_server::{Credentials, HOST, JOB};
use aws_sdk_s3::primitives::{DateTime, DateTimeFormat};
use serde_json::json;
use std::time::{Duration, Instant, SystemTime};

/// The calls that every deployment makes.
const ACTIONS: [&str; 5] =
    ["DescribeStacks", "CreateChangeSet", "DescribeChangeSet", "ExecuteChangeSet", "DescribeStackEvents"];

/// Runs each row on a thread of its own, since most of its time is waiting.
pub fn each<T: Sync>(rows: &[T], check: impl Fn(&T) + Sync) {
    let check = &check;
    std::thread::scope(|scope| rows.iter().for_each(|row| drop(scope.spawn(move || check(row)))));
}

#[test]
fn one_answer_that_goes_wrong_changes_nothing() {
    let answers = [THROTTLED, UNAVAILABLE, Answer::Html(502), Answer::Html(200), Answer::Cut, Answer::Lost];
    let rows: Vec<_> = ACTIONS.iter().flat_map(|action| answers.iter().map(move |answer| (*action, answer))).collect();
    each(&rows, |(action, answer)| {
        let site = Site::new(created());
        site.stacks.fault(Fault::next(action, 1, (*answer).clone()));
        let ended = site.deploy(&[]);
        assert_eq!(ended.code, 0, "{action} {answer:?}: {}", ended.stderr);
        assert_eq!(site.stacks.status(STACK).as_deref(), Some("CREATE_COMPLETE"), "{action} {answer:?}");
        let calls = site.stacks.calls_of(action);
        assert!(calls.len() > 1, "{action} {answer:?}: the call is made again");
    });
}

#[test]
fn a_call_whose_answer_was_lost_is_made_again_with_the_same_token() {
    each(&["CreateChangeSet", "ExecuteChangeSet"], |action| {
        let site = Site::new(updated());
        site.stacks.has(STACK, "CREATE_COMPLETE");
        site.stacks.fault(Fault::next(action, 1, Answer::Lost));
        site.deploy(&[]).ok();
        let calls = site.stacks.calls_of(action);
        assert!(calls.len() == 2 && calls[0] == calls[1], "{calls:?}");
        assert_eq!(site.stacks.change_sets().len(), 1, "{action}");
    });
}

#[test]
fn throttling_throughout_ends_with_the_deadline_and_says_so() {
    each(&ACTIONS, |action| {
        let site = Site::new(created());
        site.stacks.fault(Fault::always(action, THROTTLED));
        let ended = site.deploy(&["--timeout", "2"]);
        let is_watched = *action == "DescribeStackEvents";
        assert_eq!(ended.code, 124, "{action}: {}", ended.stderr);
        assert_eq!(
            ended.stderr.contains("--follow arn:"),
            is_watched || *action == "ExecuteChangeSet",
            "{}",
            ended.stderr
        );
    });
}

#[test]
fn a_service_that_is_down_is_a_temporary_failure() {
    let site = Site::new(created());
    site.stacks.fault(Fault::always("", Answer::Error(400, "RequestLimitExceeded", "Request limit exceeded.")));
    assert_eq!(site.deploy(&["--timeout", "1"]).code, 124);
    let site = Site::new(created());
    let ended = site.run(&["--timeout", "2"]).env("AWS_ENDPOINT_URL_CLOUDFORMATION", "http://127.0.0.1:1").end();
    assert!([75, 124].contains(&ended.code), "{}: {}", ended.code, ended.stderr);
}

#[test]
fn a_denied_call_names_its_action_and_is_no_missing_stack() {
    let denied =
        Answer::Error(403, "AccessDenied", "User: arn:aws:sts::111122223333:assumed-role/ci/x is not authorized");
    for action in ["DescribeStacks", "CreateChangeSet", "DescribeChangeSet", "ExecuteChangeSet"] {
        let site = Site::new(created());
        site.stacks.fault(Fault::always(action, denied.clone()));
        let ended = site.deploy(&[]);
        assert!(ended.code == 77 && ended.cause().contains(&format!("cloudformation:{action}")), "{}", ended.stderr);
    }
}

#[test]
fn events_that_may_not_be_read_cost_detail_only() {
    let denied = Answer::Error(403, "AccessDenied", "User is not authorized");
    let site = Site::new(created());
    site.stacks.fault(Fault::always("DescribeStackEvents", denied.clone()));
    let ended = site.deploy(&[]).ok();
    assert_eq!(ended.stderr.matches("cloudformation:DescribeStackEvents").count(), 1, "{}", ended.stderr);
    let failing = Script::fails("no such type").computing(1);
    let site = Site::new(failing);
    site.stacks.fault(Fault::always("DescribeEvents", denied));
    let ended = site.deploy(&[]);
    assert!(ended.code == 1 && ended.cause().contains("no such type"), "{}", ended.stderr);
}

#[test]
fn a_deadline_names_what_is_open_and_how_to_watch_it() {
    let endless = "0 / CREATE_IN_PROGRESS\n1 Queue AWS::SQS::Queue CREATE_IN_PROGRESS\n1000000 / CREATE_COMPLETE";
    let site = Site::new(Script::plays(endless));
    let begun = Instant::now();
    let ended = site.deploy(&["--timeout", "1"]);
    assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
    assert_eq!(ended.code, 124, "{}", ended.stderr);
    assert!(ended.cause().contains("Queue (AWS::SQS::Queue)"), "{}", ended.cause());
    assert!(
        ended.stderr.contains("--follow arn:aws:cloudformation:us-east-1:111122223333:stack/app/"),
        "{}",
        ended.stderr
    );
    let site = Site::new(Script::plays("").computing(1_000_000));
    let ended = site.deploy(&["--timeout", "1"]);
    assert!(ended.code == 124 && ended.cause().contains("still being computed"), "{}", ended.stderr);
    assert_eq!(site.stacks.writes(), ["CreateChangeSet", "DeleteChangeSet", "DeleteStack"]);
}

#[test]
fn credentials_that_end_are_renewed_by_their_provider() {
    let site = Site::new(updated());
    site.stacks.has(STACK, "CREATE_COMPLETE");
    site.stacks.fault(Fault::next("DescribeStackEvents", 1, EXPIRED));
    site.deploy(&[]).ok();
    // The provider has no others: the deployment goes on without this process.
    let site = Site::new(updated());
    site.stacks.has(STACK, "CREATE_COMPLETE");
    site.stacks.fault(Fault::always("DescribeStackEvents", EXPIRED));
    site.stacks.fault(Fault::always("DescribeStacks", EXPIRED).after(1));
    let ended = site.deploy(&[]);
    assert_eq!(ended.code, 75, "{}", ended.stderr);
    assert!(
        ended.stderr.contains("CloudFormation goes on") && ended.stderr.contains("--follow arn:"),
        "{}",
        ended.stderr
    );
}

#[test]
fn credentials_near_their_end_are_asked_for_again() {
    let keys = |credentials: Credentials, expiration: &str| {
        let (access_key, secret_key) = (credentials.access_key, credentials.secret_key);
        json!({
            "Version": 1, "AccessKeyId": access_key, "SecretAccessKey": secret_key, "SessionToken": "t",
            "Expiration": expiration,
        })
    };
    // The SDK asks for others some seconds before the end.
    let soon = DateTime::from(SystemTime::now() + Duration::from_secs(5)).fmt(DateTimeFormat::DateTime).unwrap();
    let process = "[default]\ncredential_process = sh -c 'cat second.json 2>/dev/null || cat first.json; cp next.json second.json'\n";
    let site = Site::new(updated())
        .with("first.json", &keys(HOST, &soon).to_string())
        .with("next.json", &keys(JOB, "2099-01-01T00:00:00Z").to_string())
        .with("config", process);
    site.stacks.has(STACK, "CREATE_COMPLETE");
    let run = site.run(&[]).env("AWS_CONFIG_FILE", "config");
    run.env("AWS_ACCESS_KEY_ID", "").env("AWS_SECRET_ACCESS_KEY", "").end().ok();
    let calls = site.stacks.calls();
    let keys = [&calls[0], &calls[calls.len() - 1]].map(|call| call.access_key.clone());
    assert_eq!(keys, [HOST.access_key, JOB.access_key]);
}

#[test]
fn bad_input_is_refused_before_any_call() {
    let parameters: String = (0..201).map(|number| format!("  P{number}: {{Type: String, Default: d}}\n")).collect();
    let many = format!("Parameters:\n{parameters}{QUEUE}");
    let tags: Vec<_> = (0..51).map(|number| format!("t{number}=v")).collect();
    let tags: Vec<_> = ["--tags"].into_iter().chain(tags.iter().map(String::as_str)).collect();
    let long = format!("P={}", "x".repeat(4097));
    let one = format!("Parameters:\n  P: {{Type: String}}\n{QUEUE}");
    let large = format!("Metadata: {{Text: {}}}\n{QUEUE}", "x".repeat(1_048_577));
    let rows: [(&str, i32, &str, Vec<&str>); 8] = [
        ("201 parameters", 2, &many, vec![]),
        ("51 tags", 2, QUEUE, tags),
        ("a long value", 2, &one, vec!["--parameter-overrides", &long]),
        ("a missing parameter", 2, &one, vec![]),
        ("an unknown parameter", 2, QUEUE, vec!["--strict-parameters", "--parameter-overrides", "Nope=1"]),
        ("a large template", 1, &large, vec!["--s3-bucket", "code"]),
        ("a bad role", 2, QUEUE, vec!["--role-arn", "admin"]),
        ("a reserved tag", 2, QUEUE, vec!["--tags", "aws:team=shop"]),
    ];
    for (name, code, template, words) in rows {
        let site = Site::of(template, created());
        let ended = site.deploy(&words);
        assert_eq!(ended.code, code, "{name}: {}", ended.stderr);
        let reads: Vec<_> = site.stacks.calls().into_iter().map(|call| call.action).collect();
        assert!(reads.iter().all(|action| action == "DescribeStacks"), "{name}: {reads:?}");
    }
    for name in ["", "1app", "my_app", &"a".repeat(129)] {
        let ended = Site::new(created()).bare(&["--stack-name", name]).end();
        assert_eq!(ended.code, 2, "{name}: {}", ended.stderr);
    }
}
