//! Outputs that cannot be written: found before the work where that is possible, and never half an output.

use crate::bad_case::{BUCKET, Case, function, said_offline};
use crate::run::{Ended, samstep};
use crate::s3_server::S3Server;
use insta::assert_snapshot;
use std::fs;
use std::path::Path;

/// No file may grow beyond nothing; the signal that would say so is ignored, as in most containers' shells.
const WITHOUT_ROOM: [&str; 4] = ["sh", "-c", "trap '' XFSZ; ulimit -f 0; exec \"$@\"", "sh"];

#[test]
fn an_output_that_cannot_be_written_is_refused_before_the_work() {
    let writing = |name, flags: &[&'static str]| Case::new(name).flags(flags);
    assert_snapshot!(said_offline(vec![
        writing("no such folder", &["--output-template-file", "none/packaged.yaml"]),
        writing("a folder", &["--output-template-file", "src"]),
        writing("a manifest in no folder", &["--manifest", "none/manifest.json"]),
        writing("where nothing can be made", &["--output-template-file", "/proc/packaged.yaml"]),
    ]), @r#"
== no such folder: 2
  help: name a file in a folder that can be written
error: none/packaged.yaml cannot be written: its folder does not exist

== a folder: 2
  help: name a file in a folder that can be written
error: src cannot be written: it is a folder

== a manifest in no folder: 2
  help: name a file in a folder that can be written
error: none/manifest.json cannot be written: its folder does not exist

== where nothing can be made: 2
  help: name a file in a folder that can be written
error: /proc/packaged.yaml cannot be written: No such file or directory (os error 2)
"#);
}

fn package(folder: &Path, starter: &[&str], flags: &[&str]) -> Ended {
    let server = S3Server::with_bucket(BUCKET);
    fs::create_dir_all(folder.join("src")).unwrap();
    fs::write(folder.join("src/app.py"), "pass\n").unwrap();
    fs::write(folder.join("template.yaml"), function("src")).unwrap();
    let run = samstep(["package", "--s3-bucket", BUCKET].iter().chain(flags)).under(starter);
    run.at(folder).against(&server).end()
}

#[test]
fn a_full_disk_leaves_the_older_file_and_nothing_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("packaged.yaml"), "of an earlier run\n").unwrap();
    let ended = package(folder.path(), &WITHOUT_ROOM, &["--output-template-file", "packaged.yaml"]);
    assert_snapshot!(format!("{}\n{}{}", ended.code, ended.stdout, ended.stderr), @"
    1
    Found 1 artifact in template.yaml (1 object)
    Uploading to f99336afd7c927fbb351d56d67716df0  (5 B)  from src for Orders
    error: packaged.yaml cannot be written: File too large (os error 27)
    ");
    assert_eq!(fs::read_to_string(folder.path().join("packaged.yaml")).unwrap(), "of an earlier run\n");
    let mut names: Vec<_> =
        fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names, ["packaged.yaml", "src", "template.yaml"]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_device_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let ended = package(folder.path(), &[], &["--output-template-file", "/dev/full"]);
    assert_snapshot!(format!("{}\n{}{}", ended.code, ended.stdout, ended.stderr), @"
    1
    Found 1 artifact in template.yaml (1 object)
    Uploading to f99336afd7c927fbb351d56d67716df0  (5 B)  from src for Orders
      help: make room on the disk
    error: /dev/full cannot be written: No space left on device (os error 28)
    ");
}

#[test]
fn a_reader_that_went_away_is_said() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("template.yaml"), "Resources: {}\n").unwrap();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let ended = samstep(["package"]).at(folder.path()).command().stdout(writer).output().unwrap();
    let stderr = String::from_utf8(ended.stderr).unwrap();
    assert_snapshot!(format!("{:?}\n{stderr}", ended.status.code()), @r"
Some(2)
  help: name a file with --output-template-file
error: standard output is closed, and the packaged template goes there
");
}
