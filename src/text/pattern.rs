//! Patterns of names.

/// `*` matches any text, every other character itself.
pub fn matches_pattern(pattern: &str, text: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let last = parts.pop().unwrap_or_default();
    for part in parts {
        match text.find(part) {
            Some(at) => text = &text[at + part.len()..],
            None => return false,
        }
    }
    text.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::matches_pattern;

    #[test]
    fn a_star_stands_for_any_text() {
        let rows = [
            ("code", "code", true),
            ("code", "code2", false),
            ("code-*", "code-eu", true),
            ("code-*", "xcode-eu", false),
            ("*", "", true),
            ("arn:aws:iam::*:role/deploy-*", "arn:aws:iam::111122223333:role/deploy-a", true),
            ("arn:aws:iam::*:role/deploy-*", "arn:aws:iam::111122223333:role/admin", false),
            ("a*a", "a", false),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c-b", false),
        ];
        for (pattern, text, expected) in rows {
            assert_eq!(matches_pattern(pattern, text), expected, "{pattern} {text}");
        }
    }
}
