//! The output artifact: a zip with the packaged template first, then what goes with it.

use super::PipelineArtifact;
use super::artifact_path::ArtifactPath;
use super::configuration::{MANIFEST_FILE, OUTPUTS_FILE};
use super::input::{InputError, InputFile, Inputs};
use super::store::{ArtifactStore, JOB_SESSION};
use crate::event::{Event, Reporter};
use crate::failure::{Explain, Failure, FailureKind};
use crate::package::{Overwrite, zip_in_memory};
use crate::service_error::{Reason, ServiceError};
use crate::template::Template;
use crate::template_configuration::{TemplateConfiguration, TemplateParameters};
use bytes::Bytes;
use std::collections::BTreeMap;

/// The largest template that CloudFormation takes from an artifact, in bytes.
const TEMPLATE_LIMIT: usize = 1 << 20;

/// Why there is no output artifact.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// A template configuration is not in its input artifact.
    #[error(transparent)]
    Input(#[from] InputError),
    /// A template configuration cannot be read.
    #[error("cannot read the template configuration {0}")]
    Read(ArtifactPath, #[source] std::io::Error),
    /// CloudFormation would refuse the packaged template.
    #[error("the packaged template has {0} bytes; CloudFormation takes {TEMPLATE_LIMIT} from a pipeline")]
    TemplateTooLarge(usize),
    /// The object could not be written.
    #[error("cannot store the output artifact {name}")]
    Store {
        /// The artifact's name in the pipeline.
        name: String,
        /// Why not.
        source: ServiceError,
    },
}

impl Explain for OutputError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::Input(error) => error.kind(),
            Self::Read(..) => FailureKind::Usage,
            Self::TemplateTooLarge(_) => FailureKind::Failed,
            Self::Store { source, .. } => source.kind(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Input(error) => error.hint(),
            Self::Read(..) => None,
            Self::TemplateTooLarge(_) => Some("split the template into nested stacks".to_owned()),
            Self::Store { source, .. } if source.reason == Reason::AccessDenied => Some(
                "the job's credentials come from the pipeline's role: that role needs the artifact bucket and its key"
                    .to_owned(),
            ),
            Self::Store { source, .. } if source.reason == Reason::ExpiredCredentials => Some(JOB_SESSION.to_owned()),
            Self::Store { source, .. } => source.hint(),
        }
    }
}

/// What the step made, as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// The packaged templates, with their names.
    pub templates: Vec<(String, String)>,
    /// The manifest, as JSON.
    pub manifest: String,
    /// Named values for the next actions.
    pub outputs: BTreeMap<String, String>,
}

/// A file of the output artifact.
pub type OutputFile = (String, Vec<u8>);

/// Reads the template configurations and checks that the next action will take them with the template. The failure
/// tells of all of them.
pub fn read_configurations(
    paths: &[ArtifactPath],
    template: &InputFile,
    inputs: &Inputs,
    reporter: &dyn Reporter,
) -> Result<Vec<OutputFile>, Failure> {
    if paths.is_empty() {
        return Ok(Vec::new());
    }
    let parameters = TemplateParameters::of(&Template::load(&template.path)?);
    let (mut files, mut failures) = (Vec::new(), Vec::new());
    for path in paths {
        match read_configuration(path, &parameters, inputs, reporter) {
            Ok(bytes) => files.push((path.path.clone(), bytes)),
            Err(failure) => failures.push(failure),
        }
    }
    Failure::all(failures).map_or(Ok(files), Err)
}

fn read_configuration(
    path: &ArtifactPath,
    parameters: &TemplateParameters,
    inputs: &Inputs,
    reporter: &dyn Reporter,
) -> Result<Vec<u8>, Failure> {
    let found = inputs.find(path)?;
    let bytes = TemplateConfiguration::read(&found.path).map_err(|error| OutputError::Read(path.clone(), error))?;
    let shown = inputs.words().path(&found.path);
    let checked = TemplateConfiguration::parse(&shown, &bytes)?.check(parameters);
    checked.warnings.into_iter().for_each(|warning| reporter.report(Event::Warning(warning)));
    let failures = checked.problems.into_iter().map(Failure::from).collect();
    Failure::all(failures).map_or(Ok(bytes), Err)
}

/// The bytes of the output artifact. A template comes first, since some consumers read nothing else.
pub fn assemble(made: Made, configurations: Vec<OutputFile>) -> Result<Vec<u8>, OutputError> {
    if let Some((_, template)) = made.templates.iter().find(|(_, template)| template.len() > TEMPLATE_LIMIT) {
        return Err(OutputError::TemplateTooLarge(template.len()));
    }
    let outputs = serde_json::to_string_pretty(&made.outputs).expect("a map of texts is JSON");
    let mut files: Vec<OutputFile> =
        made.templates.into_iter().map(|(name, template)| (name, template.into_bytes())).collect();
    files.push((OUTPUTS_FILE.to_owned(), format!("{outputs}\n").into_bytes()));
    files.push((MANIFEST_FILE.to_owned(), made.manifest.into_bytes()));
    files.extend(configurations);
    Ok(zip_in_memory(&files))
}

/// Writes the output artifact to the place that the job names, and tells its size in bytes.
pub async fn store(artifact: &PipelineArtifact, zip: Vec<u8>, store: &impl ArtifactStore) -> Result<u64, OutputError> {
    let bytes = zip.len() as u64;
    let put = store.put(&artifact.location, Bytes::from(zip), Overwrite::Always).await;
    put.map_err(|source| OutputError::Store { name: artifact.name.clone(), source })?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::{Made, assemble};

    fn made(template: String) -> Made {
        let templates = vec![("packaged.yaml".to_owned(), template)];
        Made { templates, manifest: "{}\n".to_owned(), outputs: [("Bucket".to_owned(), "b".to_owned())].into() }
    }

    #[test]
    fn the_template_is_the_first_entry() {
        let configurations = vec![("config/prod.json".to_owned(), b"{}".to_vec())];
        let zip = assemble(made("A: 1\n".to_owned()), configurations).unwrap();
        let mut archive = zip::ZipArchive::new(std::io::Cursor::new(zip)).unwrap();
        let names: Vec<_> =
            (0..archive.len()).map(|index| archive.by_index(index).unwrap().name().unwrap().into_owned()).collect();
        assert_eq!(names, ["packaged.yaml", "step-outputs.json", "manifest.json", "config/prod.json"]);
        let outputs = std::io::read_to_string(archive.by_index(1).unwrap()).unwrap();
        assert_eq!(outputs, "{\n  \"Bucket\": \"b\"\n}\n");
    }

    #[test]
    fn a_template_that_cloudformation_would_refuse_is_not_stored() {
        assert!(assemble(made("x".repeat(1 << 20)), Vec::new()).is_ok());
        let error = assemble(made("x".repeat((1 << 20) + 1)), Vec::new()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the packaged template has 1048577 bytes; CloudFormation takes 1048576 from a pipeline"
        );
    }
}
