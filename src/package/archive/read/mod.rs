//! Sources → archives with known digests, of which nothing is compressed yet.
//!
//! All sources are walked, then all their files are hashed together, so that every core has work until the end.

mod byte_set;
mod digest;
mod existing_zip;
mod glob;
mod hash;
mod ignore_file;
mod limits;
mod link;
mod listing;
mod many_md5;
mod open;
mod own_files;
mod progress;
mod reread;
mod walk;

pub use digest::hex;
pub use existing_zip::{is_zip, visit_entries};
pub use reread::Rereader;
pub use walk::describe_special;

use super::entry::{Archive, Entry, EntryKind};
use super::error::ArchiveError;
use super::source::{DigestRule, ReadOptions, Source};
use crate::facts::{Event, Reporter};
use digest::{ContentHashes, Digests, Hashes};
use hash::Job;
use listing::{FoundFile, Listing};
use progress::Progress;
use rayon::prelude::*;
use std::fs::File;
use walk::Walker;

/// Reads every source on all cores. The results have the order of the sources; an error names every problem of its
/// source.
pub fn read_all(
    sources: &[Source],
    options: &ReadOptions,
    reporter: &dyn Reporter,
) -> Vec<Result<Archive, ArchiveError>> {
    let walker = match Walker::new(options) {
        Ok(walker) => walker,
        Err(error) => {
            let root = options.root.as_deref().unwrap_or("".as_ref());
            return sources.iter().map(|_| Err(ArchiveError::unreadable(root, &error))).collect();
        }
    };
    let mut listings: Vec<Listing> = sources.par_iter().map(|source| walker.list(source)).collect();
    // The order of threads decides which sources were listed completely, so that all of them fail.
    let too_much: Vec<_> = sources.iter().filter_map(|source| walker.check_run(source.path()).err()).collect();
    if !too_much.is_empty() {
        return too_much.into_iter().map(Err).collect();
    }
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
    let derivation = Derivation { hashes, rule: options.digest };
    let archives: Vec<_> =
        read.into_par_iter().map(|(source, listing, contents)| derivation.archive(source, listing, contents)).collect();
    progress.finish(archives.iter().all(Result::is_ok));
    archives
}

/// The files of every source that has no problem so far.
fn jobs<'a>(sources: &'a [Source], listings: &'a [Listing]) -> Vec<Job<'a>> {
    let good = sources.iter().zip(listings).filter(|(_, listing)| listing.problems.is_empty());
    good.flat_map(|(source, listing)| listing.files.iter().map(move |found| Job { source, found })).collect()
}

/// How archives are derived from listings and hashes.
struct Derivation {
    hashes: Hashes,
    rule: DigestRule,
}

impl Derivation {
    fn archive(
        &self,
        source: &Source,
        listing: Listing,
        contents: Vec<Result<ContentHashes, ArchiveError>>,
    ) -> Result<Archive, ArchiveError> {
        let mut problems = listing.problems;
        if !problems.is_empty() {
            problems.par_extend(listing.files.par_iter().filter_map(|found| problem_of(source, found)));
        }
        let mut hashed = Vec::with_capacity(contents.len());
        for content in contents {
            content.map_or_else(|problem| problems.push(problem), |content| hashed.push(content));
        }
        match ArchiveError::all(source.path(), problems) {
            Some(error) => Err(error),
            None => Ok(self.whole(source, listing.files, &hashed)),
        }
    }

    fn whole(&self, source: &Source, files: Vec<FoundFile>, contents: &[ContentHashes]) -> Archive {
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
            digest: digest.expect("the hash of the rule is always computed"),
            bytes: entries.iter().map(|entry| entry.size).sum(),
            files: entries.len(),
            entries,
            sha256: digests.sha256,
        }
    }
}

fn entry(found: FoundFile, content: &ContentHashes) -> Entry {
    Entry { name: found.name, kind: found.kind, size: found.size, crc: content.crc }
}

/// Why a file of a source that fails anyway cannot be opened, so that one run names all problems.
fn problem_of(source: &Source, found: &FoundFile) -> Option<ArchiveError> {
    match found.kind {
        EntryKind::Link(_) => None,
        EntryKind::Plain | EntryKind::Executable => {
            let path = source.path_of(&found.name);
            File::open(&path).err().map(|error| ArchiveError::unreadable(&path, &error))
        }
    }
}

#[cfg(test)]
mod tests;
