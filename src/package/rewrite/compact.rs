//! JSON in as few bytes as possible, in ASCII.

use std::fmt::Write;

/// JSON text without blanks between its tokens, and with an escape in place of each character outside ASCII.
pub fn compact_ascii(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    let (mut in_string, mut is_escaped) = (false, false);
    for letter in json.chars() {
        if !in_string && letter.is_ascii_whitespace() {
            continue;
        }
        if letter == '"' && !is_escaped {
            in_string = !in_string;
        }
        is_escaped = letter == '\\' && !is_escaped;
        match letter {
            '\0'..='\u{7e}' => out.push(letter),
            _ => escape(letter, &mut out),
        }
    }
    out
}

fn escape(letter: char, out: &mut String) {
    for unit in letter.encode_utf16(&mut [0; 2]) {
        write!(out, "\\u{unit:04x}").expect("a string takes all that is written");
    }
}

#[cfg(test)]
mod tests {
    use super::compact_ascii;
    use serde_json::Value;

    #[test]
    fn blanks_go_and_characters_outside_ascii_are_escaped() {
        let rows = [
            ("{\n  \"a b\": [ 1,\t2 ]\r\n}", r#"{"a b":[1,2]}"#),
            (r#"{"\"  \\": " x " , "y":true}"#, r#"{"\"  \\":" x ","y":true}"#),
            (r#"["Grüße", "日本", "😀", "\u00fc"]"#, r#"["Gr\u00fc\u00dfe","\u65e5\u672c","\ud83d\ude00","\u00fc"]"#),
            ("\"\u{7f}\u{2028}\"", r#""\u007f\u2028""#),
            ("[]", "[]"),
        ];
        for (json, expected) in rows {
            let compact = compact_ascii(json);
            assert_eq!(compact, expected);
            let values = [json, &compact].map(|text| serde_json::from_str::<Value>(text).unwrap());
            assert_eq!(values[0], values[1], "{json}");
        }
    }
}
