//! What a samconfig says of `sam deploy` → a template configuration that is written.

use super::check::is_clear_secret;
use super::syntax::{self, unquoted};
use super::{Places, TemplateConfiguration, TemplateConfigurationError, TemplateParameters};
use crate::facts::{Place, Warning, WarningKind};
use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

/// The key of a samconfig under which parameters are given values, secrets among them.
pub const PARAMETER_OVERRIDES: &str = "parameter_overrides";
/// The key of a samconfig under which tags are given.
pub const TAGS: &str = "tags";

/// What an environment of a samconfig says of `deploy`, in its order: of two values for one name the later holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeployValues {
    /// `parameter_overrides`, with the files that it refers to.
    pub parameter_overrides: Vec<DeployValue>,
    /// `tags`.
    pub tags: Vec<DeployValue>,
}

/// A value, and where it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeployValue {
    /// The value.
    pub spelling: Spelling,
    /// The file in which it is written.
    pub file: PathBuf,
    /// Where in the file, when that is known.
    pub place: Option<Place>,
}

/// How a value is written.
#[derive(Clone, PartialEq, Eq)]
pub enum Spelling {
    /// A text of pairs in the syntax of sam.
    Text(String),
    /// An entry of a table.
    Entry(String, String),
    /// An entry of a table that is a list.
    List(String, Vec<String>),
}

/// A value may be a secret: names alone.
impl fmt::Debug for Spelling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(_) => f.write_str("Text(****)"),
            Self::Entry(name, _) => write!(f, "Entry({name}, ****)"),
            Self::List(name, _) => write!(f, "List({name}, ****)"),
        }
    }
}

/// A template configuration that can be written.
#[derive(Debug, Clone, PartialEq)]
pub struct Generated {
    /// The template configuration, without the values of secrets.
    pub configuration: TemplateConfiguration,
    /// What is not in it.
    pub warnings: Vec<Warning>,
}

impl TemplateConfiguration {
    /// Makes one of what a samconfig says of `deploy`, for the template with these parameters. Errors are all that is
    /// wrong. The value of a `NoEcho` parameter is left out unless it is a dynamic reference.
    pub fn from_deploy(
        values: &DeployValues,
        parameters: &TemplateParameters,
    ) -> Result<Generated, Vec<TemplateConfigurationError>> {
        let overrides = Section { key: PARAMETER_OVERRIDES, read: syntax::overrides, hides_lines: true };
        let tags = Section { key: TAGS, read: syntax::tags, hides_lines: false };
        let mut problems = Vec::new();
        let (parameters_given, of_parameters, parameter_files) =
            overrides.texts(&values.parameter_overrides, &mut problems);
        let (tags, of_tags, tag_files) = tags.texts(&values.tags, &mut problems);
        let places =
            Places { parameters: of_parameters, tags: of_tags, stack_policy: None, parameter_files, tag_files };
        let mut configuration = Self { parameters: parameters_given, tags, stack_policy: None, places };
        problems.extend(configuration.check(parameters).problems);
        if !problems.is_empty() {
            return Err(problems);
        }
        let warnings = configuration.leave_out_secrets(parameters);
        Ok(Generated { configuration, warnings })
    }

    fn leave_out_secrets(&mut self, parameters: &TemplateParameters) -> Vec<Warning> {
        let secrets = self.parameters.extract_if(.., |name, value| is_clear_secret(name, value, parameters));
        let Places { parameters: places, parameter_files: files, .. } = &mut self.places;
        let warning = |(parameter, _): (String, String)| {
            let file = files.remove(&parameter).expect("every value comes from a file");
            let place = places.remove(&parameter);
            let name = format!("value of {parameter}");
            Warning::new(name, WarningKind::SecretLeftOut { parameter, file }).with_place(place)
        };
        secrets.map(warning).collect()
    }
}

/// How one of the keys is read.
struct Section {
    key: &'static str,
    read: fn(&str) -> Result<Vec<syntax::Pair>, String>,
    /// Whether the line of a value may hold a secret.
    hides_lines: bool,
}

impl Section {
    fn texts(
        &self,
        values: &[DeployValue],
        problems: &mut Vec<TemplateConfigurationError>,
    ) -> (BTreeMap<String, String>, BTreeMap<String, Place>, BTreeMap<String, PathBuf>) {
        let (mut texts, mut places, mut files) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        for value in values {
            let place = value.place.clone().map(|place| if self.hides_lines { place.without_line() } else { place });
            match self.pairs(&value.spelling) {
                Ok(pairs) => {
                    for (name, text) in pairs {
                        // Of an earlier value, the place holds no longer.
                        places.remove(&name);
                        places.extend(place.clone().map(|place| (name.clone(), place)));
                        files.insert(name.clone(), value.file.clone());
                        texts.insert(name, text);
                    }
                }
                Err((problem, advice)) => {
                    let key = match place {
                        Some(_) => self.key.to_owned(),
                        None => format!("{} of {}", self.key, value.file.display()),
                    };
                    problems.push(TemplateConfigurationError::Deploy { key, problem, advice, place });
                }
            }
        }
        (texts, places, files)
    }

    fn pairs(&self, spelling: &Spelling) -> Result<Vec<syntax::Pair>, (String, &'static str)> {
        match spelling {
            Spelling::Text(text) => (self.read)(text).map_err(|problem| (problem, OF_TEXT)),
            Spelling::Entry(name, text) => match unquoted(text) == *text {
                true => Ok(vec![(name.clone(), text.clone())]),
                false => Err((format!("sam takes quotes or backslashes out of the value of {name}"), OF_ENTRY)),
            },
            Spelling::List(name, items) => {
                let items: Vec<_> = items.iter().map(|item| item.trim()).filter(|item| !item.is_empty()).collect();
                match items.iter().any(|item| item.contains(',')) {
                    false => Ok(vec![(name.clone(), items.join(","))]),
                    true => Err((format!("an item of the list {name} has a comma in it"), OF_LIST)),
                }
            }
        }
    }
}

const OF_TEXT: &str = r#"write a value with spaces or quotes as Name="two \"words\"", or all values as a table"#;
const OF_ENTRY: &str = "leave them out, or write a template configuration in a file of its own";
const OF_LIST: &str = "CloudFormation would split it there, and takes no escape";
