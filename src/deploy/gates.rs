//! Gates: kinds of changes that must not be executed.

use crate::facts::{ChangeAction, Failure, FailureKind, Plan, Problem, Replacement, StackChange};
use crate::text::count;

/// The changes that are refused.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Gates {
    pub replacement: Scope,
    pub deletion: Scope,
    /// Refuses to remove or change exports that other stacks import.
    pub exports: bool,
    /// Refuses a traffic shift that would be stopped at once.
    pub unhealthy_shift: bool,
}

/// The resources that a gate is about.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Scope {
    #[default]
    Nothing,
    Everything,
    /// Resource types, logical ids, or paths of logical ids with `/` between.
    Only(Vec<String>),
}

impl Scope {
    fn includes(&self, change: &StackChange) -> bool {
        match self {
            Self::Nothing => false,
            Self::Everything => true,
            Self::Only(names) => {
                names.iter().any(|it| *it == change.resource_type || *it == change.logical_id || *it == change.path())
            }
        }
    }
}

impl Gates {
    /// Refuses a plan with a change that a gate is about. What is not known counts as a yes.
    pub fn check(&self, plan: &Plan) -> Result<(), Failure> {
        let replaced = plan.changes.iter().filter(|it| self.replacement.includes(it) && may_be_replaced(it, plan));
        let deleted = plan.changes.iter().filter(|it| self.deletion.includes(it) && may_be_deleted(it, plan));
        let problems: Vec<_> = replaced
            .map(|change| problem(change, "replace", "--refuse-replacement"))
            .chain(deleted.map(|change| problem(change, "delete", "--refuse-delete")))
            .collect();
        if problems.is_empty() { Ok(()) } else { Err(Failure { kind: FailureKind::Refused, problems }) }
    }
}

/// Refuses replacements while rollback is disabled: CloudFormation fails such an execution half-way.
pub fn check_without_rollback(plan: &Plan) -> Result<(), Failure> {
    let replaced: Vec<_> = plan.changes.iter().filter(|change| may_be_replaced(change, plan)).collect();
    let Some(first) = replaced.first() else { return Ok(()) };
    let more = match replaced.len() - 1 {
        0 => String::new(),
        more => format!(" (and {})", count(more, "more resource")),
    };
    let message = format!(
        "{} would be replaced{more}, which CloudFormation does not do with rollback disabled",
        described(first)
    );
    let failure = Failure::new(FailureKind::Refused, message);
    let failure =
        failure.with_hint("deploy this change without --disable-rollback and without --on-failure DO_NOTHING");
    Err(match &first.place {
        Some(place) => failure.at(place.clone()),
        None => failure,
    })
}

/// Whether a resource gets a new physical id, or may get one.
pub fn may_be_replaced(change: &StackChange, plan: &Plan) -> bool {
    let is_unknown = change.action == ChangeAction::Dynamic || plan.unknown.contains(&change.path());
    let is_replaced = matches!(change.replacement, Some(Replacement::Always | Replacement::Conditional));
    is_unknown || is_replaced && change.action != ChangeAction::Add
}

fn may_be_deleted(change: &StackChange, plan: &Plan) -> bool {
    let is_kept = change.policy_action.as_deref() == Some("Retain");
    match change.action {
        ChangeAction::Remove => !is_kept,
        ChangeAction::Dynamic => true,
        ChangeAction::Add | ChangeAction::Modify | ChangeAction::Import | ChangeAction::Other(_) => {
            plan.unknown.contains(&change.path())
        }
    }
}

fn described(change: &StackChange) -> String {
    format!("{} ({})", change.path(), change.resource_type)
}

fn problem(change: &StackChange, verb: &str, flag: &str) -> Problem {
    let is_certain = change.action == ChangeAction::Remove || change.replacement == Some(Replacement::Always);
    let may = if is_certain { "would" } else { "may" };
    Problem {
        message: format!("the change set {may} {verb} {}, which {flag} refuses", described(change)),
        hint: Some(format!("if it is intended, deploy without {flag}")),
        place: change.place.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Gates, Scope, check_without_rollback};
    use crate::facts::{ChangeAction, FailureKind, Plan, Replacement, StackChange};

    fn change(id: &str, action: ChangeAction, replacement: Option<Replacement>) -> StackChange {
        StackChange {
            parents: Vec::new(),
            logical_id: id.to_owned(),
            physical_id: None,
            resource_type: "AWS::SQS::Queue".to_owned(),
            action,
            replacement,
            policy_action: None,
            causes: Vec::new(),
            place: None,
        }
    }

    fn refused(gates: &Gates, plan: &Plan) -> Vec<String> {
        gates
            .check(plan)
            .err()
            .map(|it| it.problems.into_iter().map(|problem| problem.message).collect())
            .unwrap_or_default()
    }

    #[test]
    fn a_gate_refuses_what_happens_and_what_may_happen() {
        let changes = vec![
            change("Added", ChangeAction::Add, None),
            change("Kept", ChangeAction::Modify, Some(Replacement::Never)),
            change("Replaced", ChangeAction::Modify, Some(Replacement::Always)),
            change("Perhaps", ChangeAction::Modify, Some(Replacement::Conditional)),
            change("Late", ChangeAction::Dynamic, None),
            change("Gone", ChangeAction::Remove, None),
            StackChange { policy_action: Some("Retain".to_owned()), ..change("Retained", ChangeAction::Remove, None) },
            change("Child", ChangeAction::Modify, Some(Replacement::Never)),
        ];
        let plan = Plan { changes, unknown: vec!["Child".to_owned()] };
        let ids = |messages: Vec<String>| -> Vec<String> {
            messages.iter().map(|text| text.split(' ').nth(5).unwrap_or_default().to_owned()).collect()
        };
        let everything = Gates { replacement: Scope::Everything, deletion: Scope::Nothing, ..Gates::default() };
        assert_eq!(ids(refused(&everything, &plan)), ["Replaced", "Perhaps", "Late", "Child"]);
        let everything = Gates { replacement: Scope::Nothing, deletion: Scope::Everything, ..Gates::default() };
        assert_eq!(ids(refused(&everything, &plan)), ["Late", "Gone", "Child"]);
        let one = Gates {
            replacement: Scope::Only(vec!["Perhaps".to_owned()]),
            deletion: Scope::Nothing,
            ..Gates::default()
        };
        assert_eq!(
            refused(&one, &plan),
            ["the change set may replace Perhaps (AWS::SQS::Queue), which --refuse-replacement refuses"]
        );
        let kind = Gates {
            replacement: Scope::Nothing,
            deletion: Scope::Only(vec!["AWS::SQS::Queue".to_owned()]),
            ..Gates::default()
        };
        assert_eq!(kind.check(&plan).unwrap_err().kind, FailureKind::Refused);
        assert_eq!(refused(&Gates::default(), &plan), Vec::<String>::new());
    }

    #[test]
    fn without_rollback_no_replacement_is_executed() {
        let plan = |change| Plan { changes: vec![change], unknown: Vec::new() };
        let kept = plan(change("Kept", ChangeAction::Modify, Some(Replacement::Never)));
        let perhaps = plan(change("Perhaps", ChangeAction::Modify, Some(Replacement::Conditional)));
        assert!(check_without_rollback(&kept).is_ok());
        let failure = check_without_rollback(&perhaps).unwrap_err();
        assert_eq!(
            (failure.kind, failure.cause().as_str()),
            (
                FailureKind::Refused,
                "Perhaps (AWS::SQS::Queue) would be replaced, which CloudFormation does not do with rollback disabled"
            )
        );
    }
}
