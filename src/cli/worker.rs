//! What is typed after `samstep worker` and `samstep lambda`, and what an operator allows jobs to name.

use super::package::{AwsArguments, ReportArguments};
use crate::facts::ActionTypeId;
use std::path::PathBuf;
use std::time::Duration;

/// What is typed after `samstep worker`.
#[derive(Debug, Clone, clap::Args)]
pub struct WorkerArguments {
    /// Action type to poll for, such as Build/Samstep/1
    #[arg(long, value_name = "CATEGORY/PROVIDER/VERSION", required_unless_present = "health")]
    pub action_type: Option<ActionTypeId>,
    /// Value of the action type's property Pool: jobs of other pools are left alone
    #[arg(long, value_name = "NAME", value_parser = pool)]
    pub pool: Option<String>,
    /// Jobs to run at the same time
    #[arg(long, value_name = "COUNT", default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub concurrency: u16,
    /// Run what is queued, and end when nothing came for --linger seconds
    #[arg(long)]
    pub once: bool,
    /// Tell whether the worker of this machine polls; asks no service
    #[arg(long)]
    pub health: bool,
    /// Seconds between polls that find nothing, more or less by a fifth
    #[arg(long, value_name = "SECONDS", default_value = "12.5", value_parser = interval)]
    pub poll_interval: Duration,
    /// Seconds without a job after which --once ends
    #[arg(long, value_name = "SECONDS", default_value = "15", value_parser = seconds)]
    pub linger: Duration,
    /// Seconds that one job may take
    #[arg(long, value_name = "SECONDS", default_value = "1800", value_parser = seconds)]
    pub timeout: Duration,
    /// Seconds that running jobs get to end after SIGTERM
    #[arg(long, value_name = "SECONDS", default_value = "15", value_parser = seconds)]
    pub drain: Duration,
    /// File that holds the time of the last poll, for --health [default: in the temporary folder]
    #[arg(long, value_name = "FILE")]
    pub state_file: Option<PathBuf>,
    #[command(flatten)]
    pub allow: AllowArguments,
    #[command(flatten)]
    pub aws: AwsArguments,
    #[command(flatten)]
    pub report: ReportArguments,
}

/// What an operator allows the authors of pipelines to name. Without a pattern of a kind, anything of that kind.
#[derive(Debug, Clone, Default, PartialEq, Eq, clap::Args)]
#[command(next_help_heading = "What jobs may name")]
pub struct AllowArguments {
    /// Pattern of buckets for code, such as acme-code-*; may be given several times
    #[arg(long, value_name = "PATTERN", value_delimiter = ',', action = clap::ArgAction::Append)]
    pub allow_bucket: Vec<String>,
    /// Pattern of roles to assume, such as arn:aws:iam::*:role/deploy-*
    #[arg(long, value_name = "PATTERN", value_delimiter = ',', action = clap::ArgAction::Append)]
    pub allow_role: Vec<String>,
    /// Pattern of KMS keys for code
    #[arg(long, value_name = "PATTERN", value_delimiter = ',', action = clap::ArgAction::Append)]
    pub allow_key: Vec<String>,
}

const fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

/// The value of a queryable property.
fn pool(text: &str) -> Result<String, String> {
    let good = (1..=20).contains(&text.len()) && text.bytes().all(is_word_byte);
    good.then(|| text.to_owned()).ok_or_else(|| "a pool has 1 to 20 letters, digits, _ and -".to_owned())
}

/// A time in seconds, with a fraction or without.
pub fn seconds(text: &str) -> Result<Duration, String> {
    let parsed = text.parse().ok().and_then(|seconds: f64| Duration::try_from_secs_f64(seconds).ok());
    parsed.filter(|it| *it <= Duration::from_secs(86_400)).ok_or_else(|| "give seconds, at most 86400".to_owned())
}

/// Such a time between two calls: a service that is asked without a pause refuses to answer.
fn interval(text: &str) -> Result<Duration, String> {
    let parsed = seconds(text).ok().filter(|it| !it.is_zero());
    parsed.ok_or_else(|| "give seconds, more than 0 and at most 86400".to_owned())
}

#[cfg(test)]
mod tests {
    use super::{interval, pool, seconds};

    #[test]
    fn pools_and_times_have_limits() {
        assert!(pool("arm64").is_ok() && pool("").is_err() && pool(&"x".repeat(21)).is_err() && pool("a b").is_err());
        assert!(seconds("0.5").is_ok() && seconds("-1").is_err() && seconds("NaN").is_err() && seconds("1e9").is_err());
        assert!(seconds("0").is_ok() && interval("0").is_err() && interval("x").is_err() && interval("0.1").is_ok());
    }
}
