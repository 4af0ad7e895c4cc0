//! The style sheet of the page.

/// Texts have a contrast of at least 4.5 to 1 in both schemes (WCAG 2.2, 1.4.3), and bars of 3 to 1 (1.4.11).
pub const CSS: &str = include_str!("style.css");

#[cfg(test)]
mod tests {
    use super::CSS;
    use std::collections::HashMap;

    /// The colours of a scheme: the first block is light, the second one dark.
    fn colours(scheme: usize) -> HashMap<&'static str, u32> {
        let block = CSS.split(":root{").nth(scheme + 1).unwrap().split('}').next().unwrap();
        let pairs = block.split(';').filter_map(|it| it.strip_prefix("--")?.split_once(":#"));
        let long = |hex: &str| match hex.len() {
            3 => hex.chars().flat_map(|digit| [digit, digit]).collect(),
            _ => hex.to_owned(),
        };
        pairs.filter_map(|(name, hex)| Some((name, u32::from_str_radix(&long(hex), 16).ok()?))).collect()
    }

    /// Relative luminance (WCAG 2.2).
    fn luminance(colour: u32) -> f64 {
        let part = |shift: u32| {
            let part = f64::from(colour >> shift & 0xff) / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * part(16) + 0.7152 * part(8) + 0.0722 * part(0)
    }

    fn contrast(one: u32, other: u32) -> f64 {
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    #[test]
    fn texts_and_bars_can_be_read_in_both_schemes() {
        let texts = [
            ("ink", "card"),
            ("ink", "bad-bg"),
            ("ink", "info-bg"),
            ("soft", "card"),
            ("soft", "bg"),
            ("soft", "code"),
            ("soft", "bad-bg"),
            ("info", "card"),
            ("info", "info-bg"),
            ("good", "good-bg"),
            ("bad", "bad-bg"),
            ("bad", "card"),
            ("warn", "warn-bg"),
            ("warn", "card"),
        ];
        let bars = [("crit", "card"), ("done", "card"), ("open", "card"), ("bad", "card"), ("good", "card")];
        let limits = texts.map(|pair| (pair, 4.5)).into_iter().chain(bars.map(|pair| (pair, 3.0)));
        for ((front, back), limit) in limits {
            for scheme in [0, 1] {
                let colours = colours(scheme);
                let found = contrast(colours[front], colours[back]);
                assert!(found >= limit, "{front} on {back} in scheme {scheme}: {found:.2}");
            }
        }
    }
}
