//! Pieces of archives → chunks of the size of a part.

use super::chunk::{Budget, Chunk, Object, PART_BYTES, Wanted, report_start};
use super::request::{ArchiveUpload, UploadOptions};
use super::writer::{Made, Writer};
use crate::facts::{Event, Failure, PackageEvent, Reporter};
use bytes::BytesMut;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

/// Takes archives from the writer and sends the objects that are made of each, with their chunks.
pub async fn split<'a: 'w, 'w>(
    mut writer: Writer,
    archives: impl Iterator<Item = &'w [Wanted<'a>]>,
    budget: &Budget,
    objects: UnboundedSender<Object<'a>>,
    (options, reporter): (&UploadOptions, &dyn Reporter),
) -> Result<(), Failure> {
    for copies in archives {
        let begin = |wanted: &Wanted<'a>| {
            let (sender, chunks) = unbounded_channel();
            let ArchiveUpload { archive, location, resource } = wanted.archive;
            report_start(location, (archive.source.path(), Some(resource)), archive.bytes, options, reporter);
            // The receiver is dropped only with the whole upload, and this future with it.
            let _ = objects.send(Object { wanted: *wanted, chunks });
            sender
        };
        let copies = Copies(copies.iter().map(begin).collect());
        if split_one(&mut writer, budget, &copies, reporter).await.is_none() {
            break;
        }
    }
    writer.end().await
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
    let (mut waiting, mut size, mut source_bytes) = (BytesMut::new(), 0, 0);
    loop {
        match writer.next().await? {
            // Counted when the service has acknowledged the chunk.
            Made::Event(event) => match *event {
                Event::Package(PackageEvent::UploadAdvanced { bytes }) => source_bytes += bytes,
                event => copies.0.iter().for_each(|_| reporter.report(event.clone())),
            },
            Made::Bytes(bytes) => {
                size += bytes.len() as u64;
                waiting.extend_from_slice(&bytes);
                while waiting.len() > PART_BYTES {
                    let part = waiting.split_to(PART_BYTES).freeze();
                    copies.send(&budget.chunk(part, std::mem::take(&mut source_bytes), None).await);
                }
            }
            Made::End => {
                copies.send(&budget.chunk(waiting.freeze(), source_bytes, Some(size)).await);
                return Some(());
            }
        }
    }
}
