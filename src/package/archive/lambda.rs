//! What Lambda will not accept or cannot run, as warnings about an archive that it unzips.

use super::entry::{Archive, Entry, EntryKind};
use super::read;
use super::source::{DigestRule, Source};
use crate::facts::{Warning, WarningKind};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Unzipped bytes of a function's package with its layers (Lambda quotas: 250 MB).
const LAMBDA_UNZIPPED_BYTES: u64 = 250 << 20;
/// Folders and files that the warning names.
const NAMED_FILES: usize = 5;
/// What Lambda starts in a custom runtime (Lambda developer guide, "Building a custom runtime").
const BOOTSTRAP: &str = "bootstrap";
const ANY_EXECUTE_BIT: u32 = 0o111;

/// Warns about an archive over the size limit, and about a `bootstrap` that cannot be executed.
pub fn check_for_lambda(archive: &Archive, rule: DigestRule) -> Vec<Warning> {
    let contents = match &archive.source {
        Source::Folder(_) | Source::File(_) => Contents::of_entries(archive),
        Source::AsIs(file) => match Contents::of_zip(file) {
            Some(contents) => contents,
            // Not a zip, which Lambda reports.
            None => return Vec::new(),
        },
    };
    [size_warning(archive, contents.bytes), contents.bootstrap.and_then(|mode| bootstrap_warning(archive, mode, rule))]
        .into_iter()
        .flatten()
        .collect()
}

/// What Lambda would unzip.
struct Contents {
    bytes: u64,
    /// The mode of the file named `bootstrap`.
    bootstrap: Option<u32>,
}

impl Contents {
    fn of_entries(archive: &Archive) -> Self {
        let is_bootstrap = |entry: &&Entry| &*entry.name == BOOTSTRAP && !matches!(entry.kind, EntryKind::Link(_));
        let bootstrap = archive.entries.iter().find(is_bootstrap).map(|entry| entry.kind.mode());
        Self { bytes: archive.bytes, bootstrap }
    }

    fn of_zip(file: &Path) -> Option<Self> {
        let mut contents = Self { bytes: 0, bootstrap: None };
        read::visit_entries(file, |entry| {
            contents.bytes = contents.bytes.saturating_add(entry.size);
            if entry.name == BOOTSTRAP.as_bytes() {
                contents.bootstrap = Some(entry.mode);
            }
        })
        .ok()?;
        Some(contents)
    }
}

fn size_warning(archive: &Archive, bytes: u64) -> Option<Warning> {
    let source = archive.source.path().to_path_buf();
    let name = format!("size of {}", shown(&source).display());
    let kind = |biggest| WarningKind::OverLambdaLimit { source, bytes, limit: LAMBDA_UNZIPPED_BYTES, biggest };
    (bytes > LAMBDA_UNZIPPED_BYTES).then(|| Warning::new(name, kind(biggest(archive, bytes))))
}

fn bootstrap_warning(archive: &Archive, mode: u32, rule: DigestRule) -> Option<Warning> {
    let (file, in_zip) = match &archive.source {
        Source::Folder(folder) => (folder.join(BOOTSTRAP), false),
        Source::File(file) => (file.clone(), false),
        Source::AsIs(zip) => (zip.clone(), true),
    };
    let name = format!("mode of {}", file.display());
    // The bytes of a zip that is uploaded as it is hold its modes.
    let mode_in_key = in_zip || rule == DigestRule::Sha256;
    let kind = WarningKind::BootstrapNotExecutable { file, in_zip, mode_in_key };
    (mode & ANY_EXECUTE_BIT == 0).then(|| Warning::new(name, kind))
}

fn shown(path: &Path) -> &Path {
    if path.as_os_str().is_empty() { Path::new(".") } else { path }
}

/// The biggest folders and files directly below the source.
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
    sizes.into_iter().take(NAMED_FILES).map(|(child, size)| (folder.join(child), size)).collect()
}

#[cfg(test)]
mod tests {
    use super::{BOOTSTRAP, LAMBDA_UNZIPPED_BYTES, check_for_lambda};
    use crate::facts::WarningKind;
    use crate::package::archive::samples::{Tree, read};
    use crate::package::archive::{Archive, DigestRule, ReadOptions, Source, SymlinkRule, zip_in_memory};
    use std::process::Command;

    fn kinds(archive: &Archive) -> Vec<WarningKind> {
        check_for_lambda(archive, DigestRule::Sam).into_iter().map(|warning| warning.kind).collect()
    }

