//! What `publish` did, in outputs and lines.

use crate::facts::{Cell, Outcome, Publication, PublishedChange, Report};
use crate::settings::PublishSettings;
use crate::text::count;
use std::collections::BTreeMap;

/// The words of the peers: scripts look for them.
const SUCCEEDED: &str = "Publish Succeeded";

/// The report of a publication, or of what one would be.
pub fn of_publication(settings: &PublishSettings, publication: &Publication) -> Report {
    let Publication { application, version, change, console, .. } = publication;
    if settings.dry_run {
        return Report {
            outcome: Outcome { summary: preview(publication), ..Outcome::default() },
            ..Report::default()
        };
    }
    let outputs = [
        ("ApplicationId", Some(application.clone())),
        ("ApplicationVersion", version.clone()),
        ("ApplicationChange", Some(change.name().to_owned())),
    ];
    let outputs: BTreeMap<_, _> =
        outputs.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
    let subject = [Some(application.clone()), version.clone()];
    Report {
        outcome: Outcome { summary: summary(publication), outputs },
        lines: [SUCCEEDED.to_owned()].into_iter().chain(console.clone()).chain(region_note(publication)).collect(),
        subject: subject.into_iter().flatten().map(Cell::Code).collect(),
        ..Report::default()
    }
}

/// Name and version: `orders 1.2.0`.
fn subject(publication: &Publication) -> String {
    let name = publication.application.rsplit('/').next().unwrap_or_default();
    match &publication.version {
        Some(version) => format!("{name} {version}"),
        None => name.to_owned(),
    }
}

fn summary(publication: &Publication) -> String {
    let subject = subject(publication);
    match publication.change {
        PublishedChange::Created => format!("published {subject}: the application is new"),
        PublishedChange::Updated => format!("published {subject}"),
        PublishedChange::Unchanged => format!("nothing to publish: {subject} is what the repository has"),
    }
}

fn preview(publication: &Publication) -> String {
    let subject = subject(publication);
    let would = match publication.steps.as_slice() {
        [] => format!("{subject} is what the repository has"),
        steps => format!("{} would publish {subject}", count(steps.len(), "write")),
    };
    format!("nothing was written: this was a dry run; {would}")
}

fn region_note(publication: &Publication) -> Option<String> {
    let region = publication.application.split(':').nth(3)?;
    (!publication.is_public).then(|| format!("Unless it is public, the application can be deployed in {region} only."))
}
