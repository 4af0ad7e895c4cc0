//! Random tokens.

use crate::facts::random_bits;

/// 32 random hexadecimal digits.
pub fn fresh() -> String {
    format!("{:016x}{:016x}", random_bits(), random_bits())
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
