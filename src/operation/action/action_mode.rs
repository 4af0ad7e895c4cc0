//! `ActionMode`: what CodePipeline's own action of CloudFormation calls the ways to deploy.

use super::property::{
    ACTION_MODE, CAPABILITIES, CHANGE_SET_NAME, PARAMETER_OVERRIDES, ROLE_ARN, TEMPLATE_CONFIGURATION, TEMPLATE_PATH,
};
use crate::facts::{Failure, FailureKind};
use crate::text::nearest;
use std::collections::BTreeMap;

/// The change set of a mode about change sets that names none.
const DEFAULT_CHANGE_SET: &str = "samstep";
/// What a change set that exists has already. CodePipeline ignores it too.
const OF_CREATION: [&str; 5] = [TEMPLATE_PATH, TEMPLATE_CONFIGURATION, PARAMETER_OVERRIDES, CAPABILITIES, ROLE_ARN];

/// What is done to a stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActionMode {
    /// Creates the stack, or updates it.
    CreateUpdate,
    /// The same, and a stack whose creation failed is deleted first.
    ReplaceOnFailure,
    /// Makes a change set, in the place of one of the same name.
    ChangeSetReplace,
    /// Executes the change set of this name.
    ChangeSetExecute,
}

impl ActionMode {
    const NAMES: [(&'static str, Self); 4] = [
        ("CREATE_UPDATE", Self::CreateUpdate),
        ("REPLACE_ON_FAILURE", Self::ReplaceOnFailure),
        ("CHANGE_SET_REPLACE", Self::ChangeSetReplace),
        ("CHANGE_SET_EXECUTE", Self::ChangeSetExecute),
    ];

    /// Takes the mode out of the properties, and puts the flags there that it stands for.
    pub fn apply(properties: &mut BTreeMap<String, String>) -> Result<(), Failure> {
        let Some(name) = properties.remove(ACTION_MODE) else { return Ok(()) };
        let mut turn_on = |flag: &str| properties.insert(flag.to_owned(), "true".to_owned());
        match Self::parse(&name)? {
            Self::CreateUpdate => {}
            Self::ReplaceOnFailure => {
                turn_on("ReplaceFailedStack");
            }
            Self::ChangeSetReplace => {
                turn_on("NoExecuteChangeset");
                properties.entry(CHANGE_SET_NAME.to_owned()).or_insert_with(|| DEFAULT_CHANGE_SET.to_owned());
            }
            Self::ChangeSetExecute => {
                let change_set = properties.remove(CHANGE_SET_NAME);
                properties.retain(|name, _| !OF_CREATION.contains(&name.as_str()));
                let change_set = change_set.unwrap_or_else(|| DEFAULT_CHANGE_SET.to_owned());
                properties.entry("Execute".to_owned()).or_insert(change_set);
            }
        }
        Ok(())
    }

    fn parse(name: &str) -> Result<Self, Failure> {
        let usage = |message: String, hint: String| Failure::new(FailureKind::Usage, message).with_hint(hint);
        if name == "DELETE_ONLY" {
            return Err(usage(
                "ActionMode DELETE_ONLY is not supported: samstep deletes no stack that works".to_owned(),
                "use the action of CloudFormation for it".to_owned(),
            ));
        }
        let found = Self::NAMES.into_iter().find(|(known, _)| *known == name).map(|(_, mode)| mode);
        found.ok_or_else(|| {
            let names = Self::NAMES.map(|(name, _)| name);
            let hint = match nearest(name, names.into_iter().map(str::to_owned)) {
                Some(near) => format!("the nearest is {near}"),
                None => format!("the modes are: {}", names.join(", ")),
            };
            usage(format!("there is no ActionMode `{name}`"), hint)
        })
    }
}
