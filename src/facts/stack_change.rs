//! What a change set would change, as values.

use super::Place;

/// A change to one resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StackChange {
    /// The logical ids of the nested stacks that hold it, outermost first.
    pub parents: Vec<String>,
    pub logical_id: String,
    pub physical_id: Option<String>,
    pub resource_type: String,
    pub action: ChangeAction,
    /// Whether the resource is replaced; `None` where the question does not arise.
    pub replacement: Option<Replacement>,
    /// What happens to the old resource, such as `Retain` or `ReplaceAndSnapshot`.
    pub policy_action: Option<String>,
    pub causes: Vec<ChangeCause>,
    pub place: Option<Place>,
}

/// What is done to a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChangeAction {
    Add,
    Modify,
    Remove,
    Import,
    /// Known only when the change set is executed.
    Dynamic,
    /// Any other, as CloudFormation spells it.
    Other(String),
}

/// Whether a modified resource gets a new physical id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replacement {
    Always,
    /// Decided when the change set is executed.
    Conditional,
    Never,
}

/// Why a resource changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeCause {
    /// The property, or another attribute such as `Tags`.
    pub property: String,
    /// `DirectModification`, `ParameterReference` and so on.
    pub source: String,
    /// The parameter, resource or attribute that changed.
    pub entity: Option<String>,
    /// `Never`, `Conditionally` or `Always`.
    pub recreation: Option<String>,
}

impl StackChange {
    /// The logical ids down to the resource, with `/` between.
    pub fn path(&self) -> String {
        let ids: Vec<_> = self.parents.iter().map(String::as_str).chain([self.logical_id.as_str()]).collect();
        ids.join("/")
    }

    /// What is done to the resource, in a word or two: `Replace`, `May replace`, `Add`.
    pub fn verb(&self) -> &str {
        match (&self.action, self.replacement) {
            (ChangeAction::Modify, Some(Replacement::Always)) => "Replace",
            (ChangeAction::Modify, Some(Replacement::Conditional)) => "May replace",
            (action, _) => action.name(),
        }
    }

    /// Lower is more severe.
    pub(super) fn severity(&self) -> u8 {
        match (&self.action, self.replacement) {
            (ChangeAction::Modify | ChangeAction::Other(_), Some(Replacement::Always)) => 0,
            (ChangeAction::Remove, _) => 1,
            (ChangeAction::Modify | ChangeAction::Other(_), Some(Replacement::Conditional)) => 2,
            (ChangeAction::Dynamic, _) => 3,
            (ChangeAction::Modify | ChangeAction::Other(_), Some(Replacement::Never) | None) => 4,
            (ChangeAction::Import, _) => 5,
            (ChangeAction::Add, _) => 6,
        }
    }
}

/// The property, and what changed it: `Name ← Stage`.
impl std::fmt::Display for ChangeCause {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.property)?;
        self.entity.as_ref().map_or(Ok(()), |entity| write!(f, " ← {entity}"))
    }
}

impl ChangeAction {
    /// Its name as CloudFormation spells it.
    pub fn name(&self) -> &str {
        match self {
            Self::Add => "Add",
            Self::Modify => "Modify",
            Self::Remove => "Remove",
            Self::Import => "Import",
            Self::Dynamic => "Dynamic",
            Self::Other(name) => name,
        }
    }
}

impl Replacement {
    /// Its name as CloudFormation spells it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Always => "True",
            Self::Conditional => "Conditional",
            Self::Never => "False",
        }
    }
}
