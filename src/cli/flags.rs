//! The table of flags, derived from the grammar, and the other spellings that become arguments by it.

use super::peers::{KEYS_OF_SAM, NOT_SIGNED, PACKAGE_UNSIGNED, SIGNING_PROFILES, VARIABLES};
use super::{command_names, command_of};
use crate::facts::{Environment, Failure, FailureKind, Place};
use crate::text::nearest;
use clap::builder::{BoolishValueParser, TypedValueParser};
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, Command};
use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::PathBuf;

/// What the variables of flags begin with.
const PREFIX: &str = "SAMSTEP_";
/// Variables of our own pipelines that the executable does not read.
const OF_PIPELINES: [&str; 1] = ["SAMSTEP_RELEASES"];
/// Flags that a configuration file cannot hold: they say where it is, or mean something else in the files of sam.
const NOT_IN_FILES: [&str; 4] = ["config-file", "config-env", "host", "emit"];
/// Flags that say the same in two ways: where one is given, the other does not count further below. On one level both
/// are an error, which is for the settings to say.
const RIVALS: [(&str, &str); 3] = [("target", "s3-bucket"), ("target", "resolve-s3"), ("s3-bucket", "resolve-s3")];

/// A value for a flag that was not typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// The flag's long name, without hyphens in front.
    pub flag: String,
    /// Its value as it would be typed; `true` or `false` for a switch.
    pub value: String,
    /// Who gave it.
    pub origin: Origin,
}

/// Where a value comes from that was not typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A variable.
    Variable(String),
    /// A configuration file.
    File {
        /// The file.
        path: PathBuf,
        /// The section of the environment: that of the command, or the global one above which it stands.
        section: String,
        /// The key in it.
        key: String,
        /// Where in the file, when that is known.
        place: Option<Place>,
    },
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Variable(name) => f.write_str(name),
            Self::File { path, section, key, .. } => write!(f, "{key} of {section} in {}", path.display()),
        }
    }
}

impl Origin {
    fn is_level_with(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Variable(_), Self::Variable(_)) => true,
            (Self::File { section, .. }, Self::File { section: other, .. }) => section == other,
            (Self::Variable(_), Self::File { .. }) | (Self::File { .. }, Self::Variable(_)) => false,
        }
    }
}

/// What values a flag takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FlagKind {
    /// `true` or `false`.
    Switch,
    /// A text.
    Text,
    /// A text, or a table in a configuration file.
    Map,
    /// Texts with commas between, or a list or a table in a configuration file.
    List,
}

/// What a key of a configuration file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConfigurationKey {
    /// The value of a flag.
    Flag {
        /// The flag's long name.
        long: String,
        /// What values it takes.
        kind: FlagKind,
    },
    /// Something that sam reads and we do not.
    OfSam,
    /// Something that sam reads and that cannot be passed over.
    Unsupported {
        /// Why we do not read it.
        why: &'static str,
        /// What to do.
        hint: &'static str,
    },
    /// Nothing; the nearest key that is something.
    Unknown(Option<String>),
}

/// What a key of the parameters of a command means.
pub fn configuration_key(command: &str, key: &str) -> ConfigurationKey {
    let command = command_of(command);
    let flag = flags(&command).find(|flag| spellings(flag).any(|long| long.replace('-', "_") == key));
    let flag = flag.and_then(|flag| Some((flag, flag.get_long()?)));
    match flag {
        Some((flag, long)) if !NOT_IN_FILES.contains(&long) => {
            ConfigurationKey::Flag { long: long.to_owned(), kind: kind(flag) }
        }
        Some(_) | None if key == SIGNING_PROFILES => {
            ConfigurationKey::Unsupported { why: NOT_SIGNED, hint: PACKAGE_UNSIGNED }
        }
        Some(_) | None if KEYS_OF_SAM.contains(&key) => ConfigurationKey::OfSam,
        Some(_) | None => {
            let known = flags(&command).filter_map(Arg::get_long).filter(|long| !NOT_IN_FILES.contains(long));
            ConfigurationKey::Unknown(nearest(key, known.map(|long| long.replace('-', "_"))))
        }
    }
}

/// Turns properties into what would be typed after `samstep package`.
///
/// A property is a flag in PascalCase (`S3Bucket`), camelCase or as it is (`s3-bucket`); switches take `true` and
/// `false`. `allowed` is asked with the flag's long name.
pub fn arguments_of_properties(
    pairs: &[(String, String)],
    allowed: impl Fn(&str) -> bool,
) -> Result<Vec<OsString>, Failure> {
    let command = command_of("package");
    let known: Vec<&Arg> = flags(&command).filter(|flag| flag.get_long().is_some_and(&allowed)).collect();
    let argument_of = |(name, value): &(String, String)| {
        let flag = known.iter().find(|flag| spellings(flag).any(|long| is_spelling(name, &long)));
        let flag = flag.ok_or_else(|| unknown_property(name, &known))?;
        // An empty list.
        if value.is_empty() && kind(flag) == FlagKind::List {
            return Ok(None);
        }
        argument(flag, value).map(Some).ok_or_else(|| {
            Failure::new(FailureKind::Usage, format!("the property {name} is `{value}`, not true or false"))
        })
    };
    pairs.iter().filter_map(|pair| argument_of(pair).transpose()).collect()
}

