//! Signals at each step of a deployment: last words within two seconds, and CloudFormation goes on.

use super::faults::each;
use super::success::created;
use super::{STACK, Site};
use crate::cloudformation::{Answer, Fault, Script, THROTTLED};
use crate::worker::{PATIENCE, signal, wait_until};
use std::io::Read;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

/// Longer than any test waits.
const NEVER: Duration = Duration::from_secs(600);
/// Time for the last words.
const LIMIT: Duration = Duration::from_secs(2);

const ENDLESS: &str = "0 / CREATE_IN_PROGRESS\n1 Queue AWS::SQS::Queue CREATE_IN_PROGRESS\n1000000 / CREATE_COMPLETE";

/// A step of a deployment that lasts until the signal.
struct Step {
    /// The call by which it is known to be reached, and how many of them.
    reached: (&'static str, usize),
    fault: Option<Fault>,
    script: Script,
    status: Option<&'static str>,
    words: &'static [&'static str],
    said: &'static [&'static str],
}

impl Step {
    fn new(reached: &'static str, said: &'static [&'static str]) -> Self {
        Self { reached: (reached, 1), fault: None, script: created(), status: None, words: &[], said }
    }

    fn held(self, fault: Fault) -> Self {
        Self { fault: Some(fault), ..self }
    }
}

fn late(action: &'static str) -> Fault {
    Fault::next(action, 1, Answer::Late(NEVER))
}

fn start(site: &Site, step: &Step) -> Child {
    step.fault.iter().for_each(|fault| site.stacks.fault(fault.clone()));
    step.status.iter().for_each(|status| drop(site.stacks.has(STACK, status)));
    let mut command = site.run(step.words).command();
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (action, count) = step.reached;
    wait_until(PATIENCE, || site.stacks.calls_of(action).len() >= count);
    child
}

/// Sends a signal; returns exit code and standard error.
pub fn end(mut child: Child, name: &str) -> (Option<i32>, String) {
    let begun = Instant::now();
    signal(child.id(), name);
    let status = child.wait().unwrap();
    assert!(begun.elapsed() < LIMIT, "{:?}", begun.elapsed());
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    (status.code(), stderr)
}

fn steps() -> Vec<Step> {
    let execute = &["may be executed", "--follow arn:"];
    let follow = &["CloudFormation goes on", "--follow arn:"];
    vec![
        Step::new("DescribeStacks", &["nothing was changed"]).held(late("DescribeStacks")),
        Step::new("DescribeStacks", &["nothing was changed"]).held(Fault::always("DescribeStacks", THROTTLED)),
        Step::new("CreateChangeSet", &["a change set may have been created"]).held(late("CreateChangeSet")),
        // The first look belongs to the step that creates the change set.
        Step {
            script: created().computing(1_000_000),
            reached: ("DescribeChangeSet", 2),
            ..Step::new("", &["change set stays: arn:"])
        },
        Step::new("ExecuteChangeSet", execute).held(late("ExecuteChangeSet")),
        Step::new("ExecuteChangeSet", execute).held(Fault::always("ExecuteChangeSet", THROTTLED)),
        Step { script: Script::plays(ENDLESS), reached: ("DescribeStackEvents", 3), ..Step::new("", follow) },
        Step::new("DescribeStackEvents", follow).held(late("DescribeStackEvents")),
        Step {
            status: Some("ROLLBACK_COMPLETE"),
            words: &["--replace-failed-stack"],
            ..Step::new("DeleteStack", follow).held(late("DeleteStack"))
        },
    ]
}

#[test]
fn a_terminated_deployment_says_where_it_stands_within_two_seconds() {
    each(&steps(), |step| {
        let site = Site::new(step.script.clone());
        let child = start(&site, step);
        let calls = site.stacks.calls().len();
        let (code, stderr) = end(child, "TERM");
        assert_eq!(code, Some(143), "{:?}: {stderr}", step.reached);
        for said in step.said {
            assert!(stderr.contains(said), "{:?}: {said} in {stderr}", step.reached);
        }
        assert!(site.stacks.calls().len() <= calls + 1, "{:?}: no call is made for the last words", step.reached);
    });
}

#[test]
fn an_interrupted_deployment_ends_with_the_code_of_its_signal() {
    let step = Step { script: Script::plays(ENDLESS), reached: ("DescribeStackEvents", 3), ..Step::new("", &[]) };
    let site = Site::new(step.script.clone());
    let (code, stderr) = end(start(&site, &step), "INT");
    assert_eq!(code, Some(130), "{stderr}");
    assert_eq!(site.stacks.status(STACK).as_deref(), Some("CREATE_IN_PROGRESS"));
}
