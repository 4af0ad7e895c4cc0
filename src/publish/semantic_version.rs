//! The version of an application.

use std::fmt;
use std::str::FromStr;

/// A version as semver.org defines it, spelled as given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SemanticVersion(String);

impl SemanticVersion {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for SemanticVersion {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match semver::Version::parse(text) {
            Ok(_) => Ok(Self(text.to_owned())),
            Err(_) => Err(advice(text)),
        }
    }
}

impl fmt::Display for SemanticVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How to correct the most common mistakes: a leading `v`, and numbers that YAML reads as a float.
fn advice(text: &str) -> String {
    let whole = text.trim().trim_start_matches(['v', 'V', '=']).trim();
    let parts = whole.split('.').count();
    let completed = format!("{whole}{}", ".0".repeat(3_usize.saturating_sub(parts)));
    let is_float = parts < 3 && text.parse::<f64>().is_ok();
    match semver::Version::parse(&completed) {
        Ok(_) if is_float => format!("{text} is a number to YAML: write all three parts, '{completed}'"),
        Ok(_) => format!("write {completed}"),
        Err(_) => "write MAJOR.MINOR.PATCH, such as 1.0.0 (semver.org)".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::SemanticVersion;

    #[test]
    fn a_version_has_three_numbers_and_may_have_more() {
        let general = "write MAJOR.MINOR.PATCH, such as 1.0.0 (semver.org)";
        let rows = [
            ("1.0.0", Ok("1.0.0")),
            ("0.0.1-alpha.1+build.7", Ok("0.0.1-alpha.1+build.7")),
            ("1.0", Err("1.0 is a number to YAML: write all three parts, '1.0.0'")),
            ("1", Err("1 is a number to YAML: write all three parts, '1.0.0'")),
            ("v1.2.3", Err("write 1.2.3")),
            ("v1.2", Err("write 1.2.0")),
            ("01.2.3", Err(general)),
            ("1.2.3.4", Err(general)),
            ("1.2.x", Err(general)),
            ("", Err(general)),
        ];
        for (text, expected) in rows {
            let parsed = text.parse::<SemanticVersion>().map(|it| it.to_string());
            assert_eq!(parsed.as_ref().map(String::as_str).map_err(String::as_str), expected, "{text:?}");
        }
    }
}
