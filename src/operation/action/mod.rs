//! Pipeline actions: the properties that an author sets, read and checked, become an operation.
//!
//! Properties are the flags of the command line in PascalCase. A few have a meaning of their own here, because an action
//! has artifacts in place of folders; some belong to the host alone.

mod action_mode;
mod allowed;
mod artifact_path;
mod code_place;
mod context;
mod deploy;
mod job_role;
mod names;
mod overrides;
mod package;
mod properties;
mod property;
mod publish;
mod request;

pub use artifact_path::ArtifactPath;
pub use context::{Action, ActionHost, InputFile, InputFiles};
pub use deploy::DeployRequest;
pub use names::{APPLICATION_ID, OPERATION, OPTIONS, OUTPUTS_FILE};
pub use package::PackageRequest;
pub use properties::{all_properties, options_of};
#[cfg(test)]
pub use property::Reader;
pub use property::{DEPLOY_PROPERTIES, PACKAGE_PROPERTIES, PUBLISH_PROPERTIES, Property};
pub use publish::PublishRequest;
pub use request::Request;
