//! What a reader calls the files of a run: a path as it would be typed, or `Artifact::path` of a pipeline.

use crate::event::{Event, Reporter, Warning};
use crate::failure::{Failure, Place, Problem};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The words for the paths below some folders. Other paths stay as they are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PathWords(Vec<Folder>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Folder {
    path: PathBuf,
    /// The word for the folder itself.
    name: String,
    /// What stands before a path below it.
    prefix: String,
}

impl PathWords {
    /// The words of a pipeline for the folders of its artifacts, each with the artifact's name.
    pub fn new<'a>(artifacts: impl Iterator<Item = (&'a Path, &'a str)>) -> Self {
        let folder = |(path, name): (&Path, &str)| Folder {
            path: path.to_path_buf(),
            name: name.to_owned(),
            prefix: format!("{name}::"),
        };
        Self(artifacts.map(folder).collect())
    }

    /// The words of somebody who types a command in a folder: what lies below it is relative to it. The folder of
    /// everything changes nothing.
    pub fn relative_to(folder: &Path) -> Self {
        let folder = folder.parent().map(|_| folder.to_path_buf());
        Self(folder.into_iter().map(|path| Folder { path, name: ".".to_owned(), prefix: String::new() }).collect())
    }

    /// The text in these words, wherever a path stands in it.
    pub fn text(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, folder| folder.text(&text))
    }

    /// The path in these words.
    pub fn path(&self, path: &Path) -> PathBuf {
        self.0.iter().find_map(|folder| folder.below(path)).unwrap_or_else(|| path.to_path_buf())
    }

    /// The place in these words.
    pub fn place(&self, place: Place) -> Place {
        Place { path: self.path(&place.path), ..place }
    }

    /// The failure in these words.
    pub fn failure(&self, failure: Failure) -> Failure {
        failure.map(|problem| Problem {
            message: self.text(&problem.message),
            hint: problem.hint.map(|hint| self.text(&hint)),
            place: problem.place.map(|place| self.place(place)),
        })
    }

    fn event(&self, event: Event) -> Event {
        match event {
            Event::Discovered { template, templates, artifacts, archives } => {
                let template = template.map(|template| self.path(&template));
                Event::Discovered { template, templates, artifacts, archives }
            }
            Event::Reused { location, source } => Event::Reused { location, source: self.path(&source) },
            Event::UploadStarted { location, source, bytes, buckets } => {
                Event::UploadStarted { location, source: self.path(&source), bytes, buckets }
            }
            Event::FileWritten { path } => Event::FileWritten { path: self.path(&path) },
            Event::FileRemoved { path } => Event::FileRemoved { path: self.path(&path) },
            Event::Warning(warning) => Event::Warning(self.warning(warning)),
            other @ (Event::ReadStarted { .. }
            | Event::ReadAdvanced { .. }
            | Event::ReadFinished
            | Event::UploadAdvanced { .. }
            | Event::UploadFinished { .. }
            | Event::JobStarted { .. }
            | Event::ArtifactFetched { .. }
            | Event::ArtifactStored { .. }
            | Event::ResultPut { .. }
            | Event::ResultDelayed { .. }
            | Event::ResultAlreadyPut { .. }
            | Event::Worker(_)) => other,
        }
    }

    /// The warning in these words.
    pub fn warning(&self, warning: Warning) -> Warning {
        let at = |place: Option<Place>| place.map(|place| self.place(place));
        match warning {
            Warning::TemplateFolderPackaged { logical_id, property, folder, place } => {
                let (folder, place) = (self.path(&folder), at(place));
                Warning::TemplateFolderPackaged { logical_id, property, folder, place }
            }
            Warning::OverLambdaLimit { source, bytes, limit, biggest } => {
                let biggest = biggest.into_iter().map(|(path, bytes)| (self.path(&path), bytes)).collect();
                Warning::OverLambdaLimit { source: self.path(&source), bytes, limit, biggest }
            }
            Warning::LinkLeavesFolder { link, target } => {
                Warning::LinkLeavesFolder { link: self.path(&link), target: self.path(&target) }
            }
            Warning::LoopFrozen { name, parameter, values, place } => {
                Warning::LoopFrozen { name, parameter, values, place: at(place) }
            }
            Warning::ImageLeftAlone { logical_id, place } => Warning::ImageLeftAlone { logical_id, place: at(place) },
            Warning::CommentsLeftOut { template } => Warning::CommentsLeftOut { template: self.path(&template) },
            Warning::UnknownConfigurationKey { file, key, nearest, place } => {
                Warning::UnknownConfigurationKey { file: self.path(&file), key, nearest, place: at(place) }
            }
            Warning::ConfigurationKeyMisplaced { file, key, section, place } => {
                Warning::ConfigurationKeyMisplaced { file: self.path(&file), key, section, place: at(place) }
            }
            Warning::SecretInClearText { parameter, place } => {
                Warning::SecretInClearText { parameter, place: at(place) }
            }
            Warning::SecretLeftOut { parameter, file, place } => {
                Warning::SecretLeftOut { parameter, file: self.path(&file), place: at(place) }
            }
            other @ (Warning::PartsLeftBehind { .. } | Warning::UnknownVariable { .. }) => other,
        }
    }
}

