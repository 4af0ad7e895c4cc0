//! Traffic shifts by the executable, against CodeDeploy and CloudWatch over HTTP, by the real clock.

use super::faults::each;
use super::signals::end;
use super::{STACK, Site};
use crate::cloudformation::{Answer, Fault, Script};
use crate::codedeploy::{Fires, Routing, Shift};
use crate::run::Run;
use crate::worker::{PATIENCE, wait_until};
use std::process::Stdio;

const TEMPLATE: &str = "Transform: AWS::Serverless-2016-10-31
Resources:
  Hello:
    Type: AWS::Serverless::Function
    Properties:
      InlineCode: pass
      AutoPublishAlias: live
      DeploymentPreference: {Type: Canary10Percent5Minutes}
  Quick:
    Type: AWS::Serverless::Function
    Properties: {InlineCode: pass, AutoPublishAlias: live, DeploymentPreference: {Type: AllAtOnce}}
";
const DENIED: Answer = Answer::Error(400, "AccessDeniedException", "not authorized");

const SLOW: Routing = Routing::Linear(10, 1);

/// A deployment of a stack whose aliases shift, and what the run says of it.
struct Story {
    shifts: Vec<Shift>,
    faults: Vec<Fault>,
    code: i32,
    /// Parts of standard error, in this order.
    said: &'static [&'static str],
    unsaid: &'static [&'static str],
}

fn site(shifts: &[Shift]) -> Site {
    let changes: Vec<_> =
        shifts.iter().map(|shift| format!("Modify {} AWS::Lambda::Alias False", shift.alias_id())).collect();
    let script = shifts.iter().cloned().fold(Script::default(), Script::shifting);
    let site = Site::of(TEMPLATE, script.changing(&changes.join("\n")));
    site.stacks.follow_real_clock();
    site.stacks.has(STACK, "CREATE_COMPLETE");
    site
}

fn run(site: &Site, words: &[&str]) -> Run {
    site.run(words).env("SAM_CLI_POLL_DELAY", "0.5")
}

#[track_caller]
fn assert_says(stderr: &str, said: &[&str]) {
    let mut rest = stderr;
    for part in said {
        let found = rest.split_once(part);
        let (_, after) = found.unwrap_or_else(|| panic!("no {part}, or not in this order, in:\n{stderr}"));
        rest = after;
    }
}

fn stories() -> Vec<Story> {
    let canary = Shift::of("Hello", Routing::Canary(10, 1)).before(4).after(4).watched_by("Errors", Fires::Never);
    let hook = Shift::of("Hello", SLOW).refused_after(6, "GET /health\nAssertionError: 500 != 200");
    let several = vec![
        Shift::of("Child/Hello", SLOW),
        Shift::of("Quick", Routing::AllAtOnce),
        Shift::of("Other", SLOW).watched_by("Errors", Fires::At(10)),
    ];
    vec![
        Story {
            shifts: vec![canary],
            faults: Vec::new(),
            code: 0,
            said: &[
                "UPDATE_IN_PROGRESS    HelloAliaslive",
                "10 % on version 42, ",
                "100 % on version 42",
                "100 % on version 42 after 1 min ",
                "Deployed app (UPDATE_COMPLETE)",
            ],
            unsaid: &["Less detail", "warning", " 0 s left"],
        },
        Story {
            shifts: vec![Shift::of("Hello", SLOW).watched_by("Errors", Fires::At(12))],
            faults: Vec::new(),
            code: 1,
            said: &[
                "10 % on version 42, ",
                "in 9 steps  1 alarm quiet",
                "was stopped after 1",
                "goes back to version 41",
                "template.yaml:3:3: HelloAliaslive (AWS::Lambda::Alias) could not be updated",
                "ALARM_ACTIVE",
                "alarm Errors is in ALARM: Threshold Crossed: 1 datapoint [7.0]",
            ],
            unsaid: &["Less detail"],
        },
        Story {
            shifts: vec![hook],
            faults: Vec::new(),
            code: 1,
            said: &[
                "AssertionError: 500 != 200",
                "HOOK_EXECUTION_FAILURE",
                "hook BeforeAllowTraffic failed: ScriptFailed",
            ],
            unsaid: &["Less detail"],
        },
        Story {
            shifts: several,
            faults: Vec::new(),
            code: 1,
            said: &[
                "UPDATE_IN_PROGRESS    Child/HelloAliaslive",
                "app-Quick-1A2B3C:live     100 % on version 42",
                "Traffic of app-Other-1A2B3C:live goes back to version 41",
                "Traffic of app-Child-Hello-1A2B3C:live goes back to version 41",
                "Traffic of app-Quick-1A2B3C:live went back to version 41",
                "error: OtherAliaslive (AWS::Lambda::Alias) could not be updated",
            ],
            unsaid: &["Less detail", "more problem", "shifted to version 42"],
        },
        Story {
            shifts: vec![Shift::of("Hello", Routing::AllAtOnce).before(4)],
            faults: ["ListDeployments", "GetDeploymentGroup"].map(|action| Fault::always(action, DENIED)).into(),
            code: 0,
            said: &["Less detail is shown", "codedeploy:ListDeployments", "Deployed app (UPDATE_COMPLETE)"],
            unsaid: &["shift  "],
        },
    ]
}

