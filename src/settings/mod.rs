//! Settings: typed arguments, variables and samconfig → values that cannot be wrong.

mod aws;
mod bucket;
mod bucket_advice;
mod configuration_source;
mod deploy;
mod doctor;
mod effective;
mod failure;
mod kept;
mod metadata;
mod missing_template;
mod package;
mod paths;
mod publish;
mod samconfig;
mod source;
mod stdout;
mod targets;
mod template;
mod template_configurations;
#[cfg(test)]
mod tests;
mod written;

pub use crate::cli::DEFAULT_TEMPLATES;
pub use aws::{AwsSettings, Encryption, ObjectSettings, UploadScope};
pub use bucket::{AUTO, BucketChoice};
pub use configuration_source::{ConfigurationSource, beside};
pub use deploy::{ApplicationSettings, DeploySettings};
pub use doctor::DoctorSettings;
pub use effective::effective;
pub use package::{HandedOn, PackageSettings, Resolved};
pub use publish::PublishSettings;
pub use source::{ActionSource, ActionTemplate, Line, Source};
pub use stdout::check_is_read;
pub use targets::{Target, named_after};
pub use template::TemplateSource;
pub use written::{Output, WrittenFile};
