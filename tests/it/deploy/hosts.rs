//! A deployment through a worker and through a Lambda function, however these end: the stack is deployed once, and the
//! action ends as the stack does.

use super::STACK;
use super::faults::each;
use super::success::created;
use crate::cloudformation::{Answer, CloudFormation, Fault, Script};
use crate::job::{ID, OUTPUT, World, files_of, zip};
use crate::job_service::JobState;
use crate::lambda::{FakeRuntime, event, function};
use crate::worker::{PATIENCE, Services, child_of, children_of, signal, wait_until};
use serde_json::{Value, json};
use std::process::Child;
use std::time::Duration;

const FAILED: &str = "0 / CREATE_IN_PROGRESS\n1 Queue AWS::SQS::Queue CREATE_FAILED no such key\n2 / ROLLBACK_IN_PROGRESS The following resource(s) failed to create: [Queue].\n3 / ROLLBACK_COMPLETE";

/// A deployment that is not over before its host ends.
fn long() -> Script {
    Script::plays("0 / CREATE_IN_PROGRESS\n1 Queue AWS::SQS::Queue CREATE_IN_PROGRESS\n100000 / CREATE_COMPLETE")
        .changing("Add Queue AWS::SQS::Queue")
        .gives("QueueUrl", "u")
}

/// The id of the job that continues a job.
fn next_id(id: &str) -> String {
    let hop = u16::from_str_radix(&id[..4], 16).unwrap() + 1;
    format!("{hop:04x}{}", &id[4..])
}

fn is_watching(stacks: &CloudFormation) -> bool {
    stacks.calls_of("DescribeStackEvents").len() > 3
}

/// Lets every operation end at the next look.
fn finish(stacks: &CloudFormation) {
    stacks.looks_take(Duration::from_secs(1_000_000));
}

#[track_caller]
fn assert_deployed_once(stacks: &CloudFormation, result: &Value, name: &str) {
    assert_eq!(result["outputVariables"]["QueueUrl"], "u", "{name}: {result}");
    assert!(result["executionDetails"]["summary"].as_str().unwrap().contains("deployed app"), "{name}: {result}");
    assert_eq!((stacks.executions(STACK), stacks.change_sets().len()), (1, 1), "{name}");
    assert_eq!(stacks.status(STACK).as_deref(), Some("CREATE_COMPLETE"), "{name}");
}

#[test]
fn a_worker_deploys_and_reports_outputs_or_the_cause() {
    let services = Services::new();
    services.stacks.then_for("good", created());
    services.stacks.then_for("bad", Script::plays(FAILED));
    let good = services.queue_deployment(1, &[("StackName", "good"), ("OutputFileName", "stack.json")]);
    let bad = services.queue_deployment(2, &[("StackName", "bad")]);
    services.worker(&["--once"]).end().ok();
    let result = services.jobs.result(&good).unwrap();
    assert_eq!(result["outputVariables"]["StackStatus"], "CREATE_COMPLETE", "{result}");
    let files = files_of(&services.s3.objects("artifacts")[&format!("{OUTPUT}-1")]);
    let outputs = files.iter().find(|(name, _)| name == "stack.json").map(|(_, text)| text.as_str());
    let outputs: Value = serde_json::from_str(outputs.unwrap_or_else(|| panic!("{files:?}"))).unwrap();
    assert!(outputs["QueueUrl"].is_string(), "{outputs}");
    let details = services.jobs.result(&bad).unwrap()["failureDetails"].clone();
    assert_eq!(details["type"], "JobFailed");
    assert!(details["message"].as_str().unwrap().contains("no such key"), "{details}");
    let files = files_of(&services.s3.objects("artifacts")[&format!("{OUTPUT}-2")]);
    let names: Vec<_> = files.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["step-outputs.json", "report.html"], "a failed action has the report for people alone");
    assert_eq!(services.job_files(), [""; 0]);
}

/// How a worker and the process of its job end.
#[derive(Debug, Clone, Copy)]
enum Ending {
    TerminateWorker,
    KillProcess,
    KillBoth,
}

fn end(ending: Ending, services: &Services, worker: &mut Child, job: &str) {
    match ending {
        Ending::TerminateWorker => signal(worker.id(), "TERM"),
        Ending::KillProcess => {
            signal(child_of(worker.id()).unwrap(), "KILL");
            wait_until(PATIENCE, || services.jobs.result(job).is_some());
            signal(worker.id(), "TERM");
        }
        Ending::KillBoth => {
            let processes = children_of(worker.id());
            worker.kill().unwrap();
            processes.into_iter().for_each(|process| signal(process, "KILL"));
        }
    }
    worker.wait().unwrap();
}

