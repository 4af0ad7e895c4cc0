//! Objects of every format, fetched and unpacked.

mod hostile;

use super::{InputLimits, Inputs};
use crate::facts::{Event, FailureKind, Reporter};
use crate::operation::action::ArtifactPath;
use crate::package::zip_in_memory;
use crate::testing::artifacts::FakeArtifacts;
use crate::testing::jobs::job;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use std::io::{Cursor, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use tar::EntryType;
use zip::write::{SimpleFileOptions, ZipWriter};

pub(super) struct Silent;

impl Reporter for Silent {
    fn report(&self, _: Event) {}
}

pub(super) fn fetch_with(object: Vec<u8>, limits: &InputLimits) -> Result<Inputs, (String, FailureKind)> {
    let (job, runtime) = (job(), tokio::runtime::Builder::new_current_thread().build().unwrap());
    let store = FakeArtifacts::with(&job.inputs[0].location, object);
    let mut inputs = Inputs::create().unwrap();
    let fetched = runtime.block_on(inputs.fetch(&job.inputs, &store, limits, &Silent));
    fetched.map(|()| inputs).map_err(|failure| (failure.cause(), failure.kind))
}

pub(super) fn fetch(object: Vec<u8>) -> Result<Inputs, (String, FailureKind)> {
    fetch_with(object, &InputLimits::default())
}

/// Each file and link below the artifact's root, with its mode or target.
pub(super) fn tree(inputs: &Inputs) -> Vec<String> {
    let mut found = Vec::new();
    list(&inputs.artifacts[0].root, "", &mut found);
    found.sort();
    found
}

fn list(folder: &Path, prefix: &str, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = format!("{prefix}{}", path.file_name().unwrap().display());
        let metadata = path.symlink_metadata().unwrap();
        if metadata.is_symlink() {
            found.push(format!("{name} -> {}", path.read_link().unwrap().display()));
        } else if metadata.is_dir() {
            list(&path, &format!("{name}/"), found);
        } else {
            let executable = if metadata.permissions().mode() & 0o100 == 0 { "" } else { "*" };
            found.push(format!("{name}{executable}: {}", std::fs::read_to_string(&path).unwrap()));
        }
    }
}

fn zipped(build: impl FnOnce(&mut ZipWriter<Cursor<Vec<u8>>>)) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    build(&mut writer);
    writer.finish().unwrap().into_inner()
}

fn tarred(entries: &[(&str, EntryType, u32, &str)]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, kind, mode, text) in entries {
        let mut header = tar::Header::new_ustar();
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(*kind);
        header.set_mode(*mode);
        let is_file = kind.is_file();
        if !is_file {
            header.as_old_mut().linkname[..text.len()].copy_from_slice(text.as_bytes());
        }
        header.set_size(if is_file { text.len() as u64 } else { 0 });
        header.set_cksum();
        builder.append(&header, if is_file { text.as_bytes() } else { b"" }).unwrap();
    }
    builder.into_inner().unwrap()
}

pub(super) fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

const TREE: [(&str, EntryType, u32, &str); 6] = [
    ("pax_global_header", EntryType::XGlobalHeader, 0o644, ""),
    ("./app/", EntryType::Directory, 0o2775, ""),
    ("./app/run.sh", EntryType::Regular, 0o750, "run"),
    ("t.yaml", EntryType::Regular, 0o600, "A: 1"),
    ("now", EntryType::Symlink, 0o777, "app/run.sh"),
    ("same", EntryType::Link, 0o644, "t.yaml"),
];