    #[test]
    fn over_the_limit_the_biggest_children_are_named() {
        let tree = Tree::new();
        let sizes = [("a", 10), ("b/x", 20), ("b/y", 30), ("c", 5), ("d", 60), ("e", 70), ("f", 40)];
        let tree = sizes.iter().fold(tree, |tree, (name, _)| tree.file(name, ""));
        let mut archive = tree.read();
        assert_eq!(kinds(&archive), []);
        for (entry, (name, size)) in archive.entries.iter_mut().zip(sizes) {
            assert_eq!(&*entry.name, name);
            entry.size = size << 20;
        }
        archive.bytes = LAMBDA_UNZIPPED_BYTES;
        assert_eq!(kinds(&archive), []);
        archive.bytes += 1;
        let biggest = [("e", 70), ("d", 60), ("b", 50), ("f", 40), ("a", 10)];
        let expected = WarningKind::OverLambdaLimit {
            source: tree.top(),
            bytes: 262_144_001,
            limit: 262_144_000,
            biggest: biggest.map(|(name, size)| (tree.path(name), size << 20)).to_vec(),
        };
        assert_eq!(kinds(&archive), [expected]);
    }

    #[test]
    fn a_zip_that_is_uploaded_as_it_is_counts_with_its_unzipped_size() {
        let zip = zip_in_memory(&[("zeros".to_owned(), vec![0; LAMBDA_UNZIPPED_BYTES as usize + 1])]);
        let tree = Tree::new().file("bomb.zip", zip).file("text.zip", "not a zip");
        let check = |name| kinds(&read(&Source::AsIs(tree.path(name)), &ReadOptions::default()).unwrap());
        let (source, bytes) = (tree.path("bomb.zip"), 262_144_001);
        let biggest = vec![(source.clone(), bytes)];
        let expected = WarningKind::OverLambdaLimit { source, bytes, limit: 262_144_000, biggest };
        assert_eq!((check("bomb.zip"), check("text.zip")), (vec![expected], vec![]));
    }

    #[test]
    fn a_bootstrap_without_any_execute_bit_is_a_warning() {
        let rows = [
            ("plain", "bootstrap", 0o644, true),
            ("for the owner", "bootstrap", 0o744, false),
            ("for others", "bootstrap", 0o645, false),
            ("in a folder", "bin/bootstrap", 0o644, false),
            ("another name", "bootstrap.sh", 0o644, false),
        ];
        for (case, name, mode, expected) in rows {
            let tree = Tree::new().file(name, "#!/bin/sh\n").mode(name, mode);
            let file = Source::File(tree.path(name));
            let is_top = name == BOOTSTRAP || case == "in a folder";
            for (source, expected) in [(tree.source(), expected), (file, is_top && mode & 0o111 == 0)] {
                for (rule, mode_in_key) in [(DigestRule::Sam, false), (DigestRule::Sha256, true)] {
                    let archive = read(&source, &ReadOptions::default()).unwrap();
                    let found = check_for_lambda(&archive, rule).pop().map(|warning| warning.kind);
                    let file = tree.path(name);
                    let warning = WarningKind::BootstrapNotExecutable { file, in_zip: false, mode_in_key };
                    assert_eq!(found, expected.then_some(warning), "{case} {source:?}");
                }
            }
        }
        let tree = Tree::new().file("run", "").mode("run", 0o755).link("bootstrap", "run");
        let kept = ReadOptions { symlinks: SymlinkRule::Preserve, ..ReadOptions::default() };
        assert_eq!((kinds(&tree.read()), kinds(&read(&tree.source(), &kept).unwrap())), (vec![], vec![]));
    }

    #[test]
    fn a_bootstrap_in_a_zip_is_checked_by_its_mode_there() {
        let script = "import sys, zipfile\n\
                      for name, system, mode in (('plain', 3, 0o100644), ('good', 3, 0o100755), ('dos', 0, 0)):\n\
                      \x20   info = zipfile.ZipInfo('bootstrap')\n\
                      \x20   info.create_system, info.external_attr = system, mode << 16\n\
                      \x20   zipfile.ZipFile(f'{sys.argv[1]}/{name}.zip', 'w').writestr(info, 'x')\n";
        let tree = Tree::new();
        assert!(Command::new("python3").args(["-c", script]).arg(tree.top()).status().unwrap().success());
        for (name, expected) in [("plain.zip", true), ("good.zip", false), ("dos.zip", true)] {
            let file = tree.path(name);
            let archive = read(&Source::AsIs(file.clone()), &ReadOptions::default()).unwrap();
            let warning = WarningKind::BootstrapNotExecutable { file, in_zip: true, mode_in_key: true };
            assert_eq!(kinds(&archive), Vec::from_iter(expected.then_some(warning)), "{name}");
        }
    }
}
