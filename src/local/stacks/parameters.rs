//! The values of parameters, as they are kept. A secret value is kept as a digest, so that a change is noticed.

use super::document::{Document, scalar};
use super::state::ParameterState;
use crate::deploy::ParameterValue;
use crate::facts::random_bits;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt;

/// Bytes that SHA-256 works on at once.
const BLOCK: usize = 64;

/// The key of digests, without which a secret value cannot be guessed from its digest.
pub struct Key([u8; 32]);

/// What the values are made of.
pub struct Values<'a> {
    pub document: &'a Document,
    pub given: &'a [(String, ParameterValue)],
    /// Those of the stack.
    pub previous: &'a BTreeMap<String, ParameterState>,
    pub key: &'a Key,
}

impl Values<'_> {
    /// The value of each parameter; the error is a message in the words of CloudFormation.
    pub fn merge(&self) -> Result<BTreeMap<String, ParameterState>, String> {
        self.check_names()?;
        let mut values = BTreeMap::new();
        for (name, value) in self.given {
            values.insert(name.clone(), self.given_value(name, value)?);
        }
        let mut missing = Vec::new();
        for (name, declared) in self.document.parameters() {
            match declared.get("Default").and_then(scalar) {
                _ if values.contains_key(name) => {}
                Some(default) => drop(values.insert(name.to_owned(), self.kept(name, &default))),
                None => missing.push(name),
            }
        }
        match missing.is_empty() {
            true => Ok(values),
            false => Err(format!("Parameters: [{}] must have values", missing.join(", "))),
        }
    }

    /// A macro may declare more parameters than the template does.
    fn check_names(&self) -> Result<(), String> {
        let is_declared = |name: &str| self.document.parameters().any(|(declared, _)| declared == name);
        let unknown: Vec<_> =
            self.given.iter().map(|(name, _)| name.as_str()).filter(|name| !is_declared(name)).collect();
        match unknown.is_empty() || self.document.get("Transform").is_some() {
            true => Ok(()),
            false => Err(format!("Parameters: [{}] do not exist in the template", unknown.join(", "))),
        }
    }

    fn given_value(&self, name: &str, value: &ParameterValue) -> Result<ParameterState, String> {
        let previous = match value {
            ParameterValue::Given(secret) => return Ok(self.kept(name, secret.expose())),
            ParameterValue::Previous => self.previous.get(name),
        };
        match previous {
            Some(ParameterState::Value(value)) => Ok(self.kept(name, value)),
            Some(other @ (ParameterState::Digest(_) | ParameterState::Unresolved(_))) => Ok(other.clone()),
            None => Err(format!(
                "Invalid input for parameter key {name}. Cannot specify usePreviousValue as true for a parameter key \
                 not in the previous template"
            )),
        }
    }

    fn kept(&self, name: &str, value: &str) -> ParameterState {
        match self.is_secret(name) {
            true => ParameterState::Digest(self.key.digest(name, value)),
            false => ParameterState::Value(value.to_owned()),
        }
    }

    /// A parameter that only a macro declares may be a secret.
    fn is_secret(&self, name: &str) -> bool {
        let declared = self.document.parameters().find(|(declared, _)| *declared == name);
        declared.is_none_or(|(_, declared)| {
            declared.get("NoEcho").is_some_and(|it| scalar(it).is_none_or(|text| !text.eq_ignore_ascii_case("false")))
        })
    }
}

impl Key {
    pub fn random() -> Self {
        let mut key = [0; 32];
        key.chunks_exact_mut(8).for_each(|chunk| chunk.copy_from_slice(&random_bits().to_ne_bytes()));
        Self(key)
    }

    /// Reads 64 hexadecimal digits.
    pub fn from_hex(text: &str) -> Option<Self> {
        let mut key = [0; 32];
        for (at, byte) in key.iter_mut().enumerate() {
            *byte = u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok()?;
        }
        (text.len() == 64).then_some(Self(key))
    }

    pub fn hex(&self) -> String {
        hex(&self.0)
    }

    /// HMAC-SHA-256 (RFC 2104) of a name and its value.
    fn digest(&self, name: &str, value: &str) -> String {
        let pad = |byte: u8| {
            let mut block = [byte; BLOCK];
            block.iter_mut().zip(self.0).for_each(|(padded, key)| *padded ^= key);
            block
        };
        let inner = Sha256::new().chain_update(pad(0x36)).chain_update(name).chain_update("=").chain_update(value);
        hex(&Sha256::new().chain_update(pad(0x5c)).chain_update(inner.finalize()).finalize())
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(****)")
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::Key;

    #[test]
    fn a_digest_is_that_of_its_key_name_and_value() {
        let key = Key([0x0b; 32]);
        let digest = key.digest("Password", "hunter2");
        // python3 -c "import hmac; print(hmac.new(b'\x0b'*32, b'Password=hunter2', 'sha256').hexdigest())"
        assert_eq!(digest, "dc2353baa66e91c65e30228a30244a61d740e1d7455acd90ffa3f25d2faf43bd");
        assert_ne!(digest, key.digest("Password", "hunter3"));
        assert_ne!(digest, key.digest("Other", "hunter2"));
        assert_ne!(digest, Key([0x0c; 32]).digest("Password", "hunter2"));
        assert_eq!(Key::from_hex(&key.hex()).unwrap().digest("Password", "hunter2"), digest);
        assert!(Key::from_hex("0b").is_none());
        assert!(!format!("{key:?}").contains("0b"));
    }
}
