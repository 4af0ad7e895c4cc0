//! Limits extra event calls: at most one per 6 looks, some 4 a minute (DescribeStackEvents is throttled per account).

/// With a look each 2.65 s, that makes four calls a minute.
const LOOKS_PER_EXTRA_CALL: usize = 6;

/// The calls beyond one for each look: for older pages of the stack's events, and for nested stacks. Looks without an extra
/// call allow one later, not several.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// Looks since the last extra call was allowed.
    looks_since_extra: usize,
    /// Extra calls already made beyond the limit.
    overdrawn: usize,
}

impl Default for Allowance {
    /// The first two looks come soon after each other: one of them counts as an extra call.
    fn default() -> Self {
        Self { looks_since_extra: 0, overdrawn: 1 }
    }
}

impl Allowance {
    /// Counts a look that took so many calls.
    pub fn record_look(&mut self, calls: usize) {
        self.overdrawn += calls.saturating_sub(1);
        self.looks_since_extra = (self.looks_since_extra + 1).min(LOOKS_PER_EXTRA_CALL);
        if self.overdrawn > 0 && self.looks_since_extra == LOOKS_PER_EXTRA_CALL {
            (self.overdrawn, self.looks_since_extra) = (self.overdrawn - 1, 0);
        }
    }

    /// Whether an extra call may be made.
    pub fn allows_call(&self) -> bool {
        self.overdrawn == 0 && self.looks_since_extra == LOOKS_PER_EXTRA_CALL
    }

    /// Counts extra calls.
    pub fn spend(&mut self, calls: usize) {
        if calls > 0 {
            (self.overdrawn, self.looks_since_extra) = (self.overdrawn + calls - 1, 0);
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
            allowance.record_look(calls);
            let nested = usize::from(allowance.allows_call());
            allowance.spend(nested);
            extra += calls - 1 + nested;
            assert!(look >= 20 || extra == (look / 6).max(1) - 1, "{extra} after {look} looks");
        }
        assert_eq!(extra, 2 + 6, "those of 12 looks and the older pages, which the looks since then make up for");
    }
}
