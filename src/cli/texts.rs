//! Texts that a command line asks for in place of work: help, version, completions, manual pages.

use super::command_name::CommandName;
use super::grammar::{self, Purpose, grammar};
use clap::{ArgMatches, Command};
use clap_complete::Shell;
use std::env::consts::{ARCH, OS};

/// The commit of the sources, if the variable is set for the build.
const COMMIT: Option<&str> = option_env!("SAMSTEP_COMMIT");
/// The optional features of the AWS SDK that are compiled in.
const FEATURES: &str = "credentials-process, sso";

/// The text of `--version`: one line; with `--verbose` also commit, target and features.
pub fn version(matches: &ArgMatches) -> Option<String> {
    let line = concat!("samstep ", env!("CARGO_PKG_VERSION"));
    match (matches.get_flag(grammar::VERSION), matches.get_flag(grammar::VERBOSE)) {
        (false, _) => None,
        (true, false) => Some(line.to_owned()),
        (true, true) => {
            let commit = COMMIT.unwrap_or("unknown");
            Some(format!("{line}\ncommit: {commit}\ntarget: {}\nfeatures: {FEATURES}", target()))
        }
    }
}

/// Such as `x86_64-linux-gnu`.
fn target() -> String {
    let environment = match (cfg!(target_env = "gnu"), cfg!(target_env = "musl")) {
        (true, _) => "-gnu",
        (_, true) => "-musl",
        (false, false) => "",
    };
    format!("{ARCH}-{OS}{environment}")
}

/// What `completions` and `man` print.
pub fn generated(command: CommandName, matches: &ArgMatches) -> Option<String> {
    match command {
        CommandName::Completions => matches.get_one::<Shell>(grammar::SHELL).map(|shell| completions(*shell)),
        CommandName::Man => Some(man(matches.get_one::<String>(grammar::PAGE).map(String::as_str))),
        CommandName::Package
        | CommandName::Deploy
        | CommandName::Publish
        | CommandName::Job
        | CommandName::Rehearse
        | CommandName::ActionType
        | CommandName::Worker
        | CommandName::Lambda
        | CommandName::Config
        | CommandName::Doctor => None,
    }
}

fn completions(shell: Shell) -> String {
    let mut bytes = Vec::new();
    clap_complete::generate(shell, &mut grammar(Purpose::Listing), "samstep", &mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The page of a command, or of the whole program.
fn man(command: Option<&str>) -> String {
    let mut all = grammar(Purpose::Full);
    all.build();
    let page = command.and_then(|name| all.find_subcommand(name)).unwrap_or(&all);
    let name = page.get_display_name().unwrap_or(page.get_name()).to_owned();
    let mut bytes = Vec::new();
    // Writing into memory does not fail.
    let _ =
        clap_mangen::Man::new(Command::clone(page).name(name).version(env!("CARGO_PKG_VERSION"))).render(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::FEATURES;

    #[test]
    fn the_features_are_those_of_the_manifest() {
        let manifest = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")).unwrap();
        let line = manifest.lines().find(|line| line.starts_with("aws-config = ")).unwrap();
        let (_, features) = line.split_once("features = [").unwrap();
        let mut features: Vec<_> = features.split('"').skip(1).step_by(2).collect();
        features.retain(|feature| !["default-https-client", "rt-tokio"].contains(feature));
        features.sort_unstable();
        assert_eq!(features.join(", "), FEATURES);
    }
}
