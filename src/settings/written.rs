//! Files that will be written, checked before any work.

use super::failure::refused;
use super::paths::output_file;
use crate::facts::{Failure, Role};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The names of standard output. Opened as a file, a log that it is redirected to would be replaced.
const STDOUT: [&str; 4] = ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"];

/// A file that a run writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenFile {
    pub path: PathBuf,
    pub role: Role,
}

/// Where the packaged template goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Standard output.
    Stdout,
    /// A file.
    File(PathBuf),
}

impl Output {
    /// Reads `--output-template-file`; `-` and the device of standard output are standard output, which carries the
    /// template alone.
    pub fn choose(path: Option<&Path>, folder: &Path) -> Result<Self, Failure> {
        match path {
            None => Ok(Self::Stdout),
            Some(path) if STDOUT.iter().any(|name| path == Path::new(name)) => Ok(Self::Stdout),
            Some(path) => Ok(Self::File(output_file(&folder.join(path))?)),
        }
    }
}

/// Refuses two outputs in one file. A device, such as `/dev/null`, takes any number.
pub fn check_distinct(paths: &[PathBuf]) -> Result<(), Failure> {
    let is_file = |path: &Path| fs::metadata(path).map_or(true, |found| found.is_file());
    let mut seen = BTreeSet::new();
    let twin = paths.iter().filter(|path| is_file(path)).find(|path| {
        let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
        !seen.insert(absolute)
    });
    twin.map_or(Ok(()), |path| {
        Err(refused(format!("{} would be written twice", path.display()), "give each output a file of its own"))
    })
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
            ("/dev/stdout", Ok(Output::Stdout)),
            ("/dev/fd/1", Ok(Output::Stdout)),
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
