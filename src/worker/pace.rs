//! How long a worker waits before the next poll.

use crate::facts::{Backoff, Reason, ServiceError};
use std::time::Duration;

/// The waits after failures.
const BACKOFF: Backoff = Backoff { first: Duration::from_secs(1), longest: Duration::from_secs(60) };

/// The waits of one worker.
#[derive(Debug, Clone)]
pub struct Pace {
    idle: Duration,
    failures: u32,
}

impl Pace {
    /// `idle` is the time between polls that find nothing.
    pub fn new(idle: Duration) -> Self {
        Self { idle, failures: 0 }
    }

    /// The wait after an answer of which so many jobs were taken. `chance` is random between 0 and 1, so that workers do
    /// not poll together.
    pub fn after_answer(&mut self, jobs: usize, chance: f64) -> Duration {
        self.failures = 0;
        if jobs == 0 { spread(self.idle, chance) } else { Duration::ZERO }
    }

    /// The wait after a failure: longer each time, and the longest at once if a retry cannot help soon.
    pub fn after_failure(&mut self, error: &ServiceError, chance: f64) -> Duration {
        self.failures += 1;
        match error.reason {
            Reason::Throttled | Reason::Unavailable | Reason::Network | Reason::Corrupt => {
                BACKOFF.wait(self.failures, chance)
            }
            Reason::NotFound
            | Reason::AccessDenied
            | Reason::WrongCredentials
            | Reason::ExpiredCredentials
            | Reason::NoCredentials
            | Reason::WrongRegion(_)
            | Reason::InvalidState
            | Reason::Rejected => BACKOFF.longest,
        }
    }
}

/// Up to a fifth more or less: 12.5 s become 10 to 15.
fn spread(wait: Duration, chance: f64) -> Duration {
    wait.mul_f64(0.8 + 0.4 * chance.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::Pace;
    use crate::facts::{Reason, ServiceError};
    use std::time::Duration;

    fn error(reason: Reason) -> ServiceError {
        let operation = "codepipeline:PollForJobs";
        ServiceError { operation, resource: String::new(), reason, code: None, message: None, request_id: None }
    }

    #[test]
    fn an_idle_worker_polls_every_ten_to_fifteen_seconds() {
        let mut pace = Pace::new(Duration::from_secs_f64(12.5));
        let waits = [0.0, 0.5, 1.0].map(|chance| pace.after_answer(0, chance).as_secs_f64());
        assert_eq!(waits, [10.0, 12.5, 15.0]);
        assert_eq!(pace.after_answer(1, 0.5), Duration::ZERO);
    }

    #[test]
    fn a_throttled_worker_polls_less_often_until_it_is_answered() {
        let mut pace = Pace::new(Duration::from_secs(10));
        let waits: Vec<_> = (0..8).map(|_| pace.after_failure(&error(Reason::Throttled), 0.0).as_secs()).collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60, 60]);
        pace.after_answer(0, 0.5);
        assert_eq!(pace.after_failure(&error(Reason::Network), 0.0).as_secs(), 1);
        assert_eq!(pace.after_failure(&error(Reason::AccessDenied), 0.5).as_secs(), 60);
    }
}
