//! What no stream may show.

use crate::job::Redactor;
use crate::secret::Secret;
use std::sync::{Arc, PoisonError, RwLock};

/// The secrets of a run. Clones share them, so that one that is learned late is kept from every stream at once.
#[derive(Clone, Default)]
pub struct Secrets(Arc<RwLock<Known>>);

#[derive(Default)]
struct Known {
    secrets: Vec<Secret>,
    redactor: Redactor,
}

impl Secrets {
    /// Hides more texts from now on.
    pub fn hide(&self, secrets: impl IntoIterator<Item = Secret>) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        known.secrets.extend(secrets);
        known.redactor = Redactor::new(known.secrets.iter().cloned());
    }

    /// The text with stars in place of every secret, whether plain, percent-encoded or in base64.
    pub fn redact(&self, text: &str) -> String {
        self.0.read().unwrap_or_else(PoisonError::into_inner).redactor.redact(text)
    }
}
