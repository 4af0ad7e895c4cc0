//! How to correct a text that is neither YAML nor JSON: the mistakes that people make most often.

use super::limits::MAX_KEY_CHARACTERS;
use granit_parser::{ErrorKind, Parser};

/// The mark before the first side of an unresolved merge conflict.
const CONFLICT: &str = "<<<<<<< ";

const UNRENDERED: &str = "this looks like a cookiecutter or Jinja template: render it, and package the result";
const DYNAMIC_REFERENCE: &str = "put a dynamic reference in quotes: \"{{resolve:...}}\"";
const DYNAMIC_REFERENCE_START: &str = "{{resolve:";

/// What to do about an error at an offset of the text, if there is something to say.
pub fn advice(text: &str, at: usize, kind: &ErrorKind) -> Option<String> {
    if let Some(line) = text.lines().position(|line| line.starts_with(CONFLICT)) {
        return Some(format!("line {} begins an unresolved merge conflict: keep one side of it", line + 1));
    }
    let found = of_placeholder(text, at).map(str::to_owned).or_else(|| of_two_short_forms(text, at));
    found.or_else(|| of_kind(text, at, kind))
}

/// What to do about a list, a mapping or a short form that stands at an offset in the place of a key.
pub fn of_key(text: &str, at: usize) -> &'static str {
    match text[at..].strip_prefix('{').filter(|_| text[..at].ends_with('{')) {
        Some(inner) if inner.trim_start().starts_with("resolve:") => DYNAMIC_REFERENCE,
        Some(_) => UNRENDERED,
        None => "write the key as a plain or quoted string",
    }
}

/// Something on the line, or in the text, that another program was meant to replace.
fn of_placeholder(text: &str, at: usize) -> Option<&'static str> {
    let line = line_at(text, at);
    let is_statement = |line: &str| line.trim_start().starts_with("{%");
    match outside_quotes(line, "{{") {
        Some(start) if line[start..].starts_with(DYNAMIC_REFERENCE_START) => Some(DYNAMIC_REFERENCE),
        Some(_) => Some(UNRENDERED),
        None => (outside_quotes(line, "{%").is_some() || text.lines().any(is_statement)).then_some(UNRENDERED),
    }
}

/// Where a part of a line stands, unless a quote is open before it.
fn outside_quotes(line: &str, part: &str) -> Option<usize> {
    let start = line.find(part)?;
    let is_open = |quote: char| line[..start].matches(quote).count() % 2 == 1;
    (!is_open('"') && !is_open('\'')).then_some(start)
}

/// `!GetAZs !Ref AWS::Region`, where the error is at the second `!`.
fn of_two_short_forms(text: &str, at: usize) -> Option<String> {
    let inner = word(text.get(at..)?.strip_prefix('!')?);
    let line_start = text[..at].rfind('\n').map_or(0, |end| end + 1);
    let (_, outer) = text[line_start..at].trim_end().rsplit_once('!')?;
    let long = match outer {
        _ if outer.is_empty() || word(outer) != outer => return None,
        "Ref" | "Condition" => outer.to_owned(),
        _ => format!("Fn::{outer}"),
    };
    Some(format!(
        "a short form cannot be the value of another: write '{long}: !{inner} ...' for '!{outer} !{inner} ...'"
    ))
}

/// The letters and digits at the start of a text.
fn word(text: &str) -> &str {
    &text[..text.find(|letter: char| !letter.is_ascii_alphanumeric()).unwrap_or(text.len())]
}

