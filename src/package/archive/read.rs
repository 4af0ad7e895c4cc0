//! Pass 1: sources → archives whose digests are known and of which nothing is compressed yet.

use super::digest::{ContentHashes, Digests, Hasher, Hashes};
use super::error::ArchiveError;
use super::walk::{Bounds, Found, Listing};
use super::{Archive, DigestRule, Entry, EntryKind, ReadOptions, Source};
use crate::event::{Event, Reporter};
use rayon::prelude::*;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// Bytes of a file that are read at once.
const BUFFER_BYTES: u64 = 1 << 20;
/// Bytes between two reports of progress.
const REPORT_BYTES: u64 = 1 << 20;

/// Reads every source on all cores. The results stand in the order of the sources; each error names every problem
/// of its source.
pub fn read_all(
    sources: &[Source],
    options: &ReadOptions,
    reporter: &dyn Reporter,
) -> Vec<Result<Archive, ArchiveError>> {
    let bounds = match Bounds::new(options) {
        Ok(bounds) => bounds,
        Err((root, error)) => return sources.iter().map(|_| Err(unreadable_root(&root, error.kind()))).collect(),
    };
    let mut listings: Vec<Listing> = sources.par_iter().map(|source| bounds.list(source)).collect();
    for warning in listings.iter_mut().flat_map(|listing| listing.warnings.drain(..)) {
        reporter.report(Event::Warning(warning));
    }
    let reading = Reading::start(&listings, options, reporter);
    let archives: Vec<_> =
        sources.par_iter().zip(listings).map(|(source, listing)| reading.source(source, listing)).collect();
    reading.finish(archives.iter().all(Result::is_ok));
    archives
}

fn unreadable_root(root: &Path, kind: io::ErrorKind) -> ArchiveError {
    ArchiveError::Unreadable { path: root.to_path_buf(), source: kind.into() }
}

/// What all files of a run have in common.
struct Reading<'a> {
    hashes: Hashes,
    rule: DigestRule,
    /// A file of more bytes than this keeps the run waiting, however the others are spread over the cores.
    share: u64,
    unreported: AtomicU64,
    reporter: &'a dyn Reporter,
}

impl<'a> Reading<'a> {
    fn start(listings: &[Listing], options: &ReadOptions, reporter: &'a dyn Reporter) -> Self {
        let readable = listings.iter().filter(|listing| listing.problems.is_empty());
        let (files, bytes) = readable
            .flat_map(|listing| &listing.files)
            .fold((0, 0), |(files, bytes), found| (files + 1, bytes + found.size));
        reporter.report(Event::ReadStarted { files, bytes });
        let share = bytes / rayon::current_num_threads() as u64;
        let (hashes, unreported) = (Hashes::new(options), AtomicU64::new(0));
        Self { hashes, rule: options.digest, share, unreported, reporter }
    }

    fn finish(&self, complete: bool) {
        let bytes = self.unreported.swap(0, Ordering::Relaxed);
        if bytes > 0 {
            self.reporter.report(Event::ReadAdvanced { bytes });
        }
        if complete {
            self.reporter.report(Event::ReadFinished);
        }
    }

    fn advance(&self, bytes: u64) {
        if self.unreported.fetch_add(bytes, Ordering::Relaxed) + bytes >= REPORT_BYTES {
            let bytes = self.unreported.swap(0, Ordering::Relaxed);
            if bytes > 0 {
                self.reporter.report(Event::ReadAdvanced { bytes });
            }
        }
    }

    fn source(&self, source: &Source, listing: Listing) -> Result<Archive, ArchiveError> {
        let path_of = |found: &Found| match source {
            Source::Folder(folder) => folder.join(&*found.name),
            Source::File(file) | Source::AsIs(file) => file.clone(),
        };
        if !listing.problems.is_empty() {
            let mut problems = listing.problems;
            problems.extend(
                listing.files.par_iter().filter_map(|found| unopened(found, path_of(found))).collect::<Vec<_>>(),
            );
            return Err(joined(source, problems));
        }
        let contents: Vec<_> = listing.files.par_iter().map(|found| self.content(found, &path_of(found))).collect();
        if contents.iter().any(Result::is_err) {
            return Err(joined(source, contents.into_iter().filter_map(Result::err).collect()));
        }
        let contents: Vec<ContentHashes> = contents.into_iter().filter_map(Result::ok).collect();
        Ok(self.archive(source, listing.files, &contents))
    }

