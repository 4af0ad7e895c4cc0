//! `samstep job`: one job of CodePipeline, started by a person, by a test, or by a worker.

use crate::aws::{AwsCloud, AwsServices};
use crate::cli::JobArguments;
use crate::facts::{Environment, Event, Failure, FailureKind, JobEvent, Outcome, Report, Reporter};
use crate::files::check_not_read;
use crate::host::{Host, Session};
use crate::interrupt::{Cancellation, Canceller, cancellation};
use crate::job::{self, ActionOperations, Job, JobError, JobId, JobOptions, KeepToken, Services};
use crate::operation::Patience;
use crate::operation::action::ActionHost;
use crate::settings::AwsSettings;
use crate::worker::{Assignment, Child, LogPlace, Message, ResultWatch, keep_token, parse_stop_order};
use std::io::{self, BufRead};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

pub async fn run(
    arguments: &JobArguments,
    environment: &Environment,
    session: &Session,
    cancellation: &Cancellation,
) -> Result<Report, Failure> {
    let results: Vec<_> = arguments.results.named().map(|(_, path)| path.clone()).collect();
    check_not_read(&results, [(arguments.job_file.as_path(), "the job")])?;
    let (canceller, end) = self::cancellation();
    let canceller = Arc::new(canceller);
    let process =
        Process { arguments, environment, session, cancellation: &end, suspends_at: suspension(arguments.timeout) };
    let run = async {
        match arguments.in_worker {
            true => process.run_for_worker(load(cancellation, from_worker(&canceller)).await?).await,
            false => {
                let file = arguments.job_file.clone();
                process.run_alone(load(cancellation, move || Job::load(&file)).await?).await
            }
        }
    };
    let outcome = tokio::select! {
        ended = run => ended?,
        never = forward(cancellation, arguments.timeout, &canceller) => match never {},
    };
    Ok(Report { outcome, ..Report::default() })
}

/// A job, or why it could not be parsed.
type LoadedJob = Result<Job, JobError>;

/// This process and its one job.
struct Process<'a> {
    arguments: &'a JobArguments,
    environment: &'a Environment,
    session: &'a Session,
    cancellation: &'a Cancellation,
    /// When a job that waits leaves the rest to the next one; `None` for never.
    suspends_at: Option<Instant>,
}

/// Longest wait of a job within one process. If the process is killed, no more than this wait is repeated.
const LONGEST_WAIT: Duration = Duration::from_secs(5 * 60);
/// Time that a job that waited has for its result.
const RESULT_TIME: Duration = Duration::from_secs(30);

/// When a job that began now suspends, so that its time limit is never what ends it.
fn suspension(limit: Option<Duration>) -> Option<Instant> {
    let longest = limit.map_or(LONGEST_WAIT, |limit| limit.saturating_sub(RESULT_TIME).min(LONGEST_WAIT));
    Instant::now().checked_add(longest)
}

