//! What becomes of records whose holders were killed.

use super::{ACTION_TIMEOUT, LostJobs, Share};
use crate::facts::{Event, JobFailureType, Reason, Redactor, Reporter, WorkerEvent};
use crate::job::{JobFailure, JobResult};
use crate::testing::acknowledgements::Answer;
use crate::testing::jobs::{FakeJobs, JOB_ID};
use crate::testing::recorder::Recorder;
use crate::testing::services::FakeServices;
use crate::worker::queue::Acknowledgement;
use crate::worker::record::{Assignment, Records, keep_token};
use std::fs::{self, File};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

const QUEUE: &str = "Build/Samstep/1";

/// A record that a killed process left.
struct Left {
    parent: tempfile::TempDir,
    records: Records,
    record: PathBuf,
    folder: PathBuf,
}

impl Left {
    fn behind(nonce: Option<&str>, action_type: Option<&str>) -> Self {
        let parent = tempfile::tempdir().unwrap();
        let records = Records::open(parent.path()).unwrap();
        let folder = records.create().unwrap();
        let record = folder.record.path().to_path_buf();
        let [nonce, action_type] = [nonce, action_type].map(|text| text.map(str::to_owned));
        let external_execution_id = Some("log/1".to_owned());
        let job_id = JOB_ID.to_owned();
        let assignment = Assignment { job_id, nonce, action_type, external_execution_id, record: record.clone() };
        folder.record.write(&assignment).unwrap();
        fs::write(folder.path.join("input"), "x").unwrap();
        Self { parent, records, record, folder: folder.path }
    }

    /// Whether record and folder are still there.
    fn is_there(&self) -> (bool, bool) {
        assert!(self.parent.path().exists());
        (self.record.exists(), self.folder.exists())
    }

    async fn recover(&self, services: &FakeServices, age: Duration) -> Vec<Event> {
        let recorder = Arc::new(Recorder::default());
        let reporter: Arc<dyn Reporter> = recorder.clone();
        let jobs = LostJobs { services, redactor: &Redactor::default(), reporter: &reporter };
        jobs.recover(&self.records, &Share { action_type: Some(QUEUE), age }).await;
        recorder.events()
    }
}

fn put(services: &FakeServices) -> Vec<JobResult> {
    services.0.jobs.results()
}

#[tokio::test]
async fn a_job_whose_process_and_worker_were_killed_is_acknowledged_again_and_fails() {
    let rows: [(&str, Answer); 4] = [
        ("never acknowledged", Ok(Acknowledgement::InProgress)),
        ("acknowledged", Ok(Acknowledgement::InvalidNonce)),
        ("no answer", Err(Reason::Network)),
        ("busy", Err(Reason::Throttled)),
    ];
    for (name, answer) in rows {
        let (left, services) = (Left::behind(Some("7"), Some(QUEUE)), FakeServices::acknowledging(&[answer]));
        let events = left.recover(&services, Duration::ZERO).await;
        let lost = Event::Worker(WorkerEvent::ProcessLost {
            job_id: JOB_ID.to_owned(),
            how: "it was killed together with its worker".to_owned(),
        });
        assert_eq!(events.first(), Some(&lost), "{name}");
        let results = put(&services);
        let [JobResult::Failure(JobFailure { failure_type, message, external_execution_id })] = results.as_slice()
        else {
            panic!("{name}: {results:?}")
        };
        assert_eq!(
            (*failure_type, external_execution_id.as_deref()),
            (JobFailureType::SystemUnavailable, Some("log/1"))
        );
        assert!(message.contains("killed together with its worker"), "{name}: {message}");
        assert_eq!(services.0.acknowledgements.calls()[0], (JOB_ID.to_owned(), "7".to_owned()), "{name}");
        assert_eq!(left.is_there(), (false, false), "{name}");
    }
}

#[tokio::test]
async fn a_job_without_acknowledgement_fails_at_once() {
    let (left, services) = (Left::behind(None, Some(QUEUE)), FakeServices::acknowledging(&[Err(Reason::AccessDenied)]));
    left.recover(&services, Duration::ZERO).await;
    assert_eq!((services.0.acknowledgements.calls().len(), put(&services).len()), (0, 1));
    assert_eq!(left.is_there(), (false, false));
}

