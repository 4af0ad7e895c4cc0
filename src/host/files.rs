//! The files of values and findings, for any host.
//!
//! Until a run has succeeded, only what an earlier run wrote is deleted or replaced. Another file may be one that the run
//! reads: its template, code, or samconfig.

use super::finding::Finding;
use super::{dotenv, junit, shell};
use crate::facts::{Failure, FailureKind, Redactor, ResultFiles};
use crate::files::{self, IsOurs, check_writable, may_replace};
use crate::page;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// A file that a run writes.
struct Named<'r> {
    path: &'r Path,
    is_ours: IsOurs,
    on_foreign: OnForeign,
}

/// What happens if the file is there and no earlier run wrote it.
#[derive(Clone, Copy)]
enum OnForeign {
    /// It stays. Only a run that succeeds replaces it.
    Keep,
    /// The run is refused, because the operation would replace it however it ends.
    Refuse,
}

/// The files that the end of a run writes.
fn written_at_end(results: &ResultFiles) -> impl Iterator<Item = Named<'_>> {
    let ResultFiles { env, dotenv, json, junit, page: _ } = results;
    let all: [(_, IsOurs); 4] =
        [(env, shell::is_ours), (dotenv, dotenv::is_ours), (json, is_object_of_values), (junit, junit::is_ours)];
    let keep = |path, is_ours| Named { path, is_ours, on_foreign: OnForeign::Keep };
    all.into_iter().filter_map(move |(path, is_ours)| Some(keep(path.as_deref()?, is_ours)))
}

/// The page, which the operation writes.
fn page(results: &ResultFiles) -> Option<Named<'_>> {
    let path = results.page.as_deref()?;
    Some(Named { path, is_ours: page::is_ours, on_foreign: OnForeign::Refuse })
}

/// Checks that each file can be written, then deletes those of an earlier run: if this run fails, its successor must not
/// read old values, and an operation that fails early writes no page.
pub fn prepare(results: &ResultFiles) -> Result<(), Failure> {
    let all: Vec<_> = written_at_end(results).chain(page(results)).collect();
    all.iter().try_for_each(Named::check)?;
    all.iter().try_for_each(Named::remove)
}

impl Named<'_> {
    fn check(&self) -> Result<(), Failure> {
        check_writable(self.path)?;
        match self.on_foreign {
            OnForeign::Refuse if !may_replace(self.path, self.is_ours) => {
                let message = format!("{} exists and is not a samstep report", self.path.display());
                Err(Failure::new(FailureKind::Usage, message).with_hint("name another file for --report"))
            }
            OnForeign::Refuse | OnForeign::Keep => Ok(()),
        }
    }

    /// Deletes the file of an earlier run. Leaves pipes and devices alone.
    fn remove(&self) -> Result<(), Failure> {
        let is_file = fs::metadata(self.path).is_ok_and(|found| found.is_file());
        if !is_file || !may_replace(self.path, self.is_ours) {
            return Ok(());
        }
        fs::remove_file(self.path).map_err(|error| {
            Failure::new(FailureKind::Failed, format!("the old {} cannot be removed: {error}", self.path.display()))
        })
    }
}

/// Names in PascalCase with texts: no template, package file or samconfig is only that. Each run has a value.
fn is_object_of_values(text: &str) -> bool {
    let values = serde_json::from_str::<BTreeMap<String, String>>(text).unwrap_or_default();
    let is_ours = |name: &String| name.starts_with(|first: char| first.is_ascii_uppercase());
    !values.is_empty() && values.keys().all(is_ours)
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
    written_at_end(results).try_for_each(|file| file.remove())?;
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
        write(&results, &values, &[], &Redactor::default()).unwrap();
        assert_eq!(there(), 4);
        prepare(&results).unwrap();
        assert_eq!(there(), 0);
        write(&results, &values, &[], &Redactor::default()).unwrap();
        write_findings(&results, &[], &Redactor::default()).unwrap();
        assert_eq!(there(), 1, "the findings of the failure");
        for text in
            ["Resources: {}\n", r#"{"Resources": {}}"#, r#"{"name": "app"}"#, "{}", "<testsuites/>", "A=1", "\u{7f}ELF"]
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

    #[test]
    fn a_run_that_is_refused_deletes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let (json, page) = (folder.path().join("values.json"), folder.path().join("report.html"));
        let results = ResultFiles { json: Some(json.clone()), page: Some(page.clone()), ..ResultFiles::default() };
        write(&results, &BTreeMap::from([("Uploaded".to_owned(), "2".to_owned())]), &[], &Redactor::default()).unwrap();
        fs::write(&page, "<!DOCTYPE html>\n<html>").unwrap();
        let refused = prepare(&results).unwrap_err();
        assert_eq!(refused.cause(), format!("{} exists and is not a samstep report", page.display()));
        assert!(json.exists() && page.exists());
    }
}
