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
/// `TemplateConfiguration`: template configurations to hand on, or the one of a stack.
pub const TEMPLATE_CONFIGURATION: &str = "TemplateConfiguration";

/// `StackName`: the stack to create or to update.
pub const STACK_NAME: &str = "StackName";
/// `ActionMode`: what is done to the stack.
pub const ACTION_MODE: &str = "ActionMode";
/// `ParameterOverrides`: values of parameters, as JSON.
pub const PARAMETER_OVERRIDES: &str = "ParameterOverrides";
/// `Capabilities`: what the template may do.
pub const CAPABILITIES: &str = "Capabilities";
/// `RoleArn`: the role of CloudFormation.
pub const ROLE_ARN: &str = "RoleArn";
/// `ChangeSetName`: the change set of the modes about change sets.
pub const CHANGE_SET_NAME: &str = "ChangeSetName";
/// `OutputFileName`: the file with the outputs of the stack in the output artifact.
pub const OUTPUT_FILE_NAME: &str = "OutputFileName";

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

/// The workers that take an action.
const POOL: Property = Property {
    reader: Reader::Workers,
    required: true,
    ..of_job("Pool", "Workers that take this action: the --pool of theirs (at most 20 letters, digits, _ and -)")
};

/// The properties of `package`. CodePipeline allows ten rows; a flag without one is set in `Options`.
pub const PACKAGE_PROPERTIES: [Property; 10] = [
    POOL,
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

/// The properties of `deploy`, as CodePipeline's own action of CloudFormation has them. `ChangeSetName`, `OutputFileName`
/// and every flag without a row are set in `Options`.
pub const DEPLOY_PROPERTIES: [Property; 10] = [
    POOL,
    Property { required: true, ..of_job(OPERATION, "What to do: deploy") },
    of_job(ACTION_MODE, "CREATE_UPDATE (the default), REPLACE_ON_FAILURE, CHANGE_SET_REPLACE or CHANGE_SET_EXECUTE"),
    of_step(STACK_NAME, "Stack to create or to update; the worker must allow it"),
    of_job(TEMPLATE_PATH, "Template, packaged or not, as Artifact::path or as a path in the first input artifact"),
    of_job(TEMPLATE_CONFIGURATION, "File with Parameters, Tags and StackPolicy, as Artifact::path"),
    of_job(
        PARAMETER_OVERRIDES,
        "Values of parameters as a JSON object; Fn::GetParam and Fn::GetArtifactAtt are resolved",
    ),
    of_step(CAPABILITIES, "What the template may do, with commas between, such as CAPABILITY_IAM"),
    of_step(ROLE_ARN, "Role with which CloudFormation changes the stack; the worker must allow it"),
    of_job(OPTIONS, r#"Any other option of samstep deploy as a JSON object, such as {"RefuseDelete": true}"#),
];

/// The properties of `publish`. Whom an application is shared with, and every flag without a row, are set in `Options`.
pub const PUBLISH_PROPERTIES: [Property; 10] = [
    POOL,
    Property { required: true, ..of_job(OPERATION, "What to do: publish") },
    Property {
        required: true,
        ..of_job(TEMPLATE_PATH, "Template, packaged or not, as Artifact::path or as a path in the first input artifact")
    },
    of_step("SemanticVersion", "Version to publish; default: the one in the metadata of the template"),
    of_step("ApplicationId", "ARN of the application, which must exist; default: the one that the metadata names"),
    of_step(S3_BUCKET, "Bucket for the code of a template that is not packaged; default: the host's"),
    of_step(S3_PREFIX, "Folder for the packaged code in that bucket, such as my-app"),
    of_step("AssumeRoleArn", "Role to assume for the publication; the worker must allow it"),
    Property { secret: true, ..of_step("ExternalId", "External id that this role asks for") },
    of_job(OPTIONS, r#"Any other option of samstep publish as a JSON object, such as {"Share": "111122223333"}"#),
];
