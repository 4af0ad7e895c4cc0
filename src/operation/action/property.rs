//! The properties that a pipeline's author sets in an action.

use super::names::{OPERATION, OPTIONS};

/// `TemplatePath`: the template in an input artifact.
pub const TEMPLATE_PATH: &str = "TemplatePath";
/// `S3Bucket`: the bucket for code.
pub const S3_BUCKET: &str = "S3Bucket";
/// `S3Prefix`: the folder in it.
pub const S3_PREFIX: &str = "S3Prefix";
/// `OutputTemplateFile`: the packaged template in the output artifact.
pub const OUTPUT_TEMPLATE_FILE: &str = "OutputTemplateFile";
/// `TemplateConfiguration`: template configurations to hand on.
pub const TEMPLATE_CONFIGURATION: &str = "TemplateConfiguration";

/// One property of the action's configuration. Values are text on the wire, 1 to 1,000 characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Property {
    /// 1 to 50 characters.
    pub name: &'static str,
    pub reader: Reader,
    /// Whether an action of this type must set it.
    pub required: bool,
    /// Whether CodePipeline shows asterisks in place of its value.
    pub secret: bool,
    /// 1 to 160 characters.
    pub description: &'static str,
}

impl Property {
    /// Whether workers can poll for actions by its value.
    pub fn is_queryable(&self) -> bool {
        self.reader == Reader::Workers
    }
}

/// Who reads a property.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// The workers, to take only some actions. CodePipeline allows one queryable property: it must be required and not
    /// secret, every poll must name it, and it has at most 20 letters, digits, `_` and `-`.
    Workers,
    /// The action: it has a meaning of its own there.
    Job,
    /// The operation, as the flag of this name.
    Step,
}

const fn of_job(name: &'static str, description: &'static str) -> Property {
    Property { name, reader: Reader::Job, required: false, secret: false, description }
}

const fn of_step(name: &'static str, description: &'static str) -> Property {
    Property { reader: Reader::Step, ..of_job(name, description) }
}

/// The properties of `package`. CodePipeline allows ten rows; a flag without one is set in `Options`.
pub const PACKAGE_PROPERTIES: [Property; 10] = [
    Property {
        reader: Reader::Workers,
        required: true,
        ..of_job("Pool", "Workers that take this action: the --pool of theirs (at most 20 letters, digits, _ and -)")
    },
    of_job(OPERATION, "What to do: package (the default)"),
    Property {
        required: true,
        ..of_job(TEMPLATE_PATH, "Template to package, as Artifact::path or as a path in the first input artifact")
    },
    of_step(S3_BUCKET, "Bucket for the packaged code; default: the host's, else the pipeline's artifact bucket"),
    of_step(S3_PREFIX, "Folder for the packaged code in that bucket, such as my-app"),
    of_job(
        OUTPUT_TEMPLATE_FILE,
        "Name of the packaged template in the output artifact; default: packaged.yaml or .json",
    ),
    of_job(TEMPLATE_CONFIGURATION, "Template configurations to hand on, as Artifact::path, with commas between"),
    of_step("AssumeRoleArn", "Role to assume for the upload of code; the worker must allow it"),
    Property { secret: true, ..of_step("ExternalId", "External id that this role asks for") },
    of_job(OPTIONS, r#"Any other option of samstep package as a JSON object, such as {"KmsKeyId": "alias/code"}"#),
];
