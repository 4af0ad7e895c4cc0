//! The bytes of archives: what other tools read in them, and what they do not depend on.

use crate::facts::{Event, Explain, FailureKind, PackageEvent};
use crate::package::archive::entry::EntryKind;
use crate::package::archive::samples::{Tree, noise, read, text};
use crate::package::archive::{
    Archive, Piece, ReadOptions, Source, Stopped, SymlinkRule, WriteError, write_all, zip_in_memory,
};
use crate::testing::recorder::Recorder;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Read};
use std::path::Path;
use std::process::Command;
use zip::ZipArchive;

const MIB: usize = 1 << 20;

/// A folder with every kind of file that a zip can hold.
fn everything() -> Tree {
    Tree::new()
        .file("empty", "")
        .file("small.txt", text(900))
        .file("small.bin", noise(900))
        .file("one MiB", text(MIB))
        .file("one more", text(MIB + 1))
        .file("lib/big.txt", text(5 * MIB + 17))
        .file("lib/big.bin", noise(3 * MIB))
        .file("lib/zeros", vec![0; 4 * MIB])
        .file("lib/mixed", [noise(MIB), text(MIB), noise(MIB / 2), text(MIB / 2), noise(MIB + 9)].concat())
        .file("日本/é", "utf-8")
        .file("a b\\c:d", "odd")
        .file("bin/run", "#!/bin/sh\n")
        .mode("bin/run", 0o711)
        .mode("small.txt", 0o600)
}

fn unzipped(zip: &[u8]) -> BTreeMap<String, (u32, Vec<u8>)> {
    let mut archive = ZipArchive::new(Cursor::new(zip)).unwrap();
    let entry = |index| {
        let mut file = archive.by_index(index).unwrap();
        let mut content = Vec::new();
        file.read_to_end(&mut content).unwrap();
        (file.name().unwrap().into_owned(), (file.unix_mode().unwrap(), content))
    };
    (0..ZipArchive::new(Cursor::new(zip)).unwrap().len()).map(entry).collect()
}

/// The bytes of each archive.
fn written(archives: &[&Archive]) -> Vec<Vec<u8>> {
    let (mut complete, mut current) = (Vec::new(), Vec::new());
    let outcome = write_all(archives, &Recorder::default(), &mut |piece| {
        match piece {
            Piece::Bytes(bytes) => current.extend_from_slice(&bytes),
            Piece::End => complete.push(std::mem::take(&mut current)),
        }
        Ok(())
    });
    outcome.unwrap();
    assert!(current.is_empty(), "bytes after the last end");
    complete
}

fn packed(archive: &Archive) -> Vec<u8> {
    written(&[archive]).pop().unwrap()
}

fn assert_holds(zip: &[u8], archive: &Archive) {
    let mut found = unzipped(zip);
    for entry in &archive.entries {
        let expected = match &entry.kind {
            EntryKind::Link(target) => target.to_vec(),
            EntryKind::Plain | EntryKind::Executable => fs::read(archive.path_of(entry)).unwrap(),
        };
        let (mode, content) = found.remove(&*entry.name).unwrap();
        assert_eq!(mode, entry.kind.mode(), "{}", entry.name);
        assert!(content == expected, "{}", entry.name);
    }
    assert!(found.is_empty(), "{:?}", found.keys());
}

/// The output of a tool for a file. `None` if the tool is not installed.
fn run(tool: &str, arguments: &[&str], file: &Path) -> Option<String> {
    let output = Command::new(tool).args(arguments).arg(file).output().ok()?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{tool}: {said}");
    Some(said)
}

const PYTHON: &str = "\
import sys, zipfile
z = zipfile.ZipFile(sys.argv[1])
assert z.testzip() is None
for i in z.infolist():
    print(i.filename, oct(i.external_attr >> 16), i.create_system, i.create_version, i.extract_version,
          i.flag_bits, i.compress_type, i.date_time, i.file_size)
";

#[test]
fn the_zip_crate_unpacks_the_files_that_were_read() {
    let tree = everything();
    let archive = tree.read();
    assert_holds(&packed(&archive), &archive);
}

