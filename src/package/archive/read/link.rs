//! Where symbolic links lead, and whether that is allowed.

use crate::package::archive::error::ArchiveError;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

/// The target in the spelling of the link.
pub fn target_of(link: &Path) -> Result<PathBuf, ArchiveError> {
    fs::read_link(link).map_err(|error| ArchiveError::unreadable(link, &error))
}

/// Why the system found nothing at a path: it does not exist, a link leads nowhere, or access was denied.
pub fn explain_not_found(path: &Path, error: &io::Error) -> ArchiveError {
    let missing = error.kind() == io::ErrorKind::NotFound;
    match fs::read_link(path) {
        Ok(target) if missing => ArchiveError::broken_link(path, &target),
        Ok(target) => ArchiveError::unreachable_link(path, &target, error),
        Err(_) if missing => ArchiveError::missing(path),
        Err(_) => ArchiveError::unreadable(path, error),
    }
}

/// The path with every link resolved.
pub fn resolve(path: &Path) -> Result<PathBuf, ArchiveError> {
    path.canonicalize().map_err(|error| explain_not_found(path, &error))
}

/// Refuses a path outside `root`. Links in `resolved` and `root` are resolved.
pub fn check_root(path: &Path, resolved: &Path, root: Option<&Path>) -> Result<(), ArchiveError> {
    match root {
        Some(root) if !resolved.starts_with(root) => Err(ArchiveError::outside_root(path, resolved, root)),
        Some(_) | None => Ok(()),
    }
}

/// Whether a link in the folder `parent` of the archive, with this target, leads above the top of the archive.
///
/// An absolute target does not: it means the same path wherever the archive is unpacked.
pub fn climbs_out(parent: &str, target: &Path) -> bool {
    let mut depth = parent.split('/').filter(|part| !part.is_empty()).count();
    for component in target.components() {
        match component {
            Component::RootDir | Component::Prefix(_) => return false,
            Component::CurDir => {}
            Component::Normal(_) => depth += 1,
            Component::ParentDir => match depth.checked_sub(1) {
                Some(up) => depth = up,
                None => return true,
            },
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::climbs_out;
    use std::path::Path;

    #[test]
    fn a_link_climbs_out_if_its_target_does() {
        let rows = [
            ("sibling", "", "x", false),
            ("up and down again", "a/b", "../../c", false),
            ("above the top", "a", "../../c", true),
            ("above the top from the top", "", "..", true),
            ("through a folder", "", "a/../..", true),
            ("absolute", "a", "/opt/x", false),
            ("here", "", ".", false),
        ];
        for (name, parent, target, expected) in rows {
            assert_eq!(climbs_out(parent, Path::new(target)), expected, "{name}");
        }
    }
}
