//! A folder → an input artifact → a job → its result, left in a folder to look at.

use super::jobs::{LocalJobs, on_the_wire};
use crate::facts::{
    Event, Explain, Failure, FailureKind, FileEvent, Outcome, Redactor, Reporter, S3Location, Secret, ServiceError,
};
use crate::job::{
    ActionConfiguration, ArtifactCredentials, ArtifactStore, InputError, Job, JobId, JobOptions, JobResult, Operations,
    PipelineArtifact, PipelineContext, Services, run, unpack_artifact,
};
use crate::package::{self, Archive, Overwrite, Piece, ReadOptions, Source, SymlinkRule};
use crate::settings::DEFAULT_TEMPLATES;
use bytes::Bytes;
use std::io;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

const JOB_ID: &str = "00000000-0000-4000-8000-000000000000";
const BUCKET: &str = "pipeline-artifacts";
/// Where the artifacts of the pipeline are in the bucket.
const ARTIFACTS: &str = "rehearsal";
const INPUT: &str = "SourceArtifact";
const OUTPUT: &str = "PackagedArtifact";
const TEMPLATE_PATH: &str = "TemplatePath";
/// The call that would carry the result to CodePipeline.
const RESULT_FILE: &str = "result.json";

/// What is rehearsed.
#[derive(Debug, Clone)]
pub struct Rehearsal {
    /// The folder that a pipeline would hand over as the input artifact.
    pub folder: PathBuf,
    /// The template, a path below the folder.
    pub template: Option<String>,
    /// Properties of the action.
    pub configuration: Vec<(String, String)>,
    /// Where everything is left to look at.
    pub output: PathBuf,
}

impl Rehearsal {
    /// The call that would carry the result to CodePipeline, as JSON.
    pub fn result_file(&self) -> PathBuf {
        self.output.join(RESULT_FILE)
    }

    /// The folder of the buckets.
    pub fn buckets(&self) -> PathBuf {
        self.output.join("buckets")
    }

    /// The output artifact, unpacked.
    fn output_folder(&self) -> PathBuf {
        self.output.join(OUTPUT)
    }
}

/// Why a rehearsal could not even begin, or its end not be shown.
#[derive(Debug, thiserror::Error)]
pub enum RehearsalError {
    /// The folder is not there.
    #[error("there is no folder {}", .0.display())]
    NoFolder(PathBuf),
    /// A file where the folder should be.
    #[error("{} is a file, not a folder", .0.display())]
    FileForFolder(PathBuf),
    /// No template is named or found.
    #[error("there is no template in {}", .0.display())]
    NoTemplate(PathBuf),
    /// A file of the output folder could not be written.
    #[error("write {}", .0.display())]
    Write(PathBuf, #[source] io::Error),
    /// The store in the folder does not work.
    #[error("keep the artifacts of the rehearsal")]
    Store(#[source] ServiceError),
    /// The output artifact cannot be read back.
    #[error("read the output artifact back")]
    Output(#[source] InputError),
}

impl Explain for RehearsalError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::NoFolder(_) | Self::FileForFolder(_) | Self::NoTemplate(_) | Self::Write(..) => FailureKind::Usage,
            Self::Store(error) => error.kind(),
            Self::Output(_) => FailureKind::Internal,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::NoFolder(_) => Some("name the folder that holds the template".to_owned()),
            Self::FileForFolder(_) => {
                Some("name the folder that holds it, and the template with --template".to_owned())
            }
            Self::NoTemplate(_) => Some("name it with --template".to_owned()),
            Self::Write(..) => Some("choose another folder with --output".to_owned()),
            Self::Store(error) => error.hint(),
            Self::Output(_) => None,
        }
    }
}

