//! The resources that are not done, and what each waits for.

use super::stacks::StackEvent;
use crate::facts::{OpenResource, RowOutcome, Timestamp, WaitsFor, resource_types};
use std::collections::BTreeMap;

/// Resources by path.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Open(BTreeMap<String, Started>);

#[derive(Debug, Clone, PartialEq)]
struct Started {
    resource_type: String,
    status: String,
    since: Timestamp,
    hook: Option<String>,
}

impl Open {
    /// Notes a row of a resource.
    pub fn note(&mut self, path: &str, event: &StackEvent) {
        match event.status.outcome() {
            RowOutcome::Started => self.start(path, event),
            RowOutcome::Completed | RowOutcome::Failed | RowOutcome::Skipped => {
                self.0.remove(path);
            }
        }
    }

    fn start(&mut self, path: &str, event: &StackEvent) {
        let status = event.status.as_str();
        let since = match self.0.get(path) {
            Some(before) if before.status == status => before.since,
            Some(_) | None => event.time,
        };
        let hook = event.hook.as_ref().filter(|hook| hook.status.is_open_hook()).map(|hook| hook.name.clone());
        let resource_type = event.resource_type.clone();
        self.0.insert(path.to_owned(), Started { resource_type, status: status.to_owned(), since, hook });
    }

    /// Since when a resource is under way.
    pub fn since(&self, path: &str) -> Option<Timestamp> {
        self.0.get(path).map(|started| started.since)
    }

    /// Oldest first.
    pub fn list(&self) -> Vec<OpenResource> {
        let mut list: Vec<_> = self.0.iter().map(|(path, started)| started.describe(path)).collect();
        list.sort_by(|a, b| (a.since, &a.path).cmp(&(b.since, &b.path)));
        list
    }
}

impl Started {
    fn describe(&self, path: &str) -> OpenResource {
        let kind = self.resource_type.as_str();
        let waits_for = match &self.hook {
            Some(name) => WaitsFor::Hook { name: name.clone() },
            None if kind.starts_with("Custom::") || kind == "AWS::CloudFormation::CustomResource" => {
                WaitsFor::CustomResource { function: None, log_group: None }
            }
            None if kind == resource_types::STACK => WaitsFor::NestedStack,
            None => WaitsFor::Service,
        };
        OpenResource {
            path: path.to_owned(),
            resource_type: self.resource_type.clone(),
            status: self.status.clone(),
            since: self.since,
            waits_for,
        }
    }
}
