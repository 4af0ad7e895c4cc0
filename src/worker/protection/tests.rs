//! When the agent of ECS is asked, and what its answers change.

use super::{Answer, Protected, ProtectionRequest, RENEWAL_INTERVAL, RETRY_INTERVAL, TaskProtection};
use crate::testing::recorder::Recorder;
use crate::worker::health::StateFile;
use crate::worker::monitor::Monitor;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// Sets the worker busy or not in turn, each time with a heartbeat. Returns the requests to an agent that answers
/// like this, and the number of reported failures.
async fn asked(busy: &[bool], answers: &'static [&str]) -> (Vec<String>, usize) {
    let agent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let uri = format!("http://{}/api/1", agent.local_addr().unwrap());
    let served = tokio::spawn(async move {
        let mut asked = Vec::new();
        for answer in answers {
            let (mut stream, _) = agent.accept().await.unwrap();
            let mut buffer = [0; 1024];
            let count = stream.read(&mut buffer).await.unwrap();
            asked.push(String::from_utf8_lossy(&buffer[..count]).into_owned());
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", answer.len());
            stream.write_all((head + answer).as_bytes()).await.unwrap();
        }
        asked
    });
    let reporter = Arc::new(Recorder::default());
    let folder = tempfile::tempdir().unwrap();
    let state = StateFile::at(Some(&folder.path().join("alive")));
    let protection = TaskProtection::new(state, Some(&uri), reporter.clone());
    for is_busy in busy {
        protection.set_busy(*is_busy).await;
        protection.heartbeat().await;
    }
    (served.await.unwrap(), reporter.events().len())
}

#[tokio::test]
async fn a_task_is_protected_while_it_works_and_asked_for_once() {
    let (asked, reported) = asked(&[false, true, true, false, false], &["{}", "{}"]).await;
    assert!(asked.iter().all(|it| it.starts_with("PUT /api/1/task-protection/v1/state HTTP/1.1\r\n")), "{asked:?}");
    assert!(asked[0].ends_with(r#"{"ProtectionEnabled":true,"ExpiresInMinutes":240}"#), "{asked:?}");
    assert!(asked[1].ends_with(r#"{"ProtectionEnabled":false}"#), "{asked:?}");
    assert_eq!(reported, 0);
}

#[tokio::test]
async fn a_refusal_is_reported_once_and_the_next_job_tries_again() {
    const REFUSAL: &str = r#"{"error":{"Code":"AccessDeniedException"}}"#;
    let (asked, reported) = asked(&[true, true, false, true, false, true], &[REFUSAL, REFUSAL, "{}"]).await;
    assert!(asked.iter().all(|it| it.contains(r#""ProtectionEnabled":true"#)), "{asked:?}");
    assert_eq!(reported, 1);
}

#[test]
fn the_agent_is_asked_when_there_is_reason_to() {
    let start = Instant::now();
    let (now, long_ago) = (start + RENEWAL_INTERVAL * 2, start);
    let (lately, before) = (now - Duration::from_secs(1), now - RETRY_INTERVAL);
    let rows = [
        ("idle", false, Protected::No, None, false),
        ("work begins", true, Protected::No, None, true),
        ("at work", true, Protected::Since(lately), None, false),
        ("at work for long", true, Protected::Since(long_ago), None, true),
        ("work is over", false, Protected::Since(lately), None, true),
        ("unknown, at work", true, Protected::Unknown, None, true),
        ("unknown, idle", false, Protected::Unknown, None, true),
        ("just refused", true, Protected::No, Some(lately), false),
        ("refused before", true, Protected::No, Some(before), true),
        ("renewal just refused", true, Protected::Since(long_ago), Some(lately), false),
        ("renewal refused before", true, Protected::Since(long_ago), Some(before), true),
        ("release just failed", false, Protected::Since(lately), Some(lately), false),
        ("release failed before", false, Protected::Since(lately), Some(before), true),
    ];
    for (name, is_busy, protected, failed, expected) in rows {
        let request = ProtectionRequest { is_busy, protected, failed, is_failure_reported: failed.is_some() };
        assert_eq!(request.is_due(now), expected, "{name}");
    }
}

#[test]
fn only_an_answer_changes_what_is_known() {
    let (begun, now) = (Instant::now(), Instant::now() + RENEWAL_INTERVAL);
    let (refused, lost) = (Answer::Refused(String::new()), Answer::Lost(String::new()));
    let rows = [
        ("protected", true, Protected::No, &Answer::Done, Protected::Since(now), false),
        ("renewed", true, Protected::Since(begun), &Answer::Done, Protected::Since(now), false),
        ("released", false, Protected::Since(begun), &Answer::Done, Protected::No, false),
        ("not protected", true, Protected::No, &refused, Protected::No, true),
        ("not released", false, Protected::Since(begun), &refused, Protected::Since(begun), true),
        ("protected or not", true, Protected::No, &lost, Protected::Unknown, true),
        ("released or not", false, Protected::Since(begun), &lost, Protected::Unknown, true),
    ];
    for (name, is_busy, protected, answer, expected, has_failed) in rows {
        let known = ProtectionRequest { is_busy, protected, ..ProtectionRequest::default() }.after(answer, now);
        assert_eq!(
            (known.protected, known.failed.is_some(), known.is_failure_reported),
            (expected, has_failed, has_failed),
            "{name}"
        );
    }
}

#[test]
fn a_change_does_not_wait() {
    let now = Instant::now();
    let refused = ProtectionRequest { is_busy: true, failed: Some(now), ..ProtectionRequest::default() };
    assert!(!refused.with_busy(true).is_due(now) && refused.with_busy(false).with_busy(true).is_due(now));
}
