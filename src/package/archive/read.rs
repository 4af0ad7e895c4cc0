//! Pass 1: sources → archives whose digests are known and of which nothing is compressed yet.

use super::digest::{ContentHashes, Digests, Hashes};
use super::error::ArchiveError;
use super::hash::{self, Job};
use super::progress::Progress;
use super::walk::{Bounds, Found, Listing};
use super::{Archive, DigestRule, Entry, EntryKind, ReadOptions, Source};
use crate::facts::{Event, Reporter};
use rayon::prelude::*;
use std::fs::File;
use std::io;
use std::path::Path;

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
    let jobs = jobs(sources, &listings);
    let progress = Progress::start(jobs.len(), jobs.iter().map(|job| job.found.size).sum(), reporter);
    let hashes = Hashes::new(options);
    let mut contents = hash::hash_all(&jobs, hashes, &progress).into_iter();
    let read = sources.iter().zip(listings).map(|(source, listing)| {
        let files = if listing.problems.is_empty() { listing.files.len() } else { 0 };
        (source, listing, contents.by_ref().take(files).collect())
    });
    let read: Vec<(_, _, Vec<_>)> = read.collect();
    let making = Making { hashes, rule: options.digest };
    let archives: Vec<_> =
        read.into_par_iter().map(|(source, listing, contents)| making.archive(source, listing, contents)).collect();
    progress.finish(archives.iter().all(Result::is_ok));
    archives
}

fn unreadable_root(root: &Path, kind: io::ErrorKind) -> ArchiveError {
    ArchiveError::Unreadable { path: root.to_path_buf(), source: kind.into() }
}

/// The files of every source that has no problem so far.
fn jobs<'a>(sources: &'a [Source], listings: &'a [Listing]) -> Vec<Job<'a>> {
    let good = sources.iter().zip(listings).filter(|(_, listing)| listing.problems.is_empty());
    good.flat_map(|(source, listing)| listing.files.iter().map(move |found| Job { source, found })).collect()
}

/// What the archives of a run have in common.
struct Making {
    hashes: Hashes,
    rule: DigestRule,
}

impl Making {
    fn archive(
        &self,
        source: &Source,
        listing: Listing,
        contents: Vec<Result<ContentHashes, ArchiveError>>,
    ) -> Result<Archive, ArchiveError> {
        if !listing.problems.is_empty() {
            let mut problems = listing.problems;
            problems.extend(listing.files.par_iter().filter_map(|found| unopened(source, found)).collect::<Vec<_>>());
            return Err(joined(source, problems));
        }
        if contents.iter().any(Result::is_err) {
            return Err(joined(source, contents.into_iter().filter_map(Result::err).collect()));
        }
        let contents: Vec<ContentHashes> = contents.into_iter().filter_map(Result::ok).collect();
        Ok(self.whole(source, listing.files, &contents))
    }

    fn whole(&self, source: &Source, files: Vec<Found>, contents: &[ContentHashes]) -> Archive {
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
}

fn entry(found: Found, content: &ContentHashes) -> Entry {
    Entry { name: found.name, kind: found.kind, size: found.size, crc: content.crc }
}

/// Of a source that cannot be archived anyway: whether this file would be another problem.
fn unopened(source: &Source, found: &Found) -> Option<ArchiveError> {
    match found.kind {
        EntryKind::Link(_) => None,
        EntryKind::Plain | EntryKind::Executable => {
            let path = source.path_of(&found.name);
            File::open(&path).err().map(|source| ArchiveError::Unreadable { path, source })
        }
    }
}

fn joined(source: &Source, problems: Vec<ArchiveError>) -> ArchiveError {
    ArchiveError::all(source.path().to_path_buf(), problems).expect("there is at least one problem")
}