#[tokio::test]
async fn what_needs_no_result_is_removed_and_what_may_need_one_later_stays() {
    let over = || Ok(Acknowledgement::Over("Failed".to_owned()));
    let rows: [(&str, Option<&str>, Answer, Duration, (bool, bool)); 4] = [
        ("over", Some(QUEUE), over(), Duration::ZERO, (false, false)),
        ("of another account or region", Some(QUEUE), Ok(Acknowledgement::NotFound), Duration::ZERO, (true, false)),
        ("of another queue", Some("Build/Other/1"), over(), Duration::ZERO, (true, true)),
        ("young", Some(QUEUE), over(), Duration::from_secs(300), (true, true)),
    ];
    for (name, action_type, answer, age, there) in rows {
        let (left, services) = (Left::behind(Some("7"), action_type), FakeServices::acknowledging(&[answer]));
        assert_eq!(left.recover(&services, age).await, [], "{name}");
        assert_eq!((put(&services).len(), left.is_there()), (0, there), "{name}");
    }
}

#[tokio::test]
async fn a_record_that_is_held_is_left_alone() {
    let (left, services) = (Left::behind(Some("7"), Some(QUEUE)), FakeServices::acknowledging(&[Err(Reason::Network)]));
    let held = File::open(&left.record).unwrap();
    held.lock_shared().unwrap();
    left.recover(&services, Duration::ZERO).await;
    assert_eq!((put(&services).len(), left.is_there()), (0, (true, true)));
}

#[tokio::test]
async fn a_record_without_a_job_and_one_of_yesterday_are_removed() {
    let services = FakeServices::acknowledging(&[Err(Reason::Network)]);
    let cleared = Left::behind(Some("7"), Some(QUEUE));
    fs::write(&cleared.record, "").unwrap();
    let old = Left::behind(Some("7"), Some("Build/Other/1"));
    let written = SystemTime::now() - ACTION_TIMEOUT - Duration::from_secs(1);
    File::options().write(true).open(&old.record).unwrap().set_modified(written).unwrap();
    for (name, left, there) in [("cleared", cleared, (false, false)), ("old", old, (false, false))] {
        left.recover(&services, Duration::ZERO).await;
        assert_eq!(left.is_there(), there, "{name}");
    }
    let broken = Left::behind(Some("7"), Some(QUEUE));
    fs::write(&broken.record, "{").unwrap();
    broken.recover(&services, Duration::ZERO).await;
    assert_eq!((put(&services).len(), broken.is_there()), (0, (true, false)));
}

#[tokio::test]
async fn a_result_that_cannot_be_put_is_put_by_the_next_worker() {
    let denied = [const { Reason::AccessDenied }; 4];
    let mut services = FakeServices::acknowledging(&[Ok(Acknowledgement::InvalidNonce)]);
    services.0.jobs = FakeJobs::failing(denied.clone());
    let left = Left::behind(Some("7"), Some(QUEUE));
    left.recover(&services, Duration::ZERO).await;
    assert_eq!((put(&services).len(), left.is_there()), (denied.len(), (true, false)));
    left.recover(&services, Duration::ZERO).await;
    assert_eq!((put(&services).len(), left.is_there()), (denied.len() + 1, (false, false)));
}

#[tokio::test]
async fn a_job_that_kept_a_token_is_continued_by_another_one_until_it_was_lost_too_often() {
    let rows = [
        ("first", r#"{"samstep":1,"hop":1,"state":"s"}"#, Some(1)),
        ("again", r#"{"samstep":1,"hop":4,"losses":3,"state":"s"}"#, Some(4)),
        ("too often", r#"{"samstep":1,"hop":9,"losses":10,"state":"s"}"#, None),
        ("unreadable", "{", None),
    ];
    for (name, token, losses) in rows {
        let services = FakeServices::acknowledging(&[Ok(Acknowledgement::InvalidNonce)]);
        let left = Left::behind(Some("7"), Some(QUEUE));
        keep_token(&left.record, token).unwrap();
        left.recover(&services, Duration::ZERO).await;
        let results = put(&services);
        match (results.as_slice(), losses) {
            ([JobResult::Suspended(suspension)], Some(losses)) => {
                let token: serde_json::Value = serde_json::from_str(&suspension.token).unwrap();
                assert_eq!((&token["losses"], &token["state"]), (&losses.into(), &"s".into()), "{name}");
                assert!(suspension.summary.contains("killed together with its worker"), "{name}");
            }
            ([JobResult::Failure(_)], None) => {}
            other => panic!("{name}: {other:?}"),
        }
        assert_eq!(left.is_there(), (false, false), "{name}");
        assert_eq!(left.records.paths().unwrap().len(), 0, "{name}");
    }
}
