//! Values as `NAME=value`, the form that GitLab, Docker and `readProperties` of Jenkins read.

use super::names;
use std::collections::BTreeMap;

/// A line for each value. The form has neither quotes nor escapes: a value with a line end is left out, because its second
/// line would be a variable of its own.
pub fn lines(values: &BTreeMap<String, String>) -> String {
    let fit = values.iter().filter(|(_, value)| !value.contains(char::is_control));
    fit.map(|(name, value)| format!("{}={value}\n", names::shell_name(name))).collect()
}

/// Whether a text is a file of [`lines`].
pub fn is_ours(text: &str) -> bool {
    text.starts_with(names::SHELL_PREFIX)
}

#[cfg(test)]
mod tests {
    use super::lines;

    #[test]
    fn a_value_of_several_lines_makes_no_variable() {
        let values = [("A", "1"), ("Bad", "x\nAWS_PROFILE=evil"), ("Worse", "x\rY=1"), ("Quote", "it's \"q\"")];
        let values = values.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        assert_eq!(lines(&values), "STEP_A=1\nSTEP_QUOTE=it's \"q\"\n");
    }
}
