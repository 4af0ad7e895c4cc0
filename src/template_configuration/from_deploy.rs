//! The settings of `sam deploy` in a samconfig → a template configuration.

use super::check::is_clear_secret;
use super::configuration::{PARAMETER_OVERRIDES, Places, TAGS, TemplateConfiguration};
use super::merged::Merged;
use super::parameters::TemplateParameters;
use super::problem;
use super::syntax::{self, Override, PairProblem, repeated, unquoted};
use crate::facts::{Failure, Place, Warning, WarningKind};
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

/// The settings of `deploy` in an environment of a samconfig, in order: of two values for one name the later counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeployValues {
    /// With those in the files that `parameter_overrides` refers to.
    pub parameter_overrides: Vec<DeployValue>,
    pub tags: Vec<DeployValue>,
    /// The files that `parameter_overrides` refers to.
    pub files: Vec<PathBuf>,
}

/// A value, and where it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeployValue {
    pub spelling: Spelling,
    pub file: PathBuf,
    /// `None` if not known.
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
    /// A name and a value that counts as it is.
    Exact(String, String),
    /// The name of a parameter that keeps the value of the stack.
    Previous(String),
}

/// Shows names only: a value may be a secret.
impl fmt::Debug for Spelling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(_) => f.write_str("Text(****)"),
            Self::Entry(name, _) => write!(f, "Entry({name}, ****)"),
            Self::List(name, _) => write!(f, "List({name}, ****)"),
            Self::Exact(name, _) => write!(f, "Exact({name}, ****)"),
            Self::Previous(name) => write!(f, "Previous({name})"),
        }
    }
}

/// A template configuration that was made from a samconfig.
#[derive(Debug, Clone, PartialEq)]
pub struct Generated {
    /// Without the values of secrets.
    pub configuration: TemplateConfiguration,
    /// Names with different values, and the values that were left out.
    pub warnings: Vec<Warning>,
}

