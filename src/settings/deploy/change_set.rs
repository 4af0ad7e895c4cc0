//! What a new change set is made of, beside its template.

use super::pairs::{self, Layers};
use super::provenance;
use crate::cli::DeployArguments;
use crate::deploy::{NewChangeSet, RollbackTriggers, TemplateFacts, UnknownParameters, UnsetParameters};
use crate::facts::{Environment, Failure, FailureKind, Warning};
use crate::settings::source::{Source, Sources};
use crate::template_configuration::TemplateConfiguration;

/// Where the values of a change set come from.
pub struct ChangeSetInputs<'a> {
    pub arguments: &'a DeployArguments,
    pub source: &'a Source<'a>,
    pub sources: &'a Sources,
    pub environment: &'a Environment,
}

impl ChangeSetInputs<'_> {
    /// The template configuration, if a change set is created and one is named.
    pub fn configuration(&self) -> Result<Option<TemplateConfiguration>, Failure> {
        let execution = &self.arguments.execution;
        let named = self.arguments.change_set.template_configuration.as_ref();
        let Some(path) = named.filter(|_| execution.execute.is_none() && execution.follow.is_none()) else {
            return Ok(None);
        };
        let path = self.source.input_file(path)?;
        let bytes = TemplateConfiguration::read(&path).map_err(|error| {
            let message = format!("the template configuration {} cannot be read", path.display());
            Failure::new(FailureKind::Usage, message).because(&error)
        })?;
        TemplateConfiguration::parse(&path, &bytes).map(Some)
    }

    /// The change set, without its template, and warnings about its values.
    pub fn change_set(
        &self,
        configuration: Option<&TemplateConfiguration>,
    ) -> Result<(NewChangeSet, Vec<Warning>), Failure> {
        let arguments = &self.arguments.change_set;
        let layers = Layers {
            samconfig: &self.sources.samconfig.own_deploy_values(self.source.root())?,
            configuration,
            given: &self.sources.given,
            source: self.source,
        };
        let unset = match arguments.use_template_defaults {
            true => UnsetParameters::UseDefault,
            false => UnsetParameters::KeepPrevious,
        };
        let overrides: Vec<&str> = arguments.parameter_overrides.iter().map(|word| word.expose()).collect();
        let tags: Vec<&str> = arguments.tags.iter().map(String::as_str).collect();
        let (tags, parameters) = (layers.tags(&tags)?, layers.parameters(&overrides)?);
        let warnings = tags.warnings.iter().chain(&parameters.warnings).cloned().collect();
        let tags = tags.into_texts();
        let change_set = NewChangeSet {
            template: TemplateFacts::default(),
            parameters: pairs::given(parameters, unset)?,
            unknown_parameters: match arguments.strict_parameters {
                true => UnknownParameters::Refuse,
                false => UnknownParameters::Warn,
            },
            unset_parameters: unset,
            // An empty list would clear what the stack has.
            tags: (!tags.is_empty()).then_some(tags),
            origin: Default::default(),
            capabilities: words(&arguments.capabilities),
            topics: words(&arguments.notification_arns),
            triggers: self.triggers(),
            description: Some(provenance::describe(self.environment)),
            name: arguments.change_set_name.clone(),
            includes_nested: !arguments.no_include_nested_stacks,
            imports_existing: arguments.import_existing_resources,
            reverts_drift: arguments.revert_drift,
        };
        Ok((change_set, warnings))
    }

    fn triggers(&self) -> Option<RollbackTriggers> {
        let arguments = &self.arguments.change_set;
        let alarms = words(&arguments.rollback_alarm);
        (alarms.is_some() || arguments.monitoring_minutes.is_some())
            .then(|| RollbackTriggers { alarms: alarms.unwrap_or_default(), minutes: arguments.monitoring_minutes })
    }
}

/// The words of texts with spaces between, each once. `None` if there is no word.
fn words(texts: &[String]) -> Option<Vec<String>> {
    let mut words: Vec<String> = Vec::new();
    for word in texts.iter().flat_map(|text| text.split_whitespace()) {
        if !words.iter().any(|other| other == word) {
            words.push(word.to_owned());
        }
    }
    (!words.is_empty()).then_some(words)
}