/// Makes the input artifact, queues a job, runs it, and leaves the output artifact and the result in the output folder.
pub async fn rehearse<S: ArtifactStore + Clone>(
    rehearsal: &Rehearsal,
    store: &S,
    operations: &impl Operations,
    redactor: &Redactor,
    reporter: &Arc<dyn Reporter>,
    cancellation: impl Future<Output = Failure>,
) -> Result<Outcome, Failure> {
    forget_last(rehearsal)?;
    check_folder(&rehearsal.folder)?;
    let job = queued_job(rehearsal)?;
    let input = archive_folder(rehearsal, reporter).await?;
    let put = store.put(&job.inputs[0].location, input, Overwrite::Always).await;
    put.map_err(RehearsalError::Store)?;
    let mut services = LocalServices { store: store.clone(), jobs: LocalJobs::with(job.clone()) };
    let mut cancellation = pin!(cancellation);
    let options = JobOptions { redactor: redactor.clone(), ..JobOptions::default() };
    let ended = loop {
        let Some(taken) = services.jobs.take() else {
            return Err(Failure::new(FailureKind::Internal, "the queue of one lost its job"));
        };
        let ended = run(&taken, &services, operations, &options, reporter, cancellation.as_mut()).await;
        match services.jobs.result() {
            Some(JobResult::Suspended(it)) => {
                services.jobs = LocalJobs::with(Job { continuation_token: Some(it.token), ..taken })
            }
            Some(JobResult::Success(_) | JobResult::Failure(_)) | None => break ended,
        }
    };
    write_result(rehearsal, &services.jobs, &job.id, reporter)?;
    let outcome = ended?;
    show_output(rehearsal, &job.outputs[0], store, reporter).await?;
    Ok(outcome)
}

/// What an earlier rehearsal left must not pass for the result and the artifacts of this one. Code stays in its bucket,
/// as it would.
fn forget_last(rehearsal: &Rehearsal) -> Result<(), RehearsalError> {
    let artifacts = rehearsal.buckets().join(BUCKET).join(ARTIFACTS);
    let folders = [rehearsal.output_folder(), artifacts.join(INPUT), artifacts.join(OUTPUT)];
    folders.into_iter().try_for_each(|folder| gone(std::fs::remove_dir_all(&folder), folder))?;
    let file = rehearsal.result_file();
    gone(std::fs::remove_file(&file), file)
}

