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

/// What a change means for a resource, the most severe first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ChangeKind {
    Replace,
    Remove,
    MayReplace,
    /// Known only when the change set is executed.
    Undecided,
    Change,
    Import,
    Add,
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

    pub fn kind(&self) -> ChangeKind {
        match (&self.action, self.replacement) {
            (ChangeAction::Modify | ChangeAction::Other(_), Some(Replacement::Always)) => ChangeKind::Replace,
            (ChangeAction::Modify | ChangeAction::Other(_), Some(Replacement::Conditional)) => ChangeKind::MayReplace,
            (ChangeAction::Modify | ChangeAction::Other(_), Some(Replacement::Never) | None) => ChangeKind::Change,
            (ChangeAction::Remove, _) => ChangeKind::Remove,
            (ChangeAction::Dynamic, _) => ChangeKind::Undecided,
            (ChangeAction::Import, _) => ChangeKind::Import,
            (ChangeAction::Add, _) => ChangeKind::Add,
        }
    }

    /// Why it changes, each cause once, with those of a replacement first: `QueueName ← Stage, Tags`. Empty if not known.
    pub fn cause_words(&self) -> String {
        let mut causes: Vec<_> = self.causes.iter().collect();
        causes.sort_by_key(|cause| cause.rank());
        let mut words: Vec<String> = Vec::new();
        for cause in causes.into_iter().map(ToString::to_string) {
            if !words.contains(&cause) {
                words.push(cause);
            }
        }
        words.join(", ")
    }
}

impl ChangeCause {
    /// Lower is more severe.
    fn rank(&self) -> u8 {
        match self.recreation.as_deref() {
            Some("Always") => 0,
            Some("Conditionally") => 1,
            Some(_) | None => 2,
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

#[cfg(test)]
mod tests {
    use super::{ChangeAction, ChangeCause, StackChange};

    fn change(causes: &[(&str, Option<&str>)]) -> StackChange {
        let cause = |(property, recreation): &(&str, Option<&str>)| ChangeCause {
            property: (*property).to_owned(),
            source: "DirectModification".to_owned(),
            entity: None,
            recreation: recreation.map(str::to_owned),
        };
        StackChange {
            parents: Vec::new(),
            logical_id: "Queue".to_owned(),
            physical_id: None,
            resource_type: "AWS::SQS::Queue".to_owned(),
            action: ChangeAction::Modify,
            replacement: None,
            policy_action: None,
            causes: causes.iter().map(cause).collect(),
            place: None,
        }
    }

    #[test]
    fn each_cause_is_named_once_and_those_of_a_replacement_come_first() {
        let causes = [
            ("Tags", Some("Never")),
            ("Name", Some("Conditionally")),
            ("Policy", None),
            ("Name", Some("Always")),
            ("Tags", Some("Never")),
        ];
        assert_eq!(change(&causes).cause_words(), "Name, Tags, Policy");
        assert_eq!(change(&[]).cause_words(), "");
    }
}
