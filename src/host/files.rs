//! The files of values and findings, for any host.

use super::finding::Finding;

use super::{dotenv, junit, shell};
use crate::facts::{Failure, FailureKind, Redactor, ResultFiles};
use crate::files::{self, check_writable};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Checks that each file can be written, and deletes those of an earlier run: if this run fails, its successor must not
/// read old values.
pub fn prepare(results: &ResultFiles) -> Result<(), Failure> {
    for path in results.iter() {
        check_writable(path)?;
        remove(path)?;
    }
    Ok(())
}

/// Leaves pipes and devices alone.
fn remove(path: &Path) -> Result<(), Failure> {
    match fs::metadata(path) {
        Ok(found) if found.is_file() => fs::remove_file(path).map_err(|error| {
            Failure::new(FailureKind::Failed, format!("the old {} cannot be removed: {error}", path.display()))
        }),
        Ok(_) | Err(_) => Ok(()),
    }
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
    for path in [&results.env, &results.dotenv, &results.json].into_iter().flatten() {
        remove(path)?;
    }
    if let Some(path) = &results.junit {
        files::write(path, junit::report(findings, false, redactor).as_bytes())?;
    }
    Ok(())
}
