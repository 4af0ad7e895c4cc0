//! Jobs from their inputs to their results, against a store and a queue in memory.

use super::{
    InputFile, Job, JobOptions, Operation, Packaged, PackagedTemplate, Performed, Request, Services, Suspension, run,
};
use crate::facts::{Event, Failure, FailureKind, JobFailureType, Outcome, Reason, Reporter, S3Location, Signal};
use crate::job::reject;
use crate::job::{ActionConfiguration, JobResult};
use crate::package::zip_in_memory;
use crate::testing::artifacts::FakeArtifacts;
use crate::testing::jobs::{FakeJobs, job};
use std::future::pending;
use std::io::Cursor;
use std::sync::{Arc, Mutex};
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
            ("config/bad.json".to_owned(), br#"{"Parameters": {"A": 1}}"#.to_vec()),
            ("config/wrong.json".to_owned(), br#"{"Parameters": {"AB": "hunter2"}, "Tags": {"t": ""}}"#.to_vec()),
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
    Panics,
    Hangs,
}

impl Operation for Work {
    async fn perform(
        &self,
        request: &Request,
        template: &InputFile,
        _: &Arc<dyn Reporter>,
    ) -> Result<Performed, Failure> {
        match self {
            Self::Waits if request.continuation.is_none() => Ok(Performed::Suspended(Suspension {
                state: "change set 1".to_owned(),
                percent_complete: 40,
                summary: "waits for job/secret/key".to_owned(),
                external_execution_id: Some("stack/1".to_owned()),
            })),
            Self::Leaks => Ok(Performed::Suspended(Suspension {
                state: "job/secret/key".to_owned(),
                percent_complete: 40,
                summary: "waits".to_owned(),
                external_execution_id: None,
            })),
            Self::Copies | Self::Waits => Ok(Performed::Packaged(Packaged {
                templates: vec![PackagedTemplate {
                    target: None,
                    text: std::fs::read_to_string(&template.path).unwrap(),
                    configuration: None,
                }],
                manifest: format!("{{\"template\": \"{}\"}}", template.path.display()),
                outcome: Outcome {
                    summary: format!("packaged, says {}", request.properties.get("ExternalId").map_or("", |it| it)),
                    outputs: [("Uploaded".to_owned(), "2".to_owned())].into(),
                },
            })),
            Self::Fails => {
                let message = format!("{}: job/secret/key is wrong", template.path.display());
                Err(Failure::new(FailureKind::Failed, message))
            }
            Self::Panics => panic!("no such job/secret/key"),
            Self::Hangs => pending().await,
        }
    }
}

#[derive(Default)]
struct Recorder(Mutex<Vec<Event>>);

impl Reporter for Recorder {
    fn report(&self, event: Event) {
        self.0.lock().unwrap().push(event);
    }
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
    let events = recorder.0.lock().unwrap().iter().map(name_of).collect();
    (ended, events)
}

fn name_of(event: &Event) -> String {
    let text = format!("{event:?}");
    text.split([' ', '(']).next().unwrap().to_owned()
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
    let asked =
        [("TemplateConfiguration", "Source::config/prod.json"), ("S3Prefix", "app"), ("ExternalId", "ext-id-1")];
    let (ended, events) = run_with(&world, &with_properties(&asked), Work::Copies, pending());
    let outcome = ended.unwrap();
    assert_eq!(outcome.summary, "packaged, says ****");
    let expected = ["JobStarted", "ArtifactFetched", "Warning", "ArtifactStored", "ResultPut"];
    assert_eq!(events, expected);
    let files = output(&world);
    let names: Vec<_> = files.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["packaged.yaml", "step-outputs.json", "manifest.json", "config/prod.json"]);
    assert_eq!((files[0].1.as_str(), files[2].1.as_str()), (TEMPLATE, r#"{"template": "Source::template.yaml"}"#));
    let [JobResult::Success(success)] = &world.jobs.results()[..] else { panic!("one success") };
    assert_eq!(
        (success.summary.as_str(), success.external_execution_id.as_deref()),
        ("packaged, says ****", Some("build/1"))
    );
    let variables: Vec<_> = success.output_variables.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let expected = [
        "Bucket=artifacts",
        "Prefix=app",
        "TemplateFile=packaged.yaml",
        "TemplateSha256=00e381e5602467ad3c695d92e3a8c9dab1703d5f70bb956edefd7893a35ddb2a",
        "Uploaded=2",
    ];
    assert_eq!(variables, expected);
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
            "configuration",
            world(),
            with_properties(&[("TemplateConfiguration", "config/bad.json")]),
            Work::Copies,
            ConfigurationError,
            "Source::config/bad.json:1:22: Parameters.A of the template configuration must be a string, not a number",
        ),
        (
            "all configurations",
            world(),
            with_properties(&[("TemplateConfiguration", "config/wrong.json,config/bad.json")]),
            Work::Copies,
            ConfigurationError,
            "the template declares no parameter AB. Hint: declare it in the template, or take it out\nSource::config/wrong.json:1:44: the tag \"t\" has an empty value; CloudFormation wants a character at least\nSource::config/bad.json:1:22: ",
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
fn an_interrupted_job_is_reported_before_the_process_ends() {
    let world = World::new();
    let kind = FailureKind::Interrupted(Signal::Terminate);
    let cancellation = async {
        tokio::task::yield_now().await;
        Failure::new(kind, "the worker was told to end")
    };
    let (ended, _) = run_with(&world, &job(), Work::Hangs, cancellation);
    assert_eq!(ended.unwrap_err().kind, kind);
    let [JobResult::Failure(failure)] = &world.jobs.results()[..] else { panic!("one failure") };
    assert_eq!(failure.failure_type, JobFailureType::SystemUnavailable);
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
fn a_job_that_was_ended_by_somebody_else_is_no_failure_of_ours() {
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
    let [JobResult::Failure(told)] = &world.jobs.results()[..] else { panic!("one failure") };
    assert_eq!(told.external_execution_id.as_deref(), Some(job().id.as_str()));
}

#[test]
fn a_wrong_template_configuration_is_told_before_any_work() {
    let world = World::new();
    let job = with_properties(&[("TemplateConfiguration", "config/prod.json,config/wrong.json")]);
    let (ended, events) = run_with(&world, &job, Work::Panics, pending());
    assert_eq!(events, ["JobStarted", "ArtifactFetched", "Warning", "ResultPut"]);
    let failure = ended.unwrap_err();
    let told: Vec<_> = failure.problems.iter().map(|it| (it.message.as_str(), it.place.as_ref().unwrap())).collect();
    let [(first, at), (second, _)] = told[..] else { panic!("{told:?}") };
    assert_eq!((first, second), ("the template declares no parameter AB", NO_VALUE));
    assert_eq!(at.source_line, r#"{"Parameters": {"AB": "****"}, "Tags": {"t": ""}}"#);
    assert!(!format!("{failure:?} {:?}", world.jobs.results()).contains("hunter2"));
}

const NO_VALUE: &str = r#"the tag "t" has an empty value; CloudFormation wants a character at least"#;

#[test]
fn several_inputs_lie_side_by_side() {
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
    assert_eq!(output(&world)[3], ("prod.json".to_owned(), "{}".to_owned()));
}

#[test]
fn a_job_that_waits_leaves_a_token_and_the_next_one_goes_on() {
    let world = World::new();
    let (ended, events) = run_with(&world, &job(), Work::Waits, pending());
    assert_eq!(ended.unwrap().summary, "waits for ****");
    assert_eq!(events, ["JobStarted", "ArtifactFetched", "ResultPut"], "no output artifact");
    let [JobResult::Suspended(told)] = &world.jobs.results()[..] else { panic!("one suspension") };
    assert_eq!((told.summary.as_str(), told.percent_complete), ("waits for ****", 40));
    assert_eq!(told.external_execution_id.as_deref(), Some("stack/1"));

    let next = Job { continuation_token: Some(told.token.clone()), ..job() };
    let world = World::new();
    run_with(&world, &next, Work::Waits, pending()).0.unwrap();
    assert!(matches!(&world.jobs.results()[..], [JobResult::Success(_)]));
}

#[test]
fn a_token_that_is_not_ours_or_would_hold_a_secret_ends_the_job() {
    let foreign = Job { continuation_token: Some("arn:1".to_owned()), ..job() };
    let rows = [
        ("foreign", foreign, Work::Waits, FailureKind::Usage, "not one of samstep"),
        ("leaking", job(), Work::Leaks, FailureKind::Internal, "would leave a secret"),
    ];
    for (name, job, work, kind, message) in rows {
        let world = World::new();
        let failure = run_with(&world, &job, work, pending()).0.unwrap_err();
        assert_eq!(failure.kind, kind, "{name}");
        assert!(failure.cause().contains(message), "{name}: {}", failure.cause());
        let [JobResult::Failure(told)] = &world.jobs.results()[..] else { panic!("{name}: one failure") };
        assert!(!told.message.contains("job/secret/key"), "{name}");
    }
}