impl Process<'_> {
    /// Runs a job that is in progress already.
    async fn run_alone(&self, job: LoadedJob) -> Result<Outcome, Failure> {
        let (id, job) = match job {
            Ok(job) => (job.id.clone(), Ok(job)),
            Err(error) => match error.job_id().cloned() {
                Some(id) => (id, Err(error)),
                None => return Err(error.into()),
            },
        };
        let services = self.services().await?;
        let log = LogPlace::find(self.environment).await;
        let log = log.and_then(|log| log.external_execution_id(SystemTime::now()));
        self.run_job((&id, job), &services, self.options(log), &self.session.reporter()).await
    }

    /// Acknowledges the job and runs it. Ends without a result if the job is not this process's.
    async fn run_for_worker(&self, (job, assignment): (LoadedJob, io::Result<Assignment>)) -> Result<Outcome, Failure> {
        let assignment = assignment.map_err(|error| unassigned(&error))?;
        let id =
            JobId::new(&assignment.job_id).ok_or_else(|| Failure::new(FailureKind::Internal, "the job has no id"))?;
        let services = self.services().await?;
        // Kept before the claim: if this process is killed then, the job is continued all the same.
        if let Some(token) = job.as_ref().ok().and_then(|job| job.continuation_token.as_deref())
            && let Err(error) = keep_token(&assignment.record, token)
        {
            let event = JobEvent::StateNotKept { job_id: id.to_string(), reason: error.to_string() };
            self.session.reporter().report(Event::Job(event));
        }
        let send = |message: &Message| Host::write_to_parent(&message.to_line());
        let pause = async |wait| services.pause(wait).await;
        let child = Child { queue: services.jobs(), pause, cancellation: self.cancellation, send: &send };
        let Some(record) = child.claim(&assignment).await else { return Ok(Outcome::default()) };
        let watch = Arc::new(ResultWatch::new(self.session.reporter(), send, record));
        let (reporter, log): (Arc<dyn Reporter>, _) = (watch.clone(), self.arguments.external_execution_id.clone());
        let keep: KeepToken = Arc::new(move |token| keep_token(&assignment.record, token));
        let options = JobOptions { keep_token: Some(keep), ..self.options(log) };
        let ended = self.run_job((&id, job), &services, options, &reporter).await;
        watch.end(&ended);
        ended
    }

    fn options(&self, external_execution_id: Option<String>) -> JobOptions {
        JobOptions { external_execution_id, redactor: self.session.redactor().clone(), ..JobOptions::default() }
    }

    async fn services(&self) -> Result<AwsServices, Failure> {
        AwsServices::new(&AwsSettings::from(self.arguments.aws.clone()), self.session.redactor()).await
    }

    async fn run_job(
        &self,
        (id, job): (&JobId, LoadedJob),
        services: &AwsServices,
        options: JobOptions,
        reporter: &Arc<dyn Reporter>,
    ) -> Result<Outcome, Failure> {
        let job = match job {
            Ok(job) => job,
            Err(error) => {
                let rejected = job::reject(id, error.into(), services, &options, reporter).await;
                return Err(rejected.unwrap_or_else(|failure| failure));
            }
        };
        self.session.hide(job.secrets());
        let aws = AwsSettings::from(self.arguments.aws.clone());
        let operations = ActionOperations {
            cloud: &AwsCloud,
            host: ActionHost { aws: &aws, environment: self.environment, allowed: &self.arguments.allow },
            redactor: &options.redactor,
            cancellation: self.cancellation,
            patience: Patience::Until(self.suspends_at),
        };
        job::run(&job, services, &operations, &options, reporter, self.cancellation.wait()).await
    }
}

/// The worker left the job in the queue, or another one takes it.
fn unassigned(error: &io::Error) -> Failure {
    Failure::new(FailureKind::Temporary, format!("the worker ended before it handed the job over: {error}"))
}

/// Cancels the job on a signal or at its time limit. Never resolves: the job does.
async fn forward(signal: &Cancellation, limit: Option<Duration>, canceller: &Canceller) -> std::convert::Infallible {
    let failure = tokio::select! {
        failure = signal.wait() => failure,
        failure = time_is_over(limit) => failure,
    };
    canceller.cancel(failure);
    std::future::pending().await
}

async fn time_is_over(limit: Option<Duration>) -> Failure {
    let Some(limit) = limit else { return std::future::pending().await };
    tokio::time::sleep(limit).await;
    let message = format!("the job was not done within {} s", limit.as_secs_f64());
    Failure::new(FailureKind::Deadline, message).with_hint("give the worker a longer --timeout, or the step less to do")
}

/// Loads the job on a thread. A signal ends the wait for a silent pipe: no job is known then, so none is reported.
async fn load<T: Send + 'static>(
    cancellation: &Cancellation,
    load: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Failure> {
    tokio::select! {
        loaded = tokio::task::spawn_blocking(load) => {
            loaded.map_err(|error| Failure::new(FailureKind::Internal, format!("the job was not read: {error}")))
        }
        failure = cancellation.wait() => Err(failure),
    }
}

/// Reads the job and its assignment from standard input, and on a thread the order to stop. If the worker is gone, no
/// order comes: the job continues and reports itself.
fn from_worker(canceller: &Arc<Canceller>) -> impl FnOnce() -> (LoadedJob, io::Result<Assignment>) + Send + 'static {
    let canceller = Arc::clone(canceller);
    move || {
        let mut stdin = io::stdin().lock();
        let (job, assignment) = (Job::read_line(&mut stdin), Assignment::read_line(&mut stdin));
        drop(stdin);
        std::thread::spawn(move || {
            let mut lines = io::stdin().lock().lines().map_while(Result::ok);
            if let Some(failure) = lines.find_map(|line| parse_stop_order(&line)) {
                canceller.cancel(failure);
            }
        });
        (job, assignment)
    }
}
