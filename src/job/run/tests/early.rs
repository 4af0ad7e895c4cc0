//! Jobs that end before their work does, or wait for it: cancelled, out of time, suspended.

use super::{Work, World, run_with};
use crate::facts::{Failure, FailureKind, JobFailureType, Signal};
use crate::job::run::{Stopped, until_cancelled};
use crate::job::{Job, JobResult};
use crate::testing::jobs::job;
use futures_util::FutureExt;
use std::cell::Cell;
use std::future::{pending, poll_fn};
use std::task::Poll;

#[test]
fn an_interrupted_job_is_reported_before_the_process_ends() {
    let world = World::new();
    let kind = FailureKind::Interrupted(Signal::Terminate);
    let cancellation = async {
        tokio::task::yield_now().await;
        Failure::new(kind, "the worker ends")
    };
    let (ended, _) = run_with(&world, &job(), Work::Hangs, cancellation);
    assert_eq!(ended.unwrap_err().kind, kind);
    let [JobResult::Failure(failure)] = &world.jobs.results()[..] else { panic!("one failure") };
    assert_eq!(failure.failure_type, JobFailureType::SystemUnavailable);
}

#[test]
fn work_whose_own_time_is_over_fails_the_job() {
    let world = World::new();
    let (ended, _) = run_with(&world, &job(), Work::TimesOut, pending());
    assert_eq!(ended.unwrap_err().cause(), "the deployment did not end within 5 s");
    assert!(matches!(&world.jobs.results()[..], [JobResult::Failure(_)]));
}

#[test]
fn work_that_fails_once_it_is_cancelled_counts_as_cancelled() {
    for (cancels, expected) in [(true, "the worker ends"), (false, "its own failure")] {
        let is_cancelled = Cell::new(false);
        let work = async {
            is_cancelled.set(cancels);
            Err(Failure::new(FailureKind::Failed, "its own failure"))
        };
        let cancellation = poll_fn(|_| match is_cancelled.get() {
            true => Poll::Ready(Failure::new(FailureKind::Deadline, "the worker ends")),
            false => Poll::Pending,
        });
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        match runtime.block_on(until_cancelled(work, cancellation.shared(), &World::new())) {
            Err(Stopped::Cancelled(failure)) => assert_eq!((cancels, failure.cause().as_str()), (true, expected)),
            Err(Stopped::Failed(failure)) => assert_eq!((cancels, failure.cause().as_str()), (false, expected)),
            Ok(_) => panic!("it failed"),
        }
    }
}

#[test]
fn a_job_that_waits_leaves_a_token_with_which_the_next_one_continues() {
    let world = World::new();
    let (ended, events) = run_with(&world, &job(), Work::Waits, pending());
    assert_eq!(ended.unwrap().summary, "waits for ****");
    assert_eq!(events, ["Started", "ArtifactFetched", "ResultPut"], "no output artifact");
    let [JobResult::Suspended(suspension)] = &world.jobs.results()[..] else { panic!("one suspension") };
    assert_eq!((suspension.summary.as_str(), suspension.percent_complete), ("waits for ****", 40));
    assert_eq!(suspension.external_execution_id.as_deref(), Some("stack/1"));

    let next = Job { continuation_token: Some(suspension.token.clone()), ..job() };
    let world = World::new();
    run_with(&world, &next, Work::Waits, pending()).0.unwrap();
    assert!(matches!(&world.jobs.results()[..], [JobResult::Success(_)]));
}

#[test]
fn a_foreign_token_or_one_with_a_secret_fails_the_job() {
    let foreign = Job { continuation_token: Some("arn:1".to_owned()), ..job() };
    let rows = [
        ("foreign", foreign, Work::Waits, FailureKind::Usage, "not one of samstep"),
        ("leaking", job(), Work::Leaks, FailureKind::Internal, "would hold a secret"),
    ];
    for (name, job, work, kind, message) in rows {
        let world = World::new();
        let failure = run_with(&world, &job, work, pending()).0.unwrap_err();
        assert_eq!(failure.kind, kind, "{name}");
        assert!(failure.cause().contains(message), "{name}: {}", failure.cause());
        let [JobResult::Failure(failure)] = &world.jobs.results()[..] else { panic!("{name}: one failure") };
        assert!(!failure.message.contains("job/secret/key"), "{name}");
    }
}
