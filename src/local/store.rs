//! An object store in a folder: buckets are folders, objects files. What the step does with it, it does with S3.

use crate::facts::{Reason, S3Location, ServiceError};
use crate::job::{ArtifactStore, FetchError};
use crate::package::{MultipartUpload, ObjectStore, Overwrite, Part, Put, StoredObject};
use bytes::Bytes;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::io::AsyncWriteExt;

/// Buckets below a folder. Clones share it.
#[derive(Debug, Clone)]
pub struct FolderStore {
    root: PathBuf,
    uploads: Arc<AtomicU64>,
}

impl FolderStore {
    /// A store whose buckets lie in `root`.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into(), uploads: Arc::default() }
    }

    /// The file of an object.
    pub fn path(&self, location: &S3Location) -> PathBuf {
        let segments = location.key.split('/').map(|segment| match segment {
            "" => "%",
            "." => "%2E",
            ".." => "%2E%2E",
            other => other,
        });
        self.root.join(&location.bucket).join(segments.collect::<PathBuf>())
    }

    fn parts(&self, upload: &MultipartUpload) -> PathBuf {
        self.root.join(format!(".uploads-{}", upload.id))
    }

    /// Fills a file beside the object and moves it there in one step.
    fn store(
        &self,
        location: &S3Location,
        overwrite: Overwrite,
        fill: impl FnOnce(&mut File) -> io::Result<()>,
    ) -> io::Result<Put> {
        let path = self.path(location);
        let folder = path.parent().unwrap_or(&self.root);
        std::fs::create_dir_all(folder)?;
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        fill(file.as_file_mut())?;
        match overwrite {
            Overwrite::Always => file.persist(&path).map_err(|error| error.error)?,
            Overwrite::IfAbsent => match file.persist_noclobber(&path) {
                Ok(file) => file,
                Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => return Ok(Put::AlreadyThere),
                Err(error) => return Err(error.error),
            },
        };
        Ok(Put::Stored { version: None })
    }
}

/// Says what the file system answered in the words of a service.
fn service_error(operation: &'static str, location: &S3Location) -> impl FnOnce(io::Error) -> ServiceError {
    let resource = location.uri();
    move |error| ServiceError {
        operation,
        resource,
        reason: match error.kind() {
            io::ErrorKind::NotFound => Reason::NotFound,
            io::ErrorKind::PermissionDenied => Reason::AccessDenied,
            _ => Reason::Rejected,
        },
        code: None,
        message: Some(error.to_string()),
        request_id: None,
    }
}

impl ObjectStore for FolderStore {
    async fn head(&self, location: &S3Location) -> Result<Option<StoredObject>, ServiceError> {
        match std::fs::metadata(self.path(location)) {
            Ok(metadata) => Ok(Some(StoredObject { bytes: metadata.len(), version: None })),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(service_error("s3:GetObject", location)(error)),
        }
    }

    async fn put(&self, location: &S3Location, body: Bytes, overwrite: Overwrite) -> Result<Put, ServiceError> {
        let stored = self.store(location, overwrite, |file| file.write_all(&body));
        stored.map_err(service_error("s3:PutObject", location))
    }

    async fn begin(&self, location: &S3Location) -> Result<MultipartUpload, ServiceError> {
        let number = self.uploads.fetch_add(1, Ordering::Relaxed);
        let upload = MultipartUpload { location: location.clone(), id: format!("{}-{number}", std::process::id()) };
        std::fs::create_dir_all(self.parts(&upload)).map_err(service_error("s3:PutObject", location))?;
        Ok(upload)
    }

    async fn put_part(&self, upload: &MultipartUpload, number: i32, body: Bytes) -> Result<Part, ServiceError> {
        let path = self.parts(upload).join(number.to_string());
        std::fs::write(path, &body).map_err(service_error("s3:PutObject", &upload.location))?;
        Ok(Part { number, etag: format!("part-{number}"), checksum: None })
    }

    async fn complete(
        &self,
        upload: MultipartUpload,
        parts: Vec<Part>,
        overwrite: Overwrite,
    ) -> Result<Put, ServiceError> {
        let folder = self.parts(&upload);
        let stored = self.store(&upload.location, overwrite, |file| {
            parts.iter().try_for_each(|part| append(file, &folder.join(part.number.to_string())))
        });
        let removed = std::fs::remove_dir_all(&folder);
        stored.and_then(|put| removed.map(|()| put)).map_err(service_error("s3:PutObject", &upload.location))
    }

