//! Stories: archives against a store that holds state and fails by script.

use super::unfinished::Unfinished;
use super::{ArchiveUpload, Buckets, ObjectStore, Overwrite, Upload, UploadOptions, upload_all, upload_bytes};
use crate::facts::{Event, Failure, FailureKind, PackageEvent, Reason, S3Location, Warning, WarningKind};
use crate::package::archive::{ReadOptions, Source, read_all};
use crate::testing::recorder::Recorder;
use crate::testing::store::{Failing, MemoryStore, Operation};
use bytes::Bytes;
use futures_util::{FutureExt, stream};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;

/// Larger than two parts.
const BIG: usize = 20 << 20;

/// A folder of sources.
struct Desk {
    folder: TempDir,
    recorder: Recorder,
    options: UploadOptions,
}

impl Desk {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), recorder: Recorder::default(), options: UploadOptions::default() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn upload(&self, source: Source, key: &str) -> ArchiveUpload {
        let archive = read_all(&[source], &ReadOptions::default(), &Recorder::default()).remove(0).unwrap();
        ArchiveUpload { archive: Arc::new(archive), location: S3Location::new("b", key), resource: "F".to_owned() }
    }

    /// A folder with one small file.
    fn folder(&self, name: &str) -> ArchiveUpload {
        fs::create_dir_all(self.path(name)).unwrap();
        fs::write(self.path(name).join("app.py"), name).unwrap();
        self.upload(Source::Folder(self.path(name)), name)
    }

    /// A file that is uploaded as it is.
    fn file(&self, name: &str, content: &[u8]) -> ArchiveUpload {
        fs::write(self.path(name), content).unwrap();
        self.upload(Source::AsIs(self.path(name)), name)
    }

    /// A file that goes up in three parts.
    fn big_file(&self, name: &str) -> ArchiveUpload {
        let content: Vec<u8> = (0..=250).flat_map(|byte| [byte; 4096]).collect::<Vec<_>>().repeat(BIG / 4096 / 251 + 1);
        self.file(name, &content[..BIG])
    }

    async fn run(&self, archives: &[ArchiveUpload], store: &impl ObjectStore) -> Result<Vec<Upload>, Failure> {
        upload_all(archives, &self.options, store, &self.recorder).await
    }

    fn warnings(&self) -> Vec<Warning> {
        let warning = |event| if let Event::Warning(warning) = event { Some(warning) } else { None };
        self.recorder.events().into_iter().filter_map(warning).collect()
    }
}

#[tokio::test]
async fn what_is_missing_is_uploaded_whole_in_the_order_given() {
    let (desk, store) = (Desk::new(), MemoryStore::new());
    let archives =
        [desk.folder("small"), desk.big_file("big"), desk.file("empty", b""), desk.file("8-mib", &[7; 8 << 20])];
    let uploads = desk.run(&archives, &store).await.unwrap();
    for (archive, upload) in archives.iter().zip(&uploads) {
        let object = store.object(&archive.location).unwrap();
        assert_eq!(upload.bytes, Some(object.len() as u64));
        assert_eq!((&upload.location, upload.reused), (&archive.location, false));
    }
    assert_eq!(store.object(&archives[1].location).unwrap(), fs::read(desk.path("big")).unwrap());
    assert_eq!((store.begun_uploads(), store.open_uploads()), (1, 0), "only what is larger than a part");
    let (mut source_bytes, mut finished) = (0, 0);
    for event in desk.recorder.events() {
        match event {
            Event::Package(PackageEvent::UploadAdvanced { bytes }) => source_bytes += bytes,
            Event::Package(PackageEvent::UploadFinished { .. }) => finished += 1,
            _ => {}
        }
    }
    assert_eq!((source_bytes, finished), (archives.iter().map(|it| it.archive.bytes).sum(), 4));
}

#[tokio::test]
async fn what_is_there_is_left_alone() {
    let desk = Desk::new();
    let store = Failing::new(MemoryStore::versioned()).always(Operation::Put, Reason::AccessDenied);
    let archives = [desk.folder("a"), desk.folder("c")];
    archives.iter().for_each(|it| store.inner().insert(&it.location, vec![0; 100]));
    let uploads = desk.run(&archives, &store).await.unwrap();
    let told: Vec<_> = uploads.iter().map(|it| (it.location.to_string(), it.bytes, it.reused)).collect();
    let expected = [("s3://b/a?versionId=v1", Some(100), true), ("s3://b/c?versionId=v2", Some(100), true)];
    assert_eq!(told, expected.map(|(uri, bytes, reused)| (uri.to_owned(), bytes, reused)));
    assert!(desk.recorder.events().iter().all(|event| matches!(event, Event::Package(PackageEvent::Reused { .. }))));
}

