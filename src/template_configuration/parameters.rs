//! The parameters that a template declares, and which values they allow.

use super::definition::ParameterDefinition;
use super::pattern;
use super::problem::{self, Fault};
use crate::facts::Failure;
use crate::template::{Node, Template};
use crate::text::nearest;
use std::collections::BTreeMap;

/// Most bytes of a value (CloudFormation quotas).
const VALUE_BYTES: usize = 4096;
/// Macros of CloudFormation that do not change the parameters of a template.
const HARMLESS_TRANSFORMS: [&str; 4] = [
    "AWS::CodeDeployBlueGreen",
    "AWS::LanguageExtensions",
    "AWS::SecretsManager-2020-07-23",
    "AWS::SecretsManager-2024-09-16",
];
const SERVERLESS: &str = "AWS::Serverless-";

/// The declared parameters of a template.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TemplateParameters {
    declared: BTreeMap<String, TemplateParameter>,
    /// Whether a macro may declare more of them.
    is_open: bool,
}

/// A declared parameter.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TemplateParameter {
    kind: ParameterKind,
    no_echo: bool,
    /// Empty if any value is allowed, or if it is not known which.
    allowed: Vec<String>,
    min_length: Option<u64>,
    max_length: Option<u64>,
    min_value: Option<String>,
    max_value: Option<String>,
    pattern: Option<String>,
    constraint_description: Option<String>,
}

/// What the type of a parameter says about its value.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum ParameterKind {
    /// `String`.
    #[default]
    Text,
    /// `Number`.
    Number,
    /// `List<Number>`.
    Numbers,
    /// `CommaDelimitedList` and `List<String>`.
    Texts,
    /// `AWS::SSM::Parameter::…`: the value is the name of a parameter in the Parameter Store.
    Key,
    /// A type that CloudFormation checks against the account, such as `AWS::EC2::VPC::Id`.
    OfAccount,
}

impl TemplateParameters {
    /// Reads the `Parameters` section of a template.
    pub fn of(template: &Template) -> Self {
        let root = template.root();
        let Some(section) = root.get("Parameters") else {
            return Self { declared: BTreeMap::new(), is_open: has_macro(root) };
        };
        let entries = || section.entries().filter_map(|(name, value)| Some((name.as_str()?, value)));
        let is_function = |name: &str| name.starts_with("Fn::");
        let is_unread = !section.is_mapping() && !section.is_null();
        Self {
            declared: entries()
                .filter(|(name, _)| !is_function(name))
                .map(|(name, value)| (name.to_owned(), TemplateParameter::of(value)))
                .collect(),
            is_open: is_unread || has_macro(root) || entries().any(|(name, _)| is_function(name)),
        }
    }

    /// Those of an application, which are all known.
    pub fn of_definitions(definitions: &[ParameterDefinition]) -> Self {
        let declared = definitions.iter().map(|it| (it.name.clone(), TemplateParameter::defined(it)));
        Self { declared: declared.collect(), is_open: false }
    }

    pub fn get(&self, name: &str) -> Option<&TemplateParameter> {
        self.declared.get(name)
    }

    /// The failure of a value that its parameter does not allow.
    pub fn refuse(&self, name: &str, value: &str) -> Option<Failure> {
        let fault = self.get(name)?.fault(value)?;
        Some(problem::value(name, fault, "", None))
    }

    /// Whether a parameter of this name cannot exist.
    pub fn is_unknown(&self, name: &str) -> bool {
        !self.is_open && !self.declared.contains_key(name)
    }

    /// The declared name that an unknown one most likely stands for.
    pub fn nearest(&self, name: &str) -> Option<String> {
        nearest(name, self.declared.keys().cloned())
    }
}