    async fn abort(&self, upload: MultipartUpload) -> Result<(), ServiceError> {
        let removed = std::fs::remove_dir_all(self.parts(&upload));
        removed.map_err(service_error("s3:AbortMultipartUpload", &upload.location))
    }
}

fn append(file: &mut File, part: &Path) -> io::Result<()> {
    io::copy(&mut File::open(part)?, file).map(|_| ())
}

impl ArtifactStore for FolderStore {
    async fn fetch(&self, location: &S3Location, into: &mut tokio::fs::File, limit: u64) -> Result<u64, FetchError> {
        let opened = tokio::fs::File::open(self.path(location)).await;
        let mut object = opened.map_err(service_error("s3:GetObject", location))?;
        let metadata = object.metadata().await.map_err(service_error("s3:GetObject", location))?;
        if metadata.len() > limit {
            return Err(FetchError::TooLarge { location: location.clone(), limit });
        }
        let write = |source| FetchError::Write { location: location.clone(), source };
        let bytes = tokio::io::copy(&mut object, into).await.map_err(write)?;
        into.flush().await.map_err(|source| FetchError::Write { location: location.clone(), source })?;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::FolderStore;
    use crate::facts::S3Location;
    use crate::job::{ArtifactStore, FetchError};
    use crate::package::{ObjectStore, Overwrite, Put};
    use bytes::Bytes;
    use std::path::Path;

    fn store(folder: &Path) -> FolderStore {
        FolderStore::new(folder)
    }

    #[test]
    fn a_key_never_leaves_its_bucket() {
        let store = store(Path::new("/buckets"));
        let rows = [
            ("a/b.zip", "/buckets/b/a/b.zip"),
            ("../../x", "/buckets/b/%2E%2E/%2E%2E/x"),
            ("/x//./y", "/buckets/b/%/x/%/%2E/y"),
        ];
        for (key, expected) in rows {
            assert_eq!(store.path(&S3Location::new("b", key)), Path::new(expected), "{key}");
        }
    }

    #[tokio::test]
    async fn an_object_is_there_once_it_was_put_and_not_replaced_unless_asked() {
        let folder = tempfile::tempdir().unwrap();
        let (store, location) = (store(folder.path()), S3Location::new("b", "p/k"));
        assert_eq!(store.head(&location).await.unwrap(), None);
        let stored = Put::Stored { version: None };
        assert_eq!(store.put(&location, Bytes::from("1"), Overwrite::IfAbsent).await.unwrap(), stored);
        assert_eq!(store.put(&location, Bytes::from("22"), Overwrite::IfAbsent).await.unwrap(), Put::AlreadyThere);
        assert_eq!(store.head(&location).await.unwrap().map(|it| it.bytes), Some(1));
        assert_eq!(store.put(&location, Bytes::from("22"), Overwrite::Always).await.unwrap(), stored);
        assert_eq!(std::fs::read(store.path(&location)).unwrap(), b"22");
    }

    #[tokio::test]
    async fn parts_become_one_object_in_their_order_and_leave_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let (store, location) = (store(folder.path()), S3Location::new("b", "k"));
        let upload = store.begin(&location).await.unwrap();
        let second = store.put_part(&upload, 2, Bytes::from("b")).await.unwrap();
        let first = store.put_part(&upload, 1, Bytes::from("a")).await.unwrap();
        store.complete(upload, vec![first, second], Overwrite::IfAbsent).await.unwrap();
        let dropped = store.begin(&location).await.unwrap();
        store.abort(dropped).await.unwrap();
        assert_eq!(std::fs::read(store.path(&location)).unwrap(), b"ab");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[tokio::test]
    async fn what_is_fetched_has_a_limit() {
        let folder = tempfile::tempdir().unwrap();
        let (store, location) = (store(folder.path()), S3Location::new("b", "k"));
        store.put(&location, Bytes::from("12345"), Overwrite::IfAbsent).await.unwrap();
        let mut file = tokio::fs::File::create(folder.path().join("fetched")).await.unwrap();
        assert_eq!(store.fetch(&location, &mut file, 5).await.unwrap(), 5);
        assert!(matches!(store.fetch(&location, &mut file, 4).await, Err(FetchError::TooLarge { limit: 4, .. })));
        assert_eq!(std::fs::read(folder.path().join("fetched")).unwrap(), b"12345");
    }
}
