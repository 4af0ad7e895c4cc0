//! The texts in which sam accepts parameter overrides and tags: `A=1 B="two words"`.
//!
//! sam finds the pairs with regular expressions and silently drops what these do not match (aws-sam-cli 1.170,
//! `samcli/cli/types.py`). What it would drop is an error here. Whitespace and a backslash before a line break separate
//! pairs. Of two values for one name the last counts. No error shows a value.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// A name and a value, without quotes and escapes.
pub type Pair = (String, String);

/// Why a text is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PairProblem {
    pub message: String,
    /// Advice, if it is not the same for all problems.
    pub hint: Option<&'static str>,
}

impl From<String> for PairProblem {
    fn from(message: String) -> Self {
        Self { message, hint: None }
    }
}

/// What a parameter gets.
#[derive(Clone, PartialEq, Eq)]
pub enum Override {
    Value(String),
    /// The value that the stack has.
    Previous,
}

/// A value may be a secret.
impl fmt::Debug for Override {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Value(_) => "Value(****)",
            Self::Previous => "Previous",
        })
    }
}

const KEY: &str = "ParameterKey=";
const VALUE: &str = "ParameterValue=";
const USE_PREVIOUS: &str = "UsePreviousValue=";

/// Reads `Name=value`, `ParameterKey=Name,ParameterValue=value` or `ParameterKey=Name,UsePreviousValue=true`, with spaces
/// between.
pub fn overrides(text: &str) -> Result<Vec<(String, Override)>, PairProblem> {
    let mut reader = Reader::new(text);
    let mut forms = Vec::new();
    while reader.has_more() {
        let form = reader.form();
        let (name, keeps) = reader.parameter_name(form)?;
        let value = match keeps {
            true => Override::Previous,
            false => {
                let value = reader.value(&name, form)?;
                reader.check_end(&name, value)?;
                Override::Value(unquoted(value))
            }
        };
        reader.pairs.push((name, value));
        forms.push(form);
    }
    if forms.contains(&Form::Long) && forms.contains(&Form::Short) {
        let message = "Name=value and ParameterKey=Name,ParameterValue=value are mixed; sam drops the former";
        return Err(message.to_owned().into());
    }
    Ok(reader.pairs)
}

/// Reads `key=value` with spaces between. The first `=` ends a key. If there is one `=` only, all after it is the value.
pub fn tags(text: &str) -> Result<Vec<Pair>, PairProblem> {
    if let Some((key, value)) = text.trim().split_once('=').filter(|(_, value)| !value.contains('=')) {
        return Ok(vec![(unquoted(key), unquoted(value))]);
    }
    let mut reader = Reader::new(text);
    while reader.has_more() {
        let key = reader.key()?;
        let value = unquoted(reader.value(&key, Form::Short)?);
        reader.pairs.push((key, value));
    }
    Ok(reader.pairs)
}

/// The names that have different values, of which the last counts.
pub fn repeated<V: PartialEq>(pairs: &[(String, V)]) -> BTreeSet<&str> {
    let (mut values, mut repeated) = (BTreeMap::new(), BTreeSet::new());
    for (name, value) in pairs {
        if values.insert(name.as_str(), value).is_some_and(|earlier| earlier != value) {
            repeated.insert(name.as_str());
        }
    }
    repeated
}

/// A text as sam reads it: without quotes around it, and without backslashes before spaces and quotes.
pub fn unquoted(text: &str) -> String {
    let inner = ['"', '\''].iter().find_map(|quote| text.strip_prefix(*quote)?.strip_suffix(*quote));
    inner.unwrap_or(text).replace("\\ ", " ").replace("\\\"", "\"").replace("\\'", "'")
}

/// The two ways to write an override.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Short,
    Long,
}

struct Reader<'t, V> {
    rest: &'t str,
    pairs: Vec<(String, V)>,
}

impl<'t, V> Reader<'t, V> {
    fn new(text: &'t str) -> Self {
        Self { rest: text.trim(), pairs: Vec::new() }
    }

    fn has_more(&mut self) -> bool {
        self.rest = &self.rest[self.gap().len()..];
        !self.rest.is_empty()
    }

