//! From an offer to the right to do the job.
//!
//! An acknowledgement whose answer is lost may have been heard. To drop such a job would leave its action in progress
//! for a day; to do it is safe, since the second of two results is refused.

use super::Clock;
use crate::job::queue::{Acknowledgement, JobQueue, Offer};
use crate::service_error::{Reason, ServiceError};
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
