//! Jobs from their inputs to their results, against a store and a queue in memory.

mod early;

use super::{Job, JobOptions, Operations, Services, Start, run};
use crate::facts::{
    Event, Failure, FailureKind, JobFailureType, Made, Outcome, Reason, Report, Reporter, Role, S3Location,
};
use crate::job::{ActionConfiguration, Inputs, JobResult, reject};
use crate::operation::action::{Action, ArtifactPath, InputFile, InputFiles};
use crate::operation::{Advance, Pending, Row, State};
use crate::package::zip_in_memory;
use crate::testing::artifacts::FakeArtifacts;
use crate::testing::jobs::{FakeJobs, job};
use crate::testing::recorder::Recorder;
use std::collections::BTreeMap;
use std::future::pending;
use std::io::Cursor;
use std::sync::Arc;
use std::time::Duration;

const TEMPLATE: &str = "Parameters: {A: {Type: String, NoEcho: true}}\n";

struct World {
    artifacts: FakeArtifacts,
    jobs: FakeJobs,
}

impl World {
    fn holding(input: Vec<u8>) -> Self {
        Self { artifacts: FakeArtifacts::with(&job().inputs[0].location, input), jobs: FakeJobs::default() }
    }

    fn new() -> Self {
        Self::holding(zip_in_memory(&[
            ("template.yaml".to_owned(), TEMPLATE.into()),
            ("config/prod.json".to_owned(), br#"{"Parameters": {"A": "b"}}"#.to_vec()),
        ]))
    }
}

impl Services for World {
    type Artifacts = FakeArtifacts;
    type Jobs = FakeJobs;

    async fn artifacts(&self, _: &Job) -> Result<FakeArtifacts, Failure> {
        Ok(self.artifacts.clone())
    }

    fn jobs(&self) -> &FakeJobs {
        &self.jobs
    }

    async fn pause(&self, _: Duration) {}
}

/// What the work does.
#[derive(Clone, Copy)]
enum Work {
    Copies,
    Waits,
    Leaks,
    Fails,
    /// Keeps a state, then fails because its own time is over.
    TimesOut,
    Panics,
    Hangs,
}

impl Operations for Work {
    type Request = BTreeMap<String, String>;

    fn parse(&self, _: &Row, action: Action<'_>) -> Result<Self::Request, Failure> {
        Ok(action.properties)
    }