#[test]
fn shifts_are_shown_and_decide_what_a_deployment_says_of_its_end() {
    each(&stories(), |story| {
        let site = site(&story.shifts);
        story.faults.iter().for_each(|fault| site.stacks.fault(fault.clone()));
        let ended = run(&site, &[]).end();
        assert_eq!(ended.code, story.code, "{}", ended.stderr);
        assert_says(&ended.stderr, story.said);
        for unsaid in story.unsaid {
            assert!(!ended.stderr.contains(unsaid), "{unsaid} in:\n{}", ended.stderr);
        }
        assert_eq!(site.stacks.writes(), ["CreateChangeSet", "ExecuteChangeSet"]);
    });
}

#[test]
fn a_shift_that_would_be_stopped_is_warned_of_or_refused_before_the_execution() {
    let firing = || Shift::of("Hello", SLOW).watched_by("Errors", Fires::Before);
    let rows = [(firing(), "alarm Errors is in ALARM"), (Shift::of("Hello", SLOW).busy(), "d-000000001")];
    each(&rows, |(shift, problem)| {
        let site = site(std::slice::from_ref(shift));
        let ended = run(&site, &["--refuse-unhealthy-shift"]).end();
        assert_eq!(ended.code, 4, "{}", ended.stderr);
        assert!(ended.stderr.contains(problem), "{problem} in {}", ended.stderr);
        assert!(!site.stacks.writes().contains(&"ExecuteChangeSet".to_owned()));
    });
    let site = site(&[firing()]);
    let ended = run(&site, &[]).end();
    assert_says(&ended.stderr, &["warning", "alarm Errors is in ALARM", "Deploying app", "was stopped"]);
    assert_eq!(ended.code, 1);
}

#[test]
fn a_cancelled_run_stops_the_shift_if_it_is_told_to() {
    let rows = [(vec!["--on-cancel", "stop-shift"], true), (vec![], false)];
    each(&rows, |(words, is_stopped)| {
        let site = site(&[Shift::of("Hello", SLOW)]);
        let mut command = run(&site, words).command();
        let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        wait_until(PATIENCE, || !site.stacks.calls_of("BatchGetDeploymentTargets").is_empty());
        let (code, stderr) = end(child, "TERM");
        assert_eq!(code, Some(143), "{stderr}");
        assert_eq!(!site.stacks.calls_of("StopDeployment").is_empty(), *is_stopped);
        assert_eq!(stderr.contains("CodeDeploy stops d-000000001"), *is_stopped, "{stderr}");
        let rolls_back = || {
            site.stacks.look();
            site.stacks.status(STACK).as_deref() == Some("UPDATE_ROLLBACK_COMPLETE")
        };
        match is_stopped {
            true => wait_until(PATIENCE, rolls_back),
            false => assert_eq!(site.stacks.status(STACK).as_deref(), Some("UPDATE_IN_PROGRESS")),
        }
    });
}
