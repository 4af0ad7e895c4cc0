//! Pieces of archives → chunks of the size of a part, within a budget of memory.

use super::lookup::Missing;
use super::object::{Object, Whole};
use super::writer::{Made, Writer};
use super::{ArchiveUpload, PART_BYTES, UploadError, report_start};
use crate::event::Reporter;
use bytes::{Bytes, BytesMut};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::sync::{Semaphore, SemaphorePermit};

/// Bounds the bytes of chunks that are alive.
pub struct Budget(Semaphore);

impl Budget {
    /// A budget of so many bytes, at least one part.
    pub fn new(bytes: usize) -> Self {
        Self(Semaphore::new(bytes.max(PART_BYTES)))
    }

    /// Waits until there is room for the bytes.
    async fn chunk(&self, bytes: Bytes, whole: Option<Whole>) -> Chunk<'_> {
        let size = u32::try_from(bytes.len()).expect("a chunk is no larger than a part");
        let room = self.0.acquire_many(size).await.expect("the budget is never closed");
        Chunk { bytes, whole, _room: room }
    }
}

/// A run of an object's bytes: one part, or all of a small object.
pub struct Chunk<'a> {
    /// The bytes: `PART_BYTES` of them, except in the last chunk.
    pub bytes: Bytes,
    /// In the last chunk: what is known at the end.
    pub whole: Option<Whole>,
    _room: SemaphorePermit<'a>,
}

/// Takes archives from the writer and sends each on as an object with its chunks.
pub async fn split<'a>(
    mut writer: Writer,
    missing: &'a [(&'a ArchiveUpload, Missing)],
    budget: &'a Budget,
    objects: UnboundedSender<Object<'a>>,
    reporter: &dyn Reporter,
) -> Result<(), UploadError> {
    for (index, (archive, how)) in missing.iter().enumerate() {
        let (sender, chunks) = unbounded_channel();
        report_start(&archive.location, archive.archive.source.path(), archive.archive.bytes, reporter);
        // The receiver goes only when the whole upload is given up, and this future with it.
        let _ = objects.send(Object { index, archive, how: *how, chunks });
        if split_one(&mut writer, budget, &sender, reporter).await.is_none() {
            break;
        }
    }
    Ok(writer.end().await?)
}

/// `None` when the writer ended before the archive did.
async fn split_one<'a>(
    writer: &mut Writer,
    budget: &'a Budget,
    chunks: &UnboundedSender<Chunk<'a>>,
    reporter: &dyn Reporter,
) -> Option<()> {
    let (mut waiting, mut size) = (BytesMut::new(), 0);
    loop {
        match writer.next().await? {
            Made::Event(event) => reporter.report(event),
            Made::Bytes(bytes) => {
                size += bytes.len() as u64;
                waiting.extend_from_slice(&bytes);
                while waiting.len() > PART_BYTES {
                    let part = waiting.split_to(PART_BYTES).freeze();
                    let _ = chunks.send(budget.chunk(part, None).await);
                }
            }
            Made::End => {
                let _ = chunks.send(budget.chunk(waiting.freeze(), Some(Whole { bytes: size })).await);
                return Some(());
            }
        }
    }
}