#[tokio::test]
async fn one_location_is_looked_up_and_uploaded_once() {
    let (desk, store) = (Desk::new(), Failing::new(MemoryStore::versioned()));
    let archive = desk.folder("a");
    let uploads = desk.run(&[archive.clone(), archive], &store).await.unwrap();
    assert_eq!((uploads.len(), uploads[0] == uploads[1]), (2, true));
    assert_eq!(uploads[0].location.version.as_deref(), Some("v1"));
    assert_eq!((store.calls(Operation::Head), store.calls(Operation::Put)), (1, 1));
}

#[tokio::test]
async fn what_is_there_is_replaced_when_forced_or_when_it_cannot_be_the_archive() {
    let rows = [
        ("forced", true, false, 100, true),
        ("an empty zip under the key of a full one", false, false, 22, true),
        ("one byte more than an empty zip", false, false, 23, false),
        ("a file of another size", false, true, 4, true),
        ("a file of the same size", false, true, 5, false),
    ];
    for (name, force, as_is, stored, expected) in rows {
        let (mut desk, store) = (Desk::new(), Failing::new(MemoryStore::new()));
        desk.options.force = force;
        let archive = if as_is { desk.file("a", b"12345") } else { desk.folder("a") };
        store.inner().insert(&archive.location, vec![0; stored]);
        let uploads = desk.run(std::slice::from_ref(&archive), &store).await.unwrap();
        let replaced = store.inner().object(&archive.location).unwrap() != vec![0; stored];
        assert_eq!((replaced, uploads[0].reused), (expected, !expected), "{name}");
        assert_eq!(store.calls(Operation::Head), usize::from(!force), "{name}");
    }
}

#[tokio::test]
async fn an_object_that_somebody_else_wrote_meanwhile_is_used() {
    for (name, archive) in [("small", "a"), ("in parts", "big")] {
        let desk = Desk::new();
        let store = Failing::new(MemoryStore::versioned()).misses(1);
        let archive = if archive == "big" { desk.big_file("big") } else { desk.folder("a") };
        store.inner().insert(&archive.location, vec![0; 30]);
        let uploads = desk.run(&[archive], &store).await.unwrap();
        assert_eq!((uploads[0].reused, uploads[0].bytes), (true, Some(30)), "{name}");
        assert_eq!(uploads[0].location.version.as_deref(), Some("v1"), "{name}");
        assert_eq!((store.inner().open_uploads(), desk.warnings()), (0, vec![]), "{name}");
    }
}

#[tokio::test]
async fn parts_that_somebody_else_made_needless_never_fail_the_run() {
    let desk = Desk::new();
    let store = Failing::new(MemoryStore::new()).misses(1).always(Operation::Abort, Reason::AccessDenied);
    let archive = desk.big_file("big");
    store.inner().insert(&archive.location, vec![0; BIG]);
    assert!(desk.run(&[archive], &store).await.unwrap()[0].reused);
    assert!(matches!(desk.warnings()[..], [Warning { kind: WarningKind::PartsLeftBehind { .. }, .. }]));
}

#[tokio::test]
async fn a_completion_whose_reply_was_lost_counts() {
    let desk = Desk::new();
    let rows = [("the object is there", true), ("it is not", false)];
    for (name, is_there) in rows {
        let mut store = Failing::new(MemoryStore::versioned()).nth(Operation::Complete, 1, Reason::NotFound).misses(1);
        if !is_there {
            store = store.misses(2);
        }
        let archive = desk.big_file("big");
        store.inner().insert(&archive.location, vec![0; BIG]);
        let uploaded = desk.run(&[archive], &store).await;
        let version = uploaded.ok().and_then(|uploads| uploads[0].location.version.clone());
        assert_eq!(version.is_some(), is_there, "{name}");
    }
}

#[tokio::test]
async fn a_look_that_is_refused_leaves_the_answer_to_the_write() {
    for (name, reason) in [("403", Reason::AccessDenied), ("400 without a body", Reason::Rejected)] {
        let desk = Desk::new();
        let store = Failing::new(MemoryStore::new()).always(Operation::Head, reason);
        let (there, missing) = (desk.folder("there"), desk.folder("missing"));
        store.inner().insert(&there.location, vec![0; 30]);
        let uploads = desk.run(&[there, missing], &store).await.unwrap();
        let told: Vec<_> = uploads.iter().map(|it| (it.reused, it.bytes.is_some())).collect();
        assert_eq!(told, [(true, false), (false, true)], "{name}");
        assert_eq!(store.calls(Operation::Head), 2, "{name}: not again after the write");
    }
}

