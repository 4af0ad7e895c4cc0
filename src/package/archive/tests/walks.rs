//! What is in a folder, what is left out, and what is refused.

use super::super::limits::LAMBDA_UNZIPPED_BYTES;
use super::super::{ReadOptions, Source, SymlinkRule, check_lambda_limit, is_zip, read_all};
use super::{Recorder, Tree, names, read};
use crate::facts::{Event, Explain, Failure, FailureKind, PackageEvent, Warning, WarningKind};
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::UnixListener;
use std::process::Command;

/// Kind and message of the failure to read the tree, with the folder's own place taken out.
fn failure(tree: &Tree, options: &ReadOptions) -> (FailureKind, String) {
    let error = read(&tree.source(), options).unwrap_err();
    let failure = Failure::from(error);
    let home = tree.home.path().to_str().unwrap();
    (failure.kind, failure.cause().replace(&format!("{home}/"), ""))
}

fn with(symlinks: SymlinkRule) -> ReadOptions {
    ReadOptions { symlinks, ..ReadOptions::default() }
}

fn warnings(tree: &Tree) -> Vec<Warning> {
    let reporter = Recorder::default();
    read_all(&[tree.source()], &ReadOptions::default(), &reporter);
    let warning = |event| if let Event::Warning(warning) = event { Some(warning) } else { None };
    reporter.events().into_iter().filter_map(warning).collect()
}

#[test]
fn nothing_is_left_out_that_nobody_named() {
    let hidden = [".git/config", ".gitignore", ".ignore", "__pycache__/a.pyc", "node_modules/.bin/x", "x/.samignore"];
    let tree = hidden.iter().fold(Tree::new(), |tree, name| tree.file(name, "*\n"));
    assert_eq!(names(&tree.read()), hidden);
}

#[test]
fn the_ignore_file_of_the_top_folder_has_the_syntax_of_gitignore() {
    let tree = Tree::new()
        .file(".samignore", "*.log\n!keep.log\n/build/\nsecret\n# comment\n\ndeep/**/x\n")
        .file("a.log", "")
        .file("keep.log", "")
        .file("build/out", "")
        .file("sub/build/out", "")
        .file("sub/secret", "")
        .file("deep/1/2/x", "")
        .file("sub/.samignore", "*\n");
    assert_eq!(names(&tree.read()), ["keep.log", "sub/.samignore", "sub/build/out"]);
}

#[test]
fn what_is_ignored_is_not_a_problem_either() {
    let tree =
        Tree::new().file(".samignore", "broken\nloop/\nsock\n").file("a", "").link("broken", "none").link("loop", ".");
    let _socket = UnixListener::bind(tree.path("sock")).unwrap();
    assert_eq!(names(&tree.read()), ["a"]);
}

#[test]
fn an_ignore_file_that_cannot_be_understood_is_an_error() {
    let tree = Tree::new().file(".samignore", "ok\na{b\n");
    let (kind, message) = failure(&tree, &ReadOptions::default());
    assert_eq!(kind, FailureKind::Usage);
    assert!(message.starts_with("cannot read app/.samignore: line 2: error parsing glob 'a{b'"), "{message}");
}

#[test]
fn what_the_run_writes_is_left_out_however_it_is_spelled() {
    let tree =
        Tree::new().file("template.yaml", "").file("packaged.yaml", "").file("out/a", "").file("sub/packaged.yaml", "");
    let excluded = vec![tree.path("sub/../packaged.yaml"), tree.path("out"), tree.path("none/x"), tree.path("missing")];
    let archive = read(&tree.source(), &ReadOptions { excluded, ..ReadOptions::default() }).unwrap();
    assert_eq!(names(&archive), ["sub/packaged.yaml", "template.yaml"]);
}

#[test]
fn links_are_followed_by_default() {
    let tree = Tree::new().file("lib/x", "1").link("again", "lib").link("one", "lib/x");
    let archive = tree.read();
    assert_eq!(names(&archive), ["again/x", "lib/x", "one"]);
    assert_eq!((archive.bytes, warnings(&tree)), (3, vec![]));
}

