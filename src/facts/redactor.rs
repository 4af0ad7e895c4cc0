//! Removes secrets from every text that leaves the process, and knows the names that a reader has for paths.

use super::spelling::{may_escape, replace_spelled, spells};
use super::{PathNames, Place, Problem, Secret};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// Shorter texts are not treated as secrets: replacing them would make every sentence unreadable.
const SHORTEST_SECRET_BYTES: usize = 4;
/// Shorter lines of a secret of several lines are not treated as secrets of their own.
const SHORTEST_LINE_BYTES: usize = 16;
const STARS: &str = "****";

/// The secrets and path names of a run. Clones share them, so that a secret that is learned late is removed everywhere.
#[derive(Clone, Default)]
pub struct Redactor(Arc<RwLock<Known>>);

#[derive(Default)]
struct Known {
    /// Each secret: plain, in one line, by its lines, in JSON and in base64. Their letters may be escaped too. Longest first,
    /// so that a secret inside another leaves no rest.
    forms: Vec<String>,
    names: PathNames,
}

impl Redactor {
    /// Removes these texts from now on. Secrets shorter than 4 bytes are ignored.
    pub fn hide(&self, secrets: impl IntoIterator<Item = Secret>) {
        let long = secrets.into_iter().filter(|secret| secret.expose().len() >= SHORTEST_SECRET_BYTES);
        let mut known = self.write();
        known.forms.extend(long.flat_map(|secret| encodings(secret.expose())));
        known.forms.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        known.forms.dedup();
    }

    /// Names paths like this from now on.
    pub fn name_paths(&self, names: PathNames) {
        self.write().names.extend(names);
    }

    /// The text with `****` in place of every secret.
    pub fn redact(&self, text: &str) -> String {
        self.read().without_secrets(text)
    }

    /// The text without secrets, then with the names of its paths: a name within a secret would keep the rest of it.
    pub fn clean(&self, text: &str) -> String {
        let known = self.read();
        known.names.in_text(&known.without_secrets(text))
    }

    /// The problem without secrets in its texts, and with the names of its paths. The line at its place stays.
    pub fn clean_problem(&self, problem: Problem) -> Problem {
        let Problem { message, hint, place } = problem;
        let place = place.map(|place| Place { path: self.path(&place.path), ..place });
        Problem { message: self.clean(&message), hint: hint.map(|hint| self.clean(&hint)), place }
    }

    /// Whether a secret is hidden as a whole, not only a part of it.
    pub fn hides(&self, secret: &Secret) -> bool {
        self.read().forms.iter().any(|form| form == secret.expose())
    }

    /// Whether a text has a secret in it.
    pub fn has_secret(&self, text: &str) -> bool {
        let known = self.read();
        known.forms.iter().any(|form| text.contains(form.as_str())) || (may_escape(text) && spells(text, &known.forms))
    }

    /// The name of a path.
    pub fn path(&self, path: &Path) -> PathBuf {
        self.read().names.path(path)
    }

    // The state is whole at every moment: a panic elsewhere leaves nothing half done.
    fn read(&self) -> RwLockReadGuard<'_, Known> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Known> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn without_secrets(&self, text: &str) -> String {
        if may_escape(text) {
            return replace_spelled(text, &self.forms, STARS);
        }
        self.forms.iter().fold(text.to_owned(), |text, form| match text.contains(form.as_str()) {
            true => text.replace(form.as_str(), STARS),
            false => text,
        })
    }
}

fn encodings(secret: &str) -> Vec<String> {
    let base64 = (0..3).map(|offset| base64_within(secret.as_bytes(), offset));
    let base64: Vec<_> = base64.filter(|digits| digits.len() >= SHORTEST_SECRET_BYTES).collect();
    let url_safe: Vec<_> = base64.iter().map(|digits| digits.replace('+', "-").replace('/', "_")).collect();
    std::iter::once(secret.to_owned())
        .chain(joined(secret))
        .chain(long_lines(secret))
        .chain(base64)
        .chain(url_safe)
        .collect()
}

/// How a secret of several lines or with quotes stands in a message of one line, and within JSON.
fn joined(secret: &str) -> impl Iterator<Item = String> {
    let lines: Vec<_> = secret.split(['\n', '\r', '\t']).filter(|line| !line.is_empty()).collect();
    let words: Vec<_> = secret.split_whitespace().collect();
    let quoted = serde_json::Value::from(secret).to_string();
    let forms = [lines.join(" "), words.join(" "), quoted[1..quoted.len() - 1].to_owned()];
    forms.into_iter().filter(|form| form.len() >= SHORTEST_SECRET_BYTES)
}

