//! The kind of a Lambda event, by its members.

use serde_json::Value;

/// The kind of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventKind {
    /// The job of a Lambda invoke action.
    Job,
    /// A schedule or a change of state: jobs may be queued.
    Poll,
    /// The job of a partner integration, which expects a return value in place of a result.
    Partner,
    Unknown,
}

impl EventKind {
    pub fn parse(event: &[u8]) -> Self {
        let Ok(event) = serde_json::from_slice::<Value>(event) else { return Self::Unknown };
        let has = |key: &str| event.get(key).is_some();
        if has("CodePipeline.job") {
            Self::Job
        } else if has("jobId") || has("actionCredentials") {
            Self::Partner
        } else if has("detail-type")
            || ["aws.events", "aws.scheduler"].contains(&event["source"].as_str().unwrap_or(""))
        {
            Self::Poll
        } else {
            Self::Unknown
        }
    }
}

#[cfg(test)]
mod tests {
    use super::EventKind;

    #[test]
    fn the_members_of_an_event_tell_its_kind() {
        let rows = [
            ("a job", r#"{"CodePipeline.job": {"id": "x"}}"#, EventKind::Job),
            ("a schedule", r#"{"source": "aws.events", "detail-type": "Scheduled Event"}"#, EventKind::Poll),
            (
                "a change of state",
                r#"{"source": "aws.codepipeline", "detail-type": "CodePipeline Action"}"#,
                EventKind::Poll,
            ),
            ("a partner's", r#"{"jobId": "x", "actionCredentials": {}}"#, EventKind::Partner),
            ("something else", r#"{"a": 1}"#, EventKind::Unknown),
            ("no JSON", "hello", EventKind::Unknown),
        ];
        for (name, event, expected) in rows {
            assert_eq!(EventKind::parse(event.as_bytes()), expected, "{name}");
        }
    }
}