fn unknown_property(name: &str, known: &[&Arg]) -> Failure {
    let failure = Failure::new(FailureKind::Usage, format!("there is no property `{name}`"));
    let names = known.iter().filter_map(|flag| flag.get_long()).map(pascal_case);
    match nearest(name, names) {
        Some(nearest) => failure.with_hint(format!("the nearest property is {nearest}")),
        None => failure.with_hint("properties are the options of samstep package in PascalCase, such as S3Bucket"),
    }
}

fn is_spelling(name: &str, long: &str) -> bool {
    let pascal = pascal_case(long);
    let lower_first = |text: &str| text[..1].to_lowercase() + &text[1..];
    name == long || name == pascal || name == lower_first(&pascal)
}

/// `s3-bucket` → `S3Bucket`.
fn pascal_case(long: &str) -> String {
    long.split('-').map(|word| word[..1].to_uppercase() + &word[1..]).collect()
}

/// What the variables say of the flags of a command, given by name: each flag has one, and so has the opposite of a
/// switch. Aliases have none: those of one command are flags of another. An empty variable counts as absent: hosts set those for inputs not given.
pub fn variables(command: &str, environment: &Environment) -> Vec<Given> {
    let command = command_of(command);
    let own = flags(&command).flat_map(|flag| {
        let long = flag.get_long().unwrap_or_default();
        let opposite = is_switch(flag).then(|| (variable(&opposite(long)), long, Sense::Opposite));
        std::iter::once((variable(long), long, Sense::Same)).chain(opposite)
    });
    let peers = VARIABLES.iter().map(|(name, long)| ((*name).to_owned(), *long, Sense::Same));
    own.chain(peers.filter(|(_, long, _)| flags(&command).any(|flag| flag.get_long() == Some(long))))
        .filter_map(|(name, long, sense)| {
            let value = environment.get(&name)?;
            let value = match (sense, read_switch(value)) {
                (Sense::Opposite, Some(on)) => (!on).to_string(),
                (Sense::Opposite, None) | (Sense::Same, _) => value.to_owned(),
            };
            Some(Given { flag: long.to_owned(), value, origin: Origin::Variable(name) })
        })
        .collect()
}

/// What the value of a variable says of a switch.
#[derive(Clone, Copy)]
enum Sense {
    Same,
    Opposite,
}

/// `s3-bucket` → `SAMSTEP_S3_BUCKET`.
fn variable(long: &str) -> String {
    format!("{PREFIX}{}", long.replace('-', "_").to_uppercase())
}

/// Variables that look like those of flags, with the nearest that is one. Not those of any command: a host sets its
/// variables for all.
pub fn unknown_variables(environment: &Environment) -> Vec<(String, Option<String>)> {
    let is_ours = |name: &str| name.starts_with(PREFIX) && !OF_PIPELINES.contains(&name);
    let ours = environment.iter().filter(|(name, _)| is_ours(name));
    let ours: Vec<&str> = ours.map(|(name, _)| &name[PREFIX.len()..]).collect();
    if ours.is_empty() {
        return Vec::new();
    }
    let flags_of = |command: &String| {
        let command = command_of(command);
        flags(&command).flat_map(names).map(|long| variable(&long)[PREFIX.len()..].to_owned()).collect::<Vec<_>>()
    };
    let known: BTreeSet<String> = command_names().iter().flat_map(flags_of).collect();
    let unknown = ours.into_iter().filter(|name| !known.contains(*name));
    let full = |name: &str| format!("{PREFIX}{name}");
    unknown.map(|name| (full(name), nearest(name, known.iter().cloned()).map(|near| full(&near)))).collect()
}

/// What may be typed for the flags of a command, without hyphens in front.
pub fn typed_names(command: &str) -> Vec<String> {
    let command = command_of(command);
    flags(&command).filter(|flag| !flag.is_hide_set()).flat_map(names).collect()
}

/// The name of a flag, and the opposite of a switch.
fn names(flag: &Arg) -> impl Iterator<Item = String> {
    let long = flag.get_long();
    long.map(str::to_owned).into_iter().chain(long.filter(|_| is_switch(flag)).map(opposite))
}

