//! Files that will be written, looked at before any work.

use super::error::SettingsError;
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
    pub fn choose(path: Option<&Path>, folder: &Path) -> Result<Self, SettingsError> {
        match path {
            None => Ok(Self::Stdout),
            Some(path) if path == Path::new("-") => Ok(Self::Stdout),
            Some(path) => writable(&folder.join(path)).map(Self::File),
        }
    }
}

/// The path, when a file can be put there: its folder exists and takes a new file, and it is no folder itself.
pub fn writable(path: &Path) -> Result<PathBuf, SettingsError> {
    let refused = |what| Err(SettingsError::Unwritable { path: path.to_path_buf(), what });
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
        Err(cause) => Err(SettingsError::WriteRefused { path: path.to_path_buf(), cause }),
    }
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
            let chosen = chosen.map_err(|error| error.to_string().replace(&folder.path().display().to_string(), ""));
            assert_eq!(chosen, expected.map_err(str::to_owned), "{name}");
        }
        let empty = Output::choose(Some(Path::new("")), Path::new("")).unwrap_err().to_string();
        assert_eq!(empty, " cannot be written: it names no file");
        let names: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, ["old.yaml"], "nothing is left behind");
    }
}
