//! What the keys of a samconfig mean.

use super::flag::{Flag, Key};
use super::peers::{Treatment, key_treatment};
use super::table::FLAGS;
use crate::cli::command_name::CommandName;
use crate::text::nearest;

/// What a key in the section of a command, or in `global`, means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConfigurationKey {
    Flag(&'static Flag),
    /// A key that sam reads and that has no effect on the command.
    Ignored,
    /// A key that sam reads; ignoring it would change the result.
    Refused {
        why: &'static str,
        hint: &'static str,
    },
    /// A key that nothing reads, with the nearest that exists.
    Unknown(Option<String>),
}

/// The part of an environment in which a key stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SectionKind {
    Command,
    Global,
}

/// What a key means to a command.
pub fn configuration_key(command: CommandName, section: SectionKind, key: &str) -> ConfigurationKey {
    let flags = || FLAGS.iter().filter(|flag| flag.commands.contains(&command));
    if let Some(flag) = flags().find(|flag| flag.keys().any(|it| it == key)) {
        return match (flag.key, section) {
            (Key::CommandOnly, SectionKind::Global) => ConfigurationKey::Ignored,
            (Key::CommandOnly, SectionKind::Command) | (Key::Anywhere | Key::Nowhere, _) => {
                ConfigurationKey::Flag(flag)
            }
        };
    }
    if section == SectionKind::Global && is_key_of_another(command, key) {
        return ConfigurationKey::Ignored;
    }
    match key_treatment(key) {
        Treatment::Ignored => ConfigurationKey::Ignored,
        Treatment::Refused { why, hint } => ConfigurationKey::Refused { why, hint },
        Treatment::Unknown => ConfigurationKey::Unknown(nearest(key, flags().filter_map(|flag| flag.keys().next()))),
    }
}

/// Whether a key in `global` is one of another command.
fn is_key_of_another(command: CommandName, key: &str) -> bool {
    let others = CommandName::ALL.into_iter().filter(|other| *other != command && other.reads_samconfig());
    let mut flags = others.flat_map(|other| FLAGS.iter().filter(move |flag| flag.commands.contains(&other)));
    flags.any(|flag| flag.keys().any(|it| it == key))
}
