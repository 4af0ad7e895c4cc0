//! A folder of this user alone, below one that others may write to, such as `/tmp`.

use crate::facts::{Failure, FailureKind};
use std::fs::{self, DirBuilder};
use std::io;
use std::path::{Path, PathBuf};

/// The private folder `name` below `parent`, created unless an earlier run left it. A link in its place, or a folder
/// that others own or may enter, is an error: another user could redirect or read what is written.
pub fn private_folder(parent: &Path, name: &str) -> Result<PathBuf, Failure> {
    let path = parent.join(name);
    match create_private(&path) {
        Ok(()) => Ok(path),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => match fs::symlink_metadata(&path) {
            Ok(found) if is_private(&found) => Ok(path),
            Ok(_) => Err(not_private(&path)),
            Err(error) => Err(not_created(&path, &error)),
        },
        Err(error) => Err(not_created(&path, &error)),
    }
}

/// Creates a folder that no other user may enter. Fails if the name is taken, also by a link.
pub fn create_private(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

#[cfg(unix)]
fn is_private(found: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    found.is_dir() && found.uid() == rustix::process::geteuid().as_raw() && found.mode() & 0o077 == 0
}

#[cfg(not(unix))]
fn is_private(found: &fs::Metadata) -> bool {
    found.is_dir()
}

fn not_private(path: &Path) -> Failure {
    let message = format!("{} is not a folder of this user alone (mode 0700)", path.display());
    Failure::new(FailureKind::Usage, message)
        .with_hint("remove it, or set TMPDIR to a folder that only this user can write to")
}

fn not_created(path: &Path, error: &io::Error) -> Failure {
    let message = format!("cannot create the folder {}: {error}", path.display());
    Failure::new(FailureKind::Temporary, message).with_hint("set TMPDIR to a folder that this user can write to")
}

#[cfg(all(test, unix))]
mod tests {
    use super::private_folder;
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
    use std::path::Path;

    fn outcome(parent: &Path) -> Result<u32, String> {
        let path = private_folder(parent, "private").map_err(|failure| failure.cause())?;
        Ok(fs::symlink_metadata(path).unwrap().mode() & 0o7777)
    }

    #[test]
    fn a_private_folder_is_created_once_and_found_again() {
        let parent = tempfile::tempdir().unwrap();
        assert_eq!([outcome(parent.path()), outcome(parent.path())], [Ok(0o700), Ok(0o700)]);
    }

    #[test]
    fn what_others_may_have_put_in_its_place_is_refused() {
        type Plant = fn(&Path, &Path);
        let rows: [(&str, Plant); 4] = [
            ("a link to a private folder", |path, target| symlink(target, path).unwrap()),
            ("a dangling link", |path, _| symlink("/nonexistent", path).unwrap()),
            ("a file", |path, _| fs::write(path, "").unwrap()),
            ("a folder that others may enter", |path, _| {
                fs::create_dir(path).unwrap();
                fs::set_permissions(path, Permissions::from_mode(0o750)).unwrap();
            }),
        ];
        for (name, plant) in rows {
            let (parent, target) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
            plant(&parent.path().join("private"), target.path());
            let refused = outcome(parent.path()).unwrap_err();
            assert!(refused.contains("is not a folder of this user alone"), "{name}: {refused}");
            assert_eq!(fs::read_dir(target.path()).unwrap().count(), 0, "{name}");
        }
    }

    #[test]
    fn a_parent_that_takes_no_folder_is_named() {
        let refused = outcome(Path::new("/nonexistent")).unwrap_err();
        assert!(refused.starts_with("cannot create the folder /nonexistent/private: "), "{refused}");
    }
}
