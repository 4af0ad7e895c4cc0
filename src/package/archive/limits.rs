//! What Lambda takes.

use super::{Archive, Source};
use crate::event::Warning;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Unzipped bytes of a function's package, layers included (Lambda quotas: 250 MB).
pub const LAMBDA_UNZIPPED_BYTES: u64 = 250 << 20;
/// Folders and files that the warning names.
const NAMED: usize = 5;

/// A warning when an archive that is meant for Lambda is larger than that. Of a file that goes as it is, a zip, the
/// size of the file counts: it is never less than that unzipped.
pub fn check_lambda_limit(archive: &Archive) -> Option<Warning> {
    (archive.bytes > LAMBDA_UNZIPPED_BYTES).then(|| Warning::OverLambdaLimit {
        source: archive.source.path().to_path_buf(),
        bytes: archive.bytes,
        limit: LAMBDA_UNZIPPED_BYTES,
        biggest: biggest(archive),
    })
}

fn biggest(archive: &Archive) -> Vec<(PathBuf, u64)> {
    let Source::Folder(folder) = &archive.source else {
        return vec![(archive.source.path().to_path_buf(), archive.bytes)];
    };
    let mut sizes: BTreeMap<&str, u64> = BTreeMap::new();
    for entry in &archive.entries {
        let child = entry.name.split('/').next().unwrap_or(&entry.name);
        *sizes.entry(child).or_default() += entry.size;
    }
    let mut sizes: Vec<_> = sizes.into_iter().collect();
    sizes.sort_by_key(|(_, size)| std::cmp::Reverse(*size));
    sizes.into_iter().take(NAMED).map(|(child, size)| (folder.join(child), size)).collect()
}
