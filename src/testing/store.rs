//! An object store in memory, and a wrapper that makes any store fail.

use crate::facts::{Reason, S3Location, ServiceError};
use crate::package::{MultipartUpload, ObjectStore, Overwrite, Part, Put, StoredObject};
use bytes::Bytes;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

/// Objects, their versions, and uploads under way. Clones share them.
#[derive(Clone)]
pub struct MemoryStore {
    is_versioned: bool,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    objects: BTreeMap<String, Stored>,
    uploads: BTreeMap<String, BTreeMap<i32, Bytes>>,
    begun: usize,
    written: usize,
}

#[derive(Clone)]
struct Stored {
    bytes: Bytes,
    version: Option<String>,
}

impl MemoryStore {
    /// An empty store in which every bucket exists.
    pub fn new() -> Self {
        Self { is_versioned: false, state: Arc::default() }
    }

    /// An empty store that keeps versions: the first write of all is `v1`, the next `v2`.
    pub fn versioned() -> Self {
        Self { is_versioned: true, ..Self::new() }
    }

    /// Stores an object, as somebody else would.
    pub fn insert(&self, location: &S3Location, bytes: impl Into<Bytes>) {
        self.write(&mut self.lock(), location, bytes.into(), Overwrite::Always);
    }

    /// The bytes of an object.
    pub fn object(&self, location: &S3Location) -> Option<Bytes> {
        self.lock().objects.get(&location.uri()).map(|stored| stored.bytes.clone())
    }

    /// The URIs of all objects, sorted.
    pub fn uris(&self) -> Vec<String> {
        self.lock().objects.keys().cloned().collect()
    }

    /// How many uploads in parts are neither completed nor aborted.
    pub fn open_uploads(&self) -> usize {
        self.lock().uploads.len()
    }

    /// How many uploads in parts were ever begun.
    pub fn begun_uploads(&self) -> usize {
        self.lock().begun
    }

    fn write(&self, state: &mut State, location: &S3Location, bytes: Bytes, overwrite: Overwrite) -> Put {
        if overwrite == Overwrite::IfAbsent && state.objects.contains_key(&location.uri()) {
            return Put::AlreadyThere;
        }
        state.written += 1;
        let version = self.is_versioned.then(|| format!("v{}", state.written));
        state.objects.insert(location.uri(), Stored { bytes, version: version.clone() });
        Put::Stored { version }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no test panics while it holds the lock")
    }
}

impl ObjectStore for MemoryStore {
    async fn head(&self, location: &S3Location) -> Result<Option<StoredObject>, ServiceError> {
        let stored = self.lock().objects.get(&location.uri()).cloned();
        Ok(stored.map(|it| StoredObject { bytes: it.bytes.len() as u64, version: it.version }))
    }

    async fn put(&self, location: &S3Location, body: Bytes, overwrite: Overwrite) -> Result<Put, ServiceError> {
        Ok(self.write(&mut self.lock(), location, body, overwrite))
    }

    async fn begin(&self, location: &S3Location) -> Result<MultipartUpload, ServiceError> {
        let mut state = self.lock();
        state.begun += 1;
        let id = format!("upload-{}", state.begun);
        state.uploads.insert(id.clone(), BTreeMap::new());
        Ok(MultipartUpload { location: location.clone(), id })
    }

    async fn put_part(&self, upload: &MultipartUpload, number: i32, body: Bytes) -> Result<Part, ServiceError> {
        let mut state = self.lock();
        let parts = state.uploads.get_mut(&upload.id).ok_or_else(|| gone(upload))?;
        parts.insert(number, body);
        Ok(Part { number, etag: format!("part-{number}"), checksum: None })
    }

    async fn complete(
        &self,
        upload: MultipartUpload,
        parts: Vec<Part>,
        overwrite: Overwrite,
    ) -> Result<Put, ServiceError> {
        let mut state = self.lock();
        let stored = state.uploads.get(&upload.id).ok_or_else(|| gone(&upload))?;
        let bytes = parts.iter().map(|part| &stored[&part.number][..]).collect::<Vec<_>>().concat();
        let put = self.write(&mut state, &upload.location, bytes.into(), overwrite);
        if put != Put::AlreadyThere {
            state.uploads.remove(&upload.id);
        }
        Ok(put)
    }

