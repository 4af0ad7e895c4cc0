//! How the name of a flag is spelled elsewhere, and the words for true and false.

use clap::Command;
use clap::builder::{BoolishValueParser, TypedValueParser};
use std::ffi::OsStr;

/// What the variables of flags begin with.
pub const PREFIX: &str = "SAMSTEP_";

/// `s3-bucket` → `SAMSTEP_S3_BUCKET`.
pub fn variable(long: &str) -> String {
    format!("{PREFIX}{}", long.replace('-', "_").to_ascii_uppercase())
}

/// `s3-bucket` and `s3Bucket` → `S3Bucket`.
pub fn pascal_case(name: &str) -> String {
    let upper_first = |word: &str| {
        let mut letters = word.chars();
        letters.next().map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + letters.as_str())
    };
    name.split('-').map(upper_first).collect()
}

/// The name of the switch that takes another one back.
pub fn opposite(long: &str) -> String {
    long.strip_prefix("no-").map_or_else(|| format!("no-{long}"), str::to_owned)
}

/// The value of a switch: `true`, `yes`, `on`, `1`, … or their opposites.
pub fn read_switch(text: &str) -> Option<bool> {
    BoolishValueParser::new().parse_ref(&Command::new("value"), None, OsStr::new(text)).ok()
}

/// Whether the value of a switch turns it on.
pub fn is_on(text: &str) -> bool {
    read_switch(text) == Some(true)
}

/// Whether a text is a value of a switch.
pub fn is_switch_value(text: &str) -> bool {
    read_switch(text).is_some()
}

#[cfg(test)]
mod tests {
    use super::{is_on, opposite, pascal_case, read_switch, variable};

    #[test]
    fn a_name_has_one_spelling_in_each_place() {
        assert_eq!(variable("no-progressbar"), "SAMSTEP_NO_PROGRESSBAR");
        let rows =
            [("s3-bucket", "S3Bucket"), ("s3Bucket", "S3Bucket"), ("S3Bucket", "S3Bucket"), ("", ""), ("é", "é")];
        for (name, expected) in rows {
            assert_eq!(pascal_case(name), expected, "{name}");
        }
        assert_eq!((opposite("use-json"), opposite("no-progressbar")), ("no-use-json".into(), "progressbar".into()));
    }

    #[test]
    fn true_and_false_have_several_words() {
        for (text, expected) in [("true", Some(true)), ("Yes", Some(true)), ("0", Some(false)), ("perhaps", None)] {
            assert_eq!((read_switch(text), is_on(text)), (expected, expected == Some(true)), "{text}");
        }
    }
}
