//! Archives made to fill the memory or the disk, or with names that no disk accepts.

use super::{Silent, fetch, fetch_with, gzipped, tree};
use crate::facts::FailureKind;
use crate::job::input::error::unwritten;
use crate::job::input::{InputLimits, Inputs};
use crate::package::zip_in_memory;
use crate::testing::artifacts::FakeArtifacts;
use crate::testing::jobs::job;
use std::io::ErrorKind;
use std::time::Duration;
use tar::{Builder, EntryType, Header};

const LONG_HEAD: &str = "the archive is damaged: the header of an entry is longer than 256 KiB";
const NO_LISTING: &str = "the archive is damaged: its end holds no list of entries of a usual size";

fn header(name: &str, kind: EntryType, size: u64) -> Header {
    let mut header = Header::new_gnu();
    header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
    header.set_entry_type(kind);
    header.set_mode(0o644);
    header.set_size(size);
    header.set_cksum();
    header
}

fn built(build: impl FnOnce(&mut Builder<Vec<u8>>)) -> Vec<u8> {
    let mut builder = Builder::new(Vec::new());
    build(&mut builder);
    builder.into_inner().unwrap()
}

/// A file `f` after entries of a kind, each with so many bytes of content.
fn after(kind: EntryType, count: usize, size: usize) -> Vec<u8> {
    built(|tar| {
        for _ in 0..count {
            tar.append(&header("e", kind, size as u64), vec![b'n'; size].as_slice()).unwrap();
        }
        tar.append(&header("f", EntryType::Regular, 1), b"x".as_slice()).unwrap();
    })
}

fn tar_of(name: &str) -> Vec<u8> {
    built(|tar| tar.append_data(&mut header("", EntryType::Regular, 1), name, b"x".as_slice()).unwrap())
}

/// A sparse file of so many blocks of headers, each with 21 pieces of nothing.
fn sparse(blocks: usize) -> Vec<u8> {
    let mut head = header("sparse", EntryType::GNUSparse, 0);
    let gnu = head.as_gnu_mut().unwrap();
    gnu.set_is_extended(true);
    gnu.realsize = *b"00000000000\0";
    head.set_cksum();
    let mut piece = [b'0'; 24];
    (piece[11], piece[23]) = (0, 0);
    let mut block = piece.repeat(21);
    block.resize(512, 0);
    block[504] = 1;
    [head.as_bytes().to_vec(), block.repeat(blocks)].concat()
}

/// A link with a target that the writer of archives would refuse.
fn link(target: &[u8]) -> Vec<u8> {
    let mut zip = zip_in_memory(&[("l".to_owned(), target.to_vec())]);
    let directory = zip.windows(4).rposition(|bytes| bytes == b"PK\x01\x02").unwrap();
    zip[directory + 38..directory + 42].copy_from_slice(&(0o120_777_u32 << 16).to_le_bytes());
    zip
}

#[test]
fn an_archive_that_would_fill_the_memory_or_the_disk_is_refused() {
    let deep = |depth| zip_in_memory(&[(vec!["d"; depth].join("/"), Vec::new())]);
    let listing: Vec<_> = (0..9).map(|number| (format!("{number}{}", "n".repeat(5000)), Vec::new())).collect();
    let comments = built(|tar| {
        for number in 0..3 {
            tar.append(&header("x", EntryType::XHeader, 200_000), vec![b'n'; 200_000].as_slice()).unwrap();
            tar.append(&header(&format!("{number}"), EntryType::Regular, 0), b"".as_slice()).unwrap();
        }
    });
    let rows = [
        ("a long name without an end", after(EntryType::GNULongName, 1, 300_000), LONG_HEAD),
        ("a long link without an end", after(EntryType::GNULongLink, 1, 300_000), LONG_HEAD),
        ("an extended header without an end", after(EntryType::XHeader, 1, 300_000), LONG_HEAD),
        ("the map of a sparse file without an end", sparse(600), LONG_HEAD),
        ("extended headers without an end", comments, "unpacked, it is larger than 522880 bytes"),
        ("global headers without an end", after(EntryType::XGlobalHeader, 40, 0), "it holds more than 30 entries"),
        ("a large header", after(EntryType::XGlobalHeader, 1, 450_000), "unpacked, it is larger than 400000 bytes"),
        ("a folder with content", after(EntryType::Directory, 1, 450_000), "unpacked, it is larger than 400000 bytes"),
        ("folders in folders", deep(31), "it holds more than 30 entries"),
        ("a list of long names", zip_in_memory(&listing), NO_LISTING),
    ];
    let limits = InputLimits { entries: 30, expanded: 400_000, ..InputLimits::default() };
    refuses(rows, &limits);
}

