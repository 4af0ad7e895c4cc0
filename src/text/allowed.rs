//! What an operator allows the authors of pipelines to name.

use super::pattern::matches_pattern;
use crate::facts::{Failure, FailureKind};

/// The patterns of one flag of a worker, of which `*` matches any text. Without any, everything is allowed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Allowed {
    flag: &'static str,
    patterns: Vec<String>,
}

impl Allowed {
    pub fn new(flag: &'static str, patterns: &[String]) -> Self {
        Self { flag, patterns: patterns.to_vec() }
    }

    /// Refuses a value that no pattern matches. `kind` is what it names, such as `bucket`.
    pub fn check(&self, kind: &str, value: &str) -> Result<(), Failure> {
        match self.patterns.is_empty() || self.patterns.iter().any(|pattern| matches_pattern(pattern, value)) {
            true => Ok(()),
            false => Err(self.refused(&format!("{kind} {value}"))),
        }
    }

    /// Refuses a thing without a name, unless everything is allowed.
    pub fn check_unnamed(&self, what: &str) -> Result<(), Failure> {
        if self.patterns.is_empty() { Ok(()) } else { Err(self.refused(what)) }
    }

    fn refused(&self, what: &str) -> Failure {
        Failure::new(FailureKind::Permission, format!("the worker does not allow the {what}"))
            .with_hint(format!("name another, or ask the worker's operator for a wider {}", self.flag))
    }
}

#[cfg(test)]
mod tests {
    use super::Allowed;

    #[test]
    fn a_value_that_no_pattern_matches_is_refused() {
        let allowed = Allowed::new("--allow-stack", &["shop".to_owned(), "acme-*".to_owned()]);
        let rows = [("shop", true), ("acme-web", true), ("web", false), ("", false)];
        for (name, expected) in rows {
            assert_eq!(allowed.check("stack", name).is_ok(), expected, "{name}");
            assert_eq!(Allowed::default().check("stack", name), Ok(()), "{name}");
        }
        let failure = allowed.check("stack", "web").unwrap_err();
        assert_eq!(failure.cause(), "the worker does not allow the stack web");
        let hint = failure.problems[0].hint.as_deref();
        assert_eq!(hint, Some("name another, or ask the worker's operator for a wider --allow-stack"));
        assert_eq!((allowed.check_unnamed("x").is_err(), Allowed::default().check_unnamed("x")), (true, Ok(())));
    }
}
