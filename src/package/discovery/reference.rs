//! What the text of a property means: a location in S3, a local path, or a text for CloudFormation.

use super::form::Form;
use crate::facts::S3Location;
use std::path::{Component, Path, PathBuf};

/// What a property's text refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reference {
    /// Nothing to do: the text is what CloudFormation wants.
    Final,
    /// An object in S3, in a spelling that the property does not take.
    Remote(S3Location),
    /// A path, resolved against the folder of the template.
    Local(PathBuf),
    /// A location that is not in S3, or not complete.
    Unknown,
}

/// Reads the text of a property of a template in `folder`.
///
/// `s3://bucket/key` and what begins with `https://s3` are accepted as by `sam package`; where the property takes a
/// mapping or a URL they are respelled. A nested template may have any URL. A path is resolved lexically, relative to the
/// folder of the template and never to the working directory.
pub fn read(text: &str, form: Form, folder: &Path) -> Reference {
    if text.starts_with("{{resolve:") {
        return Reference::Final;
    }
    if let Some(location) = S3Location::from_uri(text) {
        return match form {
            Form::Uri => Reference::Final,
            Form::Url | Form::Fields { .. } => Reference::Remote(location),
        };
    }
    if !text.contains("://") {
        return Reference::Local(resolve(folder, text));
    }
    match form {
        Form::Url if !text.starts_with("s3://") => Reference::Final,
        Form::Uri if text.starts_with("https://s3") => Reference::Final,
        Form::Fields { .. } => path_style(text).map_or(Reference::Unknown, Reference::Remote),
        Form::Uri | Form::Url => Reference::Unknown,
    }
}

/// Reads `https://s3[.region].amazonaws.com/bucket/key[?versionId=v]`.
fn path_style(url: &str) -> Option<S3Location> {
    let (host, path) = url.strip_prefix("https://")?.split_once('/')?;
    (host.starts_with("s3") && host.contains(".amazonaws.")).then(|| S3Location::from_uri(&format!("s3://{path}")))?
}

/// `path` below `folder` unless it is absolute, with `.` and `..` taken out lexically.
pub fn resolve(folder: &Path, path: impl AsRef<Path>) -> PathBuf {
    folder.join(path).components().fold(PathBuf::new(), |mut resolved, component| {
        match component {
            Component::ParentDir => {
                resolved.pop();
            }
            Component::CurDir => {}
            Component::Prefix(_) | Component::RootDir | Component::Normal(_) => resolved.push(component),
        }
        resolved
    })
}

#[cfg(test)]
mod tests {
    use super::{Reference, read};
    use crate::facts::S3Location;
    use crate::package::discovery::form::Form;
    use std::path::Path;

    const FIELDS: Form = Form::Fields { bucket: "S3Bucket", key: "S3Key", version: None };

    #[test]
    fn the_text_of_a_property_is_read_by_its_form() {
        let local = |path: &str| Reference::Local(path.into());
        let remote = |version: Option<&str>| {
            Reference::Remote(S3Location { version: version.map(str::to_owned), ..S3Location::new("b", "k/x") })
        };
        let rows = [
            ("./src/", Form::Uri, local("/app/src")),
            ("../lib/./x.zip", Form::Uri, local("/lib/x.zip")),
            ("/abs/../y", FIELDS, local("/y")),
            (".", FIELDS, local("/app")),
            ("~/x", Form::Uri, local("/app/~/x")),
            ("s3://b/k/x", Form::Uri, Reference::Final),
            ("s3://b/k/x", FIELDS, remote(None)),
            ("s3://b/k/x?versionId=7", FIELDS, remote(Some("7"))),
            ("s3://b/k/x", Form::Url, remote(None)),
            ("s3://b", Form::Uri, Reference::Unknown),
            ("s3://b", FIELDS, Reference::Unknown),
            ("s3://b", Form::Url, Reference::Unknown),
            ("S3://b/k", Form::Uri, Reference::Unknown),
            ("https://s3.eu-west-1.amazonaws.com/b/k/x?versionId=7", Form::Uri, Reference::Final),
            ("https://s3.eu-west-1.amazonaws.com/b/k/x?versionId=7", FIELDS, remote(Some("7"))),
            ("https://s3.cn-north-1.amazonaws.com.cn/b/k/x", FIELDS, remote(None)),
            ("https://example.org/x.zip", Form::Uri, Reference::Unknown),
            ("https://example.org/x.zip", FIELDS, Reference::Unknown),
            ("https://example.org/x.yaml", Form::Url, Reference::Final),
            ("file:///x", Form::Url, Reference::Final),
            ("file:///x", Form::Uri, Reference::Unknown),
            ("{{resolve:ssm:/code/uri}}", Form::Uri, Reference::Final),
        ];
        for (text, form, expected) in rows {
            assert_eq!(read(text, form, Path::new("/app")), expected, "{text} as {form:?}");
        }
    }
}
