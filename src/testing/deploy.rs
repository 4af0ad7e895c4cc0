//! What tests deploy.

use crate::deploy::{
    DeployOptions, Gates, NewChangeSet, OnCancel, OnEmpty, OnFailure, OnPaused, PackagedTemplate, TemplateFacts,
    TemplateText, UnknownParameters, UnsetParameters, Until, Work,
};
use crate::facts::Failure;
use futures_util::future::{FutureExt, LocalBoxFuture};
use std::collections::BTreeMap;
use std::time::Duration;

/// A deployment of a template without parameters.
pub fn options(stack: &str) -> DeployOptions {
    DeployOptions {
        stack: stack.to_owned(),
        work: Work::Create(Box::new(new_change_set())),
        until: Until::Deployed,
        empty: OnEmpty::Succeed,
        on_failure: OnFailure::Rollback,
        express: false,
        gates: Gates::default(),
        replaces_failed: false,
        wait_for_stack: None,
        on_paused: OnPaused::Refuse,
        protection: None,
        policy: None,
        role_arn: None,
        timeout: Duration::from_secs(3600),
        poll: None,
        on_cancel: OnCancel::Leave,
    }
}

/// A change set without anything optional.
pub fn new_change_set() -> NewChangeSet {
    NewChangeSet {
        template: TemplateFacts::default(),
        parameters: BTreeMap::new(),
        unknown_parameters: UnknownParameters::Warn,
        unset_parameters: UnsetParameters::KeepPrevious,
        tags: None,
        capabilities: None,
        topics: None,
        triggers: None,
        description: None,
        name: None,
        includes_nested: true,
        imports_existing: false,
        reverts_drift: false,
    }
}

/// A template without resources, which needs no upload.
pub struct EmptyTemplate;

impl PackagedTemplate for EmptyTemplate {
    fn text(&self) -> LocalBoxFuture<'_, Result<TemplateText, Failure>> {
        async { Ok(TemplateText::Body(String::new())) }.boxed_local()
    }
}
