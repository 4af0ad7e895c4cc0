//! GitHub Actions: annotations in the changed files, outputs of the step, and a summary of it.

mod command;
mod gantt;
mod outputs;
mod summary;

pub use command::{Annotations, mask};
pub use outputs::outputs;
pub use summary::Summary;

use super::finding::Finding;
use super::screen::Screen;
use super::text::TextReporter;
use super::variables;
use crate::facts::{Environment, Event, Failure, FailureKind, Reporter};
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::Arc;

/// Plain lines, with an annotation for each warning.
pub struct GitHubReporter {
    pub text: TextReporter,
    pub screen: Screen,
    pub annotations: Arc<Annotations>,
}

impl Reporter for GitHubReporter {
    fn report(&self, event: Event) {
        let is_shown = if let Event::Warning(warning) = &event {
            let finding = Finding::of_warning(warning, self.screen.redactor());
            // The runner shows the annotation in the log too, without the line that it is about.
            self.annotations.annotate(&finding, &self.screen) && finding.place.is_none()
        } else {
            false
        };
        if !is_shown {
            self.text.report(event);
        }
    }
}

/// Checks that the outputs of the step can be appended, before work is done whose values would be lost.
pub fn check_outputs(environment: &Environment) -> Result<(), Failure> {
    let Some(path) = environment.get(variables::GITHUB_OUTPUT) else { return Ok(()) };
    check_appendable(Path::new(path)).map_err(|error| {
        let message = format!("{}={path} cannot be written: {error}", variables::GITHUB_OUTPUT);
        Failure::new(FailureKind::Usage, message)
            .with_hint("in a container, mount the folder of the file; or give --host plain, which writes no outputs")
    })
}

/// Leaves no file behind that was not there.
fn check_appendable(path: &Path) -> io::Result<()> {
    let is_new = !path.exists();
    open(path)?;
    if is_new { std::fs::remove_file(path) } else { Ok(()) }
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).append(true).create(true).open(path)
}

/// Appends to the file that a variable names. Without the variable it does nothing.
pub fn append(environment: &Environment, variable: &str, make: impl FnOnce(u64) -> String) -> Result<(), Failure> {
    let Some(path) = environment.get(variable) else { return Ok(()) };
    append_to(Path::new(path), make)
        .map_err(|error| Failure::new(FailureKind::Failed, format!("{variable}={path} cannot be written: {error}")))
}

/// Starts on a line of its own, even if the earlier text lacks its last line end.
fn append_to(path: &Path, make: impl FnOnce(u64) -> String) -> io::Result<()> {
    let mut file = open(path)?;
    let length = file.seek(SeekFrom::End(0))?;
    let mut last = [b'\n'];
    if length > 0 {
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
    }
    let separator = if last == *b"\n" { "" } else { "\n" };
    file.write_all(format!("{separator}{}", make(length)).as_bytes())
}

#[cfg(test)]
mod tests;
