//! The facts that a run reports as they happen. Their wording is the host's.

use crate::failure::Place;
use crate::s3_location::S3Location;
use crate::service_error::ServiceError;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// Every template of the tree was read and its artifacts found.
    Discovered {
        /// The root template, where the command did not name it.
        template: Option<PathBuf>,
        /// Templates in the tree, the root included.
        templates: usize,
        /// Properties that name a local artifact.
        artifacts: usize,
        /// Distinct archives that these make.
        archives: usize,
    },
    /// Reading of the artifacts begins.
    ReadStarted {
        /// Files to read.
        files: usize,
        /// Bytes to read.
        bytes: u64,
    },
    /// So many more bytes were read.
    ReadAdvanced {
        /// Bytes since the last such event.
        bytes: u64,
    },
    /// Every artifact was read without error.
    ReadFinished,
    /// The object is in the bucket already.
    Reused {
        /// Where it is.
        location: S3Location,
        /// The file or folder that it is made of.
        source: PathBuf,
    },
    /// An archive is being made and uploaded.
    UploadStarted {
        /// Where it goes.
        location: S3Location,
        /// The file or folder that it is made of.
        source: PathBuf,
        /// Size of the source in bytes, before compression.
        bytes: u64,
        /// How many buckets the run uploads to.
        buckets: usize,
    },
    /// So many more source bytes were archived for an object.
    UploadAdvanced {
        /// Bytes since the last such event.
        bytes: u64,
    },
    /// The object is in the bucket.
    UploadFinished {
        /// Where it is.
        location: S3Location,
        /// Size of the object in bytes.
        bytes: u64,
    },
    /// A file was written.
    FileWritten {
        /// The file.
        path: PathBuf,
    },
    /// A file of an earlier run was removed, since this one makes none.
    FileRemoved {
        /// The file.
        path: PathBuf,
    },
    /// A job began.
    JobStarted {
        /// The job's id.
        job_id: String,
        /// The pipeline, when the job names it.
        pipeline: Option<String>,
    },
    /// An input artifact was fetched and unpacked.
    ArtifactFetched {
        /// Its name in the pipeline.
        name: String,
        /// Where it was.
        location: S3Location,
        /// Size in bytes.
        bytes: u64,
    },
    /// An output artifact was written.
    ArtifactStored {
        /// Its name in the pipeline.
        name: String,
        /// Where it is.
        location: S3Location,
        /// Size in bytes.
        bytes: u64,
    },
    /// The job's one result was put.
    ResultPut {
        /// The job's id.
        job_id: String,
        /// What was put.
        result: PutResult,
    },
    /// The job's result was not taken, and is put again.
    ResultDelayed {
        /// The job's id.
        job_id: String,
        /// Why not.
        error: ServiceError,
        /// When it is put again.
        again: Duration,
    },
    /// The job had its result already, or is gone: somebody else ended it.
    ResultAlreadyPut {
        /// The job's id.
        job_id: String,
    },
    /// Something about a job worker.
    Worker(WorkerEvent),
    /// Something the user should know.
    Warning(Warning),
}

/// What happens in a job worker, beside its jobs.
#[derive(Debug, Clone, PartialEq)]
pub enum WorkerEvent {
    /// The queue was asked.
    Polled {
        /// How many jobs it offered.
        jobs: usize,
        /// Slots that were free for them.
        free: usize,
        /// Slots with a job in them.
        busy: usize,
        /// For how long the oldest job has been running; zero without one.
        oldest: Duration,
    },
    /// Every slot has a job in it: the queue is not asked.
    Full {
        /// Slots with a job in them.
        busy: usize,
        /// For how long the oldest job has been running.
        oldest: Duration,
    },
    /// The queue could not be asked.
    PollFailed {
        /// Why not.
        error: ServiceError,
        /// When it is asked again.
        again: Duration,
    },
    /// Another worker has the job.
    AcknowledgementLost {
        /// The job's id.
        job_id: String,
    },
    /// An offered job cannot be taken.
    NotTaken {
        /// The job's id.
        job_id: String,
        /// Why not.
        why: String,
    },
    /// A job was acknowledged and begins.
    JobBegan {
        /// The job's id.
        job_id: String,
    },
    /// A job is over.
    JobEnded {
        /// The job's id.
        job_id: String,
        /// How, in the words of the wire: `Succeeded`, `Suspended` or the type of the failure.
        ended: String,
        /// How often its process had to put the result again, after the attempts of the SDK.
        retries: u32,
        /// How long it took.
        took: Duration,
    },
    /// The process of a job ended without a word; the worker reports in its place.
    ProcessLost {
        /// The job's id.
        job_id: String,
        /// How it ended.
        how: String,
    },
    /// No more jobs are taken.
    Draining {
        /// Jobs that still run.
        running: usize,
    },
    /// The host would not be told that work is under way, or over.
    ProtectionFailed {
        /// Why not.
        why: String,
    },
}

