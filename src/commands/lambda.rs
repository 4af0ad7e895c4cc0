//! `samstep lambda`: wires the Lambda function to AWS, the processes of jobs, and a worker for queued jobs.

use super::worker;
use crate::aws::AwsServices;
use crate::cli::{LambdaArguments, WorkerArguments};
use crate::facts::{ActionTypeId, Environment, Failure, FailureKind, Report};
use crate::host::Session;
use crate::interrupt::Cancellation;
use crate::job::{self, JobId, JobOptions, Services};
use crate::settings::AwsSettings;
use crate::worker::{Function, JobEnd, JobProcess, JobRunner, Offer, ProcessRunner, Records, RuntimeApi, serve};
use std::time::Duration;

/// The address of the Runtime API, which Lambda sets for a function.
pub const RUNTIME_API: &str = "AWS_LAMBDA_RUNTIME_API";
/// The time limit of Lambda.
const FUNCTION_TIME_LIMIT: Duration = Duration::from_secs(15 * 60);
/// How long a job may take to end and to report. The function then still has time to report it in its place.
const GRACE: Duration = Duration::from_secs(7);
/// Lambda delivers an event again some 2 minutes after its sandbox was reset. What has no result then is reported.
const REDELIVERY_TIME: Duration = Duration::from_secs(5 * 60);
const RECOVERY_TIMEOUT: Duration = Duration::from_secs(6);

/// Answers events until the sandbox ends.
pub async fn run(
    arguments: &LambdaArguments,
    environment: &Environment,
    session: &Session,
    cancellation: &Cancellation,
) -> Result<Report, Failure> {
    let settings = AwsSettings::from(arguments.aws.clone());
    let address = environment.get(RUNTIME_API).ok_or_else(|| {
        let message = "AWS_LAMBDA_RUNTIME_API is not set: this is not a Lambda function";
        Failure::new(FailureKind::Usage, message)
            .with_hint("samstep lambda runs as the bootstrap of a function; elsewhere, samstep job does a job")
    })?;
    let function = AwsFunction {
        services: AwsServices::new(&settings, session.redactor()).await?,
        log_stream: environment.get("AWS_LAMBDA_LOG_STREAM_NAME").map(str::to_owned),
        arguments,
        environment,
        session,
    };
    serve(&RuntimeApi::new(address), &function, cancellation).await?;
    Ok(Report::default())
}

/// One function in its sandbox.
struct AwsFunction<'a> {
    services: AwsServices,
    /// What leads to the log.
    log_stream: Option<String>,
    arguments: &'a LambdaArguments,
    environment: &'a Environment,
    session: &'a Session,
}

impl AwsFunction<'_> {
    fn options(&self) -> JobOptions {
        JobOptions {
            external_execution_id: self.log_stream.clone(),
            redactor: self.session.redactor().clone(),
            ..JobOptions::default()
        }
    }

    /// Runs each job in a process of its own: if memory runs out, the kernel kills that one, and the function reports it.
    fn runner(&self) -> Result<ProcessRunner<AwsServices>, Failure> {
        let log_stream = self.log_stream.clone();
        Ok(ProcessRunner {
            process: JobProcess { grace: GRACE, ..worker::process(&self.worker(None, FUNCTION_TIME_LIMIT))? },
            records: Records::open(&std::env::temp_dir())?,
            services: self.services.clone(),
            action_type: None,
            redelivery_time: REDELIVERY_TIME,
            redactor: self.session.redactor().clone(),
            external_id: Box::new(move || log_stream.clone()),
            reporter: self.session.reporter(),
        })
    }

    /// Reports jobs of this sandbox that were lost when it was reset, which keeps `/tmp`. Other events come first.
    async fn recover(&self, end: &Cancellation) {
        let Ok(runner) = self.runner() else { return };
        tokio::select! {
            biased;
            _ = end.wait() => {}
            () = self.services.pause(RECOVERY_TIMEOUT) => {}
            () = runner.recover() => {}
        }
    }

    async fn run_job(&self, offer: Offer, end: &Cancellation) -> JobEnd {
        let ended = match self.runner() {
            Ok(runner) => match runner.run(offer, end.clone(), Box::new(drop)).await {
                Some(end) => return end,
                None => Err(Failure::new(FailureKind::Internal, "the job has no end")),
            },
            Err(failure) => self.reject(&offer.id, failure).await,
        };
        match ended {
            Ok(failure) => {
                self.fail(&failure);
                JobEnd::reported(failure.kind.job_failure_type().name())
            }
            Err(failure) => {
                self.fail(&failure);
                JobEnd::unreported(failure.kind.job_failure_type().name())
            }
        }
    }
}

impl Function for AwsFunction<'_> {
    async fn work(&self, offer: Offer, end: &Cancellation) -> JobEnd {
        let ended = self.run_job(offer, end).await;
        self.recover(end).await;
        ended
    }

    async fn reject(&self, job: &JobId, failure: Failure) -> Result<Failure, Failure> {
        job::reject(job, failure, &self.services, &self.options(), &self.session.reporter()).await
    }

    async fn poll(&self, time: Duration, end: &Cancellation) -> Result<(), Failure> {
        let Some(action_type) = self.arguments.action_type.clone() else {
            let failure = Failure::new(FailureKind::Usage, "the event asks for a poll, and no action type is set");
            return Err(failure.with_hint("set SAMSTEP_ACTION_TYPE to the type, such as Build/Samstep/1"));
        };
        // A job that is taken late would not be done in time. The next event starts another function for it.
        let takes_jobs_for = Some(time / 3);
        let bounds = worker::Bounds { takes_jobs_for, grace: GRACE };
        let worker = self.worker(Some(action_type), time);
        let ended = worker::run(&worker, bounds, self.environment, self.session, end).await;
        self.recover(end).await;
        ended
    }

    async fn pause(&self, wait: Duration) {
        self.services.pause(wait).await;
    }

    fn fail(&self, failure: &Failure) {
        self.session.fail(failure);
    }
}

impl AwsFunction<'_> {
    /// A worker that ends when nothing is queued, and whose jobs end in time.
    fn worker(&self, action_type: Option<ActionTypeId>, time: Duration) -> WorkerArguments {
        WorkerArguments {
            action_type,
            pool: self.arguments.pool.clone(),
            concurrency: 2,
            once: true,
            health: false,
            poll_interval: Duration::from_secs(3).min(self.arguments.linger),
            linger: self.arguments.linger,
            timeout: time,
            drain: Duration::ZERO,
            state_file: None,
            metrics: None,
            allow: self.arguments.allow.clone(),
            aws: self.arguments.aws.clone(),
            report: self.arguments.report.clone(),
            inherited: self.arguments.inherited.clone(),
        }
    }
}
