//! The settings of the report, read before the sources are checked: errors of the sources are reported by them.

use super::flags::{FLAGS, Flag, is_on};
use crate::facts::{Environment, ReportSettings, ResultFiles};
use clap::ValueEnum;
use std::ffi::OsString;
use std::path::PathBuf;

/// The form of the report that a line and the variables below it ask for.
pub fn glimpse(line: &[OsString], environment: &Environment) -> ReportSettings {
    let found = report_settings(|flag| {
        let flag = FLAGS.iter().find(|row| row.long == flag)?;
        last_typed(flag, line).or_else(|| environment.get(&flag.variable()).map(str::to_owned))
    });
    ReportSettings { host: found.host, form: found.form, ..ReportSettings::default() }
}

/// The last value of a flag in a line that may be wrong.
fn last_typed(flag: &Flag, line: &[OsString]) -> Option<String> {
    let is_spelling = |word: &str| word.strip_prefix("--").is_some_and(|word| flag.spellings().any(|it| it == word));
    let words: Vec<&str> = line.iter().filter_map(|word| word.to_str()).collect();
    let joined = words.iter().filter_map(|word| word.split_once('='));
    let parted = words.windows(2).map(|pair| (pair[0], pair[1]));
    let pairs = parted.chain(joined).filter(|(word, _)| is_spelling(word));
    pairs.map(|(_, text)| text.to_owned()).next_back()
}

/// The settings of the report out of the texts of its flags, which are asked for by long name. A text that cannot be
/// read is ignored: the full parse refuses it.
pub fn report_settings(text: impl Fn(&str) -> Option<String>) -> ReportSettings {
    let is_on = |flag: &str| text(flag).is_some_and(|text| text.is_empty() || is_on(&text));
    let file = |flag: &str| text(flag).map(PathBuf::from);
    ReportSettings {
        host: value(&text, "host"),
        color: value(&text, "color"),
        form: value(&text, "emit"),
        is_quiet: is_on("no-progressbar"),
        debug: is_on("debug"),
        files: ResultFiles {
            env: file("output-env"),
            dotenv: file("output-dotenv"),
            json: file("output-json"),
            junit: file("junit"),
            page: file("report"),
        },
    }
}

fn value<V: ValueEnum + Default>(text: &impl Fn(&str) -> Option<String>, flag: &str) -> V {
    text(flag).and_then(|text| V::from_str(&text, false).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::glimpse;
    use crate::facts::{Environment, Form, HostChoice};
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
