//! What to do about a samconfig that is not in its language.

use super::languages::Language;
use std::ops::Range;

/// Quotes that word processors and web pages put in place of straight ones.
const QUOTES_OF_PRINT: [char; 5] = ['“', '”', '„', '‘', '’'];

/// The advice for the place where a parser stopped.
pub fn syntax_advice(language: Language, text: &str, span: &Range<usize>) -> Option<String> {
    let start = text.get(..span.start)?.rfind('\n').map_or(0, |at| at + 1);
    let line = text[start..].lines().next()?;
    match language {
        Language::Toml => toml_advice(&text[start..span.start], line.get(span.start - start..)?, line),
        Language::Yaml => line.starts_with('\t').then(|| "indent with spaces, not with tabs".to_owned()),
        Language::Json => None,
    }
}

/// `before` and `rest` are the line before and from the place.
fn toml_advice(before: &str, rest: &str, line: &str) -> Option<String> {
    if line.contains(QUOTES_OF_PRINT) {
        return Some("these are quotes of print: write \" on both sides".to_owned());
    }
    if before.contains('"') && before.ends_with('\\') {
        return Some(r"in double quotes, \ begins an escape: write / between folders, or single quotes".to_owned());
    }
    let Some((key, between)) = before.split_once('=') else {
        let (key, _) = line.split_once(':').filter(|_| !line.contains('='))?;
        return Some(format!("write = between a key and its value, as in {} = …", key.trim()));
    };
    let word = rest.split(|letter: char| !letter.is_alphanumeric()).next()?;
    if !between.trim().is_empty() || !word.starts_with(char::is_alphabetic) {
        return None;
    }
    let lower = word.to_ascii_lowercase();
    Some(match lower.as_str() {
        "true" | "false" if rest.trim_end() == word => format!("write it in lower case: {lower}"),
        _ => format!("put the value of {0} in quotes: {0} = \"…\"", key.trim()),
    })
}

#[cfg(test)]
mod tests {
    use super::syntax_advice;
    use crate::settings::samconfig::languages::Language;

    #[test]
    fn each_usual_slip_has_its_advice() {
        let rows = [
            (Language::Toml, "a = my-code\n", "put the value of a in quotes: a = \"…\""),
            (Language::Toml, "[x]\na = “b”\n", "these are quotes of print: write \" on both sides"),
            (Language::Toml, "a = True\n", "write it in lower case: true"),
            (Language::Toml, "a: \"b\"\n", "write = between a key and its value, as in a = …"),
            (
                Language::Toml,
                "a = \"C:\\work\"\n",
                r"in double quotes, \ begins an escape: write / between folders, or single quotes",
            ),
            (Language::Yaml, "a:\n\tb: 1\n", "indent with spaces, not with tabs"),
            (Language::Toml, "[a\n", "-"),
            (Language::Yaml, "a: [\n", "-"),
        ];
        for (language, text, expected) in rows {
            let span = language.parse(text).unwrap_err().span.unwrap();
            assert_eq!(syntax_advice(language, text, &span).as_deref().unwrap_or("-"), expected, "{text}");
        }
    }
}
