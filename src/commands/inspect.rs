//! `samstep config show` and `samstep doctor`: look, and write nothing.

use crate::aws::AwsProbe;
use crate::cli::{Effective, Origin, Typed, ValueOf};
use crate::doctor::{self, Check};
use crate::facts::{Cell, Column, Environment, Failure, Outcome, PathNames, Report, Row, Show, Table};
use crate::host::Host;
use crate::settings::{DoctorSettings, Line, effective};
use serde_json::json;
use std::path::Path;

/// Lists every setting of a command with its source.
pub fn config(typed: &Typed, environment: &Environment, host: &Host) -> Result<Report, Failure> {
    let (settings, below) = effective(&Line { typed, folder: Path::new("") }, environment)?;
    host.current().warn(below.warnings);
    let columns = columns(["Setting", "Value", "Source"]);
    let table = Table {
        show: Show::Result,
        title: "settings".to_owned(),
        columns,
        rows: settings.iter().map(setting).collect(),
    };
    Ok(Report { tables: vec![table], ..Report::default() })
}

fn columns(titles: [&'static str; 3]) -> Vec<Column> {
    titles.map(|title| Column { title, is_numeric: false }).to_vec()
}

fn setting(setting: &Effective) -> Row {
    let Effective { flag, value, source } = setting;
    let value = value.as_ref().map(|value| if flag.hides_value { "****" } else { value.as_str() });
    let shown = source_of(source);
    let place = match source {
        ValueOf::Source(Origin::Samconfig { place: Some(place), .. }) => Some(place),
        ValueOf::Source(_) | ValueOf::CommandLine | ValueOf::Default | ValueOf::Nothing => None,
    };
    let cells = [flag.long, value.unwrap_or("-"), &shown].map(|text| Cell::Text(text.to_owned()));
    let object = json!({
        "type": "setting", "name": flag.long, "value": value, "source": shown,
        "path": place.map(|place| place.path.display().to_string()), "line": place.map(|place| place.line),
    });
    Row { cells: cells.to_vec(), object }
}

fn source_of(source: &ValueOf) -> String {
    match source {
        ValueOf::CommandLine => "command line".to_owned(),
        ValueOf::Source(Origin::Variable(name)) => format!("variable {name}"),
        ValueOf::Source(Origin::Samconfig { path, place, section, .. }) => {
            let line = place.as_ref().map(|place| format!(":{}", place.line)).unwrap_or_default();
            format!("{}{line} ({section})", path.display())
        }
        ValueOf::Source(origin @ (Origin::Operator | Origin::Property(_))) => origin.to_string(),
        ValueOf::Default => "default".to_owned(),
        ValueOf::Nothing => "not set".to_owned(),
    }
}

/// Runs the checks. The exit code is that of the first that failed.
pub async fn doctor(typed: &Typed, environment: &Environment, host: &mut Host) -> Result<Report, Failure> {
    if let Ok(folder) = std::env::current_dir() {
        host.redactor().name_paths(PathNames::relative_to(&folder));
    }
    let resolved = DoctorSettings::resolve(&Line { typed, folder: Path::new("") }, environment)?;
    let session = host.session(&resolved.report, resolved.secrets)?;
    session.warn(resolved.warnings);
    let probe = AwsProbe::new(&resolved.settings.aws).await?;
    let checks = doctor::diagnose(&resolved.settings, &probe).await;
    let rows = checks.iter().flat_map(check).collect();
    let table =
        Table { show: Show::Result, title: "checks".to_owned(), columns: columns(["Check", "Status", "Result"]), rows };
    if let Some(failure) = doctor::failure(&checks) {
        session.print_table(&table)?;
        return Err(failure);
    }
    let warnings = checks.iter().filter(|check| check.status == doctor::Status::Warn).count();
    let summary = format!("{} checks passed, {}", checks.len() - warnings, crate::text::count(warnings, "warning"));
    let outcome = Outcome { summary, ..Outcome::default() };
    Ok(Report { outcome, tables: vec![table], ..Report::default() })
}

/// A row, and for people a second one with the fix.
fn check(check: &Check) -> Vec<Row> {
    let text = |text: &str| Cell::Text(text.to_owned());
    let object = json!({
        "type": "check", "name": check.name, "status": check.status.name(), "message": check.message, "hint": check.hint,
    });
    let row = Row { cells: vec![text(check.name), text(check.status.name()), text(&check.message)], object };
    let hint = check
        .hint
        .as_ref()
        .map(|hint| Row { cells: vec![text(""), text("help"), text(hint)], object: serde_json::Value::Null });
    std::iter::once(row).chain(hint).collect()
}