fn gone(removed: io::Result<()>, path: PathBuf) -> Result<(), RehearsalError> {
    match removed {
        Err(error) if !matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            Err(RehearsalError::Write(path, error))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

/// A folder that cannot be looked at is told when it is read.
fn check_folder(folder: &Path) -> Result<(), RehearsalError> {
    match std::fs::metadata(folder) {
        Ok(found) if !found.is_dir() => Err(RehearsalError::FileForFolder(folder.to_path_buf())),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            Err(RehearsalError::NoFolder(folder.to_path_buf()))
        }
        Ok(_) | Err(_) => Ok(()),
    }
}

/// The services of a rehearsal.
struct LocalServices<S> {
    store: S,
    jobs: LocalJobs,
}

impl<S: ArtifactStore + Clone> Services for LocalServices<S> {
    type Artifacts = S;
    type Jobs = LocalJobs;

    async fn artifacts(&self, _: &Job) -> Result<S, Failure> {
        Ok(self.store.clone())
    }

    fn jobs(&self) -> &LocalJobs {
        &self.jobs
    }

    async fn pause(&self, _: Duration) {
        // The queue of one is never busy.
    }
}

/// The job that CodePipeline would hand out.
fn queued_job(rehearsal: &Rehearsal) -> Result<Job, RehearsalError> {
    let artifact = |name: &str, file: &str| PipelineArtifact {
        name: name.to_owned(),
        location: S3Location::new(BUCKET, format!("{ARTIFACTS}/{name}/{file}")),
        revision: None,
    };
    let mut properties = rehearsal.configuration.clone();
    if !properties.iter().any(|(name, _)| name == TEMPLATE_PATH) || rehearsal.template.is_some() {
        properties.push((TEMPLATE_PATH.to_owned(), format!("{INPUT}::{}", template_of(rehearsal)?)));
    }
    Ok(Job {
        id: JobId::new(JOB_ID).expect("the id is well-formed"),
        pipeline: Some(PipelineContext {
            pipeline: "rehearsal".to_owned(),
            stage: None,
            action: None,
            action_execution_id: None,
            pipeline_execution_id: None,
        }),
        configuration: ActionConfiguration::new(properties),
        inputs: vec![artifact(INPUT, "input.zip")],
        outputs: vec![artifact(OUTPUT, "output.zip")],
        credentials: Some(ArtifactCredentials {
            access_key_id: "rehearsal-key-id".to_owned(),
            secret_access_key: Secret::new("rehearsal-secret-key"),
            session_token: Secret::new("rehearsal-session-token"),
        }),
        encryption_key: None,
        continuation_token: None,
    })
}

fn template_of(rehearsal: &Rehearsal) -> Result<&str, RehearsalError> {
    let found = || DEFAULT_TEMPLATES.into_iter().find(|template| rehearsal.folder.join(template).is_file());
    let named = rehearsal.template.as_deref().or_else(found);
    named.ok_or_else(|| RehearsalError::NoTemplate(rehearsal.folder.clone()))
}

/// The input artifact: links stay links, our own output is left out.
async fn archive_folder(rehearsal: &Rehearsal, reporter: &Arc<dyn Reporter>) -> Result<Bytes, Failure> {
    let source = Source::Folder(rehearsal.folder.clone());
    let options = ReadOptions {
        symlinks: SymlinkRule::Preserve,
        excluded: vec![std::path::absolute(&rehearsal.output).unwrap_or_else(|_| rehearsal.output.clone())],
        ..ReadOptions::default()
    };
    let reporter = Arc::clone(reporter);
    let archived = tokio::task::spawn_blocking(move || {
        let read = package::read_all(&[source], &options, reporter.as_ref());
        let archives = read.into_iter().collect::<Result<Vec<Archive>, _>>()?;
        let mut bytes = Vec::new();
        let archives: Vec<_> = archives.iter().collect();
        package::write_all(&archives, reporter.as_ref(), &mut |piece| {
            match piece {
                Piece::Bytes(piece) => bytes.extend_from_slice(&piece),
                Piece::End => {}
            }
            Ok(())
        })?;
        Ok(Bytes::from(bytes))
    });
    archived.await.map_err(|error| Failure::new(FailureKind::Internal, format!("archive the folder: {error}")))?
}

fn write_result(
    rehearsal: &Rehearsal,
    jobs: &LocalJobs,
    job: &JobId,
    reporter: &Arc<dyn Reporter>,
) -> Result<(), RehearsalError> {
    let Some(result) = jobs.result() else { return Ok(()) };
    let text = format!("{:#}\n", on_the_wire(job, &result));
    let path = rehearsal.result_file();
    make_folder(&rehearsal.output)?;
    std::fs::write(&path, text).map_err(|error| RehearsalError::Write(path.clone(), error))?;
    reporter.report(Event::File(FileEvent::Written { path }));
    Ok(())
}

/// Unpacks the output artifact beside its bucket.
async fn show_output(
    rehearsal: &Rehearsal,
    artifact: &PipelineArtifact,
    store: &impl ArtifactStore,
    reporter: &Arc<dyn Reporter>,
) -> Result<(), RehearsalError> {
    make_folder(&rehearsal.output)?;
    unpack_artifact(artifact, store, &rehearsal.output).await.map_err(RehearsalError::Output)?;
    reporter.report(Event::File(FileEvent::Written { path: rehearsal.output_folder() }));
    Ok(())
}

fn make_folder(path: &Path) -> Result<(), RehearsalError> {
    std::fs::create_dir_all(path).map_err(|error| RehearsalError::Write(path.to_path_buf(), error))
}

#[cfg(test)]
mod tests {
    use super::{Rehearsal, rehearse};
    use crate::facts::{Failure, FailureKind, Made, Outcome, Redactor, Report, Reporter, Role, S3Location};
    use crate::job::{Inputs, Operations};
    use crate::operation::action::{Action, ArtifactPath, InputFiles};
    use crate::operation::{Advance, Pending, Row, State};
    use crate::testing::artifacts::FakeArtifacts;
    use crate::testing::recorder::Recorder;
    use std::collections::BTreeMap;
    use std::fs;
    use std::future::pending;
    use std::sync::Arc;
    use std::time::Duration;

    /// Copies the template, and lists the files beside it.
    struct Copies;

    impl Operations for Copies {
        type Request = BTreeMap<String, String>;

        fn parse(&self, _: &Row, action: Action<'_>) -> Result<Self::Request, Failure> {
            Ok(action.properties)
        }

        async fn advance(
            &self,
            properties: &Self::Request,
            inputs: &Inputs,
            state: Option<State>,
            _: &Arc<dyn Reporter>,
        ) -> Result<Advance, Failure> {
            if properties.contains_key("Fail") {
                return Err(Failure::new(FailureKind::Failed, "told to fail"));
            }
            if state.is_none() && properties.contains_key("Wait") {
                return Ok(Advance::Pending(Pending {
                    state: State("waits".to_owned()),
                    wait: Duration::from_secs(5),
                    percent: 5,
                    summary: "waits".to_owned(),
                    link: None,
                }));
            }
            let file = inputs.find(&ArtifactPath::parse(&properties["TemplatePath"]).unwrap())?;
            let mut beside: Vec<_> = fs::read_dir(&file.root)
                .unwrap()
                .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                .collect();
            beside.sort();
            let text = fs::read_to_string(&file.path).unwrap();
            Ok(Advance::Done(Report {
                files: vec![Made { role: Role::Result, path: Some("packaged.json".into()), text }],
                outcome: Outcome { summary: beside.join(" "), outputs: [].into() },
                ..Report::default()
            }))
        }
    }

    fn run(rehearsal: &Rehearsal) -> Result<Outcome, Failure> {
        let store = FakeArtifacts::with(&S3Location::new("b", "k"), "");
        let reporter: Arc<dyn Reporter> = Arc::new(Recorder::default());
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(rehearse(rehearsal, &store, &Copies, &Redactor::default(), &reporter, pending()))
    }

    #[test]
    fn a_rehearsal_leaves_the_output_artifact_and_the_result() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("template.json"), "{}").unwrap();
        fs::write(folder.path().join("app.py"), "").unwrap();
        let rehearsal = Rehearsal {
            folder: folder.path().to_path_buf(),
            template: None,
            configuration: [("S3Prefix", "app"), ("Wait", "once")]
                .map(|(key, value)| (key.to_owned(), value.to_owned()))
                .into(),
            output: folder.path().join("out"),
        };
        // The second run finds the output of the first in the folder and leaves it out.
        for _ in 0..2 {
            assert_eq!(run(&rehearsal).unwrap().summary, "app.py template.json");
        }
        let packaged = fs::read_to_string(folder.path().join("out/PackagedArtifact/packaged.json")).unwrap();
        let result = fs::read_to_string(folder.path().join("out/result.json")).unwrap();
        assert_eq!(packaged, "{}");
        assert!(result.contains("\"summary\": \"app.py template.json\""), "{result}");
    }

    #[test]
    fn a_failure_leaves_a_result_too() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("t.yaml"), "A: 1").unwrap();
        let mut rehearsal = Rehearsal {
            folder: folder.path().to_path_buf(),
            template: None,
            configuration: vec![("Fail".to_owned(), "true".to_owned())],
            output: folder.path().join("a/b"),
        };
        let failure = run(&rehearsal).unwrap_err();
        assert!(failure.cause().starts_with("there is no template in "), "{}", failure.cause());
        rehearsal.template = Some("t.yaml".to_owned());
        assert_eq!(run(&rehearsal).unwrap_err().cause(), "told to fail");
        let result = fs::read_to_string(folder.path().join("a/b/result.json")).unwrap();
        assert!(result.contains("\"type\": \"JobFailed\""), "{result}");
    }
}