/// The kinds of a job's result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PutResult {
    /// The job succeeded.
    Success,
    /// It failed.
    Failure,
    /// It goes on in another job.
    Suspended,
}

/// Things that are allowed and likely not meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Warning {
    /// A property that names no code packages the folder of the template, as the peers do.
    TemplateFolderPackaged {
        /// The resource.
        logical_id: String,
        /// The missing property.
        property: String,
        /// The folder.
        folder: PathBuf,
        /// Where in the template.
        place: Option<Place>,
    },
    /// Unzipped, the archive is larger than Lambda takes.
    OverLambdaLimit {
        /// The source.
        source: PathBuf,
        /// Unzipped size in bytes.
        bytes: u64,
        /// The limit in bytes.
        limit: u64,
        /// The biggest folders or files directly below the source, with their sizes.
        biggest: Vec<(PathBuf, u64)>,
    },
    /// A symbolic link leads out of the artifact's folder; what it points at is archived.
    LinkLeavesFolder {
        /// The link.
        link: PathBuf,
        /// What it points at.
        target: PathBuf,
    },
    /// A path depends on a loop over a parameter, whose value cannot change any more.
    LoopFrozen {
        /// The loop's key.
        name: String,
        /// The parameter.
        parameter: String,
        /// Its value.
        values: Vec<String>,
        /// Where in the template.
        place: Option<Place>,
    },
    /// An image is not packaged.
    ImageLeftAlone {
        /// The function.
        logical_id: String,
        /// Where in the template.
        place: Option<Place>,
    },
    /// Parts of an object that was given up could not be removed; they cost money until they are.
    PartsLeftBehind {
        /// The object that they would have become.
        location: S3Location,
        /// Why they could not be removed.
        error: ServiceError,
    },
    /// A packaged template is written as JSON, since with its comments CloudFormation would not read it.
    CommentsLeftOut {
        /// The template.
        template: PathBuf,
    },
    /// A configuration file has a key that no flag has.
    UnknownConfigurationKey {
        /// The configuration file.
        file: PathBuf,
        /// The key.
        key: String,
        /// The nearest key that exists.
        nearest: Option<String>,
        /// Where it stands, when that is known.
        place: Option<Place>,
    },
    /// A value stands in a section of a configuration file beside the table of its values, where nobody reads it.
    ConfigurationKeyMisplaced {
        /// The configuration file.
        file: PathBuf,
        /// The key.
        key: String,
        /// The section, with its environment: `default.package`.
        section: String,
        /// Where it stands, when that is known.
        place: Option<Place>,
    },
    /// A variable looks like that of an option, and no command has the option. Its value may be a secret.
    UnknownVariable {
        /// The variable.
        name: String,
        /// The nearest variable that is read.
        nearest: Option<String>,
    },
    /// A template configuration holds the value of a `NoEcho` parameter in clear text.
    SecretInClearText {
        /// The parameter.
        parameter: String,
        /// Where it is given; the line shows no value.
        place: Option<Place>,
    },
    /// The value of a `NoEcho` parameter is not written to a template configuration that is made.
    SecretLeftOut {
        /// The parameter.
        parameter: String,
        /// The file in which it is given a value.
        file: PathBuf,
        /// Where in the file, when that is known; the line shows no value.
        place: Option<Place>,
    },
}

/// How a run ended well.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outcome {
    /// One line for people.
    pub summary: String,
    /// Named values for the next step.
    pub outputs: BTreeMap<String, String>,
}

/// Who turns events into words.
pub trait Reporter: Send + Sync {
    /// Takes note of an event. Never fails and never waits long.
    fn report(&self, event: Event);
}

/// A size in words: bytes below 1 kB, then one decimal in powers of ten.
pub fn human_bytes(bytes: u64) -> String {
    let units = ["kB", "MB", "GB", "TB"];
    let mut size = bytes as f64;
    let mut named = None;
    for unit in units {
        if size < 999.95 {
            break;
        }
        size /= 1000.0;
        named = Some(unit);
    }
    named.map_or_else(|| format!("{bytes} B"), |unit| format!("{size:.1} {unit}"))
}

#[cfg(test)]
mod tests {
    use super::human_bytes;

    #[test]
    fn a_size_has_one_decimal_from_a_thousand_bytes_on() {
        let rows = [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.0 kB"),
            (3_149_999, "3.1 MB"),
            (999_960, "1.0 MB"),
            (5_000_000_000, "5.0 GB"),
        ];
        for (bytes, expected) in rows {
            assert_eq!(human_bytes(bytes), expected);
        }
    }
}