    async fn abort(&self, upload: MultipartUpload) -> Result<(), ServiceError> {
        self.lock().uploads.remove(&upload.id).map(|_| ()).ok_or_else(|| gone(&upload))
    }
}

fn gone(upload: &MultipartUpload) -> ServiceError {
    refusal(Operation::PutPart, &upload.location, Reason::NotFound)
}

/// The operations of a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operation {
    Head,
    Put,
    Begin,
    PutPart,
    Complete,
    Abort,
}

impl Operation {
    const fn action(self) -> &'static str {
        match self {
            Self::Head => "s3:GetObject",
            Self::Put | Self::Begin | Self::PutPart | Self::Complete => "s3:PutObject",
            Self::Abort => "s3:AbortMultipartUpload",
        }
    }
}

fn refusal(operation: Operation, location: &S3Location, reason: Reason) -> ServiceError {
    let (operation, resource) = (operation.action(), location.uri());
    ServiceError { operation, resource, reason, code: None, message: None, request_id: None }
}

/// How a call goes wrong.
#[derive(Debug, Clone)]
enum Fault {
    Fails(Reason),
    Hangs,
    Misses,
    Late(Duration),
}

/// What becomes of a call that does not fail.
enum Answer {
    Given,
    Nothing,
}

/// A store whose calls go wrong by script; counts all calls.
pub struct Failing<S> {
    inner: S,
    faults: Vec<(Operation, Option<usize>, Fault)>,
    calls: Mutex<BTreeMap<Operation, usize>>,
}

impl<S> Failing<S> {
    /// A store that still works.
    pub fn new(inner: S) -> Self {
        Self { inner, faults: Vec::new(), calls: Mutex::default() }
    }

    /// The `nth` call of an operation, counted from 1, fails.
    #[must_use]
    pub fn nth(mut self, operation: Operation, nth: usize, reason: Reason) -> Self {
        self.faults.push((operation, Some(nth), Fault::Fails(reason)));
        self
    }

    /// Every call of an operation fails.
    #[must_use]
    pub fn always(mut self, operation: Operation, reason: Reason) -> Self {
        self.faults.push((operation, None, Fault::Fails(reason)));
        self
    }

    /// The `nth` call of an operation, counted from 1, is never answered.
    #[must_use]
    pub fn hangs(mut self, operation: Operation, nth: usize) -> Self {
        self.faults.push((operation, Some(nth), Fault::Hangs));
        self
    }

    /// The `nth` look at an object, counted from 1, finds nothing.
    #[must_use]
    pub fn misses(mut self, nth: usize) -> Self {
        self.faults.push((Operation::Head, Some(nth), Fault::Misses));
        self
    }

    /// Every call of an operation takes so long.
    #[must_use]
    pub fn late(mut self, operation: Operation, wait: Duration) -> Self {
        self.faults.push((operation, None, Fault::Late(wait)));
        self
    }

    /// The store inside.
    pub fn inner(&self) -> &S {
        &self.inner
    }

    /// How often an operation was called.
    pub fn calls(&self, operation: Operation) -> usize {
        self.counts().get(&operation).copied().unwrap_or_default()
    }

    fn counts(&self) -> MutexGuard<'_, BTreeMap<Operation, usize>> {
        self.calls.lock().expect("no test panics while it holds the lock")
    }

    async fn pass(&self, operation: Operation, location: &S3Location) -> Result<Answer, ServiceError> {
        let call = {
            let mut calls = self.counts();
            let count = calls.entry(operation).or_default();
            *count += 1;
            *count
        };
        let applies =
            |fault: &&(Operation, Option<usize>, Fault)| fault.0 == operation && fault.1.is_none_or(|nth| nth == call);
        match self.faults.iter().find(applies).map(|(_, _, fault)| fault.clone()) {
            Some(Fault::Fails(reason)) => Err(refusal(operation, location, reason)),
            Some(Fault::Hangs) => std::future::pending().await,
            Some(Fault::Late(wait)) => {
                tokio::time::sleep(wait).await;
                Ok(Answer::Given)
            }
            Some(Fault::Misses) => Ok(Answer::Nothing),
            None => Ok(Answer::Given),
        }
    }
}