#[test]
fn a_link_out_of_the_folder_is_followed_with_a_warning() {
    let tree = Tree::new().file("a", "");
    fs::create_dir_all(tree.home.path().join("out/sub")).unwrap();
    fs::write(tree.home.path().join("out/secret"), "s").unwrap();
    let tree = tree.link("shared", "../out").link("file", "../out/secret");
    std::os::unix::fs::symlink("../secret", tree.home.path().join("out/sub/again")).unwrap();
    assert_eq!(names(&tree.read()), ["a", "file", "shared/secret", "shared/sub/again"]);
    let out = tree.home.path().canonicalize().unwrap().join("out");
    let mut leaving = warnings(&tree);
    leaving.sort_by_key(|warning| format!("{warning:?}"));
    let expected = [("file", out.join("secret")), ("shared", out)];
    let kinds: Vec<_> = leaving.into_iter().map(|warning| warning.kind).collect();
    assert_eq!(kinds, expected.map(|(link, target)| WarningKind::LinkLeavesFolder { link: tree.path(link), target }));
}

#[test]
fn nothing_outside_the_root_is_read() {
    let inside = Tree::new().file("a", "").link("b", "a");
    let root = Some(inside.top());
    assert!(read(&inside.source(), &ReadOptions { root: root.clone(), ..ReadOptions::default() }).is_ok());

    let leaving = Tree::new().link("passwords", "/etc/passwd");
    let options = ReadOptions { root: Some(leaving.top()), ..ReadOptions::default() };
    let (kind, message) = failure(&leaving, &options);
    assert_eq!(kind, FailureKind::Usage);
    assert!(message.starts_with("cannot read app/passwords: it leads to /etc/passwd, outside "), "{message}");

    let other = ReadOptions { root, ..ReadOptions::default() };
    let sources = [leaving.source(), Source::File(leaving.path("passwords")), Source::AsIs(leaving.path("passwords"))];
    for source in sources {
        assert!(read(&source, &other).is_err(), "{source:?}");
    }
    let ignoring = Tree::new().link(".samignore", "/etc/hostname");
    assert!(read(&ignoring.source(), &ReadOptions { root: Some(ignoring.top()), ..ReadOptions::default() }).is_err());
}

#[test]
fn links_that_are_refused_say_why() {
    let follow = SymlinkRule::Follow;
    let rows = [
        (
            "broken",
            Tree::new().link("a", "none/x"),
            follow,
            "cannot follow the symbolic link app/a: its target none/x does not exist",
        ),
        (
            "to its own folder",
            Tree::new().link("a", "."),
            follow,
            "cannot follow the symbolic link app/a: its target . holds the link itself",
        ),
        (
            "to a folder above",
            Tree::new().folder("x/y").link("x/y/z", "../../x"),
            follow,
            "cannot follow the symbolic link app/x/y/z: its target ../../x holds the link itself",
        ),
        (
            "to itself",
            Tree::new().link("a", "a"),
            follow,
            "cannot follow the symbolic link app/a to a: Too many levels of symbolic links (os error 40)",
        ),
        (
            "kept, leaving",
            Tree::new().link("a", "../x"),
            SymlinkRule::Preserve,
            "cannot keep the symbolic link app/a: its target ../x is outside the folder",
        ),
        (
            "any",
            Tree::new().file("b", "").link("a", "b"),
            SymlinkRule::Error,
            "app/a is a symbolic link to b, and links are refused",
        ),
    ];
    for (name, tree, rule, expected) in rows {
        let (kind, message) = failure(&tree, &with(rule));
        assert_eq!((kind, message.as_str()), (FailureKind::Usage, expected), "{name}");
    }
}

/// Two links to their own folder make 2ⁿ paths of n names: each is refused at once, not followed.
#[test]
fn links_to_their_own_folder_are_all_named_at_once() {
    let tree =
        Tree::new().link("x", ".").link("y", ".").folder("p").folder("q").link("p/q", "../q").link("q/p", "../p");
    let (_, message) = failure(&tree, &ReadOptions::default());
    assert!(message.starts_with("cannot archive app: 4 problems: cannot follow"), "{message}");
    for link in ["app/x:", "app/y:", "app/p/q/p:", "app/q/p/q:"] {
        assert!(message.contains(link), "{link} in {message}");
    }
}

