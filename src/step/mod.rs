//! One run of what the settings ask for.

mod cloud;
mod configurations;
mod places;

pub use cloud::{Cloud, Region};

use crate::event::{Event, Outcome, Reporter};
use crate::failure::{Explain, Failure, FailureKind};
use crate::interrupt::Interrupt;
use crate::output::{self, Staged};
use crate::package::{self, Manifest, Package, PackageOptions, Prepared, Stamp};
use crate::path_words::PathWords;
use crate::settings::{Output, PackageSettings, Target, TemplateSource, beside};
use crate::template::Template;
use places::Places;
use sha2::{Digest, Sha256};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Who asks for a run.
#[derive(Debug, Clone)]
pub enum Caller {
    /// A command line.
    CommandLine(CommandLine),
    /// A job, with the folder outside which it reads nothing.
    Job(PathBuf),
}

/// What a run has to know of the command that asked for it.
#[derive(Debug, Clone)]
pub struct CommandLine {
    /// The words for paths.
    pub words: PathWords,
    /// Whether the command names the template.
    pub names_template: bool,
}

impl Caller {
    fn root(&self) -> Option<&Path> {
        match self {
            Self::CommandLine(_) => None,
            Self::Job(root) => Some(root),
        }
    }

    fn names_template(&self) -> bool {
        match self {
            Self::CommandLine(command) => command.names_template,
            Self::Job(_) => true,
        }
    }
}

/// How a run ended well.
#[derive(Debug)]
pub enum Done {
    /// The template was packaged.
    Packaged(Packaged),
    /// Nothing was done; this is what would be uploaded.
    Previewed(Manifest),
}

/// What a run made.
#[derive(Debug)]
pub struct Packaged {
    /// For each target of the settings, what was made for it.
    pub targets: Vec<PackagedTarget>,
    /// Each artifact and where it went.
    pub manifest: Manifest,
    /// What to say of it.
    pub outcome: Outcome,
}

/// What was made for one target.
#[derive(Debug)]
pub struct PackagedTarget {
    /// The target.
    pub target: Target,
    /// The text of its packaged template.
    pub template: String,
    /// The text of the template configuration that goes beside it.
    pub configuration: Option<String>,
}

impl Done {
    fn in_words(self, words: &PathWords) -> Self {
        match self {
            Self::Packaged(packaged) => {
                Self::Packaged(Packaged { manifest: packaged.manifest.in_words(words), ..packaged })
            }
            Self::Previewed(manifest) => Self::Previewed(manifest.in_words(words)),
        }
    }
}

impl Packaged {
    fn new(settings: &PackageSettings, package: Package, configurations: Vec<Option<String>>) -> Self {
        let targets = settings.targets.iter().cloned().zip(package.templates).zip(configurations);
        let target = |((target, template), configuration)| PackagedTarget { target, template, configuration };
        Self { targets: targets.map(target).collect(), manifest: package.manifest, outcome: package.outcome }
    }
}

