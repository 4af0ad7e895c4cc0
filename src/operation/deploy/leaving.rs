//! The end of a run that is cancelled: where the deployment stands, and what becomes of its traffic shifts.

use crate::deploy::{Context, OnCancel, Stacks};
use crate::facts::{Failure, Problem};
use crate::shift::Deployments;
use futures_util::future::join_all;
use std::time::Duration;

/// Time for the calls that stop shifts, which are made at once: the process may be killed soon.
const STOPPING: Duration = Duration::from_secs(2);

/// Asks CodeDeploy to stop traffic shifts, if that was asked for; returns of each whether it will. Makes no call
/// otherwise.
pub async fn stop_shifts<S: Stacks>(context: &Context<'_, S>, shifts: &[String]) -> Vec<(String, bool)> {
    if context.options.on_cancel == OnCancel::Leave {
        return Vec::new();
    }
    let stop = async |id: &String| {
        let call = tokio::time::timeout(STOPPING, context.stacks.deployments().stop(id));
        matches!(call.await, Ok(Ok(())))
    };
    let stopped = join_all(shifts.iter().map(stop)).await;
    shifts.iter().cloned().zip(stopped).collect()
}

pub fn with_stopped((stands, hint): (String, Option<String>), asked: Vec<(String, bool)>) -> (String, Option<String>) {
    let named = |is_stopped: bool| -> Vec<_> {
        asked.iter().filter(|(_, stops)| *stops == is_stopped).map(|(id, _)| id.as_str()).collect()
    };
    let (stopped, going) = (named(true), named(false));
    let stops = (!stopped.is_empty()).then(|| format!("; CodeDeploy stops {}", stopped.join(", ")));
    let goes = (!going.is_empty()).then(|| format!("; CodeDeploy could not be asked to stop {}", going.join(", ")));
    (format!("{stands}{}{}", stops.unwrap_or_default(), goes.unwrap_or_default()), hint)
}

/// A cancellation with where the deployment stands and how to watch it.
pub fn with_last_words(failure: Failure, (stands, hint): (String, Option<String>)) -> Failure {
    let failure = failure.map(|problem| Problem { message: format!("{}; {stands}", problem.message), ..problem });
    match hint {
        Some(hint) => failure.with_hint(hint),
        None => failure,
    }
}