#[test]
fn a_source_that_is_a_link_is_followed_whatever_the_rule() {
    let tree = Tree::new().file("real/a", "1").link("alias", "real");
    let archive = read(&Source::Folder(tree.path("alias")), &with(SymlinkRule::Error)).unwrap();
    assert_eq!(names(&archive), ["a"]);
}

#[test]
fn what_is_neither_file_nor_folder_is_refused_unopened() {
    let tree = Tree::new().file("a", "");
    assert!(Command::new("mkfifo").arg(tree.path("pipe")).status().unwrap().success());
    let _socket = UnixListener::bind(tree.path("sock")).unwrap();
    let tree = tree.link("null", "/dev/null");
    let expected = "cannot archive app: 3 problems: cannot archive app/null: it is a device; \
                    cannot archive app/pipe: it is a named pipe; cannot archive app/sock: it is a socket";
    assert_eq!(failure(&tree, &ReadOptions::default()), (FailureKind::Usage, expected.to_owned()));
    assert!(read(&Source::AsIs(tree.path("pipe")), &ReadOptions::default()).is_err());
}

#[test]
fn a_name_that_is_not_utf8_is_shown_with_escapes() {
    let tree = Tree::new().folder("x");
    fs::write(tree.path("x").join(OsStr::from_bytes(b"caf\xE9.txt")), "").unwrap();
    let expected = r"cannot archive caf\xe9.txt in app/x: the name is not UTF-8";
    assert_eq!(failure(&tree, &ReadOptions::default()), (FailureKind::Usage, expected.to_owned()));
}

#[test]
fn a_missing_path_and_a_broken_link_read_differently() {
    let tree = Tree::new().link("broken", "gone");
    for source in [Source::Folder, Source::File, Source::AsIs] {
        let message = |name| read(&source(tree.path(name)), &ReadOptions::default()).unwrap_err();
        let (missing, broken) = (message("none"), message("broken"));
        assert!(missing.to_string().ends_with("app/none: no such file or folder"), "{missing}");
        assert!(broken.to_string().ends_with("app/broken: its target gone does not exist"), "{broken}");
        assert_eq!((missing.kind(), broken.kind()), (FailureKind::Usage, FailureKind::Usage));
    }
}

/// Says nothing when run by a user who may read everything.
#[test]
fn what_cannot_be_read_is_named_and_never_left_out() {
    let tree = Tree::new().file("a", "").file("b", "").file("closed/c", "").link("broken", "none");
    let tree = tree.mode("a", 0o000).mode("closed", 0o000);
    let readable = fs::read(tree.path("a")).is_ok();
    let (kind, message) = failure(&tree, &ReadOptions::default());
    let tree = tree.mode("closed", 0o755);
    drop(tree);
    if !readable {
        assert_eq!(kind, FailureKind::Usage);
        for part in ["3 problems", "cannot read app/a: Permission denied", "cannot read app/closed: Permission denied"]
        {
            assert!(message.contains(part), "{message}");
        }
    }
}

#[test]
fn ten_problems_are_named_and_the_rest_counted() {
    let tree = (10..23).fold(Tree::new(), |tree, n| tree.link(&format!("l{n}"), "none"));
    let (_, message) = failure(&tree, &ReadOptions::default());
    assert!(message.starts_with("cannot archive app: 13 problems: "), "{message}");
    assert!(message.contains("app/l19:") && !message.contains("app/l20:"), "{message}");
    assert!(message.ends_with("; and 3 more"), "{message}");
}

#[test]
fn one_source_that_fails_does_not_hide_the_others() {
    let (good, bad) = (Tree::new().file("a", "A"), Tree::new().link("x", "none"));
    let reporter = Recorder::default();
    let results = read_all(&[bad.source(), good.source()], &ReadOptions::default(), &reporter);
    assert_eq!(results.iter().map(Result::is_ok).collect::<Vec<_>>(), [false, true]);
    assert!(!reporter.events().contains(&Event::Package(PackageEvent::ReadFinished)));
}

#[test]
fn a_folder_without_files_is_an_archive_without_entries() {
    let tree = Tree::new().folder("a/b");
    assert_eq!((tree.read().files, tree.read().bytes), (0, 0));
}

