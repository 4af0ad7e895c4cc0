//! Pieces of archives → chunks of the size of a part.

use super::chunk::{Budget, Chunk, Object, PART_BYTES, Wanted, report_start};
use super::request::{ArchiveUpload, UploadOptions};
use super::writer::{Made, Writer};
use crate::facts::{Event, Failure, PackageEvent, Reporter};
use bytes::Bytes;
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
    let (mut part, mut size, mut source_bytes) = (Vec::new(), 0, 0);
    loop {
        match writer.next().await? {
            // Counted when the service has acknowledged the chunk.
            Made::Event(event) => match *event {
                Event::Package(PackageEvent::UploadAdvanced { bytes }) => source_bytes += bytes,
                event => copies.0.iter().for_each(|_| reporter.report(event.clone())),
            },
            Made::Bytes(mut bytes) => {
                size += bytes.len() as u64;
                while !bytes.is_empty() {
                    if part.len() == PART_BYTES {
                        // More follows, so it is not the last.
                        let full = std::mem::replace(&mut part, Vec::with_capacity(PART_BYTES));
                        copies.send(&budget.chunk(full.into(), std::mem::take(&mut source_bytes), None).await);
                    }
                    fill(&mut part, &mut bytes);
                }
            }
            Made::End => {
                copies.send(&budget.chunk(part.into(), source_bytes, Some(size)).await);
                return Some(());
            }
        }
    }
}

/// Moves bytes into a part until it is full. Its buffer grows to the size of a part and no further: it stays in memory as
/// long as the part does.
fn fill(part: &mut Vec<u8>, bytes: &mut Bytes) {
    let fitting = bytes.split_to(bytes.len().min(PART_BYTES - part.len()));
    let needed = part.len() + fitting.len();
    if needed > part.capacity() {
        let capacity = needed.max(2 * part.capacity()).min(PART_BYTES);
        part.reserve_exact(capacity - part.len());
    }
    part.extend_from_slice(&fitting);
}