/// Whether an unknown macro sees the whole template, or an include adds sections.
fn has_macro(root: Node<'_>) -> bool {
    let is_harmless = |node: Node<'_>| {
        node.as_str().is_some_and(|it| it.starts_with(SERVERLESS) || HARMLESS_TRANSFORMS.contains(&it))
    };
    let is_macro = |transform: Node<'_>| match transform.is_sequence() {
        true => !transform.items().all(is_harmless),
        false => !transform.is_null() && !is_harmless(transform),
    };
    root.get("Fn::Transform").is_some() || root.get("Transform").is_some_and(is_macro)
}

impl TemplateParameter {
    fn of(node: Node<'_>) -> Self {
        let text = |key: &str| node.get(key).and_then(Node::as_str);
        let allowed = node.get("AllowedValues").map(|list| list.items().map(Node::as_str).collect::<Option<Vec<_>>>());
        Self {
            kind: ParameterKind::of(text("Type").unwrap_or_default()),
            no_echo: text("NoEcho").is_some_and(|it| boolean(it) == Some("true")),
            allowed: allowed
                .flatten()
                .filter(|values| !values.iter().any(|value| is_read_differently(value)))
                .unwrap_or_default()
                .into_iter()
                .map(str::to_owned)
                .collect(),
            min_length: text("MinLength").and_then(|it| it.parse().ok()),
            max_length: text("MaxLength").and_then(|it| it.parse().ok()),
            min_value: text("MinValue").map(str::to_owned),
            max_value: text("MaxValue").map(str::to_owned),
            pattern: text("AllowedPattern").map(str::to_owned),
            constraint_description: text("ConstraintDescription").map(str::to_owned),
        }
    }

    fn defined(definition: &ParameterDefinition) -> Self {
        let is_clear = !definition.allowed.iter().any(|value| is_read_differently(value));
        Self {
            kind: ParameterKind::of(&definition.kind),
            no_echo: definition.no_echo,
            allowed: definition.allowed.iter().filter(|_| is_clear).cloned().collect(),
            min_length: definition.min_length,
            max_length: definition.max_length,
            ..Self::default()
        }
    }

    /// Whether its values are secrets: it is `NoEcho`, and not the name of a parameter that holds the secret.
    pub fn is_secret(&self) -> bool {
        self.no_echo && self.kind != ParameterKind::Key
    }

    /// Why CloudFormation would refuse a value, as far as that is known here. A dynamic reference may stand for any value.
    pub fn fault(&self, value: &str) -> Option<Fault> {
        if value.len() > VALUE_BYTES {
            let bytes = value.len();
            return Some(Fault::new(format!("has {bytes} bytes; CloudFormation accepts at most {VALUE_BYTES}")));
        }
        if is_dynamic(value) {
            return None;
        }
        match self.kind {
            ParameterKind::Text => self
                .wrong_length(value)
                .or_else(|| self.not_allowed([value]))
                .or_else(|| self.excluded_by_pattern([value])),
            // A list without items: there is none that the pattern could exclude.
            ParameterKind::Texts if value.is_empty() => self.not_allowed([value]),
            ParameterKind::Texts => {
                let items = || value.split(',').map(str::trim);
                self.not_allowed(items()).or_else(|| self.excluded_by_pattern(items()))
            }
            ParameterKind::Number => self.wrong_number(value).or_else(|| self.not_allowed([value])),
            ParameterKind::Numbers if value.split(',').any(|it| number(it).is_none()) => Some(Fault::not_numbers()),
            ParameterKind::Numbers => self.not_allowed(value.split(',').map(str::trim)),
            ParameterKind::Key | ParameterKind::OfAccount => None,
        }
    }

    fn wrong_length(&self, value: &str) -> Option<Fault> {
        // CloudFormation counts UTF-16 units, as Java does.
        let length = value.encode_utf16().count() as u64;
        let limit = |limit: Option<u64>, is_beyond: fn(&u64, &u64) -> bool, problem: &str| {
            let limit = limit.filter(|limit| is_beyond(&length, limit))?;
            Some(Fault::new(format!("{problem} of {limit}")))
        };
        limit(self.min_length, u64::lt, "is shorter than its MinLength")
            .or_else(|| limit(self.max_length, u64::gt, "is longer than its MaxLength"))
    }

