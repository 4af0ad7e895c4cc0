//! Where an object is, and the ways in which templates spell that.

use super::percent_encode;
use std::fmt;

/// An object in S3.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct S3Location {
    /// The bucket's name.
    pub bucket: String,
    /// The key, never with a leading slash of our own making.
    pub key: String,
    /// The version, where the bucket keeps versions.
    pub version: Option<String>,
}

impl S3Location {
    /// The current version of `key` in `bucket`.
    pub fn new(bucket: impl Into<String>, key: impl Into<String>) -> Self {
        Self { bucket: bucket.into(), key: key.into(), version: None }
    }

    /// Reads `s3://bucket/key[?versionId=v]` as the peers do: the scheme in lower case, a slash after the bucket,
    /// possibly nothing after it. `None` for anything else.
    pub fn from_uri(uri: &str) -> Option<Self> {
        let (bucket, rest) = uri.strip_prefix("s3://")?.split_once('/')?;
        let (key, version) = match rest.split_once("?versionId=") {
            Some((key, version)) if !version.is_empty() => (key, Some(version.to_owned())),
            _ => (rest, None),
        };
        (!bucket.is_empty()).then(|| Self { bucket: bucket.to_owned(), key: key.to_owned(), version })
    }

    /// `s3://bucket/key`, without the version.
    pub fn uri(&self) -> String {
        format!("s3://{}/{}", self.bucket, self.key)
    }

    /// The path-style URL of the object at an endpoint, the one spelling that CloudFormation takes for a template
    /// in every partition and for every bucket name.
    pub fn url(&self, endpoint: &S3Endpoint) -> String {
        let key = self.key.split('/').map(encode).collect::<Vec<_>>().join("/");
        let version = self.version.as_deref().map(|version| format!("?versionId={}", encode(version)));
        format!("{}/{}/{key}{}", endpoint.0, self.bucket, version.unwrap_or_default())
    }
}

impl fmt::Display for S3Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.uri())?;
        match &self.version {
            Some(version) => write!(f, "?versionId={version}"),
            None => Ok(()),
        }
    }
}

/// With the characters kept that the SDKs keep in keys.
fn encode(segment: &str) -> String {
    percent_encode(segment, b"!*()")
}

/// The base URL of S3 in a region, such as `https://s3.eu-west-1.amazonaws.com`, or a custom endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct S3Endpoint(String);

impl S3Endpoint {
    /// An endpoint from its URL; slashes at the end are dropped.
    pub fn new(url: &str) -> Self {
        Self(url.trim_end_matches('/').to_owned())
    }
}

impl fmt::Display for S3Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether S3 could have a bucket of this name, the old ones in upper case included. Not so a URI, or the ARN of an
/// access point, from which CloudFormation reads nothing. Nor `..`, a step up in a path.
pub fn is_bucket_name(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte))
        && name.bytes().any(|byte| byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::{S3Endpoint, S3Location};

    #[test]
    fn a_uri_is_read_as_the_peers_read_it() {
        let rows = [
            ("s3://b/k", Some(("b", "k", None))),
            ("s3://b/a/b.zip?versionId=7", Some(("b", "a/b.zip", Some("7")))),
            ("s3://b/", Some(("b", "", None))),
            ("s3://b", None),
            ("S3://b/k", None),
            ("s3:///k", None),
            ("./s3/b", None),
        ];
        for (uri, expected) in rows {
            let location = S3Location::from_uri(uri);
            let got = location.as_ref().map(|it| (it.bucket.as_str(), it.key.as_str(), it.version.as_deref()));
            assert_eq!(got, expected, "{uri}");
        }
    }

    #[test]
    fn a_url_is_path_style_and_encoded() {
        let location = S3Location::new("b.c", "p q/é.template");
        assert_eq!(
            location.url(&S3Endpoint::new("https://s3.cn-north-1.amazonaws.com.cn/")),
            "https://s3.cn-north-1.amazonaws.com.cn/b.c/p%20q/%C3%A9.template"
        );
        let location = S3Location { version: Some("v.1/2".to_owned()), ..S3Location::new("b", "k") };
        assert_eq!(location.url(&S3Endpoint::new("https://s3")), "https://s3/b/k?versionId=v.1%2F2");
    }
}
