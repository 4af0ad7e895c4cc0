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

    /// How many are hidden by now.
    pub fn count(&self) -> usize {
        self.0.read().unwrap_or_else(PoisonError::into_inner).secrets.len()
    }

    /// Forgets all but the first so many: the others were of a job that is over, and there may be many jobs.
    pub fn keep_first(&self, count: usize) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        known.secrets.truncate(count);
        known.redactor = Redactor::new(known.secrets.iter().cloned());
    }

    /// The text with stars in place of every secret, whether plain, percent-encoded or in base64.
    pub fn redact(&self, text: &str) -> String {
        self.0.read().unwrap_or_else(PoisonError::into_inner).redactor.redact(text)
    }
}

#[cfg(test)]
mod tests {
    use super::Secrets;
    use crate::secret::Secret;

    #[test]
    fn secrets_of_a_job_that_is_over_are_forgotten() {
        let secrets = Secrets::default();
        secrets.hide([Secret::new("of-the-host")]);
        let of_host = secrets.count();
        for job in ["of-the-first-job", "of-the-second-job"] {
            secrets.keep_first(of_host);
            secrets.hide([Secret::new(job)]);
            assert_eq!(secrets.redact(&format!("of-the-host {job}")), "**** ****");
        }
        assert_eq!((secrets.count(), secrets.redact("of-the-first-job").as_str()), (2, "of-the-first-job"));
    }
}
