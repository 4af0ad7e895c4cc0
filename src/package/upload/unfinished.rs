//! Uploads in parts that are under way, so that none is left behind.

use super::{MultipartUpload, ObjectStore, Overwrite, Part, Put};
use crate::facts::{Event, Reason, Reporter, S3Location, ServiceError, Warning, WarningKind};
use futures_util::future::join_all;
use futures_util::stream::{Stream, StreamExt};
use std::future::{pending, poll_fn};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

/// The uploads in parts of one run that were begun and neither completed nor aborted.
///
/// It outlives the future that uploads: whoever drops that one calls `abort_all`. An upload whose beginning was not
/// answered by then has no id to abort it by; the bucket's lifecycle rule has to take care of such.
#[derive(Debug, Default)]
pub struct Unfinished(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    open: Vec<MultipartUpload>,
    beginning: usize,
    is_closed: bool,
}

impl Unfinished {
    /// Aborts whatever is open. What cannot be aborted is reported.
    pub async fn abort_all(&self, store: &impl ObjectStore, reporter: &dyn Reporter) {
        let open = std::mem::take(&mut self.lock().open);
        join_all(open.into_iter().map(|upload| abort(upload, store, reporter))).await;
    }

    /// Begins an upload; never returns while uploads are being given up.
    pub(super) async fn begin(
        &self,
        location: &S3Location,
        store: &impl ObjectStore,
    ) -> Result<MultipartUpload, ServiceError> {
        if self.lock().is_closed {
            return pending().await;
        }
        let beginning = Beginning::new(self);
        let upload = store.begin(location).await?;
        self.lock().open.push(upload.clone());
        drop(beginning);
        Ok(upload)
    }

    /// Completes an upload. When somebody else wrote the object first, the parts stay to be aborted.
    ///
    /// An upload that is gone while its object is there was completed by an attempt whose reply was lost.
    pub(super) async fn complete(
        &self,
        upload: MultipartUpload,
        parts: Vec<Part>,
        overwrite: Overwrite,
        store: &impl ObjectStore,
    ) -> Result<Put, ServiceError> {
        let put = match store.complete(upload.clone(), parts, overwrite).await {
            Ok(put) => put,
            Err(error) if error.reason == Reason::NotFound => match store.head(&upload.location).await {
                Ok(Some(stored)) => Put::Stored { version: stored.version },
                Ok(None) | Err(_) => return Err(error),
            },
            Err(error) => return Err(error),
        };
        match put {
            Put::Stored { .. } => self.lock().open.retain(|open| *open != upload),
            Put::AlreadyThere => {}
        }
        Ok(put)
    }

    /// Lets the uploads that are just being begun get their ids, and drops everything else.
    pub(super) async fn settle<T>(&self, mut objects: impl Stream<Item = T> + Unpin) {
        self.lock().is_closed = true;
        poll_fn(|context| self.poll_settle(&mut objects, context)).await;
        drop(objects);
        self.lock().is_closed = false;
    }

    fn poll_settle<T>(&self, objects: &mut (impl Stream<Item = T> + Unpin), context: &mut Context<'_>) -> Poll<()> {
        while self.lock().beginning > 0 {
            match objects.poll_next_unpin(context) {
                Poll::Ready(Some(_)) => {}
                Poll::Ready(None) => return Poll::Ready(()),
                Poll::Pending if self.lock().beginning > 0 => return Poll::Pending,
                Poll::Pending => {}
            }
        }
        Poll::Ready(())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn abort(upload: MultipartUpload, store: &impl ObjectStore, reporter: &dyn Reporter) {
    let location = upload.location.clone();
    if let Err(error) = store.abort(upload).await.or_else(unless_gone) {
        let kind = WarningKind::PartsLeftBehind { location, error };
        reporter.report(Event::Warning(Warning::new("parts of an upload", kind)));
    }
}

/// `NoSuchUpload`: what was to be aborted is gone.
fn unless_gone(error: ServiceError) -> Result<(), ServiceError> {
    if error.reason == Reason::NotFound { Ok(()) } else { Err(error) }
}

/// Counts a beginning as long as it lives.
struct Beginning<'a>(&'a Unfinished);

impl<'a> Beginning<'a> {
    fn new(unfinished: &'a Unfinished) -> Self {
        unfinished.lock().beginning += 1;
        Self(unfinished)
    }
}

impl Drop for Beginning<'_> {
    fn drop(&mut self) {
        self.0.lock().beginning -= 1;
    }
}