#[test]
fn another_worker_continues_a_deployment_however_the_first_one_ended() {
    each(&[Ending::TerminateWorker, Ending::KillProcess, Ending::KillBoth], |ending| {
        let (services, name) = (Services::new(), format!("{ending:?}"));
        services.stacks.then(long());
        let first = services.queue_deployment(1, &[("StackName", STACK)]);
        let mut worker = services.start(&["--drain", "0"]);
        wait_until(PATIENCE, || is_watching(&services.stacks));
        end(*ending, &services, &mut worker, &first);
        finish(&services.stacks);
        services.worker(&["--once", "--linger", "2"]).end().ok();
        let token = services.jobs.result(&first).unwrap()["continuationToken"].clone();
        assert!(token.is_string(), "{name}: {:?}", services.jobs.result(&first));
        let last = services.jobs.states().into_keys().next_back().unwrap();
        let result = services.jobs.result(&last).unwrap_or_else(|| panic!("{name}: {token}"));
        assert_deployed_once(&services.stacks, &result, &name);
        assert!(services.jobs.results().values().all(|results| *results == 1), "{name}");
        assert_eq!(services.job_files(), [""; 0], "{name}");
    });
}

#[test]
fn a_process_that_is_killed_before_the_stack_is_changed_fails_its_job() {
    let services = Services::new();
    services.stacks.fault(Fault::next("CreateChangeSet", 1, Answer::Late(Duration::from_secs(600))));
    services.stacks.then(created());
    let id = services.queue_deployment(1, &[("StackName", STACK)]);
    let mut worker = services.start(&[]);
    wait_until(PATIENCE, || !services.stacks.calls_of("CreateChangeSet").is_empty());
    end(Ending::KillProcess, &services, &mut worker, &id);
    assert_eq!(services.jobs.result(&id).unwrap()["failureDetails"]["type"], "SystemUnavailable");
    assert_eq!(services.stacks.executions(STACK), 0);
}

/// A pipeline that invokes a function for a deployment.
fn invoked(script: Script) -> (World, CloudFormation) {
    let template = zip(&[("template.yaml", super::QUEUE.as_bytes())]);
    (World::new(&[("Operation", "deploy"), ("StackName", STACK)], &template), CloudFormation::with(script))
}

fn deploying(world: &World, stacks: &CloudFormation) -> crate::run::Run {
    function(world).env("AWS_ENDPOINT_URL_CLOUDFORMATION", stacks.url()).env("SAM_CLI_POLL_DELAY", "0.05")
}

#[test]
fn a_function_deploys_and_reports_outputs_or_the_cause() {
    each(&[("good", created()), ("bad", Script::plays(FAILED))], |(name, script)| {
        let (world, stacks) = invoked(script.clone());
        FakeRuntime::with(&[(event(&world), 60)]).run(deploying(&world, &stacks), 1);
        match *name {
            "good" => {
                let result = world.result("PutJobSuccessResult");
                assert_eq!(result["outputVariables"]["StackStatus"], "CREATE_COMPLETE", "{result}");
            }
            _ => {
                let message = world.result("PutJobFailureResult")["failureDetails"]["message"].to_string();
                assert!(message.contains("no such key"), "{message}");
            }
        }
    });
}

#[test]
fn a_deployment_outlives_the_function_and_the_next_invocation_continues_it() {
    let (mut world, stacks) = invoked(long());
    FakeRuntime::with(&[(event(&world), 14)]).run(deploying(&world, &stacks), 1);
    let token = world.result("PutJobSuccessResult")["continuationToken"].clone();
    let next = next_id(ID);
    world.job["id"] = json!(next);
    world.job["data"]["continuationToken"] = token;
    world.jobs.add(&world.job, JobState::InProgress);
    finish(&stacks);
    // Another sandbox, which shares no file with the first one.
    FakeRuntime::with(&[(event(&world), 60)]).run(deploying(&world, &stacks), 1);
    assert_deployed_once(&stacks, &world.jobs.result(&next).unwrap(), "the next invocation");
}

#[test]
fn what_the_operator_does_not_allow_is_refused_before_any_call_in_a_worker_and_in_a_function() {
    let role = "arn:aws:iam::111122223333:role/admin";
    let rows = [
        ("stack app", ("allow-stack", "acme-*"), ("StackName", STACK)),
        ("role arn:aws:iam::111122223333:role/admin", ("allow-role", "*:role/deploy-*"), ("RoleArn", role)),
        (
            "capability CAPABILITY_NAMED_IAM",
            ("allow-capability", "CAPABILITY_IAM"),
            ("Capabilities", "CAPABILITY_NAMED_IAM"),
        ),
    ];
    each(&rows, |(what, (flag, pattern), property)| {
        let properties = [("StackName", STACK), *property];
        let services = Services::new();
        let id = services.queue_deployment(1, &properties);
        services.worker(&["--once", &format!("--{flag}"), pattern]).end().ok();
        let in_worker = services.jobs.result(&id).unwrap();
        let template = zip(&[("template.yaml", super::QUEUE.as_bytes())]);
        let world = World::new(&[&[("Operation", "deploy")], properties.as_slice()].concat(), &template);
        let variable = format!("SAMSTEP_{}", flag.to_uppercase().replace('-', "_"));
        FakeRuntime::with(&[(event(&world), 60)]).run(deploying(&world, &services.stacks).env(&variable, pattern), 1);
        for result in [in_worker, world.result("PutJobFailureResult")] {
            let details = &result["failureDetails"];
            let message = details["message"].as_str().unwrap();
            assert_eq!(details["type"], "PermissionError", "{what}: {details}");
            assert!(message.starts_with(&format!("the worker does not allow the {what}")), "{message}");
        }
        assert_eq!(services.stacks.calls().len(), 0, "{what}");
    });
}
