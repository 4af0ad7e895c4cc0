//! Cancellation: set once, by a signal or a deadline, with the failure to end as.

mod signals;

pub use signals::{OnHangup, Signals};

use crate::facts::Failure;
use tokio::sync::watch;

/// Sets a cancellation.
#[derive(Debug)]
pub struct Canceller(watch::Sender<Option<Failure>>);

/// Observes a cancellation. Clones observe the same one.
#[derive(Debug, Clone)]
pub struct Cancellation(watch::Receiver<Option<Failure>>);

/// A cancellation that is not set, and its setter.
pub fn cancellation() -> (Canceller, Cancellation) {
    let (sender, receiver) = watch::channel(None);
    (Canceller(sender), Cancellation(receiver))
}

impl Canceller {
    /// Cancels with this failure. A later call changes nothing.
    pub fn cancel(&self, failure: Failure) {
        self.0.send_if_modified(|set| {
            let is_first = set.is_none();
            set.get_or_insert(failure);
            is_first
        });
    }
}

impl Cancellation {
    pub fn is_cancelled(&self) -> bool {
        self.0.borrow().is_some()
    }

    /// Resolves on cancellation, with the failure to end as. Never resolves once the setter is dropped unset.
    pub async fn wait(&self) -> Failure {
        let mut receiver = self.0.clone();
        let set = receiver.wait_for(Option::is_some).await.ok().and_then(|set| set.clone());
        match set {
            Some(failure) => failure,
            None => std::future::pending().await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::cancellation;
    use crate::facts::{Failure, FailureKind};

    #[tokio::test]
    async fn the_first_failure_reaches_every_observer() {
        let (canceller, cancellation) = cancellation();
        let other = cancellation.clone();
        canceller.cancel(Failure::new(FailureKind::Deadline, "first"));
        canceller.cancel(Failure::new(FailureKind::Failed, "second"));
        assert_eq!(cancellation.wait().await.cause(), "first");
        assert_eq!(other.wait().await.cause(), "first");
    }
}
