//! The parameters that a template declares, as far as they rule out values.

use super::ValueFault;
use crate::template::{Node, Template};
use crate::text::nearest;
use std::collections::BTreeMap;

/// Most bytes of a value (CloudFormation quotas).
const VALUE_BYTES: usize = 4096;
/// Macros of the service itself that leave the parameters of a template as they are.
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
    /// None when any value will do, or when it cannot be told which will.
    allowed: Vec<String>,
    min_length: Option<u64>,
    max_length: Option<u64>,
    min_value: Option<String>,
    max_value: Option<String>,
}

/// What the type of a parameter makes of its value.
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
    /// `AWS::SSM::Parameter::…`: the value is the name of a parameter in the store.
    Key,
    /// A type that CloudFormation checks against the account, such as `AWS::EC2::VPC::Id`.
    OfAccount,
}

impl TemplateParameters {
    /// Reads the section `Parameters` of a template.
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

    /// What is declared of a parameter.
    pub fn get(&self, name: &str) -> Option<&TemplateParameter> {
        self.declared.get(name)
    }

    /// Whether a parameter of this name cannot exist.
    pub fn is_unknown(&self, name: &str) -> bool {
        !self.is_open && !self.declared.contains_key(name)
    }

    /// The declared name that another was most likely meant to be.
    pub fn nearest(&self, name: &str) -> Option<String> {
        nearest(name, self.declared.keys().cloned())
    }
}

/// Whether a macro that is not known sees the whole template, or an include brings in sections.
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
        }
    }

    /// Whether a value of it is a secret: it is `NoEcho`, and not the name of what holds the secret.
    pub fn is_secret(&self) -> bool {
        self.no_echo && self.kind != ParameterKind::Key
    }

    /// What CloudFormation has against a value, as far as that can be told from here. Patterns are left to it: they
    /// are regular expressions of Java. A dynamic reference is taken for any value.
    pub fn fault(&self, value: &str) -> Option<ValueFault> {
        if value.len() > VALUE_BYTES {
            return Some(ValueFault::TooManyBytes { bytes: value.len(), limit: VALUE_BYTES });
        }
        if is_dynamic(value) {
            return None;
        }
        match self.kind {
            ParameterKind::Text => self.wrong_length(value).or_else(|| self.not_allowed([value])),
            ParameterKind::Texts => self.not_allowed(value.split(',').map(str::trim)),
            ParameterKind::Number => self.wrong_number(value).or_else(|| self.not_allowed([value])),
            ParameterKind::Numbers if value.split(',').any(|it| number(it).is_none()) => Some(ValueFault::NotNumbers),
            ParameterKind::Numbers => self.not_allowed(value.split(',').map(str::trim)),
            ParameterKind::Key | ParameterKind::OfAccount => None,
        }
    }

    fn wrong_length(&self, value: &str) -> Option<ValueFault> {
        // As Java counts.
        let length = value.encode_utf16().count() as u64;
        let too_short = self.min_length.filter(|limit| length < *limit).map(ValueFault::TooShort);
        too_short.or_else(|| self.max_length.filter(|limit| length > *limit).map(ValueFault::TooLong))
    }

    fn wrong_number(&self, value: &str) -> Option<ValueFault> {
        let Some(value) = number(value) else { return Some(ValueFault::NotANumber) };
        let limit = |text: &Option<String>, is_beyond: fn(f64, f64) -> bool| {
            text.clone().filter(|limit| number(limit).is_some_and(|limit| is_beyond(value, limit)))
        };
        let too_small = limit(&self.min_value, |value, limit| value < limit).map(ValueFault::TooSmall);
        too_small.or_else(|| limit(&self.max_value, |value, limit| value > limit).map(ValueFault::TooLarge))
    }

    fn not_allowed<'v>(&self, values: impl IntoIterator<Item = &'v str>) -> Option<ValueFault> {
        let is_allowed = |value: &str| self.allowed.is_empty() || self.allowed.iter().any(|it| is_same(it, value));
        (!values.into_iter().all(is_allowed)).then(|| ValueFault::NotAllowed(self.allowed.clone()))
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

/// Whether CloudFormation finds a part of a value elsewhere, so that from here it cannot be told.
fn is_dynamic(value: &str) -> bool {
    value.split_once(REFERENCE).is_some_and(|(_, rest)| rest.contains("}}"))
}

/// Whether a value is nothing but names of where CloudFormation finds it, so that it is no secret itself. Names may have
/// commas between, as in a list.
pub fn is_elsewhere(value: &str) -> bool {
    let mut names = value.split_inclusive("}}").flat_map(|it| it.split(',')).map(str::trim).filter(|it| !it.is_empty());
    let is_name = |text: &str| {
        let name = text.strip_prefix(REFERENCE).and_then(|rest| rest.strip_suffix("}}"));
        name.is_some_and(|name| !name.is_empty() && !name.contains(['{', '}']))
    };
    names.all(is_name)
}

/// An allowed value may be a plain scalar, which readers of YAML write in other ways.
fn is_same(allowed: &str, value: &str) -> bool {
    let same_number = || Some(number(allowed)? == number(value)?);
    allowed == value || boolean(allowed) == Some(value) || same_number().unwrap_or(false)
}

/// `true` or `false`, whatever YAML 1.1 writes for it.
fn boolean(text: &str) -> Option<&'static str> {
    match text.to_lowercase().as_str() {
        "true" | "yes" | "on" => Some("true"),
        "false" | "no" | "off" => Some("false"),
        _ => None,
    }
}

/// Whether a plain scalar may be a number in another notation: octal, hexadecimal, of base 60 or with `_` between.
fn is_read_differently(text: &str) -> bool {
    let digits = text.trim_start_matches(['+', '-']);
    let has_prefix =
        digits.strip_prefix('0').is_some_and(|rest| rest.starts_with(|it: char| it.is_ascii_alphanumeric()));
    has_prefix || (digits.starts_with(|it: char| it.is_ascii_digit()) && digits.contains(['_', ':']))
}

fn number(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|number: &f64| number.is_finite())
}
