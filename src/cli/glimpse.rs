//! The form of the report, read from a command line that may be wrong: its error has to be reported in some form.

use crate::facts::{Environment, ReportSettings};
use clap::ValueEnum;
use std::ffi::OsString;

/// The report that a line and the variables below it ask for. What cannot be read is ignored: parsing refuses it later.
pub fn glimpse(typed: &[OsString], environment: &Environment) -> ReportSettings {
    let form = value(typed, environment, &["--emit", "--output"], "SAMSTEP_EMIT");
    let host = value(typed, environment, &["--host"], "SAMSTEP_HOST");
    ReportSettings { host: host.unwrap_or_default(), form: form.unwrap_or_default(), ..ReportSettings::default() }
}

fn value<V: ValueEnum>(typed: &[OsString], environment: &Environment, flags: &[&str], variable: &str) -> Option<V> {
    let words: Vec<&str> = typed.iter().filter_map(|word| word.to_str()).collect();
    let joined = words.iter().filter_map(|word| word.split_once('='));
    let parted = words.windows(2).map(|pair| (pair[0], pair[1]));
    let read = |text: &str| V::from_str(text, false).ok();
    let found =
        parted.chain(joined).filter(|(flag, _)| flags.contains(flag)).filter_map(|(_, text)| read(text)).next_back();
    found.or_else(|| read(environment.get(variable)?))
}

#[cfg(test)]
mod tests {
    use super::glimpse;
    use crate::facts::Environment;
    use crate::facts::{Form, HostChoice};
    use std::ffi::OsString;

    #[test]
    fn the_form_is_seen_in_a_line_that_is_wrong() {
        use {
            Form::{Json, Sh, Text},
            HostChoice::{Auto, Github},
        };
        let rows = [
            ("samstep package --bogus", &[][..], (Auto, Text)),
            ("samstep package --bogus --emit sh", &[], (Auto, Sh)),
            ("samstep --emit=sh", &[], (Auto, Sh)),
            ("samstep package --output json --host github", &[], (Github, Json)),
            ("samstep package --output", &[("SAMSTEP_EMIT", "sh")], (Auto, Sh)),
            ("samstep package --host moon --output text", &[("SAMSTEP_EMIT", "sh")], (Auto, Text)),
            ("samstep package", &[("SAMSTEP_HOST", "github"), ("SAMSTEP_EMIT", "")], (Github, Text)),
        ];
        for (line, variables, expected) in rows {
            let typed: Vec<OsString> = line.split_whitespace().map(OsString::from).collect();
            let environment: Environment = variables.iter().copied().collect();
            let report = glimpse(&typed, &environment);
            assert_eq!((report.host, report.form), expected, "{line}");
        }
    }
}
