//! A record on disk for each job that a process may hold, which outlives that process and its worker.
//!
//! The folder of records is private. It holds for each job `NAME.job`, the record, and `NAME`, the folder for temporary
//! files, and perhaps `NAME.token`, the token with which another job can continue. The worker and the process of the job
//! share a lock (`flock(2)`) on the record, which the kernel releases when both have ended, however they ended. A worker
//! that then locks the record alone reports the job and removes all of it.

use super::private_folder::{create_private, private_folder};
use crate::facts::Failure;
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io::{self, BufRead, ErrorKind, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

const EXTENSION: &str = "job";
const TOKEN_EXTENSION: &str = "token";
/// An assignment holds names and one path.
const LONGEST_ASSIGNMENT: u64 = 64 << 10;
/// Bytes; more than CodePipeline allows for a continuation token.
const LONGEST_TOKEN: u64 = 64 << 10;

/// What the process of a job needs beside the job: how to claim it, and where to record that. Holds no credentials.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignment {
    pub job_id: String,
    /// Absent if the job needs no acknowledgement.
    pub nonce: Option<String>,
    /// `Category/Provider/Version` of the queue. Absent for Lambda invoke actions.
    pub action_type: Option<String>,
    /// What leads to the log of the job.
    pub external_execution_id: Option<String>,
    pub record: PathBuf,
}

impl Assignment {
    /// One line without its end.
    pub fn to_line(&self) -> io::Result<String> {
        serde_json::to_string(self).map_err(io::Error::from)
    }

    /// Reads a whole line. A worker that ended while it wrote leaves a part of one, which is an error.
    pub fn read_line(stream: &mut impl BufRead) -> io::Result<Self> {
        let mut line = Vec::new();
        stream.by_ref().take(LONGEST_ASSIGNMENT).read_until(b'\n', &mut line)?;
        match line.strip_suffix(b"\n") {
            Some(line) => Ok(serde_json::from_slice(line)?),
            None => Err(ErrorKind::UnexpectedEof.into()),
        }
    }
}

/// The private folder of records.
#[derive(Debug, Clone)]
pub struct Records(PathBuf);

impl Records {
    /// The folder below a temporary folder. All workers of a user share it, whatever they poll.
    pub fn open(temporary: &Path) -> Result<Self, Failure> {
        private_folder(temporary, &format!("samstep-worker-{}", user())).map(Self)
    }

    /// An empty record that this process holds, with its folder.
    pub fn create(&self) -> io::Result<JobFolder> {
        let mut builder = tempfile::Builder::new();
        let name = builder.prefix("").rand_bytes(12).suffix(".job");
        // A worker that finds the record before it is locked removes it.
        loop {
            let (file, path) = name.tempfile_in(&self.0)?.keep().map_err(|error| error.error)?;
            file.lock_shared()?;
            let record = Record { path, file };
            if record.is_in_place() {
                let folder = record.folder();
                return match create_private(&folder) {
                    Ok(()) => Ok(JobFolder { path: folder, record }),
                    Err(error) => record.remove().and(Err(error)),
                };
            }
        }
    }

    /// The paths of all records, held or not.
    pub fn paths(&self) -> io::Result<Vec<PathBuf>> {
        let paths = fs::read_dir(&self.0)?.map(|entry| entry.map(|entry| entry.path()));
        let mut paths = paths.collect::<io::Result<Vec<_>>>()?;
        paths.retain(|path| path.extension().is_some_and(|extension| extension == EXTENSION));
        paths.sort();
        Ok(paths)
    }
}

#[cfg(unix)]
fn user() -> String {
    rustix::process::geteuid().as_raw().to_string()
}

#[cfg(not(unix))]
fn user() -> &'static str {
    "user"
}

/// A record that this process holds.
#[derive(Debug)]
pub struct Record {
    path: PathBuf,
    /// Its lock ends with it.
    file: File,
}

impl Record {
    /// Holds a record together with the worker that created it.
    pub fn hold(path: &Path) -> io::Result<Self> {
        let file = File::options().read(true).write(true).open(path)?;
        file.try_lock_shared()?;
        Self { path: path.to_path_buf(), file }.in_place()
    }

