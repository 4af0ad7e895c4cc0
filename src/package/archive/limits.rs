//! What Lambda takes.

use super::{Archive, Source};
use crate::facts::{Warning, WarningKind};
use ::zip::ZipArchive;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

/// Unzipped bytes of a function's package, layers included (Lambda quotas: 250 MB).
pub const LAMBDA_UNZIPPED_BYTES: u64 = 250 << 20;
/// Folders and files that the warning names.
const NAMED: usize = 5;

/// A warning when an archive that is meant for Lambda is larger than that. A file that goes as it is is asked for
/// its directory.
pub fn check_lambda_limit(archive: &Archive) -> Option<Warning> {
    let bytes = match &archive.source {
        Source::Folder(_) | Source::File(_) => archive.bytes,
        Source::AsIs(file) => unzipped_bytes(file)?,
    };
    let source = archive.source.path().to_path_buf();
    let name = format!("size of {}", if source.as_os_str().is_empty() { Path::new(".") } else { &source }.display());
    let kind = |biggest| WarningKind::OverLambdaLimit { source, bytes, limit: LAMBDA_UNZIPPED_BYTES, biggest };
    (bytes > LAMBDA_UNZIPPED_BYTES).then(|| Warning::new(name, kind(biggest(archive, bytes))))
}

/// As the zip's own directory tells. `None` when it is no zip, which is for Lambda to say.
fn unzipped_bytes(file: &Path) -> Option<u64> {
    let zip = ZipArchive::new(BufReader::new(File::open(file).ok()?)).ok()?;
    u64::try_from(zip.decompressed_size()?).ok()
}

fn biggest(archive: &Archive, bytes: u64) -> Vec<(PathBuf, u64)> {
    let Source::Folder(folder) = &archive.source else {
        return vec![(archive.source.path().to_path_buf(), bytes)];
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
