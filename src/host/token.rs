//! Random tokens.

use std::hash::{BuildHasher, RandomState};

/// 32 hexadecimal digits. The keys of `RandomState` come from the system's source of randomness.
pub fn fresh() -> String {
    let part = || RandomState::new().hash_one(0);
    format!("{:016x}{:016x}", part(), part())
}

/// A random token that does not occur in a text.
pub fn absent_from(text: &str) -> String {
    loop {
        let token = format!("samstep-{}", fresh());
        if !text.contains(&token) {
            return token;
        }
    }
}
