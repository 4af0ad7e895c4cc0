//! The output artifact: a zip of the files that the operation made.

use super::PipelineArtifact;
use super::fetch_failure::{STORE_KEY, is_about_key};
use super::store::{ArtifactStore, JOB_SESSION};
use crate::facts::{Explain, Failure, Made, Reason, Role, ServiceError};
use crate::operation::action::OUTPUTS_FILE;
use crate::package::{Overwrite, zip_in_memory};
use bytes::Bytes;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The output artifact: the files in the order of their roles, and the named values as a file.
pub fn assemble(mut files: Vec<Made>, outputs: &BTreeMap<String, String>) -> Vec<u8> {
    let outputs = serde_json::to_string_pretty(outputs).expect("a map of texts is JSON");
    let path = Some(PathBuf::from(OUTPUTS_FILE));
    files.push(Made { role: Role::Outputs, path, text: format!("{outputs}\n") });
    files.sort_by_key(|made| made.role);
    let entry = |made: Made| Some((made.path?.to_string_lossy().into_owned(), made.text.into_bytes()));
    zip_in_memory(&files.into_iter().filter_map(entry).collect::<Vec<_>>())
}

/// Writes the output artifact to its location in the job; returns its size in bytes.
pub async fn store(artifact: &PipelineArtifact, zip: Vec<u8>, store: &impl ArtifactStore) -> Result<u64, Failure> {
    let bytes = zip.len() as u64;
    let put = store.put(&artifact.location, Bytes::from(zip), Overwrite::Always).await;
    put.map_err(|error| unstored(&artifact.name, &error))?;
    Ok(bytes)
}

fn unstored(name: &str, error: &ServiceError) -> Failure {
    let failure = Failure::new(error.kind(), format!("cannot store the output artifact {name}: {error}"));
    match error.reason {
        Reason::AccessDenied => failure.with_hint(
            "the job's credentials come from the pipeline's role: that role needs the artifact bucket and its key",
        ),
        Reason::ExpiredCredentials => failure.with_hint(JOB_SESSION),
        _ if is_about_key(error) => failure.with_hint(STORE_KEY),
        _ => match error.hint() {
            Some(hint) => failure.with_hint(hint),
            None => failure,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::assemble;
    use crate::facts::{Made, Role};

    #[test]
    fn the_result_is_the_first_entry() {
        let made = |role, path: &str, text: &str| Made { role, path: Some(path.into()), text: text.to_owned() };
        let files = vec![
            made(Role::Configuration, "config/prod.json", "{}"),
            made(Role::Manifest, "manifest.json", "{}\n"),
            made(Role::Result, "packaged.yaml", "A: 1\n"),
        ];
        let zip = assemble(files, &[("Bucket".to_owned(), "b".to_owned())].into());
        let mut archive = zip::ZipArchive::new(std::io::Cursor::new(zip)).unwrap();
        let names: Vec<_> =
            (0..archive.len()).map(|index| archive.by_index(index).unwrap().name().unwrap().into_owned()).collect();
        assert_eq!(names, ["packaged.yaml", "step-outputs.json", "manifest.json", "config/prod.json"]);
        let outputs = std::io::read_to_string(archive.by_index(1).unwrap()).unwrap();
        assert_eq!(outputs, "{\n  \"Bucket\": \"b\"\n}\n");
    }
}
