//! The job's input artifacts: each object is fetched with the job's credentials and unpacked into a private folder.

mod error;
mod folder;
mod format;
#[cfg(test)]
mod hostile_tests;
mod links;
mod meter;
mod names;
#[cfg(test)]
mod tests;
mod tree;
mod untar;
mod unzip;

pub use error::{InputError, UnpackError, Wrong};

use super::PipelineArtifact;
use super::store::{ArtifactStore, FetchError};
use crate::facts::{Event, Failure, JobEvent, PathNames, Reporter};
use crate::operation::action::{ArtifactPath, InputFile, InputFiles};
use folder::{Folder, on_thread};
use format::Format;
use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::io::AsyncWriteExt;
use tree::Unpacking;

/// How much an input artifact may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InputLimits {
    /// Bytes of the object. CodePipeline's own limit of a source artifact is 7 GB.
    pub object: u64,
    /// Entries, and files, links and folders that come of them. CodePipeline's own limit is 100,000 files.
    pub entries: usize,
    /// Bytes of all files together.
    pub expanded: u64,
    /// How many times the object's bytes the files may be, once they are more than `ratio_from` bytes.
    pub ratio: u64,
    /// Up to this size in bytes any ratio will do.
    pub ratio_from: u64,
}

impl Default for InputLimits {
    fn default() -> Self {
        Self { object: 7_000_000_000, entries: 100_000, expanded: 4 << 30, ratio: 200, ratio_from: 100_000_000 }
    }
}

/// The unpacked input artifacts of a job; gone from the disk when dropped.
#[derive(Debug)]
pub struct Inputs {
    folder: Folder,
    artifacts: Vec<Input>,
}

/// One unpacked input artifact.
#[derive(Debug)]
struct Input {
    name: String,
    root: PathBuf,
    /// The one file, when the object was no archive.
    bare: bool,
}

impl Inputs {
    /// A folder for input artifacts, which goes with all that is in it when it is dropped.
    pub fn create() -> Result<Self, InputError> {
        // Without links on the way to it, so that every spelling of a path in it begins alike.
        Self::create_below(&std::env::temp_dir().canonicalize().map_err(InputError::Folder)?)
    }

    fn create_below(parent: &Path) -> Result<Self, InputError> {
        let private = Permissions::from_mode(0o700);
        let folder = tempfile::Builder::new().prefix("samstep-job-").permissions(private).tempdir_in(parent);
        let folder = Folder::Temporary(Arc::new(folder.map_err(InputError::Folder)?));
        Ok(Self { folder, artifacts: Vec::new() })
    }

    /// Fetches and unpacks the input artifacts, one after the other. To drop the future ends the work.
    pub async fn fetch(
        &mut self,
        artifacts: &[PipelineArtifact],
        store: &impl ArtifactStore,
        limits: &InputLimits,
        reporter: &dyn Reporter,
    ) -> Result<(), InputError> {
        for artifact in artifacts {
            let (input, bytes) = fetch_one(artifact, store, limits, &self.folder).await?;
            let (name, location) = (artifact.name.clone(), artifact.location.clone());
            reporter.report(Event::Job(JobEvent::ArtifactFetched { name, location, bytes }));
            self.artifacts.push(input);
        }
        Ok(())
    }

    /// Finds a file that the configuration names. Without an artifact's name it is in the first one.
    fn find_file(&self, file: &ArtifactPath) -> Result<InputFile, InputError> {
        let found = match &file.artifact {
            Some(name) => self.artifacts.iter().find(|it| it.name == *name),
            None => self.artifacts.first(),
        };
        let Some(input) = found else { return Err(self.unknown(file)) };
        let path = input.root.join(&file.path);
        match (path.is_file(), input.bare) {
            (true, _) => Ok(InputFile { root: input.root.clone(), path }),
            (false, true) => Err(InputError::NotAnArchive(input.name.clone())),
            (false, false) => Err(InputError::NoFile { name: input.name.clone(), path: file.path.clone() }),
        }
    }

    /// The names of the pipeline for these files.
    pub fn names(&self) -> PathNames {
        PathNames::of_artifacts(self.artifacts.iter().map(|input| (input.root.as_path(), input.name.as_str())))
    }

    fn unknown(&self, file: &ArtifactPath) -> InputError {
        let known: Vec<_> = self.artifacts.iter().map(|it| it.name.as_str()).collect();
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        InputError::Unknown { name: file.artifact.clone().unwrap_or_default(), known }
    }
}

impl InputFiles for Inputs {
    fn find(&self, path: &ArtifactPath) -> Result<InputFile, Failure> {
        Ok(self.find_file(path)?)
    }
}

/// Fetches and unpacks one artifact into a folder of its name in `folder`.
pub async fn unpack_artifact(
    artifact: &PipelineArtifact,
    store: &impl ArtifactStore,
    folder: &Path,
) -> Result<(), InputError> {
    let folder = Folder::Kept(folder.to_path_buf());
    fetch_one(artifact, store, &InputLimits::default(), &folder).await.map(drop)
}

async fn fetch_one(
    artifact: &PipelineArtifact,
    store: &impl ArtifactStore,
    limits: &InputLimits,
    folder: &Folder,
) -> Result<(Input, u64), InputError> {
    let name = artifact.name.clone();
    let (object, root) = (folder.path().join(format!("{name}.object")), folder.path().join(&name));
    let fetched = download(artifact, store, limits, folder, &object).await;
    let bytes = fetched.map_err(|source| InputError::Fetch { name: name.clone(), source })?;
    let (limits, key, place) = (*limits, artifact.location.key.clone(), root.clone());
    let unpacked = on_thread(folder, move |stop| {
        unpack_object(&object, &key, Unpacking { root: &place, bytes, limits: &limits, stop })
    });
    match unpacked.await {
        Ok(format) => Ok((Input { name, root, bare: format == Format::Bare }, bytes)),
        Err(source) => Err(InputError::Unpack { name, source }),
    }
}

/// Brings an object to the disk and tells its bytes.
async fn download(
    artifact: &PipelineArtifact,
    store: &impl ArtifactStore,
    limits: &InputLimits,
    folder: &Folder,
    object: &Path,
) -> Result<u64, FetchError> {
    let write = |source| FetchError::Write { location: artifact.location.clone(), source };
    let path = object.to_path_buf();
    let created = on_thread(folder, move |_| File::create_new(path)).await;
    let mut file = tokio::fs::File::from_std(created.map_err(write)?);
    let bytes = store.fetch(&artifact.location, &mut file, limits.object).await?;
    file.flush().await.map_err(write)?;
    Ok(bytes)
}

/// Makes the folder of an object and deletes the object.
fn unpack_object(object: &Path, key: &str, unpacking: Unpacking<'_>) -> Result<Format, UnpackError> {
    let disk = |source| UnpackError::Disk { entry: "the artifact's folder".to_owned(), source };
    let root = unpacking.root;
    fs::create_dir(root).map_err(disk)?;
    let mut file = File::open(object).map_err(disk)?;
    let format = Format::sniff(&mut file).map_err(disk)?;
    match format {
        Format::Zip => unzip::unzip(file, unpacking)?,
        Format::GzippedTar | Format::Tar => untar::untar(file, format, unpacking)?,
        Format::Bare => fs::rename(object, root.join(names::base_name(key))).map_err(disk)?,
        Format::Empty => return Err(UnpackError::NoBytes),
    }
    if format != Format::Bare {
        fs::remove_file(object).map_err(disk)?;
    }
    Ok(format)
}
