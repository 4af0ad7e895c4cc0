//! `samstep worker`: wires the job worker to the queue of CodePipeline, the processes of jobs, and the host.

use crate::aws::{AwsQueue, AwsServices};
use crate::cli::WorkerArguments;
use crate::facts::{Environment, Failure, FailureKind, Reporter, random_chance};
use crate::host::Session;
use crate::interrupt::Cancellation;
use crate::settings::AwsSettings;
use crate::worker::{
    Clock, JobProcess, LogPlace, ProcessRunner, Records, StateFile, TaskProtection, Worker, WorkerOptions,
};
use std::ffi::OsString;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// The address of the container agent, which ECS sets.
const ECS_AGENT_URI: &str = "ECS_AGENT_URI";
/// The task metadata endpoint, which ECS sets.
const ECS_METADATA: &str = "ECS_CONTAINER_METADATA_URI_V4";
/// Lambda sets it for a function.
const LAMBDA_FUNCTION_NAME: &str = "AWS_LAMBDA_FUNCTION_NAME";

/// The time of a worker.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// It takes no job after so long, because the host ends some time later.
    pub takes_jobs_for: Option<Duration>,
    /// How long a job may take to end and to report after it was ordered to stop.
    pub grace: Duration,
}

impl Bounds {
    /// For a worker on a host that lasts.
    pub const NONE: Self = Self { takes_jobs_for: None, grace: Duration::from_secs(40) };
}

/// Works until it is cancelled, or with `--once` until nothing is queued.
pub async fn run(
    arguments: &WorkerArguments,
    bounds: Bounds,
    environment: &Environment,
    session: &Session,
    cancellation: &Cancellation,
) -> Result<(), Failure> {
    let settings = AwsSettings::from(arguments.aws.clone());
    let action_type = arguments.action_type.clone();
    let action_type = action_type.ok_or_else(|| Failure::new(FailureKind::Usage, "no action type to poll for"))?;
    let reporter: Arc<dyn Reporter> = match arguments.metrics.unwrap_or_else(|| has_metrics(environment)) {
        true => session.worker_reporter(action_type.to_string(), arguments.pool.clone()),
        false => session.reporter(),
    };
    let services = AwsServices::new(&settings, session.redactor()).await?;
    let queue = AwsQueue::new(services.codepipeline(), action_type.clone(), arguments.pool.clone());
    let state = StateFile::at(arguments.state_file.as_deref());
    // ECS protects only tasks of a service, which a task that works once is not.
    let agent = environment.get(ECS_AGENT_URI).filter(|_| !arguments.once);
    let log = LogPlace::find(environment).await;
    let external_id = move || log.as_ref().and_then(|log| log.external_execution_id(SystemTime::now()));
    let runner = ProcessRunner {
        records: Records::open(&std::env::temp_dir())?,
        action_type: Some(action_type.to_string()),
        redelivery_time: Duration::ZERO,
        process: JobProcess { grace: bounds.grace, ..process(arguments)? },
        services,
        redactor: session.redactor().clone(),
        external_id: Box::new(external_id),
        reporter: Arc::clone(&reporter),
    };
    let worker = Worker {
        queue: &queue,
        runner: Rc::new(runner),
        clock: &RealClock,
        monitor: &TaskProtection::new(state, agent, Arc::clone(&reporter)),
        options: &WorkerOptions {
            action_type: action_type.to_string(),
            concurrency: usize::from(arguments.concurrency),
            poll_interval: arguments.poll_interval,
            linger: arguments.once.then_some(arguments.linger),
            takes_jobs_for: bounds.takes_jobs_for,
            drain: arguments.drain,
        },
        reporter: &reporter,
    };
    worker.work(cancellation).await
}

/// Whether CloudWatch reads metrics from what this process prints (embedded metric format).
fn has_metrics(environment: &Environment) -> bool {
    [LAMBDA_FUNCTION_NAME, ECS_METADATA].iter().any(|name| environment.get(name).is_some())
}

/// The command line of a job's process, which also inherits the worker's variables.
pub fn process(arguments: &WorkerArguments) -> Result<JobProcess, Failure> {
    let program = std::env::current_exe();
    let program = program.map_err(|error| {
        Failure::new(FailureKind::Internal, format!("the path of this program is unknown: {error}"))
    })?;
    let timeout = arguments.timeout.as_secs_f64().to_string();
    let fixed = ["job", "--job-file", "-", "--in-worker", "--no-progressbar", "--timeout", &timeout];
    let words = fixed.map(OsString::from).into_iter().chain(arguments.inherited.arguments.iter().cloned());
    let variables = arguments.inherited.variables.iter().map(|(name, value)| (*name, value.expose().to_owned()));
    Ok(JobProcess {
        program,
        arguments: words.collect(),
        variables: variables.collect(),
        timeout: arguments.timeout,
        grace: Bounds::NONE.grace,
    })
}

/// The clock of the machine.
pub struct RealClock;

impl Clock for RealClock {
    async fn sleep(&self, wait: Duration) {
        tokio::time::sleep(wait).await;
    }

    fn chance(&self) -> f64 {
        random_chance()
    }
}
