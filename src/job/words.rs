//! What the pipeline calls the files of a job: `Artifact::path`, where the step sees a temporary folder.

pub use crate::path_words::{InWords as InPipelineWords, PathWords as PipelineWords};
