//! A folder → an input artifact → a job → its result and output artifact, in a folder to look at.

mod job_id;

use super::applications::NO_REPOSITORY;
use super::jobs::{LocalJobs, result_call};
use crate::facts::{
    Event, Failure, FailureKind, FileEvent, Outcome, Problem, Redactor, Reporter, S3Location, Secret, ServiceError,
};
use crate::job::{
    ActionConfiguration, ArtifactCredentials, ArtifactStore, Job, JobId, JobOptions, JobResult, Operations,
    PipelineArtifact, PipelineContext, Services, run, unpack_artifact,
};
use crate::operation::action::{APPLICATION_ID, OPERATION, all_properties};
use crate::operation::find_row;
use crate::package::{self, Archive, Overwrite, Piece, ReadOptions, Source, SymlinkRule};
use crate::settings::DEFAULT_TEMPLATES;
use crate::text::with_nearest_name;
use bytes::Bytes;
use job_id::{is_of_rehearsal, next_job_id};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

const BUCKET: &str = "pipeline-artifacts";
/// The prefix of the pipeline's artifacts in the bucket.
const ARTIFACTS: &str = "rehearsal";
/// The operation for which an application takes the place of the template.
const DEPLOY: &str = "deploy";
const INPUT: &str = "SourceArtifact";
const OUTPUT: &str = "PackagedArtifact";
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
    fn output_folder(&self) -> PathBuf {
        self.output.join(OUTPUT)
    }
}

/// Archives the input artifact, runs the job, and writes its output artifact and result to the output folder.
pub async fn rehearse<S: ArtifactStore + Clone>(
    rehearsal: &Rehearsal,
    store: &S,
    operations: &impl Operations,
    redactor: &Redactor,
    reporter: &Arc<dyn Reporter>,
    cancellation: impl Future<Output = Failure>,
) -> Result<Outcome, Failure> {
    check_links(rehearsal)?;
    check_result(rehearsal)?;
    let id = next_job_id(&rehearsal.result_file(), &rehearsal.stacks());
    remove_previous(rehearsal)?;
    check_folder(&rehearsal.folder)?;
    let job = queued_job(rehearsal, id)?;
    let input = archive_folder(rehearsal, reporter).await?;
    let put = store.put(&job.inputs[0].location, input, Overwrite::Always).await;
    put.map_err(unstored)?;
    let mut services = LocalServices { store: store.clone(), jobs: LocalJobs::new(job.clone()) };
    let mut cancellation = pin!(cancellation);
    let options = JobOptions { redactor: redactor.clone(), ..JobOptions::default() };
    let ended = loop {
        let Some(taken) = services.jobs.take() else {
            return Err(Failure::new(FailureKind::Internal, "the queue lost its job"));
        };
        let ended = run(&taken, &services, operations, &options, reporter, cancellation.as_mut()).await;
        match services.jobs.result() {
            Some(JobResult::Suspended(it)) => {
                services.jobs = LocalJobs::new(Job { continuation_token: Some(it.token), ..taken })
            }
            Some(JobResult::Success(_) | JobResult::Failure(_)) | None => break ended,
        }
    };
    write_result(rehearsal, &services.jobs, &job.id, reporter)?;
    let outcome = ended?;
    unpack_output(rehearsal, &job.outputs[0], store, reporter).await?;
    Ok(outcome)
}

/// The files of an earlier rehearsal must not look like those of this one. Code stays in its bucket, as in a pipeline.
fn remove_previous(rehearsal: &Rehearsal) -> Result<(), Failure> {
    let artifacts = rehearsal.buckets().join(BUCKET).join(ARTIFACTS);
    let folders = [rehearsal.output_folder(), rehearsal.applications(), artifacts.join(INPUT), artifacts.join(OUTPUT)];
    folders.into_iter().try_for_each(|folder| removed(std::fs::remove_dir_all(&folder), &folder))?;
    let files = [rehearsal.result_file(), rehearsal.output.join(format!("{OUTPUT}.object"))];
    files.into_iter().try_for_each(|file| removed(std::fs::remove_file(&file), &file))
}

fn removed(result: io::Result<()>, path: &Path) -> Result<(), Failure> {
    match result {
        Err(error) if !is_absence(&error) => Err(unwritten(path, &error)),
        Ok(()) | Err(_) => Ok(()),
    }
}

fn is_absence(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// An application from elsewhere may hold a link where a rehearsal writes.
fn check_links(rehearsal: &Rehearsal) -> Result<(), Failure> {
    let bucket = rehearsal.buckets().join(BUCKET);
    let artifacts = bucket.join(ARTIFACTS);
    let written = [rehearsal.stacks(), rehearsal.applications()];
    let folders = [rehearsal.output.clone(), rehearsal.buckets(), bucket, artifacts].into_iter().chain(written);
    let folders: Vec<_> = folders.collect();
    let link = folders.iter().find(|folder| folder.is_symlink());
    link.map_or(Ok(()), |link| Err(is_link(link)))
}

/// A file with the name of the result that no rehearsal wrote is the user's.
fn check_result(rehearsal: &Rehearsal) -> Result<(), Failure> {
    let path = rehearsal.result_file();
    match std::fs::symlink_metadata(&path) {
        Ok(found) if found.is_file() && !std::fs::read_to_string(&path).is_ok_and(|text| is_of_rehearsal(&text)) => {
            Err(Failure::new(FailureKind::Usage, format!("{} is not the result of a rehearsal", path.display()))
                .with_hint("choose another folder with --output: the result has this name"))
        }
        Ok(_) | Err(_) => Ok(()),
    }
}

/// Other errors are reported when the folder is read.
fn check_folder(folder: &Path) -> Result<(), Failure> {
    match std::fs::metadata(folder) {
        Ok(found) if !found.is_dir() => Err(file_for_folder(folder)),
        Err(error) if is_absence(&error) => Err(no_folder(folder)),
        Ok(_) | Err(_) => Ok(()),
    }
}

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
        // The queue never fails, so nothing is retried.
    }
}

