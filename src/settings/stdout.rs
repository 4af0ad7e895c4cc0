//! What standard output carries, checked before any work.

use super::failure::refused;
use super::targets::Target;
use super::written::Output;
use crate::facts::{Failure, Form};

const NAME_A_FILE: &str = "name a file with --output-template-file";

/// Standard output carries one packaged template and nothing beside it.
pub fn check(targets: &[Target], form: Form) -> Result<(), Failure> {
    let message = match (on_stdout(targets), form) {
        (1.., _) if targets.iter().any(|target| target.configuration.is_some()) => {
            "a template configuration is written beside the packaged template, which needs a file for that"
        }
        (0, _) | (1, Form::Text) => return Ok(()),
        (1, Form::Json | Form::Sh) => "standard output carries values, so the packaged template needs a file",
        (_, Form::Text | Form::Json | Form::Sh) => "standard output takes one packaged template, and there are several",
    };
    Err(refused(message, NAME_A_FILE))
}

/// Refuses a run whose packaged template would be lost: standard output is closed, or its reader is gone.
pub fn check_is_read(targets: &[Target]) -> Result<(), Failure> {
    if on_stdout(targets) == 0 || !leads_nowhere() {
        return Ok(());
    }
    Err(refused("standard output is closed, and the packaged template goes there", NAME_A_FILE))
}

fn on_stdout(targets: &[Target]) -> usize {
    targets.iter().filter(|target| target.output == Output::Stdout).count()
}

/// Whether standard output has no reader.
#[cfg(unix)]
fn leads_nowhere() -> bool {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::fs::{FileType, OFlags, fcntl_getfl, fstat, stat};
    let stdout = std::io::stdout();
    let is_null = match (fstat(&stdout), stat("/dev/null")) {
        (Ok(found), Ok(null)) => {
            FileType::from_raw_mode(found.st_mode) == FileType::CharacterDevice && found.st_rdev == null.st_rdev
        }
        _ => false,
    };
    // The runtime of Rust opens /dev/null for reading and writing if standard output is closed. `> /dev/null` in a shell
    // opens it for writing only.
    let is_for_both = fcntl_getfl(&stdout).is_ok_and(|flags| flags & OFlags::RWMODE == OFlags::RDWR);
    if is_null && is_for_both {
        return true;
    }
    let mut polled = [PollFd::new(&stdout, PollFlags::empty())];
    // A pipe without a reader.
    poll(&mut polled, Some(&Timespec::default())).is_ok() && polled[0].revents().contains(PollFlags::ERR)
}

#[cfg(not(unix))]
fn leads_nowhere() -> bool {
    false
}
