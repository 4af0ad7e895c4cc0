//! How long to wait between two calls.

use super::phase::Run;
use crate::facts::Backoff;
use std::time::Duration;

/// Between two looks at a stack: 24 calls a minute at most leave room for two of the status and four more in 30, and the
/// end is noticed within 3 s.
const STACK_PERIOD: Duration = Duration::from_millis(2650);
/// First look after ExecuteChangeSet: an empty update, or an emulator, ends at once.
pub const FIRST_LOOK: Duration = Duration::from_millis(250);
const SECOND_LOOK: Duration = Duration::from_millis(750);
const BACKOFF: Backoff = Backoff { first: Duration::from_secs(1), longest: Duration::from_secs(30) };

/// After a look at a change set, given the looks before it. The first one is made at once.
pub fn change_set(polls: u32, period: Option<Duration>) -> Duration {
    period.unwrap_or(match polls {
        0 => Duration::from_secs(1),
        1 => Duration::from_secs(2),
        2 => Duration::from_secs(3),
        _ => Duration::from_secs(5),
    })
}

/// After a look at an operation, given the number of looks.
pub fn operation(run: &Run, looks: u32, period: Option<Duration>) -> Duration {
    match looks {
        1 => period.unwrap_or(SECOND_LOOK),
        _ => stack(run, period),
    }
}

/// Between two looks at a stack.
pub fn stack(run: &Run, period: Option<Duration>) -> Duration {
    let period = period.unwrap_or(STACK_PERIOD);
    period.mul_f64(0.94 + 0.12 * chance(run))
}

/// After a failed call.
pub fn back_off(run: &Run) -> Duration {
    BACKOFF.wait(run.misses, chance(run))
}

/// Between 0 and 1: spreads the calls of runs that began together, and is the same in a repeated run.
fn chance(run: &Run) -> f64 {
    let text = run.nonce.bytes().chain(run.waits.to_le_bytes());
    let hash =
        text.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    let mixed = (hash ^ (hash >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    (mixed >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::{back_off, stack};
    use crate::deploy::phase::Phase;
    use crate::facts::Timestamp;
    use std::time::Duration;

    #[test]
    fn waits_are_spread_and_bounded() {
        let mut run = Phase::begin("n", Timestamp::default()).run;
        let mut looks = Vec::new();
        for waits in 0..200 {
            run.waits = waits;
            run.misses = waits;
            looks.push(stack(&run, None));
            assert!(back_off(&run) <= Duration::from_secs(30));
            assert!(waits < 6 || back_off(&run) >= Duration::from_secs(15));
        }
        assert!(looks.iter().all(|wait| (2450..=2850).contains(&wait.as_millis())));
        looks.sort();
        assert!(
            looks[150] - looks[50] > Duration::from_millis(100),
            "half of them within {:?}",
            looks[150] - looks[50]
        );
    }
}
