//! User metadata of objects: the shorthand of the AWS CLI or JSON → what S3 can carry.

use super::failure::refused;
use crate::facts::Failure;
use serde_json::Value;
use std::collections::BTreeMap;

/// Most bytes of names and values together that S3 takes.
const LIMIT: usize = 2048;

/// Reads `k=v,k2="v,2"` or `{"k": "v"}`. An empty text is no metadata.
pub fn parse(text: &str) -> Result<BTreeMap<String, String>, Failure> {
    let text = text.trim();
    let pairs = match text.chars().next() {
        None => Ok(Vec::new()),
        Some('{') => json(text),
        Some(_) => Shorthand { rest: text }.pairs(),
    };
    pairs
        .and_then(checked)
        .map_err(|what| refused(format!("--metadata: {what}"), r#"write it as k=v,k2=v2 or as {"k": "v"}"#))
}

fn json(text: &str) -> Result<Vec<(String, String)>, String> {
    let Value::Object(object) = serde_json::from_str(text).map_err(|error| format!("this is not JSON: {error}"))?
    else {
        return Err("this is not a JSON object".to_owned());
    };
    object
        .into_iter()
        .map(|(name, value)| match value {
            Value::String(value) => Ok((name, value)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
                Err(format!("the value of `{name}` is not a text; put it in quotes"))
            }
        })
        .collect()
}

/// The shorthand syntax of the AWS CLI, as far as it makes a map of texts.
struct Shorthand<'t> {
    rest: &'t str,
}

impl Shorthand<'_> {
    fn pairs(mut self) -> Result<Vec<(String, String)>, String> {
        let mut pairs = Vec::new();
        loop {
            let name = self.name()?;
            let value = self.value(&name)?;
            pairs.push((name, value));
            self.rest = self.rest.trim_start();
            match self.rest.strip_prefix(',') {
                Some(rest) => self.rest = rest.trim_start(),
                None if self.rest.is_empty() => return Ok(pairs),
                None => return Err(format!("a comma should stand before `{}`", self.rest)),
            }
        }
    }

    fn name(&mut self) -> Result<String, String> {
        let (name, rest) = self.rest.split_once('=').ok_or_else(|| format!("`{}` has no `=`", self.rest))?;
        self.rest = rest.trim_start();
        match name.trim() {
            "" => Err("a name is missing before `=`".to_owned()),
            name => Ok(name.to_owned()),
        }
    }

    fn value(&mut self, name: &str) -> Result<String, String> {
        match self.rest.chars().next() {
            Some(quote @ ('"' | '\'')) => self.quoted(quote, name),
            Some('{' | '[') => Err(format!("the value of `{name}` is not a text")),
            Some(_) | None => Ok(self.plain()),
        }
    }

    /// Up to the closing quote; a backslash takes a quote or a backslash literally.
    fn quoted(&mut self, quote: char, name: &str) -> Result<String, String> {
        let mut value = String::new();
        let mut letters = self.rest.char_indices().skip(1).peekable();
        while let Some((at, letter)) = letters.next() {
            let escaped = letters.peek().map(|(_, next)| *next).filter(|next| *next == quote || *next == '\\');
            match (letter, escaped) {
                ('\\', Some(next)) => {
                    value.push(next);
                    letters.next();
                }
                (letter, _) if letter == quote => {
                    self.rest = &self.rest[at + 1..];
                    return Ok(value);
                }
                (letter, _) => value.push(letter),
            }
        }
        Err(format!("the value of `{name}` has no closing {quote}"))
    }

    /// Up to a comma that no backslash precedes.
    fn plain(&mut self) -> String {
        let text = self.rest;
        let end = text
            .char_indices()
            .find(|(at, letter)| *letter == ',' && !text[..*at].ends_with('\\'))
            .map_or(text.len(), |(at, _)| at);
        self.rest = &text[end..];
        text[..end].replace("\\,", ",").trim_end().to_owned()
    }
}

fn checked(pairs: Vec<(String, String)>) -> Result<BTreeMap<String, String>, String> {
    let mut map: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in pairs {
        if !is_token(&name) {
            return Err(format!("S3 does not take the name `{name}`: letters, digits and -_. are safe"));
        }
        if !value.bytes().all(|byte| matches!(byte, b' '..=b'~')) || value.trim() != value {
            return Err(format!("S3 does not take the value of `{name}`: printable ASCII without spaces at its ends"));
        }
        if map.keys().any(|other| other.eq_ignore_ascii_case(&name)) {
            return Err(format!("`{name}` is given twice; S3 does not tell upper from lower case"));
        }
        map.insert(name, value);
    }
    let bytes: usize = map.iter().map(|(name, value)| name.len() + value.len()).sum();
    if bytes > LIMIT { Err(format!("{bytes} bytes; S3 takes at most {LIMIT}")) } else { Ok(map) }
}

/// Whether a text can be part of a header's name (RFC 9110, `token`).
fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn metadata_is_read_as_the_aws_cli_reads_it() {
        let rows: [(&str, &[(&str, &str)]); 14] = [
            ("", &[]),
            ("{}", &[]),
            ("a=1,b=2", &[("a", "1"), ("b", "2")]),
            ("a=1, b = 2", &[("a", "1"), ("b", "2")]),
            (r#"{"a":"1","b":""}"#, &[("a", "1"), ("b", "")]),
            ("git-sha=abc", &[("git-sha", "abc")]),
            ("a.b=c", &[("a.b", "c")]),
            ("a=x=y", &[("a", "x=y")]),
            (r#"a="x,y",b='z'"#, &[("a", "x,y"), ("b", "z")]),
            (r#"a="say \"x\" \\ \n""#, &[("a", r#"say "x" \ \n"#)]),
            ("a=", &[("a", "")]),
            (r"a=x\,y", &[("a", "x,y")]),
            ("a=1;b=2", &[("a", "1;b=2")]),
            ("a=b c", &[("a", "b c")]),
        ];
        for (text, expected) in rows {
            let map = parse(text).unwrap_or_else(|failure| panic!("{text}: {}", failure.cause()));
            let pairs: Vec<_> = map.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            assert_eq!(pairs, expected, "{text}");
        }
    }

    #[test]
    fn what_s3_cannot_carry_is_refused() {
        let long = format!("a={}", "x".repeat(2048));
        let rows = [
            ("=x", "a name is missing before `=`"),
            ("a", "`a` has no `=`"),
            ("a=1,", "`` has no `=`"),
            (r#"{"a":1}"#, "the value of `a` is not a text; put it in quotes"),
            (r#"{"a":{}}"#, "the value of `a` is not a text; put it in quotes"),
            ("{a}", "this is not JSON: key must be a string at line 1 column 2"),
            ("a=[1]", "the value of `a` is not a text"),
            (r#"a="x"#, "the value of `a` has no closing \""),
            (r#"a="x"y"#, "a comma should stand before `y`"),
            ("a=é", "S3 does not take the value of `a`: printable ASCII without spaces at its ends"),
            ("a b=c", "S3 does not take the name `a b`: letters, digits and -_. are safe"),
            ("é=c", "S3 does not take the name `é`: letters, digits and -_. are safe"),
            ("A=1,a=2", "`a` is given twice; S3 does not tell upper from lower case"),
            (long.as_str(), "2049 bytes; S3 takes at most 2048"),
        ];
        for (text, expected) in rows {
            assert_eq!(parse(text).unwrap_err().cause(), format!("--metadata: {expected}"), "{text}");
        }
    }
}
