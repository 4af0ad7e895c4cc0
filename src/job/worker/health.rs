//! Whether the worker of this machine polls, told by a file.

use crate::failure::{Explain, FailureKind};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

const NAME: &str = "samstep-worker.alive";
/// A worker that said nothing for so long does not poll: it waits a minute at most, and a poll takes less.
const LONGEST_SILENCE: Duration = Duration::from_secs(180);

/// The file whose time is that of the last poll.
#[derive(Debug, Clone)]
pub struct StateFile(PathBuf);

/// Why a worker is not well.
#[derive(Debug, thiserror::Error)]
pub enum HealthError {
    /// It never polled.
    #[error("no worker has polled here: {} cannot be read", .0.display())]
    Never(PathBuf, #[source] io::Error),
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
        if let Err(error) = std::fs::write(&self.0, b"") {
            tracing::debug!(%error, "the state file cannot be written");
        }
    }
}

/// Fails when no poll was answered lately.
pub fn check(file: &StateFile) -> Result<(), HealthError> {
    let written = std::fs::metadata(&file.0).and_then(|found| found.modified());
    let written = written.map_err(|error| HealthError::Never(file.0.clone(), error))?;
    let age = SystemTime::now().duration_since(written).unwrap_or_default();
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
        let long_ago = SystemTime::now() - Duration::from_secs(200);
        std::fs::File::options().write(true).open(&path).unwrap().set_modified(long_ago).unwrap();
        assert_eq!(check(&file).unwrap_err().to_string(), "the last poll was answered 200 s ago");
    }
}
