//! A call: a form of the AWS Query protocol, or a document.

use serde_json::Value;
use std::collections::BTreeMap;

/// Status, error code and message.
pub type Refusal = (u16, String, String);

/// The answer to a call that the model or the state does not allow.
pub fn invalid(message: impl Into<String>) -> Refusal {
    (400, "ValidationError".to_owned(), message.into())
}

/// A call that was received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Such as `CreateChangeSet`.
    pub action: String,
    /// The access key that signed it.
    pub access_key: String,
    /// As they were sent, such as `Tags.member.1.Key`.
    pub parameters: BTreeMap<String, String>,
    /// The document of a call in JSON or CBOR, which has no parameters.
    pub document: Value,
}

impl Call {
    /// Of a document.
    pub fn of_document(action: &str, document: Value, access_key: &str) -> Self {
        let parameters = BTreeMap::new();
        Self { action: action.to_owned(), access_key: access_key.to_owned(), parameters, document }
    }

    /// Whether it changes something.
    pub fn is_write(&self) -> bool {
        !["Describe", "List", "Get", "BatchGet"].iter().any(|verb| self.action.starts_with(verb))
    }

    /// Reads a form.
    pub fn parse(body: &str, access_key: &str) -> Result<Self, Refusal> {
        let pairs = body.split('&').filter_map(|pair| pair.split_once('='));
        let mut parameters: BTreeMap<_, _> = pairs.map(|(name, value)| (decode(name), decode(value))).collect();
        let action = parameters.remove("Action").unwrap_or_default();
        match parameters.remove("Version").as_deref() {
            Some("2010-05-15") => {
                Ok(Self { action, access_key: access_key.to_owned(), parameters, document: Value::Null })
            }
            version => Err((400, "NoSuchVersion".to_owned(), format!("{version:?} is no version of the API"))),
        }
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.parameters.get(name).map(String::as_str)
    }

    pub fn is_set(&self, name: &str) -> bool {
        self.get(name) == Some("true")
    }

    /// The items of a list in their order, each with its members; a plain item has one without a name.
    pub fn items(&self, list: &str) -> Vec<BTreeMap<String, String>> {
        let mut items: BTreeMap<usize, BTreeMap<String, String>> = BTreeMap::new();
        for (name, value) in &self.parameters {
            let Some(rest) = name.strip_prefix(&format!("{list}.member.")) else { continue };
            let (number, member) = rest.split_once('.').unwrap_or((rest, ""));
            let Ok(number) = number.parse() else { continue };
            items.entry(number).or_default().insert(member.to_owned(), value.clone());
        }
        items.into_values().collect()
    }

    /// The items of a list of texts.
    pub fn texts(&self, list: &str) -> Vec<String> {
        self.items(list).into_iter().filter_map(|mut item| item.remove("")).collect()
    }

    /// A list of two members as a map.
    pub fn pairs(&self, list: &str, key: &str, value: &str) -> BTreeMap<String, String> {
        let pair = |mut item: BTreeMap<String, String>| Some((item.remove(key)?, item.remove(value)?));
        self.items(list).into_iter().filter_map(pair).collect()
    }

    /// Whether a list was sent, be it empty.
    pub fn has_list(&self, list: &str) -> bool {
        self.parameters.keys().any(|name| name == list || name.starts_with(&format!("{list}.member.")))
    }
}

/// Undoes the encoding of a form.
fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits = [rest.next().unwrap_or(b'0'), rest.next().unwrap_or(b'0')];
                u8::from_str_radix(&String::from_utf8_lossy(&digits), 16).unwrap_or(b'?')
            }
            other => other,
        });
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
