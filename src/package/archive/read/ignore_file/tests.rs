//! Patterns: rows that git's documentation settles, and everything else as git itself decides.

use super::{IgnoreFile, MAX_STEPS};
use crate::package::archive::samples::{Tree, names};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::Ordering;

fn is_ignored(patterns: &str, path: &str) -> bool {
    let file = IgnoreFile::parse(Path::new(".samignore"), patterns.as_bytes()).unwrap();
    file.is_ignored(path.trim_end_matches('/').as_bytes(), path.ends_with('/'))
}

#[test]
fn patterns_have_the_syntax_of_gitignore() {
    let rows = [
        ("braces are literal", "*.{log,tmp}", "a.log", false),
        ("braces match themselves", "*.{log,tmp}", "c.{log,tmp}", true),
        ("a brace that is not closed", "a{b", "a{b", true),
        ("a backslash at the end", "a\\", "a\\", false),
        ("a class in a bracket", "[[:alpha:]]1", "x1", true),
        ("a class does not match its letters", "[[:alpha:]]1", ":1", false),
        ("a bracket in a bracket", "[\\]]v", "]v", true),
        ("one carriage return at the end", "a\r", "a", true),
        ("two of them", "a\r\r", "a\r", true),
        ("spaces at the end", "a  ", "a", true),
        ("a space behind a backslash", "a\\ ", "a ", true),
        ("spaces behind that", "a\\   ", "a ", true),
        ("spaces at the start", " a", "a", false),
        ("a comment", "#a", "#a", false),
        ("a hash", "\\#a", "#a", true),
        ("an exclamation mark", "\\!a", "!a", true),
        ("the last pattern wins", "a\n!a", "a", false),
        ("the last pattern wins again", "!a\na", "a", true),
        ("a name in any folder", "a", "x/y/a", true),
        ("anchored", "/a", "x/a", false),
        ("anchored by a slash inside", "x/a", "y/x/a", false),
        ("only folders", "a/", "a", false),
        ("only folders, a folder", "a/", "x/a/", true),
        ("a star does not match a slash", "x/*a", "x/y/a", false),
        ("two stars at the start", "**/a/b", "x/a/b", true),
        ("two stars inside", "x/**/a", "x/a", true),
        ("two stars at the end", "x/**", "x/y/z", true),
        ("two stars at the end, not the folder", "x/**", "x/", false),
        ("two stars beside a letter are one", "x/a**/b", "x/ac/d/b", false),
        ("a mark of byte order", "\u{FEFF}a", "a", true),
        ("a zero byte ends the pattern", "a\0b", "a", true),
        ("letter case", "A", "a", false),
    ];
    for (name, patterns, path, expected) in rows {
        assert_eq!(is_ignored(patterns, path), expected, "{name}");
    }
}

/// Names with everything that means something in a pattern.
const NAMES: [&str; 44] = [
    "a", "b", "ab", "abc", "a b", "a ", " a", "a  ", "#a", "!a", "a!", "a#", "a\\", "\\a", "a\r", "[a]", "]v", "a]",
    "[", "-", "a-b", "^a", "a*", "a?", "**", "*", "{a,b}", "a{b", "x.log", "A", "é", "1", "a1", ":1", "_", "a\tb",
    "a\u{b}b", "d/a", "d/ab", "d/e/a", "d/e/f/b", "e/d/a", "a.d/b", "[a]d/x",
];

fn tree() -> Tree {
    let tree = NAMES.iter().fold(Tree::new(), |tree, name| tree.file(&format!("top/{name}"), ""));
    let tree = ["d/a", "d/e/a", "e/f/a", "f"].iter().fold(tree, |tree, name| tree.file(name, ""));
    git(&tree, &["init", "--quiet"]);
    tree
}

/// Runs git with its folder `.git` beside the tree, without any configuration of the machine.
fn git(tree: &Tree, arguments: &[&str]) -> Vec<u8> {
    let output = Command::new("git")
        .args(arguments)
        .current_dir(tree.top())
        .env("GIT_DIR", tree.home().join("git"))
        .env("GIT_WORK_TREE", tree.top())
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    output.stdout
}

fn has_git() -> bool {
    Command::new("git").arg("--version").output().is_ok()
}

/// Compares the files that are archived with those that git lists.
fn compare(tree: &Tree, patterns: &[u8]) -> Result<(), TestCaseError> {
    fs::write(tree.path(".samignore"), patterns).unwrap();
    let listed = git(tree, &["ls-files", "--others", "-z", "--exclude-from=.samignore"]);
    let listed = String::from_utf8(listed).unwrap();
    let expected: BTreeSet<_> = listed.split_terminator('\0').filter(|name| *name != ".samignore").collect();
    let archive = tree.read();
    let found: BTreeSet<_> = names(&archive).into_iter().collect();
    let difference: Vec<_> = found.symmetric_difference(&expected).collect();
    prop_assert!(difference.is_empty(), "{:?}: {difference:?}", String::from_utf8_lossy(patterns));
    Ok(())
}