#[test]
fn python_reads_modes_flags_and_times() {
    let tree = Tree::new()
        .file("a", noise(50))
        .file("b", text(5000))
        .file("c", text(MIB + 1))
        .file("é", "")
        .file("run", "x")
        .mode("run", 0o755)
        .link("to", "run");
    let archive = read(&tree.source(), &ReadOptions { symlinks: SymlinkRule::Preserve, ..Default::default() }).unwrap();
    let tree = tree.file("out.zip", packed(&archive));
    let details = run("python3", &["-c", PYTHON], &tree.path("out.zip")).unwrap();
    let expected = [
        "a 0o100644 3 20 20 0 0 (1980, 1, 1, 0, 0, 0) 50",
        "b 0o100644 3 20 20 0 8 (1980, 1, 1, 0, 0, 0) 5000",
        "c 0o100644 3 20 20 8 8 (1980, 1, 1, 0, 0, 0) 1048577",
        "run 0o100755 3 20 20 0 0 (1980, 1, 1, 0, 0, 0) 1",
        "to 0o120777 3 20 20 0 0 (1980, 1, 1, 0, 0, 0) 3",
        "é 0o100644 3 20 20 2048 0 (1980, 1, 1, 0, 0, 0) 0",
    ];
    assert_eq!(details.lines().collect::<Vec<_>>(), expected);
}

#[test]
fn info_zip_finds_no_errors() {
    let tree = everything();
    let tree = {
        let zip = packed(&tree.read());
        tree.file("out.zip", zip)
    };
    if let Some(said) = run("unzip", &["-tq"], &tree.path("out.zip")) {
        assert!(said.contains("No errors detected"), "{said}");
    }
}

#[test]
fn a_folder_without_files_is_an_empty_zip() {
    let zip = packed(&Tree::new().read());
    assert_eq!((zip.len(), unzipped(&zip).len()), (22, 0));
}

#[test]
fn the_bytes_depend_on_no_number_of_threads_and_no_order_of_creation() {
    let (one, other) = (everything(), everything().file("zz", ""));
    fs::remove_file(other.path("zz")).unwrap();
    fs::rename(other.path("lib"), other.path("moved")).unwrap();
    fs::rename(other.path("moved"), other.path("lib")).unwrap();
    let expected = packed(&one.read());
    for threads in [1, 2, 4, 7] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        assert!(pool.install(|| packed(&other.read())) == expected, "{threads} threads");
    }
}

#[test]
fn several_archives_are_written_in_order() {
    let (folder, file) = (everything(), Tree::new().file("app.py", text(3 * MIB)));
    let empty = Tree::new().file("nothing", "");
    let sources = [
        folder.source(),
        Source::File(file.path("app.py")),
        Source::AsIs(file.path("app.py")),
        Source::AsIs(empty.path("nothing")),
        Tree::new().source(),
    ];
    let options = ReadOptions::default();
    let missing = read(&sources[4], &options);
    assert!(missing.is_err());
    let archives: Vec<Archive> = sources[..4].iter().map(|source| read(source, &options).unwrap()).collect();
    let bytes = written(&archives.iter().collect::<Vec<_>>());
    assert_holds(&bytes[0], &archives[0]);
    assert_holds(&bytes[1], &archives[1]);
    assert!(bytes[2] == fs::read(file.path("app.py")).unwrap());
    assert_eq!((bytes[3].len(), bytes.len()), (0, 4));
}

#[test]
fn pieces_are_small_and_progress_adds_up() {
    let tree = everything();
    let (archive, reporter) = (tree.read(), Recorder::default());
    let mut sizes = Vec::new();
    let outcome = write_all(&[&archive], &reporter, &mut |piece| {
        if let Piece::Bytes(bytes) = piece {
            sizes.push(bytes.len());
        }
        Ok(())
    });
    outcome.unwrap();
    assert!(sizes.iter().all(|size| (1..=MIB + 4096).contains(size)), "{sizes:?}");
    let advanced = |event| if let Event::Package(PackageEvent::UploadAdvanced { bytes }) = event { bytes } else { 0 };
    assert_eq!(reporter.events().into_iter().map(advanced).sum::<u64>(), archive.bytes);
}

