//! The input artifacts of a job: each object is fetched with the job's credentials and unpacked into a private folder.

mod entry;
mod error;
mod folder;
mod format;
mod limits;
mod links;
mod meter;
mod names;
#[cfg(test)]
mod tests;
mod tree;
mod untar;
mod unzip;

pub use limits::InputLimits;

use super::store::ArtifactStore;
use super::{PipelineArtifact, fetch_failure};
use crate::facts::{Event, Failure, JobEvent, PathNames, Reporter};
use crate::operation::action::{ArtifactPath, InputFile, InputFiles};
use crate::text::nearest_sibling;
use error::UnpackError;
use folder::{Folder, on_thread};
use format::Format;
use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::io::AsyncWriteExt;
use tree::Unpacking;

/// The unpacked input artifacts of a job. Deleted when dropped.
#[derive(Debug)]
pub struct Inputs {
    folder: Folder,
    artifacts: Vec<Input>,
}

#[derive(Debug)]
struct Input {
    name: String,
    root: PathBuf,
    /// Whether the object was a single file, not an archive.
    is_bare: bool,
}

impl Inputs {
    /// Creates a folder that only this user can access.
    pub fn create() -> Result<Self, Failure> {
        // Canonical, so that the names of paths match canonical paths too.
        Self::create_below(&std::env::temp_dir().canonicalize().map_err(|error| error::no_folder(&error))?)
    }

    fn create_below(parent: &Path) -> Result<Self, Failure> {
        let private = Permissions::from_mode(0o700);
        let folder = tempfile::Builder::new().prefix("samstep-job-").permissions(private).tempdir_in(parent);
        let folder = folder.map_err(|error| error::no_folder(&error))?;
        Ok(Self { folder: Folder::Temporary(Arc::new(folder)), artifacts: Vec::new() })
    }

    /// Fetches and unpacks the input artifacts, one after the other. Dropping the future ends the work.
    pub async fn fetch(
        &mut self,
        artifacts: &[PipelineArtifact],
        store: &impl ArtifactStore,
        limits: &InputLimits,
        reporter: &dyn Reporter,
    ) -> Result<(), Failure> {
        for artifact in artifacts {
            let (input, bytes) = fetch_artifact(artifact, store, limits, &self.folder).await?;
            let (name, location) = (artifact.name.clone(), artifact.location.clone());
            reporter.report(Event::Job(JobEvent::ArtifactFetched { name, location, bytes }));
            self.artifacts.push(input);
        }
        Ok(())
    }

    fn find_file(&self, file: &ArtifactPath) -> Result<InputFile, Failure> {
        let found = match &file.artifact {
            Some(name) => self.artifacts.iter().find(|input| input.name == *name),
            None => self.artifacts.first(),
        };
        let Some(input) = found else { return Err(self.unknown_artifact(file)) };
        let path = input.root.join(&file.path);
        match (path.is_file(), input.is_bare) {
            (true, _) => Ok(InputFile { root: input.root.clone(), path }),
            (false, true) => Err(error::not_an_archive(&input.name)),
            (false, false) => Err(error::missing_file(&input.name, &file.path, nearest_sibling(&path))),
        }
    }

    /// `Artifact::path` for each path in an artifact, `../path` for paths beside them: the name of the folder is temporary
    /// and means nothing to a reader.
    pub fn names(&self) -> PathNames {
        let artifacts = self.artifacts.iter().map(|input| (input.root.as_path(), input.name.as_str()));
        let mut names = PathNames::of_artifacts(artifacts);
        names.extend(PathNames::beside_artifacts(self.folder.path()));
        names
    }

    fn unknown_artifact(&self, file: &ArtifactPath) -> Failure {
        let known: Vec<_> = self.artifacts.iter().map(|input| input.name.as_str()).collect();
        error::unknown_artifact(file.artifact.as_deref().unwrap_or_default(), &known)
    }
}

impl InputFiles for Inputs {
    /// Looks in the first artifact if the path names none.
    fn find(&self, path: &ArtifactPath) -> Result<InputFile, Failure> {
        self.find_file(path)
    }
}

/// Fetches and unpacks one artifact into a folder of its name in `folder`.
pub async fn unpack_artifact(
    artifact: &PipelineArtifact,
    store: &impl ArtifactStore,
    folder: &Path,
) -> Result<(), Failure> {
    let folder = Folder::Kept(folder.to_path_buf());
    fetch_artifact(artifact, store, &InputLimits::default(), &folder).await.map(drop)
}

async fn fetch_artifact(
    artifact: &PipelineArtifact,
    store: &impl ArtifactStore,
    limits: &InputLimits,
    folder: &Folder,
) -> Result<(Input, u64), Failure> {
    let name = artifact.name.clone();
    let (object, root) = (folder.path().join(format!("{name}.object")), folder.path().join(&name));
    let fetched = download(artifact, store, limits, folder, &object).await;
    let bytes = fetched.map_err(|failure| error::unfetched(&name, failure))?;
    let (limits, key, place) = (*limits, artifact.location.key.clone(), root.clone());
    let unpacked = on_thread(folder, move |stop| {
        unpack_object(&object, &key, Unpacking { root: &place, bytes, limits: &limits, stop })
    });
    match unpacked.await {
        Ok(format) => Ok((Input { name, root, is_bare: format == Format::Bare }, bytes)),
        Err(error) => Err(error::unpacked(&name, error)),
    }
}

/// Writes an object to a new file; returns its number of bytes.
async fn download(
    artifact: &PipelineArtifact,
    store: &impl ArtifactStore,
    limits: &InputLimits,
    folder: &Folder,
    object: &Path,
) -> Result<u64, Failure> {
    let write = |error: io::Error| fetch_failure::unwritten(&artifact.location, &error);
    let path = object.to_path_buf();
    let created = on_thread(folder, move |_| File::create_new(path)).await;
    let mut file = tokio::fs::File::from_std(created.map_err(write)?);
    let bytes = store.fetch(&artifact.location, &mut file, limits.object).await?;
    file.flush().await.map_err(write)?;
    Ok(bytes)
}

/// Unpacks an object into a new folder and deletes the object.
fn unpack_object(object: &Path, key: &str, unpacking: Unpacking<'_>) -> Result<Format, UnpackError> {
    let disk = |error: io::Error| error::unwritten("the artifact's folder", &error);
    let root = unpacking.root;
    fs::create_dir(root).map_err(disk)?;
    let mut file = File::open(object).map_err(disk)?;
    let format = Format::detect(&mut file).map_err(disk)?;
    match format {
        Format::Zip => unzip::unzip(file, unpacking)?,
        Format::GzippedTar | Format::Tar => untar::untar(file, format, unpacking)?,
        Format::Bare => fs::rename(object, root.join(names::base_name(key))).map_err(disk)?,
        Format::Empty => return Err(error::empty_object()),
    }
    if format != Format::Bare {
        fs::remove_file(object).map_err(disk)?;
    }
    Ok(format)
}
