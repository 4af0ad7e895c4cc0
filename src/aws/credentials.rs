//! Refuses credentials that no request can carry, such as an access key with the line end of the file it was copied from.
//!
//! The signer of the SDK panics if the access key does not fit into a header, and a job would have no result then.

use aws_config::SdkConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, Result, SharedCredentialsProvider, future};

/// The configuration with its credentials checked.
pub fn checked(config: SdkConfig) -> SdkConfig {
    match config.credentials_provider() {
        Some(provider) => {
            config.into_builder().credentials_provider(SharedCredentialsProvider::new(Checked(provider))).build()
        }
        None => config,
    }
}

/// Refuses credentials with characters that a header cannot hold.
pub fn check(credentials: Credentials) -> Result {
    let is_word = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic());
    let part = match &credentials {
        it if !is_word(it.access_key_id()) => "access key id",
        // The signer removes spaces and line ends around it.
        it if !it.session_token().is_none_or(|token| is_word(token.trim())) => "session token",
        _ => return Ok(credentials),
    };
    Err(CredentialsError::invalid_configuration(Unsendable { part }))
}

/// Credentials that cannot be sent.
#[derive(Debug, thiserror::Error)]
#[error("the {part} has a line end, a space or another character that no {part} has")]
pub struct Unsendable {
    part: &'static str,
}

#[derive(Debug)]
struct Checked(SharedCredentialsProvider);

impl ProvideCredentials for Checked {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async move { check(self.0.provide_credentials().await?) })
    }

    fn fallback_on_interrupt(&self) -> Option<Credentials> {
        self.0.fallback_on_interrupt()
    }
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::aws::errors::root_cause;
    use aws_credential_types::Credentials;

    #[test]
    fn only_credentials_that_a_header_can_hold_are_used() {
        let refused =
            |part| Some(format!("the {part} has a line end, a space or another character that no {part} has"));
        let rows = [
            ("usual", "AKIA1", Some("a/b+c=="), None),
            ("no token", "AKIA1", None, None),
            ("a token in a line", "AKIA1", Some("abc\n"), None),
            ("a key in a line", "AKIA1\n", None, refused("access key id")),
            ("a key with a quote around it", "\u{201c}AKIA1\u{201d}", None, refused("access key id")),
            ("a token in two lines", "AKIA1", Some("a\nb"), refused("session token")),
            ("a token with a control character", "AKIA1", Some("a\u{1}b"), refused("session token")),
        ];
        for (name, key, token, expected) in rows {
            let checked = check(Credentials::new(key, "secret", token.map(str::to_owned), None, "test"));
            assert_eq!(checked.err().map(|error| root_cause(&error)), expected, "{name}");
        }
    }
}