#[test]
fn a_file_that_changed_since_is_an_error_that_names_it() {
    let big = text(3 * MIB);
    let mut altered = big.clone();
    altered[MIB + 5] ^= 1;
    let rows: [(&str, &[u8], &[u8]); 6] = [
        ("small, other content", b"one", b"two"),
        ("small, longer", b"one", b"ones"),
        ("small, shorter", b"one", b"on"),
        ("big, other content", &big, &altered),
        ("big, longer", &big, &[big.as_slice(), b"x"].concat()),
        ("big, shorter", &big, &big[..MIB * 2 + 9]),
    ];
    for (name, before, after) in rows {
        let tree = Tree::new().file("a", "first").file("b", before);
        for source in [tree.source(), Source::AsIs(tree.path("b"))] {
            fs::write(tree.path("b"), before).unwrap();
            let archive = read(&source, &ReadOptions::default()).unwrap();
            fs::write(tree.path("b"), after).unwrap();
            let error = write_all(&[&archive], &Recorder::default(), &mut |_| Ok(())).unwrap_err();
            assert!(matches!(&error, WriteError::Changed { path } if *path == tree.path("b")), "{name}: {error}");
            assert_eq!(error.kind(), FailureKind::Failed, "{name}");
        }
    }
}

#[test]
fn a_file_that_is_gone_is_an_error_that_names_it() {
    let tree = Tree::new().file("a", text(2 * MIB));
    let archive = tree.read();
    fs::remove_file(tree.path("a")).unwrap();
    let error = write_all(&[&archive], &Recorder::default(), &mut |_| Ok(())).unwrap_err();
    assert!(matches!(&error, WriteError::Unreadable { path, .. } if *path == tree.path("a")), "{error}");
}

#[test]
fn a_receiver_that_stops_ends_the_work() {
    let tree = Tree::new().file("a", noise(24 * MIB));
    let (archive, reporter) = (tree.read(), Recorder::default());
    let mut pieces = 0;
    let outcome = write_all(&[&archive], &reporter, &mut |_| {
        pieces += 1;
        if pieces == 3 { Err(Stopped) } else { Ok(()) }
    });
    assert!(matches!(outcome, Err(WriteError::Stopped)));
    assert_eq!((pieces, reporter.events().len()), (3, 2));
}

#[test]
fn an_archive_in_memory_keeps_its_order() {
    let entries = [("z.yaml", text(9000)), ("a/ü.json", b"{}".to_vec()), ("big", text(5 * MIB)), ("empty", vec![])];
    let entries = entries.map(|(name, content)| (name.to_owned(), content));
    let zip = zip_in_memory(&entries);
    assert!(zip == zip_in_memory(&entries));
    let mut read = ZipArchive::new(Cursor::new(&zip)).unwrap();
    for (index, (name, content)) in entries.iter().enumerate() {
        let mut file = read.by_index(index).unwrap();
        let mut found = Vec::new();
        file.read_to_end(&mut found).unwrap();
        assert_eq!((&*file.name().unwrap(), file.unix_mode()), (name.as_str(), Some(0o100_644)));
        assert!(found == *content, "{name}");
    }
    assert_eq!(zip_in_memory(&[]).len(), 22);
}

#[test]
fn more_entries_than_a_16_bit_count_holds_need_zip64() {
    for count in [65_534, 65_535, 70_000] {
        let entries: Vec<_> = (0..count).map(|n| (format!("{:x}/{n}", n % 16), Vec::new())).collect();
        let zip = zip_in_memory(&entries);
        let zip64 = zip.windows(4).rev().take(200).any(|window| window == b"PK\x06\x06");
        assert_eq!(zip64, count > 65_534, "{count}");
        assert_eq!(ZipArchive::new(Cursor::new(&zip)).unwrap().len(), count);
        let tree = Tree::new().file("out.zip", &zip);
        let list = "import sys, zipfile; print(len(zipfile.ZipFile(sys.argv[1]).infolist()))";
        assert_eq!(run("python3", &["-c", list], &tree.path("out.zip")).unwrap().trim(), count.to_string());
    }
}

