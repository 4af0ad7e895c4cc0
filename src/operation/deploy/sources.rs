//! The template that is deployed, with its nested templates and artifacts, as they were read.

use crate::deploy::{Lines, TemplateFacts};
use crate::facts::Failure;
use crate::operation::{World, package};
use crate::package::{Prepared, RootTemplate};
use crate::settings::PackageSettings;
use crate::template::Template;
use crate::template_configuration::TemplateParameters;
use std::sync::Arc;

/// Everything that was read for a change set.
pub struct Sources {
    pub prepared: Prepared,
    parameters: TemplateParameters,
}

impl Sources {
    /// Reads the template and all that it refers to.
    pub async fn read<C>(settings: &PackageSettings, world: &World<'_, C>) -> Result<Self, Failure> {
        let has_bucket = settings.targets.iter().any(|target| target.bucket.is_some());
        let root_template = if has_bucket { RootTemplate::InBucket } else { RootTemplate::InRequest };
        let (prepared, _) = package::prepare(settings, root_template, world).await?;
        let parameters = TemplateParameters::of(prepared.template());
        Ok(Self { prepared, parameters })
    }

    pub fn facts(&self) -> TemplateFacts {
        TemplateFacts::read(self.prepared.template())
    }

    /// The templates of nested stacks that are local files, by the logical ids down to them.
    pub fn nested(&self) -> Vec<(Vec<String>, Arc<Template>)> {
        self.prepared.nested_templates()
    }

    pub fn lines<'t>(&'t self, nested: &'t [(Vec<String>, Arc<Template>)]) -> Lines<'t> {
        Lines { root: self.prepared.template(), nested }
    }

    pub fn parameters(&self) -> &TemplateParameters {
        &self.parameters
    }
}
