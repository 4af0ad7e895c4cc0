//! Parameter overrides and tags: all forms of all sources, merged for each name.
//!
//! ```text
//! samconfig < template configuration < variable, property < command line
//! ```
//!
//! In each source, files count before other words, which count in their order. No error shows a value: it may be a secret.

use crate::cli::{FlagKind, Given, Origin};
use crate::deploy::UnsetParameters;
use crate::facts::{Failure, Secret};
use crate::settings::failure::refused;
use crate::settings::samconfig::{Content, read_json, read_parameter_file};
use crate::settings::source::Source;
use crate::template_configuration::{
    DeployValue, DeployValues, Merged, Override, PairProblem, TemplateConfiguration, override_words, overrides,
    repeated_names, tag_words, tags,
};
use std::collections::BTreeMap;
use std::path::Path;

const PARAMETER_OVERRIDES: &str = "parameter-overrides";
const TAGS: &str = "tags";
/// What stands before the path of a file with values: as sam and the AWS CLI have it, and shorter.
const FILE_PREFIXES: [&str; 2] = ["file://", "@"];

/// How an override in the long form begins.
const LONG_FORM: &str = "ParameterKey=";

/// The sources of parameters and tags.
pub struct Layers<'a> {
    pub samconfig: &'a DeployValues,
    pub configuration: Option<&'a TemplateConfiguration>,
    /// Of variables and properties; the first has the highest rank.
    pub given: &'a [Given],
    pub source: &'a Source<'a>,
}

impl Layers<'_> {
    /// What is said about parameters. `typed` are the words of the command line.
    pub fn parameters(&self, typed: &[&str]) -> Result<Merged, Failure> {
        let mut lowest = overrides(&self.samconfig.parameter_overrides)?;
        lowest.extend(self.configuration.map(|it| Merged::of_texts(&it.parameters)).unwrap_or_default());
        self.merge(PARAMETER_OVERRIDES, Content::Parameters, lowest, typed)
    }

    /// The same about tags.
    pub fn tags(&self, typed: &[&str]) -> Result<Merged, Failure> {
        let mut lowest = tags(&self.samconfig.tags)?;
        lowest.extend(self.configuration.map(|it| Merged::of_texts(&it.tags)).unwrap_or_default());
        self.merge(TAGS, Content::Tags, lowest, typed)
    }

    fn merge(&self, flag: &str, content: Content, mut merged: Merged, typed: &[&str]) -> Result<Merged, Failure> {
        let is_of_flag = |given: &&Given| {
            // What a samconfig gives is read with its places.
            let is_read = matches!(given.origin, Origin::Samconfig { .. });
            given.flag.kind == FlagKind::Pairs && given.flag.long == flag && !is_read
        };
        for given in self.given.iter().rev().filter(is_of_flag) {
            let words = Words { content, origin: &given.origin.to_string(), source: self.source };
            merged.extend(words.read(&[given.value.as_str()])?);
        }
        let words = Words { content, origin: &format!("--{flag}"), source: self.source };
        merged.extend(words.read(typed)?);
        Ok(merged)
    }
}

/// The words of one source.
struct Words<'a> {
    content: Content,
    /// Names the source in errors.
    origin: &'a str,
    source: &'a Source<'a>,
}

impl Words<'_> {
    fn read(&self, words: &[&str]) -> Result<Merged, Failure> {
        let path = |word: &str| FILE_PREFIXES.iter().find_map(|prefix| word.strip_prefix(prefix).map(str::to_owned));
        let mut merged = Merged::default();
        for path in words.iter().filter_map(|word| path(word)) {
            merged.extend(self.file(Path::new(&path))?);
        }
        let mut pairs = Vec::new();
        for word in words.iter().filter(|word| path(word).is_none()) {
            match is_json(word) {
                true => {
                    let Merged { values, warnings } = self.json(word)?;
                    merged.warnings.extend(warnings);
                    pairs.extend(values);
                }
                false => pairs.extend(self.pairs(word)?),
            }
        }
        let warnings = repeated_names(&pairs, None);
        merged.extend(Merged { values: pairs.into_iter().collect(), warnings });
        Ok(merged)
    }

    fn json(&self, word: &str) -> Result<Merged, Failure> {
        self.values(&read_json(self.content, &format!("<{}>", self.origin), word)?)
    }

    fn file(&self, path: &Path) -> Result<Merged, Failure> {
        let path = self.source.input_file(path)?;
        self.values(&read_parameter_file(self.content, path, self.source.root())?)
    }

    fn pairs(&self, word: &str) -> Result<Vec<(String, Override)>, Failure> {
        let pairs = match self.content {
            Content::Parameters => override_words(word),
            Content::Tags => {
                let value = |(name, text)| (name, Override::Value(text));
                tag_words(word).map(|pairs| pairs.into_iter().map(value).collect())
            }
        };
        pairs.map_err(|problem| self.refused(&problem, word))
    }

    fn values(&self, values: &[DeployValue]) -> Result<Merged, Failure> {
        match self.content {
            Content::Parameters => overrides(values),
            Content::Tags => tags(values),
        }
    }

    /// A text of which sam takes a part, or nothing. aws takes the whole word.
    fn refused(&self, problem: &PairProblem, word: &str) -> Failure {
        let is_short = self.content == Content::Parameters && !word.contains(LONG_FORM);
        let name = word.split_once('=').map(|(name, _)| name).filter(|name| is_short && is_name(name));
        let hint = match (problem.hint, name) {
            (Some(hint), _) => hint.to_owned(),
            (None, Some(name)) => format!(
                "sam takes a part of this word, and aws takes all after {name}= as the value; write {name}=\"two words\" \
                 with the quotes, or give the values in a file: file://values.json"
            ),
            (None, None) => "write Name=value, or give the values in a file: file://values.json".to_owned(),
        };
        refused(format!("{}: {}", self.origin, problem.message), hint)
    }
}

fn is_json(word: &str) -> bool {
    word.trim_start().starts_with(['{', '['])
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// The values to send. A parameter that keeps the value of the stack is one without a value.
pub fn given(merged: Merged, unset: UnsetParameters) -> Result<BTreeMap<String, Secret>, Failure> {
    let mut values = BTreeMap::new();
    for (name, value) in merged.values {
        match (value, unset) {
            (Override::Value(text), _) => {
                values.insert(name, Secret::new(text));
            }
            (Override::Previous, UnsetParameters::KeepPrevious) => {}
            (Override::Previous, UnsetParameters::UseDefault) => {
                let message = format!("{name} has UsePreviousValue, and --use-template-defaults is given");
                return Err(refused(message, "leave one of them out"));
            }
        }
    }
    Ok(values)
}
