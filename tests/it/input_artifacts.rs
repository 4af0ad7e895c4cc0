//! Input artifacts that come only at the second attempt, or that are made to fill the memory.

use crate::bad_job::{said, with_input};
use crate::job::{INPUT, World, output, source};
use crate::s3_server::{Answer, Fault};
use crate::worker::{PATIENCE, signal, wait_until};
use flate2::write::GzEncoder;
use insta::assert_snapshot;
use std::io::Write;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tar::{EntryType, Header};

/// Memory in bytes that a run may write to: an eighth of what each of these archives would have it keep.
const MEMORY: &str = "--data=500000000";

#[test]
fn an_input_artifact_that_breaks_off_is_fetched_again() {
    let world = World::new(&[], &source());
    world.s3.fault(Fault::new("GET", INPUT, Answer::Truncated).times(2));
    world.run().end().ok();
    world.result("PutJobSuccessResult");
    assert_eq!(output(&world)[0].0, "packaged.yaml");
    let fetched = world.s3.requests().into_iter().filter(|it| it.method == "GET" && it.path.ends_with(INPUT));
    assert_eq!(fetched.count(), 3);
}

fn header(name: &str, kind: EntryType, size: usize) -> Vec<u8> {
    let mut header = Header::new_gnu();
    header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
    header.set_entry_type(kind);
    header.set_mode(0o755);
    header.set_size(size as u64);
    header.set_cksum();
    header.as_bytes().to_vec()
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A file of 4 GB in an archive that is just large enough for it.
fn long() -> Vec<u8> {
    let mut piece = vec![0; 1 << 24];
    let mut seed = 1_u64;
    piece[..200_000].fill_with(|| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (seed >> 56) as u8
    });
    [gzipped(&header("long", EntryType::Regular, 250 << 24)), gzipped(&piece).repeat(250)].concat()
}

#[test]
fn nothing_is_left_of_a_job_that_is_told_twice_to_end_while_it_unpacks() {
    let (world, temporary) = (World::new(&[], &long()), tempfile::tempdir().unwrap());
    let mut command = world.run().env("TMPDIR", temporary.path()).command();
    let mut child = command.stdin(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(world.job.to_string().as_bytes()).unwrap();
    let is_there = |path: &Path| path.join("SourceArtifact/long").exists();
    wait_until(PATIENCE, || std::fs::read_dir(temporary.path()).unwrap().any(|entry| is_there(&entry.unwrap().path())));
    signal(child.id(), "TERM");
    // The second one is not waited for.
    std::thread::sleep(Duration::from_millis(200));
    signal(child.id(), "TERM");
    assert_eq!(child.wait().unwrap().code(), Some(143));
    assert_eq!(std::fs::read_dir(temporary.path()).unwrap().count(), 0);
}

/// An entry of 4 GB that the reader of archives would keep, in a gzipped tar of some MB.
fn endless(kind: EntryType) -> Vec<u8> {
    let (piece, pieces) = (vec![b'n'; 1 << 24], 250);
    [gzipped(&header("e", kind, pieces << 24)), gzipped(&piece).repeat(pieces)].concat()
}

#[test]
fn an_input_artifact_that_is_made_to_do_harm_is_a_revision_that_cannot_be_had() {
    let limited = |name, input: &[u8]| with_input(name, input).under(&["prlimit", MEMORY]);
    assert_snapshot!(said(&[
        limited("a long name of 4 GB", &endless(EntryType::GNULongName)),
        limited("a long link of 4 GB", &endless(EntryType::GNULongLink)),
        limited("an extended header of 4 GB", &endless(EntryType::XHeader)),
    ]), @r"
== a long name of 4 GB: 66
Job 0d4e7a52-6b0f-4a7c-9a56-2f6f0f2c9b11 of pipeline orders
Reported the failure of job 0d4e7a52-6b0f-4a7c-9a56-2f6f0f2c9b11
  help: look at the action that makes this artifact
error: cannot unpack the input artifact SourceArtifact: the archive is damaged: the header of an entry is longer than 256 KiB
-- RevisionUnavailable: cannot unpack the input artifact SourceArtifact: the archive is damaged: the header of an entry is longer than 256 KiB. Hint: look at the action that makes this artifact

== a long link of 4 GB: 66
Job 0d4e7a52-6b0f-4a7c-9a56-2f6f0f2c9b11 of pipeline orders
Reported the failure of job 0d4e7a52-6b0f-4a7c-9a56-2f6f0f2c9b11
  help: look at the action that makes this artifact
error: cannot unpack the input artifact SourceArtifact: the archive is damaged: the header of an entry is longer than 256 KiB
-- RevisionUnavailable: cannot unpack the input artifact SourceArtifact: the archive is damaged: the header of an entry is longer than 256 KiB. Hint: look at the action that makes this artifact

== an extended header of 4 GB: 66
Job 0d4e7a52-6b0f-4a7c-9a56-2f6f0f2c9b11 of pipeline orders
Reported the failure of job 0d4e7a52-6b0f-4a7c-9a56-2f6f0f2c9b11
  help: look at the action that makes this artifact
error: cannot unpack the input artifact SourceArtifact: the archive is damaged: the header of an entry is longer than 256 KiB
-- RevisionUnavailable: cannot unpack the input artifact SourceArtifact: the archive is damaged: the header of an entry is longer than 256 KiB. Hint: look at the action that makes this artifact
");
}
