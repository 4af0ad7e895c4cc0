//! The job's input artifacts: each object is fetched with the job's credentials and unpacked into a private folder.

mod error;
#[cfg(test)]
mod tests;
mod tree;
mod unpack;

pub use error::{InputError, UnpackError, Wrong};

use super::store::{ArtifactStore, FetchError};
use super::words::PipelineWords;
use super::{ArtifactPath, PipelineArtifact};
use crate::event::{Event, Reporter};
use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use unpack::Format;

/// How much an input artifact may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InputLimits {
    /// Bytes of the object. CodePipeline's own limit of a source artifact is 7 GB.
    pub object: u64,
    /// Entries. CodePipeline's own limit is 100,000 files.
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
    folder: tempfile::TempDir,
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

/// A file of an input artifact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputFile {
    /// The artifact's root folder, which nothing that is packaged may leave.
    pub root: PathBuf,
    /// The file.
    pub path: PathBuf,
}

impl Inputs {
    /// Fetches and unpacks the input artifacts, one after the other.
    pub async fn fetch(
        artifacts: &[PipelineArtifact],
        store: &impl ArtifactStore,
        limits: &InputLimits,
        reporter: &dyn Reporter,
    ) -> Result<Self, InputError> {
        let private = Permissions::from_mode(0o700);
        // Without links on the way to it, so that every spelling of a path in it begins alike.
        let parent = std::env::temp_dir().canonicalize().map_err(InputError::Folder)?;
        let folder = tempfile::Builder::new().prefix("samstep-job-").permissions(private).tempdir_in(parent);
        let mut inputs = Self { folder: folder.map_err(InputError::Folder)?, artifacts: Vec::new() };
        for artifact in artifacts {
            let (input, bytes) = fetch_one(artifact, store, limits, inputs.folder.path()).await?;
            let (name, location) = (artifact.name.clone(), artifact.location.clone());
            reporter.report(Event::ArtifactFetched { name, location, bytes });
            inputs.artifacts.push(input);
        }
        Ok(inputs)
    }

    /// Finds a file that the configuration names. Without an artifact's name it is in the first one.
    pub fn find(&self, file: &ArtifactPath) -> Result<InputFile, InputError> {
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

    /// What the pipeline calls these files.
    pub fn words(&self) -> PipelineWords {
        PipelineWords::new(self.artifacts.iter().map(|input| (input.root.as_path(), input.name.as_str())))
    }

    fn unknown(&self, file: &ArtifactPath) -> InputError {
        let known: Vec<_> = self.artifacts.iter().map(|it| it.name.as_str()).collect();
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        InputError::Unknown { name: file.artifact.clone().unwrap_or_default(), known }
    }
}

/// Fetches and unpacks one artifact into a folder of its name in `folder`.
pub async fn unpack_artifact(
    artifact: &PipelineArtifact,
    store: &impl ArtifactStore,
    folder: &Path,
) -> Result<(), InputError> {
    fetch_one(artifact, store, &InputLimits::default(), folder).await.map(drop)
}

async fn fetch_one(
    artifact: &PipelineArtifact,
    store: &impl ArtifactStore,
    limits: &InputLimits,
    folder: &Path,
) -> Result<(Input, u64), InputError> {
    let name = artifact.name.clone();
    let object = folder.join(format!("{name}.object"));
    let (root, limits, key) = (folder.join(&name), *limits, artifact.location.key.clone());
    let fetched = async {
        let location = artifact.location.clone();
        let opened = tokio::fs::File::create_new(&object).await;
        let mut file = opened.map_err(|source| FetchError::Write { location: location.clone(), source })?;
        let bytes = store.fetch(&artifact.location, &mut file, limits.object).await?;
        let flushed = tokio::io::AsyncWriteExt::flush(&mut file).await;
        flushed.map_err(|source| FetchError::Write { location, source })?;
        Ok(bytes)
    };
    let bytes = fetched.await.map_err(|source| InputError::Fetch { name: name.clone(), source })?;
    let unpacked = tokio::task::spawn_blocking({
        let root = root.clone();
        move || unpack_object(&object, bytes, &root, &key, &limits)
    });
    let unpacked = unpacked.await.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()));
    match unpacked {
        Ok(format) => Ok((Input { name, root, bare: format == Format::Bare }, bytes)),
        Err(source) => Err(InputError::Unpack { name, source }),
    }
}

/// Makes the folder `root` of an object and deletes the object.
fn unpack_object(
    object: &Path,
    bytes: u64,
    root: &Path,
    key: &str,
    limits: &InputLimits,
) -> Result<Format, UnpackError> {
    let disk = |error| UnpackError::disk("the artifact's folder", error);
    fs::create_dir(root).map_err(disk)?;
    let mut file = File::open(object).map_err(disk)?;
    let format = Format::sniff(&mut file).map_err(disk)?;
    match format {
        Format::Zip => unpack::unzip(file, bytes, root, limits)?,
        Format::GzippedTar | Format::Tar => unpack::untar(file, bytes, root, format, limits)?,
        Format::Bare => fs::rename(object, root.join(tree::base_name(key))).map_err(disk)?,
        Format::Empty => return Err(UnpackError::NoBytes),
    }
    if format != Format::Bare {
        fs::remove_file(object).map_err(disk)?;
    }
    Ok(format)
}
