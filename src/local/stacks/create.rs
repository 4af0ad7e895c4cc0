//! `CreateChangeSet`: what CloudFormation would refuse is refused, and the changes are computed.

use super::capabilities::ReadTemplate;
use super::document::Document;
use super::nested::Nesting;
use super::outputs::outputs;
use super::parameters::{Key, Values};
use super::refusal::Call;
use super::scope::Scope;
use super::state::{ChangeSetState, Deployed, Progress, StackState};
use super::{arn, capabilities, plan};
use crate::deploy::{ChangeSetIds, ChangeSetKind, ChangeSetRequest, Status};
use crate::facts::{Reason, ServiceError};
use std::collections::BTreeMap;

/// A change set that is asked for.
pub struct Creation<'a> {
    pub call: &'a Call,
    pub request: &'a ChangeSetRequest,
    pub template: String,
    pub key: &'a Key,
    pub region: &'a str,
    /// Reads the templates of nested stacks.
    pub read: ReadTemplate<'a>,
}

impl Creation<'_> {
    /// Adds the change set to its stack. The same request again gives the same change set.
    pub fn create(self, found: &mut Option<StackState>) -> Result<ChangeSetIds, ServiceError> {
        let mut stack = self.stack(found.as_ref())?;
        let is_other = |it: &ChangeSetState| it.name == self.request.name && it.token != self.request.token;
        if stack.change_sets.iter().any(|it| it.is_open() && is_other(it)) {
            let message = format!("ChangeSet {} already exists", self.request.name);
            return Err(self.call.refuses(Reason::Rejected, "AlreadyExistsException", message));
        }
        let change_set = self.change_set(&stack)?;
        let ids = ChangeSetIds { change_set: change_set.id.clone(), stack: stack.id.clone() };
        stack.change_sets.retain(|it| it.is_open() && it.name != self.request.name);
        stack.change_sets.push(change_set);
        *found = Some(stack);
        Ok(ids)
    }

    /// The stack that is changed, or a new one.
    fn stack(&self, found: Option<&StackState>) -> Result<StackState, ServiceError> {
        let name = &self.request.stack;
        let found = found.filter(|state| state.is_called(name));
        match (self.request.kind, found) {
            (ChangeSetKind::Create, None) => Ok(self.new_stack()),
            (ChangeSetKind::Create, Some(stack)) if stack.deployed.is_none() => Ok(stack.clone()),
            (ChangeSetKind::Create, Some(_)) => {
                let message = format!("Stack [{name}] already exists");
                Err(self.call.refuses(Reason::Rejected, "AlreadyExistsException", message))
            }
            (ChangeSetKind::Update, Some(stack)) if stack.deployed.is_some() => Ok(stack.clone()),
            (ChangeSetKind::Update, Some(_) | None) => Err(self.call.no_stack(name)),
        }
    }

    fn new_stack(&self) -> StackState {
        let name = arn::stack_name(&self.request.stack);
        StackState {
            name: name.to_owned(),
            id: arn::of_stack(self.region, name),
            status: Status::new("REVIEW_IN_PROGRESS"),
            is_protected: false,
            policy: None,
            role_arn: None,
            tags: BTreeMap::new(),
            deployed: None,
            outputs: Vec::new(),
            operation: None,
            change_sets: Vec::new(),
        }
    }

    fn change_set(&self, stack: &StackState) -> Result<ChangeSetState, ServiceError> {
        let document = Document::parse(&self.template).map_err(|message| self.call.invalid(message))?;
        self.check_capabilities(&document)?;
        let deployed = self.deployed(&document, stack)?;
        let after = Scope::new(&document, &deployed.parameters, &stack.name, self.region);
        let tags = self.request.tags.clone().unwrap_or_else(|| stack.tags.clone());
        let old_document = self.old_document(stack)?;
        let before = old_document.as_ref().zip(stack.deployed.as_ref());
        let before =
            before.map(|(document, deployed)| Scope::new(document, &deployed.parameters, &stack.name, self.region));
        if let Some(before) = &before {
            self.check_types(before.document, &document)?;
        }
        let changes = plan::changes(before.as_ref(), &after);
        let mut nesting = Nesting::new(self.region, &stack.name, self.read);
        let nested = match self.request.includes_nested {
            true => nesting.change_sets(&self.request.name, before.as_ref(), &after, &changes),
            false => Vec::new(),
        };
        let is_empty = before.is_some() && changes.is_empty() && tags == stack.tags && outputs(&after) == stack.outputs;
        Ok(ChangeSetState {
            name: self.request.name.clone(),
            id: arn::of_change_set(self.region, &stack.name, &self.request.name),
            token: self.request.token.clone(),
            progress: if is_empty { Progress::Empty } else { Progress::Ready },
            deletes_on_failure: self.request.deletes_on_failure,
            is_express: self.request.express.is_some(),
            role_arn: self.request.role_arn.clone().or_else(|| stack.role_arn.clone()),
            tags,
            changes,
            nested,
            deployed,
        })
    }

    fn old_document(&self, stack: &StackState) -> Result<Option<Document>, ServiceError> {
        let old = stack.deployed.as_ref().map(|deployed| Document::parse(&deployed.template)).transpose();
        old.map_err(|message| self.call.invalid(format!("the template that was deployed cannot be read: {message}")))
    }

    fn deployed(&self, document: &Document, stack: &StackState) -> Result<Deployed, ServiceError> {
        let none = BTreeMap::new();
        let values = Values {
            document,
            given: &self.request.parameters,
            previous: stack.deployed.as_ref().map_or(&none, |deployed| &deployed.parameters),
            key: self.key,
        };
        let parameters = values.merge().map_err(|message| self.call.invalid(message))?;
        Ok(Deployed { template: self.template.clone(), parameters })
    }

    fn check_capabilities(&self, document: &Document) -> Result<(), ServiceError> {
        let given = self.request.capabilities.as_deref().unwrap_or_default();
        let missing = capabilities::missing(document, given, self.read);
        let message = format!("Requires capabilities : [{}]", missing.join(", "));
        match missing.is_empty() {
            true => Ok(()),
            false => Err(self.call.refuses(Reason::Rejected, "InsufficientCapabilitiesException", message)),
        }
    }

    fn check_types(&self, before: &Document, after: &Document) -> Result<(), ServiceError> {
        let retyped = plan::retyped(before, after);
        match retyped.is_empty() {
            true => Ok(()),
            false => Err(self.call.invalid(format!(
                "Update of resource type is not permitted. The new template modifies resource type of the following \
                 resources: [{}]",
                retyped.join(", ")
            ))),
        }
    }
}
