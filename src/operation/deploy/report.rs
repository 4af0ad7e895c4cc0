//! What `deploy` made: outputs, plan and tables.

use super::{changes, stack_outputs};
use crate::facts::{
    Cell, Column, Ended, Made, Outcome, Plan, Problem, Redactor, Report, Role, Row, Show, StackOutput, Table,
    Timestamp, Verdict,
};
use crate::page::Page;
use crate::settings::DeploySettings;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// The report of a deployment, whether it failed or not. An output may repeat a secret parameter, which no file shows.
///
/// `application` is the id and the version of the application that was deployed, if it was one.
pub fn of_verdict(
    settings: &DeploySettings,
    verdict: Verdict,
    application: Option<(String, String)>,
    redactor: &Redactor,
    warnings: &[Problem],
) -> Report {
    let verdict = redacted(verdict, redactor);
    let page = settings.report_file.as_ref().map(|path| page(path, &verdict, redactor, warnings));
    let outcome = Outcome { summary: summary(&verdict), outputs: outputs(&verdict, application) };
    let plan = verdict.plan.as_ref();
    let failure = match &verdict.ended {
        Ended::Failed(failure) => Some(failure.clone()),
        Ended::Deployed | Ended::NoChanges | Ended::Planned | Ended::Detached => None,
    };
    Report {
        outcome,
        failure,
        files: files(settings, &verdict).into_iter().chain(page).collect(),
        tables: plan.and_then(changes::table).into_iter().chain(outputs_table(&verdict.outputs)).collect(),
        ..Report::default()
    }
}

fn redacted(verdict: Verdict, redactor: &Redactor) -> Verdict {
    let output = |output: StackOutput| StackOutput { value: redactor.redact(&output.value), ..output };
    Verdict { outputs: verdict.outputs.into_iter().map(output).collect(), ..verdict }
}

fn summary(verdict: &Verdict) -> String {
    let name = &verdict.stack.name;
    let status = verdict.status.as_ref().map(|status| format!(" ({status})")).unwrap_or_default();
    match &verdict.ended {
        Ended::Deployed => format!("deployed {name}{status}"),
        Ended::NoChanges => format!("nothing to change in {name}"),
        Ended::Planned => {
            let plan = verdict.plan.as_ref().map(Plan::summary).unwrap_or_default();
            format!("planned {name}: {plan}; nothing was executed")
        }
        Ended::Detached => format!("started the deployment of {name} and does not wait for its end"),
        Ended::Failed(_) => format!("{name} is not deployed{status}"),
    }
}

/// The outputs of the stack, and names of what was made. An output of the stack wins over a name of ours.
fn outputs(verdict: &Verdict, application: Option<(String, String)>) -> BTreeMap<String, String> {
    let (application, version) = application.unzip();
    let has_changes = match &verdict.ended {
        Ended::NoChanges => Some(false),
        Ended::Deployed | Ended::Planned | Ended::Detached => Some(true),
        Ended::Failed(_) => None,
    };
    let shifts: Vec<_> = verdict.shifts.iter().map(|shift| shift.deployment_id.as_str()).collect();
    let own = [
        ("DeploymentIds", (!shifts.is_empty()).then(|| shifts.join(","))),
        ("StackId", verdict.stack.id.clone()),
        ("StackName", Some(verdict.stack.name.clone())),
        ("StackStatus", verdict.status.clone()),
        ("ChangeSetId", verdict.change_set.clone()),
        ("HasChanges", has_changes.map(|it| it.to_string())),
        ("ApplicationId", application),
        ("ApplicationVersion", version),
    ];
    let own = own.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?)));
    own.chain(verdict.outputs.iter().map(|output| (output.key.clone(), output.value.clone()))).collect()
}

fn files(settings: &DeploySettings, verdict: &Verdict) -> Vec<Made> {
    let has_outputs = matches!(verdict.ended, Ended::Deployed | Ended::NoChanges);
    let outputs = settings.outputs_file.as_ref().filter(|_| has_outputs).map(|path| Made {
        role: Role::StackOutputs,
        path: Some(path.clone()),
        text: stack_outputs::json(&verdict.outputs),
    });
    let plan = settings.changes_file.as_ref().zip(verdict.plan.as_ref()).map(|(path, plan)| Made {
        role: Role::Plan,
        path: Some(path.clone()),
        text: plan_text(path, verdict, plan),
    });
    outputs.into_iter().chain(plan).collect()
}

/// The deployment as a page.
fn page(path: &Path, verdict: &Verdict, redactor: &Redactor, warnings: &[Problem]) -> Made {
    let page = Page { verdict, warnings, as_of: Timestamp::now(), redactor };
    Made { role: Role::Page, path: Some(path.to_path_buf()), text: page.render() }
}

fn plan_text(path: &Path, verdict: &Verdict, plan: &Plan) -> String {
    let change_set = verdict.change_set.as_deref().filter(|_| verdict.ended == Ended::Planned);
    match path.extension().is_some_and(|extension| extension == "md") {
        true => changes::markdown(&verdict.stack.name, change_set, plan),
        false => changes::json(&verdict.stack.name, change_set, plan),
    }
}

fn outputs_table(outputs: &[StackOutput]) -> Option<Table> {
    let column = |title| Column { title, is_numeric: false };
    let row = |output: &StackOutput| Row {
        cells: vec![
            Cell::Code(output.key.clone()),
            Cell::Code(output.value.clone()),
            Cell::Text(output.description.clone().unwrap_or_default()),
        ],
        // The event of the end has them for programs.
        object: Value::Null,
    };
    (!outputs.is_empty()).then(|| Table {
        show: Show::Result,
        title: "Outputs".to_owned(),
        columns: ["Output", "Value", "Description"].map(column).to_vec(),
        rows: outputs.iter().map(row).collect(),
    })
}
