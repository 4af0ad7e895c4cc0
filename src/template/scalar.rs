//! Reads what a plain scalar means, and writes strings that every reader of YAML 1.1, YAML 1.2 and JSON reads as such.

use super::tree::Style;

/// What a plain scalar stands for when it must become JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plain {
    Null,
    Boolean(bool),
    /// The same digits are a JSON number.
    Number,
    Text,
}

/// Whether a plain scalar is one of the forms of null.
pub fn is_null(text: &str) -> bool {
    matches!(text, "" | "~" | "null" | "Null" | "NULL")
}

/// What a plain scalar means. Booleans are those of YAML 1.1. Numbers are those on which all readers agree: `0777`,
/// `1_000`, `12:30`, `1e3` and dates are text.
pub fn plain_meaning(text: &str) -> Plain {
    match text {
        _ if is_null(text) => Plain::Null,
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Plain::Boolean(true),
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => Plain::Boolean(false),
        _ if is_json_number(text) && yaml_reads_number(text) => Plain::Number,
        _ => Plain::Text,
    }
}

/// YAML 1.1 reads an exponent only after a dot and with a sign.
fn yaml_reads_number(text: &str) -> bool {
    match text.split_once(['e', 'E']) {
        None => true,
        Some((mantissa, exponent)) => mantissa.contains('.') && exponent.starts_with(['+', '-']),
    }
}

/// Whether a text is a number in the grammar of JSON, and finite.
pub fn is_json_number(text: &str) -> bool {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).map_or((unsigned, None), |(m, e)| (m, Some(e)));
    let (whole, fraction) = mantissa.split_once('.').map_or((mantissa, None), |(w, f)| (w, Some(f)));
    let whole_ok = is_digits(whole) && (whole.len() == 1 || !whole.starts_with('0'));
    let exponent_ok = exponent.is_none_or(|text| is_digits(text.strip_prefix(['+', '-']).unwrap_or(text)));
    let integer = fraction.is_none() && exponent.is_none();
    whole_ok && fraction.is_none_or(is_digits) && exponent_ok && (integer || text.parse().is_ok_and(f64::is_finite))
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Writes a string in the wanted style, or in double quotes where that style cannot hold it.
pub fn write(text: &str, wanted: Style) -> String {
    match wanted {
        Style::Plain | Style::Block if is_plain_safe(text) => text.to_owned(),
        Style::SingleQuoted if text.chars().all(is_printable) => format!("'{}'", text.replace('\'', "''")),
        Style::Plain | Style::Block | Style::SingleQuoted | Style::DoubleQuoted => json_string(text),
    }
}

/// A string in double quotes, with escapes that both JSON and YAML have.
pub fn json_string(text: &str) -> String {
    quoted(text, is_printable)
}

/// The same in ASCII.
pub fn ascii_json_string(text: &str) -> String {
    quoted(text, |letter| matches!(letter, ' '..='~'))
}

fn quoted(text: &str, is_kept: impl Fn(char) -> bool) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            _ if is_kept(letter) => out.push(letter),
            _ => {
                let units =
                    letter.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect::<String>();
                out.push_str(&units);
            }
        }
    }
    out.push('"');
    out
}

