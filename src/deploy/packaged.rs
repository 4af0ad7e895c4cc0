//! The template that a change set is created with.

use super::stacks::TemplateText;
use crate::facts::Failure;
use futures_util::future::LocalBoxFuture;
use std::time::Duration;

/// The packaged template of a deployment.
///
/// It is asked for when a change set is about to be created, and not before: a deployment that is refused because of its
/// request or its stack has uploaded nothing. It may be asked for again and gives the same text then.
pub trait PackagedTemplate {
    fn text(&self) -> LocalBoxFuture<'_, Result<Availability<TemplateText>, Failure>>;
}

/// Something that may take a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Availability<T> {
    Ready(T),
    /// A service prepares it: ask again after this time.
    Preparing(Duration),
}

impl<T> Availability<T> {
    pub fn map<U>(self, make: impl FnOnce(T) -> U) -> Availability<U> {
        match self {
            Self::Ready(ready) => Availability::Ready(make(ready)),
            Self::Preparing(wait) => Availability::Preparing(wait),
        }
    }
}
