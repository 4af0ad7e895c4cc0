//! Files that will be written, looked at before any work.

use super::PackageSettings;
use super::error::SettingsError;
use crate::facts::{Failure, FailureKind, Form};
use crate::files::check_writable;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Where the packaged template goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Standard output.
    Stdout,
    /// A file.
    File(PathBuf),
}

impl Output {
    /// Reads `--output-template-file`; `-` is standard output.
    pub fn choose(path: Option<&Path>, folder: &Path) -> Result<Self, Failure> {
        match path {
            None => Ok(Self::Stdout),
            Some(path) if path == Path::new("-") => Ok(Self::Stdout),
            Some(path) => Ok(Self::File(check_writable(&folder.join(path))?)),
        }
    }
}

/// Standard output carries one packaged template and nothing beside it.
pub fn check_stdout(settings: &PackageSettings, form: Form) -> Result<(), Failure> {
    let on_stdout = settings.targets.iter().filter(|target| target.output == Output::Stdout).count();
    let message = match (on_stdout, form) {
        _ if settings.dry_run => return Ok(()),
        (1.., _) if settings.targets.iter().any(|target| target.configuration.is_some()) => {
            "a template configuration is written beside the packaged template, which needs a file for that"
        }
        (0, _) | (1, Form::Text) => return Ok(()),
        (1, Form::Json | Form::Sh) => "standard output carries values, so the packaged template needs a file",
        (_, Form::Text | Form::Json | Form::Sh) => "standard output takes one packaged template, and there are several",
    };
    Err(Failure::new(FailureKind::Usage, message).with_hint("name a file with --output-template-file"))
}

/// Makes sure that no two files are one. What is no file, such as `/dev/null`, takes anything.
pub fn check_distinct(paths: &[PathBuf]) -> Result<(), SettingsError> {
    let is_file = |path: &Path| fs::metadata(path).map_or(true, |found| found.is_file());
    let mut seen = BTreeSet::new();
    let twin = paths.iter().filter(|path| is_file(path)).find(|path| {
        let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
        !seen.insert(absolute)
    });
    twin.map_or(Ok(()), |path| Err(SettingsError::SameFile(path.clone())))
}

#[cfg(test)]
mod tests {
    use super::Output;
    use std::fs;
    use std::path::Path;

    #[test]
    fn an_output_that_cannot_be_written_is_refused_before_any_work() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("old.yaml"), "old").unwrap();
        let rows = [
            ("new.yaml", Ok(Output::File(folder.path().join("new.yaml")))),
            ("old.yaml", Ok(Output::File(folder.path().join("old.yaml")))),
            ("-", Ok(Output::Stdout)),
            ("/dev/null", Ok(Output::File("/dev/null".into()))),
            (".", Err("/. cannot be written: it is a folder")),
            ("", Err("/ cannot be written: it is a folder")),
            ("none/new.yaml", Err("/none/new.yaml cannot be written: its folder does not exist")),
            ("old.yaml/new.yaml", Err("/old.yaml/new.yaml cannot be written: its folder does not exist")),
        ];
        for (name, expected) in rows {
            let chosen = Output::choose(Some(Path::new(name)), folder.path());
            let chosen = chosen.map_err(|error| error.cause().replace(&folder.path().display().to_string(), ""));
            assert_eq!(chosen, expected.map_err(str::to_owned), "{name}");
        }
        let empty = Output::choose(Some(Path::new("")), Path::new("")).unwrap_err().cause();
        assert_eq!(empty, " cannot be written: it names no file");
        let names: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, ["old.yaml"], "nothing is left behind");
    }
}
