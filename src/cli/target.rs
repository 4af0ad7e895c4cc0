//! `--target`: a region and a bucket that a template is packaged for.

use super::values::{self, is_bucket_name_in};
use crate::text::is_known_region;
use std::str::FromStr;

/// Longest name: it becomes part of the names of files and variables.
const MAX_NAME_BYTES: usize = 40;

/// `NAME=REGION/BUCKET[/PREFIX]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetArgument {
    /// Part of the names of its files and values.
    pub name: String,
    /// The region of the bucket and of the stack.
    pub region: String,
    pub bucket: String,
    pub prefix: Option<String>,
}

impl FromStr for TargetArgument {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let malformed = || "write it as NAME=REGION/BUCKET[/PREFIX]".to_owned();
        let (name, place) = text.trim().split_once('=').ok_or_else(malformed)?;
        let (region, place) = place.split_once('/').ok_or_else(malformed)?;
        let (bucket, prefix) = place.split_once('/').map_or((place, None), |(bucket, prefix)| (bucket, Some(prefix)));
        if !is_target_name(name) {
            return Err(format!(
                "a name begins with a letter and has at most {MAX_NAME_BYTES} letters, digits, - and _"
            ));
        }
        if is_known_region(bucket) && !is_known_region(region) {
            return Err("the region comes before the bucket: write it as NAME=REGION/BUCKET[/PREFIX]".to_owned());
        }
        let region = values::region(region)?;
        if !is_bucket_name_in(Some(&region), bucket) {
            return Err(format!("{bucket:?} is not the name of a bucket"));
        }
        let prefix = prefix.map(values::prefix).transpose()?;
        Ok(Self { name: name.to_owned(), region, bucket: bucket.to_owned(), prefix })
    }
}

/// Whether a target can have this name.
pub fn is_target_name(text: &str) -> bool {
    text.len() <= MAX_NAME_BYTES
        && text.starts_with(|letter: char| letter.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

#[cfg(test)]
mod tests {
    use super::TargetArgument;

    #[test]
    fn a_target_is_a_name_and_a_place() {
        let rows = [
            ("prod=eu-west-1/code", Ok(("prod", "eu-west-1", "code", None))),
            ("eu_2-x=us-gov-west-1/my.code/a/b", Ok(("eu_2-x", "us-gov-west-1", "my.code", Some("a/b")))),
            ("prod=eu-west-1/code/", Ok(("prod", "eu-west-1", "code", Some("")))),
            ("prod", Err("write it as")),
            ("prod=eu-west-1", Err("write it as")),
            ("=eu-west-1/code", Err("a name begins with a letter")),
            ("2nd=eu-west-1/code", Err("a name begins with a letter")),
            ("a/b=eu-west-1/code", Err("a name begins with a letter")),
            ("prod=EU/code", Err("a region looks like eu-west-1")),
            ("prod=eu-west-1/New_Code", Err("\"New_Code\" is not the name of a bucket")),
            ("prod=us-east-1/New_Code", Ok(("prod", "us-east-1", "New_Code", None))),
            ("prod=eu-west-1/code/a/../b", Err("a folder in a bucket cannot be . or ..")),
            ("prod=eu-west-1/", Err("\"\" is not the name of a bucket")),
            ("prod=s3://code", Err("a region looks like")),
            ("prod=code/eu-west-1", Err("the region comes before the bucket")),
        ];
        for (text, expected) in rows {
            let target = text.parse::<TargetArgument>();
            match (&target, expected) {
                (Ok(target), Ok(expected)) => {
                    let prefix = target.prefix.as_deref();
                    assert_eq!((&*target.name, &*target.region, &*target.bucket, prefix), expected, "{text}");
                }
                (Err(error), Err(expected)) => assert!(error.starts_with(expected), "{text}: {error}"),
                other => panic!("{text}: {other:?}"),
            }
        }
    }
}
