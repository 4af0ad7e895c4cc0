//! The templates that the user wrote, where a packaged one is deployed.
//!
//! Finds them by the manifest of `package`: `<stem>.manifest.json` or `manifest.json` beside the packaged template, if its
//! digest matches. A source changed since is ignored.

use crate::files;
use crate::package::{Origin, Written};
use crate::template::Template;
use std::path::{Path, PathBuf};

const MANIFEST: &str = "manifest.json";
const MAX_MANIFEST_BYTES: u64 = 64 * 1024 * 1024;

/// Reads them, if they are found.
pub fn read(packaged: &Template) -> Option<Written> {
    let origins = manifests(packaged.path()).into_iter().filter_map(|path| {
        let manifest = files::read(&path, MAX_MANIFEST_BYTES).ok()?;
        Origin::of_manifest(&manifest, packaged)
    });
    let mut written = origins.filter_map(|origin| origin.read());
    written.next()
}

/// `packaged.manifest.json` and `manifest.json` beside `packaged.yaml`.
fn manifests(packaged: &Path) -> Vec<PathBuf> {
    let stem = packaged.file_stem().unwrap_or_default().display();
    let names = [format!("{stem}.{MANIFEST}"), MANIFEST.to_owned()];
    names.into_iter().map(|name| packaged.with_file_name(name)).collect()
}
