//! The step as a Lambda function, put together: AWS, the operations, and a worker for what is queued.

use super::worker;
use crate::aws::AwsServices;
use crate::cli::{LambdaArguments, WorkerArguments};
use crate::facts::{ActionTypeId, Environment, Failure, FailureKind, Report};
use crate::host::Session;
use crate::interrupt::Cancellation;
use crate::job::{self, JobId, JobOptions, Services};
use crate::settings::AwsSettings;
use crate::worker::{ChildRunner, Function, JobEnd, JobProcess, JobRunner, Offer, RuntimeApi, serve};
use std::time::Duration;

/// The address of the Runtime API, which Lambda sets for a function.
pub const RUNTIME_API: &str = "AWS_LAMBDA_RUNTIME_API";
/// No function runs longer.
const LONGEST: Duration = Duration::from_secs(15 * 60);
/// What a job may take to end and to report; there is time left then to report it in its place.
const GRACE: Duration = Duration::from_secs(7);

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
}

impl Function for AwsFunction<'_> {
    /// In a process of its own: where memory is out, that one is killed, and there is somebody left to report it.
    async fn work(&self, offer: Offer, end: &Cancellation) -> JobEnd {
        let (log_stream, reporter) = (self.log_stream.clone(), self.session.reporter());
        let process = match worker::process(&self.worker(None, LONGEST)) {
            Ok(process) => JobProcess { grace: GRACE, ..process },
            Err(failure) => {
                return match self.reject(&offer.id, failure).await {
                    Ok(failure) => JobEnd::reported(failure.kind.job_failure_type().name()),
                    Err(failure) => JobEnd::unreported(failure.kind.job_failure_type().name()),
                };
            }
        };
        let services = self.services.clone();
        let external_id = Box::new(move || log_stream.clone());
        ChildRunner { process, services, redactor: self.session.redactor().clone(), external_id, reporter }
            .run(offer, end.clone())
            .await
    }

    async fn reject(&self, job: &JobId, failure: Failure) -> Result<Failure, Failure> {
        job::reject(job, failure, &self.services, &self.options(), &self.session.reporter()).await
    }

    async fn poll(&self, time: Duration, end: &Cancellation) -> Result<(), Failure> {
        let Some(action_type) = self.arguments.action_type.clone() else {
            let failure = Failure::new(FailureKind::Usage, "the event asks for a poll, and no action type is set");
            return Err(failure.with_hint("set SAMSTEP_ACTION_TYPE to the type, such as Build/Samstep/1"));
        };
        // What is taken late would not be done in time; the next event or schedule wakes another function for it.
        let takes_jobs_for = Some(time / 3);
        let bounds = worker::Bounds { takes_jobs_for, grace: GRACE };
        worker::run(&self.worker(Some(action_type), time), bounds, self.environment, self.session, end).await
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
            allow: self.arguments.allow.clone(),
            aws: self.arguments.aws.clone(),
            report: self.arguments.report.clone(),
            inherited: self.arguments.inherited.clone(),
        }
    }
}
