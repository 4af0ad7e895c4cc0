//! Values for a shell: lines to read with `.` or to `eval`.

use super::names;
use std::collections::BTreeMap;

/// The first line for `eval`. All lines are one group: a shell refuses half of it, so a killed run sets nothing and
/// fails.
pub const OPEN: &str = "{ :;\n";
/// The last line for `eval`.
pub const CLOSE: &str = "}\n";

/// `export NAME='value'` for each value.
pub fn assignments(values: &BTreeMap<String, String>) -> String {
    let lines = values.iter().map(|(name, value)| format!("export {}={};\n", names::shell_name(name), quoted(value)));
    lines.collect()
}

/// Whether a text is a file of [`assignments`].
pub fn is_ours(text: &str) -> bool {
    text.starts_with(&format!("export {}", names::SHELL_PREFIX))
}

/// A line that makes `eval` end with this status; otherwise the status is lost.
pub fn exit(code: u8) -> String {
    format!("(exit {code});\n")
}

/// A shell interprets nothing within single quotes. NUL cannot be in a variable.
fn quoted(value: &str) -> String {
    format!("'{}'", value.replace('\0', "").replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::{CLOSE, OPEN, assignments, exit, quoted};
    use proptest::prelude::{ProptestConfig, any, prop_assert_eq, proptest};
    use std::collections::BTreeMap;
    use std::process::Command;

    fn values(value: &str) -> BTreeMap<String, String> {
        [("Value".to_owned(), value.to_owned())].into()
    }

    /// What a real shell makes of a text: its status, and what it prints.
    fn run(shell: &str, script: &str, text: &str) -> (Option<i32>, String) {
        let output = Command::new(shell).arg("-c").arg(script).env("TEXT", text).output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    }

    const SHELLS: [&str; 2] = ["sh", "bash"];

    #[test]
    fn a_shell_reads_the_very_value() {
        let rows = [
            "",
            "plain",
            "two words",
            "it's",
            "'",
            "''",
            "a\nb",
            "a\r\nb",
            "$(touch x)",
            "`x`",
            "$HOME",
            "\\",
            "\\'",
            "\"",
            "#",
            "-n",
            "a;b&c|d",
            "é\t☃",
            "trailing\n",
            "} ; exit 9",
            "%n !! ~",
        ];
        for shell in SHELLS {
            for value in rows {
                let form = format!("{OPEN}{}{CLOSE}", assignments(&values(value)));
                let script = r#"eval "$TEXT" && printf '%s.' "$STEP_VALUE" && env | grep -q '^STEP_VALUE='"#;
                assert_eq!(run(shell, script, &form), (Some(0), format!("{value}.")), "{shell}: {value:?}");
            }
        }
    }

    #[test]
    fn eval_keeps_the_status_and_takes_no_half() {
        let whole = format!("{OPEN}{}{CLOSE}", assignments(&values("v")));
        let failed = format!("{OPEN}{}{CLOSE}", exit(75));
        let nothing = format!("{OPEN}{CLOSE}");
        let cut = &whole[..whole.len() - CLOSE.len()];
        let rows = [
            ("success", whole.as_str(), Some(0), "v"),
            ("no values", &nothing, Some(0), ""),
            ("failure", &failed, Some(75), ""),
            ("failure before the group", &exit(2), Some(2), ""),
            ("killed", OPEN, None, ""),
            ("killed while it wrote", cut, None, ""),
        ];
        for shell in SHELLS {
            for (name, text, expected, value) in rows {
                for script in [r#"eval "$TEXT"; s=$?; printf %s "$STEP_VALUE"; exit $s"#, r#"set -e; eval "$TEXT""#] {
                    let (code, printed) = run(shell, script, text);
                    match expected {
                        Some(_) => assert_eq!(code, expected, "{shell}: {name}: {script}"),
                        None => assert_ne!(code, Some(0), "{shell}: {name}: {script}"),
                    }
                    assert!(script.starts_with("set") || printed == value || expected.is_none(), "{shell}: {name}");
                }
                let (_, printed) = run(shell, r#"(eval "$TEXT"); printf %s "$STEP_VALUE""#, cut);
                assert_eq!(printed, "", "{shell}: a form that was cut sets nothing");
            }
        }
    }

    #[test]
    fn an_exit_status_is_kept_without_quotes_too() {
        for shell in SHELLS {
            let form = format!("{OPEN}{}{CLOSE}", exit(77));
            assert_eq!(run(shell, "eval $TEXT", &form).0, Some(77), "{shell}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]
        #[test]
        fn any_text_survives_quoting(value in any::<String>()) {
            let expected = value.replace('\0', "");
            let (code, printed) = run("sh", &format!("printf '%s.' {}", quoted(&value)), "");
            prop_assert_eq!((code, printed), (Some(0), format!("{expected}.")));
        }
    }
}
