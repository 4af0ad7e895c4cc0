//! JSON → `Job`, from each of the documents that hold a job.

use super::{ActionConfiguration, ArtifactCredentials, EncryptionKey, Job, JobId, PipelineArtifact, PipelineContext};
use crate::facts::{Failure, FailureKind, S3Location, Secret};
use crate::operation::action;
use crate::text::json::{Cursor, Document, JsonError};
use std::collections::HashSet;
use std::io::{self, BufRead, Read};
use std::path::Path;

/// Bytes of a job. CodePipeline limits its configuration to 100 KB, and nothing else in it is long.
const JOB_LIMIT: u64 = 4 << 20;
/// Characters of a property's name and value (CodePipeline quotas).
const KEY_LIMIT: usize = 50;
const VALUE_LIMIT: usize = 1000;

/// Why a job could not be read.
#[derive(Debug)]
pub struct JobError {
    /// The job's id if it could be read: the failure of such a job can be reported.
    job_id: Option<JobId>,
    failure: Failure,
}

impl JobError {
    pub fn job_id(&self) -> Option<&JobId> {
        self.job_id.as_ref()
    }
}

impl From<JobError> for Failure {
    fn from(error: JobError) -> Self {
        error.failure
    }
}

/// Who gave a job: its errors name a document only to a reader who has it.
#[derive(Debug, Clone, Copy)]
pub enum Origin<'a> {
    /// A file or stream of this name, which a person chose.
    Document(&'a str),
    /// CodePipeline, through a worker or as the event of a function.
    Service,
}

impl Origin<'_> {
    fn subject(self) -> String {
        match self {
            Self::Document(name) => format!("the job in {name}"),
            Self::Service => "the job".to_owned(),
        }
    }

    fn unreadable(self, error: &io::Error) -> JobError {
        self.without_id(format!("cannot read {}: {error}", self.subject()))
    }

    fn too_long(self) -> JobError {
        self.without_id(format!("{} is larger than {JOB_LIMIT} bytes", self.subject()))
    }

    fn malformed(self, error: &JsonError, job_id: Option<JobId>) -> JobError {
        let separator = if error.path.is_empty() { " " } else { ": " };
        let error = match self {
            Self::Document(_) => error.to_string(),
            Self::Service if error.path.is_empty() => error.problem.clone(),
            Self::Service => format!("{} {}", error.path, error.problem),
        };
        JobError { job_id, ..self.without_id(format!("{}{separator}{error}", self.subject())) }
    }

    fn without_id(self, message: String) -> JobError {
        let failure = Failure::new(FailureKind::Usage, message);
        let hint = "give the JSON of a job from PollForJobs, the response of GetJobDetails, or a Lambda event with \
                    CodePipeline.job";
        JobError {
            job_id: None,
            failure: match self {
                Self::Document(_) => failure.with_hint(hint),
                Self::Service => failure,
            },
        }
    }
}

impl Job {
    /// Reads a job from a file, or from standard input for `-`.
    pub fn load(path: &Path) -> Result<Self, JobError> {
        let is_stdin = path == Path::new("-");
        let name = if is_stdin { "standard input".to_owned() } else { path.display().to_string() };
        let origin = Origin::Document(&name);
        let mut bytes = Vec::new();
        let read = if is_stdin {
            io::stdin().lock().take(JOB_LIMIT + 1).read_to_end(&mut bytes)
        } else {
            std::fs::File::open(path).and_then(|file| file.take(JOB_LIMIT + 1).read_to_end(&mut bytes))
        };
        match read {
            Ok(count) if count as u64 > JOB_LIMIT => Err(origin.too_long()),
            Ok(_) => Self::parse(origin, &bytes),
            Err(error) => Err(origin.unreadable(&error)),
        }
    }

