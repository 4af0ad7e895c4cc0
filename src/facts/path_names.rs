//! How output names the files of a run: as typed on the command line, or as `Artifact::path` in a pipeline.

use std::path::{Path, PathBuf};

/// Names for the paths below some folders. Other paths stay as they are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PathNames(Vec<Folder>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Folder {
    path: PathBuf,
    /// The name of the folder itself.
    name: String,
    /// What precedes a path below it.
    prefix: String,
}

impl PathNames {
    /// Names of a pipeline for the folders of its artifacts: `Artifact::path`.
    pub fn of_artifacts<'a>(artifacts: impl IntoIterator<Item = (&'a Path, &'a str)>) -> Self {
        let folder = |(path, name): (&Path, &str)| Folder {
            path: path.to_path_buf(),
            name: name.to_owned(),
            prefix: format!("{name}::"),
        };
        Self(artifacts.into_iter().map(folder).collect())
    }

    /// Names for paths beside the artifacts in their folder, as seen from the root of one: `../path`.
    pub fn beside_artifacts(folder: &Path) -> Self {
        Self(vec![Folder { path: folder.to_path_buf(), name: "..".to_owned(), prefix: "../".to_owned() }])
    }

    /// Names relative to a folder. The root folder changes nothing.
    pub fn relative_to(folder: &Path) -> Self {
        let folder = folder.parent().map(|_| folder.to_path_buf());
        Self(folder.into_iter().map(|path| Folder { path, name: ".".to_owned(), prefix: String::new() }).collect())
    }

    /// Adds names. The name from the deepest folder applies.
    pub fn extend(&mut self, more: Self) {
        self.0.extend(more.0);
        self.0.sort_by_key(|folder| std::cmp::Reverse(folder.path.components().count()));
    }

    /// The text with every path in it replaced by its name.
    pub fn in_text(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, folder| folder.text(&text))
    }

    /// The name of a path.
    pub fn path(&self, path: &Path) -> PathBuf {
        self.0.iter().find_map(|folder| folder.below(path)).unwrap_or_else(|| path.to_path_buf())
    }
}

impl Folder {
    fn below(&self, path: &Path) -> Option<PathBuf> {
        let rest = path.strip_prefix(&self.path).ok()?;
        if rest.as_os_str().is_empty() {
            return Some(PathBuf::from(&self.name));
        }
        let mut named = std::ffi::OsString::from(&self.prefix);
        named.push(rest);
        Some(named.into())
    }

    /// A longer path that only begins or ends alike is another one.
    fn text(&self, text: &str) -> String {
        let folder = self.path.display().to_string();
        let goes_on = |letter: char| letter.is_alphanumeric() || "/._-".contains(letter);
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find(&folder) {
            let (before, after) = (&rest[..at], &rest[at + folder.len()..]);
            let is_whole = !out.chars().chain(before.chars()).next_back().is_some_and(goes_on);
            let word = match after.strip_prefix('/') {
                Some(below) if is_whole => Some((&self.prefix, below)),
                None if is_whole && !after.starts_with(goes_on) => Some((&self.name, after)),
                Some(_) | None => None,
            };
            out.push_str(before);
            let (word, after) = word.unwrap_or((&folder, after));
            out.push_str(word);
            rest = after;
        }
        out + rest
    }
}

#[cfg(test)]
mod tests {
    use super::PathNames;
    use std::path::Path;

    fn of_pipeline() -> PathNames {
        PathNames::of_artifacts([(Path::new("/tmp/x/Source"), "Source")])
    }

    #[test]
    fn a_path_in_a_text_gets_the_name_of_the_path() {
        let typed = PathNames::relative_to(Path::new("/b/x"));
        let mut in_job = PathNames::relative_to(Path::new("/tmp"));
        in_job.extend(PathNames::beside_artifacts(Path::new("/tmp/x")));
        in_job.extend(of_pipeline());
        let rows = [
            (&typed, "cannot read /b/x/a.yaml: gone", "cannot read a.yaml: gone"),
            (&typed, "the folder /b/x is full", "the folder . is full"),
            (&typed, "/b/x → /b/x/t, /b/x", ". → t, ."),
            (&typed, "/b/xy/a /b/x-y /b/x.d/e", "/b/xy/a /b/x-y /b/x.d/e"),
            (&typed, "/a/b/x/t and s3://b/x/key", "/a/b/x/t and s3://b/x/key"),
            (&typed, "'/b/x/b/x/t'", "'b/x/t'"),
            (&typed, "", ""),
            (&of_pipeline(), "/tmp/x/Source/t leads out of /tmp/x/Source", "Source::t leads out of Source"),
            (&in_job, "/tmp/x/Source/t /tmp/x/src /tmp/x /tmp/y", "Source::t ../src .. y"),
            (&PathNames::relative_to(Path::new("/")), "/b/x/t", "/b/x/t"),
            (&PathNames::default(), "/b/x/t", "/b/x/t"),
        ];
        for (names, text, expected) in rows {
            assert_eq!(names.in_text(text), expected);
        }
        let rows =
            [("/b/x/a b/c", "a b/c"), ("/b/x", "."), ("/b/x y", "/b/x y"), ("t.yaml", "t.yaml"), ("../t", "../t")];
        for (path, expected) in rows {
            assert_eq!(typed.path(Path::new(path)), Path::new(expected), "{path}");
        }
    }
}
