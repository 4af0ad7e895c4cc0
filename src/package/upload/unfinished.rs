//! The multipart uploads under way, so that none is left behind.

use super::store::{MultipartUpload, ObjectStore, Overwrite, Part, Put};
use crate::facts::{Event, Reason, Reporter, S3Location, ServiceError, Warning, WarningKind};
use futures_util::future::join_all;
use futures_util::stream::{Stream, StreamExt};
use std::future::{pending, poll_fn};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

/// The multipart uploads of one run that were begun and neither completed nor aborted.
///
/// It outlives the future that uploads: code that drops the future calls `abort_all`. An upload whose begin call was not
/// answered by then has no id and cannot be aborted; the bucket's lifecycle rule removes its parts.
#[derive(Debug, Default)]
pub struct Unfinished(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    open: Vec<MultipartUpload>,
    beginning: usize,
    is_closed: bool,
}

impl Unfinished {
    /// Aborts all open uploads. Reports those that cannot be aborted.
    pub async fn abort_all(&self, store: &impl ObjectStore, reporter: &dyn Reporter) {
        let open = std::mem::take(&mut self.lock().open);
        join_all(open.into_iter().map(|upload| abort(upload, store, reporter))).await;
    }

    /// Begins an upload. Never returns while uploads are being aborted.
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

    /// Completes an upload. If another run wrote the object first, the upload stays open and is aborted later.
    ///
    /// If the upload is gone and its object is there, an attempt whose reply was lost has completed it.
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

    /// Waits until the begin calls under way have returned, so that their uploads can be aborted; drops everything else.
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

/// `NoSuchUpload` means that there is nothing left to abort.
fn unless_gone(error: ServiceError) -> Result<(), ServiceError> {
    if error.reason == Reason::NotFound { Ok(()) } else { Err(error) }
}

/// Counts a begin call under way.
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
