//! Sizes and counts in words.

/// A size: bytes below 1 kB, then one decimal in powers of ten.
pub fn human_bytes(bytes: u64) -> String {
    let units = ["kB", "MB", "GB", "TB"];
    let mut size = bytes as f64;
    let mut named = None;
    for unit in units {
        if size < 999.95 {
            break;
        }
        size /= 1000.0;
        named = Some(unit);
    }
    named.map_or_else(|| format!("{bytes} B"), |unit| format!("{size:.1} {unit}"))
}

/// A number with a noun: `1 object`, `2 objects`.
pub fn count(number: usize, thing: &str) -> String {
    format!("{number} {thing}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::human_bytes;

    #[test]
    fn a_size_has_one_decimal_from_a_thousand_bytes_on() {
        let rows = [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.0 kB"),
            (3_149_999, "3.1 MB"),
            (999_960, "1.0 MB"),
            (5_000_000_000, "5.0 GB"),
        ];
        for (bytes, expected) in rows {
            assert_eq!(human_bytes(bytes), expected);
        }
    }
}
