//! How to mend a text that is neither YAML nor JSON: what people leave out or in most often.

use granit_parser::{ErrorKind, Parser};

/// What a merge that was not finished leaves before the lines of one side.
const CONFLICT: &str = "<<<<<<< ";

/// What to do about an error at an offset of the text, when there is something to say.
pub fn advice(text: &str, at: usize, kind: &ErrorKind) -> Option<String> {
    if let Some(line) = text.lines().position(|line| line.starts_with(CONFLICT)) {
        return Some(format!("line {} begins an unresolved merge conflict: keep one side of it", line + 1));
    }
    match kind {
        ErrorKind::SimpleKeyExpected => key_without_colon(line_at(text, at)),
        ErrorKind::UnexpectedCharacter { character } => {
            Some(format!("quote a value that begins with {}", character.escape_default()))
        }
        ErrorKind::InvalidTrailingSingleQuotedScalar => Some(quote_before(text, at, '\'', "''")),
        ErrorKind::InvalidTrailingDoubleQuotedScalar => Some(quote_before(text, at, '"', "\\\"")),
        ErrorKind::UnclosedQuotedScalar => Some("close the quote that opens here".to_owned()),
        ErrorKind::UnclosedFlowCollection { .. } => Some("close the bracket that opens here".to_owned()),
        _ => by_message(&kind.to_string()).map(str::to_owned),
    }
}

/// `Handler app.x` and `Handler:app.x` want a colon and a space.
fn key_without_colon(line: &str) -> Option<String> {
    let line = line.trim();
    let (key, value) = line.split_once([' ', ':']).unwrap_or((line, ""));
    let is_key = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte));
    is_key.then(|| format!("write \"{}\"", format!("{key}: {}", value.trim()).trim_end()))
}

/// Something stands behind a quoted value: mostly, its quote was meant to end on another line, or to be part of it.
fn quote_before(text: &str, at: usize, quote: char, escaped: &str) -> String {
    let opened = text.get(..at).and_then(|before| opening(before.trim_end().strip_suffix(quote)?));
    match opened.map(|opened| line_number(text, opened)) {
        Some(line) if line < line_number(text, at) => {
            format!("the value that ends here begins on line {line}: close its quote there")
        }
        Some(_) | None => format!("close the quote at the end of the value; write {escaped} for a quote inside"),
    }
}

/// Where the quote stands that is open at the end of a text: the parser tells what it misses.
fn opening(before: &str) -> Option<usize> {
    let error = Parser::new_from_str(before).find_map(Result::err)?;
    matches!(error.kind(), ErrorKind::UnclosedQuotedScalar).then(|| error.marker().byte_offset()).flatten()
}

fn line_number(text: &str, at: usize) -> usize {
    text.as_bytes()[..at.min(text.len())].iter().filter(|byte| **byte == b'\n').count() + 1
}

fn line_at(text: &str, at: usize) -> &str {
    text.lines().nth(line_number(text, at) - 1).unwrap_or("")
}

fn by_message(message: &str) -> Option<&'static str> {
    const HINTS: [(&str, &str); 6] = [
        ("tab", "indent with spaces"),
        ("anchor", "define the anchor with '&name' before its first use"),
        ("EOF", "a bracket, brace or quote is not closed"),
        ("end of stream", "a bracket, brace or quote is not closed"),
        ("mapping values are not allowed", "quote a value that contains ': ', and check the indentation"),
        ("did not find expected", "check the indentation of this line and of the line before"),
    ];
    HINTS.iter().find(|(part, _)| message.contains(part)).map(|(_, hint)| *hint)
}