#[test]
fn objects_of_every_format_become_folders() {
    let unzipped = ["app/run.sh*: run", "now -> app/run.sh", "t.yaml: A: 1"];
    let untarred = ["app/run.sh*: run", "now -> app/run.sh", "same: A: 1", "t.yaml: A: 1"];
    let zip = zipped(|zip| {
        let plain = SimpleFileOptions::default();
        zip.start_file("app/run.sh", plain.unix_permissions(0o755)).unwrap();
        zip.write_all(b"run").unwrap();
        zip.add_symlink("now", "app/run.sh", plain).unwrap();
        zip.start_file("t.yaml", plain.compression_method(zip::CompressionMethod::Stored).large_file(true)).unwrap();
        zip.write_all(b"A: 1").unwrap();
    });
    let rows: [(&str, Vec<u8>, &[&str]); 5] = [
        ("zip", zip, &unzipped),
        ("our own zip", zip_in_memory(&[("a/é".to_owned(), b"x".to_vec())]), &["a/é: x"]),
        ("tar", tarred(&TREE), &untarred),
        ("gzipped tar", gzipped(&tarred(&TREE)), &untarred),
        ("a file that is no archive", b"A: 1".to_vec(), &["aB3dE9z: A: 1"]),
    ];
    for (name, object, expected) in rows {
        let inputs = fetch(object).unwrap();
        assert_eq!(tree(&inputs), expected, "{name}");
        let private = inputs.folder.path().metadata().unwrap().permissions().mode();
        assert_eq!((private & 0o777, std::fs::read_dir(inputs.folder.path()).unwrap().count()), (0o700, 1), "{name}");
    }
}

#[test]
fn an_object_that_cannot_be_unpacked_is_an_unavailable_input() {
    let whole = zip_in_memory(&[("a".to_owned(), vec![b'a'; 2000]), ("b".to_owned(), b"b".to_vec())]);
    let mut lying = zip_in_memory(&[("a".to_owned(), b"text".to_vec())]);
    let directory = lying.windows(4).rposition(|bytes| bytes == b"PK\x01\x02").unwrap();
    lying[directory + 16] ^= 1;
    let one = |name: &str| zip_in_memory(&[(name.to_owned(), Vec::new())]);
    let odd = |kind, mode| tarred(&[("a", kind, mode, "")]);
    let twice = zip_in_memory(&[("a".to_owned(), Vec::new()), ("a".to_owned(), Vec::new())]);
    let rows = [
        ("nothing", Vec::new(), "the object is empty"),
        ("empty zip", zipped(|_| ()), "it holds no file"),
        ("empty tar", tarred(&[("a/", EntryType::Directory, 0o755, "")]), "it holds no file"),
        ("zip cut short", whole[..whole.len() / 2].to_vec(), "the archive is damaged: "),
        ("only a magic", b"PK\x03\x04 and nothing".to_vec(), "the archive is damaged: "),
        ("other checksum", lying, "the archive is damaged: "),
        ("gzip cut short", gzipped(&tarred(&TREE))[..80].to_vec(), "the archive is damaged: "),
        ("gzip of text", gzipped(b"hello"), "the archive is damaged: "),
        ("tar cut short", tarred(&TREE)[..1600].to_vec(), "the archive is damaged: "),
        ("zip slip", one("../x"), "entry `../x` leaves the archive with `..`"),
        ("zip absolute", one("/x"), "entry `/x` has an absolute name"),
        ("zip backslash", one("..\\x"), "entry `..\\x` has a backslash in its name"),
        ("zip twice", twice, "the archive is damaged: two entries have the same name"),
        (
            "zip link out",
            zipped(|zip| zip.add_symlink("a", "../x", SimpleFileOptions::default()).unwrap()),
            "entry `a` is a link out of the archive, to ../x",
        ),
        (
            "tar link out",
            tarred(&[("a", EntryType::Symlink, 0o777, "/etc")]),
            "entry `a` is a link out of the archive, to /etc",
        ),
        (
            "tar hard link out",
            tarred(&[("a", EntryType::Link, 0o644, "/etc/passwd")]),
            "entry `a` is a hard link to /etc/passwd, which is no file of the archive",
        ),
        ("device", odd(EntryType::Char, 0o644), "entry `a` is neither a file, a folder nor a link"),
        ("pipe", odd(EntryType::Fifo, 0o644), "entry `a` is neither a file, a folder nor a link"),
        ("set user id", odd(EntryType::Regular, 0o4755), "entry `a` has the set-user-id or set-group-id bit"),
    ];
    for (name, object, expected) in rows {
        let (message, kind) = fetch(object).err().unwrap_or_else(|| panic!("{name}"));
        let expected = format!("cannot unpack the input artifact Source: {expected}");
        assert!(message.starts_with(&expected), "{name}: {message}");
        assert_eq!(kind, FailureKind::Input, "{name}");
    }
}