#[test]
fn a_source_of_the_other_kind_is_refused() {
    let tree = Tree::new().file("a", "");
    let rows = [
        ("folder as file", Source::File(tree.top()), "it is not a file"),
        ("file as folder", Source::Folder(tree.path("a")), "it is not a folder"),
        ("below a file", Source::Folder(tree.path("a/b")), "cannot read"),
    ];
    for (name, source, expected) in rows {
        let error = read(&source, &ReadOptions::default()).unwrap_err();
        assert!(error.to_string().contains(expected), "{name}: {error}");
    }
}

#[test]
fn over_the_limit_of_lambda_the_biggest_children_are_named() {
    let tree = Tree::new();
    let sizes = [("a", 10), ("b/x", 20), ("b/y", 30), ("c", 5), ("d", 60), ("e", 70), ("f", 40)];
    let tree = sizes.iter().fold(tree, |tree, (name, _)| tree.file(name, ""));
    let mut archive = tree.read();
    assert_eq!(check_lambda_limit(&archive), None);
    for (entry, (name, size)) in archive.entries.iter_mut().zip(sizes) {
        assert_eq!(&*entry.name, name);
        entry.size = size << 20;
    }
    archive.bytes = LAMBDA_UNZIPPED_BYTES;
    assert_eq!(check_lambda_limit(&archive), None);
    archive.bytes += 1;
    let biggest = [("e", 70), ("d", 60), ("b", 50), ("f", 40), ("a", 10)];
    let expected = WarningKind::OverLambdaLimit {
        source: tree.top(),
        bytes: 262_144_001,
        limit: 262_144_000,
        biggest: biggest.map(|(name, size)| (tree.path(name), size << 20)).to_vec(),
    };
    assert_eq!(check_lambda_limit(&archive).map(|warning| warning.kind), Some(expected));
}

#[test]
fn a_zip_that_goes_as_it_is_counts_as_what_it_holds() {
    let zip = super::super::zip_in_memory(&[("zeros".to_owned(), vec![0; LAMBDA_UNZIPPED_BYTES as usize + 1])]);
    let tree = Tree::new().file("bomb.zip", zip).file("text.zip", "not a zip");
    let check = |name| check_lambda_limit(&read(&Source::AsIs(tree.path(name)), &ReadOptions::default()).unwrap());
    let (source, bytes) = (tree.path("bomb.zip"), 262_144_001);
    let biggest = vec![(source.clone(), bytes)];
    let expected = WarningKind::OverLambdaLimit { source, bytes, limit: 262_144_000, biggest };
    let kind = |name| check(name).map(|warning| warning.kind);
    assert_eq!((kind("bomb.zip"), kind("text.zip")), (Some(expected), None));
}

#[test]
fn a_zip_is_told_by_its_end_as_python_does() {
    let zip = super::super::zip_in_memory(&[("a".to_owned(), b"1".to_vec())]);
    let rows: [(&str, Vec<u8>, bool); 9] = [
        ("a.zip", zip.clone(), true),
        ("a.jar", zip.clone(), true),
        ("self-extracting", [b"#!/bin/sh\n".as_slice(), &zip].concat(), true),
        ("comment", [zip.as_slice(), &[b' '; 0xFFFF]].concat(), true),
        ("too much behind", [zip.as_slice(), &[b' '; 0x10001]].concat(), false),
        ("text.zip", b"not a zip".to_vec(), false),
        ("empty.zip", Vec::new(), false),
        ("cut.zip", zip[..zip.len() - 1].to_vec(), false),
        ("start only.zip", b"PK\x03\x04".to_vec(), false),
    ];
    for (name, bytes, expected) in rows {
        let tree = Tree::new().file(name, bytes);
        assert_eq!(is_zip(&tree.path(name)).unwrap(), expected, "{name}");
        let ask = "import sys, zipfile; print(zipfile.is_zipfile(sys.argv[1]))";
        let answer = Command::new("python3").args(["-c", ask]).arg(tree.path(name)).output().unwrap();
        assert_eq!(answer.stdout == b"True\n", expected, "{name}: {answer:?}");
    }
    assert!(is_zip(std::path::Path::new("/none")).is_err());
}
