//! What a change set is asked for, and what it does.

use super::play::Play;
use crate::deploy::{ChangeSetKind, ChangeSetRequest, DescribedChange, Finding, HookResult, TemplateText};
use crate::facts::resource_types::STACK;
use crate::facts::{ChangeAction, Replacement, StackChange};

/// What a change set does.
#[derive(Debug, Clone, Default)]
pub struct Script {
    /// Seconds until it is computed.
    pub takes: u64,
    /// Why it fails.
    pub fails: Option<String>,
    pub changes: Vec<DescribedChange>,
    /// Nested change sets by the logical id of their stack.
    pub nested: Vec<(String, Script)>,
    pub play: Play,
    pub findings: Vec<Finding>,
    pub hooks: Vec<HookResult>,
}

/// A request for a change set, which takes the place of what a deployment sends.
pub fn request(stack: &str, token: &str, kind: ChangeSetKind) -> ChangeSetRequest {
    ChangeSetRequest {
        stack: stack.to_owned(),
        name: format!("set-{token}"),
        token: token.to_owned(),
        kind,
        description: None,
        template: TemplateText::Body("Resources: {}".to_owned()),
        parameters: Vec::new(),
        tags: None,
        capabilities: None,
        role_arn: None,
        topics: None,
        triggers: None,
        deletes_on_failure: false,
        includes_nested: true,
        imports_existing: false,
        reverts_drift: false,
        express: None,
    }
}

/// A change as a change set lists it.
pub fn change(id: &str, kind: &str, action: ChangeAction, replacement: Option<Replacement>) -> DescribedChange {
    DescribedChange {
        change: StackChange {
            parents: Vec::new(),
            logical_id: id.to_owned(),
            physical_id: None,
            resource_type: kind.to_owned(),
            action,
            replacement,
            policy_action: None,
            causes: Vec::new(),
            place: None,
        },
        nested: None,
    }
}

impl Script {
    /// A change set that is computed in two seconds and plays this.
    pub fn plays(play: Play) -> Self {
        Self { takes: 2, play, ..Self::default() }
    }

    /// A change set that fails.
    pub fn fails(reason: &str) -> Self {
        Self { takes: 2, fails: Some(reason.to_owned()), ..Self::default() }
    }

    pub fn empty() -> Self {
        Self::fails(
            "The submitted information didn't contain changes. Submit different information to create a change set.",
        )
    }

    #[must_use]
    pub fn with(mut self, change: DescribedChange) -> Self {
        self.changes.push(change);
        self
    }

    /// With a nested change set, and the change of its stack.
    #[must_use]
    pub fn nesting(mut self, id: &str, script: Self) -> Self {
        self.changes.push(change(id, STACK, ChangeAction::Modify, Some(Replacement::Never)));
        self.nested.push((id.to_owned(), script));
        self
    }
}