impl<S: ObjectStore> ObjectStore for Failing<S> {
    async fn head(&self, location: &S3Location) -> Result<Option<StoredObject>, ServiceError> {
        match self.pass(Operation::Head, location).await? {
            Answer::Given => self.inner.head(location).await,
            Answer::Nothing => Ok(None),
        }
    }

    async fn put(&self, location: &S3Location, body: Bytes, overwrite: Overwrite) -> Result<Put, ServiceError> {
        self.pass(Operation::Put, location).await?;
        self.inner.put(location, body, overwrite).await
    }

    async fn begin(&self, location: &S3Location) -> Result<MultipartUpload, ServiceError> {
        self.pass(Operation::Begin, location).await?;
        self.inner.begin(location).await
    }

    async fn put_part(&self, upload: &MultipartUpload, number: i32, body: Bytes) -> Result<Part, ServiceError> {
        self.pass(Operation::PutPart, &upload.location).await?;
        self.inner.put_part(upload, number, body).await
    }

    async fn complete(
        &self,
        upload: MultipartUpload,
        parts: Vec<Part>,
        overwrite: Overwrite,
    ) -> Result<Put, ServiceError> {
        self.pass(Operation::Complete, &upload.location).await?;
        self.inner.complete(upload, parts, overwrite).await
    }

    async fn abort(&self, upload: MultipartUpload) -> Result<(), ServiceError> {
        self.pass(Operation::Abort, &upload.location).await?;
        self.inner.abort(upload).await
    }
}

#[cfg(test)]
mod tests {
    use super::{Failing, MemoryStore, Operation};
    use crate::facts::{Reason, S3Location};
    use crate::package::{ObjectStore, Overwrite, Put};
    use bytes::Bytes;

    #[tokio::test]
    async fn an_object_is_kept_unless_it_may_be_replaced() {
        let (store, location) = (MemoryStore::versioned(), S3Location::new("b", "k"));
        let put =
            async |text: &'static str, overwrite| store.put(&location, Bytes::from(text), overwrite).await.unwrap();
        assert_eq!(put("1", Overwrite::IfAbsent).await, Put::Stored { version: Some("v1".into()) });
        assert_eq!(put("2", Overwrite::IfAbsent).await, Put::AlreadyThere);
        assert_eq!(put("33", Overwrite::Always).await, Put::Stored { version: Some("v2".into()) });
        let stored = store.head(&location).await.unwrap().unwrap();
        assert_eq!((stored.bytes, stored.version.as_deref(), store.uris()), (2, Some("v2"), vec!["s3://b/k".into()]));
    }

    #[tokio::test]
    async fn an_upload_in_parts_is_open_until_it_is_completed_or_aborted() {
        let (store, location) = (MemoryStore::new(), S3Location::new("b", "k"));
        let upload = store.begin(&location).await.unwrap();
        let parts = [store.put_part(&upload, 1, "a".into()).await, store.put_part(&upload, 2, "b".into()).await];
        let parts = parts.map(Result::unwrap).to_vec();
        store.complete(upload.clone(), parts.clone(), Overwrite::IfAbsent).await.unwrap();
        assert_eq!((store.open_uploads(), store.object(&location).as_deref()), (0, Some(&b"ab"[..])));
        assert_eq!(store.abort(upload).await.unwrap_err().reason, Reason::NotFound);
        let second = store.begin(&location).await.unwrap();
        store.put_part(&second, 1, "c".into()).await.unwrap();
        let put = store.complete(second.clone(), parts[..1].to_vec(), Overwrite::IfAbsent).await.unwrap();
        assert_eq!((put, store.open_uploads()), (Put::AlreadyThere, 1));
        store.abort(second).await.unwrap();
        assert_eq!((store.open_uploads(), store.begun_uploads()), (0, 2));
    }

    #[tokio::test]
    async fn calls_fail_by_script_and_are_counted() {
        let store = Failing::new(MemoryStore::new()).nth(Operation::Head, 2, Reason::Throttled);
        let location = S3Location::new("b", "k");
        let mut failed = Vec::new();
        for _ in 0..3 {
            failed.push(store.head(&location).await.is_err());
        }
        assert_eq!((failed, store.calls(Operation::Head)), (vec![false, true, false], 3));
    }
}
