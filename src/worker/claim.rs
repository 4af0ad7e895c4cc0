//! From an offer to the right to do the job.
//!
//! An acknowledgement whose answer is lost may have been heard. To drop such a job would leave its action in progress
//! for a day; to do it is safe, since the second of two results is refused.

use super::Clock;
use super::queue::{Acknowledgement, JobQueue, Offer};
use crate::facts::{Reason, ServiceError};
use std::time::Duration;

/// Attempts while the service does not answer: 0.2 s, 0.4 s … 3.2 s apart.
const ATTEMPTS: u32 = 6;
const FIRST_WAIT: Duration = Duration::from_millis(200);

/// What became of an offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// The job is to be done here.
    Ours,
    /// Another worker does it.
    Lost,
    /// Nobody needs to do it, or it may not be done here.
    NotTaken(String),
}

/// Acknowledges an offer, again and again with the same nonce while the answer is lost.
pub async fn claim(offer: &Offer, queue: &impl JobQueue, clock: &impl Clock) -> Claim {
    let mut may_be_ours = false;
    for attempt in 0..ATTEMPTS {
        match queue.acknowledge(offer).await {
            Ok(Acknowledgement::InProgress) => return Claim::Ours,
            Ok(Acknowledgement::InvalidNonce) => return if may_be_ours { Claim::Ours } else { Claim::Lost },
            Ok(Acknowledgement::Over(status)) => return Claim::NotTaken(format!("it is {status}")),
            Err(error) if is_lost(&error) => may_be_ours = true,
            Err(error) if error.is_retryable() => {}
            Err(_) if may_be_ours => return Claim::Ours,
            Err(error) => return Claim::NotTaken(error.to_string()),
        }
        clock.sleep(FIRST_WAIT * 2_u32.pow(attempt)).await;
    }
    if may_be_ours { Claim::Ours } else { Claim::NotTaken("the service is busy".to_owned()) }
}

/// Whether the call may have been carried out all the same.
fn is_lost(error: &ServiceError) -> bool {
    matches!(error.reason, Reason::Network | Reason::Unavailable | Reason::Corrupt)
}

#[cfg(test)]
mod tests {
    use super::{ATTEMPTS, Acknowledgement, Claim, Clock, JobQueue, Offer, Reason, ServiceError, claim};
    use crate::job::JobId;
    use crate::testing::jobs::JOB_ID;
    use futures_util::FutureExt;
    use std::cell::{Cell, RefCell};
    use std::collections::VecDeque;
    use std::time::Duration;

    type Answer = Result<Acknowledgement, Reason>;

    /// Gives one answer to each acknowledgement; the last one again and again.
    struct Scripted(RefCell<VecDeque<Answer>>);

    impl JobQueue for Scripted {
        async fn poll(&self, _: usize) -> Result<Vec<Offer>, ServiceError> {
            Ok(Vec::new())
        }

        async fn acknowledge(&self, _: &Offer) -> Result<Acknowledgement, ServiceError> {
            let mut answers = self.0.borrow_mut();
            let answer = if answers.len() > 1 { answers.pop_front() } else { answers.front().cloned() };
            answer.unwrap().map_err(|reason| ServiceError {
                operation: "codepipeline:AcknowledgeJob",
                resource: JOB_ID.to_owned(),
                reason,
                code: None,
                message: None,
                request_id: None,
            })
        }
    }

    /// Time that passes at once.
    #[derive(Default)]
    struct Still(Cell<u32>);

    impl Clock for Still {
        async fn sleep(&self, _: Duration) {
            self.0.set(self.0.get() + 1);
        }

        fn chance(&self) -> f64 {
            0.5
        }
    }

    #[test]
    fn only_an_answer_that_was_lost_makes_an_old_nonce_ours() {
        let (ours, stale) = (Acknowledgement::InProgress, Acknowledgement::InvalidNonce);
        let over = Acknowledgement::Over("Succeeded".to_owned());
        let busy = Claim::NotTaken("the service is busy".to_owned());
        let rows: Vec<(&str, Vec<Answer>, Claim, u32)> = vec![
            ("ours", vec![Ok(ours.clone())], Claim::Ours, 0),
            ("another's", vec![Ok(stale.clone())], Claim::Lost, 0),
            ("over", vec![Ok(over)], Claim::NotTaken("it is Succeeded".to_owned()), 0),
            ("lost, then ours", vec![Err(Reason::Network), Ok(ours.clone())], Claim::Ours, 1),
            ("lost, then stale", vec![Err(Reason::Unavailable), Ok(stale.clone())], Claim::Ours, 1),
            ("throttled, then stale", vec![Err(Reason::Throttled), Ok(stale)], Claim::Lost, 1),
            ("throttled for long", vec![Err(Reason::Throttled)], busy, ATTEMPTS),
            ("lost, then refused", vec![Err(Reason::Network), Err(Reason::ExpiredCredentials)], Claim::Ours, 1),
            ("lost for long", vec![Err(Reason::Network)], Claim::Ours, ATTEMPTS),
        ];
        for (name, answers, expected, waits) in rows {
            let (queue, clock) = (Scripted(RefCell::new(answers.into())), Still::default());
            let (id, nonce) = (JobId::new(JOB_ID).unwrap(), "1".to_owned());
            let offer = Offer { id, nonce, action_type: None, document: String::new() };
            let claimed = claim(&offer, &queue, &clock).now_or_never().unwrap();
            assert_eq!((claimed, clock.0.get()), (expected, waits), "{name}");
        }
    }
}
