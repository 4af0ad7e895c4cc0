//! A parameter as the Serverless Application Repository describes it.

/// What the repository says of a parameter of an application. Limits of numbers are left out: the service rounds them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ParameterDefinition {
    pub name: String,
    /// As in a template: `String`, `Number`, `List<Number>` or `CommaDelimitedList`.
    pub kind: String,
    pub no_echo: bool,
    pub has_default: bool,
    /// Empty if any value is allowed.
    pub allowed: Vec<String>,
    pub min_length: Option<u64>,
    pub max_length: Option<u64>,
}
