//! The messages of the process of a job, and what its record says meanwhile.

use super::{Child, ResultWatch};
use crate::facts::{Event, Failure, FailureKind, JobEvent, PutResult, Reason, Reporter, ServiceError};
use crate::interrupt::cancellation;
use crate::testing::acknowledgements::{Answer, FakeAcknowledgements};
use crate::testing::jobs::JOB_ID;
use crate::testing::recorder::Recorder;
use crate::worker::messages::Message;
use crate::worker::queue::Acknowledgement;
use crate::worker::record::{Assignment, JobFolder, Record, Records};
use futures_util::FutureExt;
use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

fn assignment(record: &Path, nonce: Option<&str>) -> Assignment {
    Assignment {
        job_id: JOB_ID.to_owned(),
        nonce: nonce.map(str::to_owned),
        action_type: None,
        external_execution_id: None,
        record: record.to_path_buf(),
    }
}

/// A record as the worker creates it.
fn folder() -> (tempfile::TempDir, JobFolder) {
    let parent = tempfile::tempdir().unwrap();
    let folder = Records::open(parent.path()).unwrap().create().unwrap();
    (parent, folder)
}

/// The messages of a claim, each with whether the record named the job then, and whether the job is claimed.
fn claim(answers: &[Answer], nonce: Option<&str>, is_cancelled: bool) -> (Vec<(Message, bool)>, bool) {
    let ((_parent, folder), queue) = (folder(), FakeAcknowledgements::with(answers));
    let (canceller, cancellation) = cancellation();
    if is_cancelled {
        canceller.cancel(Failure::new(FailureKind::Temporary, "the worker ends"));
    }
    let messages = RefCell::new(Vec::new());
    let is_recorded = || folder.record.read().unwrap().is_some();
    let send = |message: &Message| messages.borrow_mut().push((message.clone(), is_recorded()));
    let child = Child { queue: &queue, pause: async |_: Duration| (), cancellation: &cancellation, send: &send };
    let record = child.claim(&assignment(folder.record.path(), nonce)).now_or_never().unwrap();
    (messages.take(), record.is_some())
}

#[test]
fn a_job_is_recorded_before_it_is_acknowledged_and_while_it_may_be_ours() {
    use Message::{Claimed, Claiming, Gone, Left, Taken};
    let (ours, stale) = (Ok(Acknowledgement::InProgress), Ok(Acknowledgement::InvalidNonce));
    let over = Ok(Acknowledgement::Over("Failed".to_owned()));
    let left = || Left("it is Failed".to_owned());
    let rows = [
        ("ours", vec![ours.clone()], vec![(Claiming, true), (Claimed, true)]),
        ("after a lost answer", vec![Err(Reason::Network), ours], vec![(Claiming, true), (Claimed, true)]),
        ("another's", vec![stale], vec![(Claiming, true), (Taken, false)]),
        ("gone", vec![Ok(Acknowledgement::NotFound)], vec![(Claiming, true), (Gone, false)]),
        ("over", vec![over], vec![(Claiming, true), (left(), false)]),
    ];
    for (name, answers, expected) in rows {
        let is_ours = matches!(expected.last(), Some((Claimed, _)));
        assert_eq!(claim(&answers, Some("7"), false), (expected, is_ours), "{name}");
    }
}

#[test]
fn a_job_that_needs_no_acknowledgement_is_claimed_at_once() {
    let never = [Err(Reason::AccessDenied)];
    assert_eq!(claim(&never, None, false), (vec![(Message::Claimed, true)], true));
}

#[test]
fn a_process_that_must_end_claims_nothing() {
    let left = Message::Left("the worker ends".to_owned());
    assert_eq!(claim(&[Ok(Acknowledgement::InProgress)], Some("7"), true), (vec![(left, false)], false));
}

