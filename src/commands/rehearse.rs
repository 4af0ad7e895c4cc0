//! `samstep rehearse`: a job of a pipeline, with folders in place of AWS.

use crate::cli::{AllowArguments, RehearseArguments};
use crate::facts::{Environment, Event, Failure, JobEvent, Report};
use crate::host::Session;
use crate::interrupt::Cancellation;
use crate::job::{ActionConfiguration, ActionOperations};
use crate::local::{FolderCloud, FolderStore, Rehearsal, rehearse};
use crate::operation::Patience;
use crate::operation::action::ActionHost;
use crate::settings::AwsSettings;

pub async fn run(
    arguments: &RehearseArguments,
    environment: &Environment,
    session: &Session,
    cancellation: &Cancellation,
) -> Result<Report, Failure> {
    session.hide(ActionConfiguration::new(arguments.configuration.clone()).secrets());
    let rehearsal = Rehearsal {
        folder: arguments.folder.clone(),
        operation: arguments.operation.clone(),
        template: arguments.template.clone(),
        configuration: arguments.configuration.clone(),
        output: arguments.output.clone(),
    };
    let store = FolderStore::new(rehearsal.buckets());
    let cloud = FolderCloud::new(store.clone(), rehearsal.stacks(), rehearsal.applications());
    let aws = AwsSettings::default();
    let operations = ActionOperations {
        cloud: &cloud,
        host: ActionHost { aws: &aws, environment, allowed: &AllowArguments::default() },
        redactor: session.redactor(),
        cancellation,
        patience: Patience::For(std::time::Duration::ZERO),
    };
    let reporter = session.reporter();
    let rehearsed =
        rehearse(&rehearsal, &store, &operations, session.redactor(), &reporter, cancellation.wait()).await?;
    if let Some(result) = &rehearsed.result {
        session.print(result)?;
    }
    if rehearsed.outcome.is_ok() {
        let [stacks, applications] =
            [rehearsal.stacks(), rehearsal.applications()].map(|it| Some(it).filter(|it| it.is_dir()));
        let buckets = rehearsal.buckets();
        reporter.report(Event::Job(JobEvent::Rehearsed { buckets, stacks, applications }));
    }
    Ok(Report { outcome: rehearsed.outcome?, ..Report::default() })
}