    /// The whitespace between pairs, with backslashes before the ends of lines.
    fn gap(&self) -> &'t str {
        let text = self.rest;
        let continues = |at: usize| text[at + 1..].is_empty() || text[at + 1..].starts_with(['\n', '\r']);
        let is_gap = |at: usize, letter: char| letter.is_whitespace() || letter == '\\' && continues(at);
        let end = text.char_indices().find(|(at, letter)| !is_gap(*at, *letter));
        &text[..end.map_or(text.len(), |(at, _)| at)]
    }

    /// Says where the reader is, without the text there: it may be part of a value.
    fn here(&self) -> String {
        self.pairs
            .last()
            .map_or_else(|| "at the beginning".to_owned(), |(name, _)| format!("after the value of {name}"))
    }

    fn form(&mut self) -> Form {
        let long = self.rest.strip_prefix(KEY);
        self.rest = long.unwrap_or(self.rest);
        long.map_or(Form::Short, |_| Form::Long)
    }

    /// A name, and whether its parameter keeps the value of the stack.
    fn parameter_name(&mut self, form: Form) -> Result<(String, bool), PairProblem> {
        let (name, keeps) = match form {
            Form::Short => (self.key()?, false),
            Form::Long => self.long_name()?,
        };
        match !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            true => Ok((name, keeps)),
            false => Err(format!("{} stands a name that is not of letters and digits alone", self.here()).into()),
        }
    }

    /// Up to and with `=`.
    fn key(&mut self) -> Result<String, PairProblem> {
        let here = self.here();
        let key = match self.rest.chars().next() {
            Some(quote @ ('"' | '\'')) => self.quoted(quote).ok_or_else(|| format!("{here} stands an open quote"))?,
            Some(_) | None => self.until(|letter| letter.is_whitespace() || letter == '='),
        };
        self.rest =
            self.rest.strip_prefix('=').ok_or_else(|| format!("{here} stands text without a =, which sam drops"))?;
        Ok(unquoted(key))
    }

    fn until(&mut self, is_end: impl Fn(char) -> bool) -> &'t str {
        let (text, rest) = self.rest.split_at(self.rest.find(is_end).unwrap_or(self.rest.len()));
        self.rest = rest;
        text
    }

    /// Up to and with `,ParameterValue=`, or with `,UsePreviousValue=true`.
    fn long_name(&mut self) -> Result<(String, bool), PairProblem> {
        let (name, rest) = self.rest.split_once(',').unwrap_or((self.rest, ""));
        let end = |rest: &str| rest.is_empty() || rest.starts_with(char::is_whitespace);
        match (rest.strip_prefix(VALUE), rest.strip_prefix(USE_PREVIOUS).and_then(|it| it.strip_prefix("true"))) {
            (Some(rest), _) => {
                self.rest = rest;
                Ok((unquoted(name), false))
            }
            (None, Some(rest)) if end(rest) => {
                self.rest = rest;
                Ok((unquoted(name), true))
            }
            (None, _) => Err(format!("{} stands ParameterKey without ParameterValue", self.here()).into()),
        }
    }

    /// A value as it is written, with its quotes.
    fn value(&mut self, name: &str, form: Form) -> Result<&'t str, PairProblem> {
        let value = match self.rest.chars().next() {
            Some(quote @ ('"' | '\'')) => {
                self.quoted(quote).ok_or_else(|| format!("the value of {name} has no closing quote"))?
            }
            Some(_) | None => self.plain(name, form)?,
        };
        if let Some(rest) = self.rest.strip_prefix(',').and_then(|rest| rest.strip_prefix(USE_PREVIOUS)) {
            self.rest = rest;
            let word = self.until(char::is_whitespace);
            if word != "false" {
                return Err(format!("{name} has both a value and UsePreviousValue").into());
            }
        }
        match self.rest.is_empty() || !self.gap().is_empty() {
            true => Ok(value),
            false => Err(format!("the value of {name} goes on after a quote, where sam cuts it off").into()),
        }
    }

    /// Refuses a line break or a tab after an unquoted value unless a space or backslash is beside it: sam would continue
    /// the value.
    fn check_end(&self, name: &str, value: &str) -> Result<(), PairProblem> {
        let (gap, is_quoted) = (self.gap(), value.starts_with(['"', '\'']));
        match is_quoted || gap.is_empty() || gap.contains([' ', '\\']) {
            true => Ok(()),
            false => Err(PairProblem {
                message: format!(
                    "a line break or a tab follows the value of {name}; sam reads it as part of the value"
                ),
                hint: Some("put a space before the next name"),
            }),
        }
    }

    /// Up to and with the closing quote; `None` if there is none.
    fn quoted(&mut self, quote: char) -> Option<&'t str> {
        let mut letters = self.rest.char_indices().skip(1);
        while let Some((at, letter)) = letters.next() {
            if letter == quote {
                let (value, rest) = self.rest.split_at(at + 1);
                self.rest = rest;
                return Some(value);
            }
            if letter == '\\' {
                letters.next();
            }
        }
        None
    }

    /// Up to a space, a quote or the end of the long form.
    fn plain(&mut self, name: &str, form: Form) -> Result<&'t str, PairProblem> {
        let (text, mut end) = (self.rest, self.rest.len());
        let mut letters = text.char_indices();
        while let Some((at, letter)) = letters.next() {
            let is_previous = || letter == ',' && text[at + 1..].starts_with(USE_PREVIOUS);
            if letter.is_whitespace() || letter == '"' || (form == Form::Long && is_previous()) {
                end = at;
                break;
            }
            if letter == '\\' && text[at + 1..].starts_with(['\n', '\r']) {
                end = at;
                break;
            }
            if letter == '\\' && letters.next().is_none() {
                return Err(format!("the value of {name} ends with a backslash, which sam drops").into());
            }
        }
        let (value, rest) = text.split_at(end);
        self.rest = rest;
        Ok(value)
    }
}

#[cfg(test)]
mod tests;