/// A run that cannot begin.
#[derive(Debug, thiserror::Error)]
enum StepError {
    /// The template comes through a pipe that broke.
    #[error("cannot read the template from standard input")]
    Input(#[source] std::io::Error),
    /// The folder of the template has no absolute path.
    #[error("cannot tell the folder of {}", .0.display())]
    Folder(PathBuf, #[source] std::io::Error),
    /// There is something to upload and no bucket.
    #[error("the template has local artifacts, and no bucket is named for them")]
    NoBucket,
    /// A template configuration cannot be read.
    #[error("the template configuration {} cannot be read", .0.display())]
    TemplateConfiguration(PathBuf, #[source] std::io::Error),
    /// A template configuration that is none of the job's files.
    #[error("the template configuration {} lies outside the input artifact", .0.display())]
    TemplateConfigurationOutside(PathBuf),
}

impl Explain for StepError {
    fn kind(&self) -> FailureKind {
        FailureKind::Usage
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::NoBucket => Some(
                "give --s3-bucket NAME, --s3-bucket auto in a pipeline's build, or --resolve-s3 for the managed bucket"
                    .to_owned(),
            ),
            Self::TemplateConfiguration(..) => {
                Some("a relative path starts at the current folder; NAME= alone is for no file".to_owned())
            }
            Self::TemplateConfigurationOutside(_) => Some("name a file of the input artifact".to_owned()),
            Self::Input(_) | Self::Folder(..) => None,
        }
    }
}

/// Packages, and writes the files that the settings name. Standard output is left to the host. What is done and the
/// manifest tell paths in the words of the command.
pub async fn package(
    settings: &PackageSettings,
    command: &CommandLine,
    cloud: &impl Cloud,
    reporter: &Arc<dyn Reporter>,
    interrupt: &Interrupt,
) -> Result<Done, Failure> {
    let caller = Caller::CommandLine(command.clone());
    let mut done = run(settings, &caller, cloud, reporter, interrupt).await?.in_words(&command.words);
    let (mut files, mut stale) = (Vec::new(), Vec::new());
    match &mut done {
        Done::Packaged(Packaged { targets, manifest, outcome }) => {
            files.extend(settings.manifest.clone().map(|path| (path, manifest.to_json())));
            for PackagedTarget { target, template, configuration } in targets {
                let Some(file) = file_of(target) else {
                    outcome.outputs.extend(template_outputs(target.name.as_deref(), template, Names::default()));
                    continue;
                };
                let names = Names {
                    template: Some(shown(file)),
                    configuration: configuration.as_ref().map(|_| shown(&beside(file))),
                };
                outcome.outputs.extend(template_outputs(target.name.as_deref(), template, names));
                files.push((file.clone(), template.clone()));
                match configuration {
                    Some(text) => files.push((beside(file), text.clone())),
                    // Of an earlier run: the next action would take it for the one of this template.
                    None if target.name.is_some() => stale.push(beside(file)),
                    None => {}
                }
            }
        }
        Done::Previewed(manifest) => files.extend(settings.manifest.clone().map(|path| (path, manifest.to_json()))),
    }
    write_all(&files, reporter)?;
    stale.iter().try_for_each(|path| remove(path, reporter))?;
    Ok(done)
}

/// All files or none, but for a disk that fails between two renames.
fn write_all(files: &[(PathBuf, String)], reporter: &Arc<dyn Reporter>) -> Result<(), Failure> {
    let staged = files.iter().map(|(path, text)| output::stage(path, text.as_bytes()));
    let staged: Vec<Staged> = staged.collect::<Result<_, _>>()?;
    for ((path, _), staged) in files.iter().zip(staged) {
        staged.put()?;
        reporter.report(Event::FileWritten { path: path.clone() });
    }
    Ok(())
}

fn file_of(target: &Target) -> Option<&PathBuf> {
    match &target.output {
        Output::File(path) => Some(path),
        Output::Stdout => None,
    }
}

fn remove(path: &Path, reporter: &Arc<dyn Reporter>) -> Result<(), Failure> {
    if output::remove_file(path)? {
        reporter.report(Event::FileRemoved { path: path.to_path_buf() });
    }
    Ok(())
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

/// The names of the files that were made for a target.
#[derive(Debug, Clone, Default)]
pub struct Names {
    /// The packaged template's.
    pub template: Option<String>,
    /// The template configuration's.
    pub configuration: Option<String>,
}

/// What a later step wants to know of a packaged template: its digest and its files. Of a named target under its name.
pub fn template_outputs(target: Option<&str>, template: &str, names: Names) -> Vec<(String, String)> {
    let digest: String = Sha256::digest(template).iter().map(|byte| format!("{byte:02x}")).collect();
    let suffix = target.map(|name| format!("_{name}")).unwrap_or_default();
    let outputs = [
        ("TemplateSha256", Some(digest)),
        ("TemplateFile", names.template),
        ("TemplateConfiguration", names.configuration),
    ];
    outputs.into_iter().filter_map(|(name, value)| Some((format!("{name}{suffix}"), value?))).collect()
}

/// Packages for a caller, and writes no file.
pub async fn run(
    settings: &PackageSettings,
    caller: &Caller,
    cloud: &impl Cloud,
    reporter: &Arc<dyn Reporter>,
    interrupt: &Interrupt,
) -> Result<Done, Failure> {
    let read = {
        let (settings, caller, reporter) = (settings.clone(), caller.clone(), Arc::clone(reporter));
        move || prepare(&settings, &caller, reporter.as_ref())
    };
    let (prepared, configurations) = tokio::select! {
        read = tokio::task::spawn_blocking(read) => read.map_err(panicked)??,
        failure = interrupt.wait() => return Err(failure),
    };
    let places = Places::of(settings, &prepared, cloud).await?;
    if settings.dry_run {
        return Ok(Done::Previewed(prepared.preview(&places.destinations, reporter.as_ref())?));
    }
    if !prepared.uploads_something() {
        return Ok(Done::Packaged(Packaged::new(
            settings,
            prepared.without_upload(&places.destinations, reporter.as_ref())?,
            configurations,
        )));
    }
    let buckets = places.buckets(&settings.objects);
    let package = prepared.upload(&places.destinations, &buckets, reporter.as_ref(), interrupt).await?;
    Ok(Done::Packaged(Packaged::new(settings, package, configurations)))
}

/// Reads all that is to be read: the template, its artifacts, and the template configuration of each target.
fn prepare(
    settings: &PackageSettings,
    caller: &Caller,
    reporter: &dyn Reporter,
) -> Result<(Prepared, Vec<Option<String>>), Failure> {
    let (template, folder) = load(&settings.template)?;
    let configurations = configurations::of(&settings.targets, &template, caller.root(), reporter)?;
    Ok((package::prepare(template, &folder, options(settings, caller), reporter)?, configurations))
}

fn panicked(error: tokio::task::JoinError) -> Failure {
    Failure::new(FailureKind::Internal, format!("reading the artifacts stopped: {error}"))
}

/// Reads the template once, and tells against which folder its paths are resolved.
fn load(source: &TemplateSource) -> Result<(Template, PathBuf), Failure> {
    let current = |path: &Path| std::env::current_dir().map_err(|error| StepError::Folder(path.to_path_buf(), error));
    match source {
        TemplateSource::Path(path) => {
            let folder = package::folder_of(path).map_err(|error| StepError::Folder(path.clone(), error))?;
            Ok((Template::load(path)?, folder))
        }
        TemplateSource::Stream(path) => Ok((Template::load(path)?, current(path)?)),
        TemplateSource::Stdin => {
            let mut bytes = Vec::new();
            std::io::stdin().lock().read_to_end(&mut bytes).map_err(StepError::Input)?;
            let path = PathBuf::from("<stdin>");
            let folder = current(&path)?;
            Ok((Template::parse(path, bytes)?, folder))
        }
    }
}

fn options(settings: &PackageSettings, caller: &Caller) -> PackageOptions {
    let written = settings.written();
    PackageOptions {
        digest: settings.digest,
        symlinks: settings.symlinks,
        excluded: written.iter().filter_map(|path| std::path::absolute(path).ok()).collect(),
        root: caller.root().map(Path::to_path_buf),
        tells_template: !caller.names_template(),
        force_upload: settings.force_upload,
        use_json: settings.use_json,
        stamp: if settings.sam_resource_id { Stamp::SamResourceId } else { Stamp::Nothing },
        with_sha256: settings.manifest.is_some() || caller.root().is_some(),
    }
}
