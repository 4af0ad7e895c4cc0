//! Whether the worker of this machine polls, told by a file.

use crate::facts::{Explain, FailureKind};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

const NAME: &str = "samstep-worker.alive";
/// A worker that said nothing for so long does not poll: it waits a minute at most, and a poll takes less.
const LONGEST_SILENCE: Duration = Duration::from_secs(180);

/// The file that tells when the last poll was.
#[derive(Debug, Clone)]
pub struct StateFile(PathBuf);

/// Why a worker is not well.
#[derive(Debug, thiserror::Error)]
pub enum HealthError {
    /// It never polled.
    #[error("no worker has polled here: {} cannot be read", .0.display())]
    Never(PathBuf, #[source] io::Error),
    /// It polled on a machine that has ended since.
    #[error("the machine was started anew since the last poll")]
    Restarted,
    /// It polled once, and no more.
    #[error("the last poll was answered {0} s ago")]
    Silent(u64),
}

impl Explain for HealthError {
    fn kind(&self) -> FailureKind {
        FailureKind::Failed
    }
}

impl StateFile {
    /// The file that is named, or one in the temporary folder.
    pub fn at(path: Option<&Path>) -> Self {
        Self(path.map_or_else(|| std::env::temp_dir().join(NAME), Path::to_path_buf))
    }

    /// Takes note of a poll. A disk that is full is no reason to end.
    pub fn touch(&self) {
        let uptime = uptime().map_or_else(String::new, |uptime| uptime.to_string());
        if let Err(error) = std::fs::write(&self.0, uptime) {
            tracing::debug!(%error, "the state file cannot be written");
        }
    }

    /// How long ago the last poll was on a machine that has been up for so many seconds. Where that is not told, the
    /// clock on the wall must do.
    fn age(&self, uptime: Option<f64>) -> Result<Duration, HealthError> {
        let never = |error| HealthError::Never(self.0.clone(), error);
        let polled = std::fs::read_to_string(&self.0).map_err(never)?;
        if let (Some(now), Ok(polled)) = (uptime, polled.parse::<f64>()) {
            return Duration::try_from_secs_f64(now - polled).map_err(|_| HealthError::Restarted);
        }
        let written = std::fs::metadata(&self.0).and_then(|found| found.modified()).map_err(never)?;
        Ok(SystemTime::now().duration_since(written).unwrap_or_default())
    }
}

/// Seconds since the machine started, which no correction of its clock changes (Linux, `proc_uptime(5)`).
fn uptime() -> Option<f64> {
    std::fs::read_to_string("/proc/uptime").ok()?.split(' ').next()?.parse().ok()
}

/// Fails when no poll was answered lately.
pub fn check(file: &StateFile) -> Result<(), HealthError> {
    let age = file.age(uptime())?;
    if age > LONGEST_SILENCE { Err(HealthError::Silent(age.as_secs())) } else { Ok(()) }
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
        assert!(check(&file).unwrap_err().to_string().starts_with("no worker has polled here"));
        file.touch();
        assert!(check(&file).is_ok());
    }

    #[test]
    fn the_age_of_a_poll_is_that_of_the_machine_and_not_of_its_clock() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("alive");
        let file = StateFile::at(Some(&path));
        let rows = [
            ("up for longer", "1000.5", Some(1200.5), Ok(200)),
            ("at once", "1000.5", Some(1000.5), Ok(0)),
            ("started anew", "1000.5", Some(10.0), Err("the machine was started anew since the last poll")),
            ("no Linux", "", None, Ok(3600)),
            ("being written", "", Some(1200.5), Ok(3600)),
        ];
        for (name, polled, uptime, expected) in rows {
            std::fs::write(&path, polled).unwrap();
            let long_ago = SystemTime::now() - Duration::from_secs(3600);
            std::fs::File::options().write(true).open(&path).unwrap().set_modified(long_ago).unwrap();
            let age = file.age(uptime).map(|age| age.as_secs()).map_err(|error| error.to_string());
            assert_eq!(age, expected.map_err(str::to_owned), "{name}");
        }
    }
}
