//! One job of CodePipeline, called by a person, by a test, or by a worker as its parent.

use crate::aws::{AwsCloud, AwsServices};
use crate::cli::{Environment, JobArguments};
use crate::event::Reporter;
use crate::failure::{Failure, FailureKind};
use crate::host::Host;
use crate::interrupt::{Interrupt, Interrupter, interrupt};
use crate::job::{self, Job, JobError, JobOptions, LogPlace, PackageOperation, ResultWatch, stopped_by};
use crate::settings::AwsSettings;
use std::io::BufRead;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

pub async fn run(
    arguments: &JobArguments,
    environment: &Environment,
    host: &Host,
    interrupt: &Interrupt,
) -> Result<(), Failure> {
    let settings = AwsSettings::from(arguments.aws.clone());
    host.hide(settings.external_id.clone());
    host.prepare()?;
    host.start_log();
    let (interrupter, end) = self::interrupt();
    let interrupter = Arc::new(interrupter);
    let job = load(arguments, &interrupter, interrupt).await?;
    let tell = if arguments.in_worker { Host::tell_parent } else { |_: &str| {} };
    let watch = Arc::new(ResultWatch::new(host.reporter(), tell));
    let ended = {
        let reporter: Arc<dyn Reporter> = watch.clone();
        let limit = arguments.timeout;
        tokio::select! {
            ended = run_loaded(job, arguments, &settings, (environment, host), &end, &reporter) => ended,
            never = forward(interrupt, limit, &interrupter) => match never {},
        }
    };
    watch.end(&ended);
    host.succeed(&ended?, None)
}

async fn run_loaded(
    job: Result<Job, JobError>,
    arguments: &JobArguments,
    settings: &AwsSettings,
    (environment, host): (&Environment, &Host),
    interrupt: &Interrupt,
    reporter: &Arc<dyn Reporter>,
) -> Result<crate::event::Outcome, Failure> {
    let secrets = host.secrets().clone();
    let services = AwsServices::new(settings, move |learned| secrets.hide(learned)).await?;
    let options = JobOptions {
        external_execution_id: external_execution_id(arguments, environment).await,
        secrets: settings.external_id.clone().into_iter().collect(),
        ..JobOptions::default()
    };
    let job = match job {
        Ok(job) => job,
        Err(error) => {
            let id = error.job_id().cloned();
            let failure = Failure::from(error);
            return Err(match id {
                Some(id) => {
                    let told = job::reject(&id, failure, &services, &options, reporter).await;
                    told.unwrap_or_else(|failure| failure)
                }
                None => failure,
            });
        }
    };
    host.hide(job.secrets());
    let allowed = &arguments.allow;
    let operation = PackageOperation { cloud: &AwsCloud, host: settings, environment, allowed, interrupt };
    job::run(&job, &services, &operation, &options, reporter, interrupt.wait()).await
}

/// What leads a person to the log of this job.
async fn external_execution_id(arguments: &JobArguments, environment: &Environment) -> Option<String> {
    match arguments.in_worker {
        true => arguments.external_execution_id.clone(),
        false => LogPlace::find(environment).await?.external_execution_id(SystemTime::now()),
    }
}

/// A signal and the end of the time end the job. Never returns: the job does.
async fn forward(signal: &Interrupt, limit: Option<Duration>, interrupter: &Interrupter) -> std::convert::Infallible {
    let failure = tokio::select! {
        failure = signal.wait() => failure,
        failure = time_is_over(limit) => failure,
    };
    interrupter.interrupt(failure);
    std::future::pending().await
}

async fn time_is_over(limit: Option<Duration>) -> Failure {
    let Some(limit) = limit else { return std::future::pending().await };
    tokio::time::sleep(limit).await;
    let message = format!("the job was not done within {} s", limit.as_secs_f64());
    Failure::new(FailureKind::Deadline, message).with_hint("give the worker a longer --timeout, or the step less to do")
}

/// A pipe may stay silent, which a signal ends: no job is known then, and hence none reported.
async fn load(
    arguments: &JobArguments,
    interrupter: &Arc<Interrupter>,
    interrupt: &Interrupt,
) -> Result<Result<Job, JobError>, Failure> {
    let (in_worker, file) = (arguments.in_worker, arguments.job_file.clone());
    let interrupter = Arc::clone(interrupter);
    let loading =
        tokio::task::spawn_blocking(move || if in_worker { from_parent(&interrupter) } else { Job::load(&file) });
    tokio::select! {
        loaded = loading => {
            loaded.map_err(|error| Failure::new(FailureKind::Internal, format!("the job was not read: {error}")))
        }
        failure = interrupt.wait() => Err(failure),
    }
}

/// The job on the first line of standard input; orders on the others. A parent that is gone gives no order: the job
/// goes on, and reports itself.
fn from_parent(interrupter: &Arc<Interrupter>) -> Result<Job, JobError> {
    let job = Job::read_line(&mut std::io::stdin().lock());
    let interrupter = Arc::clone(interrupter);
    std::thread::spawn(move || {
        let mut lines = std::io::stdin().lock().lines().map_while(Result::ok);
        if let Some(failure) = lines.find_map(|line| stopped_by(&line)) {
            interrupter.interrupt(failure);
        }
    });
    job
}
