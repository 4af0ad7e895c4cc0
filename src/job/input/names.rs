//! Names in an archive → paths below its root, or what is wrong with them.

use super::{UnpackError, Wrong};
use std::path::PathBuf;

/// Longest path in bytes (`PATH_MAX` of Linux, with the NUL at its end).
pub const PATH_LIMIT: usize = 4095;
/// Longest file name in bytes (`NAME_MAX`).
const STEP_LIMIT: usize = 255;
/// To delete a folder takes an open file for each folder on the way down, of which a process has 256 or 1024.
const DEPTH_LIMIT: usize = 100;

/// The name as a path below the root, without `.` and doubled slashes. Everything that could lead elsewhere is an
/// error, also what only Windows would read so, and so is what no disk takes.
pub fn normal_name(name: &str) -> Result<String, UnpackError> {
    let drive = matches!(name.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic());
    let steps = || name.split('/').filter(|step| !matches!(*step, "" | "."));
    let wrong = match name {
        _ if name.len() > PATH_LIMIT => Some(Wrong::LongPath { limit: PATH_LIMIT }),
        _ if name.contains('\0') => Some(Wrong::Nul),
        _ if name.contains('\\') => Some(Wrong::Backslash),
        _ if name.starts_with('/') || drive => Some(Wrong::Absolute),
        _ if steps().any(|step| step == "..") => Some(Wrong::Parent),
        _ if steps().any(|step| step.len() > STEP_LIMIT) => Some(Wrong::LongStep { limit: STEP_LIMIT }),
        _ if steps().count() > DEPTH_LIMIT => Some(Wrong::Deep { limit: DEPTH_LIMIT }),
        _ => None,
    };
    match wrong {
        Some(wrong) => Err(wrong.at(name)),
        None => Ok(steps().collect::<Vec<_>>().join("/")),
    }
}

/// Whether a symbolic link can have this target at all.
pub fn check_target(name: &str, target: &str) -> Result<(), UnpackError> {
    match target.len() {
        0 => Err(Wrong::LinkEmpty.at(name)),
        length if length > PATH_LIMIT => Err(Wrong::LinkLong { limit: PATH_LIMIT }.at(name)),
        _ => Ok(()),
    }
}

/// The base name of a key, when a file can have it.
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
    fn a_name_is_as_long_and_deep_as_a_disk_takes_it() {
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
            let wrong = normal_name(&path).err().map(|error| error.to_string());
            assert_eq!(wrong.as_deref().and_then(|it| it.split_once("` ")).map(|it| it.1), expected, "{name}");
            assert!(wrong.is_none_or(|it| it.chars().count() < 300), "{name}: a long name is cut");
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
