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

/// When the report is coloured. The aliases are the words of the AWS CLI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum ColorRule {
    /// On a terminal, unless NO_COLOR is set.
    #[default]
    Auto,
    /// Also where nobody is known to look.
    #[value(alias = "on")]
    Always,
    /// Never.
    #[value(alias = "off")]
    Never,
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

/// Who reads the report, as typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum HostChoice {
    /// Told by the variables that hosts set.
    #[default]
    Auto,
    /// A person: bars and colours.
    Terminal,
    /// A log of whole lines.
    Plain,
    /// AWS CodeBuild.
    Codebuild,
    /// GitHub Actions.
    Github,
    /// GitLab CI.
    Gitlab,
    /// A program: an event a line.
    Json,
}

/// What standard output carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Form {
    /// The packaged template, or where it was written.
    #[default]
    Text,
    /// JSON, an event a line.
    Json,
    /// Assignments for a shell to evaluate.
    Sh,
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

/// The URL of an endpoint.
pub fn endpoint(text: &str) -> Result<String, String> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let authority = rest.and_then(|rest| rest.split(['/', '?']).next());
    let good = text.bytes().all(|byte| byte.is_ascii_graphic()) && authority.is_some_and(is_authority);
    good.then(|| text.to_owned()).ok_or_else(|| "write it as https://host[:port]".to_owned())
}

/// A host by its name or address, with a port or without.
fn is_authority(text: &str) -> bool {
    let place = text.rsplit_once('@').map_or(text, |(_user, place)| place);
    let (host, port) = match place.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        Some(_) | None => (place, None),
    };
    let is_address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let is_host = match is_address {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => !host.is_empty() && host.bytes().all(|it| it.is_ascii_alphanumeric() || b"-._".contains(&it)),
    };
    is_host && port.is_none_or(|port| port.parse::<u16>().is_ok())
}

/// A region, such as `eu-west-1`: lower-case letters, digits and hyphens.
pub fn region(text: &str) -> Result<String, String> {
    let good = !text.is_empty() && text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
    good.then(|| text.to_owned()).ok_or_else(|| "a region looks like eu-west-1".to_owned())
}

#[cfg(test)]
mod tests {
    use super::endpoint;

    #[test]
    fn an_endpoint_is_a_host_behind_a_scheme() {
        let rows = [
            ("https://s3.eu-west-1.amazonaws.com", true),
            ("http://localhost:4566/", true),
            ("http://local_stack:4566/base?x=1", true),
            ("http://[::1]:9000", true),
            ("http://[::1]", true),
            ("http://127.0.0.1", true),
            ("http://user:word@proxy:3128", true),
            ("", false),
            ("foo", false),
            ("foo:4566", false),
            ("ftp://host", false),
            ("https://", false),
            ("https:///path", false),
            ("http://a b", false),
            ("http://a:99999", false),
            ("http://a:", false),
            ("http://[::1", false),
            ("http://a:b:1", false),
        ];
        for (text, good) in rows {
            assert_eq!(endpoint(text).is_ok(), good, "{text}");
        }
    }
}
