//! The step as a Lambda function: each event is answered once, whatever becomes of its job, and each job that it holds
//! has its result by then.

mod asked;
mod runtime;
#[cfg(test)]
mod tests;

pub use runtime::RuntimeApi;

use super::{JobEnd, Offer};
use crate::facts::{Failure, FailureKind};
use crate::interrupt::{Cancellation, cancellation};
use crate::job::{Job, JobId, panicked};
use asked::Asked;
use futures_util::FutureExt;
use runtime::Invocation;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

/// What it takes to report before the sandbox ends.
const MARGIN: Duration = Duration::from_secs(10);
/// Lambda delivers at least once; a sandbox remembers so many jobs.
const REMEMBERED: usize = 1000;

/// What a function can do.
pub trait Function {
    /// Does a job and sees that it gets its result; `end` asks it to do so early.
    async fn work(&self, job: Offer, end: &Cancellation) -> JobEnd;

    /// Puts the result of a job that could not even be read; tells why it failed. The error says that it could not be put.
    async fn reject(&self, job: &JobId, failure: Failure) -> Result<Failure, Failure>;

    /// Does what is queued; `end` asks to end early, and after `time` no job may be running.
    async fn poll(&self, time: Duration, end: &Cancellation) -> Result<(), Failure>;

    /// Waits.
    async fn pause(&self, wait: Duration);

    /// Says in the log what went wrong.
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
    /// An error is for what no job can be told.
    async fn handle(&mut self, invocation: &Invocation) -> Result<Value, Failure> {
        match Asked::of(&invocation.event) {
            Asked::Job => self.job(invocation).await,
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

    /// Once the job has its result, the event is answered well. An error brings it again: somebody else may be able to
    /// put one.
    async fn job(&mut self, invocation: &Invocation) -> Result<Value, Failure> {
        let job = match Job::parse("the event", &invocation.event) {
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
        let offer = Offer { id: job.id.clone(), nonce: String::new(), action_type: None, document };
        let left = invocation.time_left().saturating_sub(MARGIN);
        let end = self.within(left, async |end: &Cancellation| self.function.work(offer, end).await).await;
        if !end.is_put {
            let failure = Failure::new(FailureKind::Temporary, format!("no result of the job {} could be put", job.id));
            return Err(failure.with_hint("the log says why; until a result arrives the action stays in progress"));
        }
        self.seen.push_back(job.id.clone());
        self.seen.drain(..self.seen.len().saturating_sub(REMEMBERED));
        Ok(ended(&job.id, &end.ended))
    }

    /// Does what is queued in the time that is left.
    async fn poll(&self, invocation: &Invocation) -> Result<Value, Failure> {
        let left = invocation.time_left().saturating_sub(MARGIN * 2);
        self.within(left, async |end: &Cancellation| self.function.poll(left, end).await).await?;
        Ok(json!({"polled": true}))
    }

    /// Work that is asked to end when its time is over, and then ends by itself.
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
