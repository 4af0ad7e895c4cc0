//! When a configuration moves how much traffic.

use crate::facts::{Routing, Timestamp};
use std::time::Duration;

/// How long a shift takes from its first to its last step.
pub fn duration(routing: Routing) -> Duration {
    match routing {
        Routing::AllAtOnce => Duration::ZERO,
        Routing::Canary { interval, .. } => interval,
        Routing::Linear { percent, interval } => interval * steps_after_first(percent),
    }
}

/// The weights of a shift that began then, each with its time.
pub fn weights(routing: Routing, began: Timestamp) -> Vec<(Timestamp, u8)> {
    match routing {
        Routing::AllAtOnce => vec![(began, 100)],
        Routing::Canary { percent, interval } => vec![(began, percent), (began + interval, 100)],
        Routing::Linear { percent, interval } => (0..=steps_after_first(percent))
            .map(|step| {
                let weight = u32::from(percent.max(1)) * (step + 1);
                (began + interval * step, u8::try_from(weight.min(100)).unwrap_or(100))
            })
            .collect(),
    }
}

/// The first step is made at once.
fn steps_after_first(percent: u8) -> u32 {
    100_u32.div_ceil(u32::from(percent.max(1))) - 1
}

#[cfg(test)]
mod tests {
    use super::{duration, weights};
    use crate::facts::{Routing, Timestamp};
    use std::time::Duration;

    #[test]
    fn a_configuration_says_when_how_much_traffic_moves() {
        let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
        let rows = [
            (Routing::AllAtOnce, 0, vec![100]),
            (Routing::Canary { percent: 10, interval: minutes(5) }, 5, vec![10, 100]),
            (Routing::Linear { percent: 10, interval: minutes(10) }, 90, vec![10, 20, 30, 40, 50, 60, 70, 80, 90, 100]),
            (Routing::Linear { percent: 30, interval: minutes(1) }, 3, vec![30, 60, 90, 100]),
            (Routing::Linear { percent: 0, interval: minutes(1) }, 99, (1..=100).collect()),
        ];
        for (routing, expected, steps) in rows {
            let began = Timestamp::from_millis(1_000);
            let found = weights(routing, began);
            assert_eq!(duration(routing), minutes(expected), "{routing:?}");
            assert_eq!(found.iter().map(|(_, weight)| *weight).collect::<Vec<_>>(), steps, "{routing:?}");
            assert_eq!(found.last().map(|(time, _)| time.since(began)), Some(minutes(expected)), "{routing:?}");
        }
    }
}
