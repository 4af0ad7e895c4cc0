//! What can be wrong with a path, said of the property that names it.

use super::archive::ArchiveError;
use super::planner::{MAX_NESTING, MAX_PLANS};
use crate::facts::{Explain, FailureKind, Place};
use crate::text::nearest;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{fs, io};

const PATHS_ARE_RELATIVE: &str = "paths are relative to the folder of the template that holds them";

/// A property that names a path.
#[derive(Debug, Clone)]
pub struct NamedBy {
    /// The resource, below those that lead to its template.
    pub logical_id: String,
    /// Keys below `Properties`, with dots between.
    pub property: String,
    /// Where it stands.
    pub place: Box<Place>,
}

/// What is wrong with an artifact of a template.
#[derive(Debug, thiserror::Error)]
#[error("{}.{}", named_by.logical_id, named_by.property)]
pub struct PlanError {
    /// The property.
    pub named_by: NamedBy,
    /// What it names.
    #[source]
    pub problem: PathProblem,
}

/// What is wrong with a path.
#[derive(Debug, thiserror::Error)]
pub enum PathProblem {
    /// Nothing is there, but perhaps something with the second name in its place.
    #[error("{}: no such file or folder", .0.display())]
    Missing(PathBuf, Option<String>),
    /// A nested template that is planned over and over for other parameters.
    #[error("{} is nested with more than {MAX_PLANS} sets of values for the parameters of its loops", .0.display())]
    TooManyValues(PathBuf),
    /// A symbolic link that points at nothing.
    #[error("{}: the symbolic link points at {}, which does not exist", .0.display(), .1.display())]
    BrokenLink(PathBuf, PathBuf),
    /// A socket, pipe or device.
    #[error("{} is {}, neither a file nor a folder", .0.display(), .1)]
    Special(PathBuf, &'static str),
    /// A folder where a file should be.
    #[error("{} is a folder, not a {}", .0.display(), .1)]
    FolderForFile(PathBuf, &'static str),
    /// Outside of what may be read.
    #[error("{} lies outside the input artifact", .0.display())]
    Outside(PathBuf),
    /// No service takes an archive without a file.
    #[error("{}: the folder holds no file to archive", .0.display())]
    NoFiles(PathBuf),
    /// What it holds cannot be archived.
    #[error(transparent)]
    Archive(ArchiveError),
    /// A template that holds itself.
    #[error("the nested templates form a circle: {0}")]
    Cycle(String),
    /// More templates one below the other than anybody means.
    #[error("{} is nested below {MAX_NESTING} templates", .0.display())]
    TooDeep(PathBuf),
    /// It cannot be looked at.
    #[error("cannot read {}", .0.display())]
    Unreadable(PathBuf, #[source] io::Error),
}

impl PathProblem {
    /// Nothing is at a path. Names are told of what lies below `root` alone, when there is one.
    pub fn missing(path: &Path, root: Option<&Path>) -> Self {
        Self::Missing(path.to_path_buf(), sibling(path, root))
    }
}

/// What the first part of a path that is not there was most likely meant to be.
fn sibling(path: &Path, root: Option<&Path>) -> Option<String> {
    let (folder, lost) = path.ancestors().find_map(|at| {
        let folder = at.parent().filter(|folder| folder.is_dir())?;
        Some((folder, at.file_name()?.to_str()?))
    })?;
    let real = |path: &Path| path.canonicalize().ok();
    let is_below = |root| real(folder).zip(real(root)).is_some_and(|(folder, root)| folder.starts_with(root));
    if !root.is_none_or(is_below) {
        return None;
    }
    let names = fs::read_dir(folder).ok()?.flatten().filter_map(|entry| entry.file_name().into_string().ok());
    // Of equals the first, in the order of their names.
    nearest(lost, names.filter(|name| name != lost).collect::<BTreeSet<_>>().into_iter())
}

impl Explain for PlanError {
    fn kind(&self) -> FailureKind {
        match &self.problem {
            PathProblem::Archive(error) => error.kind(),
            PathProblem::Missing(..)
            | PathProblem::BrokenLink(..)
            | PathProblem::Special(..)
            | PathProblem::FolderForFile(..)
            | PathProblem::Outside(_)
            | PathProblem::NoFiles(_)
            | PathProblem::Cycle(_)
            | PathProblem::TooDeep(_)
            | PathProblem::TooManyValues(_)
            | PathProblem::Unreadable(..) => FailureKind::Usage,
        }
    }

    fn hint(&self) -> Option<String> {
        let hint = match &self.problem {
            PathProblem::Missing(_, Some(near)) => {
                return Some(format!("the nearest name there is {near}; {PATHS_ARE_RELATIVE}"));
            }
            PathProblem::Missing(_, None) => PATHS_ARE_RELATIVE,
            PathProblem::BrokenLink(..) => "repair the link or name what it should point at",
            PathProblem::Special(..) => "name a file or a folder",
            PathProblem::FolderForFile(..) => "name the file itself",
            PathProblem::Outside(_) => "a job packages only what its input artifacts hold",
            PathProblem::NoFiles(_) => "run the build first if it fills the folder, or look at its .samignore",
            PathProblem::Unreadable(_, error) if error.kind() == io::ErrorKind::PermissionDenied => {
                "make it readable for the user of this run"
            }
            PathProblem::Archive(error) => return error.hint(),
            PathProblem::Cycle(_)
            | PathProblem::TooDeep(_)
            | PathProblem::TooManyValues(_)
            | PathProblem::Unreadable(..) => return None,
        };
        Some(hint.to_owned())
    }

    fn place(&self) -> Option<&Place> {
        Some(&self.named_by.place)
    }

    fn subject(&self) -> Option<String> {
        Some(format!("{}.{}", self.named_by.logical_id, self.named_by.property))
    }
}

#[cfg(test)]
mod tests {
    use super::sibling;
    use std::fs;

    #[test]
    fn a_path_that_is_lost_has_a_nearest_name_where_it_is_lost() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("root");
        fs::create_dir_all(root.join("functions/create_order")).unwrap();
        fs::create_dir(folder.path().join("secrets")).unwrap();
        fs::write(root.join("functions/app.py"), "").unwrap();
        let rows = [
            ("functions/creat_order", Some("create_order")),
            ("functions/CreateOrder", Some("create_order")),
            ("function/create_order", Some("functions")),
            ("functions/delete_all", None),
            ("functions/app.py/x", None),
            ("../secret", None),
        ];
        for (path, expected) in rows {
            assert_eq!(sibling(&root.join(path), Some(&root)).as_deref(), expected, "{path}");
        }
        assert_eq!(sibling(&root.join("../secret"), None).as_deref(), Some("secrets"));
    }
}