    fn wrong_number(&self, value: &str) -> Option<Fault> {
        let Some(value) = number(value) else { return Some(Fault::new("is not a number")) };
        let limit = |limit: &Option<String>, is_beyond: fn(&f64, &f64) -> bool, problem: &str| {
            let limit = limit.as_ref().filter(|limit| number(limit).is_some_and(|limit| is_beyond(&value, &limit)))?;
            Some(Fault::new(format!("{problem} of {limit}")))
        };
        limit(&self.min_value, f64::lt, "is less than its MinValue")
            .or_else(|| limit(&self.max_value, f64::gt, "is more than its MaxValue"))
    }

    fn excluded_by_pattern<'v>(&self, values: impl IntoIterator<Item = &'v str>) -> Option<Fault> {
        let pattern = self.pattern.as_ref()?;
        let is_excluded = values.into_iter().any(|value| pattern::excludes(pattern, value));
        is_excluded.then(|| Fault::not_matching(pattern, self.constraint_description.as_deref()))
    }

    fn not_allowed<'v>(&self, values: impl IntoIterator<Item = &'v str>) -> Option<Fault> {
        let is_allowed = |value: &str| self.allowed.is_empty() || self.allowed.iter().any(|it| is_same(it, value));
        (!values.into_iter().all(is_allowed)).then(|| Fault::not_allowed(&self.allowed))
    }
}

impl ParameterKind {
    fn of(name: &str) -> Self {
        match name {
            "String" => Self::Text,
            "Number" => Self::Number,
            "List<Number>" => Self::Numbers,
            "CommaDelimitedList" | "List<String>" => Self::Texts,
            _ if name.starts_with("AWS::SSM::Parameter::") => Self::Key,
            _ => Self::OfAccount,
        }
    }
}

const REFERENCE: &str = "{{resolve:";

/// Whether CloudFormation looks up a part of a value elsewhere, so that the value is not known here.
fn is_dynamic(value: &str) -> bool {
    value.split_once(REFERENCE).is_some_and(|(_, rest)| rest.contains("}}"))
}

/// Whether a value consists of dynamic references only, with or without commas between, and so is no secret itself.
pub fn is_elsewhere(value: &str) -> bool {
    let mut names = value.split_inclusive("}}").flat_map(|it| it.split(',')).map(str::trim).filter(|it| !it.is_empty());
    let is_name = |text: &str| {
        let name = text.strip_prefix(REFERENCE).and_then(|rest| rest.strip_suffix("}}"));
        name.is_some_and(|name| !name.is_empty() && !name.contains(['{', '}']))
    };
    names.all(is_name)
}

/// Compares as numbers and booleans too: an allowed value may be a plain scalar of YAML.
fn is_same(allowed: &str, value: &str) -> bool {
    let same_number = || Some(number(allowed)? == number(value)?);
    allowed == value || boolean(allowed) == Some(value) || same_number().unwrap_or(false)
}

/// `true` or `false` for all that YAML 1.1 reads as such.
fn boolean(text: &str) -> Option<&'static str> {
    match text.to_lowercase().as_str() {
        "true" | "yes" | "on" => Some("true"),
        "false" | "no" | "off" => Some("false"),
        _ => None,
    }
}

/// Whether a plain scalar may be a number in another notation: octal, hexadecimal, base 60 or with `_`.
fn is_read_differently(text: &str) -> bool {
    let digits = text.trim_start_matches(['+', '-']);
    let has_prefix =
        digits.strip_prefix('0').is_some_and(|rest| rest.starts_with(|it: char| it.is_ascii_alphanumeric()));
    has_prefix || (digits.starts_with(|it: char| it.is_ascii_digit()) && digits.contains(['_', ':']))
}

fn number(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|number: &f64| number.is_finite())
}