#[tokio::test]
async fn an_answer_that_is_no_answer_ends_the_run() {
    let rows = [
        (Operation::Head, Reason::Throttled, FailureKind::Temporary, "cannot tell whether "),
        (Operation::Head, Reason::WrongRegion(None), FailureKind::Usage, "cannot tell whether "),
        (Operation::Put, Reason::Throttled, FailureKind::Temporary, "cannot upload "),
        (Operation::Put, Reason::AccessDenied, FailureKind::Permission, "cannot upload "),
        (Operation::Put, Reason::NotFound, FailureKind::Usage, "cannot upload "),
    ];
    for (operation, reason, kind, message) in rows {
        let desk = Desk::new();
        let store = Failing::new(MemoryStore::new()).always(operation, reason.clone());
        let failure = desk.run(&[desk.folder("a")], &store).await.unwrap_err();
        assert_eq!(failure.kind, kind, "{operation:?} {reason:?}");
        let start = format!("{message}{}", desk.path("a").display());
        assert!(failure.cause().starts_with(&start), "{failure:?}");
    }
}

#[tokio::test]
async fn a_part_that_fails_takes_the_whole_upload_with_it() {
    for (name, operation, nth) in [
        ("third part", Operation::PutPart, 3),
        ("completion", Operation::Complete, 1),
        ("beginning", Operation::Begin, 2),
    ] {
        let desk = Desk::new();
        let store = Failing::new(MemoryStore::new()).nth(operation, nth, Reason::Unavailable);
        let archives = [desk.big_file("one"), desk.big_file("two"), desk.folder("small")];
        let failure = desk.run(&archives, &store).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Temporary, "{name}");
        assert_eq!((store.inner().open_uploads(), desk.warnings()), (0, vec![]), "{name}");
    }
}

#[tokio::test]
async fn parts_that_cannot_be_removed_are_reported() {
    let desk = Desk::new();
    let store = Failing::new(MemoryStore::new())
        .nth(Operation::PutPart, 2, Reason::Unavailable)
        .always(Operation::Abort, Reason::AccessDenied);
    let archive = desk.big_file("big");
    desk.run(std::slice::from_ref(&archive), &store).await.unwrap_err();
    let left: Vec<_> = desk.warnings();
    assert!(
        matches!(&left[..], [Warning { kind: WarningKind::PartsLeftBehind { location, .. }, .. }] if *location == archive.location),
        "{left:?}"
    );
}

#[tokio::test]
async fn a_run_that_is_dropped_leaves_no_parts_once_they_are_aborted() {
    let desk = Desk::new();
    let store = Failing::new(MemoryStore::new()).hangs(Operation::PutPart, 2);
    let archives = [desk.big_file("big")];
    let ended = tokio::time::timeout(Duration::from_millis(300), desk.run(&archives, &store)).await;
    assert!(ended.is_err());
    assert_eq!(store.inner().open_uploads(), 1);
    desk.options.unfinished.abort_all(&store, &desk.recorder).await;
    assert_eq!((store.inner().open_uploads(), store.inner().uris().len()), (0, 0));
}

#[tokio::test]
async fn an_upload_that_is_just_being_begun_gets_its_id_before_it_is_aborted() {
    let (unfinished, location) = (Unfinished::default(), S3Location::new("b", "k"));
    let store = Failing::new(MemoryStore::new()).late(Operation::Begin, Duration::from_millis(20));
    let mut objects = Box::pin(stream::once(unfinished.begin(&location, &store)));
    assert!(futures_util::StreamExt::next(&mut objects).now_or_never().is_none());
    unfinished.settle(objects).await;
    assert_eq!(store.inner().open_uploads(), 1);
    unfinished.abort_all(&store, &Recorder::default()).await;
    assert_eq!(store.inner().open_uploads(), 0);
}

#[tokio::test]
async fn a_source_that_changed_since_it_was_read_is_not_uploaded() {
    let (desk, store) = (Desk::new(), MemoryStore::new());
    let archive = desk.big_file("big");
    fs::write(desk.path("big"), vec![9; BIG]).unwrap();
    let failure = desk.run(&[archive], &store).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Failed);
    assert!(failure.cause().ends_with("it changed after its digest was taken"), "{failure:?}");
    assert_eq!((store.open_uploads(), store.uris().len()), (0, 0));
}

