//! Files: read up to a limit, written so that readers see the old content or the whole new one.

use crate::facts::{Failure, FailureKind};
use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use tempfile::{Builder, NamedTempFile};

/// Reads a file of at most `limit` bytes. A larger one is an error of the kind [`ErrorKind::FileTooLarge`].
pub fn read(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(io::Error::new(ErrorKind::FileTooLarge, format!("it has more than {limit} bytes")));
    }
    Ok(bytes)
}

/// Reads a UTF-8 file of at most `limit` bytes.
pub fn read_text(path: &Path, limit: u64) -> io::Result<String> {
    String::from_utf8(read(path, limit)?).map_err(|error| io::Error::new(ErrorKind::InvalidData, error.utf8_error()))
}

/// The path, if a file can be written there: its folder exists and takes a new file, and it is no folder itself.
pub fn check_writable(path: &Path) -> Result<PathBuf, Failure> {
    let refused = |why: &str| {
        Err(Failure::new(FailureKind::Usage, format!("{} cannot be written: {why}", path.display()))
            .with_hint("name a file in a folder that can be written"))
    };
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => return refused("it is a folder"),
        // A pipe or device, such as /dev/stdout, is written as it is.
        Ok(found) if !found.is_file() => return Ok(path.to_path_buf()),
        Ok(_) | Err(_) => {}
    }
    if path.as_os_str().is_empty() || path.to_string_lossy().ends_with('/') {
        return refused("it names no file");
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !folder.is_dir() {
        return refused("its folder does not exist");
    }
    match tempfile::tempfile_in(folder) {
        Ok(_) => Ok(path.to_path_buf()),
        Err(error) => refused(&error.to_string()),
    }
}

/// Whether a text is of a file that an earlier run wrote.
pub type IsOurs = fn(&str) -> bool;

/// Bytes of a file that an earlier run may have written. The largest is a JUnit report of 500 cases.
const MAX_OWN_BYTES: u64 = 16 << 20;

/// Whether nothing is lost when a run replaces what is there: nothing, an empty file, a file of an earlier run, a pipe or
/// a device. A folder counts too, because no file can take its place.
pub fn may_replace(path: &Path, is_ours: IsOurs) -> bool {
    match fs::metadata(path) {
        Ok(found) if found.is_file() => {
            read_text(path, MAX_OWN_BYTES).is_ok_and(|text| text.is_empty() || is_ours(&text))
        }
        Ok(_) => true,
        Err(error) => error.kind() == ErrorKind::NotFound,
    }
}

/// Refuses to write a file that the run also reads, because its content would be lost. What is read comes with its role,
/// such as "the template".
pub fn check_not_read<'f>(
    written: &[PathBuf],
    read: impl IntoIterator<Item = (&'f Path, &'f str)>,
) -> Result<(), Failure> {
    let existing = written.iter().filter_map(|path| Some((path.canonicalize().ok()?, path)));
    let written: HashMap<PathBuf, &PathBuf> = existing.filter(|(real, _)| real.is_file()).collect();
    if written.is_empty() {
        return Ok(());
    }
    let twin = |path: &Path| written.get(&path.canonicalize().ok()?).copied();
    let lost = read.into_iter().find_map(|(path, role)| Some((twin(path)?, role)));
    lost.map_or(Ok(()), |(path, role)| {
        let message = format!("cannot write {}: this run reads it as {role}", path.display());
        Err(Failure::new(FailureKind::Usage, message).with_hint("name another file for what this run writes"))
    })
}

/// A file that is written and not yet renamed into its place. Dropped, it leaves nothing behind.
pub struct Staged {
    path: PathBuf,
    content: Content,
}

enum Content {
    /// Under a temporary name in the folder of the file that it becomes.
    Beside(NamedTempFile, PathBuf),
    /// For a pipe or a device, which has no folder for a temporary file.
    Held(Vec<u8>),
}

/// Writes a file under a temporary name in its folder. Of several files, stage all before the first is put.
pub fn stage(path: &Path, bytes: &[u8]) -> Result<Staged, Failure> {
    let content = match fs::metadata(path) {
        Ok(found) if !found.is_file() => Ok(Content::Held(bytes.to_vec())),
        // A link stays a link: its target is replaced.
        Ok(found) => fs::canonicalize(path).and_then(|target| beside(target, bytes, Some(found.permissions()))),
        Err(_) => beside(path.to_path_buf(), bytes, None),
    };
    let content = content.map_err(|error| unwritten(path, &error))?;
    Ok(Staged { path: path.to_path_buf(), content })
}