    async fn advance(
        &self,
        properties: &Self::Request,
        inputs: &Inputs,
        Start { state, keep, .. }: Start<'_>,
        _: &Arc<dyn Reporter>,
    ) -> Result<Advance, Failure> {
        let find = |name: &str| inputs.find(&ArtifactPath::parse(&properties[name]).unwrap());
        let template = find("TemplatePath")?;
        match self {
            Self::Waits if state.is_none() => Ok(waits("change set 1", "waits for job/secret/key", Some("stack/1"))),
            Self::Leaks => Ok(waits("job/secret/key", "waits", None)),
            Self::Copies | Self::Waits => {
                let configuration = properties.get("TemplateConfiguration").map(|_| find("TemplateConfiguration"));
                Ok(Advance::Done(copied(&template, configuration.transpose()?, properties)))
            }
            Self::Fails => {
                let message = format!("{}: job/secret/key is wrong", template.path.display());
                Err(Failure::new(FailureKind::Failed, message))
            }
            Self::TimesOut => {
                keep(&pending_with("change set 1", "waits", None));
                Err(Failure::new(FailureKind::Deadline, "the deployment did not end within 5 s"))
            }
            Self::Panics => panic!("no such job/secret/key"),
            Self::Hangs => pending().await,
        }
    }
}

fn waits(state: &str, summary: &str, link: Option<&str>) -> Advance {
    Advance::Pending(pending_with(state, summary, link))
}

fn pending_with(state: &str, summary: &str, link: Option<&str>) -> Pending {
    Pending {
        state: State(state.to_owned()),
        wait: Duration::from_secs(5),
        percent: 40,
        summary: summary.to_owned(),
        link: link.map(str::to_owned),
        files: Vec::new(),
    }
}

fn copied(template: &InputFile, configuration: Option<InputFile>, properties: &BTreeMap<String, String>) -> Report {
    let read = |role, name: &str, file: &InputFile| {
        let text = std::fs::read_to_string(&file.path).unwrap();
        Made { role, path: Some(name.into()), text }
    };
    let mut files: Vec<_> =
        configuration.iter().map(|file| read(Role::Configuration, "config/prod.json", file)).collect();
    files.push(read(Role::Result, "packaged.yaml", template));
    let external_id = properties.get("ExternalId").map_or("", |it| it);
    let outcome = Outcome {
        summary: format!("packaged {} for {external_id}", template.path.display()),
        outputs: [("Uploaded".to_owned(), external_id.to_owned())].into(),
    };
    Report { files, outcome, ..Report::default() }
}

fn run_with(
    world: &World,
    job: &Job,
    work: Work,
    cancellation: impl Future<Output = Failure>,
) -> (Result<Outcome, Failure>, Vec<String>) {
    let recorder = Arc::new(Recorder::default());
    let reporter: Arc<dyn Reporter> = recorder.clone();
    let options = JobOptions { external_execution_id: Some("build/1".to_owned()), ..JobOptions::default() };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let ended = runtime.block_on(run(job, world, &work, &options, &reporter, cancellation));
    let events = recorder.events().iter().map(name_of).collect();
    (ended, events)
}

fn name_of(event: &Event) -> String {
    match event {
        Event::Job(event) => format!("{event:?}").split(' ').next().unwrap().to_owned(),
        other => format!("{other:?}"),
    }
}

fn with_properties(properties: &[(&str, &str)]) -> Job {
    let properties = [("TemplatePath", "template.yaml")].iter().chain(properties);
    Job { configuration: ActionConfiguration::new(properties.copied()), ..job() }
}

/// The entries of the output artifact.
fn output(world: &World) -> Vec<(String, String)> {
    let bytes = world.artifacts.object(&job().outputs[0].location).expect("there is an output artifact");
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let names: Vec<_> = archive.file_names().map(|name| name.unwrap().into_owned()).collect();
    let read = |name: String| {
        let text = std::io::read_to_string(archive.by_name(&name).unwrap()).unwrap();
        (name, text)
    };
    names.into_iter().map(read).collect()
}

#[test]
fn a_job_ends_with_its_output_artifact_and_one_success() {
    let world = World::new();
    let asked = [("TemplateConfiguration", "Source::config/prod.json"), ("ExternalId", "ext-id-1")];
    let (ended, events) = run_with(&world, &with_properties(&asked), Work::Copies, pending());
    assert_eq!(ended.unwrap().summary, "packaged Source::template.yaml for ****");
    assert_eq!(events, ["Started", "ArtifactFetched", "ArtifactStored", "ResultPut"]);
    let files = output(&world);
    let names: Vec<_> = files.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["packaged.yaml", "step-outputs.json", "config/prod.json"]);
    assert_eq!((files[0].1.as_str(), files[2].1.as_str()), (TEMPLATE, r#"{"Parameters": {"A": "b"}}"#));
    let [JobResult::Success(success)] = &world.jobs.results()[..] else { panic!("one success") };
    assert_eq!(
        (success.summary.as_str(), success.external_execution_id.as_deref()),
        ("packaged Source::template.yaml for ****", Some("build/1"))
    );
    assert_eq!(success.output_variables, [("Uploaded".to_owned(), "****".to_owned())].into());
}

#[test]
fn each_way_to_fail_gives_one_failure_and_no_output() {
    use JobFailureType::{ConfigurationError, JobFailed, PermissionError, RevisionUnavailable, SystemUnavailable};
    let no_output = Job { outputs: Vec::new(), ..job() };
    let world = World::new;
    let refusing = |reads, writes| {
        let mut world = World::new();
        (world.artifacts.refuses_reads, world.artifacts.refuses_writes) = (reads, writes);
        world
    };
    let corrupt = zip_in_memory(&[("template.yaml".to_owned(), vec![b'x'; 999])])[..60].to_vec();
    let slip = zip_in_memory(&[("../x".to_owned(), Vec::new())]);
    let rows: Vec<(&str, World, Job, Work, JobFailureType, &str)> = vec![
        ("no output artifact", world(), no_output, Work::Copies, ConfigurationError, "the job has 0 output artifacts"),
        (
            "operation",
            world(),
            with_properties(&[("Operation", "x")]),
            Work::Copies,
            ConfigurationError,
            "unknown operation `x`",
        ),
        (
            "no template",
            world(),
            with_properties(&[("TemplatePath", "t")]),
            Work::Copies,
            ConfigurationError,
            "t is not in the input artifact Source",
        ),
        (
            "no artifact",
            world(),
            with_properties(&[("TemplatePath", "X::t")]),
            Work::Copies,
            ConfigurationError,
            "the job has no input artifact X: it has Source",
        ),
        (
            "input missing",
            refusing(Some(Reason::NotFound), None),
            job(),
            Work::Copies,
            RevisionUnavailable,
            "cannot fetch the input artifact Source: s3:GetObject s3://artifacts/pipe/Source/aB3dE9z: not found",
        ),
        (
            "input denied",
            refusing(Some(Reason::AccessDenied), None),
            job(),
            Work::Copies,
            PermissionError,
            "the job's credentials come from the pipeline's role",
        ),
        (
            "input throttled",
            refusing(Some(Reason::Throttled), None),
            job(),
            Work::Copies,
            SystemUnavailable,
            "throttled",
        ),
        (
            "input empty",
            World::holding(Vec::new()),
            job(),
            Work::Copies,
            RevisionUnavailable,
            "cannot unpack the input artifact Source: the object is empty",
        ),
        (
            "input bare",
            World::holding(b"hello".to_vec()),
            job(),
            Work::Copies,
            RevisionUnavailable,
            "the input artifact Source is not an archive",
        ),
        (
            "input cut short",
            World::holding(corrupt),
            job(),
            Work::Copies,
            RevisionUnavailable,
            "the archive is damaged",
        ),
        (
            "zip slip",
            World::holding(slip),
            job(),
            Work::Copies,
            RevisionUnavailable,
            "entry `../x` leaves the archive with `..`",
        ),
        ("work", world(), job(), Work::Fails, JobFailed, "Source::template.yaml: **** is wrong"),
        ("panic", world(), job(), Work::Panics, JobFailed, "a bug in samstep stopped the job: no such ****"),
        (
            "output denied",
            refusing(None, Some(Reason::AccessDenied)),
            job(),
            Work::Copies,
            PermissionError,
            "cannot store the output artifact Packaged: s3:PutObject",
        ),
        (
            "output unavailable",
            refusing(None, Some(Reason::Unavailable)),
            job(),
            Work::Copies,
            SystemUnavailable,
            "cannot store the output artifact Packaged",
        ),
    ];
    for (name, world, job, work, failure_type, message) in rows {
        let (ended, events) = run_with(&world, &job, work, pending());
        let [JobResult::Failure(failure)] = &world.jobs.results()[..] else { panic!("{name}: one failure") };
        assert_eq!(failure.failure_type, failure_type, "{name}: {}", failure.message);
        assert!(failure.message.contains(message), "{name}: {}", failure.message);
        assert_eq!(ended.unwrap_err().kind.job_failure_type(), failure_type, "{name}");
        assert_eq!((events.last().unwrap().as_str(), world.artifacts.count()), ("ResultPut", 1), "{name}");
    }
}

#[test]
fn a_result_that_cannot_be_put_is_the_failure_of_the_run() {
    let world = World { jobs: FakeJobs::failing(vec![Reason::AccessDenied; 9]), ..World::new() };
    let (ended, _) = run_with(&world, &job(), Work::Fails, pending());
    let failure = ended.unwrap_err();
    assert_eq!((failure.kind, failure.problems.len()), (FailureKind::Permission, 2));
    assert!(failure.cause().starts_with("cannot put the result of the job 0d4e7a52"), "{}", failure.cause());
}

#[test]
fn a_job_that_another_process_ended_is_no_failure() {
    let world = World { jobs: FakeJobs::failing([Reason::InvalidState]), ..World::new() };
    let (ended, events) = run_with(&world, &job(), Work::Copies, pending());
    assert!(ended.is_ok());
    assert_eq!(events.last().unwrap(), "ResultAlreadyPut");
}

#[test]
fn a_job_that_cannot_be_read_fails_too() {
    let (world, reporter) = (World::new(), Arc::new(Recorder::default()) as Arc<dyn Reporter>);
    let failure = Failure::new(FailureKind::Usage, "the job has no data");
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let ended = runtime.block_on(reject(&job().id, failure.clone(), &world, &JobOptions::default(), &reporter));
    assert_eq!(ended, Ok(failure));
    let [JobResult::Failure(failure)] = &world.jobs.results()[..] else { panic!("one failure") };
    assert_eq!(failure.external_execution_id.as_deref(), Some(job().id.as_str()));
}

#[test]
fn several_inputs_are_unpacked_side_by_side() {
    let mut job = with_properties(&[("TemplateConfiguration", "Extra::prod.json")]);
    job.inputs.push(crate::job::PipelineArtifact {
        name: "Extra".to_owned(),
        location: S3Location::new("artifacts", "pipe/Extra/x/prod.json"),
        revision: None,
    });
    let world = World::new();
    let extra = FakeArtifacts::with(&job.inputs[1].location, "{}");
    let body = extra.object(&job.inputs[1].location).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let put = crate::package::ObjectStore::put(
        &world.artifacts,
        &job.inputs[1].location,
        body,
        crate::package::Overwrite::Always,
    );
    runtime.block_on(put).unwrap();
    let (ended, _) = run_with(&world, &job, Work::Copies, pending());
    ended.unwrap();
    assert_eq!(output(&world)[2], ("config/prod.json".to_owned(), "{}".to_owned()));
}
