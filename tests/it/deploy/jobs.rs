//! A deployment in a job that ends before the stack does: the next job goes on from its continuation token.

use super::faults::each;
use super::success::created;
use super::{QUEUE, STACK};
use crate::cloudformation::{Answer, CloudFormation, Fault, Script};
use crate::job::{ID, World, zip};
use crate::job_service::JobState;
use crate::run::Run;
use crate::worker::{PATIENCE, signal, wait_until};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io::Read;
use std::process::Stdio;
use std::time::Duration;

/// Longer than any test waits.
const NEVER: Duration = Duration::from_secs(600);
/// Longest continuation token (CodePipeline API).
const TOKEN_BYTES: usize = 2048;
const NEXT_ID: &str = "1d4e7a52-6b0f-4a7c-9a56-2f6f0f2c9b11";
const SECRET: &str = "hunter2-S3cr3t";

/// A pipeline, and CloudFormation.
pub struct Pipeline {
    pub world: World,
    pub stacks: CloudFormation,
    folder: tempfile::TempDir,
    variables: Vec<(&'static str, String)>,
}

impl Pipeline {
    pub fn new(script: Script) -> Self {
        Self::with_properties(script, &[])
    }

    /// With more properties of the action.
    pub fn with_properties(script: Script, more: &[(&str, &str)]) -> Self {
        let template = format!("Parameters:\n  Password: {{Type: String, NoEcho: true}}\n{QUEUE}");
        let overrides = json!({"Password": SECRET}).to_string();
        let properties = [("Operation", "deploy"), ("StackName", STACK), ("ParameterOverrides", overrides.as_str())];
        let world = World::new(&[&properties, more].concat(), &zip(&[("template.yaml", template.as_bytes())]));
        Self::of(world, script)
    }

    pub fn of(world: World, script: Script) -> Self {
        let (stacks, folder) = (CloudFormation::with(script), tempfile::tempdir().unwrap());
        Self { world, stacks, folder, variables: Vec::new() }
    }

    /// With a variable in the environment of each job.
    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        self.variables.push((name, value.to_owned()));
        self
    }

    pub fn run(&self, job: &Value) -> Run {
        let file = self.folder.path().join("job.json");
        std::fs::write(&file, job.to_string()).unwrap();
        let run = self.world.run_of(file.to_str().unwrap());
        let run = run.env("AWS_ENDPOINT_URL_CLOUDFORMATION", self.stacks.url()).env("SAM_CLI_POLL_DELAY", "0.01");
        self.variables.iter().fold(run, |run, (name, value)| run.env(name, value))
    }

    /// Runs the job until so many calls of an action, and terminates it. Returns the token and what was logged.
    pub fn suspend(&self, action: &str, calls: usize) -> (String, String) {
        self.suspend_when(|| self.stacks.calls_of(action).len() >= calls)
    }

    /// Runs the job until this is so, and terminates it. Returns the token and what was logged.
    pub fn suspend_when(&self, is_reached: impl Fn() -> bool) -> (String, String) {
        let mut command = self.run(&self.world.job).command();
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        wait_until(PATIENCE, is_reached);
        signal(child.id(), "TERM");
        child.wait().unwrap();
        let mut stderr = String::new();
        child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        let result = self.world.result("PutJobSuccessResult");
        (result["continuationToken"].as_str().unwrap_or_else(|| panic!("{result} {stderr}")).to_owned(), stderr)
    }

    /// The job that continues the first one, with its result.
    pub fn go_on(&self, token: &str) -> (Value, String) {
        let mut next = self.world.job.clone();
        next["id"] = json!(NEXT_ID);
        next["data"]["continuationToken"] = json!(token);
        self.world.jobs.add(&next, JobState::InProgress);
        let ended = self.run(&next).end();
        let result = self.world.jobs.result(NEXT_ID).unwrap_or_else(|| panic!("{}", ended.stderr));
        (result, ended.stderr)
    }
}

/// The name of the step in a token.
fn step_of(token: &str) -> String {
    let state = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    let phase = state(state(token)["state"].as_str().unwrap());
    phase["step"].as_object().unwrap().keys().next().unwrap().clone()
}

/// The rows of a log: time, status and path.
fn rows(log: &str) -> Vec<String> {
    let is_time = |word: &&str| word.len() == "12:00:00Z".len() && word.ends_with('Z');
    log.lines()
        .filter(|line| line.split_whitespace().next().is_some_and(|word| is_time(&word)))
        .map(str::to_owned)
        .collect()
}

