//! The words and JSON for what happens while an application is published.

use crate::facts::{PublishEvent, PublishStep, PublishWarning, Unchangeable};
use serde_json::{Value, json};

/// The line about an event.
pub fn line(event: &PublishEvent) -> String {
    match event {
        PublishEvent::Found { application, exists: true } => format!("Found {application}"),
        PublishEvent::Found { application, exists: false } => format!("{application} is new"),
        PublishEvent::ObjectNotChecked { location, error } => {
            format!("Whether {location} exists is not known, since a call is not possible: {error}")
        }
        PublishEvent::VersionUnchanged { version } => {
            format!("Version {version} is published already, with the same template")
        }
        PublishEvent::NoVersion { .. } => "No version is given: only the metadata is published".to_owned(),
        PublishEvent::Planned(step) => {
            let (_, would) = words(step);
            format!("Would {would}")
        }
        PublishEvent::Done(step) => words(step).0,
    }
}

/// A write that was made, and one that would be, in words.
fn words(step: &PublishStep) -> (String, String) {
    match step {
        PublishStep::CreateApplication { .. } | PublishStep::CreateVersion { .. } => {
            (format!("Created {}", step.thing()), format!("create {}", step.thing()))
        }
        PublishStep::UpdateMetadata { .. } => (format!("Updated {}", step.thing()), format!("update {}", step.thing())),
        PublishStep::Share { with } if with.is_empty() => {
            ("Ended the sharing".to_owned(), "end the sharing".to_owned())
        }
        PublishStep::Share { with } => {
            let with = with.join(", ");
            (format!("Shared with {with}"), format!("share with {with}"))
        }
    }
}

/// The object for an event.
pub fn object(event: &PublishEvent) -> Value {
    match event {
        PublishEvent::Found { application, exists } => {
            json!({"type": "publication", "status": "found", "application_id": application, "exists": exists})
        }
        PublishEvent::ObjectNotChecked { location, error } => json!({
            "type": "notice", "action": error.operation, "resource": location.to_string(), "message": error.to_string(),
        }),
        PublishEvent::VersionUnchanged { version } => {
            json!({"type": "publication", "status": "version_unchanged", "version": version})
        }
        PublishEvent::NoVersion { application } => {
            json!({"type": "publication", "status": "no_version", "application_id": application})
        }
        PublishEvent::Planned(step) => step_object("planned", step),
        PublishEvent::Done(step) => step_object("done", step),
    }
}

fn step_object(status: &str, step: &PublishStep) -> Value {
    match step {
        PublishStep::CreateApplication { version } => {
            json!({"type": "publication", "status": status, "step": "create_application", "version": version})
        }
        PublishStep::CreateVersion { version } => {
            json!({"type": "publication", "status": status, "step": "create_version", "version": version})
        }
        PublishStep::UpdateMetadata { keys } => {
            json!({"type": "publication", "status": status, "step": "update_metadata", "keys": keys})
        }
        PublishStep::Share { with } => {
            json!({"type": "publication", "status": status, "step": "share", "with": with})
        }
    }
}

/// A warning in a sentence, and what to do.
pub fn warning(warning: &PublishWarning) -> (String, Option<String>) {
    match warning {
        PublishWarning::UnknownKey { key, nearest } => (
            format!("the metadata of the application has {key}, which is not published"),
            nearest.map(|nearest| format!("the nearest is {nearest}")),
        ),
        PublishWarning::OtherName { name, application } => (
            format!("the metadata names the application {name}, and {application} is published, as asked"),
            Some("leave --application-id out to publish the application of that name".to_owned()),
        ),
        PublishWarning::CodeNotCompared { version, properties } => (
            format!(
                "version {version} is published already; its template is the same, but its code was not compared, \
                 because the repository has copies of its own ({})",
                properties.join(", ")
            ),
            Some("if the code changed, give the next version".to_owned()),
        ),
        PublishWarning::VersionNotCompared { version } => {
            (format!("version {version} is published already; it was not compared and stays as it is"), None)
        }
        PublishWarning::DocumentNotCompared { key, error } => {
            (format!("{key} could not be compared with what the repository has, and is sent again: {error}"), None)
        }
        PublishWarning::CannotChange { key, of } => {
            let (of, hint) = match of {
                Unchangeable::Application => ("an application", "it is set when the application is created"),
                Unchangeable::Version => ("a version", "it is set when the version is created"),
            };
            (format!("{key} differs from what the repository has, and {of} cannot change it"), Some(hint.to_owned()))
        }
    }
}
