//! Values of flags that are read once into a type.

use clap::ValueEnum;

/// How uploaded objects are encrypted, as typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Sse {
    /// Keys of S3 itself.
    Aes256,
    /// Keys of KMS.
    Kms,
    /// Keys of KMS, two layers.
    KmsDsse,
    /// Send no encryption header: the bucket's own rule holds.
    BucketDefault,
}

/// How an action type is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum ActionTypeFormat {
    /// As the AWS CLI reads it.
    #[default]
    Json,
    /// As a template.
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
    let good = (1..=most).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
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

/// The ARN of a role.
pub fn role_arn(text: &str) -> Result<String, String> {
    let good = text.starts_with("arn:") && text.contains(":iam::") && text.contains(":role/");
    good.then(|| text.to_owned()).ok_or_else(|| "write it as arn:aws:iam::<account>:role/<name>".to_owned())
}

/// A region, such as `eu-west-1`: lower-case letters, digits and hyphens.
pub fn region(text: &str) -> Result<String, String> {
    let good = !text.is_empty() && text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
    good.then(|| text.to_owned()).ok_or_else(|| "a region looks like eu-west-1".to_owned())
}
