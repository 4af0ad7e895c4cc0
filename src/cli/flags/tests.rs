//! The table of flags against the grammar, and what each source makes of it.

use super::peers::{ignored_flags, typed_names};
use super::{
    ConfigurationKey, FLAGS, Flag, FlagKind, InJob, Origin, SectionKind, check_host_only, configuration_key,
    given_by_properties, given_by_variables, pascal_case,
};
use crate::cli::command_name::CommandName;
use crate::cli::grammar::{self, Purpose};
use crate::facts::Environment;
use clap::{Arg, ArgAction};
use std::collections::{BTreeMap, BTreeSet};

/// The flags of a command by name, as the grammar has them.
fn arguments(command: CommandName) -> BTreeMap<String, Arg> {
    let grammar = grammar::command(command, Purpose::Full);
    let flags = grammar.get_arguments().filter(|it| it.get_id() != "help");
    flags.filter_map(|it| Some((it.get_long()?.to_owned(), it.clone()))).collect()
}

fn rows(command: CommandName) -> impl Iterator<Item = &'static Flag> {
    FLAGS.iter().filter(move |flag| flag.commands.contains(&command))
}

#[test]
fn table_and_grammar_name_the_same_flags() {
    for command in CommandName::ALL {
        let typed: BTreeSet<String> = arguments(command).into_keys().collect();
        let peers = typed_names().filter(|name| command.is_of_peers() && typed.contains(*name));
        let known: BTreeSet<String> = rows(command).flat_map(Flag::names).chain(peers.map(str::to_owned)).collect();
        assert_eq!(typed, known, "{command:?}");
    }
}

#[test]
fn table_and_grammar_agree_on_every_flag() {
    for command in CommandName::ALL {
        let arguments = arguments(command);
        for flag in rows(command) {
            let argument = &arguments[flag.long];
            let is_map =
                argument.get_value_names().is_some_and(|names| names.iter().any(|name| name.as_str() == "MAP"));
            let is_words = argument.get_num_args().is_some_and(|range| range.max_values() > 1);
            let kind = match argument.get_action() {
                ArgAction::SetTrue => FlagKind::Switch,
                ArgAction::Append if argument.is_require_equals_set() => FlagKind::Scope,
                ArgAction::Append if is_words && argument.get_value_delimiter().is_none() => FlagKind::Pairs,
                ArgAction::Append => FlagKind::List,
                _ if is_map => FlagKind::Map,
                _ => FlagKind::Text,
            };
            assert_eq!((flag.kind, flag.id().as_str()), (kind, argument.get_id().as_str()), "{}", flag.long);
            let aliases: Vec<&str> = argument.get_all_aliases().unwrap_or_default();
            assert_eq!((aliases.as_slice(), flag.is_hidden), (flag.aliases, argument.is_hide_set()), "{}", flag.long);
        }
    }
}

#[test]
fn no_two_rows_of_a_command_share_a_spelling() {
    for command in CommandName::ALL {
        let mut seen = BTreeSet::new();
        for spelling in rows(command).flat_map(Flag::spellings) {
            assert!(seen.insert(spelling), "{command:?} has --{spelling} twice");
            // `deploy` has some of the flags that `package` refuses.
            let is_of_peers = if command == CommandName::Package {
                typed_names().any(|name| name == spelling)
            } else {
                command.is_of_peers() && ignored_flags().any(|name| name == spelling)
            };
            assert!(!is_of_peers, "--{spelling} is also in the table of the peers");
        }
    }
}

#[test]
fn what_a_row_refers_to_exists() {
    for flag in FLAGS {
        assert!(!flag.commands.is_empty(), "{}", flag.long);
        if let Some(variable) = flag.secret_variable {
            assert_eq!((variable, flag.is_inherited), (flag.variable().as_str(), true));
        }
        if let Some(fixed) = flag.fixes {
            let target = rows(CommandName::Package).find(|target| target.long == fixed).expect(fixed);
            assert!(flag.is_inherited && target.in_job == InJob::Author, "{}", flag.long);
        }
        let is_of_jobs = flag.commands.contains(&CommandName::Job);
        let has_parent = [CommandName::Worker, CommandName::Lambda].iter().any(|it| flag.commands.contains(it));
        assert!(!flag.is_inherited || (is_of_jobs && has_parent), "nothing inherits --{}", flag.long);
    }
}

