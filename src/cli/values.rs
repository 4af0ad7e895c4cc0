//! Values of flags that are read once into a type.

use crate::deploy::is_stack;
use crate::facts::{Secret, is_bucket_name};
use crate::text::nearest_region;
use clap::ValueEnum;
use std::time::Duration;

/// How uploaded objects are encrypted, as typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Sse {
    /// Keys of S3.
    Aes256,
    /// A key of KMS.
    Kms,
    /// A key of KMS, two layers.
    KmsDsse,
    /// No encryption header: the bucket's own default holds.
    BucketDefault,
}

/// A setting of a stack that is turned on or off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Toggle {
    #[value(alias = "true")]
    On,
    #[value(alias = "false")]
    Off,
}

/// How an action type is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum ActionTypeFormat {
    /// JSON for the AWS CLI.
    #[default]
    Json,
    /// A CloudFormation template.
    Cloudformation,
}

/// The provider of an action type. CodePipeline's quota of the name is lower than its model says.
pub fn provider(text: &str) -> Result<String, String> {
    wire_name(text, 25)
}

/// The version of an action type.
pub fn action_type_version(text: &str) -> Result<String, String> {
    wire_name(text, 9)
}

fn wire_name(text: &str, most: usize) -> Result<String, String> {
    let good = (1..=most).contains(&text.len()) && text.bytes().all(is_word_byte);
    good.then(|| text.to_owned()).ok_or_else(|| format!("write 1 to {most} letters, digits, _ and -"))
}

/// Splits at the first `=`.
pub fn key_and_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        Some(_) | None => Err("write it as KEY=VALUE".to_owned()),
    }
}

/// A time in whole seconds, as the AWS CLI takes it.
pub fn whole_seconds(text: &str) -> Result<u32, String> {
    text.parse().map_err(|_| "write whole seconds, such as 60".to_owned())
}

/// An account id: 12 digits.
pub fn account(text: &str) -> Result<String, String> {
    let good = text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    good.then(|| text.to_owned()).ok_or_else(|| "an account id has 12 digits".to_owned())
}

/// Most bytes of a prefix: a key has 1,024, of which a digest and its extension take the rest.
const MAX_PREFIX_BYTES: usize = 950;

/// A folder in a bucket. A URL with `.` or `..` in its path leads elsewhere once a client has simplified it.
pub fn prefix(text: &str) -> Result<String, String> {
    if text.split('/').any(|folder| matches!(folder, "." | "..")) {
        return Err("a folder in a bucket cannot be . or ..".to_owned());
    }
    if text.contains(char::is_control) {
        return Err("it has a control character, such as a line break".to_owned());
    }
    if text.len() > MAX_PREFIX_BYTES {
        return Err(format!("it has {} bytes, and {MAX_PREFIX_BYTES} is the most", text.len()));
    }
    Ok(text.to_owned())
}

/// The ARN of a role.
pub fn role_arn(text: &str) -> Result<String, String> {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let good = matches!(parts.as_slice(), ["arn", _, "iam", "", number, role]
        if !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit()) && role.strip_prefix("role/").is_some_and(|name| !name.is_empty()));
    good.then(|| text.to_owned()).ok_or_else(|| "write it as arn:aws:iam::111122223333:role/NAME".to_owned())
}

/// Whether a bucket can have this name in a region, if that is known. Only old buckets in
/// us-east-1 have capitals and `_` in their names.
pub fn is_bucket_name_in(region: Option<&str>, name: &str) -> bool {
    let is_old = name.bytes().any(|byte| byte.is_ascii_uppercase() || byte == b'_');
    is_bucket_name(name) && (!is_old || region.is_none_or(|region| region == "us-east-1"))
}

/// A time in seconds, with a fraction or without.
pub fn seconds(text: &str) -> Result<Duration, String> {
    let parsed = text.parse().ok().and_then(|seconds: f64| Duration::try_from_secs_f64(seconds).ok());
    parsed.filter(|it| *it <= Duration::from_secs(86_400)).ok_or_else(|| "give seconds, at most 86400".to_owned())
}

/// A pause between two calls, more than 0: a service throttles calls without a pause.
pub fn interval(text: &str) -> Result<Duration, String> {
    let parsed = seconds(text).ok().filter(|it| !it.is_zero());
    parsed.ok_or_else(|| "give seconds, more than 0 and at most 86400".to_owned())
}