/// The job that CodePipeline would queue.
fn queued_job(rehearsal: &Rehearsal, id: JobId) -> Result<Job, Failure> {
    let artifact = |name: &str, file: &str| PipelineArtifact {
        name: name.to_owned(),
        location: S3Location::new(BUCKET, format!("{ARTIFACTS}/{name}/{file}")),
        revision: None,
    };
    Ok(Job {
        id,
        pipeline: Some(PipelineContext {
            pipeline: "rehearsal".to_owned(),
            stage: None,
            action: None,
            action_execution_id: None,
            pipeline_execution_id: None,
        }),
        configuration: ActionConfiguration::new(properties(rehearsal)?),
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

/// The properties of the action, with the template that is found in the folder.
fn properties(rehearsal: &Rehearsal) -> Result<BTreeMap<String, String>, Failure> {
    let mut properties: BTreeMap<_, _> = rehearsal.configuration.iter().cloned().collect();
    properties.extend(rehearsal.operation.iter().map(|name| (OPERATION.to_owned(), name.clone())));
    let row = find_row(&mut properties.clone())?;
    if row.name == DEPLOY && names_application(&properties) {
        return Err(no_repository());
    }
    let property = row.template_property;
    if !properties.contains_key(property) || rehearsal.template.is_some() {
        properties.insert(property.to_owned(), format!("{INPUT}::{}", template(rehearsal)?));
    }
    Ok(properties)
}

/// Whether a property of the action, or one in `Options`, is the application to deploy.
fn names_application(properties: &BTreeMap<String, String>) -> bool {
    let pairs = properties.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    all_properties(pairs).is_ok_and(|all| all.contains_key(APPLICATION_ID))
}

fn template(rehearsal: &Rehearsal) -> Result<&str, Failure> {
    let found = || DEFAULT_TEMPLATES.into_iter().find(|template| rehearsal.folder.join(template).is_file());
    let named = rehearsal.template.as_deref().or_else(found);
    named.ok_or_else(|| no_template(&rehearsal.folder))
}

/// The input artifact: keeps links, and leaves out the output folder.
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
) -> Result<(), Failure> {
    let Some(result) = jobs.result() else { return Ok(()) };
    let text = format!("{:#}\n", result_call(job, &result));
    let path = rehearsal.result_file();
    make_folder(&rehearsal.output)?;
    let written = File::create_new(&path).and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| unwritten(&path, &error))?;
    reporter.report(Event::File(FileEvent::Written { path }));
    Ok(())
}

/// Unpacks the output artifact, for people to look at.
async fn unpack_output(
    rehearsal: &Rehearsal,
    artifact: &PipelineArtifact,
    store: &impl ArtifactStore,
    reporter: &Arc<dyn Reporter>,
) -> Result<(), Failure> {
    make_folder(&rehearsal.output)?;
    unpack_artifact(artifact, store, &rehearsal.output).await.map_err(unreadable_output)?;
    reporter.report(Event::File(FileEvent::Written { path: rehearsal.output_folder() }));
    Ok(())
}

fn make_folder(path: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(path).map_err(|error| unwritten(path, &error))
}

fn no_folder(path: &Path) -> Failure {
    Failure::new(FailureKind::Usage, format!("there is no folder {}", path.display()))
        .with_hint(with_nearest_name(path, "name the folder that holds the template"))
}

fn file_for_folder(path: &Path) -> Failure {
    Failure::new(FailureKind::Usage, format!("{} is a file, not a folder", path.display()))
        .with_hint("name the folder that holds it, and the template with --template")
}

fn no_repository() -> Failure {
    Failure::new(FailureKind::Usage, NO_REPOSITORY)
        .with_hint(format!("leave {APPLICATION_ID} out, and name the application's template with --template"))
}

fn no_template(folder: &Path) -> Failure {
    Failure::new(FailureKind::Usage, format!("there is no template in {}", folder.display()))
        .with_hint("name it with --template")
}

fn is_link(path: &Path) -> Failure {
    Failure::new(FailureKind::Usage, format!("{} is a symbolic link, through which nothing is written", path.display()))
        .with_hint("choose another folder with --output")
}

fn unwritten(path: &Path, error: &io::Error) -> Failure {
    Failure::new(FailureKind::Usage, format!("cannot write {}: {error}", path.display()))
        .with_hint("choose another folder with --output")
}

fn unstored(error: ServiceError) -> Failure {
    within("cannot store the input artifact", Failure::from(error))
}

fn unreadable_output(failure: Failure) -> Failure {
    within("cannot read the output artifact", Failure { kind: FailureKind::Internal, ..failure })
}

fn within(message: &str, failure: Failure) -> Failure {
    failure.map(|problem| Problem { message: format!("{message}: {}", problem.message), ..problem })
}

#[cfg(test)]
mod tests;
