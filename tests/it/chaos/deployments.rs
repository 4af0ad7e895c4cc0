//! Deployments among many jobs: each has a stack of its own, and its verdict must be the one of the stack.

use crate::cloudformation::{Answer, Fault, Script, THROTTLED, UNAVAILABLE};
use crate::worker::Services;
use std::collections::BTreeMap;
use std::time::Duration;

/// How far a look at a stack moves the time of CloudFormation.
const LOOK: Duration = Duration::from_millis(100);
/// Seconds of virtual time that stacks take, in turn. Some take longer than a worker lives.
const SECONDS: [u64; 4] = [2, 5, 15, 40];

/// The stacks by the first job of their deployment.
pub struct Deployments(BTreeMap<String, String>);

/// What became of the deployments.
pub struct Verdicts {
    pub deployed: usize,
    /// What does not fit together.
    pub wrong: Vec<String>,
}

impl Deployments {
    /// Queues a deployment for each number. Every fifth one fails.
    pub fn queue(services: &Services, numbers: impl Iterator<Item = usize>) -> Self {
        services.stacks.looks_take(LOOK);
        for (action, answer) in [
            ("CreateChangeSet", Answer::Lost),
            ("ExecuteChangeSet", Answer::Lost),
            ("ExecuteChangeSet", THROTTLED),
            ("DescribeStackEvents", UNAVAILABLE),
            ("DescribeStacks", Answer::Html(502)),
            ("DescribeChangeSet", Answer::Cut),
        ] {
            services.stacks.fault(Fault::next(action, 5, answer).after(10));
        }
        let queued = numbers.enumerate().map(|(at, number)| {
            let stack = format!("stack-{number}");
            services.stacks.then_for(&stack, script(at));
            (services.queue_deployment(number, &[("StackName", &stack)]), stack)
        });
        Self(queued.collect())
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Compares each job with its stack, once everything is over.
    pub fn verdicts(&self, services: &Services) -> Verdicts {
        services.stacks.looks_take(Duration::from_secs(3600));
        services.stacks.look();
        let jobs = services.jobs.states();
        let mut verdicts = Verdicts { deployed: 0, wrong: Vec::new() };
        for (first, stack) in &self.0 {
            // A continuation has the id of the job before it but for its first four digits.
            let last = jobs.keys().rfind(|id| id[4..] == first[4..]).unwrap();
            let result = services.jobs.result(last).unwrap_or_default();
            let (status, failure) = (services.stacks.status(stack), &result["failureDetails"]);
            let is_right = match status.as_deref() {
                Some("CREATE_COMPLETE") => failure.is_null(),
                Some("ROLLBACK_COMPLETE") => {
                    failure["type"] == "JobFailed" && failure.to_string().contains("no such key")
                }
                // Nothing was changed.
                Some("REVIEW_IN_PROGRESS") | None => !failure.is_null(),
                Some(_) => false,
            };
            let executions = services.stacks.executions(stack);
            verdicts.deployed += usize::from(status.as_deref() == Some("CREATE_COMPLETE"));
            if !is_right || executions > 1 {
                verdicts.wrong.push(format!("{last} {stack} {status:?} executed {executions} times: {result}"));
            }
        }
        verdicts
    }
}

fn script(at: usize) -> Script {
    let end = SECONDS[at % SECONDS.len()];
    let (queue, stack) = match at % 5 {
        4 => ("CREATE_FAILED no such key", "ROLLBACK_COMPLETE"),
        _ => ("CREATE_COMPLETE", "CREATE_COMPLETE"),
    };
    let history = format!(
        "0 / CREATE_IN_PROGRESS\n1 Queue AWS::SQS::Queue CREATE_IN_PROGRESS\n{end} Queue AWS::SQS::Queue {queue}\n{end} / {stack}"
    );
    Script::plays(&history).changing("Add Queue AWS::SQS::Queue").gives("QueueUrl", "u")
}