fn of_kind(text: &str, at: usize, kind: &ErrorKind) -> Option<String> {
    let hint = match kind {
        ErrorKind::SimpleKeyExpected => return key_without_colon(line_at(text, at)),
        ErrorKind::UnexpectedCharacter { character } if !matches!(character, ' '..='~') => {
            "remove this character, or write it as an escape in double quotes"
        }
        ErrorKind::UnexpectedCharacter { character } => {
            return Some(format!("quote a value that begins with {}", character.escape_default()));
        }
        ErrorKind::InvalidTrailingSingleQuotedScalar => return Some(quote_before(text, at, '\'', "''")),
        ErrorKind::InvalidTrailingDoubleQuotedScalar => return Some(quote_before(text, at, '"', "\\\"")),
        ErrorKind::UnclosedQuotedScalar => "close the quote that opens here",
        ErrorKind::UnclosedFlowCollection { .. } => "close the bracket that opens here",
        ErrorKind::UnexpectedEof
        | ErrorKind::UnexpectedEofFlowSequence
        | ErrorKind::UnexpectedEofFlowMapping
        | ErrorKind::UnexpectedEofImplicitFlowMapping => "a bracket, brace or quote is not closed",
        ErrorKind::TabNotAllowed
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation
        | ErrorKind::TabInPlainScalar
        | ErrorKind::TabAtBlockScalarStart => "indent with spaces",
        ErrorKind::UnknownAnchor if is_glob(text, at) => "quote a value that begins with *",
        ErrorKind::UnknownAnchor => "define the anchor with '&name' before its first use",
        ErrorKind::MappingValueNotAllowed => "quote a value that contains ': ', and check the indentation",
        ErrorKind::ExpectedFlowMappingSeparator | ErrorKind::ExpectedFlowSequenceSeparator => {
            let is_inside_value = text[..at].ends_with(|before: char| !before.is_whitespace());
            match text.as_bytes().get(at) {
                Some(b'{' | b'[') if is_inside_value => {
                    "inside brackets, quote a value that has braces or brackets in it"
                }
                Some(b':') if has_long_key(&text[..at]) => {
                    return Some(format!("keys of more than {MAX_KEY_CHARACTERS} characters are not read"));
                }
                Some(b':') => "put a comma before this key",
                _ => "inside brackets, separate values with a comma, or quote this one",
            }
        }
        ErrorKind::ExpectedBlockMappingKey
        | ErrorKind::ExpectedBlockSequenceEntry
        | ErrorKind::ExpectedNodeContent
        | ErrorKind::InvalidIndentation => "check the indentation of this line and of the line before",
        _ => return None,
    };
    Some(hint.to_owned())
}

/// Whether a text ends in a quoted key that is longer than the parser reads.
fn has_long_key(text: &str) -> bool {
    let key = text.trim_end();
    let length = key.char_indices().next_back().and_then(|(end, quote)| Some(end - key[..end].rfind(quote)?));
    length.is_some_and(|length| length > MAX_KEY_CHARACTERS)
}

/// Whether a `*` begins something else than the name of an anchor, such as `*.zip` or `*WS::Type`.
fn is_glob(text: &str, at: usize) -> bool {
    let name = text[at..].trim_start_matches('*').split([',', ']', '}']).next().unwrap_or_default();
    let name = name.split_whitespace().next().unwrap_or_default();
    !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

/// `Handler app.x` and `Handler:app.x` need a colon and a space.
fn key_without_colon(line: &str) -> Option<String> {
    let line = line.trim();
    let (key, value) = line.split_once([' ', ':']).unwrap_or((line, ""));
    let is_key = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte));
    is_key.then(|| format!("write \"{}\"", format!("{key}: {}", value.trim()).trim_end()))
}

/// Text follows a closing quote. Usually that quote should have ended on another line, or is part of the value.
fn quote_before(text: &str, at: usize, quote: char, escaped: &str) -> String {
    let opened = text.get(..at).and_then(|before| opening(before.trim_end().strip_suffix(quote)?));
    match opened.map(|opened| line_number(text, opened)) {
        Some(line) if line < line_number(text, at) => {
            format!("the value that ends here begins on line {line}: close its quote there")
        }
        Some(_) | None => format!("close the quote at the end of the value; write {escaped} for a quote inside"),
    }
}

/// Where the quote stands that is open at the end of a text, according to the parser.
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