    /// Holds a record that no other process holds.
    pub fn hold_alone(path: &Path) -> io::Result<Self> {
        let file = File::options().read(true).write(true).open(path)?;
        file.try_lock()?;
        Self { path: path.to_path_buf(), file }.in_place()
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The folder for the temporary files of the job.
    pub fn folder(&self) -> PathBuf {
        self.path.with_extension("")
    }

    /// Records that a process may hold the job from now on.
    pub fn write(&self, assignment: &Assignment) -> io::Result<()> {
        let mut file = &self.file;
        file.set_len(0)?;
        file.rewind()?;
        file.write_all(assignment.to_line()?.as_bytes())?;
        file.sync_all()
    }

    /// Records that no result of the job is due.
    pub fn clear(&self) -> io::Result<()> {
        self.file.set_len(0)
    }

    /// The job that may lack its result; `None` if no job does.
    pub fn read(&self) -> io::Result<Option<Assignment>> {
        let (mut file, mut text) = (&self.file, Vec::new());
        file.rewind()?;
        file.take(LONGEST_ASSIGNMENT).read_to_end(&mut text)?;
        if text.is_empty() { Ok(None) } else { Ok(Some(serde_json::from_slice(&text)?)) }
    }

    /// The token that was kept last; `None` if none was.
    pub fn token(&self) -> io::Result<Option<String>> {
        let file = match File::open(self.path.with_extension(TOKEN_EXTENSION)) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            file => file?,
        };
        let mut token = String::new();
        file.take(LONGEST_TOKEN + 1).read_to_string(&mut token)?;
        if token.len() as u64 > LONGEST_TOKEN {
            return Err(ErrorKind::FileTooLarge.into());
        }
        Ok(Some(token))
    }

    /// Time since it was written.
    pub fn age(&self) -> Duration {
        let written = self.file.metadata().and_then(|found| found.modified());
        written.ok().and_then(|at| SystemTime::now().duration_since(at).ok()).unwrap_or_default()
    }

    /// Removes the record and its token.
    pub fn remove(self) -> io::Result<()> {
        match fs::remove_file(self.path.with_extension(TOKEN_EXTENSION)) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            Ok(()) | Err(_) => fs::remove_file(&self.path),
        }
    }

    fn in_place(self) -> io::Result<Self> {
        if self.is_in_place() { Ok(self) } else { Err(ErrorKind::NotFound.into()) }
    }

    /// Whether the path still leads to the locked file: another process may have removed it before the lock.
    #[cfg(unix)]
    fn is_in_place(&self) -> bool {
        use std::os::unix::fs::MetadataExt;
        let number = |found: fs::Metadata| (found.dev(), found.ino());
        let there = fs::symlink_metadata(&self.path).map(number);
        there.is_ok_and(|there| self.file.metadata().is_ok_and(|found| number(found) == there))
    }

    #[cfg(not(unix))]
    fn is_in_place(&self) -> bool {
        self.path.exists()
    }
}