#[test]
fn help_names_the_variable_and_the_key_of_each_flag() {
    for command in CommandName::ALL {
        let arguments = arguments(command);
        for flag in rows(command) {
            let help = arguments[flag.long].get_long_help().expect("there is a help").to_string();
            assert!(help.contains(&format!("[variable: {}", flag.variable())), "{}", flag.long);
            let key = flag.keys().next().filter(|_| command.reads_samconfig());
            assert_eq!(help.contains("[samconfig: "), key.is_some(), "{}", flag.long);
            assert!(key.is_none_or(|key| help.contains(&format!("[samconfig: {key}]"))), "{}", flag.long);
        }
    }
}

#[test]
fn each_flag_has_a_variable_and_a_switch_has_two() {
    for command in CommandName::ALL {
        for flag in rows(command) {
            for name in flag.names().map(|name| super::names::variable(&name)) {
                let environment: Environment = [(name.as_str(), "true")].into_iter().collect();
                let given = given_by_variables(command, &environment);
                let [given] = given.as_slice() else { panic!("{command:?} {name}: {given:?}") };
                let value = if name == flag.variable() { "true" } else { "false" };
                assert_eq!((given.flag, given.value.as_str()), (flag, value), "{name}");
                assert_eq!(given.origin, Origin::Variable(name));
            }
        }
    }
}

#[test]
fn each_flag_of_an_operation_is_a_property_or_says_what_to_do_instead() {
    let of_all = [CommandName::Package, CommandName::Deploy].into_iter();
    for (command, flag) in of_all.flat_map(|command| rows(command).map(move |flag| (command, flag))) {
        for spelling in flag.spellings() {
            for name in [pascal_case(spelling), spelling.to_owned()] {
                let given = given_by_properties(command, [(name.as_str(), "true")].into_iter());
                let refused = check_host_only(command, &name);
                match flag.in_job {
                    InJob::HostOnly(instead) => {
                        let failure = refused.unwrap_err();
                        let hint = failure.problems[0].hint.as_deref();
                        assert_eq!((given.is_err(), hint), (true, Some(instead)), "{name}");
                    }
                    InJob::Author | InJob::PropertyOnly => {
                        let given = given.unwrap();
                        assert_eq!((given[0].flag, refused), (flag, Ok(())), "{name}");
                    }
                }
            }
        }
    }
}

#[test]
fn a_key_of_a_samconfig_is_a_flag_or_ignored_or_refused_or_unknown() {
    let flag = |long: &str| ConfigurationKey::Flag(FLAGS.iter().find(|flag| flag.long == long).unwrap());
    let unknown = |nearest: Option<&str>| ConfigurationKey::Unknown(nearest.map(str::to_owned));
    let refused = ConfigurationKey::Refused {
        why: "code is not signed by samstep",
        hint: "take it out to package unsigned code",
    };
    let rows = [
        ("s3_bucket", flag("s3-bucket")),
        ("template", flag("template-file")),
        ("no_progressbar", flag("no-progressbar")),
        ("manifest", flag("manifest")),
        ("image_repositories", ConfigurationKey::Ignored),
        ("output", ConfigurationKey::Ignored),
        ("host", ConfigurationKey::Ignored),
        ("signing_profiles", refused),
        ("signing-profiles", unknown(None)),
        ("emit", unknown(None)),
        ("no_paginate", unknown(None)),
        ("s3-bucket", unknown(Some("s3_bucket"))),
        ("s3_buket", unknown(Some("s3_bucket"))),
        ("config_env", unknown(None)),
        ("colour_of_the_sky", unknown(None)),
    ];
    for (key, expected) in rows {
        assert_eq!(configuration_key(CommandName::Package, SectionKind::Command, key), expected, "{key}");
    }
    let global = |key: &str| configuration_key(CommandName::Package, SectionKind::Global, key);
    assert_eq!((global("manifest"), global("region")), (ConfigurationKey::Ignored, flag("region")));
}