    fn archive(&self, source: &Source, files: Vec<Found>, contents: &[ContentHashes]) -> Archive {
        let named = files.iter().zip(contents).map(|(found, content)| (&*found.name, &found.kind, content));
        let digests = match (source, contents) {
            (Source::AsIs(_), [content]) => Digests::of_file(content),
            (Source::AsIs(_) | Source::Folder(_) | Source::File(_), _) => Digests::of_archive(self.hashes, named),
        };
        let digest = match self.rule {
            DigestRule::Sam => digests.sam,
            DigestRule::Sha256 => digests.sha256.clone(),
        };
        let entries: Vec<Entry> =
            files.into_iter().zip(contents).map(|(found, content)| entry(found, content)).collect();
        Archive {
            source: source.clone(),
            digest: digest.expect("the hash that makes the key is always taken"),
            bytes: entries.iter().map(|entry| entry.size).sum(),
            files: entries.len(),
            entries,
            sha256: digests.sha256,
        }
    }

    fn content(&self, found: &Found, path: &Path) -> Result<ContentHashes, ArchiveError> {
        let mut hasher = Hasher::new(self.hashes);
        if let EntryKind::Link(target) = &found.kind {
            hasher.update(target);
            self.advance(found.size);
            return Ok(hasher.finish());
        }
        let read = self.file(path, found.size, &mut hasher);
        let bytes = read.map_err(|source| ArchiveError::Unreadable { path: path.to_path_buf(), source })?;
        if bytes == found.size { Ok(hasher.finish()) } else { Err(ArchiveError::Changed { path: path.to_path_buf() }) }
    }

    /// Hashes a file as it is read: its size in bytes.
    fn file(&self, path: &Path, size: u64, hasher: &mut Hasher) -> io::Result<u64> {
        let mut file = File::open(path)?;
        let (mut buffer, mut next) = (Vec::with_capacity(size.min(BUFFER_BYTES) as usize + 1), Vec::new());
        let mut bytes = fill(&mut file, &mut buffer)?;
        self.advance(bytes);
        while buffer.len() as u64 == BUFFER_BYTES {
            let Hasher { slow, fast } = hasher;
            let mut fast_and_read = || {
                fast.update(&buffer);
                fill(&mut file, &mut next)
            };
            let read = if size > self.share {
                rayon::join(|| slow.update(&buffer), fast_and_read).1
            } else {
                slow.update(&buffer);
                fast_and_read()
            };
            bytes += read?;
            self.advance(next.len() as u64);
            std::mem::swap(&mut buffer, &mut next);
        }
        hasher.update(&buffer);
        Ok(bytes)
    }
}

/// Reads until the buffer is full or the file ends: how much was read.
fn fill(file: &mut File, buffer: &mut Vec<u8>) -> io::Result<u64> {
    buffer.clear();
    Ok(file.take(BUFFER_BYTES).read_to_end(buffer)? as u64)
}

fn entry(found: Found, content: &ContentHashes) -> Entry {
    Entry { name: found.name, kind: found.kind, size: found.size, crc: content.crc }
}

/// Of a source that cannot be archived anyway: whether this file would be another problem.
fn unopened(found: &Found, path: PathBuf) -> Option<ArchiveError> {
    match found.kind {
        EntryKind::Link(_) => None,
        EntryKind::Plain | EntryKind::Executable => {
            File::open(&path).err().map(|source| ArchiveError::Unreadable { path, source })
        }
    }
}

fn joined(source: &Source, problems: Vec<ArchiveError>) -> ArchiveError {
    ArchiveError::all(source.path().to_path_buf(), problems).expect("there is at least one problem")
}
