//! An operation called as a process: resolved from all sources, driven to its end, its files written.

use crate::aws::AwsCloud;
use crate::cli::Typed;
use crate::facts::{Environment, Event, Failure, FileEvent, PathNames, Report, Reporter};
use crate::files::{self, Staged};
use crate::host::{Host, check_build};
use crate::interrupt::Cancellation;
use crate::operation::{Advance, Operation, Patience, World, drive};
use crate::settings::{DeploySettings, Line, PackageSettings, PublishSettings, Resolved, Source, check_is_read};
use std::path::{Path, PathBuf};

/// `samstep package`.
pub async fn package(
    typed: &Typed,
    environment: &Environment,
    host: &mut Host,
    cancellation: &Cancellation,
) -> Result<Report, Failure> {
    begin(environment, host)?;
    let resolved = PackageSettings::resolve(&Source::Line(Line { typed, folder: Path::new("") }), environment)?;
    if !resolved.settings.dry_run {
        check_is_read(&resolved.settings.targets)?;
    }
    operate(resolved.map(|settings| Operation::Package(Box::new(settings))), host, cancellation).await
}

/// `samstep deploy`.
pub async fn deploy(
    typed: &Typed,
    environment: &Environment,
    host: &mut Host,
    cancellation: &Cancellation,
) -> Result<Report, Failure> {
    begin(environment, host)?;
    let resolved = DeploySettings::resolve(&Source::Line(Line { typed, folder: Path::new("") }), environment)?;
    operate(resolved.map(|settings| Operation::Deploy(Box::new(settings))), host, cancellation).await
}

/// `samstep publish`.
pub async fn publish(
    typed: &Typed,
    environment: &Environment,
    host: &mut Host,
    cancellation: &Cancellation,
) -> Result<Report, Failure> {
    begin(environment, host)?;
    let resolved = PublishSettings::resolve(&Source::Line(Line { typed, folder: Path::new("") }), environment)?;
    operate(resolved.map(|settings| Operation::Publish(Box::new(settings))), host, cancellation).await
}

/// Names paths as typed: relative to the current folder.
fn begin(environment: &Environment, host: &Host) -> Result<(), Failure> {
    if let Ok(folder) = std::env::current_dir() {
        host.redactor().name_paths(PathNames::relative_to(&folder));
    }
    check_build(environment)
}

async fn operate(
    resolved: Resolved<Operation>,
    host: &mut Host,
    cancellation: &Cancellation,
) -> Result<Report, Failure> {
    let session = host.session(&resolved.report, resolved.secrets)?;
    session.warn(resolved.warnings);
    // What it draws is cleared when it is dropped, before anything else is written.
    let reporter = session.reporter();
    let operation = resolved.settings;
    let world =
        World { cloud: &AwsCloud, reporter: &reporter, redactor: session.redactor(), cancellation, job_id: None };
    let run = operation.run(&world);
    let advance = async |state| run.advance(state).await;
    let sleep = tokio::time::sleep;
    let ended = match drive(advance, sleep, cancellation, None, Patience::Unlimited).await? {
        // Unlimited patience returns `Pending` only after cancellation. Advances once more, so that the deployment stops
        // its shifts and writes its report.
        Advance::Pending(pending) => run.advance(Some(pending.state)).await?,
        done @ Advance::Done(_) => done,
    };
    match ended {
        Advance::Done(report) => write(&report, reporter.as_ref()).map(|()| report),
        Advance::Pending(_) => Err(cancellation.wait().await),
    }
}

/// Writes all files or none, except if the disk fails between two renames.
fn write(report: &Report, reporter: &dyn Reporter) -> Result<(), Failure> {
    let files: Vec<(&PathBuf, &str)> =
        report.files.iter().filter_map(|made| Some((made.path.as_ref()?, made.text.as_str()))).collect();
    let staged = files.iter().map(|(path, text)| files::stage(path, text.as_bytes()));
    let staged: Vec<Staged> = staged.collect::<Result<_, _>>()?;
    for ((path, _), staged) in files.iter().zip(staged) {
        staged.put()?;
        reporter.report(Event::File(FileEvent::Written { path: (*path).clone() }));
    }
    for path in &report.obsolete {
        if files::remove(path)? {
            reporter.report(Event::File(FileEvent::Removed { path: path.clone() }));
        }
    }
    Ok(())
}
