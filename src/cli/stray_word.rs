//! Hints for a word that is neither an option nor the value of one.

use super::command_name::CommandName;
use super::flags::{FLAGS, Flag, FlagKind, is_switch_value};
use crate::text::nearest;
use std::ffi::OsString;
use std::path::Path;

/// Dashes that word processors and web pages put in place of hyphens.
const DASHES_OF_PRINT: [char; 5] = ['–', '—', '−', '‐', '‑'];
/// How the names of templates end.
const TEMPLATE_ENDINGS: [&str; 4] = [".yaml", ".yml", ".json", ".template"];

/// What the word was most likely meant to be.
pub fn hint(argument: &str, command: CommandName, line: &[OsString]) -> Option<String> {
    if argument.starts_with(DASHES_OF_PRINT) {
        let option = option_in(argument, command).unwrap_or_else(|| "--name".to_owned());
        return Some(format!("it begins with a dash of print; write it with two hyphens: {option}"));
    }
    let with_hyphens = |option| format!("write it with two hyphens: {option}");
    if argument.starts_with('-') {
        let words = line.iter().filter_map(|word| word.to_str());
        let mut typed = words.filter(|word| word.starts_with(argument) && !word.starts_with("--"));
        return typed.find_map(|word| option_in(word, command)).map(with_hyphens);
    }
    let option = option_in(argument, command);
    if command == CommandName::Deploy && argument.contains('=') && option.is_none() {
        return Some("write a space before several values: --parameter-overrides A=1 B=2".to_owned());
    }
    option
        .map(with_hyphens)
        .or_else(|| switch_before(argument, command, line).map(takes_no_value))
        .or_else(|| template_in(argument, command))
        .or_else(|| near_command(argument))
}

/// What to write in place of a switch with a value.
pub fn takes_no_value(flag: &Flag) -> String {
    let opposite = flag.opposite().unwrap_or_default();
    format!("a switch takes no value: --{} turns it on, --{opposite} off", flag.long)
}

/// The option that a word names, whatever dashes or slashes it begins with.
fn option_in(word: &str, command: CommandName) -> Option<String> {
    let word = word.trim_start_matches(DASHES_OF_PRINT).trim_start_matches(['-', '/']);
    let name = word.split(['=', ':']).next().unwrap_or(word);
    option_names(command).find(|known| known == name).map(|name| format!("--{name}"))
}

/// The switch after which a word stands that is true or false.
fn switch_before(word: &str, command: CommandName, line: &[OsString]) -> Option<&'static Flag> {
    let at = line.iter().position(|other| other == word).filter(|_| is_switch_value(word))?;
    let before = line.get(at.checked_sub(1)?)?.to_str()?.strip_prefix("--")?;
    rows(command).find(|flag| flag.kind == FlagKind::Switch && flag.long == before)
}

fn template_in(word: &str, command: CommandName) -> Option<String> {
    let takes_template = rows(command).any(|flag| flag.long == "template-file");
    let is_template = TEMPLATE_ENDINGS.iter().any(|ending| word.ends_with(ending));
    let name = |file: &str| format!("name the template with --template-file {file}");
    match takes_template {
        true if is_template => Some(name(word)),
        true if Path::new(word).is_dir() => Some(name(&Path::new(word).join("template.yaml").display().to_string())),
        true | false => None,
    }
}

/// `samstep config show pakcage`.
fn near_command(word: &str) -> Option<String> {
    let shown = CommandName::ALL.into_iter().filter(|command| command.has_settings());
    let names = shown.map(|command| command.name().to_owned());
    nearest(word, names).map(|near| format!("the nearest command is {near}"))
}

/// The option names that are suggested.
pub fn option_names(command: CommandName) -> impl Iterator<Item = String> {
    rows(command).filter(|flag| !flag.is_hidden).flat_map(Flag::names)
}

fn rows(command: CommandName) -> impl Iterator<Item = &'static Flag> {
    FLAGS.iter().filter(move |flag| flag.commands.contains(&command))
}
