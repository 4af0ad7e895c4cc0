//! The ARN of an application.

use crate::facts::console_host;
use std::fmt;
use std::str::FromStr;

const KIND: &str = "applications/";

/// `arn:PARTITION:serverlessrepo:REGION:ACCOUNT:applications/NAME`. It follows from the account that owns the
/// application, so that nothing has to be created to find it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApplicationId {
    pub partition: String,
    pub region: String,
    pub account: String,
    pub name: String,
}

impl ApplicationId {
    /// The page of a published application in the console, which writes its ARN without a slash.
    pub fn console_page(&self) -> Option<String> {
        let host = console_host(&self.partition, &self.region)?;
        let (region, arn) = (&self.region, self.to_string().replace('/', "~"));
        Some(format!("https://{host}/serverlessrepo/home?region={region}#/published-applications/{arn}"))
    }
}

impl FromStr for ApplicationId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts: Vec<&str> = text.split(':').collect();
        let known = match parts.as_slice() {
            ["arn", partition, "serverlessrepo", region, account, rest] => {
                rest.strip_prefix(KIND).map(|name| [*partition, *region, *account, name].map(str::to_owned))
            }
            _ => None,
        };
        match known {
            Some([partition, region, account, name])
                if partition.starts_with("aws") && !region.is_empty() && is_account(&account) && is_name(&name) =>
            {
                Ok(Self { partition, region, account, name })
            }
            Some(_) | None => Err("write it as arn:aws:serverlessrepo:REGION:ACCOUNT:applications/NAME".to_owned()),
        }
    }
}

impl fmt::Display for ApplicationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { partition, region, account, name } = self;
        write!(f, "arn:{partition}:serverlessrepo:{region}:{account}:{KIND}{name}")
    }
}

/// Whether a text is the id of an account: 12 digits.
pub fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a text can be the name of an application, apart from its length.
pub fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::ApplicationId;

    #[test]
    fn an_arn_reads_as_it_is_shown() {
        let rows = [
            ("arn:aws:serverlessrepo:eu-west-1:111122223333:applications/orders", true),
            ("arn:aws-cn:serverlessrepo:cn-north-1:111122223333:applications/a-1", true),
            ("arn:aws:serverlessrepo:eu-west-1:111122223333:applications/", false),
            ("arn:aws:serverlessrepo:eu-west-1:111122223333:applications/a b", false),
            ("arn:aws:serverlessrepo:eu-west-1:1111:applications/orders", false),
            ("arn:aws:serverlessrepo::111122223333:applications/orders", false),
            ("arn:aws:lambda:eu-west-1:111122223333:applications/orders", false),
            ("orders", false),
        ];
        for (text, good) in rows {
            let parsed = text.parse::<ApplicationId>().ok().map(|it| it.to_string());
            assert_eq!(parsed.as_deref(), good.then_some(text), "{text}");
        }
    }

    #[test]
    fn the_console_is_that_of_the_partition() {
        let page = |partition: &str, region: &str| {
            let arn = format!("arn:{partition}:serverlessrepo:{region}:111122223333:applications/a");
            arn.parse::<ApplicationId>().unwrap().console_page()
        };
        let rows = [
            (
                "aws",
                "eu-west-1",
                Some(
                    "https://eu-west-1.console.aws.amazon.com/serverlessrepo/home?region=eu-west-1#/published-applications/arn:aws:serverlessrepo:eu-west-1:111122223333:applications~a",
                ),
            ),
            (
                "aws-cn",
                "cn-north-1",
                Some(
                    "https://cn-north-1.console.amazonaws.cn/serverlessrepo/home?region=cn-north-1#/published-applications/arn:aws-cn:serverlessrepo:cn-north-1:111122223333:applications~a",
                ),
            ),
            ("aws-iso", "us-iso-east-1", None),
        ];
        for (partition, region, expected) in rows {
            assert_eq!(page(partition, region).as_deref(), expected, "{partition}");
        }
    }
}
