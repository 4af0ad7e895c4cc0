//! The end of a run that is cancelled: where the deployment stands, and what becomes of its traffic shifts.

use crate::deploy::{Context, OnCancel, Phase, Stacks, find_running_shifts, running_shifts};
use crate::facts::{Failure, Problem, ServiceError};
use crate::shift::Deployments;
use futures_util::future::join_all;
use std::time::Duration;

/// Time to find the shifts that run. Those that are known already are stopped in any case.
const FIND_TIMEOUT: Duration = Duration::from_secs(1);
/// Time for the calls that stop shifts, which are made at once: the process may be killed soon.
const STOP_TIMEOUT: Duration = Duration::from_secs(2);

/// What came of a call that stops a shift.
#[derive(Debug, Clone, PartialEq)]
pub enum Stop {
    /// CodeDeploy stops it.
    Accepted,
    Failed(ServiceError),
    TimedOut,
}

/// Asks CodeDeploy to stop traffic shifts, if that was asked for; returns what came of each. Makes no call otherwise.
pub async fn stop_shifts<S: Stacks>(context: &Context<'_, S>, phase: &Phase) -> Vec<(String, Stop)> {
    if context.options.on_cancel == OnCancel::Leave {
        return Vec::new();
    }
    let found = tokio::time::timeout(FIND_TIMEOUT, find_running_shifts(context, phase.clone())).await;
    let shifts = found.unwrap_or_else(|_| running_shifts(phase));
    let deployments = context.stacks.deployments();
    let stop = async |id: &String| (id.clone(), within(STOP_TIMEOUT, deployments.stop(id)).await);
    join_all(shifts.iter().map(stop)).await
}

async fn within(limit: Duration, call: impl Future<Output = Result<(), ServiceError>>) -> Stop {
    match tokio::time::timeout(limit, call).await {
        Ok(Ok(())) => Stop::Accepted,
        Ok(Err(error)) => Stop::Failed(error),
        Err(_) => Stop::TimedOut,
    }
}

/// Where a deployment stands, with what came of the shifts.
pub fn with_stopped((stands, hint): (String, Option<String>), stops: &[(String, Stop)]) -> (String, Option<String>) {
    (stops.iter().fold(stands, |stands, (id, stop)| format!("{stands}; {}", sentence(id, stop))), hint)
}

fn sentence(id: &str, stop: &Stop) -> String {
    match stop {
        Stop::Accepted => format!("CodeDeploy stops {id}"),
        Stop::Failed(error) => format!("could not stop {id}: {error}"),
        Stop::TimedOut => format!("StopDeployment of {id} did not answer in {} s", STOP_TIMEOUT.as_secs()),
    }
}

/// A cancellation with where the deployment stands and how to watch it.
pub fn with_last_words(failure: Failure, (stands, hint): (String, Option<String>)) -> Failure {
    let failure = failure.map(|problem| Problem { message: format!("{}; {stands}", problem.message), ..problem });
    match hint {
        Some(hint) => failure.with_hint(hint),
        None => failure,
    }
}

#[cfg(test)]
mod tests {
    use super::{Stop, with_stopped, within};
    use crate::testing::stacks::{Op, Wrong};
    use std::time::Duration;

    #[tokio::test]
    async fn each_shift_is_named_with_what_came_of_it() {
        let error = Op::StopDeployment.goes(Wrong::Denied, "deployment d-2");
        let stops = [
            ("d-1", within(Duration::MAX, async { Ok(()) }).await),
            ("d-2", within(Duration::MAX, async { Err(error.clone()) }).await),
            ("d-3", within(Duration::ZERO, std::future::pending()).await),
        ];
        let expected = [Stop::Accepted, Stop::Failed(error.clone()), Stop::TimedOut];
        assert_eq!(stops.each_ref().map(|(_, stop)| stop.clone()), expected);
        let stops = stops.map(|(id, stop)| (id.to_owned(), stop));
        let (words, hint) = with_stopped(("it goes on".to_owned(), Some("watch it".to_owned())), &stops);
        insta::assert_snapshot!(words, @"it goes on; CodeDeploy stops d-1; could not stop d-2: codedeploy:StopDeployment deployment d-2: User is not authorized (AccessDenied); StopDeployment of d-3 did not answer in 2 s");
        assert_eq!(hint.as_deref(), Some("watch it"));
    }
}
