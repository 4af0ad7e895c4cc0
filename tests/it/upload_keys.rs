//! What decides the key of an object, and what must not; and the ways in and out of a run that uploads.

use crate::bad_case::{BUCKET, function};
use crate::upload::{Desk, assert_same_key, path};
use std::fs::{self, File, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Stdio;
use std::time::{Duration, SystemTime};

#[test]
fn a_key_depends_on_what_is_in_the_folder_alone() {
    let old = || {
        let desk = Desk::new();
        let past = SystemTime::UNIX_EPOCH + Duration::from_secs(400_000_000);
        File::options().write(true).open(path(&desk, "src/app.py")).unwrap().set_modified(past).unwrap();
        desk
    };
    let executable = || {
        let desk = Desk::new();
        fs::set_permissions(path(&desk, "src/app.py"), Permissions::from_mode(0o755)).unwrap();
        desk
    };
    let ignoring = || Desk::new().file("src/.samignore", "*.log\n.samignore\n").file("src/x.log", "x");
    let sha256: &[&str] = &["--digest", "sha256"];
    assert_same_key(&[], &Desk::new(), &old(), true, "time");
    assert_same_key(&[], &Desk::new(), &executable(), true, "mode, as sam has it");
    assert_same_key(&[], &Desk::new(), &ignoring(), true, "what is ignored");
    assert_same_key(sha256, &Desk::new(), &old(), true, "time, with SHA-256");
    assert_same_key(sha256, &Desk::new(), &executable(), false, "mode, with SHA-256");
}

#[test]
fn a_key_depends_on_no_clock_zone_and_no_working_directory() {
    let desk = Desk::new();
    desk.run(&[]).env("TZ", "Pacific/Kiritimati").env("LC_ALL", "C").end().ok();
    let (first, bytes) = (desk.keys(), desk.server.objects(BUCKET));
    let elsewhere = tempfile::tempdir().unwrap();
    fs::create_dir(elsewhere.path().join("src")).unwrap();
    fs::write(elsewhere.path().join("src/decoy.py"), "").unwrap();
    let template = path(&desk, "template.yaml");
    let flags = ["--force-upload", "-t", template.to_str().unwrap()];
    desk.run(&flags).at(elsewhere.path()).env("TZ", "America/Adak").end().ok();
    assert_eq!((desk.keys(), desk.server.objects(BUCKET)), (first, bytes));
}

#[test]
fn the_output_in_the_packaged_folder_changes_no_key() {
    let desk = Desk::new().file("template.yaml", function("."));
    for _ in 0..3 {
        desk.package(&["--output-template-file", "packaged.yaml", "--manifest", "manifest.json"]);
    }
    assert_eq!(desk.keys().len(), 1);
}

#[test]
fn links_are_followed_kept_or_refused() {
    let desk = Desk::new();
    symlink("app.py", path(&desk, "src/link.py")).unwrap();
    let copied = Desk::new().file("src/link.py", "pass\n");
    assert_same_key(&[], &desk, &copied, true, "followed");
    let kept = Desk::new();
    symlink("app.py", path(&kept, "src/link.py")).unwrap();
    assert_same_key(&["--symlinks", "preserve"], &kept, &copied, false, "kept");
    let refused = kept.run(&["--symlinks", "error"]).end();
    assert_eq!(refused.code, 2);
    assert!(refused.cause().ends_with("links are refused"), "{}", refused.stderr);
}

#[test]
fn a_template_may_come_through_a_pipe() {
    let desk = Desk::new();
    let from_file = desk.package(&[]).stdout;
    assert_eq!(desk.run(&["-t", "-"]).input(function("src")).end().ok().stdout, from_file);
    assert_eq!(desk.run(&["-t", "/dev/stdin"]).input(function("src")).end().ok().stdout, from_file);
    let starter = ["sh", "-c", "exec 3<template.yaml; exec \"$@\"", "sh"];
    assert_eq!(desk.run(&["-t", "/dev/fd/3"]).under(&starter).end().ok().stdout, from_file);
    let substitution = ["sh", "-c", "cat template.yaml | \"$@\"", "sh"];
    assert_eq!(desk.run(&["-t", "/dev/fd/0"]).under(&substitution).end().ok().stdout, from_file);
}

#[test]
fn a_dry_run_asks_nothing_of_the_network() {
    let desk = Desk::new();
    let ended = desk.package(&["--dry-run", "--output-template-file", "packaged.yaml"]);
    assert!(ended.stdout.contains(&format!("s3://{BUCKET}/")), "{}", ended.stdout);
    assert_eq!(desk.server.requests().len(), 0);
    assert!(!path(&desk, "packaged.yaml").exists());
}

#[test]
fn a_manifest_tells_of_every_artifact() {
    let desk = Desk::new();
    desk.server.keep_versions();
    desk.package(&["--manifest", "manifest.json"]);
    let manifest = || fs::read_to_string(path(&desk, "manifest.json")).unwrap();
    let first = manifest();
    insta::assert_snapshot!(first, @r#"
    {
      "version": 1,
      "template": "template.yaml",
      "packaged": [
        {
          "sha256": "d32219968f4219ccfd0ebdfbfcfeb05c22f8a8a5b79d3942c224cef0f76fb3b5"
        }
      ],
      "templates": [
        {
          "stack": "",
          "path": "template.yaml",
          "sha256": "f56f1fe7a10764a187b3edb60f73d6061cea0ff0bdec66f02275bb1073f6b248"
        }
      ],
      "artifacts": [
        {
          "template": "template.yaml",
          "logicalId": "Orders",
          "property": "CodeUri",
          "path": "src",
          "bytes": 5,
          "digest": "f99336afd7c927fbb351d56d67716df0",
          "sha256": "bb4ebd919fe5b544448fb1e419c235846d47b92c4bcf4619c75b60a5ac518554",
          "location": {
            "bucket": "artifacts",
            "key": "f99336afd7c927fbb351d56d67716df0",
            "version": "v1"
          },
          "reused": false,
          "objectBytes": 115
        }
      ]
    }
    "#);
    desk.package(&["--manifest", "manifest.json"]);
    assert_eq!(manifest(), first.replace("\"reused\": false", "\"reused\": true"));
}

#[test]
fn the_text_is_kept_unless_json_is_asked_for() {
    let desk = Desk::new();
    assert!(desk.package(&[]).stdout.ends_with(" # the code\n"));
    let json = desk.package(&["--use-json"]).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["Resources"]["Orders"]["Type"], "AWS::Serverless::Function");
}

#[test]
fn no_home_and_no_temporary_folder_are_needed() {
    let desk = Desk::new();
    let run = desk.run(&[]).env("HOME", "/nonexistent").env("TMPDIR", "/nonexistent");
    let ended = run.command().env_remove("HOME").stdin(Stdio::null()).output().unwrap();
    assert_eq!(ended.status.code(), Some(0), "{}", String::from_utf8_lossy(&ended.stderr));
}
