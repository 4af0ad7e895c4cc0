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

/// Files of an artifact, such as a template that its function deploys.
const PARTS: [(&str, &str); 6] = [
    ("app.py", "pass\n"),
    ("package.json", "{\"type\": \"module\"}\n"),
    ("stack.yaml", "Resources:\n  T:\n    Type: AWS::SNS::Topic\n"),
    ("packaged.config.json", "{\"theme\": \"dark\"}\n"),
    ("results.xml", "<testsuites/>\n"),
    (".env", "STAGE=prod\n"),
];

fn with_parts(folder: &Path) {
    fs::create_dir(folder.join("src")).unwrap();
    PARTS.iter().for_each(|(name, text)| fs::write(folder.join("src").join(name), text).unwrap());
    fs::write(folder.join("template.yaml"), function("src")).unwrap();
}

#[test]
fn no_output_replaces_a_file_of_an_artifact() {
    let (folder, server) = (tempfile::tempdir().unwrap(), S3Server::with_bucket(BUCKET));
    with_parts(folder.path());
    let (template, target) = ("--output-template-file", "prod=eu-west-1/artifacts/app");
    let rows: [(&str, &[&str]); 10] = [
        ("app.py", &[template, "src/app.py"]),
        ("app.py", &["--dry-run", template, "src/app.py"]),
        ("stack.yaml", &[template, "src/stack.yaml"]),
        ("package.json", &["--manifest", "./src/package.json"]),
        ("packaged.config.json", &[template, "src/packaged.yaml", "--template-configuration", "config.json"]),
        ("package.json", &["--output-json", "src/../src/package.json"]),
        ("results.xml", &["--junit", "src/results.xml"]),
        (".env", &["--output-dotenv", "src/.env"]),
        (".env", &["--output-env", "src/.env"]),
        ("package.json", &["--target", target, template, "packaged.yaml", "--manifest", "src/package.json"]),
    ];
    fs::write(folder.path().join("config.json"), "{\"Parameters\": {}}").unwrap();
    for (name, flags) in rows {
        let run = samstep(["package", "--s3-bucket", BUCKET].iter().chain(flags));
        let bucket = if flags[0] == "--target" { samstep(["package"].iter().chain(flags)) } else { run };
        let ended = bucket.at(folder.path()).against(&server).end();
        let expected = format!(
            "error: template.yaml:5:16: Orders.CodeUri: cannot write src/{name}: it is a file of the artifact, and no \
             earlier run wrote it"
        );
        assert_eq!((ended.code, ended.cause()), (2, expected.as_str()), "{flags:?}");
        assert!(ended.stderr.contains("help: name another file for what this run writes"), "{}", ended.stderr);
    }
    for (name, text) in PARTS {
        assert_eq!(fs::read_to_string(folder.path().join("src").join(name)).unwrap(), text);
    }
    assert_eq!(server.requests().len(), 0);
}

#[test]
fn outputs_in_the_folder_of_an_artifact_change_no_later_run() {
    let (folder, server) = (tempfile::tempdir().unwrap(), S3Server::with_bucket(BUCKET));
    fs::write(folder.path().join("app.py"), "pass\n").unwrap();
    fs::write(folder.path().join("template.yaml"), function(".")).unwrap();
    fs::write(folder.path().join("config.json"), "{\"Parameters\": {}, \"Tags\": {\"a\": \"b\"}}").unwrap();
    let rows: [&[&str]; 3] = [
        &["--template-configuration", "config.json"],
        &["--use-json", "--template-configuration", "config.json"],
        &["--digest", "sha256"],
    ];
    for (index, flags) in rows.into_iter().enumerate() {
        let file = format!("packaged-{index}.yaml");
        let written = ["--output-template-file", file.as_str(), "--manifest", "artifacts.json", "--junit", "x.xml"];
        let values = ["--output-env", "step.env", "--output-dotenv", "step.dotenv", "--output-json", "step.json"];
        for _ in 0..3 {
            let before = server.objects(BUCKET).len();
            let run = samstep(["package", "--s3-bucket", BUCKET].iter().chain(flags).chain(&written).chain(&values));
            run.at(folder.path()).against(&server).end().ok();
            assert!(server.objects(BUCKET).len() - before <= 1, "{flags:?}");
        }
    }
    assert_eq!(server.objects(BUCKET).len(), 3, "each set of flags has other outputs, which are files to the next set");
}
