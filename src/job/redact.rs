//! Secrets are taken out of every text that leaves the job.

use crate::secret::Secret;

/// Shorter texts are no secrets and would make every sentence unreadable.
const SHORTEST: usize = 4;
const STARS: &str = "****";

/// Knows the secrets of a run, and their base64 and percent-encoded forms.
#[derive(Clone, Default)]
pub struct Redactor {
    /// Longest first, so that a secret inside another leaves no rest of it.
    forms: Vec<String>,
}

impl Redactor {
    /// A redactor of these secrets. Texts of less than 4 bytes are passed over.
    pub fn new(secrets: impl IntoIterator<Item = Secret>) -> Self {
        let mut forms: Vec<_> = secrets
            .into_iter()
            .filter(|secret| secret.expose().len() >= SHORTEST)
            .flat_map(|secret| encodings(secret.expose()))
            .collect();
        forms.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        forms.dedup();
        Self { forms }
    }

    /// The text with `****` in place of every secret.
    pub fn redact(&self, text: &str) -> String {
        self.forms.iter().fold(text.to_owned(), |text, form| match text.contains(form.as_str()) {
            true => text.replace(form.as_str(), STARS),
            false => text,
        })
    }
}

fn encodings(secret: &str) -> [String; 4] {
    let base64 = base64(secret.as_bytes());
    let unpadded = base64.trim_end_matches('=');
    // The last digit of an unpadded form may differ when more text follows.
    let url_safe = unpadded.replace('+', "-").replace('/', "_");
    [secret.to_owned(), percent_encode(secret), unpadded.to_owned(), url_safe]
}

fn percent_encode(text: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut out, byte| {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(byte as char),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
        out
    })
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    bytes.chunks(3).fold(String::new(), |mut out, chunk| {
        let padded = [0, chunk[0], *chunk.get(1).unwrap_or(&0), *chunk.get(2).unwrap_or(&0)];
        let group = u32::from_be_bytes(padded);
        for place in 0..=chunk.len() {
            out.push(DIGITS[(group >> (18 - 6 * place)) as usize & 63] as char);
        }
        out.push_str(&"==="[..3 - chunk.len()]);
        out
    })
}

#[cfg(test)]
mod tests {
    use super::{Redactor, base64};
    use crate::secret::Secret;

    #[test]
    fn secrets_are_redacted_in_every_form() {
        let redactor = Redactor::new(["s3cr/t+==", "s3cr/t+==longer", "abc"].map(Secret::new));
        let rows = [
            ("plain", "key s3cr/t+== end", "key **** end"),
            ("longest first", "s3cr/t+==longer", "****"),
            ("base64", "x czNjci90Kz09 y", "x **** y"),
            ("url", "?t=s3cr%2Ft%2B%3D%3D&u", "?t=****&u"),
            ("too short for a secret", "abc", "abc"),
            ("nothing", "é", "é"),
        ];
        for (name, text, expected) in rows {
            assert_eq!(redactor.redact(text), expected, "{name}");
        }
    }

    #[test]
    fn base64_is_that_of_the_standard() {
        for (bytes, expected) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg==")] {
            assert_eq!(base64(bytes.as_bytes()), expected);
        }
    }
}
