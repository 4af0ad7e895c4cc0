//! The step as a Lambda function: each event is answered once, whatever becomes of its job.

use super::worker;
use crate::aws::{AwsCloud, AwsServices};
use crate::cli::{ActionTypeId, Environment, LambdaArguments, WorkerArguments};
use crate::failure::{Failure, FailureKind};
use crate::host::Host;
use crate::interrupt::{Interrupt, interrupt};
use crate::job::{self, Asked, Invocation, Job, JobId, JobOptions, PackageOperation, RuntimeApi, Services};
use crate::settings::AwsSettings;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::time::Duration;

/// What it takes to report before the sandbox ends.
const MARGIN: Duration = Duration::from_secs(10);
/// Lambda delivers at least once; a sandbox remembers so many jobs.
const REMEMBERED: usize = 1000;

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
    let function = Function {
        services: AwsServices::new(&settings, move |learned| secrets.hide(learned)).await?,
        arguments,
        settings,
        environment,
        host,
    };
    let api = RuntimeApi::new(&address);
    let mut seen = VecDeque::new();
    loop {
        let invocation = tokio::select! {
            invocation = api.next() => invocation?,
            _ = interrupt.wait() => return Ok(()),
        };
        match function.handle(&invocation, &mut seen).await {
            Ok(answer) => api.answer(&invocation, &answer).await?,
            Err(failure) => {
                host.fail(&failure);
                api.fail(&invocation, &failure.cause()).await?;
            }
        }
    }
}

/// One function in its sandbox.
struct Function<'a> {
    services: AwsServices,
    arguments: &'a LambdaArguments,
    settings: AwsSettings,
    environment: &'a Environment,
    host: &'a Host,
}

impl Function<'_> {
    /// An error is for what no job can be told.
    async fn handle(&self, invocation: &Invocation, seen: &mut VecDeque<JobId>) -> Result<Value, Failure> {
        match Asked::of(&invocation.event) {
            Asked::Job => self.job(invocation, seen).await,
            Asked::Poll => self.poll(invocation).await,
            Asked::Partner => {
                let message = "the event is that of a partner integration (it has no `CodePipeline.job`), which expects \
                               a return value in place of a result";
                let failure = Failure::new(FailureKind::Usage, message);
                Err(failure.with_hint("use a Lambda invoke action, or a custom action with a job worker"))
            }
            Asked::Unknown => {
                let failure =
                    Failure::new(FailureKind::Usage, "the event is neither a CodePipeline job nor a schedule");
                Err(failure.with_hint("invoke the function from a Lambda invoke action or an EventBridge rule"))
            }
        }
    }

    /// The job has its result in the end, hence the event is answered well: an error would bring it again.
    async fn job(&self, invocation: &Invocation, seen: &mut VecDeque<JobId>) -> Result<Value, Failure> {
        let options = JobOptions {
            external_execution_id: self.environment.get("AWS_LAMBDA_LOG_STREAM_NAME").cloned(),
            secrets: self.settings.external_id.clone().into_iter().collect(),
            ..JobOptions::default()
        };
        let reporter = self.host.reporter();
        let job = match Job::parse("the event", &invocation.event) {
            Ok(job) => job,
            Err(error) => {
                let Some(id) = error.job_id().cloned() else { return Err(error.into()) };
                let failure = job::reject(&id, error.into(), &self.services, &options, &reporter).await;
                self.host.fail(&failure);
                return Ok(json!({"jobId": id.as_str(), "ended": "failed"}));
            }
        };
        if seen.contains(&job.id) {
            return Ok(json!({"jobId": job.id.as_str(), "ended": "already done"}));
        }
        seen.push_back(job.id.clone());
        seen.drain(..seen.len().saturating_sub(REMEMBERED));
        self.host.hide(job.secrets());
        let (interrupter, end) = interrupt();
        let allowed = &self.arguments.allow;
        let (host, environment) = (&self.settings, self.environment);
        let operation = PackageOperation { cloud: &AwsCloud, host, environment, allowed, interrupt: &end };
        let run = job::run(&job, &self.services, &operation, &options, &reporter, end.wait());
        let guard = async {
            self.services.pause(invocation.time_left().saturating_sub(MARGIN)).await;
            interrupter.interrupt(too_long());
            std::future::pending::<()>().await;
        };
        let ended = tokio::select! {
            ended = run => ended,
            () = guard => Err(too_long()),
        };
        match ended {
            Ok(outcome) => Ok(json!({"jobId": job.id.as_str(), "ended": outcome.summary})),
            Err(failure) => {
                self.host.fail(&failure);
                Ok(json!({"jobId": job.id.as_str(), "ended": "failed"}))
            }
        }
    }

    /// Does what is queued in the time that is left.
    async fn poll(&self, invocation: &Invocation) -> Result<Value, Failure> {
        let Some(action_type) = self.arguments.action_type.clone() else {
            let failure = Failure::new(FailureKind::Usage, "the event asks for a poll, and no action type is set");
            return Err(failure.with_hint("set SAMSTEP_ACTION_TYPE to the type, such as Build/Samstep/1"));
        };
        let left = invocation.time_left().saturating_sub(MARGIN * 2);
        let (interrupter, end) = interrupt();
        let arguments = self.worker(action_type, left);
        let work = worker::run(&arguments, self.environment, self.host, &end);
        let guard = async {
            self.services.pause(left).await;
            interrupter.interrupt(too_long());
            std::future::pending::<()>().await;
        };
        tokio::select! {
            ended = work => ended?,
            () = guard => {}
        }
        Ok(json!({"polled": true}))
    }

    fn worker(&self, action_type: ActionTypeId, left: Duration) -> WorkerArguments {
        WorkerArguments {
            action_type: Some(action_type),
            pool: self.arguments.pool.clone(),
            concurrency: 2,
            once: true,
            health: false,
            poll_interval: Duration::from_secs(3).min(self.arguments.linger),
            linger: self.arguments.linger,
            timeout: left,
            drain: Duration::ZERO,
            state_file: None,
            allow: self.arguments.allow.clone(),
            aws: self.arguments.aws.clone(),
            report: self.arguments.report.clone(),
        }
    }
}

fn too_long() -> Failure {
    let message = "the job would not be done before the function's time is over";
    Failure::new(FailureKind::Temporary, message)
        .with_hint("raise the function's Timeout, or its memory for more speed")
}
