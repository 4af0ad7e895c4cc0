//! A folder → an input artifact → a job → its result and output artifact, in a folder to look at.

mod checks;
mod job_id;
mod place;

pub use place::Rehearsal;

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
use crate::package::{self, Archive, Overwrite, OwnFile, Piece, ReadOptions, Source, SymlinkRule};
use crate::settings::DEFAULT_TEMPLATES;
use bytes::Bytes;
use checks::{check_folder, check_output, hold_output, is_absence};
use job_id::next_job_id;
use place::{ARTIFACTS, BUCKET, OUTPUT};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

/// The operation for which an application takes the place of the template.
const DEPLOY: &str = "deploy";
const INPUT: &str = "SourceArtifact";

/// The end of a rehearsal that ran its job.
#[derive(Debug)]
pub struct Rehearsed {
    pub outcome: Result<Outcome, Failure>,
    /// What was written to the file of the result.
    pub result: Option<String>,
}

/// Archives the input artifact, runs the job, and writes its output artifact and result to the output folder.
pub async fn rehearse<S: ArtifactStore + Clone>(
    rehearsal: &Rehearsal,
    store: &S,
    operations: &impl Operations,
    redactor: &Redactor,
    reporter: &Arc<dyn Reporter>,
    cancellation: impl Future<Output = Failure>,
) -> Result<Rehearsed, Failure> {
    check_output(rehearsal)?;
    let held = hold_output(&rehearsal.output)?;
    let id = next_job_id(&rehearsal.result_file(), &rehearsal.stacks());
    remove_previous(rehearsal)?;
    check_folder(&rehearsal.folder)?;
    let job = queued_job(rehearsal, id)?;
    make_folder(&rehearsal.output)?;
    let _held = held.map_or_else(|| hold_output(&rehearsal.output), |held| Ok(Some(held)))?;
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
    let result = write_result(rehearsal, &services.jobs, &job.id, reporter)?;
    let outcome = match ended {
        Ok(outcome) => unpack_output(rehearsal, &job.outputs[0], store, reporter).await.map(|()| outcome),
        Err(failure) => Err(failure),
    };
    Ok(Rehearsed { outcome, result })
}

/// The files of an earlier rehearsal must not look like those of this one. Code stays in its bucket, as in a pipeline.
fn remove_previous(rehearsal: &Rehearsal) -> Result<(), Failure> {
    let artifacts = rehearsal.artifacts();
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
    // A folder: there is no text to look at.
    let output = OwnFile { path: rehearsal.output.clone(), is_ours: |_| false };
    let options = ReadOptions { symlinks: SymlinkRule::Preserve, own_files: vec![output], ..ReadOptions::default() };
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
) -> Result<Option<String>, Failure> {
    let Some(result) = jobs.result() else { return Ok(None) };
    let text = format!("{:#}\n", result_call(job, &result));
    let path = rehearsal.result_file();
    make_folder(&rehearsal.output)?;
    let written = File::create_new(&path).and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| unwritten(&path, &error))?;
    reporter.report(Event::File(FileEvent::Written { path }));
    Ok(Some(text))
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

fn no_repository() -> Failure {
    Failure::new(FailureKind::Usage, NO_REPOSITORY)
        .with_hint(format!("leave {APPLICATION_ID} out, and name the application's template with --template"))
}

fn no_template(folder: &Path) -> Failure {
    Failure::new(FailureKind::Usage, format!("there is no template in {}", folder.display()))
        .with_hint("name it with --template")
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