#[test]
fn tens_of_thousands_of_files_are_one_archive() {
    let names: Vec<_> = (0..70_000).map(|n| format!("{}/{n}", n % 50)).collect();
    let tree = (0..50).fold(Tree::new(), |tree, n| tree.folder(&n.to_string()));
    names.iter().for_each(|name| fs::write(tree.path(name), "").unwrap());
    let archive = tree.read();
    let zip = packed(&archive);
    assert_eq!((archive.files, ZipArchive::new(Cursor::new(&zip)).unwrap().len()), (70_000, 70_000));
}

/// Takes a minute: sizes and offsets of more than 32 bits.
#[test]
#[ignore = "reads and packs 13 GB of zeros and writes 4.4 GB"]
fn more_than_four_gib_need_zip64() {
    let sparse = |tree: &Tree, name: &str, size: u64| {
        fs::File::create(tree.path(name)).unwrap().set_len(size).unwrap();
    };
    let tree = Tree::new().file("z", "behind");
    sparse(&tree, "a.huge", (4 << 30) + 123_456_789);
    sparse(&tree, "b.nearly", (4 << 30) - 5000);
    let out = tempfile::NamedTempFile::new().unwrap();
    let archive = tree.read();
    write_to(&archive, out.path());
    let details = run("python3", &["-c", PYTHON], out.path()).unwrap();
    assert_eq!(
        details.lines().map(|line| line.rsplit(' ').next().unwrap()).collect::<Vec<_>>(),
        ["4418424085", "4294962296", "6"]
    );
    run("unzip", &["-tq"], out.path());
    let mut zip = ZipArchive::new(fs::File::open(out.path()).unwrap()).unwrap();
    assert_eq!(std::io::copy(&mut zip.by_index(0).unwrap(), &mut std::io::sink()).unwrap(), 4_418_424_085);
}

/// Four GiB of noise, so that the offset of the next entry needs 64 bits.
#[test]
#[ignore = "writes 8.6 GB of noise"]
fn offsets_beyond_four_gib_need_zip64() {
    use std::io::Write;
    let tree = Tree::new().file("z", "behind");
    let mut file = fs::File::create(tree.path("a")).unwrap();
    for nth in 0..65 {
        file.write_all(&noise((64 * MIB) + nth)).unwrap();
    }
    let out = tempfile::NamedTempFile::new().unwrap();
    write_to(&tree.read(), out.path());
    assert!(out.path().metadata().unwrap().len() > 4 << 30);
    run("python3", &["-c", PYTHON], out.path());
    run("unzip", &["-tq"], out.path());
    let mut zip = ZipArchive::new(fs::File::open(out.path()).unwrap()).unwrap();
    let mut content = String::new();
    zip.by_name("z").unwrap().read_to_string(&mut content).unwrap();
    assert_eq!(content, "behind");
}

fn write_to(archive: &Archive, path: &Path) {
    use std::io::Write;
    let mut out = fs::File::create(path).unwrap();
    let outcome = write_all(&[archive], &Recorder::default(), &mut |piece| {
        if let Piece::Bytes(bytes) = piece {
            out.write_all(&bytes).unwrap();
        }
        Ok(())
    });
    outcome.unwrap();
}

fn content() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        4 => proptest::collection::vec(any::<u8>(), 0..200),
        2 => (any::<u8>(), 0usize..50_000).prop_map(|(byte, times)| vec![byte; times]),
        1 => (0usize..3_000_000).prop_map(text),
        1 => (0usize..1_500_000).prop_map(noise),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn unzipping_an_archive_gives_its_folder(
        files in proptest::collection::btree_map("[a-cé]{1,2}/[a-z. ]{1,3}x", (content(), any::<bool>()), 0..12),
    ) {
        let mut tree = Tree::new();
        for (name, (content, executable)) in &files {
            tree = tree.file(name, content).mode(name, if *executable { 0o755 } else { 0o644 });
        }
        let archive = tree.read();
        let found = unzipped(&packed(&archive));
        let mode = |executable| if executable { 0o100_755 } else { 0o100_644 };
        let expected: BTreeMap<_, _> =
            files.into_iter().map(|(name, (content, executable))| (name, (mode(executable), content))).collect();
        prop_assert!(found == expected);
    }
}
