//! What can be wrong with a path or a nested template, and the way out. The property that refers to it comes later.

use crate::facts::{Failure, FailureKind};
use crate::text::nearest_sibling;
use std::path::Path;
use std::{fs, io};

/// Templates one below the other, at most. CloudFormation names no limit; each level takes some of the thread's stack.
pub const MAX_NESTING: usize = 100;

/// How often one nested template is planned, each time for other parameters. Values that are passed on through many
/// levels multiply.
pub const MAX_PLANS: usize = 500;

const PATHS_ARE_RELATIVE: &str = "paths are relative to the folder of the template that holds them";

fn problem(message: String) -> Failure {
    Failure::new(FailureKind::Usage, message)
}

/// Missing paths of one run for which the nearest name is searched, which reads their folder.
pub const NEAREST_NAMES: usize = 20;

/// What to say of a missing path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Advice {
    /// The nearest name in the folder, and the rule.
    NearestName,
    /// What paths are relative to.
    Rule,
}

/// The metadata of a path cannot be read.
pub fn no_metadata(path: &Path, error: &io::Error, advice: Advice) -> Failure {
    match (error.kind(), fs::read_link(path)) {
        (io::ErrorKind::NotFound, Ok(target)) => broken_link(path, &target),
        (io::ErrorKind::NotFound | io::ErrorKind::NotADirectory, Err(_)) => missing(path, advice),
        (_, Ok(_) | Err(_)) => unreadable(path, error),
    }
}

fn missing(path: &Path, advice: Advice) -> Failure {
    let near = || match advice {
        Advice::NearestName => nearest_sibling(path).map(|near| format!("the nearest name there is {near}")),
        Advice::Rule => None,
    };
    let hint = match near().or_else(|| spelling(path)) {
        Some(hint) => format!("{hint}; {PATHS_ARE_RELATIVE}"),
        None => PATHS_ARE_RELATIVE.to_owned(),
    };
    problem(format!("{}: no such file or folder", path.display())).with_hint(hint)
}

/// What means something to a shell, to Windows or to S3, and nothing in a path of a template.
fn spelling(path: &Path) -> Option<String> {
    let text = path.to_str()?;
    let has = |test: fn(&str) -> bool| path.iter().filter_map(|name| name.to_str()).any(test);
    if has(|name| name == "~" || name.starts_with('$') || name.starts_with('%')) {
        return Some("no shell replaces ~ and variables in a template".to_owned());
    }
    if has(|name| name.eq_ignore_ascii_case("s3:")) {
        return Some("an object in S3 is written s3://bucket/key".to_owned());
    }
    (cfg!(not(windows)) && text.contains('\\'))
        .then(|| format!("write / between folders, not \\: {}", text.replace('\\', "/")))
}

fn broken_link(path: &Path, target: &Path) -> Failure {
    let (path, target) = (path.display(), target.display());
    problem(format!("{path}: the symbolic link points at {target}, which does not exist"))
        .with_hint("repair the link or name what it should point at")
}

/// A file or folder cannot be read.
pub fn unreadable(path: &Path, error: &io::Error) -> Failure {
    let failure = problem(format!("cannot read {}", path.display())).because(error);
    match error.kind() {
        io::ErrorKind::PermissionDenied => failure.with_hint("make it readable for the user of this run"),
        _ => failure,
    }
}

/// A path, as the template has it, leads outside of what a job may read.
pub fn outside(text: &str) -> Failure {
    problem(format!("{text} lies outside the input artifact"))
        .with_hint("a job packages only what its input artifacts hold")
}

/// A socket, pipe or device; `what` names it.
pub fn special(path: &Path, what: &str) -> Failure {
    problem(format!("{} is {what}, neither a file nor a folder", path.display())).with_hint("name a file or a folder")
}

/// A folder in place of a file.
pub fn folder_for_file(path: &Path, wanted: &str) -> Failure {
    problem(format!("{} is a folder, not a {wanted}", path.display())).with_hint("name the file itself")
}

/// A folder without a file, of which no service takes an archive.
pub fn no_files(path: &Path) -> Failure {
    problem(format!("{}: the folder holds no file to archive", path.display()))
        .with_hint("run the build first if it fills the folder, or look at its .samignore")
}

/// A template that is nested in itself.
pub fn cycle<'p>(templates: impl Iterator<Item = &'p Path>) -> Failure {
    let names: Vec<_> = templates.map(|path| path.display().to_string()).collect();
    problem(format!("the nested templates form a circle: {}", names.join(" → ")))
}

/// More templates one below the other than `MAX_NESTING`.
pub fn too_deep(path: &Path) -> Failure {
    problem(format!("{} is nested below {MAX_NESTING} templates", path.display()))
}

/// A nested template with more than `MAX_PLANS` sets of values.
pub fn too_many_values(path: &Path) -> Failure {
    let limit = format!("more than {MAX_PLANS} sets of values for the parameters of its loops");
    problem(format!("{} is nested with {limit}", path.display()))
}
