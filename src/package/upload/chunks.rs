//! Pieces of archives → chunks of the size of a part, within a budget of memory.

use super::object::{Object, Wanted, Whole};
use super::writer::{Made, Writer};
use super::{PART_BYTES, UploadError, UploadOptions, report_start};
use crate::facts::Reporter;
use bytes::{Bytes, BytesMut};
use std::sync::Arc;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Bounds the bytes of chunks that are alive.
pub struct Budget(Arc<Semaphore>);

impl Budget {
    /// A budget of so many bytes, at least one part.
    pub fn new(bytes: usize) -> Self {
        Self(Arc::new(Semaphore::new(bytes.max(PART_BYTES))))
    }

    /// Waits until there is room for the bytes.
    async fn chunk(&self, bytes: Bytes, whole: Option<Whole>) -> Chunk {
        let size = u32::try_from(bytes.len()).expect("a chunk is no larger than a part");
        let room = Arc::clone(&self.0).acquire_many_owned(size).await;
        Chunk { bytes, whole, _room: Arc::new(room.expect("the budget is never closed")) }
    }
}

/// A run of an object's bytes: one part, or all of a small object. Its clones share the room that it takes.
#[derive(Clone)]
pub struct Chunk {
    /// The bytes: `PART_BYTES` of them, except in the last chunk.
    pub bytes: Bytes,
    /// In the last chunk: what is known at the end.
    pub whole: Option<Whole>,
    _room: Arc<OwnedSemaphorePermit>,
}

/// Takes archives from the writer and sends each on as the objects that it becomes, with their chunks.
pub async fn split<'a: 'w, 'w>(
    mut writer: Writer,
    archives: impl Iterator<Item = &'w [Wanted<'a>]>,
    budget: &Budget,
    objects: UnboundedSender<Object<'a>>,
    (options, reporter): (&UploadOptions, &dyn Reporter),
) -> Result<(), UploadError> {
    for copies in archives {
        let begin = |wanted: &Wanted<'a>| {
            let (sender, chunks) = unbounded_channel();
            let (location, archive) = (&wanted.archive.location, &wanted.archive.archive);
            report_start(location, archive.source.path(), archive.bytes, options, reporter);
            // The receiver goes only when the whole upload is given up, and this future with it.
            let _ = objects.send(Object { wanted: *wanted, chunks });
            sender
        };
        let copies = Copies(copies.iter().map(begin).collect());
        if split_one(&mut writer, budget, &copies, reporter).await.is_none() {
            break;
        }
    }
    Ok(writer.end().await?)
}

/// The objects that are made of one archive, each with the same bytes.
struct Copies(Vec<UnboundedSender<Chunk>>);

impl Copies {
    fn send(&self, chunk: &Chunk) {
        for copy in &self.0 {
            let _ = copy.send(chunk.clone());
        }
    }
}

/// `None` when the writer ended before the archive did.
async fn split_one(writer: &mut Writer, budget: &Budget, copies: &Copies, reporter: &dyn Reporter) -> Option<()> {
    let (mut waiting, mut size) = (BytesMut::new(), 0);
    loop {
        match writer.next().await? {
            Made::Event(event) => copies.0.iter().for_each(|_| reporter.report(event.clone())),
            Made::Bytes(bytes) => {
                size += bytes.len() as u64;
                waiting.extend_from_slice(&bytes);
                while waiting.len() > PART_BYTES {
                    let part = waiting.split_to(PART_BYTES).freeze();
                    copies.send(&budget.chunk(part, None).await);
                }
            }
            Made::End => {
                copies.send(&budget.chunk(waiting.freeze(), Some(Whole { bytes: size })).await);
                return Some(());
            }
        }
    }
}
