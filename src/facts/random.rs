//! Random numbers: from the keys of `RandomState`, which the standard library seeds from the operating system.

use std::hash::{BuildHasher, RandomState};

/// 64 random bits.
pub fn random_bits() -> u64 {
    RandomState::new().hash_one(0)
}

/// A random number between 0 and 1.
pub fn random_chance() -> f64 {
    random_bits() as f64 / u64::MAX as f64
}

#[cfg(test)]
mod tests {
    use super::{random_bits, random_chance};
    use std::collections::HashSet;

    #[test]
    fn numbers_differ_and_chances_spread_between_0_and_1() {
        let bits: HashSet<_> = (0..1000).map(|_| random_bits()).collect();
        assert_eq!(bits.len(), 1000);
        let chances: Vec<_> = (0..1000).map(|_| random_chance()).collect();
        let mean = chances.iter().sum::<f64>() / 1000.0;
        assert!(chances.iter().all(|chance| (0.0..=1.0).contains(chance)));
        assert!((0.4..0.6).contains(&mean), "{mean}");
    }
}
