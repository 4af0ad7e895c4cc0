//! Symbolic links: where they lead, and whether that is allowed.

use super::error::ArchiveError;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

/// The target as the link spells it.
pub fn target_of(link: &Path) -> Result<PathBuf, ArchiveError> {
    fs::read_link(link).map_err(|source| ArchiveError::Unreadable { path: link.to_path_buf(), source })
}

/// Why nothing was found at a path: nothing is there, a link leads nowhere, or the system refused.
pub fn explain_unfound(path: &Path, source: io::Error) -> ArchiveError {
    let missing = source.kind() == io::ErrorKind::NotFound;
    let path = path.to_path_buf();
    match fs::read_link(&path) {
        Ok(target) if missing => ArchiveError::BrokenLink { link: path, target },
        Ok(target) => ArchiveError::UnreachableLink { link: path, target, source },
        Err(_) if missing => ArchiveError::Missing { path },
        Err(_) => ArchiveError::Unreadable { path, source },
    }
}

/// Where a path really is.
pub fn resolve(path: &Path) -> Result<PathBuf, ArchiveError> {
    path.canonicalize().map_err(|source| explain_unfound(path, source))
}

/// Refuses a place outside `root`. Both `resolved` and `root` are free of links.
pub fn check_root(path: &Path, resolved: &Path, root: Option<&Path>) -> Result<(), ArchiveError> {
    match root {
        Some(root) if !resolved.starts_with(root) => Err(ArchiveError::OutsideRoot {
            path: path.to_path_buf(),
            target: resolved.to_path_buf(),
            root: root.to_path_buf(),
        }),
        Some(_) | None => Ok(()),
    }
}

/// Whether a relative target, read from the folder `parent` of the archive, climbs above the archive's top.
/// An absolute target does not: it means the same place wherever the archive is unpacked.
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
    fn a_link_climbs_out_when_its_target_does() {
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
