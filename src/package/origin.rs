//! Which templates a packaged one was made of: the part of the manifest by which a later run finds them.

use super::archive::hex;
use crate::facts::Redactor;
use crate::template::Template;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::path::PathBuf;
use std::sync::Arc;

/// Packaged templates, and the templates that the user wrote.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// One for each target; empty for a dry run.
    pub packaged: Vec<PackagedText>,
    /// The template that the user named first.
    pub templates: Vec<WrittenTemplate>,
}

/// A packaged template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackagedText {
    /// Of its text, hexadecimal.
    pub sha256: String,
}

/// A template that the user wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WrittenTemplate {
    /// The logical ids down to its stack, with `/` between; empty for the template that the user named.
    pub stack: String,
    pub path: PathBuf,
    /// Of its text without a byte order mark and with aliases expanded, hexadecimal.
    pub sha256: String,
}

/// A template, and those of its nested stacks, each with the logical ids down to the stack.
pub type Written = (Template, Vec<(Vec<String>, Arc<Template>)>);

impl Origin {
    /// Records what a template was made of.
    pub fn record(root: &Template, nested: &[(Vec<String>, Arc<Template>)], packaged: &[String]) -> Self {
        let written = |stack: String, template: &Template| WrittenTemplate {
            stack,
            path: template.path().to_path_buf(),
            sha256: sha256(template.text()),
        };
        let below = nested.iter().map(|(stack, template)| written(stack.join("/"), template));
        Self {
            packaged: packaged.iter().map(|text| PackagedText { sha256: sha256(text) }).collect(),
            templates: std::iter::once(written(String::new(), root)).chain(below).collect(),
        }
    }

    /// Reads it from the text of a manifest; `None` if that is no manifest of this packaged template.
    pub fn of_manifest(manifest: &[u8], packaged: &Template) -> Option<Self> {
        let origin: Self = serde_json::from_slice(manifest).ok()?;
        let digest = sha256(packaged.text());
        origin.packaged.iter().any(|text| text.sha256 == digest).then_some(origin)
    }

    /// The templates that are still as they were; `None` without the one that the user named.
    pub fn read(&self) -> Option<Written> {
        let read = |written: &WrittenTemplate| {
            let template = Template::load(&written.path).ok()?;
            (sha256(template.text()) == written.sha256).then_some(template)
        };
        let (root, nested) = self.templates.split_first()?;
        let stack = |written: &WrittenTemplate| written.stack.split('/').map(str::to_owned).collect();
        let nested = nested.iter().filter_map(|written| Some((stack(written), Arc::new(read(written)?))));
        Some((read(root)?, nested.collect()))
    }

    /// The same with the names that a reader has for paths.
    #[must_use]
    pub fn named_by(self, names: &Redactor) -> Self {
        let named = |it: WrittenTemplate| WrittenTemplate { path: names.path(&it.path), ..it };
        Self { templates: self.templates.into_iter().map(named).collect(), ..self }
    }
}

fn sha256(text: &str) -> String {
    hex(&Sha256::digest(text))
}

#[cfg(test)]
mod tests {
    use super::Origin;
    use crate::template::Template;
    use std::fs;
    use std::sync::Arc;

    #[test]
    fn templates_are_found_again_as_long_as_they_are_what_they_were() {
        let folder = tempfile::tempdir().unwrap();
        let (root, child) = (folder.path().join("template.yaml"), folder.path().join("child.yaml"));
        fs::write(&root, "Resources: {A: {Type: B}}\n").unwrap();
        fs::write(&child, "Resources: {}\n").unwrap();
        let nested = [(vec!["Child".to_owned(), "Inner".to_owned()], Arc::new(Template::load(&child).unwrap()))];
        let origin = Origin::record(&Template::load(&root).unwrap(), &nested, &["P: 1".to_owned()]);
        let manifest = serde_json::to_vec(
            &serde_json::json!({"version": 1, "packaged": origin.packaged, "templates": origin.templates}),
        )
        .unwrap();
        let packaged = |text: &str| Template::parse("p.yaml", text.as_bytes().to_vec()).unwrap();
        assert_eq!(Origin::of_manifest(&manifest, &packaged("P: 1")), Some(origin.clone()));
        assert_eq!(Origin::of_manifest(&manifest, &packaged("P: 2")), None);
        assert_eq!(Origin::of_manifest(b"{\"version\": 1}", &packaged("P: 1")), None);
        let paths = |origin: &Origin| {
            let (root, nested) = origin.read()?;
            Some((root.path().to_path_buf(), nested.iter().map(|(stack, _)| stack.join("/")).collect::<Vec<_>>()))
        };
        assert_eq!(paths(&origin), Some((root.clone(), vec!["Child/Inner".to_owned()])));
        fs::write(&child, "Resources: {}\n# changed\n").unwrap();
        assert_eq!(paths(&origin), Some((root.clone(), Vec::new())));
        fs::write(&root, "Resources: {}\n").unwrap();
        assert_eq!(paths(&origin), None);
        fs::remove_file(&root).unwrap();
        assert_eq!(paths(&origin), None);
    }
}
