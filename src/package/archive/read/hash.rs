//! Files → the hashes of their contents, on all cores.

use super::digest::{ContentHashes, FastHashes, Hasher, Hashes};
use super::listing::FoundFile;
use super::many_md5::{self, COLUMNS, Content};
use super::open::{self, Opener};
use super::progress::Progress;
use crate::package::archive::entry::EntryKind;
use crate::package::archive::error::ArchiveError;
use crate::package::archive::source::Source;
use rayon::prelude::*;
use std::cell::RefCell;
use std::cmp::Reverse;
use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Bytes read at once of a file that is hashed alone.
const BUFFER_BYTES: u64 = 1 << 20;
/// Larger files are hashed first, the largest before all others, so that none starts late and keeps the run waiting.
const LARGE_BYTES: u64 = 1 << 18;
/// Threads that hash columns. Each has as many open files as there are columns.
const MAX_COLUMN_THREADS: usize = 8;

/// A file that has to be hashed.
pub struct Job<'a> {
    pub source: &'a Source,
    pub found: &'a FoundFile,
}

impl Job<'_> {
    fn open(&self, opener: &mut Opener) -> Result<File, ArchiveError> {
        opener.open(self.source, &self.found.name).map_err(|error| self.unreadable(&error))
    }

    fn path(&self) -> PathBuf {
        self.source.path_of(&self.found.name)
    }

    fn unreadable(&self, error: &io::Error) -> ArchiveError {
        ArchiveError::unreadable(&self.path(), error)
    }

    /// The hashes, if the file still has the size that the walk found.
    fn check_size(&self, bytes: u64, hashes: ContentHashes) -> Result<ContentHashes, ArchiveError> {
        if bytes == self.found.size { Ok(hashes) } else { Err(ArchiveError::changed(&self.path())) }
    }
}

type Hashed = Result<ContentHashes, ArchiveError>;

/// Hashes every file. The results have the order of the jobs.
pub fn hash_all(jobs: &[Job], hashes: Hashes, progress: &Progress) -> Vec<Hashed> {
    let queue = Queue::new(jobs, hashes, progress);
    let workers = rayon::current_num_threads().min(if hashes.have_md5() { MAX_COLUMN_THREADS } else { usize::MAX });
    let done: Vec<_> = (0..workers).into_par_iter().map(|_| queue.work()).collect();
    let mut all: Vec<Option<Hashed>> = jobs.iter().map(|_| None).collect();
    for (index, hashed) in done.into_iter().flatten() {
        all[index] = Some(hashed);
    }
    all.into_iter().map(|hashed| hashed.expect("every job is done once")).collect()
}

/// The jobs, from which all threads take the next one.
struct Queue<'a> {
    jobs: &'a [Job<'a>],
    /// Indices of the jobs in the order in which they are done.
    order: Vec<usize>,
    /// Jobs that were taken.
    taken: AtomicUsize,
    /// The first jobs, as many as this, are hashed alone.
    alone: usize,
    hashes: Hashes,
    progress: &'a Progress<'a>,
}

