//! Whether an `AllowedPattern` excludes a value, where that is certain.
//!
//! Patterns are regular expressions of Java, and match a whole value (CloudFormation user guide, "Parameters"). Only what
//! means the same there and here is read: the rest excludes nothing.

use regex_lite::Regex;

/// Letters after a backslash that mean the same. Of the rest, `\b` or `\v` differ.
const CLASSES: &str = "dDwWsS";
/// In a set of characters, these are operators here or there.
const SET_OPERATORS: [&str; 3] = ["&&", "--", "~~"];

/// Whether the value certainly does not match the pattern.
pub fn excludes(pattern: &str, value: &str) -> bool {
    let is_plain = |text: &str| text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
    if !is_plain(pattern) || !is_plain(value) || !is_common(pattern) {
        return false;
    }
    Regex::new(&format!("^(?:{pattern})$")).is_ok_and(|whole| !whole.is_match(value))
}

/// Whether a pattern consists of what Java and this program read in the same way.
fn is_common(pattern: &str) -> bool {
    let mut rest = pattern;
    while let Some(letter) = rest.chars().next() {
        let length = match letter {
            '\\' => escape(rest),
            '[' => set(rest),
            '(' => group(rest),
            '*' | '+' | '?' | '{' => quantifier(rest),
            _ => Some(1),
        };
        let Some(length) = length else { return false };
        rest = &rest[length..];
    }
    true
}

/// The length of an escape that means the same. `\<` is a boundary here.
fn escape(text: &str) -> Option<usize> {
    let letter = text.chars().nth(1)?;
    (CLASSES.contains(letter) || letter.is_ascii_punctuation() && !['<', '>'].contains(&letter)).then_some(2)
}

/// The length of a set of characters without others in it.
fn set(text: &str) -> Option<usize> {
    let start = if text.starts_with("[^") { 2 } else { 1 };
    let mut at = start;
    loop {
        match text[at..].chars().next()? {
            ']' if at == start => return None,
            ']' => break,
            '[' => return None,
            '\\' => at += escape(&text[at..])?,
            _ => at += 1,
        }
    }
    (!SET_OPERATORS.iter().any(|operator| text[..at].contains(operator))).then_some(at + 1)
}

/// The length of the beginning of a group. Others than `(?:` look around, or change what follows.
fn group(text: &str) -> Option<usize> {
    match text.starts_with("(?") {
        true => text.starts_with("(?:").then_some(3),
        false => Some(1),
    }
}

/// The length of a quantifier. A `?` after it changes no match of a whole value; a `+` does in Java.
fn quantifier(text: &str) -> Option<usize> {
    let length = match text.strip_prefix('{') {
        Some(rest) => {
            let (counts, _) = rest.split_once('}')?;
            let mut counts = counts.splitn(2, ',');
            let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
            let least = counts.next().filter(|least| !least.is_empty() && is_number(least))?;
            let most = counts.next();
            most.is_none_or(is_number).then(|| 2 + least.len() + most.map_or(0, |most| 1 + most.len()))?
        }
        None => 1,
    };
    match text[length..].chars().next() {
        Some('?') => Some(length + 1),
        Some('*' | '+' | '{') => None,
        Some(_) | None => Some(length),
    }
}

#[cfg(test)]
mod tests {
    use super::excludes;

    #[test]
    fn a_pattern_excludes_what_it_matches_in_part_or_not_at_all() {
        let rows = [
            (r"[a-z]+", "dev", "Dev"),
            (r"^[a-zA-Z][a-zA-Z0-9-]{2,9}$", "app-1", "a"),
            (r"\d{1,3}(\.\d{1,3}){3}/(\d|[1-2]\d|3[0-2])", "10.0.0.0/16", "10.0.0.0/33"),
            (r"arn:(?:aws|aws-cn):iam::\d{12}:role/.*", "arn:aws:iam::111122223333:role/x", "arn:aws:iam::1:role/x"),
            (r"(https?://.+)?", "", "ftp://x"),
            (r"[^\s@]+?@[\w.-]+", "a@b.c", "a b@c"),
            (r"a|b", "a", "ab"),
            (r"\$\{x\}", "${x}", "x"),
        ];
        for (pattern, allowed, excluded) in rows {
            assert!(!excludes(pattern, allowed), "{pattern} {allowed}");
            assert!(excludes(pattern, excluded), "{pattern} {excluded}");
        }
    }

    #[test]
    fn what_java_may_read_in_another_way_excludes_nothing() {
        let patterns = [
            r"(?=x).*",
            r"(?i)x",
            r"(?<n>x)",
            r"x*+",
            r"x{2}+",
            r"x**",
            r"[a-z&&[^b]]",
            r"[a--b]",
            r"[[:alpha:]]",
            r"[]x]",
            r"\bx",
            r"\Qx\E",
            r"\p{L}",
            r"x{,3}",
            r"x{a}",
            r"(x",
            r"[x",
            r"x\",
            r"é",
            r"\1",
            r"x{99999}{99999}",
            r"\<x",
        ];
        for pattern in patterns {
            assert!(!excludes(pattern, "zzz"), "{pattern}");
        }
        for value in ["é", "a\nb", "a\tb"] {
            assert!(!excludes("x", value), "{value:?}");
        }
    }
}
