//! `Artifact::path`: how actions name a file in an artifact.

use crate::facts::{Failure, FailureKind};
use std::fmt;

/// A file in an input artifact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArtifactPath {
    /// The first input artifact if absent.
    pub artifact: Option<String>,
    /// A path below the artifact's root.
    pub path: String,
}

impl ArtifactPath {
    /// Reads `Artifact::path` or `path`; `None` if it leads out of the artifact.
    pub fn parse(text: &str) -> Option<Self> {
        let (artifact, path) = match text.split_once("::") {
            Some((artifact, path)) => (Some(artifact.to_owned()), path),
            None => (None, text),
        };
        let path = inner_path(path)?;
        artifact.as_ref().is_none_or(|name| !name.is_empty()).then_some(Self { artifact, path })
    }
}

impl fmt::Display for ArtifactPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.artifact {
            Some(artifact) => write!(f, "{artifact}::{}", self.path),
            None => f.write_str(&self.path),
        }
    }
}

/// The path without `.`; `None` if it leads out of the folder in which it starts.
pub fn inner_path(path: &str) -> Option<String> {
    let bad = path.starts_with('/') || path.contains(['\\', '\0']) || path.split('/').any(|step| step == "..");
    let steps: Vec<_> = path.split('/').filter(|step| !matches!(*step, "" | ".")).collect();
    (!bad && !steps.is_empty() && !path.ends_with('/')).then(|| steps.join("/"))
}

/// The value of a property that names a file in an artifact.
pub fn path_of(property: &str, value: &str) -> Result<ArtifactPath, Failure> {
    ArtifactPath::parse(value).ok_or_else(|| no_inner_path(property, value))
}

/// The failure of a property whose value leads out of its artifact.
pub fn no_inner_path(property: &str, value: &str) -> Failure {
    let message =
        format!("{property} of the action configuration is `{value}`, which is not a path inside an artifact");
    Failure::new(FailureKind::Usage, message).with_hint("write Artifact::path, with / between the steps and no step up")
}

#[cfg(test)]
mod tests {
    use super::ArtifactPath;

    #[test]
    fn a_path_stays_in_its_artifact() {
        let rows = [
            ("t.yaml", Some((None, "t.yaml"))),
            ("A::./d//t", Some((Some("A"), "d/t"))),
            ("::t", None),
            ("A::", None),
            ("A::d/", None),
            ("A::/t", None),
            ("a\\t", None),
            ("d/../../t", None),
        ];
        for (text, expected) in rows {
            let path = ArtifactPath::parse(text);
            assert_eq!(path.as_ref().map(|it| (it.artifact.as_deref(), it.path.as_str())), expected, "{text}");
        }
    }
}
