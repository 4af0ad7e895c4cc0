//! The step as a Lambda function, put together: AWS, the operations, and a worker for what is queued.

use super::worker;
use crate::aws::{AwsCloud, AwsServices};
use crate::cli::{ActionTypeId, Environment, LambdaArguments, WorkerArguments};
use crate::event::Outcome;
use crate::failure::{Failure, FailureKind};
use crate::host::Host;
use crate::interrupt::Interrupt;
use crate::job::{self, Function, Job, JobId, JobOptions, PackageOperation, RuntimeApi, Services};
use crate::settings::AwsSettings;
use std::time::Duration;

/// Answers events until the sandbox ends.
pub async fn run(
    arguments: &LambdaArguments,
    environment: &Environment,
    host: &Host,
    interrupt: &Interrupt,
) -> Result<(), Failure> {
    let settings = AwsSettings::from(arguments.aws.clone());
    host.hide(settings.external_id.clone());
    host.start_log();
    let address = environment.get(super::LAMBDA_RUNTIME_API).cloned().unwrap_or_default();
    let secrets = host.secrets().clone();
    let function = AwsFunction {
        secrets_of_host: secrets.count(),
        services: AwsServices::new(&settings, move |learned| secrets.hide(learned)).await?,
        options: JobOptions {
            external_execution_id: environment.get("AWS_LAMBDA_LOG_STREAM_NAME").cloned(),
            secrets: settings.external_id.clone().into_iter().collect(),
            ..JobOptions::default()
        },
        arguments,
        settings,
        environment,
        host,
    };
    job::serve(&RuntimeApi::new(&address), &function, interrupt).await
}

/// One function in its sandbox.
struct AwsFunction<'a> {
    services: AwsServices,
    /// How many secrets are of no job.
    secrets_of_host: usize,
    options: JobOptions,
    arguments: &'a LambdaArguments,
    settings: AwsSettings,
    environment: &'a Environment,
    host: &'a Host,
}

impl Function for AwsFunction<'_> {
    async fn work(&self, job: &Job, end: &Interrupt) -> Result<Outcome, Failure> {
        self.host.secrets().keep_first(self.secrets_of_host);
        self.host.hide(job.secrets());
        let (host, environment, allowed) = (&self.settings, self.environment, &self.arguments.allow);
        let operation = PackageOperation { cloud: &AwsCloud, host, environment, allowed, interrupt: end };
        job::run(job, &self.services, &operation, &self.options, &self.host.reporter(), end.wait()).await
    }

    async fn reject(&self, job: &JobId, failure: Failure) -> Failure {
        job::reject(job, failure, &self.services, &self.options, &self.host.reporter()).await
    }

    async fn poll(&self, time: Duration, end: &Interrupt) -> Result<(), Failure> {
        let Some(action_type) = self.arguments.action_type.clone() else {
            let failure = Failure::new(FailureKind::Usage, "the event asks for a poll, and no action type is set");
            return Err(failure.with_hint("set SAMSTEP_ACTION_TYPE to the type, such as Build/Samstep/1"));
        };
        // What is taken late would not be done in time; the next event or schedule wakes another function for it.
        let takes_jobs_for = Some(time / 3);
        worker::run(&self.worker(action_type, time), takes_jobs_for, self.environment, self.host, end).await
    }

    async fn pause(&self, wait: Duration) {
        self.services.pause(wait).await;
    }

    fn fail(&self, failure: &Failure) {
        self.host.fail(failure);
    }
}

impl AwsFunction<'_> {
    /// A worker that ends when nothing is queued, and whose jobs end in time.
    fn worker(&self, action_type: ActionTypeId, time: Duration) -> WorkerArguments {
        WorkerArguments {
            action_type: Some(action_type),
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
        }
    }
}
