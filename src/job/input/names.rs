//! Names in an archive → paths below its root.

use super::error::{UnpackError, refused};
use std::path::PathBuf;

/// Longest path in bytes (`PATH_MAX` of Linux, with the NUL at its end).
pub const PATH_LIMIT: usize = 4095;
/// Longest file name in bytes (`NAME_MAX`).
const STEP_LIMIT: usize = 255;
/// Deleting a folder takes an open file for each level, and a process may have only 256.
const DEPTH_LIMIT: usize = 100;

/// The name as a path below the root, without `.` and double slashes. Refuses names that lead elsewhere, on Windows too,
/// and names that no disk accepts.
pub fn normal_name(name: &str) -> Result<String, UnpackError> {
    let drive = matches!(name.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic());
    let steps = || name.split('/').filter(|step| !matches!(*step, "" | "."));
    let problem = match name {
        _ if name.len() > PATH_LIMIT => format!("has a path of more than {PATH_LIMIT} bytes"),
        _ if name.contains('\0') => "has a NUL in its name".to_owned(),
        _ if name.contains('\\') => "has a backslash in its name".to_owned(),
        _ if name.starts_with('/') || drive => "has an absolute name".to_owned(),
        _ if steps().any(|step| step == "..") => "leaves the archive with `..`".to_owned(),
        _ if steps().any(|step| step.len() > STEP_LIMIT) => {
            format!("has a step of more than {STEP_LIMIT} bytes in its name")
        }
        _ if steps().count() > DEPTH_LIMIT => format!("lies more than {DEPTH_LIMIT} folders deep"),
        _ => return Ok(steps().collect::<Vec<_>>().join("/")),
    };
    Err(refused(name, problem))
}

/// Checks the length of a symbolic link's target.
pub fn check_target(name: &str, target: &str) -> Result<(), UnpackError> {
    match target.len() {
        0 => Err(refused(name, "is a link to nothing")),
        length if length > PATH_LIMIT => Err(long_target(name)),
        _ => Ok(()),
    }
}

pub fn long_target(name: &str) -> UnpackError {
    refused(name, format!("is a link to a path of more than {PATH_LIMIT} bytes"))
}

/// The base name of a key, or `artifact` if a file cannot have it.
pub fn base_name(key: &str) -> PathBuf {
    let name = key.rsplit('/').next().unwrap_or_default();
    match normal_name(name) {
        Ok(path) if !path.is_empty() => PathBuf::from(path),
        _ => PathBuf::from("artifact"),
    }
}

#[cfg(test)]
mod tests {
    use super::{base_name, normal_name};
    use std::path::Path;

    #[test]
    fn a_name_that_is_too_long_or_too_deep_is_refused() {
        let steps = |count, length| vec!["x".repeat(length); count].join("/");
        let rows = [
            ("a long step", steps(2, 255), None),
            ("a longer step", steps(2, 256), Some("has a step of more than 255 bytes in its name")),
            ("a long path", steps(16, 255), None),
            ("a longer path", steps(17, 255), Some("has a path of more than 4095 bytes")),
            ("a deep path", steps(100, 1), None),
            ("a deeper path", steps(101, 1), Some("lies more than 100 folders deep")),
            ("in bytes", "é".repeat(128), Some("has a step of more than 255 bytes in its name")),
        ];
        for (name, path, expected) in rows {
            let message = normal_name(&path).err().map(|error| error.to_string());
            let problem = message.as_deref().and_then(|message| message.split_once("` ")).map(|halves| halves.1);
            assert_eq!(problem, expected, "{name}");
            assert!(message.is_none_or(|it| it.chars().count() < 300), "{name}: a long name is cut");
        }
    }

    #[test]
    fn a_key_gives_a_file_its_name() {
        let long = "x".repeat(256);
        let rows = [
            ("a/b/t.yaml", "t.yaml"),
            ("t", "t"),
            ("a/", "artifact"),
            ("a/..", "artifact"),
            ("a/\\", "artifact"),
            (&long, "artifact"),
        ];
        for (key, expected) in rows {
            assert_eq!(base_name(key), Path::new(expected), "{key}");
        }
    }
}
