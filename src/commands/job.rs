//! `samstep job`: one job of CodePipeline, called by a person, by a test, or by a worker as its parent.

use crate::aws::{AwsCloud, AwsServices};
use crate::cli::JobArguments;
use crate::facts::{Environment, Failure, FailureKind, Outcome, Report, Reporter};
use crate::host::{Host, Session};
use crate::interrupt::{Cancellation, Canceller, cancellation};
use crate::job::{self, ActionOperations, Job, JobError, JobOptions};
use crate::operation::Patience;
use crate::operation::action::ActionHost;
use crate::settings::AwsSettings;
use crate::worker::{LogPlace, ResultWatch, stopped_by};
use std::io::BufRead;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

pub async fn run(
    arguments: &JobArguments,
    environment: &Environment,
    session: &Session,
    cancellation: &Cancellation,
) -> Result<Report, Failure> {
    let (canceller, end) = self::cancellation();
    let canceller = Arc::new(canceller);
    let job = load(arguments, &canceller, cancellation).await?;
    let write = if arguments.in_worker { Host::write_to_parent } else { |_: &str| {} };
    let watch = Arc::new(ResultWatch::new(session.reporter(), write));
    let ended = {
        let reporter: Arc<dyn Reporter> = watch.clone();
        let limit = arguments.timeout;
        tokio::select! {
            ended = run_loaded(job, arguments, environment, session, &end, &reporter) => ended,
            never = forward(cancellation, limit, &canceller) => match never {},
        }
    };
    watch.end(&ended);
    Ok(Report { outcome: ended?, ..Report::default() })
}

async fn run_loaded(
    job: Result<Job, JobError>,
    arguments: &JobArguments,
    environment: &Environment,
    session: &Session,
    cancellation: &Cancellation,
    reporter: &Arc<dyn Reporter>,
) -> Result<Outcome, Failure> {
    let aws = AwsSettings::from(arguments.aws.clone());
    let services = AwsServices::new(&aws, session.redactor()).await?;
    let options = JobOptions {
        external_execution_id: external_execution_id(arguments, environment).await,
        redactor: session.redactor().clone(),
        ..JobOptions::default()
    };
    let job = match job {
        Ok(job) => job,
        Err(error) => {
            let id = error.job_id().cloned();
            let failure = Failure::from(error);
            return Err(match id {
                Some(id) => {
                    let rejected = job::reject(&id, failure, &services, &options, reporter).await;
                    rejected.unwrap_or_else(|failure| failure)
                }
                None => failure,
            });
        }
    };
    session.hide(job.secrets());
    let operations = ActionOperations {
        cloud: &AwsCloud,
        host: ActionHost { aws: &aws, environment, allowed: &arguments.allow },
        redactor: session.redactor(),
        cancellation,
        patience: Patience::For(Duration::ZERO),
    };
    job::run(&job, &services, &operations, &options, reporter, cancellation.wait()).await
}

/// What leads to the log of this job.
async fn external_execution_id(arguments: &JobArguments, environment: &Environment) -> Option<String> {
    match arguments.in_worker {
        true => arguments.external_execution_id.clone(),
        false => LogPlace::find(environment).await?.external_execution_id(SystemTime::now()),
    }
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

/// Reads the job. A signal ends a wait on a silent pipe: no job is known then, so none is reported.
async fn load(
    arguments: &JobArguments,
    canceller: &Arc<Canceller>,
    cancellation: &Cancellation,
) -> Result<Result<Job, JobError>, Failure> {
    let (in_worker, file) = (arguments.in_worker, arguments.job_file.clone());
    let canceller = Arc::clone(canceller);
    let loading =
        tokio::task::spawn_blocking(move || if in_worker { from_parent(&canceller) } else { Job::load(&file) });
    tokio::select! {
        loaded = loading => {
            loaded.map_err(|error| Failure::new(FailureKind::Internal, format!("the job was not read: {error}")))
        }
        failure = cancellation.wait() => Err(failure),
    }
}

/// Reads the job from the first line of standard input, and orders from the others. If the parent is gone, no order
/// comes: the job continues and reports itself.
fn from_parent(canceller: &Arc<Canceller>) -> Result<Job, JobError> {
    let job = Job::read_line(&mut std::io::stdin().lock());
    let canceller = Arc::clone(canceller);
    std::thread::spawn(move || {
        let mut lines = std::io::stdin().lock().lines().map_while(Result::ok);
        if let Some(failure) = lines.find_map(|line| stopped_by(&line)) {
            canceller.cancel(failure);
        }
    });
    job
}