#[tokio::test]
async fn many_small_objects_go_up_at_the_same_time() {
    let desk = Desk::new();
    let store = Failing::new(MemoryStore::new()).late(Operation::Put, Duration::from_millis(50));
    let archives: Vec<_> = (0..60).map(|number| desk.folder(&format!("f{number}"))).collect();
    let begun = std::time::Instant::now();
    desk.run(&archives, &store).await.unwrap();
    assert_eq!(store.inner().uris().len(), 60);
    assert!(begun.elapsed() < Duration::from_secs(2), "one after the other they take three seconds");
}

/// The same archive for each of these buckets.
fn copies(archive: &ArchiveUpload, buckets: &[String]) -> Vec<ArchiveUpload> {
    let location = |bucket: &String| S3Location { bucket: bucket.clone(), ..archive.location.clone() };
    let copy = |bucket| ArchiveUpload { location: location(bucket), ..archive.clone() };
    buckets.iter().map(copy).collect()
}

#[tokio::test]
async fn an_archive_for_several_buckets_is_made_once_and_goes_where_it_is_missing() {
    let desk = Desk::new();
    // More than are uploaded at the same time, and more bytes than are held.
    let names: Vec<String> = (0..20).map(|number| format!("b{number}")).collect();
    let stores: Buckets<_> = names.iter().map(|name| (name.clone(), MemoryStore::new())).collect();
    let (big, small) = (desk.big_file("big"), desk.folder("small"));
    let archives: Vec<_> = [&big, &small].into_iter().flat_map(|archive| copies(archive, &names)).collect();
    stores.put(&archives[3].location, vec![0; BIG].into(), Overwrite::Always).await.unwrap();
    let uploads = desk.run(&archives, &stores).await.unwrap();
    for (number, (archive, upload)) in archives.iter().zip(&uploads).enumerate() {
        let size = stores.head(&archive.location).await.unwrap().map(|it| it.bytes);
        assert_eq!((&upload.location, upload.bytes, upload.reused), (&archive.location, size, number == 3));
    }
    let events = desk.recorder.events();
    let started = events.iter().filter_map(|event| match event {
        Event::Package(PackageEvent::UploadStarted { bytes, .. }) => Some(*bytes),
        _ => None,
    });
    let started: Vec<_> = started.collect();
    assert_eq!(started.len(), 39);
    let advanced = events.iter().filter_map(|event| match event {
        Event::Package(PackageEvent::UploadAdvanced { bytes }) => Some(*bytes),
        _ => None,
    });
    assert_eq!(advanced.sum::<u64>(), started.iter().sum::<u64>());
}

#[tokio::test]
async fn a_bucket_that_fails_ends_the_uploads_to_all() {
    let desk = Desk::new();
    let names = ["good", "bad", "slow"].map(str::to_owned);
    let store = |name: &String| match name.as_str() {
        "bad" => Failing::new(MemoryStore::new()).nth(Operation::PutPart, 2, Reason::Unavailable),
        "slow" => Failing::new(MemoryStore::new()).hangs(Operation::PutPart, 1),
        _ => Failing::new(MemoryStore::new()),
    };
    let buckets: Buckets<_> = names.iter().map(|name| (name.clone(), store(name))).collect();
    let archives = copies(&desk.big_file("big"), &names);
    let failure = desk.run(&archives, &buckets).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Temporary);
    // The object of a bucket that was quick enough may stay: it is whole.
    for ArchiveUpload { location, .. } in archives {
        let (store, may_stay) = (buckets.store_of(&location).inner(), location.bucket == "good");
        assert_eq!(store.open_uploads(), 0, "{location}");
        assert!(may_stay || store.uris().is_empty(), "{location}");
    }
    assert_eq!(desk.warnings(), []);
}

#[tokio::test]
async fn bytes_in_memory_go_the_same_way() {
    let (desk, store, location) = (Desk::new(), MemoryStore::versioned(), S3Location::new("b", "t.template"));
    let run = async || {
        let bytes = Bytes::from("Resources: {}");
        upload_bytes(Path::new("t.yaml"), &location, bytes, &desk.options, &store, &desk.recorder).await.unwrap()
    };
    let (first, second) = (run().await, run().await);
    assert_eq!((first.reused, first.bytes), (false, Some(13)));
    assert_eq!((second.reused, second.bytes), (true, Some(13)));
    assert_eq!((first.location.version.as_deref(), &second.location), (Some("v1"), &first.location));
    assert_eq!(store.put(&location, Bytes::new(), Overwrite::IfAbsent).await.unwrap(), super::Put::AlreadyThere);
}
