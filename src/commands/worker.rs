//! The job worker, put together: CodePipeline's queue, a process for each job, and who is told of it.

use crate::aws::{AwsQueue, AwsServices};
use crate::cli::WorkerArguments;
use crate::facts::{Environment, Failure, FailureKind, Reporter};
use crate::host::Session;
use crate::interrupt::Cancellation;
use crate::settings::AwsSettings;
use crate::worker::{ChildRunner, Clock, JobProcess, LogPlace, StateFile, TaskProtection, Worker, WorkerOptions};
use std::ffi::OsString;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// Where ECS tells a container how to reach its agent.
const ECS_AGENT_URI: &str = "ECS_AGENT_URI";

/// How long a worker has.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Take no more jobs after so long, where the host itself ends some time later.
    pub takes_jobs_for: Option<Duration>,
    /// What a job may take to end and to report after it was asked.
    pub grace: Duration,
}

impl Bounds {
    /// Those of a worker that lasts.
    pub const NONE: Self = Self { takes_jobs_for: None, grace: Duration::from_secs(40) };
}

/// Works until it is told to end, or until nothing is queued where that is asked for.
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
    let reporter: Arc<dyn Reporter> = session.worker_reporter(action_type.to_string(), arguments.pool.clone());
    let services = AwsServices::new(&settings, session.redactor()).await?;
    let queue = AwsQueue::new(services.codepipeline(), action_type.clone(), arguments.pool.clone());
    let state = StateFile::at(arguments.state_file.as_deref());
    // A task that works once is no service's to take away, and its agent knows of no protection.
    let agent = environment.get(ECS_AGENT_URI).filter(|_| !arguments.once);
    let log = LogPlace::find(environment).await;
    let external_id = move || log.as_ref().and_then(|log| log.external_execution_id(SystemTime::now()));
    let runner = ChildRunner {
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
        attendant: &TaskProtection::new(state, agent, Arc::clone(&reporter)),
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

/// The command line of a job. The variables of the worker are also those of its jobs.
pub fn process(arguments: &WorkerArguments) -> Result<JobProcess, Failure> {
    let program = std::env::current_exe();
    let program = program
        .map_err(|error| Failure::new(FailureKind::Internal, format!("cannot tell where this program is: {error}")))?;
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

/// The time of the machine.
pub struct RealClock;

impl Clock for RealClock {
    async fn sleep(&self, wait: Duration) {
        tokio::time::sleep(wait).await;
    }

    fn chance(&self) -> f64 {
        // The keys of a new state differ each time.
        RandomState::new().build_hasher().finish() as f64 / u64::MAX as f64
    }
}
