//! The files of values and findings, for any host.
//!
//! Until a run has succeeded, only what an earlier run wrote is deleted or replaced. Another file may be one that the run
//! reads: its template, code, or samconfig.

use super::finding::Finding;
use super::{dotenv, junit, shell};
use crate::facts::{Failure, FailureKind, Redactor, ResultFiles};
use crate::files::{self, check_writable};
use crate::page;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Bytes of a file that may be one of ours. The largest is a JUnit report of 500 cases.
const MAX_BYTES: u64 = 16 << 20;

/// Whether a text is a file that an earlier run wrote.
type IsOurs = fn(&str) -> bool;

/// The files that are named, each with how to recognise one of an earlier run.
fn named(results: &ResultFiles) -> impl Iterator<Item = (&PathBuf, IsOurs)> {
    let ResultFiles { env, dotenv, json, junit, page: _ } = results;
    let all: [(_, IsOurs); 4] =
        [(env, shell::is_ours), (dotenv, dotenv::is_ours), (json, is_object_of_values), (junit, junit::is_ours)];
    all.into_iter().filter_map(|(path, is_ours)| Some((path.as_ref()?, is_ours)))
}

/// Checks that each file can be written, and deletes those of an earlier run: if this run fails, its successor must not
/// read old values.
pub fn prepare(results: &ResultFiles) -> Result<(), Failure> {
    for (path, is_ours) in named(results) {
        check_writable(path)?;
        remove(path, is_ours)?;
    }
    results.page.as_deref().map_or(Ok(()), prepare_page)
}

/// Removes the page of an earlier run: an operation that fails early makes none. Another file is refused, because the
/// operation will write its page however it ends.
fn prepare_page(path: &Path) -> Result<(), Failure> {
    check_writable(path)?;
    if !may_replace(path, page::is_ours) {
        let message = format!("{} is there already, and no report of samstep", path.display());
        return Err(Failure::new(FailureKind::Usage, message).with_hint("name another file for --report"));
    }
    remove(path, page::is_ours)
}

/// Deletes the file of an earlier run. Leaves pipes and devices alone.
fn remove(path: &Path, is_ours: IsOurs) -> Result<(), Failure> {
    let is_file = fs::metadata(path).is_ok_and(|found| found.is_file());
    if !is_file || !may_replace(path, is_ours) {
        return Ok(());
    }
    fs::remove_file(path).map_err(|error| {
        Failure::new(FailureKind::Failed, format!("the old {} cannot be removed: {error}", path.display()))
    })
}

/// Whether a file may be replaced: it is absent, empty, or written by an earlier run.
fn may_replace(path: &Path, is_ours: IsOurs) -> bool {
    match fs::metadata(path) {
        Ok(found) if found.is_file() => {
            files::read_text(path, MAX_BYTES).is_ok_and(|text| text.is_empty() || is_ours(&text))
        }
        Ok(_) => true,
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    }
}

/// Names in PascalCase with texts: no template, package file or samconfig is only that.
fn is_object_of_values(text: &str) -> bool {
    let values = serde_json::from_str::<BTreeMap<String, String>>(text);
    values.is_ok_and(|values| values.keys().all(|name| name.starts_with(|first: char| first.is_ascii_uppercase())))
}

/// Writes the files of a run that succeeded.
pub fn write(
    results: &ResultFiles,
    values: &BTreeMap<String, String>,
    warnings: &[Finding],
    redactor: &Redactor,
) -> Result<(), Failure> {
    let json = || serde_json::to_string_pretty(values).expect("a map of texts is JSON") + "\n";
    let files: [(_, &dyn Fn() -> String); 4] = [
        (&results.env, &|| shell::assignments(values)),
        (&results.dotenv, &|| dotenv::lines(values)),
        (&results.json, &json),
        (&results.junit, &|| junit::report(warnings, true, redactor)),
    ];
    for (path, text) in files {
        if let Some(path) = path {
            files::write(path, text().as_bytes())?;
        }
    }
    Ok(())
}

/// Writes the findings of a run that failed, and deletes the files of values.
pub fn write_findings(results: &ResultFiles, findings: &[Finding], redactor: &Redactor) -> Result<(), Failure> {
    named(results).try_for_each(|(path, is_ours)| remove(path, is_ours))?;
    match &results.junit {
        Some(path) if may_replace(path, junit::is_ours) => {
            files::write(path, junit::report(findings, false, redactor).as_bytes())
        }
        Some(_) | None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::{prepare, write, write_findings};
    use crate::facts::{Redactor, ResultFiles};
    use std::collections::BTreeMap;
    use std::fs;

    #[test]
    fn a_run_that_fails_deletes_what_an_earlier_run_wrote_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| Some(folder.path().join(name));
        let results = ResultFiles { env: path("e"), dotenv: path("d"), json: path("j"), junit: path("x"), page: None };
        let there = || results.iter().filter(|path| path.exists()).count();
        let values: BTreeMap<_, _> =
            [("Uploaded", "2"), ("Bucket", "code")].map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        for values in [values, BTreeMap::new()] {
            write(&results, &values, &[], &Redactor::default()).unwrap();
            assert_eq!(there(), 4);
            prepare(&results).unwrap();
            assert_eq!(there(), 0);
            write(&results, &values, &[], &Redactor::default()).unwrap();
            write_findings(&results, &[], &Redactor::default()).unwrap();
            assert_eq!(there(), 1, "the findings of the failure");
        }
        for text in
            ["Resources: {}\n", r#"{"Resources": {}}"#, r#"{"name": "app"}"#, "<testsuites/>", "A=1", "\u{7f}ELF"]
        {
            results.iter().for_each(|path| fs::write(path, text).unwrap());
            prepare(&results).unwrap();
            write_findings(&results, &[], &Redactor::default()).unwrap();
            results.iter().for_each(|path| assert_eq!(fs::read_to_string(path).unwrap(), text));
        }
    }

    #[test]
    fn the_page_of_an_earlier_run_is_deleted_and_any_other_file_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.html");
        let results = ResultFiles { page: Some(path.clone()), ..ResultFiles::default() };
        prepare(&results).unwrap();
        for (text, is_replaced) in [("<!DOCTYPE html>\n<html>", false), ("", true), (crate::page::MARKER, true)] {
            fs::write(&path, text).unwrap();
            assert_eq!((prepare(&results).is_ok(), path.exists()), (is_replaced, !is_replaced), "{text}");
        }
    }
}
