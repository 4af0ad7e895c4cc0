//! What is in a folder, what is left out, and what is refused.

use super::{Limits, Walker};
use crate::facts::{Event, Explain, Failure, FailureKind, PackageEvent, Warning, WarningKind};
use crate::package::archive::samples::{Tree, names, read};
use crate::package::archive::{OwnFile, ReadOptions, Source, SymlinkRule, read_all};
use crate::testing::recorder::Recorder;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::process::Command;

/// Kind and message of the failure to read the tree, without the path of its parent.
fn failure(tree: &Tree, options: &ReadOptions) -> (FailureKind, String) {
    let error = read(&tree.source(), options).unwrap_err();
    let failure = Failure::from(error);
    let home = tree.home().to_str().unwrap();
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
fn without_patterns_no_file_is_left_out() {
    let hidden = [".git/config", ".gitignore", ".ignore", "__pycache__/a.pyc", "node_modules/.bin/x", "x/.samignore"];
    let tree = hidden.iter().fold(Tree::new(), |tree, name| tree.file(name, "*\n"));
    assert_eq!(names(&tree.read()), hidden);
}

#[test]
fn only_the_ignore_file_of_the_top_folder_counts() {
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
fn an_ignored_file_causes_no_problem() {
    let tree =
        Tree::new().file(".samignore", "broken\nloop/\nsock\n").file("a", "").link("broken", "none").link("loop", ".");
    let _socket = UnixListener::bind(tree.path("sock")).unwrap();
    assert_eq!(names(&tree.read()), ["a"]);
}

#[test]
fn an_ignore_file_of_more_than_usual_size_is_an_error() {
    let long = vec![b'x'; 128 * 1024 + 1];
    let rows = [
        ("bytes", long, "it has more than 131072 bytes"),
        ("patterns", b"a\n".repeat(10_001), "it has more than 10000 patterns"),
    ];
    for (name, text, reason) in rows {
        let tree = Tree::new().file(".samignore", text).file("a", "");
        let expected = format!("cannot read app/.samignore: {reason}");
        assert_eq!(failure(&tree, &ReadOptions::default()), (FailureKind::Usage, expected), "{name}");
    }
    let comments = [b"# b\n\n".repeat(15_000), b"a\n".repeat(9_999), b"z\n".to_vec()].concat();
    let tree = Tree::new().file(".samignore", comments).file("a", "").file("b", "").file("z", "");
    assert_eq!(names(&tree.read()), ["b"]);
}

/// Options of a run that writes these files, of which earlier runs wrote the texts that begin with "ours".
fn writing(paths: &[PathBuf]) -> ReadOptions {
    let own = |path: &PathBuf| OwnFile { path: path.clone(), is_ours: |text| text.starts_with("ours") };
    ReadOptions { own_files: paths.iter().map(own).collect(), ..ReadOptions::default() }
}

#[test]
fn files_that_earlier_runs_wrote_are_left_out_in_every_spelling() {
    let tree = Tree::new()
        .file("template.yaml", "")
        .file("packaged.yaml", "ours")
        .file("empty", "")
        .file("out/a", "")
        .file("sub/packaged.yaml", "")
        .link("sub/link", "../packaged.yaml");
    let written = ["sub/../packaged.yaml", "empty", "out", "none/x", "missing"].map(|name| tree.path(name));
    let archive = read(&tree.source(), &writing(&written)).unwrap();
    assert_eq!(names(&archive), ["sub/packaged.yaml", "template.yaml"]);
}

#[test]
fn a_file_of_the_artifact_is_not_replaced_by_an_output() {
    let tree =
        Tree::new().file("app.py", "").file("package.json", "{}").file("data/a", "1").file(".samignore", "old\n");
    let tree = tree.file("old", "1").link("link", "package.json");
    std::os::unix::fs::symlink("app/data/a", tree.home().join("outside")).unwrap();
    let rows = [
        ("app/package.json", vec!["link", "package.json"]),
        ("app/data/../data/a", vec!["data/a"]),
        ("app/link", vec!["link", "package.json"]),
        ("outside", vec!["data/a"]),
        ("app/.samignore", vec![".samignore"]),
    ];
    for (written, refused) in rows {
        let (kind, message) = failure(&tree, &writing(&[tree.home().join(written)]));
        let expected: Vec<_> = refused
            .iter()
            .map(|name| format!("cannot write app/{name}: it is a file of the artifact, and no earlier run wrote it"))
            .collect();
        assert!(kind == FailureKind::Usage && message.ends_with(&expected.join("; ")), "{written}: {message}");
    }
    for written in ["app/old", "app/new"] {
        let archive = read(&tree.source(), &writing(&[tree.home().join(written)])).unwrap();
        assert_eq!(names(&archive), ["app.py", "data/a", "link", "package.json"], "{written}");
    }
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
    fs::create_dir_all(tree.home().join("out/sub")).unwrap();
    fs::write(tree.home().join("out/secret"), "s").unwrap();
    let tree = tree.link("shared", "../out").link("file", "../out/secret");
    std::os::unix::fs::symlink("../secret", tree.home().join("out/sub/again")).unwrap();
    assert_eq!(names(&tree.read()), ["a", "file", "shared/secret", "shared/sub/again"]);
    let out = tree.home().canonicalize().unwrap().join("out");
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

/// Two links to their own folder make 2ⁿ paths of n names. Each link is refused, not followed.
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
fn a_source_that_is_a_link_is_followed_with_every_rule() {
    let tree = Tree::new().file("real/a", "1").link("alias", "real");
    let archive = read(&Source::Folder(tree.path("alias")), &with(SymlinkRule::Error)).unwrap();
    assert_eq!(names(&archive), ["a"]);
}

#[test]
fn pipes_sockets_and_devices_are_refused_without_being_opened() {
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

/// Root can read every file, so that nothing is checked for root.
#[test]
fn files_that_cannot_be_read_are_named_and_not_left_out() {
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

fn with_limits(entries: usize, bytes: u64) -> Walker {
    let folder_limits = Limits { entries, bytes };
    Walker { folder_limits, ..Walker::new(&ReadOptions::default()).unwrap() }
}

/// The problems of a source, without the path of its parent.
fn problems(walker: &Walker, tree: &Tree, source: &Source) -> Vec<String> {
    let home = format!("{}/", tree.home().display());
    walker.list(source).problems.iter().map(|problem| problem.to_string().replace(&home, "")).collect()
}

#[test]
fn links_that_multiply_folders_are_an_error_before_memory_is_full() {
    let tree = (0..30).fold(Tree::new(), |tree, level| {
        let next = format!("../{}", level + 1);
        tree.folder(&level.to_string()).link(&format!("{level}/a"), &next).link(&format!("{level}/b"), &next)
    });
    let tree = tree.folder("30");
    let found = problems(&with_limits(1_000, u64::MAX), &tree, &Source::Folder(tree.path("0")));
    assert_eq!(found, ["cannot archive app/0: it holds more than 1000 files and folders"]);
}

#[test]
fn links_that_multiply_bytes_are_an_error_before_they_are_read() {
    let tree = Tree::new().file("a", [0; 1_000]).link("b", "a").link("d", "c").folder("c");
    fs::hard_link(tree.path("a"), tree.path("c/a")).unwrap();
    let all = "cannot archive app: it holds more than 4.0 kB";
    assert_eq!(problems(&with_limits(100, 4_000), &tree, &tree.source()), [""; 0]);
    assert_eq!(problems(&with_limits(100, 3_999), &tree, &tree.source()).len(), 1);
    let tree = tree.link("c/b", "a");
    assert_eq!(problems(&with_limits(100, 4_000), &tree, &tree.source()), [all]);
}

#[test]
fn all_sources_of_a_run_have_a_bound_together() {
    let rows = [
        (Limits { entries: 6, bytes: 1_000 }, None),
        (Limits { entries: 5, bytes: 1_000 }, Some("more than 5 files and folders")),
        (Limits { entries: 6, bytes: 999 }, Some("more than 999 B")),
    ];
    let tree = Tree::new().file("a/b", [0; 250]).file("a/c", [0; 250]).link("d", "a").file("e/f", [0; 0]);
    for (run_limits, expected) in rows {
        let walker = Walker { run_limits, ..Walker::new(&ReadOptions::default()).unwrap() };
        let sources = [Source::Folder(tree.path("a")), Source::Folder(tree.path("d")), Source::Folder(tree.path("e"))];
        sources.iter().for_each(|source| drop(walker.list(source)));
        let as_is = Source::AsIs(tree.path("e/f"));
        walker.list(&as_is);
        let found = walker.check_run(as_is.path()).err().map(|error| error.to_string());
        let expected = expected.map(|limit| {
            let path = tree.path("e/f");
            format!("cannot archive {}: together, the artifacts of this run hold {limit}", path.display())
        });
        assert_eq!(found, expected);
    }
}

/// 20,000 links to one sparse file stand for 2 TB.
#[test]
fn an_archive_of_terabytes_by_links_is_refused_at_once() {
    let tree = Tree::new().file("big", "");
    fs::File::options().write(true).open(tree.path("big")).unwrap().set_len(99_000_000).unwrap();
    let tree = (0..20_000).fold(tree, |tree, n| tree.link(&format!("l{n}"), "big"));
    let (kind, message) = failure(&tree, &ReadOptions::default());
    assert_eq!((kind, message.as_str()), (FailureKind::Usage, "cannot archive app: it holds more than 16.0 GB"));
}

/// 20 sparse files of 14 GB, each in a folder.
#[test]
fn sources_that_are_too_large_together_all_fail() {
    let names: Vec<_> = (0..20).map(|n| format!("{n}/big")).collect();
    let tree = names.iter().fold(Tree::new(), |tree, name| tree.file(name, ""));
    for name in &names {
        fs::File::options().write(true).open(tree.path(name)).unwrap().set_len(14_000_000_000).unwrap();
    }
    let sources: Vec<_> = (0..20).map(|n| Source::Folder(tree.path(&n.to_string()))).collect();
    let results = read_all(&sources, &ReadOptions::default(), &Recorder::default());
    for (source, result) in sources.iter().zip(&results) {
        let message = result.as_ref().unwrap_err().to_string();
        let reason = "together, the artifacts of this run hold more than 256.0 GB";
        assert_eq!(message, format!("cannot archive {}: {reason}", source.path().display()));
    }
    assert_eq!(results.len(), 20);
}
