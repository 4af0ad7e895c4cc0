//! An object store in a folder: buckets are folders, objects are files.

use crate::facts::{Failure, Reason, S3Location, ServiceError};
use crate::job::{ArtifactStore, fetch_failure};
use crate::package::{MultipartUpload, ObjectStore, Overwrite, Part, Put, StoredObject};
use bytes::Bytes;
use std::fs::{self, File};
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

    /// Fills a temporary file beside the object and renames it.
    fn store(
        &self,
        location: &S3Location,
        overwrite: Overwrite,
        fill: impl FnOnce(&mut File) -> io::Result<()>,
    ) -> io::Result<Put> {
        let path = self.path(location);
        let folder = path.parent().unwrap_or(&self.root);
        create_folders(&self.root, folder)?;
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

/// Creates a folder below `root` and its parents. Refuses symbolic links among them.
pub fn create_folders(root: &Path, folder: &Path) -> io::Result<()> {
    root.parent().map_or(Ok(()), fs::create_dir_all)?;
    let between: Vec<_> = folder.ancestors().take_while(|ancestor| *ancestor != root).collect();
    std::iter::once(root).chain(between.into_iter().rev()).try_for_each(create_folder)
}

fn create_folder(path: &Path) -> io::Result<()> {
    match fs::create_dir(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => match fs::symlink_metadata(path)?.is_dir() {
            true => Ok(()),
            false => Err(io::Error::new(io::ErrorKind::NotADirectory, format!("{} is no folder", path.display()))),
        },
        created => created,
    }
}

/// An error of the file system as one of a service.
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
        match fs::metadata(self.path(location)) {
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
        let folder = self.parts(&upload);
        let created = create_folders(&self.root, &self.root).and_then(|()| fs::create_dir(folder));
        created.map_err(service_error("s3:PutObject", location))?;
        Ok(upload)
    }

    async fn put_part(&self, upload: &MultipartUpload, number: i32, body: Bytes) -> Result<Part, ServiceError> {
        let path = self.parts(upload).join(number.to_string());
        let written = File::create_new(path).and_then(|mut file| file.write_all(&body));
        written.map_err(service_error("s3:PutObject", &upload.location))?;
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
        let removed = fs::remove_dir_all(&folder);
        stored.and_then(|put| removed.map(|()| put)).map_err(service_error("s3:PutObject", &upload.location))
    }

    async fn abort(&self, upload: MultipartUpload) -> Result<(), ServiceError> {
        let removed = fs::remove_dir_all(self.parts(&upload));
        removed.map_err(service_error("s3:AbortMultipartUpload", &upload.location))
    }
}

fn append(file: &mut File, part: &Path) -> io::Result<()> {
    io::copy(&mut File::open(part)?, file).map(|_| ())
}

impl ArtifactStore for FolderStore {
    async fn fetch(&self, location: &S3Location, into: &mut tokio::fs::File, limit: u64) -> Result<u64, Failure> {
        let refused = |error| fetch_failure::refused(&service_error("s3:GetObject", location)(error));
        let write = |error| fetch_failure::unwritten(location, &error);
        let mut object = tokio::fs::File::open(self.path(location)).await.map_err(refused)?;
        if object.metadata().await.map_err(refused)?.len() > limit {
            return Err(fetch_failure::too_large(location, limit));
        }
        let bytes = tokio::io::copy(&mut object, into).await.map_err(write)?;
        into.flush().await.map_err(write)?;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::FolderStore;
    use crate::facts::{FailureKind, S3Location};
    use crate::job::ArtifactStore;
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
    async fn an_object_is_replaced_only_on_request() {
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
    async fn nothing_is_written_through_a_link() {
        let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let root = folder.path().join("buckets");
        std::fs::create_dir_all(root.join("b")).unwrap();
        let link = |path: &Path, target: &Path| std::os::unix::fs::symlink(target, path).unwrap();
        link(&root.join("linked"), elsewhere.path());
        link(&root.join("b/p"), elsewhere.path());
        link(&folder.path().join("root"), elsewhere.path());
        let target = elsewhere.path().join("target");
        std::fs::write(&target, "kept").unwrap();
        link(&root.join("b/k"), &target);
        let rows =
            [("a bucket", "buckets", "linked", "k"), ("a prefix", "buckets", "b", "p/k"), ("all", "root", "b", "k")];
        for (name, root, bucket, key) in rows {
            let store = store(&folder.path().join(root));
            let put = store.put(&S3Location::new(bucket, key), Bytes::from("1"), Overwrite::Always).await;
            assert!(put.unwrap_err().to_string().ends_with(" is no folder"), "{name}");
        }
        let location = S3Location::new("b", "k");
        store(&root).put(&location, Bytes::from("1"), Overwrite::Always).await.unwrap();
        assert!(!root.join("b/k").is_symlink(), "the link is replaced");
        assert_eq!(std::fs::read_to_string(&target).unwrap(), "kept");
        assert_eq!(std::fs::read_dir(elsewhere.path()).unwrap().count(), 1);
        assert!(store(&folder.path().join("root")).begin(&location).await.is_err());
    }

    #[tokio::test]
    async fn parts_become_one_object_and_are_deleted() {
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
    async fn an_object_over_the_limit_is_not_fetched() {
        let folder = tempfile::tempdir().unwrap();
        let (store, location) = (store(folder.path()), S3Location::new("b", "k"));
        store.put(&location, Bytes::from("12345"), Overwrite::IfAbsent).await.unwrap();
        let mut file = tokio::fs::File::create(folder.path().join("fetched")).await.unwrap();
        assert_eq!(store.fetch(&location, &mut file, 5).await.unwrap(), 5);
        let failure = store.fetch(&location, &mut file, 4).await.unwrap_err();
        let message = "s3://b/k is larger than 4 bytes, the limit of an input artifact";
        assert_eq!((failure.kind, failure.cause().as_str()), (FailureKind::Input, message));
        assert_eq!(std::fs::read(folder.path().join("fetched")).unwrap(), b"12345");
    }
}