/// The line as typed, with what is given below it in front; of several values the typed one stays, then the first.
pub fn merge(grammar: Command, typed: &[OsString], below: &[Given]) -> Result<Vec<OsString>, clap::Error> {
    let matches = super::usage::matches(grammar, typed)?;
    let Some((name, matches)) = matches.subcommand() else { return Ok(typed.to_vec()) };
    let command = command_of(name);
    let is_typed = |id: &str| matches.value_source(id) == Some(ValueSource::CommandLine);
    let mut seen: Vec<&str> = Vec::new();
    let mut line: Vec<OsString> = typed.iter().take(2).cloned().collect();
    for given in below {
        let Some(flag) = flags(&command).find(|flag| flag.get_long() == Some(&given.flag)) else { continue };
        let twin_typed = opposite_of(flag).is_some_and(|twin| is_typed(&twin));
        let rival_above = |rival: &str| {
            let mut above = below.iter().take_while(|other| !other.origin.is_level_with(&given.origin));
            is_typed(&rival.replace('-', "_")) || above.any(|other| other.flag == rival && asks(&command, other))
        };
        let is_hidden = rivals(&given.flag).any(rival_above);
        if is_typed(flag.get_id().as_str()) || twin_typed || is_hidden || seen.contains(&given.flag.as_str()) {
            continue;
        }
        seen.push(&given.flag);
        tracing::debug!(flag = given.flag, by = %given.origin, "given");
        // A switch that is neither true nor false is left to the grammar, which refuses a value there.
        line.push(argument(flag, &given.value).unwrap_or_else(|| format!("--{}={}", given.flag, given.value).into()));
    }
    line.extend(typed.iter().skip(2).cloned());
    Ok(line)
}

/// Whether a value asks for what its flag does: a switch may be turned off.
fn asks(command: &Command, given: &Given) -> bool {
    let flag = flags(command).find(|flag| flag.get_long() == Some(&given.flag)).filter(|flag| is_switch(flag));
    flag.is_none_or(|flag| argument(flag, &given.value).is_none_or(|argument| argument == *format!("--{}", given.flag)))
}

fn rivals(flag: &str) -> impl Iterator<Item = &'static str> {
    RIVALS.iter().filter_map(move |(one, other)| match flag {
        _ if flag == *one => Some(*other),
        _ if flag == *other => Some(*one),
        _ => None,
    })
}

/// The argument that gives a flag a value. `None` when it is a switch and the value is neither true nor false.
fn argument(flag: &Arg, value: &str) -> Option<OsString> {
    let long = flag.get_long()?;
    if !is_switch(flag) {
        return Some(format!("--{long}={value}").into());
    }
    let on = read_switch(value)?;
    Some(format!("--{}", if on { long.to_owned() } else { opposite(long) }).into())
}

/// Whether the value of a switch turns it on.
pub fn is_on(value: &str) -> bool {
    read_switch(value) == Some(true)
}

fn read_switch(value: &str) -> Option<bool> {
    BoolishValueParser::new().parse_ref(&Command::new("value"), None, OsStr::new(value)).ok()
}

/// Adds `--no-x` for every switch `--x`, and `--x` for `--no-x`. The later of the two wins.
pub fn with_opposites(command: Command) -> Command {
    let twins: Vec<(String, String)> =
        flags(&command).filter_map(|flag| Some((flag.get_id().to_string(), opposite_of(flag)?))).collect();
    twins.into_iter().fold(command, |command, (id, twin)| {
        let long = twin.replace('_', "-");
        let argument =
            Arg::new(twin.clone()).long(long).action(ArgAction::SetTrue).hide(true).overrides_with(id.clone());
        command.mut_arg(id, |flag| flag.overrides_with(twin)).arg(argument)
    })
}

fn opposite(long: &str) -> String {
    long.strip_prefix("no-").map_or_else(|| format!("no-{long}"), str::to_owned)
}

/// The id of a switch's opposite.
fn opposite_of(flag: &Arg) -> Option<String> {
    flag.get_long().filter(|_| is_switch(flag)).map(|long| opposite(long).replace('-', "_"))
}

fn kind(flag: &Arg) -> FlagKind {
    if matches!(flag.get_action(), ArgAction::Append) {
        return FlagKind::List;
    }
    let is_map = flag.get_value_names().is_some_and(|names| names.iter().any(|name| name.as_str() == "MAP"));
    match (is_switch(flag), is_map) {
        (true, _) => FlagKind::Switch,
        (false, true) => FlagKind::Map,
        (false, false) => FlagKind::Text,
    }
}

fn is_switch(flag: &Arg) -> bool {
    matches!(flag.get_action(), ArgAction::SetTrue)
}

/// The flags of a command, without help.
fn flags(command: &Command) -> impl Iterator<Item = &Arg> {
    command.get_arguments().filter(|flag| flag.get_long().is_some() && flag.get_id() != "help")
}

fn spellings(flag: &Arg) -> impl Iterator<Item = String> {
    let aliases = flag.get_all_aliases().unwrap_or_default().into_iter().map(str::to_owned);
    flag.get_long().map(str::to_owned).into_iter().chain(aliases)
}