    /// Reads a job from the next line of a worker, and nothing after it.
    pub fn read_line(stream: &mut impl BufRead) -> Result<Self, JobError> {
        let origin = Origin::Service;
        let mut bytes = Vec::new();
        match stream.by_ref().take(JOB_LIMIT + 1).read_until(b'\n', &mut bytes) {
            // The assignment follows on the next line.
            Ok(count) if count as u64 > JOB_LIMIT => match stream.skip_until(b'\n') {
                Ok(_) => Err(origin.too_long()),
                Err(error) => Err(origin.unreadable(&error)),
            },
            Ok(_) => Self::parse(origin, &bytes),
            Err(error) => Err(origin.unreadable(&error)),
        }
    }

    /// Reads a job of PollForJobs, alone or as the only one in a response, a response of GetJobDetails, or a Lambda
    /// event. Ignores unknown members: responses have a `__type` in every object.
    pub fn parse(origin: Origin<'_>, bytes: &[u8]) -> Result<Self, JobError> {
        let document = Document::parse(bytes).map_err(|error| origin.malformed(&error, None))?;
        let found = unwrap_envelope(&document.root()).and_then(|job| Ok((job_id(&job)?, job)));
        let (id, job) = found.map_err(|error| origin.malformed(&error, None))?;
        parse_job(id.clone(), &job).map_err(|error| origin.malformed(&error, Some(id)))
    }
}

fn unwrap_envelope<'a>(root: &Cursor<'a>) -> Result<Cursor<'a>, JsonError> {
    root.entries()?;
    if let Some(job) = root.get("CodePipeline.job").or_else(|| root.get("jobDetails")) {
        return Ok(job);
    }
    if let Some(jobs) = root.get("jobs") {
        let mut found = jobs.items()?;
        return match found.len() {
            1 => Ok(found.remove(0)),
            count => Err(jobs.error(format!("holds {count} jobs; there must be one"))),
        };
    }
    if root.get("id").is_none() && (root.get("jobId").is_some() || root.get("actionCredentials").is_some()) {
        let problem = "is an event of a partner integration (it has no `CodePipeline.job`), which expects a return value \
                       in place of a result; this step serves Lambda invoke actions and custom actions";
        return Err(root.error(problem));
    }
    Ok(root.clone())
}

fn job_id(job: &Cursor<'_>) -> Result<JobId, JsonError> {
    let id = job.required("id")?;
    JobId::new(id.text()?).ok_or_else(|| id.error("is not a job id (a UUID in lower case)"))
}

fn parse_job(id: JobId, job: &Cursor<'_>) -> Result<Job, JsonError> {
    let data = job.required("data")?;
    let inputs = parse_artifacts(&data, "inputArtifacts")?;
    let outputs = parse_artifacts(&data, "outputArtifacts")?;
    Ok(Job {
        id,
        pipeline: data.get("pipelineContext").map(|it| parse_pipeline(&it)).transpose()?,
        configuration: parse_configuration(&data)?,
        credentials: data.get("artifactCredentials").map(|it| parse_credentials(&it)).transpose()?,
        encryption_key: data.get("encryptionKey").map(|it| parse_key(&it)).transpose()?,
        continuation_token: data.optional_text("continuationToken")?.map(str::to_owned),
        inputs,
        outputs,
    })
}