#[test]
#[expect(clippy::print_stdout, reason = "the sizes of tokens are measured here")]
fn a_job_that_is_terminated_at_any_step_is_continued_by_the_next_one() {
    let long = "0 / CREATE_IN_PROGRESS\n1 Queue AWS::SQS::Queue CREATE_IN_PROGRESS\n60 Queue AWS::SQS::Queue CREATE_COMPLETE\n61 / CREATE_COMPLETE";
    let long = || Script::plays(long).changing("Add Queue AWS::SQS::Queue").gives("QueueUrl", "u");
    let late = |action| Some(Fault::next(action, 1, Answer::Late(NEVER)));
    let steps = [
        ("Create", "DescribeStacks", 1, late("DescribeStacks"), created()),
        ("Prepare", "DeleteStack", 1, late("DeleteStack"), created()),
        ("Create", "CreateChangeSet", 1, late("CreateChangeSet"), created()),
        ("AwaitChangeSet", "DescribeChangeSet", 2, None, created().computing(20)),
        ("Execute", "ExecuteChangeSet", 1, late("ExecuteChangeSet"), created()),
        ("AwaitStack", "DescribeStackEvents", 5, None, long()),
    ];
    each(&steps, |(step, action, calls, fault, script)| {
        let pipeline = Pipeline::with_properties(script.clone(), &[("ActionMode", "REPLACE_ON_FAILURE")]);
        if *step == "Prepare" {
            pipeline.stacks.has(STACK, "ROLLBACK_COMPLETE");
        }
        fault.iter().for_each(|fault| pipeline.stacks.fault(fault.clone()));
        let (token, first) = pipeline.suspend(action, *calls);
        println!("suspended in {step}: a token of {} bytes", token.len());
        assert_eq!(step_of(&token), *step, "{action}");
        assert!(token.len() <= TOKEN_BYTES && !token.contains(SECRET), "{action}: {token}");
        let (result, second) = pipeline.go_on(&token);
        assert_eq!(result["continuationToken"], Value::Null, "{action}: {second}");
        assert!(result["outputVariables"]["QueueUrl"].is_string(), "{action}: {result} {second}");
        let creations = pipeline.stacks.calls_of("CreateChangeSet");
        let executions = pipeline.stacks.calls_of("ExecuteChangeSet");
        assert!(creations.windows(2).all(|two| two[0] == two[1]), "{action}: {creations:?}");
        assert!(executions.windows(2).all(|two| two[0] == two[1]), "{action}: {executions:?}");
        assert_eq!(pipeline.stacks.change_sets().len(), 1, "{action}");
        let shown: Vec<_> = rows(&first).into_iter().chain(rows(&second)).collect();
        assert!(!shown.is_empty() && shown.iter().collect::<BTreeSet<_>>().len() == shown.len(), "{action}: {shown:?}");
    });
}

#[test]
fn a_deployment_whose_own_time_is_over_fails_the_job() {
    let pipeline = Pipeline::with_properties(created().computing(1_000_000), &[("Timeout", "1")]);
    let ended = pipeline.run(&pipeline.world.job).end();
    let details = pipeline.world.result("PutJobFailureResult")["failureDetails"].clone();
    assert_eq!(details["type"], "JobFailed", "{}", ended.stderr);
    let expected = "did not end within 1 s: the changes are still being computed";
    assert!(details["message"].as_str().is_some_and(|text| text.contains(expected)), "{details}");
    assert_eq!(pipeline.world.jobs.results()[ID], 1);
}

#[test]
fn a_failed_deployment_fails_the_job_with_its_cause() {
    let history = "0 / CREATE_IN_PROGRESS\n1 Queue AWS::SQS::Queue CREATE_FAILED no such key\n2 / ROLLBACK_IN_PROGRESS The following resource(s) failed to create: [Queue].\n3 / ROLLBACK_COMPLETE";
    let pipeline = Pipeline::new(Script::plays(history));
    let ended = pipeline.run(&pipeline.world.job).end();
    let details = pipeline.world.result("PutJobFailureResult")["failureDetails"].clone();
    assert_eq!(details["type"], "JobFailed", "{}", ended.stderr);
    assert!(details["message"].as_str().is_some_and(|text| text.contains("no such key")), "{details}");
    assert!(!ended.stderr.contains(SECRET) && !details.to_string().contains(SECRET));
    assert_eq!(pipeline.world.jobs.results()[ID], 1);
}
