//! A file with the time of the last poll, by which `samstep worker --health` sees whether the worker of a machine polls.

use crate::facts::{Failure, FailureKind};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

const NAME: &str = "samstep-worker.alive";
/// A worker polls at least every minute, and a poll takes less than one.
const SILENCE_LIMIT: Duration = Duration::from_secs(180);

/// The file with the time of the last poll.
#[derive(Debug, Clone)]
pub struct StateFile(PathBuf);

impl StateFile {
    /// At this path, or in the temporary folder.
    pub fn at(path: Option<&Path>) -> Self {
        Self(path.map_or_else(|| std::env::temp_dir().join(NAME), Path::to_path_buf))
    }

    /// Writes the time of a poll. A full disk does not end the worker.
    pub fn touch(&self) {
        let uptime = uptime().map_or_else(String::new, |uptime| uptime.to_string());
        if let Err(error) = self.write(&uptime) {
            tracing::debug!(%error, "the state file cannot be written");
        }
    }

    /// Through a new file: at a known path in a shared folder, others may have put a link.
    fn write(&self, text: &str) -> io::Result<()> {
        let folder = self.0.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut builder = tempfile::Builder::new();
        readable_by_all(&mut builder);
        let mut file = builder.prefix(".samstep-worker-").tempfile_in(folder)?;
        file.write_all(text.as_bytes())?;
        file.persist(&self.0).map(drop).map_err(|error| error.error)
    }

    /// Time since the last poll, on a machine that has been up for so many seconds. Without an uptime, by the clock.
    fn age(&self, uptime: Option<f64>) -> Result<Duration, Failure> {
        let never = |error| never_polled(&self.0, &error);
        let polled = std::fs::read_to_string(&self.0).map_err(never)?;
        if let (Some(now), Ok(polled)) = (uptime, polled.parse::<f64>()) {
            return Duration::try_from_secs_f64(now - polled).map_err(|_| restarted());
        }
        let written = std::fs::metadata(&self.0).and_then(|found| found.modified()).map_err(never)?;
        Ok(SystemTime::now().duration_since(written).unwrap_or_default())
    }
}

/// As a file that is created without a mode: its reader may be another user.
#[cfg(unix)]
fn readable_by_all(builder: &mut tempfile::Builder<'_, '_>) {
    use std::os::unix::fs::PermissionsExt;
    builder.permissions(std::fs::Permissions::from_mode(0o644));
}

#[cfg(not(unix))]
fn readable_by_all(_: &mut tempfile::Builder<'_, '_>) {}

/// Seconds since the machine started, which no correction of its clock changes (Linux, `proc_uptime(5)`).
fn uptime() -> Option<f64> {
    std::fs::read_to_string("/proc/uptime").ok()?.split(' ').next()?.parse().ok()
}

/// Fails if no poll was answered lately.
pub fn check(file: &StateFile) -> Result<(), Failure> {
    let age = file.age(uptime())?;
    if age > SILENCE_LIMIT { Err(silent(age)) } else { Ok(()) }
}

fn never_polled(path: &Path, error: &io::Error) -> Failure {
    let message = format!("no worker has polled here: {} cannot be read: {error}", path.display());
    Failure::new(FailureKind::Failed, message)
}

fn restarted() -> Failure {
    Failure::new(FailureKind::Failed, "the machine was restarted after the last poll")
}

fn silent(age: Duration) -> Failure {
    Failure::new(FailureKind::Failed, format!("the last poll was answered {} s ago", age.as_secs()))
}

#[cfg(test)]
mod tests {
    use super::{StateFile, check};
    use std::time::{Duration, SystemTime};

    #[test]
    fn a_worker_is_well_while_it_polls() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("alive");
        let file = StateFile::at(Some(&path));
        assert!(check(&file).unwrap_err().cause().starts_with("no worker has polled here"));
        file.touch();
        assert!(check(&file).is_ok());
    }

    #[cfg(unix)]
    #[test]
    fn a_link_in_place_of_the_state_file_is_replaced_and_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let (path, target) = (folder.path().join("alive"), folder.path().join("target"));
        std::fs::write(&target, "kept").unwrap();
        std::os::unix::fs::symlink(&target, &path).unwrap();
        StateFile::at(Some(&path)).touch();
        assert_eq!(std::fs::read_to_string(&target).unwrap(), "kept");
        assert!(std::fs::symlink_metadata(&path).unwrap().is_file() && check(&StateFile::at(Some(&path))).is_ok());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn the_age_of_a_poll_is_that_of_the_machine_and_not_of_its_clock() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("alive");
        let file = StateFile::at(Some(&path));
        let rows = [
            ("up for longer", "1000.5", Some(1200.5), Ok(200)),
            ("at once", "1000.5", Some(1000.5), Ok(0)),
            ("restarted", "1000.5", Some(10.0), Err("the machine was restarted after the last poll")),
            ("no Linux", "", None, Ok(3600)),
            ("being written", "", Some(1200.5), Ok(3600)),
        ];
        for (name, polled, uptime, expected) in rows {
            std::fs::write(&path, polled).unwrap();
            let long_ago = SystemTime::now() - Duration::from_secs(3600);
            std::fs::File::options().write(true).open(&path).unwrap().set_modified(long_ago).unwrap();
            let age = file.age(uptime).map(|age| age.as_secs()).map_err(|failure| failure.cause());
            assert_eq!(age, expected.map_err(str::to_owned), "{name}");
        }
    }
}
