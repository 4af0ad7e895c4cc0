//! The template that a change set is created with.

use super::stacks::TemplateText;
use crate::facts::Failure;
use futures_util::future::LocalBoxFuture;

/// The packaged template of a deployment.
///
/// It is asked for when a change set is about to be created, and not before: a deployment that is refused because of its
/// request or its stack has uploaded nothing. It may be asked for again and gives the same text then.
pub trait PackagedTemplate {
    fn text(&self) -> LocalBoxFuture<'_, Result<TemplateText, Failure>>;
}
