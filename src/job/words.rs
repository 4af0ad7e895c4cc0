//! What the pipeline calls the files of a job: `Artifact::path`, where the step sees a temporary folder.

use crate::event::{Event, Reporter, Warning};
use crate::failure::Place;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The folders of the input artifacts, each with the artifact's name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PipelineWords(Vec<(String, String)>);

impl PipelineWords {
    /// Learns the words for the folders of artifacts.
    pub fn new<'a>(artifacts: impl Iterator<Item = (&'a Path, &'a str)>) -> Self {
        Self(artifacts.map(|(folder, name)| (folder.display().to_string(), name.to_owned())).collect())
    }

    /// The text in these words.
    pub fn text(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, (folder, name)| {
            text.replace(&format!("{folder}/"), &format!("{name}::")).replace(folder, name)
        })
    }

    /// The path in these words.
    pub fn path(&self, path: &Path) -> PathBuf {
        PathBuf::from(self.text(&path.display().to_string()))
    }

    /// The place in these words.
    pub fn place(&self, place: Place) -> Place {
        Place { path: self.path(&place.path), ..place }
    }

    fn event(&self, event: Event) -> Event {
        match event {
            Event::Reused { location, source } => Event::Reused { location, source: self.path(&source) },
            Event::UploadStarted { location, source, bytes, buckets } => {
                Event::UploadStarted { location, source: self.path(&source), bytes, buckets }
            }
            Event::FileWritten { path } => Event::FileWritten { path: self.path(&path) },
            Event::FileRemoved { path } => Event::FileRemoved { path: self.path(&path) },
            Event::Warning(warning) => Event::Warning(self.warning(warning)),
            other @ (Event::Discovered { .. }
            | Event::ReadStarted { .. }
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

    fn warning(&self, warning: Warning) -> Warning {
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

/// Passes events on in the pipeline's words.
pub struct InPipelineWords {
    /// The words.
    pub words: PipelineWords,
    /// Who is told.
    pub reporter: Arc<dyn Reporter>,
}

impl Reporter for InPipelineWords {
    fn report(&self, event: Event) {
        self.reporter.report(self.words.event(event));
    }
}

#[cfg(test)]
mod tests {
    use super::{InPipelineWords, PipelineWords};
    use crate::event::{Event, Reporter, Warning};
    use crate::failure::Place;
    use crate::testing::recorder::Recorder;
    use std::path::Path;
    use std::sync::Arc;

    #[test]
    fn nobody_is_told_of_the_temporary_folder() {
        let words = PipelineWords::new([(Path::new("/tmp/x/Source"), "Source")].into_iter());
        let place = |path: &str| Place::in_text(Path::new(path), "A: 1", 0..1);
        let warning = |folder: &str, file: &str| {
            let (logical_id, property) = ("F".to_owned(), "CodeUri".to_owned());
            let (folder, place) = (folder.into(), Some(place(file)));
            Event::Warning(Warning::TemplateFolderPackaged { logical_id, property, folder, place })
        };
        let recorder = Arc::new(Recorder::default());
        let reporter = InPipelineWords { words, reporter: recorder.clone() };
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
}
