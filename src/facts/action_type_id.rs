//! The name of a custom action type of CodePipeline.

use std::fmt;
use std::str::FromStr;

/// An action type of this account. Its owner is always `Custom`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionTypeId {
    /// Build, Deploy, Test or Invoke.
    pub category: String,
    /// 1 to 35 letters, digits, `_` and `-`.
    pub provider: String,
    /// 1 to 9 letters, digits, `_` and `-`.
    pub version: String,
}

impl FromStr for ActionTypeId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts: Vec<_> = text.split('/').collect();
        let is_word = |text: &str, most| (1..=most).contains(&text.len()) && text.bytes().all(is_word_byte);
        match parts.as_slice() {
            [category @ ("Build" | "Deploy" | "Test" | "Invoke"), provider, version]
                if is_word(provider, 35) && is_word(version, 9) =>
            {
                let [category, provider, version] = [*category, *provider, *version].map(str::to_owned);
                Ok(Self { category, provider, version })
            }
            _ => Err("write it as Build/Provider/Version; the category is Build, Deploy, Test or Invoke".to_owned()),
        }
    }
}

impl fmt::Display for ActionTypeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.category, self.provider, self.version)
    }
}

const fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

#[cfg(test)]
mod tests {
    use super::ActionTypeId;

    #[test]
    fn an_action_type_reads_as_it_is_shown() {
        let rows = [
            ("Build/Samstep/1", true),
            ("Test/Sam_Step-2/a-1", true),
            ("build/Samstep/1", false),
            ("Source/Samstep/1", false),
            ("Build/Samstep", false),
            ("Build/Sam step/1", false),
            ("Build/Samstep/1234567890", false),
            ("Build/Samstep/1/2", false),
        ];
        for (text, good) in rows {
            let parsed = text.parse::<ActionTypeId>().ok().map(|it| it.to_string());
            assert_eq!(parsed.as_deref(), good.then_some(text), "{text}");
        }
    }
}
