//! One row of the table of flags.

use super::names::{self, opposite};
use crate::cli::command_name::CommandName;

/// A row of the table.
#[derive(Debug, PartialEq, Eq)]
pub struct Flag {
    /// The long name, without hyphens in front.
    pub long: &'static str,
    pub kind: FlagKind,
    /// The commands that accept it.
    pub commands: &'static [CommandName],
    /// Other long names, which the peers use.
    pub aliases: &'static [&'static str],
    /// Variables of the peers that set it, besides `SAMSTEP_<NAME>`.
    pub variables: &'static [&'static str],
    pub key: Key,
    pub in_job: InJob,
    pub group: Option<Group>,
    /// Whether the process of a job gets the worker's value.
    pub is_inherited: bool,
    /// The variable that passes a secret to the process of a job. Everyone on a machine can read arguments.
    pub secret_variable: Option<&'static str>,
    /// Whether its value may be a secret, which no list of settings shows.
    pub hides_value: bool,
    /// The flag whose value this one fixes for all jobs.
    pub fixes: Option<&'static str>,
    /// Whether help and suggestions leave it out.
    pub is_hidden: bool,
    /// Whether it is about how a template is found and packaged, and so has no effect without one.
    pub is_about_template: bool,
}

/// What values a flag takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FlagKind {
    /// `true` or `false`.
    Switch,
    Text,
    /// A text, or a table in a samconfig.
    Map,
    /// Texts with commas between, or a list or a table in a samconfig.
    List,
    /// All if it is given alone, else texts with commas between; in a samconfig also `true` or `false`.
    Scope,
    /// Names with values. The settings merge all sources for each name, so that the grammar reads only what was typed.
    Pairs,
}

/// Where a samconfig sets a flag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// In the section of the command and in `global`.
    Anywhere,
    /// In the section of the command. In `global`, the key means something else to another command of sam.
    CommandOnly,
    /// Nowhere: it says where the samconfig is, or who reads the report.
    Nowhere,
}

/// Who sets a flag for a job of a pipeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InJob {
    /// The author of the pipeline, by a property or by the samconfig beside the template; by default the host, by a
    /// variable.
    Author,
    /// The author of the pipeline, by a property. A samconfig may not: anyone who can commit could redirect uploads or
    /// choose a role. A variable is about the host itself.
    PropertyOnly,
    /// The host alone. The text says what to do instead of setting a property.
    HostOnly(&'static str),
}

/// Flags that set one thing together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// Ways to name the bucket: one replaces the others that a lower source gives.
    Bucket,
    /// Encryption at rest: if a job sets one of them, no variable of its host counts for the others.
    Encryption,
    /// What happens after a failure: one replaces the other that a lower source gives.
    Failure,
    /// What a version that is published already is to a run: one replaces the other that a lower source gives.
    SameVersion,
    /// When a deployment is given up: one replaces the other that a lower source gives.
    Deadline,
}

impl Group {
    /// Whether a flag of the group replaces the others that a lower source gives.
    pub fn is_exclusive(self) -> bool {
        match self {
            Self::Bucket | Self::Failure | Self::SameVersion | Self::Deadline => true,
            Self::Encryption => false,
        }
    }
}

impl Flag {
    /// A flag that a samconfig and the author of a pipeline may set.
    pub const fn new(long: &'static str, kind: FlagKind, commands: &'static [CommandName]) -> Self {
        Self {
            long,
            kind,
            commands,
            aliases: &[],
            variables: &[],
            key: Key::Anywhere,
            in_job: InJob::Author,
            group: None,
            is_inherited: false,
            secret_variable: None,
            hides_value: false,
            fixes: None,
            is_hidden: false,
            is_about_template: false,
        }
    }

    pub const fn aliases(self, aliases: &'static [&'static str]) -> Self {
        Self { aliases, ..self }
    }

    pub const fn variables(self, variables: &'static [&'static str]) -> Self {
        Self { variables, ..self }
    }

    pub const fn key(self, key: Key) -> Self {
        Self { key, ..self }
    }

    pub const fn group(self, group: Group) -> Self {
        Self { group: Some(group), ..self }
    }

    pub const fn property_only(self) -> Self {
        Self { in_job: InJob::PropertyOnly, ..self }
    }

    pub const fn host_only(self, instead: &'static str) -> Self {
        Self { in_job: InJob::HostOnly(instead), ..self }
    }

    pub const fn inherited(self) -> Self {
        Self { is_inherited: true, ..self }
    }

    /// Inherited by this variable.
    pub const fn secret(self, variable: &'static str) -> Self {
        Self { is_inherited: true, secret_variable: Some(variable), hides_value: true, ..self }
    }

    pub const fn hides_value(self) -> Self {
        Self { hides_value: true, ..self }
    }

    pub const fn fixes(self, long: &'static str) -> Self {
        Self { fixes: Some(long), ..self }
    }

    pub const fn hidden(self) -> Self {
        Self { is_hidden: true, ..self }
    }

    pub const fn about_template(self) -> Self {
        Self { is_about_template: true, ..self }
    }

    /// The id under which the parser knows it.
    pub fn id(&self) -> String {
        self.long.replace('-', "_")
    }

    /// Whether the parser knows it under this id.
    pub fn has_id(&self, id: &str) -> bool {
        let spelled = self.long.bytes().map(|byte| if byte == b'-' { b'_' } else { byte });
        self.long.len() == id.len() && spelled.eq(id.bytes())
    }

    /// Its variable: `SAMSTEP_S3_BUCKET`.
    pub fn variable(&self) -> String {
        names::variable(self.long)
    }

    /// The long names by which it can be typed.
    pub fn spellings(&self) -> impl Iterator<Item = &'static str> {
        std::iter::once(self.long).chain(self.aliases.iter().copied())
    }

    /// The long name of the switch that takes it back.
    pub fn opposite(&self) -> Option<String> {
        (self.kind == FlagKind::Switch).then(|| opposite(self.long))
    }

    /// Its name, and the opposite of a switch.
    pub fn names(&self) -> impl Iterator<Item = String> {
        std::iter::once(self.long.to_owned()).chain(self.opposite())
    }

    /// Its keys in the samconfig of a command.
    pub fn keys(&self) -> impl Iterator<Item = String> {
        let has_key = self.key != Key::Nowhere;
        self.spellings().filter(move |_| has_key).map(|long| long.replace('-', "_"))
    }

    /// Whether it sets the same thing as another flag.
    pub fn is_about_the_same_as(&self, other: &Self) -> bool {
        self.long == other.long || (self.group.is_some() && self.group == other.group)
    }

    /// The argument that gives it a value. `None` if it is a switch and the value is neither true nor false.
    pub fn argument(&self, value: &str) -> Option<String> {
        let Some(opposite) = self.opposite() else { return Some(format!("--{}={value}", self.long)) };
        let on = names::read_switch(value)?;
        Some(format!("--{}", if on { self.long } else { opposite.as_str() }))
    }

    /// Whether a value asks for what the flag does: a switch may be turned off.
    pub fn asks(&self, value: &str) -> bool {
        self.kind != FlagKind::Switch || names::read_switch(value) != Some(false)
    }
}
