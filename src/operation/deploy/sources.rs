//! The template that is deployed, with its nested templates and artifacts, as they were read.

use super::written;
use crate::deploy::{Lines, TemplateFacts};
use crate::facts::Failure;
use crate::operation::{World, package};
use crate::package::{Prepared, RootTemplate, Written};
use crate::settings::{PackageSettings, TemplateSource};
use crate::template::Template;
use crate::template_configuration::TemplateParameters;
use std::sync::Arc;

/// Everything that was read for a change set.
pub struct Sources {
    pub prepared: Prepared,
    /// What a packaged template was made of, if that is known.
    written: Option<Written>,
    parameters: TemplateParameters,
}

impl Sources {
    /// Reads the template and all that it refers to.
    pub async fn read<C>(settings: &PackageSettings, world: &World<'_, C>) -> Result<Self, Failure> {
        let has_bucket = settings.targets.iter().any(|target| target.bucket.is_some());
        let root_template = if has_bucket { RootTemplate::InBucket } else { RootTemplate::InRequest };
        let (prepared, _) = package::prepare(settings, root_template, world).await?;
        let parameters = TemplateParameters::of(prepared.template());
        Ok(Self { written: written(settings, prepared.template()), prepared, parameters })
    }

    pub fn facts(&self) -> TemplateFacts {
        TemplateFacts::read(self.prepared.template())
    }

    /// The templates of nested stacks that the user wrote, by the logical ids down to them.
    pub fn nested(&self) -> Vec<(Vec<String>, Arc<Template>)> {
        match &self.written {
            Some((_, nested)) => nested.clone(),
            None => self.prepared.nested_templates(),
        }
    }

    pub fn lines<'t>(&'t self, nested: &'t [(Vec<String>, Arc<Template>)]) -> Lines<'t> {
        let root = self.written.as_ref().map_or(self.prepared.template(), |(root, _)| root);
        Lines { root, nested }
    }

    pub fn parameters(&self) -> &TemplateParameters {
        &self.parameters
    }
}

/// What a packaged template was made of. In a job, a manifest leads nowhere: the templates are on another machine.
fn written(settings: &PackageSettings, template: &Template) -> Option<Written> {
    let is_file = matches!(settings.template, TemplateSource::Path(_));
    (is_file && settings.root.is_none()).then(|| written::read(template))?
}
