//! What is rehearsed, and where a rehearsal reads and writes.

use std::path::PathBuf;

pub const BUCKET: &str = "pipeline-artifacts";
/// The prefix of the pipeline's artifacts in the bucket.
pub const ARTIFACTS: &str = "rehearsal";
pub const OUTPUT: &str = "PackagedArtifact";
/// Holds the call that would put the result.
const RESULT_FILE: &str = "result.json";

#[derive(Debug, Clone)]
pub struct Rehearsal {
    /// Becomes the input artifact.
    pub folder: PathBuf,
    /// The first operation of the table unless it, or a property of the action, names another one.
    pub operation: Option<String>,
    /// A path below the folder.
    pub template: Option<String>,
    /// Properties of the action.
    pub configuration: Vec<(String, String)>,
    /// Where everything is written.
    pub output: PathBuf,
}

impl Rehearsal {
    /// The call that would put the result, as JSON.
    pub fn result_file(&self) -> PathBuf {
        self.output.join(RESULT_FILE)
    }

    /// The folder of the buckets.
    pub fn buckets(&self) -> PathBuf {
        self.output.join("buckets")
    }

    /// The folder of the stacks, which the next rehearsal compares with.
    pub fn stacks(&self) -> PathBuf {
        self.output.join("stacks")
    }

    /// The folder of what is published.
    pub fn applications(&self) -> PathBuf {
        self.output.join("applications")
    }

    /// Where the output artifact is unpacked.
    pub fn output_folder(&self) -> PathBuf {
        self.output.join(OUTPUT)
    }

    pub fn bucket(&self) -> PathBuf {
        self.buckets().join(BUCKET)
    }

    /// The bucket's folder of the pipeline's artifacts. It is the first folder that a rehearsal creates, and stays.
    pub fn artifacts(&self) -> PathBuf {
        self.bucket().join(ARTIFACTS)
    }
}