fn parse_pipeline(context: &Cursor<'_>) -> Result<PipelineContext, JsonError> {
    let member = |key, name| context.get(key).map_or(Ok(None), |object: Cursor<'_>| optional(&object, name));
    Ok(PipelineContext {
        pipeline: context.required("pipelineName")?.text()?.to_owned(),
        stage: member("stage", "name")?,
        action: member("action", "name")?,
        action_execution_id: member("action", "actionExecutionId")?,
        pipeline_execution_id: optional(context, "pipelineExecutionId")?,
    })
}

fn optional(object: &Cursor<'_>, key: &'static str) -> Result<Option<String>, JsonError> {
    Ok(object.optional_text(key)?.map(str::to_owned))
}

fn parse_artifacts(data: &Cursor<'_>, key: &'static str) -> Result<Vec<PipelineArtifact>, JsonError> {
    let list = data.optional_items(key)?;
    let mut names = HashSet::new();
    list.iter()
        .map(|item| {
            let artifact = parse_artifact(item)?;
            match names.insert(artifact.name.clone()) {
                true => Ok(artifact),
                false => Err(item.error(format!("names the artifact {} a second time", artifact.name))),
            }
        })
        .collect()
}

fn parse_artifact(artifact: &Cursor<'_>) -> Result<PipelineArtifact, JsonError> {
    let name = artifact.required("name")?;
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    let text = name.text()?;
    if text.is_empty() || text.len() > 100 || !text.bytes().all(is_word) {
        return Err(name.error("is not the name of an artifact (1 to 100 letters, digits, _ and -)"));
    }
    let location = artifact.required("location")?;
    if let Some(kind) = location.get("type").filter(|kind| kind.value() != "S3") {
        return Err(kind.error("is not S3, the one store of artifacts"));
    }
    let object = location.required("s3Location")?;
    let bucket = not_empty(&object.required("bucketName")?)?;
    let key = not_empty(&object.required("objectKey")?)?;
    let revision = artifact.optional_text("revision")?.map(str::to_owned);
    Ok(PipelineArtifact { name: text.to_owned(), location: S3Location::new(bucket, key), revision })
}

fn not_empty<'a>(cursor: &Cursor<'a>) -> Result<&'a str, JsonError> {
    match cursor.text()? {
        "" => Err(cursor.error("is empty")),
        text => Ok(text),
    }
}

fn parse_credentials(credentials: &Cursor<'_>) -> Result<ArtifactCredentials, JsonError> {
    Ok(ArtifactCredentials {
        access_key_id: not_empty(&credentials.required("accessKeyId")?)?.to_owned(),
        secret_access_key: Secret::new(not_empty(&credentials.required("secretAccessKey")?)?),
        session_token: Secret::new(not_empty(&credentials.required("sessionToken")?)?),
    })
}

fn parse_key(key: &Cursor<'_>) -> Result<EncryptionKey, JsonError> {
    if let Some(kind) = key.get("type").filter(|kind| kind.value() != "KMS") {
        return Err(kind.error("is not KMS, the one type of encryption key"));
    }
    let id = key.required("id")?;
    match not_empty(&id)? {
        text if text.len() <= 400 => Ok(EncryptionKey(text.to_owned())),
        _ => Err(id.error("is longer than 400 characters")),
    }
}

fn parse_configuration(data: &Cursor<'_>) -> Result<ActionConfiguration, JsonError> {
    let Some(configuration) = data.get("actionConfiguration").and_then(|it| it.get("configuration")) else {
        return Ok(ActionConfiguration::default());
    };
    let mut properties = Vec::new();
    for (key, value) in configuration.entries()? {
        if value.value().is_null() {
            continue;
        }
        let text = value.text()?;
        if key.chars().count() > KEY_LIMIT {
            return Err(configuration.error(format!("has a name longer than {KEY_LIMIT} characters")));
        }
        if text.chars().count() > VALUE_LIMIT {
            return Err(value.error(format!("is longer than {VALUE_LIMIT} characters")));
        }
        properties.push((key, text));
    }
    match configuration.get("FunctionName") {
        Some(_) => parse_user_parameters(&configuration),
        None => Ok(ActionConfiguration::new(properties)),
    }
}

/// A Lambda invoke action has one property for the user, `UserParameters`: it holds our properties as JSON.
fn parse_user_parameters(configuration: &Cursor<'_>) -> Result<ActionConfiguration, JsonError> {
    let Some(parameters) = configuration.get("UserParameters") else { return Ok(ActionConfiguration::default()) };
    let properties = action::options_of(parameters.text()?).map_err(|error| {
        parameters
            .error(format!(r#"must be a JSON object with the properties, such as {{"S3Prefix": "app"}}: {error}"#))
    })?;
    Ok(ActionConfiguration::new(properties))
}

#[cfg(test)]
mod tests;
