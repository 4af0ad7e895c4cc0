//! Time as a worker needs it.

use std::time::Duration;

/// Waits, and randomness for the waits.
pub trait Clock {
    async fn sleep(&self, wait: Duration);

    /// A random number between 0 and 1.
    fn chance(&self) -> f64;
}
