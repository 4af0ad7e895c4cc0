//! Which rows were shown, in a few bytes: so that a process that continues shows no row twice.

use super::stacks::StackEvent;
use crate::facts::Timestamp;
use serde::{Deserialize, Serialize};

/// Rows that arrive out of order by more than this many rows are not shown again after a resume.
const REMEMBERED: usize = 16;

/// The newest rows that were shown, by time and fingerprint, and the time up to which all count as shown.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Cursor {
    until: Timestamp,
    newest: Vec<(Timestamp, u32)>,
}

impl Cursor {
    pub fn includes(&self, event: &StackEvent) -> bool {
        event.time <= self.until || self.newest.contains(&(event.time, fingerprint(&event.event_id)))
    }

    pub fn add(&mut self, event: &StackEvent) {
        self.newest.push((event.time, fingerprint(&event.event_id)));
        if self.newest.len() > REMEMBERED {
            self.newest.sort_unstable();
            let (oldest, _) = self.newest.remove(0);
            self.until = self.until.max(oldest);
        }
    }
}

/// FNV-1a: the same in every version of this program.
fn fingerprint(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::{Cursor, REMEMBERED};
    use crate::deploy::stacks::StackEvent;
    use crate::facts::Timestamp;

    fn event(id: usize, millis: u64) -> StackEvent {
        let time = Timestamp::from_millis(millis);
        StackEvent { event_id: format!("event-{id}"), time, ..StackEvent::default() }
    }

    #[test]
    fn what_was_shown_is_known_and_what_was_not_is_not() {
        let mut cursor = Cursor::default();
        for id in 0..100 {
            cursor.add(&event(id, 1000 + 10 * id as u64));
        }
        let last = 1000 + 990;
        assert!((0..100).all(|id| cursor.includes(&event(id, 1000 + 10 * id as u64))));
        assert!(!cursor.includes(&event(100, last)), "another row of the same time");
        assert!(!cursor.includes(&event(100, last - 5)), "a row that arrives late, between rows that were shown");
        assert!(cursor.newest.len() == REMEMBERED);
    }
}
