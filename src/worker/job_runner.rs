//! Who does the jobs of a worker.

use super::messages::JobEnd;
use super::process::OnClaim;
use super::queue::Offer;
use crate::interrupt::Cancellation;

/// Claims and does jobs, and sees that each has its result.
pub trait JobRunner: 'static {
    /// Claims the job and does it; `stop` ends it early. Calls `on_claim` as soon as the outcome of the claim is known.
    /// Returns how the job ended, or `None` if it is not done here.
    async fn run(&self, offer: Offer, stop: Cancellation, on_claim: OnClaim) -> Option<JobEnd>;

    /// Reports a job whose run panicked.
    async fn abandoned(&self, offer: &Offer, how: &str) -> Option<JobEnd>;

    /// Reports the jobs of processes and workers that were killed.
    async fn recover(&self);
}