/// Pieces of patterns, most of them special.
fn piece() -> impl Strategy<Value = String> {
    let special = prop::sample::select(vec![
        "*",
        "**",
        "***",
        "?",
        "/",
        "/",
        "/**/",
        "**/",
        "[",
        "]",
        "[a]",
        "[!a]",
        "[^a-b]",
        "[a-",
        "[]a]",
        "[[:alpha:]]",
        "[[:digit:]]",
        "[[:space:]]",
        "[[:punct:]]",
        "[[:none:]]",
        "[[:",
        "[:alpha:]",
        "[\\]]",
        "\\",
        "\\ ",
        "\\*",
        "\\[",
        "\\/",
        "!",
        "#",
        " ",
        "  ",
        "\r",
        "\0",
        "-",
        "^",
        "{",
        "}",
        ",",
        "\u{b}",
        "\t",
        "\u{e9}",
    ]);
    let plain = prop::sample::select(vec!["a", "b", "d", "e", "f", "top", "x", "1", "ab", "log", ".", "a b"]);
    prop_oneof![3 => special.prop_map(str::to_owned), 3 => plain.prop_map(str::to_owned)]
}

/// A pattern that is close to one of the names: some of its characters are wildcards, brackets or escapes.
fn variation() -> impl Strategy<Value = String> {
    let change = prop_oneof![5 => Just(0u8), 1 => 1u8..9];
    (prop::sample::select(&NAMES[..]), prop::collection::vec(change, 12), 0u8..6).prop_map(|(name, changes, form)| {
        let changed = name.chars().zip(changes).map(|(letter, change)| match change {
            1 => "*".to_owned(),
            2 => "?".to_owned(),
            3 => format!("[{letter}]"),
            4 => format!("[!{letter}]"),
            5 => format!("\\{letter}"),
            6 => "**".to_owned(),
            7 => format!("[\\{letter}-z]"),
            8 => String::new(),
            _ => letter.to_string(),
        });
        let pattern: String = changed.collect();
        match form {
            0 => format!("top/{pattern}"),
            1 => format!("/top/{pattern}"),
            2 => format!("**/{pattern}"),
            3 => format!("{pattern}/"),
            4 => format!("!{pattern}"),
            _ => pattern,
        }
    })
}

fn line() -> impl Strategy<Value = String> {
    prop_oneof![variation(), prop::collection::vec(piece(), 1..7).prop_map(|pieces| pieces.concat())]
}

/// Before 2.52, git took `**` for the start of a component if only plain characters stand before it (match_pathname:
/// give fnmatch one char of prefix context).
fn differs_in_old_git(line: &str) -> bool {
    let plain = line.find(['*', '?', '[', '\\']).unwrap_or(line.len());
    line[plain..].starts_with("**")
        && !line[..plain].ends_with('/')
        && !line[..plain].trim_start_matches('!').is_empty()
}

#[test]
fn git_archives_the_same_files() {
    if !has_git() {
        return;
    }
    let tree = tree();
    let lines = (prop::collection::vec(line(), 1..5), any::<bool>());
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(300);
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(cases) };
    proptest::test_runner::TestRunner::new(config)
        .run(&lines, |(lines, ends)| {
            prop_assume!(!lines.iter().any(|line| differs_in_old_git(line)));
            compare(&tree, (lines.join("\n") + if ends { "\n" } else { "" }).as_bytes())
        })
        .unwrap();
}

#[test]
fn usual_patterns_on_a_large_repository_stay_far_below_the_limit() {
    let kinds = [
        "node_modules/",
        "*.py[cod]",
        "**/__pycache__/",
        "/dist/*.map",
        "coverage/**/lcov.info",
        ".env*",
        "*.log",
        "docs/",
    ];
    let patterns: String = (0..200).map(|at| format!("{}{}\n", "!".repeat(at % 2), kinds[at % kinds.len()])).collect();
    let file = IgnoreFile::parse(Path::new(".samignore"), patterns.as_bytes()).unwrap();
    const SAMPLED: u64 = 2_000;
    for at in 0..SAMPLED {
        let path = format!("packages/service-{}/src/components/forms/inputs/validation-{at}.test.ts", at % 40);
        file.is_ignored(path.as_bytes(), false);
    }
    let steps = file.steps.load(Ordering::Relaxed) * (200_000 / SAMPLED);
    assert!(steps < MAX_STEPS / 4, "{steps} steps for 200,000 paths");
}
