//! How many calls may be made beyond one for each look.

/// With a look each 2.65 s, that makes four calls a minute.
const LOOKS_FOR_A_CALL: usize = 6;

/// The calls beyond one for each look: for older pages of the stack's events, and for nested stacks. One is saved at most,
/// so that a busy minute stays as it is planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// Looks since the last call that none was needed for.
    saved: usize,
    /// Calls that were made ahead.
    owed: usize,
}

impl Default for Allowance {
    /// The first two looks come soon after each other: one of them is owed.
    fn default() -> Self {
        Self { saved: 0, owed: 1 }
    }
}

impl Allowance {
    /// After a look that took so many calls.
    pub fn look(&mut self, calls: usize) {
        self.owed += calls.saturating_sub(1);
        self.saved = (self.saved + 1).min(LOOKS_FOR_A_CALL);
        if self.owed > 0 && self.saved == LOOKS_FOR_A_CALL {
            (self.owed, self.saved) = (self.owed - 1, 0);
        }
    }

    /// Calls that may be made.
    pub fn pages(&self) -> usize {
        usize::from(self.owed == 0 && self.saved == LOOKS_FOR_A_CALL)
    }

    pub fn spend(&mut self, calls: usize) {
        if calls > 0 {
            (self.owed, self.saved) = (self.owed + calls - 1, 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Allowance;

    #[test]
    fn calls_for_nested_stacks_wait_until_older_pages_are_made_up_for() {
        let mut allowance = Allowance::default();
        let mut extra = 0;
        for look in 1..60 {
            let calls = if (20..23).contains(&look) { 3 } else { 1 };
            allowance.look(calls);
            let nested = allowance.pages();
            allowance.spend(nested);
            extra += calls - 1 + nested;
            assert!(look >= 20 || extra == (look / 6).max(1) - 1, "{extra} after {look} looks");
        }
        assert_eq!(extra, 2 + 6, "those of 12 looks and the older pages, which the looks since then make up for");
    }
}
