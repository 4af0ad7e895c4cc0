//! The ids of rehearsed jobs.
//!
//! A deployment derives the names of its change sets from the id of its job, so two rehearsals in one folder need two ids.
//! In a new folder the first id is always the same: its output can be compared.

use crate::facts::random_bits;
use crate::job::JobId;
use serde_json::Value;
use std::path::Path;

/// How all these ids begin; 12 hexadecimal digits follow.
const PREFIX: &str = "00000000-0000-4000-8000-";

/// Whether a text is the result of a rehearsal.
pub fn is_of_rehearsal(result: &str) -> bool {
    result.contains(PREFIX)
}

/// The id after that of the last result. Where stacks are left without one, a random id.
pub fn next_job_id(result: &Path, stacks: &Path) -> JobId {
    let number = match last_number(result) {
        Some(last) => last.wrapping_add(1),
        None if stacks.exists() => random_bits(),
        None => 0,
    };
    let digits = format!("{number:016x}");
    JobId::new(&format!("{PREFIX}{}", &digits[4..])).expect("the id is well-formed")
}

fn last_number(result: &Path) -> Option<u64> {
    let result: Value = serde_json::from_str(&std::fs::read_to_string(result).ok()?).ok()?;
    u64::from_str_radix(result["jobId"].as_str()?.strip_prefix(PREFIX)?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::{is_of_rehearsal, next_job_id};

    #[test]
    fn each_rehearsal_in_a_folder_has_another_id() {
        let folder = tempfile::tempdir().unwrap();
        let (result, stacks) = (folder.path().join("result.json"), folder.path().join("stacks"));
        let mut ids = Vec::new();
        for _ in 0..12 {
            let id = next_job_id(&result, &stacks).to_string();
            std::fs::write(&result, format!(r#"{{"jobId": "{id}"}}"#)).unwrap();
            ids.push(id);
        }
        assert_eq!(ids[0], "00000000-0000-4000-8000-000000000000");
        assert_eq!(ids[11], "00000000-0000-4000-8000-00000000000b");
        assert!(is_of_rehearsal(&std::fs::read_to_string(&result).unwrap()));
        std::fs::remove_file(&result).unwrap();
        std::fs::create_dir(&stacks).unwrap();
        assert!(!ids.contains(&next_job_id(&result, &stacks).to_string()), "stacks without a result");
    }
}