/// Characters that YAML 1.1 allows unescaped inside one line.
fn is_printable(char: char) -> bool {
    !char.is_control() && !matches!(char, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

/// Whether a string may stand without quotes anywhere in YAML, inside `[…]` and `{…}` too, and stays a string for all
/// readers. In doubt, no.
pub fn is_plain_safe(text: &str) -> bool {
    let starts_ok = text.starts_with(|char: char| char.is_ascii_alphanumeric() || matches!(char, '/' | '.' | '_'));
    let ends_ok = !text.ends_with([':', ' ']);
    let chars_ok = text.chars().all(|char| char.is_ascii_alphanumeric() || "_-./:@+=%~() ".contains(char));
    starts_ok && ends_ok && chars_ok && !text.contains(": ") && !is_ambiguous(text)
}

/// Whether a plain scalar stays one inside brackets, for readers of YAML 1.1 too: those end it at a question mark.
pub fn is_plain_in_flow(source: &str) -> bool {
    !source.contains([',', '[', ']', '{', '}', '"', '\'', '?'])
        && !source.ends_with(':')
        && !source.starts_with(':')
        && source
            .strip_prefix('-')
            .is_none_or(|rest| rest.starts_with(|next: char| !next.is_whitespace() && next != '-'))
}

/// Texts that some reader reads as null, a boolean, a number, a time or a date.
fn is_ambiguous(text: &str) -> bool {
    const WORDS: [&str; 9] = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"];
    let numeric = |char: char| char.is_ascii_hexdigit() || "xXoOtTzZ_.:+- ".contains(char);
    let starts_numeric = text.starts_with(|char: char| char.is_ascii_digit() || char == '.');
    let special_float = text.starts_with('.') && text[1..].chars().all(|char| char.is_ascii_alphabetic());
    WORDS.iter().any(|word| text.eq_ignore_ascii_case(word))
        || special_float
        || starts_numeric && text.chars().all(numeric)
}

#[cfg(test)]
mod tests {
    use super::{Plain, plain_meaning, write};
    use crate::template::tree::Style;

    #[test]
    fn plain_scalars_mean_what_all_readers_agree_on() {
        let rows = [
            ("", Plain::Null),
            ("~", Plain::Null),
            ("NULL", Plain::Null),
            ("nULL", Plain::Text),
            ("yes", Plain::Boolean(true)),
            ("OFF", Plain::Boolean(false)),
            ("y", Plain::Text),
            ("0", Plain::Number),
            ("-12", Plain::Number),
            ("123456789012345678901234567890", Plain::Number),
            ("1.10", Plain::Number),
            ("1.5e+3", Plain::Number),
            ("1.5e3", Plain::Text),
            ("1e3", Plain::Text),
            ("1.5e+999", Plain::Text),
            ("0777", Plain::Text),
            ("0x1F", Plain::Text),
            ("1_000", Plain::Text),
            ("12:30", Plain::Text),
            ("2012-10-17", Plain::Text),
            ("+5", Plain::Text),
            (".5", Plain::Text),
            ("5.", Plain::Text),
            (".inf", Plain::Text),
            (".nan", Plain::Text),
            ("-", Plain::Text),
        ];
        for (text, expected) in rows {
            assert_eq!(plain_meaning(text), expected, "{text:?}");
        }
    }

    #[test]
    fn written_strings_keep_their_style_where_it_is_safe() {
        let rows = [
            ("s3://bucket/5e01", Style::Plain, "s3://bucket/5e01"),
            (
                "123456789012.dkr.ecr.eu-west-1.amazonaws.com/a:b",
                Style::Plain,
                "123456789012.dkr.ecr.eu-west-1.amazonaws.com/a:b",
            ),
            ("a b", Style::Plain, "a b"),
            ("1234567890", Style::Plain, "\"1234567890\""),
            ("5e0123", Style::Plain, "\"5e0123\""),
            ("0777", Style::Plain, "\"0777\""),
            ("190:20:30", Style::Plain, "\"190:20:30\""),
            ("2012-10-17", Style::Plain, "\"2012-10-17\""),
            ("On", Style::Plain, "\"On\""),
            ("n", Style::Plain, "\"n\""),
            (".NaN", Style::Plain, "\".NaN\""),
            ("...", Style::Plain, "\"...\""),
            ("---", Style::Plain, "\"---\""),
            ("", Style::Plain, "\"\""),
            (" a", Style::Plain, "\" a\""),
            ("a ", Style::Plain, "\"a \""),
            ("a: b", Style::Plain, "\"a: b\""),
            ("a #b", Style::Plain, "\"a #b\""),
            ("{x}", Style::Plain, "\"{x}\""),
            ("a,b", Style::Plain, "\"a,b\""),
            ("*x", Style::Plain, "\"*x\""),
            ("it's", Style::SingleQuoted, "'it''s'"),
            ("a\nb", Style::SingleQuoted, "\"a\\nb\""),
            ("a\"\\\u{7f}\u{85}\u{feff}é😀", Style::DoubleQuoted, "\"a\\\"\\\\\\u007f\\u0085\\ufeffé😀\""),
            ("x", Style::Block, "x"),
        ];
        for (text, style, expected) in rows {
            assert_eq!(write(text, style), expected, "{text:?}");
        }
    }
}
