//! What an event asks for, told by no more of it than that takes.

use serde_json::Value;

/// What an event asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// To do the job in it.
    Job,
    /// To see whether there are jobs.
    Poll,
    /// What a partner's integration would: a return value in place of a result.
    Partner,
    /// Nothing that is known here.
    Unknown,
}

impl Asked {
    /// Reads no more of an event than tells its kind.
    pub fn of(event: &[u8]) -> Self {
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
    use super::Asked;

    #[test]
    fn an_event_tells_what_it_asks_for() {
        let rows = [
            ("a job", r#"{"CodePipeline.job": {"id": "x"}}"#, Asked::Job),
            ("a schedule", r#"{"source": "aws.events", "detail-type": "Scheduled Event"}"#, Asked::Poll),
            (
                "a pipeline's news",
                r#"{"source": "aws.codepipeline", "detail-type": "CodePipeline Action"}"#,
                Asked::Poll,
            ),
            ("a partner's", r#"{"jobId": "x", "actionCredentials": {}}"#, Asked::Partner),
            ("something else", r#"{"a": 1}"#, Asked::Unknown),
            ("no JSON", "hello", Asked::Unknown),
        ];
        for (name, event, expected) in rows {
            assert_eq!(Asked::of(event.as_bytes()), expected, "{name}");
        }
    }
}
