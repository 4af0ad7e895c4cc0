//! Digests: what they are made of, and what they do not depend on.

use crate::facts::{Event, PackageEvent};
use crate::package::archive::samples::{Tree, noise, read};
use crate::package::archive::{DigestRule, ReadOptions, Source, SymlinkRule, read_all};
use crate::testing::recorder::Recorder;
use std::fs;
use std::time::{Duration, SystemTime};

fn options(digest: DigestRule) -> ReadOptions {
    ReadOptions { digest, with_sha256: true, ..ReadOptions::default() }
}

#[test]
fn the_key_is_the_one_that_sam_derives() {
    type Row<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a str);
    let rows: [Row; 6] = [
        ("a.txt", &[("a.txt", "A")], "82a44be52808be588283cbf0c55e47a7"),
        ("a with a", &[("a", "a")], "e35bce2719cee48819fe422c51bec259"),
        ("a with 1", &[("a", "1")], "52e63401ebc00580ad578951c6e83e10"),
        ("a.py", &[("a.py", "1")], "ce73b85be93c4b7265878f569c2d16b3"),
        ("empty", &[], "d41d8cd98f00b204e9800998ecf8427e"),
        (
            "order of whole paths",
            &[
                ("a.txt", "1"),
                ("a/b", "2"),
                ("a-b", "3"),
                ("a0", "4"),
                ("é", "5"),
                ("Z", "6"),
                ("日本", "7"),
                ("a b", "8"),
            ],
            "377ecbab916047c6e2a1f2b1eec7b1d8",
        ),
    ];
    for (name, files, expected) in rows {
        let tree = files.iter().fold(Tree::new(), |tree, (name, content)| tree.file(name, content));
        assert_eq!(tree.read().digest, expected, "{name}");
    }
}

#[test]
fn a_file_has_the_key_of_its_content_or_of_a_folder_with_this_file() {
    let tree = Tree::new().file("a.txt", "A");
    let rows = [
        ("zipped", Source::File(tree.path("a.txt")), "82a44be52808be588283cbf0c55e47a7"),
        ("as it is", Source::AsIs(tree.path("a.txt")), "7fc56270e7a70fa81a5935b72eacbe29"),
    ];
    for (name, source, expected) in rows {
        let archive = read(&source, &ReadOptions::default()).unwrap();
        assert_eq!((archive.digest.as_str(), archive.bytes, archive.files), (expected, 1, 1), "{name}");
        assert_eq!(archive.sha256, None, "{name}");
    }
}

