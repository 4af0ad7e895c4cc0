//! The properties of an action that set flags of its operation.

use super::flag::{Flag, FlagKind, InJob};
use super::given::{Given, Origin};
use super::names::pascal_case;
use super::table::FLAGS;
use crate::cli::command_name::CommandName;
use crate::facts::{Failure, FailureKind};
use crate::text::nearest;

/// Turns properties into values of flags. A property is a flag in PascalCase (`S3Bucket`), camelCase or as it is
/// (`s3-bucket`); switches take `true` and `false`.
pub fn given_by_properties<'p>(
    command: CommandName,
    pairs: impl Iterator<Item = (&'p str, &'p str)>,
) -> Result<Vec<Given>, Failure> {
    let given = |(name, value): (&str, &str)| {
        let flag = settable(command).find(|flag| flag.spellings().any(|long| is_spelling(name, long)));
        let flag = flag.ok_or_else(|| unknown_property(command, name))?;
        // An empty list.
        if value.is_empty() && matches!(flag.kind, FlagKind::List | FlagKind::Pairs) {
            return Ok(None);
        }
        let given = Given { flag, value: value.to_owned(), origin: Origin::Property(name.to_owned()) };
        match flag.argument(value) {
            Some(_) => Ok(Some(given)),
            None => Err(usage(format!("the property {name} is `{value}`, not true or false"))),
        }
    };
    pairs.filter_map(|pair| given(pair).transpose()).collect()
}

/// Refuses a property that only the host may set. A flag of the command counts before one of another command.
pub fn check_host_only(command: CommandName, name: &str) -> Result<(), Failure> {
    let flags = || FLAGS.iter().filter(|flag| flag.spellings().any(|long| is_spelling(name, long)));
    let own = flags().find(|flag| flag.commands.contains(&command));
    match own.or_else(|| flags().next()).map(|flag| flag.in_job) {
        Some(InJob::HostOnly(instead)) => {
            Err(usage(format!("the action configuration sets {name}, which a job may not")).with_hint(instead))
        }
        Some(InJob::Author | InJob::PropertyOnly) | None => Ok(()),
    }
}

/// Refuses properties that set what the operator of the worker fixes.
pub fn check_not_fixed(properties: &[Given], fixed: &[Given]) -> Result<(), Failure> {
    let mut pairs = properties.iter().flat_map(|property| fixed.iter().map(move |fixed| (property, fixed)));
    let Some((property, fixed)) = pairs.find(|(property, fixed)| property.flag.is_about_the_same_as(fixed.flag)) else {
        return Ok(());
    };
    let fixing = FLAGS.iter().find(|flag| flag.fixes == Some(fixed.flag.long));
    let option = fixing.map_or(fixed.flag.long, |flag| flag.long);
    Err(usage(format!("the action configuration sets {}, which the worker fixes for all jobs", property.origin))
        .with_hint(format!("leave it out; the operator of the worker sets it with --{option}")))
}

/// The flags that the author of a pipeline may set.
fn settable(command: CommandName) -> impl Iterator<Item = &'static Flag> {
    let is_settable = |flag: &&Flag| match flag.in_job {
        InJob::Author | InJob::PropertyOnly => true,
        InJob::HostOnly(_) => false,
    };
    FLAGS.iter().filter(move |flag| flag.commands.contains(&command)).filter(is_settable)
}

fn unknown_property(command: CommandName, name: &str) -> Failure {
    let failure = usage(format!("there is no property `{name}`"));
    match nearest(name, settable(command).map(|flag| pascal_case(flag.long))) {
        Some(nearest) => failure.with_hint(format!("the nearest property is {nearest}")),
        None => {
            let command = command.name();
            failure
                .with_hint(format!("properties are the options of samstep {command} in PascalCase, such as S3Bucket"))
        }
    }
}

fn is_spelling(name: &str, long: &str) -> bool {
    let pascal = pascal_case(long);
    let lower_first = |text: &str| text[..1].to_lowercase() + &text[1..];
    name == long || name == pascal || name == lower_first(&pascal)
}

fn usage(message: String) -> Failure {
    Failure::new(FailureKind::Usage, message)
}
