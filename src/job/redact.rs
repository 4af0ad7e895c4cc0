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

fn encodings(secret: &str) -> Vec<String> {
    let percent = percent_encode(secret);
    let base64 = (0..3).map(|offset| base64_within(secret.as_bytes(), offset));
    let base64: Vec<_> = base64.filter(|digits| digits.len() >= SHORTEST).collect();
    let url_safe: Vec<_> = base64.iter().map(|digits| digits.replace('+', "-").replace('/', "_")).collect();
    [secret.to_owned(), lower_percent(&percent), percent].into_iter().chain(base64).chain(url_safe).collect()
}

/// The digits that stand for the bytes wherever they lie in what was encoded: those that other bytes have a share in
/// are left out. `offset` is how far into a group of three the first byte stands.
fn base64_within(bytes: &[u8], offset: usize) -> String {
    let shifted: Vec<u8> = vec![0; offset].into_iter().chain(bytes.iter().copied()).collect();
    let whole = shifted.len() * 8 / 6;
    base64(&shifted).chars().take(whole).skip((offset * 8).div_ceil(6)).collect()
}

/// `%2F` → `%2f`: both are in use.
fn lower_percent(encoded: &str) -> String {
    let mut parts = encoded.split('%');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| format!("{text}%{}{}", part[..2].to_lowercase(), &part[2..]))
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
            ("base64 after one byte", "LXMzY3IvdCs9PS0=", "LX****S0="),
            ("base64 after two bytes", "dTpzM2NyL3QrPT0=", "dTp****0="),
            ("base64 in a URL", "czNjci90Kz09", "****"),
            ("url", "?t=s3cr%2Ft%2B%3D%3D&u", "?t=****&u"),
            ("url in lower case", "?t=s3cr%2ft%2b%3d%3d&u", "?t=****&u"),
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
