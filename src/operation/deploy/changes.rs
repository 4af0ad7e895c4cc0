//! The plan of a deployment as a table, as JSON and as Markdown.

use crate::facts::{Cell, ChangeCause, Column, Place, Plan, Row, Show, StackChange, Table};
use serde_json::{Value, json};

/// Marks a comment on a pull request as ours, so that the next run can replace it.
const MARKER: &str = "<!-- samstep deploy";

const fn column(title: &'static str) -> Column {
    Column { title, is_numeric: false }
}

/// The changes for the summary page of a host: what is replaced or removed first.
pub fn table(plan: &Plan) -> Option<Table> {
    let titles = ["Action", "Resource", "Type", "Replacement", "Cause", "Line"];
    let rows: Vec<_> =
        plan.most_severe_first().into_iter().map(|change| Row { cells: cells(change), object: Value::Null }).collect();
    let columns = titles.map(column).to_vec();
    (!rows.is_empty()).then(|| Table { show: Show::Summary, title: title(plan), columns, rows })
}

fn title(plan: &Plan) -> String {
    format!("Changes: {}", plan.summary())
}

fn cells(change: &StackChange) -> Vec<Cell> {
    vec![
        Cell::Text(change.action.name().to_owned()),
        Cell::Code(change.path()),
        Cell::Code(change.resource_type.clone()),
        Cell::Text(replacement(change)),
        Cell::Text(change.cause_words()),
        Cell::Text(change.place.as_ref().map(ToString::to_string).unwrap_or_default()),
    ]
}

fn replacement(change: &StackChange) -> String {
    let replacement = change.replacement.map_or("", |it| it.name());
    match &change.policy_action {
        Some(policy) if replacement.is_empty() => policy.clone(),
        Some(policy) => format!("{replacement} ({policy})"),
        None => replacement.to_owned(),
    }
}

/// The plan for programs.
pub fn json(stack: &str, change_set: Option<&str>, plan: &Plan) -> String {
    let changes: Vec<_> = plan.changes.iter().map(object).collect();
    let value = json!({
        "stack_name": stack,
        "changeset_id": change_set,
        "has_changes": !plan.changes.is_empty(),
        "summary": plan.summary(),
        "changes": changes,
        "unknown": plan.unknown,
    });
    format!("{value:#}\n")
}

/// Whether a text is a plan that an earlier run wrote.
pub fn is_plan(text: &str) -> bool {
    let is_json = || serde_json::from_str::<Value>(text).is_ok_and(|plan| plan["has_changes"].is_boolean());
    text.starts_with(MARKER) || is_json()
}

fn object(change: &StackChange) -> Value {
    let place =
        |place: &Place| json!({"file": place.path.display().to_string(), "line": place.line, "column": place.column});
    let cause = |cause: &ChangeCause| {
        json!({
            "property": cause.property, "source": cause.source, "entity": cause.entity, "recreation": cause.recreation,
        })
    };
    json!({
        "action": change.action.name(), "path": change.path(), "logical_id": change.logical_id,
        "physical_id": change.physical_id, "resource_type": change.resource_type,
        "replacement": change.replacement.map_or("N/A", |it| it.name()), "policy_action": change.policy_action,
        "causes": change.causes.iter().map(cause).collect::<Vec<_>>(), "place": change.place.as_ref().map(place),
    })
}

/// The plan as a comment on a pull request.
pub fn markdown(stack: &str, change_set: Option<&str>, plan: &Plan) -> String {
    let mut text = format!("{MARKER} {stack} -->\n### `{stack}`: {}\n", plan.summary());
    if !plan.changes.is_empty() {
        text.push_str("\n| Action | Resource | Type | Replacement | Cause |\n|---|---|---|---|---|\n");
    }
    for change in &plan.changes {
        let (action, path, kind) = (change.action.name(), change.path(), &change.resource_type);
        let (replacement, causes) = (escaped(&replacement(change)), escaped(&change.cause_words()));
        text.push_str(&format!("| {action} | `{path}` | `{kind}` | {replacement} | {causes} |\n"));
    }
    for path in &plan.unknown {
        text.push_str(&format!("\nThe changes of the nested stack `{path}` are not known.\n"));
    }
    if let Some(change_set) = change_set {
        text.push_str(&format!("\nApply it with `samstep deploy --stack-name {stack} --execute {change_set}`\n"));
    }
    text
}

/// Text that neither ends a cell nor begins a tag.
fn escaped(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "&lt;").replace(['\n', '\r'], " ")
}

#[cfg(test)]
mod tests {
    use super::{json, markdown, table};
    use crate::facts::{ChangeAction, ChangeCause, Plan, Replacement, StackChange};

    fn plan() -> Plan {
        let cause = ChangeCause {
            property: "Name|x".to_owned(),
            source: "ParameterReference".to_owned(),
            entity: Some("Stage".to_owned()),
            recreation: Some("Always".to_owned()),
        };
        let change = StackChange {
            parents: vec!["Child".to_owned()],
            logical_id: "Queue".to_owned(),
            physical_id: Some("q".to_owned()),
            resource_type: "AWS::SQS::Queue".to_owned(),
            action: ChangeAction::Modify,
            replacement: Some(Replacement::Always),
            policy_action: Some("ReplaceAndDelete".to_owned()),
            causes: vec![cause],
            place: None,
        };
        Plan { changes: vec![change], unknown: vec!["Other".to_owned()] }
    }

    #[test]
    fn a_plan_is_a_comment_on_a_pull_request() {
        insta::assert_snapshot!(markdown("app", Some("arn:set"), &plan()), @r"
        <!-- samstep deploy app -->
        ### `app`: 1 to replace

        | Action | Resource | Type | Replacement | Cause |
        |---|---|---|---|---|
        | Modify | `Child/Queue` | `AWS::SQS::Queue` | True (ReplaceAndDelete) | Name\|x ← Stage |

        The changes of the nested stack `Other` are not known.

        Apply it with `samstep deploy --stack-name app --execute arn:set`
        ");
        let empty = Plan { changes: Vec::new(), unknown: Vec::new() };
        assert_eq!(markdown("app", None, &empty), "<!-- samstep deploy app -->\n### `app`: no resource to change\n");
        assert_eq!(table(&empty), None);
    }

    #[test]
    fn a_plan_is_json_for_programs() {
        let value: serde_json::Value = serde_json::from_str(&json("app", Some("arn:set"), &plan())).unwrap();
        assert_eq!((&value["has_changes"], &value["changes"][0]["path"]), (&true.into(), &"Child/Queue".into()));
        assert_eq!(value["changes"][0]["causes"][0]["entity"], "Stage");
    }
}
