//! The files of values and findings that any host can be given.

use super::finding::Finding;
use super::secrets::Secrets;
use super::{dotenv, junit, shell};
use crate::cli::ResultArguments;
use crate::failure::{Failure, FailureKind};
use crate::output::write_file;
use crate::settings::writable;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Looks whether each file can be written, and takes away what an earlier run left there: the values of that run must
/// not pass for those of one that fails.
pub fn prepare(results: &ResultArguments) -> Result<(), Failure> {
    for path in results.files() {
        writable(path)?;
        remove(path)?;
    }
    Ok(())
}

/// Pipes and devices hold nothing and stay.
fn remove(path: &Path) -> Result<(), Failure> {
    match fs::metadata(path) {
        Ok(found) if found.is_file() => fs::remove_file(path).map_err(|error| {
            Failure::new(FailureKind::Failed, format!("the old {} cannot be removed: {error}", path.display()))
        }),
        Ok(_) | Err(_) => Ok(()),
    }
}

/// Writes the files of a run that ended well.
pub fn write(
    results: &ResultArguments,
    values: &BTreeMap<String, String>,
    warnings: &[Finding],
    secrets: &Secrets,
) -> Result<(), Failure> {
    let json = || serde_json::to_string_pretty(values).expect("a map of texts is JSON") + "\n";
    let files: [(_, &dyn Fn() -> String); 4] = [
        (&results.output_env, &|| shell::assignments(values)),
        (&results.output_dotenv, &|| dotenv::lines(values)),
        (&results.output_json, &json),
        (&results.junit, &|| junit::report(warnings, true, secrets)),
    ];
    for (path, text) in files {
        if let Some(path) = path {
            write_file(path, text().as_bytes())?;
        }
    }
    Ok(())
}

/// Writes the one file that a run has also when it failed, and leaves no other.
pub fn write_findings(results: &ResultArguments, findings: &[Finding], secrets: &Secrets) -> Result<(), Failure> {
    for path in [&results.output_env, &results.output_dotenv, &results.output_json].into_iter().flatten() {
        remove(path)?;
    }
    if let Some(path) = &results.junit {
        write_file(path, junit::report(findings, false, secrets).as_bytes())?;
    }
    Ok(())
}