#[test]
fn a_job_that_cannot_be_recorded_is_left() {
    let queue = FakeAcknowledgements::with(&[Ok(Acknowledgement::InProgress)]);
    let ((_parent, folder), messages) = (folder(), RefCell::new(Vec::new()));
    let path = folder.record.path().to_path_buf();
    drop(folder);
    let held = Record::hold_alone(&path).unwrap();
    for record in [path, PathBuf::from("/nonexistent/1.job")] {
        let (_canceller, cancellation) = cancellation();
        let send = |message: &Message| messages.borrow_mut().push(message.clone());
        let child = Child { queue: &queue, pause: async |_: Duration| (), cancellation: &cancellation, send: &send };
        assert!(child.claim(&assignment(&record, Some("7"))).now_or_never().unwrap().is_none());
    }
    drop(held);
    let messages = messages.take();
    assert!(queue.calls().is_empty() && messages.len() == 2, "{messages:?}");
    assert!(messages.iter().all(|it| matches!(it, Message::Left(why) if why.starts_with("it cannot be recorded: "))));
}

/// The messages after these events and this end, and whether the record still names the job.
fn watched(events: Vec<Event>, ended: Option<Result<(), Failure>>) -> (Vec<Message>, bool) {
    let ((_parent, folder), messages) = (folder(), Arc::new(Mutex::new(Vec::new())));
    let record = Record::hold(folder.record.path()).unwrap();
    record.write(&assignment(folder.record.path(), None)).unwrap();
    let (below, sent) = (Arc::new(Recorder::default()), Arc::clone(&messages));
    let send = move |message: &Message| sent.lock().unwrap().push(message.clone());
    let watch = ResultWatch::new(below.clone(), send, record);
    events.iter().for_each(|event| watch.report(event.clone()));
    ended.iter().for_each(|ended| watch.end(ended));
    assert_eq!(below.events(), events);
    let messages = messages.lock().unwrap().clone();
    (messages, folder.record.read().unwrap().is_some())
}

#[test]
fn messages_say_how_far_the_result_is_and_the_record_lasts_until_there_is_one() {
    let job_id = || JOB_ID.to_owned();
    let put = |result| Event::Job(JobEvent::ResultPut { job_id: job_id(), result });
    let error = ServiceError {
        operation: "codepipeline:PutJobSuccessResult",
        resource: job_id(),
        reason: Reason::Throttled,
        code: None,
        message: None,
        request_id: None,
    };
    let delayed =
        || Event::Job(JobEvent::ResultDelayed { job_id: job_id(), error: error.clone(), again: Duration::ZERO });
    let failed = || Err(Failure::new(FailureKind::Permission, "no"));
    let put_as = |ended: &str| Message::Put(ended.to_owned());
    let ended = |ended: &str, retries| Message::Ended { ended: ended.to_owned(), retries };
    let rows = [
        ("nothing", vec![], None, vec![], true),
        ("again", vec![delayed()], None, vec![Message::Delayed], true),
        ("put", vec![put(PutResult::Suspended)], None, vec![put_as("Suspended")], false),
        (
            "done",
            vec![delayed(), put(PutResult::Success)],
            Some(Ok(())),
            vec![Message::Delayed, put_as("Succeeded"), ended("Succeeded", 1)],
            false,
        ),
        (
            "failed",
            vec![put(PutResult::Failure)],
            Some(failed()),
            vec![put_as("JobFailed"), ended("PermissionError", 0)],
            false,
        ),
        (
            "another's",
            vec![Event::Job(JobEvent::ResultAlreadyPut { job_id: job_id() })],
            Some(Ok(())),
            vec![put_as("Succeeded"), ended("Succeeded", 0)],
            false,
        ),
        (
            "never taken",
            vec![delayed()],
            Some(failed()),
            vec![Message::Delayed, Message::Unreported("PermissionError".to_owned())],
            true,
        ),
    ];
    for (name, events, ended, messages, is_recorded) in rows {
        assert_eq!(watched(events, ended), (messages, is_recorded), "{name}");
    }
}
