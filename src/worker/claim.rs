//! From an offer to the right to do the job.
//!
//! If the answer to an acknowledgement is lost, the service may have carried it out. To drop such a job would leave its
//! action in progress for a day. To do it is safe: the service refuses a second result.

use super::queue::{AcknowledgeJob, Acknowledgement};
use crate::facts::{Reason, ServiceError};
use crate::job::JobId;
use std::time::Duration;

/// Attempts while the service does not answer: 0.2 s, 0.4 s … 3.2 s apart.
const ATTEMPTS: u32 = 6;
const FIRST_WAIT: Duration = Duration::from_millis(200);

/// The outcome of a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    Ours,
    /// Another worker acknowledged the job.
    Taken,
    /// The service does not know the job.
    Gone,
    /// The job is not done here, with the reason.
    Left(String),
}

/// Acknowledges a job. Retries with the same nonce while answers are lost.
pub async fn claim<Q: AcknowledgeJob>(job: &JobId, nonce: &str, queue: &Q, pause: impl AsyncFn(Duration)) -> Claim {
    attempts(job, nonce, queue, pause, false).await
}

/// The same after a process ended during its own claim, which may have been carried out.
pub async fn claim_again<Q: AcknowledgeJob>(
    job: &JobId,
    nonce: &str,
    queue: &Q,
    pause: impl AsyncFn(Duration),
) -> Claim {
    attempts(job, nonce, queue, pause, true).await
}

async fn attempts<Q: AcknowledgeJob>(
    job: &JobId,
    nonce: &str,
    queue: &Q,
    pause: impl AsyncFn(Duration),
    mut may_be_ours: bool,
) -> Claim {
    for attempt in 0..ATTEMPTS {
        match queue.acknowledge(job, nonce).await {
            Ok(Acknowledgement::InProgress) => return Claim::Ours,
            Ok(Acknowledgement::InvalidNonce) => return if may_be_ours { Claim::Ours } else { Claim::Taken },
            Ok(Acknowledgement::NotFound) => return Claim::Gone,
            Ok(Acknowledgement::Over(status)) => return Claim::Left(format!("it is {status}")),
            Err(error) if is_lost(&error) => may_be_ours = true,
            Err(error) if error.is_retryable() => {}
            // Perhaps a wrong clock: from its answer on, the SDK knows the time of the service.
            Err(error) if attempt == 0 && error.reason == Reason::WrongCredentials => {}
            Err(_) if may_be_ours => return Claim::Ours,
            Err(error) => return Claim::Left(error.to_string()),
        }
        pause(FIRST_WAIT * 2_u32.pow(attempt)).await;
    }
    if may_be_ours { Claim::Ours } else { Claim::Left("the service is busy".to_owned()) }
}

/// Whether the service may have carried out the call.
fn is_lost(error: &ServiceError) -> bool {
    matches!(error.reason, Reason::Network | Reason::Unavailable | Reason::Corrupt)
}

#[cfg(test)]
mod tests {
    use super::{ATTEMPTS, Acknowledgement, Claim, Reason, claim, claim_again};
    use crate::job::JobId;
    use crate::testing::acknowledgements::{Answer, FakeAcknowledgements};
    use crate::testing::jobs::JOB_ID;
    use futures_util::FutureExt;
    use std::cell::Cell;
    use std::time::Duration;

    /// The outcomes of a first claim and of one after a process ended in it, each with the number of pauses.
    fn claims(answers: &[Answer]) -> [(Claim, u32); 2] {
        let id = JobId::new(JOB_ID).unwrap();
        [false, true].map(|is_again| {
            let (queue, pauses) = (FakeAcknowledgements::with(answers), Cell::new(0));
            let pause = async |_: Duration| pauses.set(pauses.get() + 1);
            let claimed = match is_again {
                false => claim(&id, "7", &queue, pause).now_or_never().unwrap(),
                true => claim_again(&id, "7", &queue, pause).now_or_never().unwrap(),
            };
            assert!(queue.calls().iter().all(|call| *call == (JOB_ID.to_owned(), "7".to_owned())));
            (claimed, pauses.get())
        })
    }

    #[test]
    fn an_old_nonce_is_ours_only_if_an_answer_may_have_been_lost() {
        let (ours, stale) = (Acknowledgement::InProgress, Acknowledgement::InvalidNonce);
        let over = Claim::Left("it is Succeeded".to_owned());
        let busy = Claim::Left("the service is busy".to_owned());
        let rows: Vec<(&str, Vec<Answer>, [Claim; 2], u32)> = vec![
            ("ours", vec![Ok(ours.clone())], [Claim::Ours, Claim::Ours], 0),
            ("another's", vec![Ok(stale.clone())], [Claim::Taken, Claim::Ours], 0),
            ("gone", vec![Ok(Acknowledgement::NotFound)], [Claim::Gone, Claim::Gone], 0),
            ("over", vec![Ok(Acknowledgement::Over("Succeeded".to_owned()))], [over.clone(), over], 0),
            ("lost, then ours", vec![Err(Reason::Network), Ok(ours)], [Claim::Ours, Claim::Ours], 1),
            ("lost, then stale", vec![Err(Reason::Unavailable), Ok(stale.clone())], [Claim::Ours, Claim::Ours], 1),
            ("throttled, then stale", vec![Err(Reason::Throttled), Ok(stale)], [Claim::Taken, Claim::Ours], 1),
            ("throttled for long", vec![Err(Reason::Throttled)], [busy, Claim::Ours], ATTEMPTS),
            (
                "lost, then refused",
                vec![Err(Reason::Network), Err(Reason::ExpiredCredentials)],
                [Claim::Ours, Claim::Ours],
                1,
            ),
            ("lost for long", vec![Err(Reason::Network)], [Claim::Ours, Claim::Ours], ATTEMPTS),
        ];
        for (name, answers, [first, again], pauses) in rows {
            assert_eq!(claims(&answers), [(first, pauses), (again, pauses)], "{name}");
        }
    }

    #[test]
    fn a_signature_that_is_refused_is_made_once_more_since_the_clock_may_be_wrong() {
        let refused = || Err(Reason::WrongCredentials);
        let [first, _] = claims(&[refused(), Ok(Acknowledgement::InProgress)]);
        assert_eq!(first, (Claim::Ours, 1));
        let [(claim, pauses), _] = claims(&[refused()]);
        assert!(matches!(claim, Claim::Left(_)) && pauses == 1);
    }

    #[test]
    fn a_claim_that_is_refused_leaves_the_job() {
        let [first, again] = claims(&[Err(Reason::AccessDenied)]).map(|(claim, _)| claim);
        assert!(matches!(first, Claim::Left(why) if why.contains("access denied")));
        assert_eq!(again, Claim::Ours, "the one before may have been carried out");
    }
}