#[test]
fn the_sha256_of_a_file_is_that_of_its_content() {
    let tree = Tree::new().file("a.txt", "abc");
    let archive = read(&Source::AsIs(tree.path("a.txt")), &options(DigestRule::Sha256)).unwrap();
    assert_eq!(archive.digest, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_eq!(archive.sha256, Some(archive.digest));
}

/// A change of the encoding changes every key, so that everything is uploaded again.
#[test]
fn the_sha256_of_an_archive_is_stable() {
    let tree = Tree::new().file("a.txt", "A").file("bin/run", "B").mode("bin/run", 0o755).link("z", "a.txt");
    let options = ReadOptions { symlinks: SymlinkRule::Preserve, ..options(DigestRule::Sha256) };
    let archive = read(&tree.source(), &options).unwrap();
    assert_eq!(archive.digest, "526c31f78af91f06cb13700a9b9dd4b1744ce036cfafff7f65052293ceae1330");
}

#[test]
fn only_sha256_covers_modes_and_links() {
    let plain = || Tree::new().file("a", "1").file("b", "a");
    let keep = SymlinkRule::Preserve;
    let rows = [
        ("the same again", plain(), SymlinkRule::Follow, (true, true)),
        ("execute bit", plain().mode("a", 0o755), SymlinkRule::Follow, (true, false)),
        ("other bits", plain().mode("a", 0o600), SymlinkRule::Follow, (true, true)),
        ("a link whose target is the same text", Tree::new().file("a", "1").link("b", "a"), keep, (true, false)),
        ("content", Tree::new().file("a", "2").file("b", "a"), SymlinkRule::Follow, (false, false)),
        ("name", Tree::new().file("a", "1").file("c", "a"), SymlinkRule::Follow, (false, false)),
        ("empty folder", plain().folder("c"), SymlinkRule::Follow, (true, true)),
    ];
    let base = read(&plain().source(), &options(DigestRule::Sam)).unwrap();
    for (name, tree, symlinks, expected) in rows {
        let archive = read(&tree.source(), &ReadOptions { symlinks, ..options(DigestRule::Sam) }).unwrap();
        assert_eq!((archive.digest == base.digest, archive.sha256 == base.sha256), expected, "{name}");
    }
}

#[test]
fn the_digest_depends_on_no_times_and_no_order_of_creation() {
    let one = Tree::new().file("x/a", "1").file("b", "2");
    let other = Tree::new().file("b", "2").file("x/a", "1");
    let epoch = SystemTime::UNIX_EPOCH;
    for (name, time) in [("1970", epoch), ("2128", epoch + Duration::from_secs(5_000_000_000))] {
        fs::File::options().write(true).open(other.path("b")).unwrap().set_modified(time).unwrap();
        let (one, other) = (one.read(), other.read());
        assert_eq!((one.digest, one.entries), (other.digest, other.entries), "{name}");
    }
}

/// Files are read in parts, and a file that is hashed alone uses two cores.
#[test]
fn files_of_all_sizes_have_the_hashes_of_their_contents() {
    use md5::{Digest, Md5};
    for size in [0, 1, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, (3 << 20) + 7] {
        let content = noise(size);
        let tree = Tree::new().file("a", &content);
        let archive = read(&Source::AsIs(tree.path("a")), &options(DigestRule::Sam)).unwrap();
        let md5: [u8; 16] = Md5::digest(&content).into();
        assert_eq!(archive.digest, md5.map(|byte| format!("{byte:02x}")).concat(), "{size}");
        assert_eq!((archive.bytes, archive.entries[0].crc), (size as u64, libdeflater::crc32(&content)), "{size}");
        let sha256: [u8; 32] = sha2::Sha256::digest(&content).into();
        assert_eq!(archive.sha256, Some(sha256.map(|byte| format!("{byte:02x}")).concat()), "{size}");
    }
}

/// Sizes and threads decide which thread hashes a file, and whether it is hashed alone.
#[test]
fn the_digest_is_the_same_for_any_number_of_threads() {
    use md5::{Digest, Md5};
    let few_large = [(0, 2 << 20), (1, 900_000), (2, 300_000)];
    for sizes in [few_large.to_vec(), (0..200).map(|n| (n, n * n % 9000)).chain([(200, 1 << 20)]).collect()] {
        let files: Vec<_> = sizes.into_iter().map(|(n, size)| (format!("{n:03}"), noise(size))).collect();
        let tree = files.iter().fold(Tree::new(), |tree, (name, content)| tree.file(name, content));
        let mut expected = Md5::new();
        for (name, content) in &files {
            let md5: [u8; 16] = Md5::digest(content).into();
            expected.update(name);
            expected.update(md5.map(|byte| format!("{byte:02x}")).concat());
        }
        let expected: [u8; 16] = expected.finalize().into();
        let expected = expected.map(|byte| format!("{byte:02x}")).concat();
        for threads in [1, 2, 4, 40] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            assert_eq!(pool.install(|| tree.read()).digest, expected, "{threads} threads");
        }
    }
}

#[test]
fn reading_is_reported_in_full() {
    let (big, small) = (Tree::new().file("a", noise(5 << 20)), Tree::new().file("b", "22").file("c", "333"));
    let reporter = Recorder::default();
    let archives = read_all(&[big.source(), small.source()], &ReadOptions::default(), &reporter);
    assert!(archives.iter().all(Result::is_ok));
    let events = reporter.events();
    let read = |event: &Event| {
        if let Event::Package(PackageEvent::ReadAdvanced { bytes }) = event { Some(*bytes) } else { None }
    };
    assert_eq!(events.first(), Some(&Event::Package(PackageEvent::ReadStarted { files: 3, bytes: (5 << 20) + 5 })));
    assert_eq!(events.iter().filter_map(read).sum::<u64>(), (5 << 20) + 5);
    assert_eq!(events.last(), Some(&Event::Package(PackageEvent::ReadFinished)));
}