/// Keeps the token with which another job can continue the one of a record. It replaces the file as a whole: the process
/// may be killed at any time. Until then the text is in the folder of the job, which is removed with the job.
pub fn keep_token(record: &Path, token: &str) -> io::Result<()> {
    let mut file = tempfile::NamedTempFile::new_in(record.with_extension(""))?;
    file.write_all(token.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(record.with_extension(TOKEN_EXTENSION)).map(drop).map_err(|error| error.error)
}

/// The folder of one job and its record.
#[derive(Debug)]
pub struct JobFolder {
    pub path: PathBuf,
    pub record: Record,
}

impl JobFolder {
    /// Removes the folder, then the record: after a failure in between, the record is found and the rest removed.
    pub fn remove(self) -> io::Result<()> {
        remove_folder(&self.path)?;
        self.record.remove()
    }
}

/// Removes a folder that may be gone.
pub fn remove_folder(path: &Path) -> io::Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::{Assignment, Records};
    use crate::testing::jobs::JOB_ID;
    use std::io::{BufRead, Cursor, ErrorKind};
    use std::path::PathBuf;

    fn assignment(record: PathBuf) -> Assignment {
        Assignment {
            job_id: JOB_ID.to_owned(),
            nonce: Some("7".to_owned()),
            action_type: Some("Build/Samstep/1".to_owned()),
            external_execution_id: None,
            record,
        }
    }

    #[test]
    fn a_record_is_alone_only_when_all_its_holders_have_ended() {
        let parent = tempfile::tempdir().unwrap();
        let records = Records::open(parent.path()).unwrap();
        let worker = records.create().unwrap();
        let path = worker.record.path().to_path_buf();
        let process = super::Record::hold(&path).unwrap();
        process.write(&assignment(path.clone())).unwrap();
        assert!(super::Record::hold_alone(&path).is_err(), "both hold it");
        drop(worker);
        assert!(super::Record::hold_alone(&path).is_err(), "the process holds it");
        drop(process);
        let alone = super::Record::hold_alone(&path).unwrap();
        assert!(super::Record::hold(&path).is_err(), "another worker reports the job");
        assert_eq!(alone.read().unwrap(), Some(assignment(path.clone())));
        assert_eq!(records.paths().unwrap(), [path]);
    }

    #[test]
    fn a_record_says_what_was_written_last() {
        let parent = tempfile::tempdir().unwrap();
        let folder = Records::open(parent.path()).unwrap().create().unwrap();
        assert_eq!(folder.record.read().unwrap(), None);
        let long = Assignment { external_execution_id: Some("x".repeat(1500)), ..assignment(PathBuf::new()) };
        for written in [long, assignment(PathBuf::new())] {
            folder.record.write(&written).unwrap();
            assert_eq!(folder.record.read().unwrap(), Some(written));
        }
        folder.record.clear().unwrap();
        assert_eq!(folder.record.read().unwrap(), None);
    }

    #[test]
    fn a_record_has_the_token_that_was_kept_last() {
        let parent = tempfile::tempdir().unwrap();
        let records = Records::open(parent.path()).unwrap();
        let folder = records.create().unwrap();
        assert_eq!(folder.record.token().unwrap(), None);
        for token in ["a longer one", "b"] {
            super::keep_token(folder.record.path(), token).unwrap();
            assert_eq!(folder.record.token().unwrap().as_deref(), Some(token));
        }
        let files = || std::fs::read_dir(folder.path.parent().unwrap()).unwrap().count();
        assert_eq!((files(), records.paths().unwrap().len()), (3, 1));
        let files_after = folder.path.parent().unwrap().to_path_buf();
        folder.remove().unwrap();
        assert_eq!(std::fs::read_dir(files_after).unwrap().count(), 0);
    }

    #[test]
    fn a_token_that_cannot_be_read_or_written_is_an_error() {
        let parent = tempfile::tempdir().unwrap();
        let folder = Records::open(parent.path()).unwrap().create().unwrap();
        let token = folder.record.path().with_extension("token");
        std::fs::write(&token, "x".repeat(super::LONGEST_TOKEN as usize + 1)).unwrap();
        assert_eq!(folder.record.token().unwrap_err().kind(), ErrorKind::FileTooLarge);
        std::fs::remove_file(&token).unwrap();
        std::fs::create_dir(&token).unwrap();
        assert!(folder.record.token().is_err());
        assert!(super::keep_token(folder.record.path(), "t").is_err());
    }

    #[test]
    fn a_record_that_was_removed_is_not_held() {
        let parent = tempfile::tempdir().unwrap();
        let records = Records::open(parent.path()).unwrap();
        let folder = records.create().unwrap();
        let (path, record) = (folder.path.clone(), folder.record.path().to_path_buf());
        std::fs::write(path.join("left"), "behind").unwrap();
        folder.remove().unwrap();
        assert!(!path.exists() && super::Record::hold(&record).is_err() && records.paths().unwrap().is_empty());
    }

    #[cfg(unix)]
    #[test]
    fn only_this_user_reads_a_record() {
        use std::os::unix::fs::MetadataExt;
        let parent = tempfile::tempdir().unwrap();
        let folder = Records::open(parent.path()).unwrap().create().unwrap();
        let mode = |path| std::fs::symlink_metadata(path).unwrap().mode() & 0o777;
        assert_eq!((mode(folder.record.path()), mode(&folder.path)), (0o600, 0o700));
    }

    #[test]
    fn an_assignment_is_one_whole_line() {
        let sent = assignment(PathBuf::from("/tmp/a\nb.job"));
        let text = format!(
            "{}
stop",
            sent.to_line().unwrap()
        );
        let mut stream = Cursor::new(text.as_bytes());
        assert_eq!(Assignment::read_line(&mut stream).unwrap(), sent);
        assert_eq!(stream.lines().next().unwrap().unwrap(), "stop");
        for broken in [
            &text.as_bytes()[..10],
            &text.as_bytes()[..text.len() - 5],
            b"",
            b"
",
            b"{}
",
        ] {
            assert!(Assignment::read_line(&mut Cursor::new(broken)).is_err(), "{broken:?}");
        }
    }
}
