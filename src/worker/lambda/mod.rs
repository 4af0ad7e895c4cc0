//! The step as a Lambda function: each event is answered once, and its job has its result by then.

mod event;
mod runtime;
#[cfg(test)]
mod tests;

pub use runtime::RuntimeApi;

use super::messages::JobEnd;
use super::queue::Offer;
use crate::facts::{Failure, FailureKind};
use crate::interrupt::{Cancellation, cancellation};
use crate::job::{Job, JobId, Origin, panicked};
use event::EventKind;
use futures_util::FutureExt;
use runtime::Invocation;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

/// Time to report before the sandbox ends.
const REPORT_TIME: Duration = Duration::from_secs(10);
/// Lambda delivers at least once; the last jobs of a sandbox are known.
const KNOWN_JOBS: usize = 1000;

/// What a function does with events.
pub trait Function {
    /// Does a job and puts its result; `end` ends it early.
    async fn work(&self, job: Offer, end: &Cancellation) -> JobEnd;

    /// Puts the failure of a job that could not be parsed, and returns it. The error says why it could not be put.
    async fn reject(&self, job: &JobId, failure: Failure) -> Result<Failure, Failure>;

    /// Does the queued jobs; `end` ends them early. After `time` no job may run.
    async fn poll(&self, time: Duration, end: &Cancellation) -> Result<(), Failure>;

    async fn pause(&self, wait: Duration);

    /// Writes a failure to the log.
    fn fail(&self, failure: &Failure);
}

/// Answers events until the sandbox ends.
pub async fn serve(api: &RuntimeApi, function: &impl Function, cancellation: &Cancellation) -> Result<(), Failure> {
    let mut events = Events { function, seen: VecDeque::new() };
    loop {
        let invocation = tokio::select! {
            invocation = api.next() => invocation?,
            _ = cancellation.wait() => return Ok(()),
        };
        let handled = AssertUnwindSafe(events.handle(&invocation)).catch_unwind().await;
        match handled.unwrap_or_else(|panic| Err(panicked(panic.as_ref()))) {
            Ok(answer) => api.answer(&invocation, &answer).await?,
            Err(failure) => {
                function.fail(&failure);
                api.fail(&invocation, &failure.cause()).await?;
            }
        }
    }
}

/// The events of one sandbox.
struct Events<'a, F> {
    function: &'a F,
    seen: VecDeque<JobId>,
}

impl<F: Function> Events<'_, F> {
    /// An error is for an event without a job that could be reported.
    async fn handle(&mut self, invocation: &Invocation) -> Result<Value, Failure> {
        match EventKind::parse(&invocation.event) {
            EventKind::Job => self.job(invocation).await,
            EventKind::Poll => self.poll(invocation).await,
            EventKind::Partner => {
                let message = "the event is that of a partner integration (it has no `CodePipeline.job`), which expects \
                               a return value in place of a result";
                let failure = Failure::new(FailureKind::Usage, message);
                Err(failure.with_hint("use a Lambda invoke action, or a custom action with a job worker"))
            }
            EventKind::Unknown => {
                let failure =
                    Failure::new(FailureKind::Usage, "the event is neither a CodePipeline job nor a schedule");
                Err(failure.with_hint("invoke the function from a Lambda invoke action or an EventBridge rule"))
            }
        }
    }

    /// Succeeds once the job has its result. After an error Lambda delivers the event again, and another sandbox may put
    /// the result.
    async fn job(&mut self, invocation: &Invocation) -> Result<Value, Failure> {
        let job = match Job::parse(Origin::Service, &invocation.event) {
            Ok(job) => job,
            Err(error) => {
                let Some(id) = error.job_id().cloned() else { return Err(error.into()) };
                let failure = self.function.reject(&id, error.into()).await?;
                self.function.fail(&failure);
                return Ok(ended(&id, failure.kind.job_failure_type().name()));
            }
        };
        if self.seen.contains(&job.id) {
            return Ok(ended(&job.id, "already done"));
        }
        let document = String::from_utf8_lossy(&invocation.event).replace(['\n', '\r'], " ");
        let offer = Offer { id: job.id.clone(), nonce: None, action_type: None, document };
        let left = invocation.time_left().saturating_sub(REPORT_TIME);
        let end = self.within(left, async |end: &Cancellation| self.function.work(offer, end).await).await;
        if !end.is_put {
            let failure = Failure::new(FailureKind::Temporary, format!("no result of the job {} could be put", job.id));
            return Err(failure.with_hint("the log says why; until a result arrives the action stays in progress"));
        }
        self.seen.push_back(job.id.clone());
        self.seen.drain(..self.seen.len().saturating_sub(KNOWN_JOBS));
        Ok(ended(&job.id, &end.ended))
    }

    /// Does the queued jobs in the time that is left.
    async fn poll(&self, invocation: &Invocation) -> Result<Value, Failure> {
        let left = invocation.time_left().saturating_sub(REPORT_TIME * 2);
        self.within(left, async |end: &Cancellation| self.function.poll(left, end).await).await?;
        Ok(json!({"polled": true}))
    }

    /// Cancels the work after `time`; it then ends by itself.
    async fn within<T>(&self, time: Duration, work: impl AsyncFnOnce(&Cancellation) -> T) -> T {
        let (canceller, end) = cancellation();
        let guard = async {
            self.function.pause(time).await;
            canceller.cancel(too_long());
            std::future::pending().await
        };
        tokio::select! {
            ended = work(&end) => ended,
            never = guard => never,
        }
    }
}

fn ended(job: &JobId, how: &str) -> Value {
    json!({"jobId": job.as_str(), "ended": how})
}

fn too_long() -> Failure {
    let message = "the job would not be done before the function's time is over";
    Failure::new(FailureKind::Temporary, message)
        .with_hint("raise the function's Timeout, or its memory for more speed")
}
