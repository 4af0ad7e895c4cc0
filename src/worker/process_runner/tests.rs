//! What a worker does for a process that ends at each step of its job. The processes are shell scripts.

use super::{JobProcess, JobRunner, ProcessRunner, Records};
use crate::facts::{Failure, FailureKind, Reason, Redactor};
use crate::interrupt::cancellation;
use crate::job::{JobId, JobResult};
use crate::testing::acknowledgements::Answer;
use crate::testing::jobs::{FakeJobs, JOB_ID};
use crate::testing::recorder::Recorder;
use crate::testing::services::FakeServices;
use crate::worker::claim::Claim;
use crate::worker::messages::JobEnd;
use crate::worker::queue::{Acknowledgement, Offer};
use std::cell::RefCell;
use std::fs;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

/// Reads the job and the assignment.
const READ: &str = "read -r job; read -r assignment; ";

fn offer(nonce: Option<&str>) -> Offer {
    let id = JobId::new(JOB_ID).unwrap();
    Offer { id, nonce: nonce.map(str::to_owned), action_type: None, document: r#"{"id": 1}"#.to_owned() }
}

/// A worker whose processes run this script.
struct Fixture {
    parent: tempfile::TempDir,
    runner: ProcessRunner<FakeServices>,
}

/// What a run came to.
#[derive(Debug, PartialEq)]
struct Outcome {
    claim: Option<Claim>,
    end: Option<JobEnd>,
    /// The messages of failures that the worker put.
    put: Vec<String>,
    acknowledged: usize,
    /// Names of what is left in the folder of records, without the random part.
    left: Vec<String>,
}

impl Fixture {
    fn with(script: &str, services: FakeServices) -> Self {
        let parent = tempfile::tempdir().unwrap();
        let process = JobProcess {
            program: "/bin/sh".into(),
            arguments: ["-c", script].map(Into::into).into(),
            variables: vec![("OUTSIDE", parent.path().join("outside").display().to_string())],
            timeout: Duration::from_secs(20),
            grace: Duration::from_secs(20),
        };
        let runner = ProcessRunner {
            process,
            records: Records::open(parent.path()).unwrap(),
            services,
            action_type: None,
            redelivery_time: Duration::ZERO,
            redactor: Redactor::default(),
            external_id: Box::new(|| None),
            reporter: Arc::new(Recorder::default()),
        };
        Self { parent, runner }
    }

    /// Runs the job, and orders it to stop at once if `is_stopped`.
    async fn run(&self, nonce: Option<&str>, is_stopped: bool) -> Outcome {
        let (canceller, stop) = cancellation();
        if is_stopped {
            canceller.cancel(Failure::new(FailureKind::Temporary, "the worker ends"));
        }
        let claim = Rc::new(RefCell::new(None));
        let seen = Rc::clone(&claim);
        let on_claim = Box::new(move |claim| drop(seen.borrow_mut().replace(claim)));
        let end = self.runner.run(offer(nonce), stop, on_claim).await;
        let queue = &self.runner.services.0;
        let message = |result| match result {
            JobResult::Failure(failure) => failure.message,
            other => panic!("{other:?}"),
        };
        let put = queue.jobs.results().into_iter().map(message).collect();
        let entries = fs::read_dir(self.parent.path()).unwrap().map(|entry| entry.unwrap().path());
        let records = entries.filter(|path| path.is_dir()).flat_map(|path| fs::read_dir(path).unwrap());
        let kind = |path: std::path::PathBuf| match path.extension() {
            Some(_) => format!("record of {} bytes", path.metadata().unwrap().len().min(1)),
            None => "folder".to_owned(),
        };
        let left = records.map(|entry| kind(entry.unwrap().path())).collect();
        let claim = claim.take();
        Outcome { claim, end, put, acknowledged: queue.acknowledgements.calls().len(), left }
    }

    /// The folder of records.
    fn records(&self) -> std::path::PathBuf {
        let mut entries = fs::read_dir(self.parent.path()).unwrap();
        entries.next().unwrap().unwrap().path()
    }

    /// What the script wrote outside of its folder.
    fn outside(&self) -> String {
        fs::read_to_string(self.parent.path().join("outside")).unwrap()
    }
}

/// A job that continues another one.
const CONTINUING: &str = r#"{"id":"0d4e7a52-6b0f-4a7c-9a56-2f6f0f2c9b11","data":{"actionConfiguration":{"configuration":{}},"inputArtifacts":[],"outputArtifacts":[],"continuationToken":"{\"samstep\":1,\"hop\":1,\"state\":\"s\"}"}}"#;

#[tokio::test]
async fn a_job_that_continues_another_one_is_continued_even_if_its_process_kept_nothing() {
    let next = r#"{"samstep":1,"hop":1,"state":"s","losses":1}"#;
    let offer = || Offer { document: CONTINUING.to_owned(), ..offer(None) };
    let killed = |script: &str| Fixture::with(script, services());
    let removed = killed("");
    fs::remove_dir_all(removed.records()).unwrap();
    let unreadable = killed(r#"mkdir "$TMPDIR.token"; kill -9 $$"#);
    let abandoned = killed("");
    abandoned.runner.abandoned(&offer(), "a bug").await;
    for (fixture, summary) in [
        (&killed("kill -9 $$"), "it ended with signal: 9 (SIGKILL)"),
        (&removed, "it has no folder for temporary files"),
        (&unreadable, "its last state cannot be read"),
    ] {
        fixture.runner.run(offer(), cancellation().1, Box::new(|_| ())).await;
        let results = fixture.runner.services.0.jobs.results();
        let [JobResult::Suspended(suspension)] = results.as_slice() else { panic!("{summary}: {results:?}") };
        assert_eq!(suspension.token, next, "{summary}");
        assert!(suspension.summary.contains(summary), "{}", suspension.summary);
    }
    let results = abandoned.runner.services.0.jobs.results();
    assert!(matches!(results.as_slice(), [JobResult::Suspended(it)] if it.token == next), "{results:?}");
}

fn services() -> FakeServices {
    FakeServices::acknowledging(&[Ok(Acknowledgement::InvalidNonce)])
}

fn unavailable() -> Option<JobEnd> {
    Some(JobEnd::reported("SystemUnavailable"))
}

#[tokio::test]
async fn a_process_that_is_killed_at_any_step_leaves_the_job_to_others_or_with_one_result() {
    let (claiming, claimed) = (r#"echo '"claiming"'; "#, r#"echo '"claimed"'; "#);
    let left = "its process did not acknowledge it: it ended with signal: 9 (SIGKILL)";
    let succeeded = JobEnd { retries: 1, ..JobEnd::reported("Succeeded") };
    // Steps, the claim, the end, the failures that the worker puts, and its acknowledgements.
    let rows: [(&str, String, Option<Claim>, Option<JobEnd>, usize, usize); 6] = [
        ("before the claim", READ.to_owned(), Some(Claim::Left(left.to_owned())), None, 0, 0),
        ("in the claim", format!("{READ}{claiming}"), Some(Claim::Ours), unavailable(), 1, 1),
        ("in the job", format!("{READ}{claiming}{claimed}"), Some(Claim::Ours), unavailable(), 1, 0),
        ("taken", format!(r#"{READ}{claiming}echo '"taken"'; "#), Some(Claim::Taken), None, 0, 0),
        ("left", format!(r#"{READ}echo '{{"left":"no"}}'; "#), Some(Claim::Left("no".to_owned())), None, 0, 0),
        (
            "after the result",
            format!(r#"{READ}{claimed}echo '{{"ended":{{"ended":"Succeeded","retries":1}}}}'; "#),
            Some(Claim::Ours),
            Some(succeeded),
            0,
            0,
        ),
    ];
    for (name, script, claim, end, failures, acknowledged) in rows {
        let fixture = Fixture::with(&format!("{script}kill -9 $$"), services());
        let outcome = fixture.run(Some("7"), false).await;
        assert_eq!((outcome.put.len(), &outcome.put), (failures, &outcome.put), "{name}");
        assert!(outcome.put.iter().all(|it| it.starts_with("the process of the job ended: ")), "{name}: {outcome:?}");
        assert_eq!((outcome.claim, outcome.end, outcome.acknowledged), (claim, end, acknowledged), "{name}");
        assert!(outcome.left.is_empty(), "{name}: {:?}", outcome.left);
    }
}

#[tokio::test]
async fn a_job_that_was_over_before_its_process_was_killed_gets_no_result() {
    for (answer, claim) in [
        (Acknowledgement::NotFound, Claim::Gone),
        (Acknowledgement::Over("Failed".to_owned()), Claim::Left("it is Failed".to_owned())),
    ] {
        let answers: [Answer; 1] = [Ok(answer)];
        let script = format!(r#"{READ}echo '"claiming"'; kill -9 $$"#);
        let outcome = Fixture::with(&script, FakeServices::acknowledging(&answers)).run(Some("7"), false).await;
        let expected = Outcome { claim: Some(claim), end: None, put: Vec::new(), acknowledged: 1, left: Vec::new() };
        assert_eq!(outcome, expected);
    }
}

#[tokio::test]
async fn a_job_that_needs_no_acknowledgement_is_reported_whatever_became_of_its_process() {
    for script in ["kill -9 $$".to_owned(), format!(r#"{READ}echo '{{"left":"the disk is full"}}'"#)] {
        let outcome = Fixture::with(&script, services()).run(None, false).await;
        assert_eq!((outcome.end, outcome.put.len(), outcome.acknowledged), (unavailable(), 1, 0), "{script}");
    }
    let mut fixture = Fixture::with("", services());
    fixture.runner.process.program = "/nonexistent".into();
    let outcome = fixture.run(None, false).await;
    assert!(outcome.put[0].contains("it could not be started"), "{outcome:?}");
}

#[tokio::test]
async fn a_process_that_cannot_be_started_leaves_its_job_to_others() {
    let mut fixture = Fixture::with("", services());
    fixture.runner.process.program = "/nonexistent".into();
    let outcome = fixture.run(Some("7"), false).await;
    assert!(matches!(&outcome.claim, Some(Claim::Left(why)) if why.contains("it could not be started")), "{outcome:?}");
    assert_eq!((outcome.end, outcome.put.len(), outcome.left.len()), (None, 0, 0));
}

#[tokio::test]
async fn the_record_of_a_job_without_its_result_stays() {
    let mut services = services();
    services.0.jobs = FakeJobs::failing([const { Reason::AccessDenied }; 4]);
    let script = format!(r#"{READ}echo '"claimed"'; echo '{{"unreported":"JobFailed"}}'"#);
    let outcome = Fixture::with(&script, services).run(Some("7"), false).await;
    assert_eq!(outcome.end, Some(JobEnd::unreported("PermissionError")));
    assert_eq!(outcome.left, ["record of 1 bytes"]);
    assert!(outcome.put[0].contains("it ended as JobFailed, and could not put its result"), "{:?}", outcome.put);
}

#[tokio::test]
async fn a_process_is_given_the_job_its_assignment_a_folder_and_the_order_to_stop() {
    let script = r#"read -r job; read -r assignment; echo '"claimed"'; read -r order
        test -d "$TMPDIR" && test -e "$TMPDIR.job" && printf '%s\n' "$job" "$assignment" "$order" >"$OUTSIDE"
        echo '{"ended":{"ended":"Suspended","retries":0}}'"#;
    let fixture = Fixture::with(script, services());
    let outcome = fixture.run(Some("7"), true).await;
    assert_eq!(outcome.end, Some(JobEnd::reported("Suspended")));
    let outside = fixture.outside();
    let lines: Vec<_> = outside.lines().collect();
    assert_eq!((lines[0], lines[2]), (r#"{"id": 1}"#, r#"stop ["the worker ends",null]"#));
    let assignment: serde_json::Value = serde_json::from_str(lines[1]).unwrap();
    assert_eq!((&assignment["job_id"], &assignment["nonce"]), (&JOB_ID.into(), &"7".into()));
    assert!(assignment["record"].as_str().unwrap().ends_with(".job"), "{assignment}");
}

#[tokio::test]
async fn a_process_that_does_not_end_is_killed() {
    let script = format!(r#"{READ}echo '"claimed"'; trap '' TERM; while :; do sleep 1; done"#);
    let mut fixture = Fixture::with(&script, services());
    fixture.runner.process.grace = Duration::from_millis(300);
    let outcome = fixture.run(Some("7"), true).await;
    assert_eq!((outcome.end, outcome.put.len()), (unavailable(), 1));
    assert!(outcome.put[0].contains("it did not end in time, and was killed"), "{:?}", outcome.put);
}
