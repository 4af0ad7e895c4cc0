//! Files → the hashes of their contents, on all cores.

use super::digest::{ContentHashes, FastHashes, Hasher, Hashes};
use super::error::ArchiveError;
use super::many_md5::{self, COLUMNS, Content};
use super::open::{self, Opener};
use super::progress::Progress;
use super::walk::Found;
use super::{EntryKind, Source};
use rayon::prelude::*;
use std::cell::RefCell;
use std::cmp::Reverse;
use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Bytes that are read at once of a file that is hashed alone.
const BUFFER_BYTES: u64 = 1 << 20;
/// Files of more bytes come first, the largest before all others: what begins last ends last.
const LARGE_BYTES: u64 = 1 << 18;
/// Threads that hash side by side, at most: each has as many open files as there are columns.
const MOST_WORKERS: usize = 8;

/// A file that is to be hashed.
pub struct Job<'a> {
    /// Where it was found.
    pub source: &'a Source,
    /// What was found.
    pub found: &'a Found,
}

impl Job<'_> {
    fn open(&self, opener: &mut Opener) -> Result<File, ArchiveError> {
        opener.open(self.source, &self.found.name).map_err(|error| self.unreadable(error))
    }

    fn path(&self) -> PathBuf {
        self.source.path_of(&self.found.name)
    }

    fn unreadable(&self, source: io::Error) -> ArchiveError {
        ArchiveError::Unreadable { path: self.path(), source }
    }

    /// The hashes, if the file has the size that was found.
    fn checked(&self, bytes: u64, hashes: ContentHashes) -> Result<ContentHashes, ArchiveError> {
        if bytes == self.found.size { Ok(hashes) } else { Err(ArchiveError::Changed { path: self.path() }) }
    }
}

type Hashed = Result<ContentHashes, ArchiveError>;

/// Hashes every file. The results stand in the order of the jobs.
pub fn hash_all(jobs: &[Job], hashes: Hashes, progress: &Progress) -> Vec<Hashed> {
    let queue = Queue::new(jobs, hashes, progress);
    let workers = rayon::current_num_threads().min(if hashes.have_md5() { MOST_WORKERS } else { usize::MAX });
    let done: Vec<_> = (0..workers).into_par_iter().map(|_| queue.work()).collect();
    let mut all: Vec<Option<Hashed>> = jobs.iter().map(|_| None).collect();
    for (place, hashed) in done.into_iter().flatten() {
        all[place] = Some(hashed);
    }
    all.into_iter().map(|hashed| hashed.expect("every job is done once")).collect()
}

/// The jobs in the order in which they are done, for all workers to take from.
struct Queue<'a> {
    jobs: &'a [Job<'a>],
    order: Vec<usize>,
    taken: AtomicUsize,
    /// The first so many are hashed alone.
    alone: usize,
    hashes: Hashes,
    progress: &'a Progress<'a>,
}

impl<'a> Queue<'a> {
    fn new(jobs: &'a [Job<'a>], hashes: Hashes, progress: &'a Progress<'a>) -> Self {
        let size = |place: &usize| jobs[*place].found.size;
        let (mut order, small): (Vec<_>, Vec<_>) = (0..jobs.len()).partition(|place| size(place) > LARGE_BYTES);
        order.sort_by_key(|place| Reverse(size(place)));
        order.extend(small);
        let alone = if hashes.have_md5() { outweighing(order.iter().map(size)) } else { order.len() };
        Self { jobs, order, taken: AtomicUsize::new(0), alone, hashes, progress }
    }

    /// Hashes files until none is left: the results with the places of the jobs.
    fn work(&self) -> Vec<(usize, Hashed)> {
        let (results, mut opener) = (RefCell::new(Vec::new()), Opener::default());
        many_md5::hash_all(
            || self.open_next(&mut opener, &mut results.borrow_mut()),
            |opened: Opened, md5| results.borrow_mut().push((opened.place, opened.finish(md5))),
        );
        results.into_inner()
    }

    /// The next file that is hashed side by side with others. Those before it that are not are done by then.
    fn open_next(&self, opener: &mut Opener, results: &mut Vec<(usize, Hashed)>) -> Option<Opened<'_>> {
        loop {
            let nth = self.taken.fetch_add(1, Ordering::Relaxed);
            let place = *self.order.get(nth)?;
            let job = &self.jobs[place];
            if nth < self.alone {
                results.push((place, self.alone(job, opener)));
                continue;
            }
            match self.open(place, job, opener) {
                Ok(opened) => return Some(opened),
                Err(error) => results.push((place, Err(error))),
            }
        }
    }

    fn open(&self, place: usize, job: &'a Job<'a>, opener: &mut Opener) -> Result<Opened<'_>, ArchiveError> {
        let bytes = match &job.found.kind {
            EntryKind::Link(target) => Bytes::Link(target),
            EntryKind::Plain | EntryKind::Executable => Bytes::File(job.open(opener)?),
        };
        Ok(Opened { place, job, bytes, read: 0, fast: FastHashes::new(self.hashes), progress: self.progress })
    }

    fn alone(&self, job: &Job, opener: &mut Opener) -> Hashed {
        let mut hasher = Hasher::new(self.hashes);
        if let EntryKind::Link(target) = &job.found.kind {
            hasher.update(target);
            self.progress.advance(job.found.size);
            return Ok(hasher.finish());
        }
        let read = self.file(job.open(opener)?, job.found.size, &mut hasher);
        let bytes = read.map_err(|error| job.unreadable(error))?;
        job.checked(bytes, hasher.finish())
    }

    /// Hashes a file as it is read: its size in bytes.
    fn file(&self, mut file: File, size: u64, hasher: &mut Hasher) -> io::Result<u64> {
        let (mut buffer, mut next) = (Vec::with_capacity(size.min(BUFFER_BYTES) as usize + 1), Vec::new());
        let mut bytes = fill(&mut file, &mut buffer)?;
        self.progress.advance(bytes);
        while buffer.len() as u64 == BUFFER_BYTES {
            let Hasher { slow, fast } = hasher;
            let mut fast_and_read = || {
                fast.update(&buffer);
                fill(&mut file, &mut next)
            };
            let read = if self.hashes.have_md5() {
                rayon::join(|| slow.update(&buffer), fast_and_read).1
            } else {
                slow.update(&buffer);
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

/// Of sizes, the largest first: how many files would keep the run waiting if they were hashed side by side with others.
///
/// While everything is read, one column gets through no more than its part of a thread's share. What is left of a file
/// then is more than what the others need who would do the rest meanwhile.
fn outweighing(sizes: impl Iterator<Item = u64> + Clone) -> usize {
    let others = rayon::current_num_threads() - 1;
    let bytes: u64 = sizes.clone().sum();
    sizes.take(others).take_while(|size| size * (COLUMNS * others) as u64 > bytes).count()
}

/// Reads until the buffer is full or the file ends: how much was read.
fn fill(file: &mut File, buffer: &mut Vec<u8>) -> io::Result<u64> {
    buffer.clear();
    Ok(file.take(BUFFER_BYTES).read_to_end(buffer)? as u64)
}

/// A file that is hashed side by side with others.
struct Opened<'a> {
    place: usize,
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
        let md5 = md5.map_err(|error| self.job.unreadable(error))?;
        self.job.checked(self.read, self.fast.finish(Some(md5)))
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
