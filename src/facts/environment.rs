//! The environment variables that the process was started with.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;

/// Variables by name. A variable whose value is empty counts as absent: hosts set those for inputs that were not given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Environment {
    values: BTreeMap<String, String>,
    /// Names of variables whose values are not UTF-8.
    unreadable: BTreeSet<String>,
}

impl Environment {
    /// Takes variables as the system holds them. Of a value that is not UTF-8, only the name is kept.
    pub fn from_system(variables: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        let mut environment = Self::default();
        for (name, value) in variables {
            let Ok(name) = name.into_string() else { continue };
            match value.into_string() {
                Ok(value) => drop(environment.values.insert(name, value)),
                Err(_) => drop(environment.unreadable.insert(name)),
            }
        }
        environment
    }

    /// Whether a variable is set to a value that is not UTF-8.
    pub fn is_unreadable(&self, name: &str) -> bool {
        self.unreadable.contains(name)
    }

    /// The value of a variable.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Whether a variable is set to anything but `false` or `0`.
    pub fn is_on(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| value != "false" && value != "0")
    }

    /// All variables, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.values.iter().map(|(name, value)| (name.as_str(), value.as_str())).filter(|(_, value)| !value.is_empty())
    }

    /// The same environment without some variables.
    #[must_use]
    pub fn without(&self, is_left_out: impl Fn(&str) -> bool) -> Self {
        let mut kept = self.clone();
        kept.values.retain(|name, _| !is_left_out(name));
        kept.unreadable.retain(|name| !is_left_out(name));
        kept
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Environment {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(variables: I) -> Self {
        let values = variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        Self { values, unreadable: BTreeSet::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::Environment;
    use std::ffi::OsString;

    #[cfg(unix)]
    #[test]
    fn a_variable_that_is_not_utf_8_is_unreadable_and_not_absent() {
        use std::os::unix::ffi::OsStringExt;
        let system = [(b"BAD".to_vec(), b"p\xff".to_vec()), (b"GOOD".to_vec(), b"p".to_vec())];
        let system = system.map(|(name, value)| (OsString::from_vec(name), OsString::from_vec(value)));
        let environment = Environment::from_system(system);
        assert_eq!((environment.get("BAD"), environment.get("GOOD")), (None, Some("p")));
        let unreadable = ["BAD", "GOOD", "ABSENT"].map(|name| environment.is_unreadable(name));
        assert_eq!(unreadable, [true, false, false]);
        assert!(!environment.without(|name| name == "BAD").is_unreadable("BAD"));
    }
}
