//! Which template to package.

use super::missing_template;
use crate::cli::DEFAULT_TEMPLATES;
use crate::facts::Failure;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// What the template is read from, once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TemplateSource {
    /// A file. Its relative paths start at its folder.
    Path(PathBuf),
    /// A pipe or device, such as `/dev/fd/63`. Relative paths start at the current folder.
    Stream(PathBuf),
    /// Standard input. Relative paths start at the current folder.
    Stdin,
}

impl TemplateSource {
    /// The template that was named, else the first default that exists in `folder`.
    pub fn find(named: Option<&Path>, folder: &Path) -> Result<Self, Failure> {
        match named {
            Some(path) if is_stdin(path) => Ok(Self::Stdin),
            Some(path) => Self::named(folder.join(path), folder),
            None => DEFAULT_TEMPLATES
                .iter()
                .map(|name| folder.join(name))
                .find(|path| path.is_file())
                .map(Self::Path)
                .ok_or_else(|| missing_template::none_found(folder)),
        }
    }

    fn named(path: PathBuf, folder: &Path) -> Result<Self, Failure> {
        match fs::metadata(&path) {
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                Err(missing_template::missing(&path, folder))
            }
            Ok(found) if found.is_dir() => Err(missing_template::is_folder(&path)),
            // The folder of a file behind a descriptor is not the folder of the template.
            Ok(found) if !found.is_file() || is_stream(&path) => Ok(Self::Stream(path)),
            // Reading it reports any other error.
            Ok(_) | Err(_) => Ok(Self::Path(path)),
        }
    }
}

fn is_stdin(path: &Path) -> bool {
    path == Path::new("-") || path == Path::new("/dev/stdin")
}

/// Whether a path names no file beside which others could lie.
pub fn is_stream(path: &Path) -> bool {
    is_stdin(path) || path.starts_with("/dev/fd") || path.starts_with("/proc/self/fd")
}

#[cfg(test)]
mod tests {
    use super::TemplateSource;
    use std::fs;
    use std::path::Path;

    #[test]
    fn the_defaults_are_looked_for_in_the_order_of_sam() {
        let folder = tempfile::tempdir().unwrap();
        let found = || TemplateSource::find(None, folder.path()).map_err(|failure| failure.cause());
        assert!(found().unwrap_err().starts_with("no template was found in "));
        fs::create_dir_all(folder.path().join(".aws-sam/build")).unwrap();
        for name in ["template.json", "template.yml", "template.yaml", ".aws-sam/build/template.yaml"] {
            fs::write(folder.path().join(name), "{}").unwrap();
            assert_eq!(found(), Ok(TemplateSource::Path(folder.path().join(name))), "{name}");
        }
    }

    #[test]
    fn a_named_template_is_a_file_or_a_stream() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("t.yaml"), "{}").unwrap();
        let find = |name: &str| {
            let found = TemplateSource::find(Some(Path::new(name)), folder.path());
            found.map_err(|failure| failure.cause().replace(&folder.path().display().to_string(), ""))
        };
        assert_eq!(find("t.yaml"), Ok(TemplateSource::Path(folder.path().join("t.yaml"))));
        assert_eq!(find("-"), Ok(TemplateSource::Stdin));
        assert_eq!(find("/dev/stdin"), Ok(TemplateSource::Stdin));
        assert_eq!(find("/dev/null"), Ok(TemplateSource::Stream("/dev/null".into())));
        assert_eq!(find("u.yaml"), Err("the template /u.yaml does not exist".to_owned()));
        assert_eq!(find("."), Err("the template /. is a folder".to_owned()));
        let hint = TemplateSource::find(Some(Path::new(r"src\t.yaml")), folder.path()).unwrap_err();
        assert!(hint.problems[0].hint.as_ref().unwrap().ends_with("/src/t.yaml"), "{hint:?}");
    }
}