#[test]
fn limits_are_kept_while_unpacking() {
    let files: Vec<_> = (0..9).map(|index| (format!("f{index}"), vec![b'x'; 5000])).collect();
    let (zip, small) = (zip_in_memory(&files), InputLimits::default());
    let rows = [
        ("entries", InputLimits { entries: 8, ..small }, "it holds more than 8 entries"),
        ("size", InputLimits { expanded: 44_999, ..small }, "unpacked, it is larger than 44999 bytes"),
        ("ratio", InputLimits { ratio: 2, ratio_from: 100, ..small }, "refused as a decompression bomb"),
    ];
    for (name, limits, expected) in rows {
        let (message, kind) = fetch_with(zip.clone(), &limits).unwrap_err();
        assert!(message.contains(expected), "{name}: {message}");
        assert_eq!(kind, FailureKind::Input, "{name}");
    }
    let (message, _) = fetch_with(zip.clone(), &InputLimits { object: 10, ..small }).unwrap_err();
    assert_eq!(
        message,
        "cannot fetch the input artifact Source: s3://artifacts/pipe/Source/aB3dE9z is larger than 10 bytes, the limit of an input artifact"
    );
    assert!(fetch_with(zip, &InputLimits { entries: 9, expanded: 45_000, ..small }).is_ok());
}

#[test]
fn too_many_entries_are_refused_by_the_end_record() {
    let files: Vec<_> = (0..9).map(|index| (format!("f{index}"), Vec::new())).collect();
    let mut zip = zip_in_memory(&files);
    let end = zip.len() - 22;
    zip[end + 10..end + 12].copy_from_slice(&60_000_u16.to_le_bytes());
    let (message, _) = fetch_with(zip, &InputLimits { entries: 50_000, ..InputLimits::default() }).unwrap_err();
    assert!(message.ends_with("it holds more than 50000 entries"), "{message}");
}

#[test]
fn a_failure_without_a_temporary_folder_does_not_name_it() {
    let parent = tempfile::tempdir().unwrap();
    let failure = Inputs::create_below(&parent.path().join("missing")).unwrap_err();
    let expected = "cannot make a temporary folder for the job: entity not found";
    assert_eq!((failure.kind, failure.cause().as_str()), (FailureKind::Temporary, expected));
    let hint = "set TMPDIR to a folder that exists and that this user can write to";
    assert_eq!(failure.problems[0].hint.as_deref(), Some(hint));
}

#[test]
fn a_file_is_found_in_the_first_input_unless_another_is_named() {
    let inputs = fetch(zip_in_memory(&[("d/t.yaml".to_owned(), Vec::new())])).unwrap();
    let rows = [
        ("d/t.yaml", Ok("Source::d/t.yaml")),
        ("Source::d/t.yaml", Ok("Source::d/t.yaml")),
        ("Other::d/t.yaml", Err("the job has no input artifact Other: it has Source")),
        ("d", Err("d is not in the input artifact Source")),
    ];
    for (path, expected) in rows {
        let found = inputs.find_file(&ArtifactPath::parse(path).unwrap());
        let found = found.map(|file| inputs.names().path(&file.path).display().to_string());
        assert_eq!(
            found.map_err(|failure| failure.cause()),
            expected.map(str::to_owned).map_err(str::to_owned),
            "{path}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn damaged_bytes_are_an_error_or_a_folder(at in any::<prop::sample::Index>(), byte: u8, kind in 0..3) {
        let mut object = match kind {
            0 => zip_in_memory(&[("a/b".to_owned(), b"text".to_vec()), ("c".to_owned(), vec![b'c'; 300])]),
            1 => tarred(&TREE),
            _ => gzipped(&tarred(&TREE)),
        };
        let at = at.index(object.len());
        object[at] = byte;
        if let Err((message, _)) = fetch(object) {
            prop_assert!(message.starts_with("cannot unpack the input artifact Source: "), "{}", message);
        }
    }
}