impl TemplateConfiguration {
    /// Makes one for a template with these parameters. The failure lists all problems. The value of a `NoEcho` parameter
    /// is left out unless it is a dynamic reference.
    pub fn from_deploy(values: &DeployValues, parameters: &TemplateParameters) -> Result<Generated, Failure> {
        let mut problems = Vec::new();
        let mut overrides = OVERRIDES.texts(&values.parameter_overrides, &mut problems);
        let tags = OF_TAGS.texts(&values.tags, &mut problems);
        let mut warnings = std::mem::take(&mut overrides.repeated);
        warnings.extend(tags.repeated);
        problems.extend(overrides.take_previous());
        let places = Places {
            parameters: overrides.places,
            tags: tags.places,
            stack_policy: None,
            parameter_files: overrides.files,
            tag_files: tags.files,
        };
        let texts = |values| Merged { values, warnings: Vec::new() }.into_texts();
        let (overrides, tags) = (texts(overrides.values), texts(tags.values));
        let mut configuration = Self { parameters: overrides, tags, stack_policy: None, places };
        problems.extend(configuration.check(parameters).problems);
        if let Some(failure) = Failure::all(problems) {
            return Err(failure);
        }
        warnings.extend(configuration.leave_out_secrets(parameters));
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

/// What values say about parameters, by name, with warnings about it. Nothing is checked against a template.
pub fn overrides(values: &[DeployValue]) -> Result<Merged, Failure> {
    OVERRIDES.read_all(values)
}

/// The same for tags.
pub fn tags(values: &[DeployValue]) -> Result<Merged, Failure> {
    OF_TAGS.read_all(values)
}

/// A warning for each name that a text gives different values.
pub fn repeated_names(pairs: &[(String, Override)], place: Option<&Place>) -> Vec<Warning> {
    let warning = |name: &str| {
        let kind = WarningKind::ValueGivenTwice { name: name.to_owned() };
        Warning::new(format!("value of {name}"), kind).with_place(place.cloned())
    };
    repeated(pairs).into_iter().map(warning).collect()
}

const OVERRIDES: Section = Section { key: PARAMETER_OVERRIDES, read: syntax::overrides, hides_lines: true };
const OF_TAGS: Section = Section { key: TAGS, read: tag_pairs, hides_lines: false };

fn tag_pairs(text: &str) -> Result<Vec<(String, Override)>, PairProblem> {
    let pairs = syntax::tags(text)?.into_iter();
    Ok(pairs.map(|(key, value)| (key, Override::Value(value))).collect())
}

/// How one of the keys is read.
struct Section {
    key: &'static str,
    read: fn(&str) -> Result<Vec<(String, Override)>, PairProblem>,
    /// Whether the line of a value may hold a secret.
    hides_lines: bool,
}

/// The texts of one key, by name.
#[derive(Default)]
struct Texts {
    values: BTreeMap<String, Override>,
    places: BTreeMap<String, Place>,
    files: BTreeMap<String, PathBuf>,
    repeated: Vec<Warning>,
}

impl Section {
    fn read_all(&self, values: &[DeployValue]) -> Result<Merged, Failure> {
        let mut problems = Vec::new();
        let texts = self.texts(values, &mut problems);
        let merged = Merged { values: texts.values, warnings: texts.repeated };
        Failure::all(problems).map_or(Ok(merged), Err)
    }

    fn texts(&self, values: &[DeployValue], problems: &mut Vec<Failure>) -> Texts {
        let mut texts = Texts::default();
        for value in values {
            let place = value.place.clone().map(|place| if self.hides_lines { place.without_line() } else { place });
            match self.pairs(&value.spelling) {
                Ok(pairs) => {
                    texts.repeated.extend(repeated_names(&pairs, place.as_ref()));
                    pairs.into_iter().for_each(|pair| texts.add(pair, &value.file, place.as_ref()));
                }
                Err((problem, hint)) => problems.push(problem::deploy(self.key, &value.file, &problem, hint, place)),
            }
        }
        texts
    }

    fn pairs(&self, spelling: &Spelling) -> Result<Vec<(String, Override)>, (String, &'static str)> {
        let value = |name: &str, text: String| Ok(vec![(name.to_owned(), Override::Value(text))]);
        match spelling {
            Spelling::Text(text) => {
                (self.read)(text).map_err(|problem| (problem.message, problem.hint.unwrap_or(OF_TEXT)))
            }
            Spelling::Entry(name, text) => match unquoted(text) == *text {
                true => value(name, text.clone()),
                false => Err((format!("sam removes quotes or backslashes from the value of {name}"), OF_ENTRY)),
            },
            Spelling::List(name, items) => {
                let items: Vec<_> = items.iter().map(|item| item.trim()).filter(|item| !item.is_empty()).collect();
                match items.iter().any(|item| item.contains(',')) {
                    false => value(name, items.join(",")),
                    true => Err((format!("an item of the list {name} has a comma in it"), OF_LIST)),
                }
            }
            Spelling::Exact(name, text) => value(name, text.clone()),
            Spelling::Previous(name) => Ok(vec![(name.clone(), Override::Previous)]),
        }
    }
}

impl Texts {
    /// Problems about parameters that keep the value of the stack, which a template configuration cannot express.
    fn take_previous(&mut self) -> Vec<Failure> {
        let kept = self.values.extract_if(.., |_, value| *value == Override::Previous);
        let problem = |(name, _): (String, Override)| {
            let file = self.files.get(&name).map(PathBuf::as_path).unwrap_or(Path::new(""));
            let what = format!("{name} has UsePreviousValue, which a template configuration cannot express");
            problem::deploy(PARAMETER_OVERRIDES, file, &what, OF_PREVIOUS, self.places.get(&name).cloned())
        };
        kept.map(problem).collect()
    }

    fn add(&mut self, (name, text): (String, Override), file: &Path, place: Option<&Place>) {
        // The place of an earlier value no longer counts.
        self.places.remove(&name);
        self.places.extend(place.map(|place| (name.clone(), place.clone())));
        self.files.insert(name.clone(), file.to_owned());
        self.values.insert(name, text);
    }
}

const OF_TEXT: &str = r#"write a value with spaces or quotes as Name="two \"words\"", or all values as a table"#;
const OF_ENTRY: &str = "leave them out, or write a template configuration in a file of its own";
const OF_PREVIOUS: &str = "leave it out, or give the parameter a value";
const OF_LIST: &str = "CloudFormation would split it there, and has no escape for a comma";