#[test]
fn names_that_no_disk_accepts_are_refused() {
    let cut = |name: &str, wrong| format!("entry `{}…` {wrong}", &name[..200]);
    let one = |name: &str| zip_in_memory(&[(name.to_owned(), Vec::new())]);
    let empty_link = built(|tar| tar.append(&header("l", EntryType::Symlink, 0), b"".as_slice()).unwrap());
    let (long, path, deep) = ("n".repeat(300), vec!["nnnn"; 1000].join("/"), vec!["d"; 101].join("/"));
    let below = vec!["n".repeat(255); 16].join("/");
    let (long_step, long_path) =
        ("has a step of more than 255 bytes in its name", "has a path of more than 4095 bytes");
    let long_target = "entry `l` is a link to a path of more than 4095 bytes";
    let rows = [
        ("a long name in a zip", one(&long), &*cut(&long, long_step)),
        ("a long name in a tar", tar_of(&long), &cut(&long, long_step)),
        ("a long path in a zip", one(&path), &cut(&path, long_path)),
        ("a long path in a tar", tar_of(&path), &cut(&path, long_path)),
        ("a path that is too long below the root", one(&below), &cut(&below, long_path)),
        ("a deep path", one(&deep), &cut(&deep, "lies more than 100 folders deep")),
        ("a link to nothing in a zip", link(b""), "entry `l` is a link to nothing"),
        ("a link to nothing in a tar", empty_link, "entry `l` is a link to nothing"),
        ("a link to a long path", link(&b"n/".repeat(2500)), long_target),
        ("a link that is one too long", link(&b"n".repeat(4096)), long_target),
        ("a long link of no text", link(&b"\xff".repeat(4096)), long_target),
        ("a link of no text", link(b"\xff"), "entry `l` is a link to a name that is not UTF-8"),
    ];
    refuses(rows, &InputLimits::default());
}

#[test]
fn only_errors_of_the_disk_are_temporary() {
    let rows = [
        (ErrorKind::StorageFull, FailureKind::Temporary),
        (ErrorKind::PermissionDenied, FailureKind::Temporary),
        (ErrorKind::InvalidFilename, FailureKind::Input),
    ];
    for (kind, expected) in rows {
        assert_eq!(unwritten("f", &kind.into()).0.kind, expected, "{kind}");
    }
}

fn refuses<const N: usize>(rows: [(&str, Vec<u8>, &str); N], limits: &InputLimits) {
    for (name, object, expected) in rows {
        let (message, kind) = fetch_with(object, limits).err().unwrap_or_else(|| panic!("{name}"));
        assert_eq!(message, format!("cannot unpack the input artifact Source: {expected}"), "{name}");
        assert_eq!(kind, FailureKind::Input, "{name}: {message}");
    }
}

#[test]
fn long_names_of_every_kind_are_unpacked() {
    let long = format!("{}/{}", "d".repeat(255), "f".repeat(255));
    let pax = built(|tar| {
        let record = format!(" path={long}\n");
        let record = format!("{}{record}", record.len() + 3);
        tar.append(&header("x", EntryType::XHeader, record.len() as u64), record.as_bytes()).unwrap();
        tar.append(&header("short", EntryType::Regular, 1), b"x".as_slice()).unwrap();
    });
    let rows = [
        ("GNU", tar_of(&long)),
        ("pax", pax),
        ("zip", zip_in_memory(&[(long.clone(), b"x".to_vec())])),
        ("gzipped", gzipped(&tar_of(&long))),
    ];
    for (name, object) in rows {
        assert_eq!(tree(&fetch(object).unwrap()), [format!("{long}: x")], "{name}");
    }
}

#[test]
fn a_dropped_fetch_leaves_nothing_on_the_disk() {
    // 6 GiB of zeros in 27 MB, since to make them once is enough.
    let (piece, pieces) = (gzipped(&vec![0; 64 << 20]), 96);
    let head = gzipped(header("zeros", EntryType::Regular, pieces * (64 << 20)).as_bytes());
    let object = [head, piece.repeat(pieces as usize)].concat();
    let limits = InputLimits { expanded: u64::MAX, ratio: u64::MAX, ..InputLimits::default() };
    let (job, parent) = (job(), tempfile::tempdir().unwrap());
    let store = FakeArtifacts::with(&job.inputs[0].location, object);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let is_writing = || {
        let folder = std::fs::read_dir(parent.path()).unwrap().next().map(|entry| entry.unwrap().path());
        folder.is_some_and(|folder| folder.join("Source/zeros").exists())
    };
    let mut inputs = Inputs::create_below(parent.path()).unwrap();
    runtime.block_on(async {
        tokio::select! {
            _ = inputs.fetch(&job.inputs, &store, &limits, &Silent) => panic!("it takes long"),
            () = async { while !is_writing() { tokio::time::sleep(Duration::from_millis(1)).await } } => {}
        }
    });
    drop(inputs);
    assert_eq!(std::fs::read_dir(parent.path()).unwrap().count(), 0);
}
