//! Writing a file so that readers see the old one or the whole new one.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use tempfile::{Builder, NamedTempFile};

/// Why a file could not be written. The one that was there before is untouched.
#[derive(Debug, thiserror::Error)]
#[error("{} cannot be written", path.display())]
pub struct OutputError {
    /// The file.
    pub path: PathBuf,
    /// The system's answer.
    #[source]
    pub cause: io::Error,
}

impl crate::failure::Explain for OutputError {
    fn kind(&self) -> crate::failure::FailureKind {
        crate::failure::FailureKind::Failed
    }

    fn hint(&self) -> Option<String> {
        let is_full = matches!(self.cause.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded);
        is_full.then(|| "make room on the disk".to_owned())
    }
}

/// A file that is written and not yet in its place. Dropped, it leaves nothing behind.
pub struct Staged {
    path: PathBuf,
    content: Content,
}

enum Content {
    /// Under a temporary name in the folder of the file that it becomes.
    Beside(NamedTempFile, PathBuf),
    /// For a pipe or a device, which has no place for anything beside it.
    Held(Vec<u8>),
}

/// Writes a file under a temporary name in its folder. Of several files, stage all before the first is put.
pub fn stage(path: &Path, bytes: &[u8]) -> Result<Staged, OutputError> {
    let content = match fs::metadata(path) {
        Ok(found) if !found.is_file() => Ok(Content::Held(bytes.to_vec())),
        // A link stays a link: what it points at is replaced.
        Ok(found) => fs::canonicalize(path).and_then(|target| beside(target, bytes, Some(found.permissions()))),
        Err(_) => beside(path.to_path_buf(), bytes, None),
    };
    let content = content.map_err(|cause| OutputError { path: path.to_path_buf(), cause })?;
    Ok(Staged { path: path.to_path_buf(), content })
}

impl Staged {
    /// Renames the file into its place; writes to a pipe or device.
    pub fn put(self) -> Result<(), OutputError> {
        let put = match self.content {
            Content::Beside(file, path) => file.persist(path).map(drop).map_err(|error| error.error),
            Content::Held(bytes) => {
                File::options().write(true).open(&self.path).and_then(|mut file| file.write_all(&bytes))
            }
        };
        put.map_err(|cause| OutputError { path: self.path, cause })
    }
}

/// Removes a file, and tells whether there was one.
pub fn remove_file(path: &Path) -> Result<bool, OutputError> {
    match fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(cause) => Err(OutputError { path: path.to_path_buf(), cause }),
    }
}

/// Writes one file so that readers see the old one or the whole new one.
pub fn write_file(path: &Path, bytes: &[u8]) -> Result<(), OutputError> {
    stage(path, bytes)?.put()
}

/// With the permissions of the file that it replaces, else those of any new file.
fn beside(path: PathBuf, bytes: &[u8], permissions: Option<fs::Permissions>) -> io::Result<Content> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = with_usual_mode(&mut Builder::new()).prefix(".samstep-").tempfile_in(folder)?;
    // Written to directly, an error would name the temporary file.
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
    use super::{stage, write_file};
    use crate::failure::{Failure, FailureKind};
    use std::fs;
    use std::path::Path;

    #[cfg(unix)]
    #[test]
    fn a_written_file_has_the_mode_of_any_new_file_and_leaves_nothing_beside_it() {
        use std::os::unix::fs::{MetadataExt, PermissionsExt};
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("usual"), "").unwrap();
        write_file(&folder.path().join("new"), b"1").unwrap();
        write_file(&folder.path().join("new"), b"2").unwrap();
        let mode = |name: &str| fs::metadata(folder.path().join(name)).unwrap().mode();
        assert_eq!(mode("new"), mode("usual"));
        fs::set_permissions(folder.path().join("usual"), fs::Permissions::from_mode(0o600)).unwrap();
        write_file(&folder.path().join("usual"), b"2").unwrap();
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
        write_file(&folder.path().join("link"), b"new").unwrap();
        assert_eq!(fs::read_to_string(folder.path().join("target")).unwrap(), "new");
        assert!(fs::symlink_metadata(folder.path().join("link")).unwrap().is_symlink());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_device_is_written_as_it_is_and_a_full_disk_is_said() {
        write_file(Path::new("/dev/null"), b"x").unwrap();
        let failure = Failure::from(write_file(Path::new("/dev/full"), b"x").unwrap_err());
        assert_eq!(failure.kind, FailureKind::Failed);
        assert!(failure.cause().starts_with("/dev/full cannot be written: "), "{}", failure.cause());
        assert_eq!(failure.problems[0].hint.as_deref(), Some("make room on the disk"));
    }
}