impl Folder {
    fn below(&self, path: &Path) -> Option<PathBuf> {
        let rest = path.strip_prefix(&self.path).ok()?;
        if rest.as_os_str().is_empty() {
            return Some(PathBuf::from(&self.name));
        }
        let mut named = std::ffi::OsString::from(&self.prefix);
        named.push(rest);
        Some(named.into())
    }

    /// A longer path that only begins or ends alike is another one.
    fn text(&self, text: &str) -> String {
        let folder = self.path.display().to_string();
        let goes_on = |letter: char| letter.is_alphanumeric() || "/._-".contains(letter);
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find(&folder) {
            let (before, after) = (&rest[..at], &rest[at + folder.len()..]);
            let is_whole = !out.chars().chain(before.chars()).next_back().is_some_and(goes_on);
            let word = match after.strip_prefix('/') {
                Some(below) if is_whole => Some((&self.prefix, below)),
                None if is_whole && !after.starts_with(goes_on) => Some((&self.name, after)),
                Some(_) | None => None,
            };
            out.push_str(before);
            let (word, after) = word.unwrap_or((&folder, after));
            out.push_str(word);
            rest = after;
        }
        out + rest
    }
}

/// Passes events on in these words.
pub struct InWords {
    /// The words.
    pub words: PathWords,
    /// Who is told.
    pub reporter: Arc<dyn Reporter>,
}

impl Reporter for InWords {
    fn report(&self, event: Event) {
        self.reporter.report(self.words.event(event));
    }
}

#[cfg(test)]
mod tests {
    use super::{InWords, PathWords};
    use crate::event::{Event, Reporter, Warning};
    use crate::failure::{Failure, FailureKind, Place};
    use crate::testing::recorder::Recorder;
    use std::path::Path;
    use std::sync::Arc;

    fn of_pipeline() -> PathWords {
        PathWords::new([(Path::new("/tmp/x/Source"), "Source")].into_iter())
    }

    #[test]
    fn nobody_is_told_of_the_temporary_folder() {
        let place = |path: &str| Place::in_text(Path::new(path), "A: 1", 0..1);
        let warning = |folder: &str, file: &str| {
            let (logical_id, property) = ("F".to_owned(), "CodeUri".to_owned());
            let (folder, place) = (folder.into(), Some(place(file)));
            Event::Warning(Warning::TemplateFolderPackaged { logical_id, property, folder, place })
        };
        let recorder = Arc::new(Recorder::default());
        let reporter = InWords { words: of_pipeline(), reporter: recorder.clone() };
        reporter.report(warning("/tmp/x/Source", "/tmp/x/Source/t.yaml"));
        reporter.report(Event::FileWritten { path: "/tmp/x/Source/a/b".into() });
        reporter.report(Event::ReadFinished);
        let expected = [
            warning("Source", "Source::t.yaml"),
            Event::FileWritten { path: "Source::a/b".into() },
            Event::ReadFinished,
        ];
        assert_eq!(recorder.events(), expected);
    }

    #[test]
    fn a_path_in_a_text_has_the_words_of_the_path_itself() {
        let typed = PathWords::relative_to(Path::new("/b/x"));
        let rows = [
            (&typed, "cannot read /b/x/a.yaml: gone", "cannot read a.yaml: gone"),
            (&typed, "the folder /b/x is full", "the folder . is full"),
            (&typed, "/b/x → /b/x/t, /b/x", ". → t, ."),
            (&typed, "/b/xy/a /b/x-y /b/x.d/e", "/b/xy/a /b/x-y /b/x.d/e"),
            (&typed, "/a/b/x/t and s3://b/x/key", "/a/b/x/t and s3://b/x/key"),
            (&typed, "'/b/x/b/x/t'", "'b/x/t'"),
            (&typed, "", ""),
            (&of_pipeline(), "/tmp/x/Source/t leads out of /tmp/x/Source", "Source::t leads out of Source"),
            (&PathWords::relative_to(Path::new("/")), "/b/x/t", "/b/x/t"),
            (&PathWords::default(), "/b/x/t", "/b/x/t"),
        ];
        for (words, text, expected) in rows {
            assert_eq!(words.text(text), expected);
            let failure = Failure::new(FailureKind::Usage, text).with_hint(text);
            assert_eq!(words.failure(failure), Failure::new(FailureKind::Usage, expected).with_hint(expected));
        }
        let rows =
            [("/b/x/a b/c", "a b/c"), ("/b/x", "."), ("/b/x y", "/b/x y"), ("t.yaml", "t.yaml"), ("../t", "../t")];
        for (path, expected) in rows {
            assert_eq!(typed.path(Path::new(path)), Path::new(expected), "{path}");
        }
    }
}