/// Longest time that a deployment is watched.
const LONGEST: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// A time such as `90s`, `15m`, `2h` or `1h30m`; a number alone is seconds. More than 0.
pub fn duration(text: &str) -> Result<Duration, String> {
    let malformed = || "write a time such as 90s, 15m or 2h30m, at most 168h".to_owned();
    let (mut rest, mut seconds) = (text.trim(), 0_u64);
    while !rest.is_empty() {
        let digits = rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len());
        let number: u64 = rest[..digits].parse().map_err(|_| malformed())?;
        let unit = rest[digits..].chars().next().map_or(0, char::len_utf8);
        let (unit, after) = rest[digits..].split_at(unit);
        let factor = match unit {
            "" | "s" => 1,
            "m" => 60,
            "h" => 60 * 60,
            _ => return Err(malformed()),
        };
        seconds = number.checked_mul(factor).and_then(|more| seconds.checked_add(more)).ok_or_else(malformed)?;
        rest = after;
    }
    let parsed = Duration::from_secs(seconds);
    if parsed.is_zero() || parsed > LONGEST { Err(malformed()) } else { Ok(parsed) }
}

/// A time in whole minutes, more than 0.
pub fn minutes(text: &str) -> Result<Duration, String> {
    let parsed = text.parse().ok().map(|minutes: u32| Duration::from_secs(60 * u64::from(minutes)));
    parsed.filter(|it| !it.is_zero() && *it <= LONGEST).ok_or_else(|| "write whole minutes, such as 60".to_owned())
}

/// The name or the ARN of a stack.
pub fn stack(text: &str) -> Result<String, String> {
    let advice = "a stack name has at most 128 letters, digits and -, and begins with a letter";
    if is_stack(text) { Ok(text.to_owned()) } else { Err(advice.to_owned()) }
}

/// A word that may hold a secret. It cannot be wrong here, so that no error of the parser shows it.
#[expect(clippy::unnecessary_wraps, reason = "the form of a value parser")]
pub fn secret_word(text: &str) -> Result<Secret, String> {
    Ok(Secret::new(text))
}

/// The value of a queryable property.
pub fn pool(text: &str) -> Result<String, String> {
    let good = (1..=20).contains(&text.len()) && text.bytes().all(is_word_byte);
    good.then(|| text.to_owned()).ok_or_else(|| "a pool has 1 to 20 letters, digits, _ and -".to_owned())
}

const fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

/// A region, such as `eu-west-1`: lower-case letters, digits and hyphens.
pub fn region(text: &str) -> Result<String, String> {
    let good = !text.is_empty() && text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
    good.then(|| text.to_owned()).ok_or_else(|| match nearest_region(text) {
        Some(near) => format!("a region looks like eu-west-1; the nearest is {near}"),
        None => "a region looks like eu-west-1".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::{duration, interval, minutes, pool, prefix, seconds, stack};

    #[test]
    fn pools_and_times_have_limits() {
        assert!(pool("arm64").is_ok() && pool("").is_err() && pool(&"x".repeat(21)).is_err() && pool("a b").is_err());
        assert!(seconds("0.5").is_ok() && seconds("-1").is_err() && seconds("NaN").is_err() && seconds("1e9").is_err());
        assert!(minutes("60").is_ok() && minutes("0").is_err() && minutes("1.5").is_err() && minutes("99999").is_err());
        assert!(seconds("0").is_ok() && interval("0").is_err() && interval("x").is_err() && interval("0.1").is_ok());
    }

    #[test]
    fn a_prefix_is_a_folder_whatever_reads_its_url() {
        for text in ["", "/", "a", "a/b..c/.d", "é", &"x".repeat(950)] {
            assert!(prefix(text).is_ok(), "{text}");
        }
        for text in ["..", "a/../b", "./a", "a\nb", "a\u{7f}", &"x".repeat(951)] {
            assert!(prefix(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_time_has_units() {
        let rows = [
            ("90", Some(90)),
            ("90s", Some(90)),
            ("15m", Some(900)),
            ("2h", Some(7200)),
            ("1h30m", Some(5400)),
            ("168h", Some(604_800)),
            ("", None),
            ("0", None),
            ("h", None),
            ("1d", None),
            ("-5m", None),
            ("1.5h", None),
            ("169h", None),
            ("5é", None),
            ("99999999999999999999", None),
        ];
        for (text, expected) in rows {
            assert_eq!(duration(text).ok().map(|it| it.as_secs()), expected, "{text}");
        }
    }

    #[test]
    fn a_stack_has_a_name_or_an_arn() {
        let rows = [("shop-1", true), ("arn:aws:cloudformation:r:1:stack/x/y", true), ("1shop", false), ("a_b", false)];
        for (text, expected) in rows {
            assert_eq!(stack(text).is_ok(), expected, "{text}");
        }
    }
}