/// The lines of a secret of several lines: the tail of a log may begin inside of it.
fn long_lines(secret: &str) -> impl Iterator<Item = String> {
    let lines = secret.lines().map(str::trim).filter(|line| line.len() >= SHORTEST_LINE_BYTES);
    lines.filter(move |line| *line != secret).map(str::to_owned)
}

/// The base64 digits that depend on these bytes alone, when they start `offset` bytes into a group of three.
fn base64_within(bytes: &[u8], offset: usize) -> String {
    let shifted: Vec<u8> = vec![0; offset].into_iter().chain(bytes.iter().copied()).collect();
    let whole = shifted.len() * 8 / 6;
    STANDARD_NO_PAD.encode(&shifted).chars().take(whole).skip((offset * 8).div_ceil(6)).collect()
}

#[cfg(test)]
mod tests {
    use super::Redactor;
    use crate::facts::{PathNames, Problem, Secret};
    use std::path::Path;

    #[test]
    fn a_secret_of_several_lines_is_redacted_where_its_lines_are_joined() {
        let redactor = Redactor::default();
        redactor.hide([Secret::new("-----BEGIN\n a \"b\"\r\nEND")]);
        let rows = [
            ("as it is", "x -----BEGIN\n a \"b\"\r\nEND y", "x **** y"),
            ("line ends as spaces", "x -----BEGIN  a \"b\" END y", "x **** y"),
            ("words with one space", "x -----BEGIN a \"b\" END y", "x **** y"),
            ("in JSON", r#"{"k":"-----BEGIN\n a \"b\"\r\nEND"}"#, r#"{"k":"****"}"#),
            ("in JSON within JSON", r#"{\"k\":\"-----BEGIN\\n a \\\"b\\\"\\r\\nEND\"}"#, r#"{\"k\":\"****\"}"#),
            ("in XML", "<k>-----BEGIN\n a &quot;b&quot;&#13;\nEND</k>", "<k>****</k>"),
        ];
        for (name, text, expected) in rows {
            assert_eq!(redactor.redact(text), expected, "{name}");
        }
    }

    #[test]
    fn the_long_lines_of_a_secret_are_redacted_without_the_others() {
        let redactor = Redactor::default();
        redactor.hide([Secret::new("-----BEGIN KEY-----\nMIIEpAIBAAKCAQEA7\nend\n")]);
        assert_eq!(redactor.redact("tail:  MIIEpAIBAAKCAQEA7\r\n  end"), "tail:  ****\r\n  end");
    }

    #[test]
    fn a_secret_that_has_a_path_in_it_is_redacted_before_the_path_is_named() {
        let redactor = Redactor::default();
        redactor.hide([Secret::new("key=/b/x/t")]);
        redactor.name_paths(PathNames::relative_to(Path::new("/b/x")));
        assert_eq!(redactor.clean("key=/b/x/t of /b/x/t"), "**** of t");
        let problem = Problem { message: "no key=/b/x/t".to_owned(), hint: Some("key=/b/x/t".to_owned()), place: None };
        let cleaned = redactor.clean_problem(problem);
        assert_eq!((cleaned.message.as_str(), cleaned.hint.as_deref()), ("no ****", Some("****")));
    }

    #[test]
    fn secrets_are_redacted_in_every_form() {
        let redactor = Redactor::default();
        redactor.hide(["s3cr/t+==", "s3cr/t+==longer", "abc"].map(Secret::new));
        let rows = [
            ("plain", "key s3cr/t+== end", "key **** end"),
            ("longest first", "s3cr/t+==longer", "****"),
            ("base64", "x czNjci90Kz09 y", "x **** y"),
            ("base64 after one byte", "LXMzY3IvdCs9PS0=", "LX****S0="),
            ("base64 after two bytes", "dTpzM2NyL3QrPT0=", "dTp****0="),
            ("base64 in a URL", "czNjci90Kz09", "****"),
            ("url", "?t=s3cr%2Ft%2B%3D%3D&u", "?t=****&u"),
            ("url in lower case", "?t=s3cr%2ft%2b%3d%3d&u", "?t=****&u"),
            ("url with some letters as they are", "?t=s3cr/t%2B==&u", "?t=****&u"),
            ("base64 in a url", "czNjci90Kz09%3D", "****%3D"),
            ("in JSON with escapes", r#""{\"k\":\"s3cr\/t\u002b==\"}""#, r#""{\"k\":\"****\"}""#),
            ("too short for a secret", "abc", "abc"),
            ("nothing", "é", "é"),
        ];
        for (name, text, expected) in rows {
            assert_eq!(redactor.redact(text), expected, "{name}");
        }
    }
}
