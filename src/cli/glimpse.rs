//! A first look at a line that may be wrong as a whole: who is to be told so, and in what form.

use super::{Environment, ReportArguments, ResultArguments};
use clap::ValueEnum;
use std::ffi::OsString;

/// What a line and the variables below it say of the report. What cannot be read is passed over: reading the line
/// refuses it, and that refusal has to be reported somehow.
pub fn glimpse(typed: &[OsString], environment: &Environment) -> (ReportArguments, ResultArguments) {
    let emit = value(typed, environment, &["--emit", "--output"], "SAMSTEP_EMIT");
    let host = value(typed, environment, &["--host"], "SAMSTEP_HOST");
    let report = ReportArguments { host: host.unwrap_or_default(), ..ReportArguments::default() };
    let results = ResultArguments { emit: emit.unwrap_or_default(), ..ResultArguments::default() };
    (report, results)
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
    use crate::cli::{Environment, Form, HostChoice};
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
            let environment: Environment =
                variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            let (report, results) = glimpse(&typed, &environment);
            assert_eq!((report.host, results.emit), expected, "{line}");
        }
    }
}
