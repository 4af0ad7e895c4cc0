//! Texts that fit the columns of a terminal.

/// The columns that a text without styles takes at most: Hangul, symbols and what follows may be two columns wide.
pub fn columns(text: &str) -> usize {
    let width = |letter: char| if matches!(letter, '\u{1100}'..='\u{11ff}' | '\u{2300}'..) { 2 } else { 1 };
    text.chars().map(width).sum()
}

/// The text with `…` in place of its middle, if it has more columns.
pub fn shorten(text: &str, limit: usize) -> String {
    if columns(text) <= limit {
        return text.to_owned();
    }
    let room = limit.saturating_sub(1);
    let head = taken(text.chars(), room.div_ceil(2));
    let tail: String = taken(text.chars().rev(), room / 2).chars().rev().collect();
    format!("{head}…{tail}")
}

/// The first letters that fit.
fn taken(letters: impl Iterator<Item = char>, limit: usize) -> String {
    let mut text = String::new();
    for letter in letters {
        text.push(letter);
        if columns(&text) > limit {
            text.pop();
            break;
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{columns, shorten};

    #[test]
    fn a_text_keeps_both_ends() {
        let rows = [
            ("src/app", 7, "src/app"),
            ("src/functions/app", 9, "src/…/app"),
            ("src/functions/app", 2, "s…"),
            ("src/functions/app", 1, "…"),
            ("日本語のパス", 7, "日…ス"),
        ];
        for (text, limit, expected) in rows {
            assert_eq!(shorten(text, limit), expected);
            assert!(columns(expected) <= limit, "{expected}");
        }
    }
}