impl Staged {
    /// Renames the file into its place; writes to a pipe or device.
    pub fn put(self) -> Result<(), Failure> {
        let put = match self.content {
            Content::Beside(file, path) => file.persist(path).map(drop).map_err(|error| error.error),
            Content::Held(bytes) => {
                File::options().write(true).open(&self.path).and_then(|mut file| file.write_all(&bytes))
            }
        };
        put.map_err(|error| unwritten(&self.path, &error))
    }
}

fn unwritten(path: &Path, error: &io::Error) -> Failure {
    let failure = Failure::new(FailureKind::Failed, format!("{} cannot be written: {error}", path.display()));
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => failure.with_hint("make room on the disk"),
        _ => failure,
    }
}

/// Writes one file so that readers see the old content or the whole new one.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    stage(path, bytes)?.put()
}

/// Deletes a file. Returns whether there was one.
pub fn remove(path: &Path) -> Result<bool, Failure> {
    match fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => {
            Err(Failure::new(FailureKind::Failed, format!("cannot delete the old {}: {error}", path.display())))
        }
    }
}

/// With the permissions of the file that it replaces, else those of any new file.
fn beside(path: PathBuf, bytes: &[u8], permissions: Option<fs::Permissions>) -> io::Result<Content> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = with_usual_mode(&mut Builder::new()).prefix(".samstep-").tempfile_in(folder)?;
    // `NamedTempFile::write_all` would name the temporary file in its errors.
    file.as_file_mut().write_all(bytes)?;
    permissions.map_or(Ok(()), |permissions| file.as_file().set_permissions(permissions))?;
    file.as_file().sync_all()?;
    Ok(Content::Beside(file, path))
}

/// The mode of any new file: read and write for all, less the umask.
#[cfg(unix)]
fn with_usual_mode<'b>(builder: &'b mut Builder<'static, 'static>) -> &'b mut Builder<'static, 'static> {
    use std::os::unix::fs::PermissionsExt;
    builder.permissions(fs::Permissions::from_mode(0o666))
}

#[cfg(not(unix))]
fn with_usual_mode<'b>(builder: &'b mut Builder<'static, 'static>) -> &'b mut Builder<'static, 'static> {
    builder
}

#[cfg(test)]
mod tests {
    use super::{read_text, stage, write};
    use crate::facts::FailureKind;
    use std::fs;
    use std::path::Path;

    #[test]
    fn a_file_is_read_up_to_its_limit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, "1234").unwrap();
        let read = |limit| read_text(&path, limit).map_err(|error| error.to_string());
        assert_eq!(read(4), Ok("1234".to_owned()));
        assert_eq!(read(3), Err("it has more than 3 bytes".to_owned()));
    }

    #[cfg(unix)]
    #[test]
    fn a_written_file_has_the_mode_of_any_new_file_and_leaves_nothing_beside_it() {
        use std::os::unix::fs::{MetadataExt, PermissionsExt};
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("usual"), "").unwrap();
        write(&folder.path().join("new"), b"1").unwrap();
        write(&folder.path().join("new"), b"2").unwrap();
        let mode = |name: &str| fs::metadata(folder.path().join(name)).unwrap().mode();
        assert_eq!(mode("new"), mode("usual"));
        fs::set_permissions(folder.path().join("usual"), fs::Permissions::from_mode(0o600)).unwrap();
        write(&folder.path().join("usual"), b"2").unwrap();
        assert_eq!(mode("usual") & 0o777, 0o600, "what it replaces had a mode of its own");
        assert_eq!(fs::read(folder.path().join("new")).unwrap(), b"2");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn what_is_staged_and_never_put_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("old"), "old").unwrap();
        drop([stage(&folder.path().join("old"), b"new").unwrap(), stage(&folder.path().join("new"), b"new").unwrap()]);
        assert_eq!(fs::read(folder.path().join("old")).unwrap(), b"old");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_a_link() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("target"), "old").unwrap();
        std::os::unix::fs::symlink("target", folder.path().join("link")).unwrap();
        write(&folder.path().join("link"), b"new").unwrap();
        assert_eq!(fs::read_to_string(folder.path().join("target")).unwrap(), "new");
        assert!(fs::symlink_metadata(folder.path().join("link")).unwrap().is_symlink());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_device_is_written_as_it_is_and_a_full_disk_is_said() {
        write(Path::new("/dev/null"), b"x").unwrap();
        let failure = write(Path::new("/dev/full"), b"x").unwrap_err();
        assert_eq!(failure.kind, FailureKind::Failed);
        assert!(failure.cause().starts_with("/dev/full cannot be written: "), "{}", failure.cause());
        assert_eq!(failure.problems[0].hint.as_deref(), Some("make room on the disk"));
    }
}
