//! Waits between retries.

use std::time::Duration;

/// Waits that double from `first` up to `longest`. Each is shortened by up to a quarter, so that callers that failed
/// together do not retry together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    pub first: Duration,
    pub longest: Duration,
}

impl Backoff {
    /// The wait after `failures` failures in a row. `chance` is between 0 and 1; 0 gives the longest wait.
    pub fn wait(self, failures: u32, chance: f64) -> Duration {
        let doublings = failures.saturating_sub(1).min(31);
        let whole = self.first.saturating_mul(1 << doublings).min(self.longest);
        whole.mul_f64(1.0 - chance.clamp(0.0, 1.0) / 4.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Backoff;
    use std::time::Duration;

    #[test]
    fn waits_double_up_to_the_longest_and_are_shortened_by_a_quarter_at_most() {
        let backoff = Backoff { first: Duration::from_secs(1), longest: Duration::from_secs(30) };
        let waits = |chance| [0, 1, 2, 3, 5, 6, u32::MAX].map(|failures| backoff.wait(failures, chance).as_secs_f64());
        assert_eq!(waits(0.0), [1.0, 1.0, 2.0, 4.0, 16.0, 30.0, 30.0]);
        assert_eq!(waits(1.0), [0.75, 0.75, 1.5, 3.0, 12.0, 22.5, 22.5]);
        assert_eq!(waits(7.0), waits(1.0));
    }
}