impl<'a> Queue<'a> {
    fn new(jobs: &'a [Job<'a>], hashes: Hashes, progress: &'a Progress<'a>) -> Self {
        let size = |index: &usize| jobs[*index].found.size;
        let (mut order, small): (Vec<_>, Vec<_>) = (0..jobs.len()).partition(|index| size(index) > LARGE_BYTES);
        order.sort_by_key(|index| Reverse(size(index)));
        order.extend(small);
        let alone = if hashes.have_md5() { count_alone(order.iter().map(size)) } else { order.len() };
        Self { jobs, order, taken: AtomicUsize::new(0), alone, hashes, progress }
    }

    /// Hashes files until no job is left. Returns the results with the indices of their jobs.
    fn work(&self) -> Vec<(usize, Hashed)> {
        let (results, mut opener) = (RefCell::new(Vec::new()), Opener::default());
        many_md5::hash_all(
            || self.open_next(&mut opener, &mut results.borrow_mut()),
            |opened: Opened, md5| results.borrow_mut().push((opened.index, opened.finish(md5))),
        );
        results.into_inner()
    }

    /// The next file for a column. Hashes files that come before it and are hashed alone.
    fn open_next(&self, opener: &mut Opener, results: &mut Vec<(usize, Hashed)>) -> Option<Opened<'_>> {
        loop {
            let position = self.taken.fetch_add(1, Ordering::Relaxed);
            let index = *self.order.get(position)?;
            let job = &self.jobs[index];
            if position < self.alone {
                results.push((index, self.hash_alone(job, opener)));
                continue;
            }
            match self.open(index, job, opener) {
                Ok(opened) => return Some(opened),
                Err(error) => results.push((index, Err(error))),
            }
        }
    }

    fn open(&self, index: usize, job: &'a Job<'a>, opener: &mut Opener) -> Result<Opened<'_>, ArchiveError> {
        let bytes = match &job.found.kind {
            EntryKind::Link(target) => Bytes::Link(target),
            EntryKind::Plain | EntryKind::Executable => Bytes::File(job.open(opener)?),
        };
        Ok(Opened { index, job, bytes, read: 0, fast: FastHashes::new(self.hashes), progress: self.progress })
    }

    fn hash_alone(&self, job: &Job, opener: &mut Opener) -> Hashed {
        let mut hasher = Hasher::new(self.hashes);
        if let EntryKind::Link(target) = &job.found.kind {
            hasher.update(target);
            self.progress.advance(job.found.size);
            return Ok(hasher.finish());
        }
        let read = self.hash_file(job.open(opener)?, job.found.size, &mut hasher);
        let bytes = read.map_err(|error| job.unreadable(&error))?;
        job.check_size(bytes, hasher.finish())
    }

    /// Hashes a file while it is read. Returns its size in bytes.
    fn hash_file(&self, mut file: File, size: u64, hasher: &mut Hasher) -> io::Result<u64> {
        let (mut buffer, mut next) = (Vec::with_capacity(size.min(BUFFER_BYTES) as usize + 1), Vec::new());
        let mut bytes = fill(&mut file, &mut buffer)?;
        self.progress.advance(bytes);
        while buffer.len() as u64 == BUFFER_BYTES {
            let Hasher { md5, fast } = hasher;
            let mut fast_and_read = || {
                fast.update(&buffer);
                fill(&mut file, &mut next)
            };
            let read = if self.hashes.have_md5() {
                rayon::join(|| md5.update(&buffer), fast_and_read).1
            } else {
                fast_and_read()
            };
            bytes += read?;
            self.progress.advance(next.len() as u64);
            std::mem::swap(&mut buffer, &mut next);
        }
        hasher.update(&buffer);
        Ok(bytes)
    }
}

/// How many of the largest files are hashed alone. The sizes come largest first.
///
/// Until everything else is done, a column gets through its share of one thread's work and no more. A file that is
/// larger would still be hashed when all other threads are idle.
fn count_alone(sizes: impl Iterator<Item = u64> + Clone) -> usize {
    let others = rayon::current_num_threads() - 1;
    let bytes: u64 = sizes.clone().sum();
    sizes.take(others).take_while(|size| size * (COLUMNS * others) as u64 > bytes).count()
}

/// Reads until the buffer is full or the file ends. Returns the number of bytes.
fn fill(file: &mut File, buffer: &mut Vec<u8>) -> io::Result<u64> {
    buffer.clear();
    Ok(file.take(BUFFER_BYTES).read_to_end(buffer)? as u64)
}

/// A file in a column.
struct Opened<'a> {
    index: usize,
    job: &'a Job<'a>,
    bytes: Bytes<'a>,
    read: u64,
    fast: FastHashes,
    progress: &'a Progress<'a>,
}

enum Bytes<'a> {
    File(File),
    Link(&'a [u8]),
}

impl Opened<'_> {
    fn finish(self, md5: io::Result<[u8; 16]>) -> Hashed {
        let md5 = md5.map_err(|error| self.job.unreadable(&error))?;
        self.job.check_size(self.read, self.fast.finish(Some(md5)))
    }
}

impl Content for Opened<'_> {
    fn fill(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.job.found.size.saturating_sub(self.read);
        let bytes = match &mut self.bytes {
            Bytes::File(file) => open::fill(file, left, buffer)?,
            Bytes::Link(target) => open::fill(target, left, buffer)?,
        };
        self.fast.update(&buffer[..bytes]);
        self.read += bytes as u64;
        self.progress.advance(bytes as u64);
        Ok(bytes)
    }
}
