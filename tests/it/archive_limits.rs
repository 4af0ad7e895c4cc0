//! Bounds on what is archived, the dialect of .samignore, and what Lambda could not start.

use crate::bad_case::{BUCKET, function};
use crate::upload::{Desk, path};
use std::fs::{self, File, Permissions, hard_link};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use zip::ZipArchive;

/// Far less than what the inputs here would take if they were read whole.
const MEMORY: [&str; 2] = ["prlimit", "--data=200000000"];

/// 20,000 links to one file of 99 MB, which takes no space on the disk.
fn many_links(desk: Desk, link: impl Fn(&Path, &Path)) -> Desk {
    let big = path(&desk, "src/big");
    File::create(&big).unwrap().set_len(99_000_000).unwrap();
    (0..20_000).for_each(|n| link(&big, &path(&desk, &format!("src/l{n}"))));
    desk
}

#[test]
fn an_artifact_beyond_all_bounds_is_refused_before_it_is_read() {
    let large = "Orders.CodeUri: cannot archive src: it holds more than 16.0 GB";
    let ignoring = |text: Vec<u8>| Desk::new().file("src/.samignore", text);
    let rows = [
        (
            "an ignore file of one long line",
            ignoring(vec![b'x'; 90_000_000]),
            "Orders.CodeUri: cannot read src/.samignore: it has more than 131072 bytes",
        ),
        (
            "an ignore file of many braces",
            ignoring("{a,".repeat(100_000).into_bytes()),
            "Orders.CodeUri: cannot read src/.samignore: it has more than 131072 bytes",
        ),
        (
            "an ignore file of many lines",
            ignoring(b"a\n".repeat(50_000)),
            "Orders.CodeUri: cannot read src/.samignore: it has more than 10000 patterns",
        ),
        ("hard links", many_links(Desk::new(), |big, link| hard_link(big, link).unwrap()), large),
        ("symbolic links", many_links(Desk::new(), |_, link| symlink("big", link).unwrap()), large),
    ];
    for (name, desk, expected) in rows {
        let ended = desk.run(&[]).under(&MEMORY).end();
        let cause = format!("error: template.yaml:5:16: {expected}");
        assert_eq!((ended.code, ended.cause()), (2, cause.as_str()), "{name}: {}", ended.stderr);
        assert_eq!(desk.server.requests().len(), 0, "{name}");
    }
}

#[test]
fn samignore_has_the_dialect_of_gitignore() {
    let kept = ["a.log", "app.py", "b.tmp"];
    let left_out = ["c.{log,tmp}", "{{cookiecutter.name}}/x_output.yaml", "]v", "x1"];
    let patterns = "*.{log,tmp}\r\n{{cookiecutter.name}}/*_output.yaml\na{b\nb\\\n[[:alpha:]]1\n[\\]]v\n";
    let desk = kept.iter().chain(&left_out).fold(Desk::new(), |desk, name| desk.file(&format!("src/{name}"), "x"));
    let desk = desk.file("src/.samignore", patterns);
    desk.package(&[]);
    let objects = desk.server.objects(BUCKET);
    let zip = objects.values().next().unwrap();
    let archive = ZipArchive::new(std::io::Cursor::new(zip)).unwrap();
    let names: Vec<_> = archive.file_names().map(|name| name.unwrap().into_owned()).collect();
    assert_eq!(names, kept);
}

/// A central directory of so many entries, without any content.
fn directory(entries: u32) -> Vec<u8> {
    let mut header = [0; 46 + 8];
    header[..4].copy_from_slice(b"PK\x01\x02");
    header[24..28].copy_from_slice(&200_u32.to_le_bytes());
    header[28..30].copy_from_slice(&8_u16.to_le_bytes());
    let mut zip = Vec::new();
    for entry in 0..entries {
        header[46..].copy_from_slice(format!("{entry:08x}").as_bytes());
        zip.extend_from_slice(&header);
    }
    let bytes = zip.len() as u32;
    zip.extend_from_slice(b"PK\x05\x06\0\0\0\0\xFF\xFF\xFF\xFF");
    zip.extend_from_slice(&bytes.to_le_bytes());
    zip.extend_from_slice(&[0; 6]);
    zip
}

#[test]
fn a_zip_of_any_number_of_entries_takes_no_memory() {
    let desk = Desk::new().file("template.yaml", function("code.zip"));
    let desk = desk.file("code.zip", directory(1_800_000));
    let ended = desk.run(&["--dry-run"]).under(&MEMORY).end().ok();
    let expected = "code.zip is 360.0 MB unzipped, and Lambda takes at most 262.1 MB";
    assert!(ended.stderr.contains(expected), "{}", ended.stderr);
}

#[test]
fn a_bootstrap_that_cannot_be_executed_is_a_warning_with_the_fix() {
    let desk = Desk::new().file("src/bootstrap", "#!/bin/sh\n");
    let warning = "src/bootstrap is not executable: Lambda cannot start a custom runtime";
    let advice = "package with --digest sha256: the default key does not cover modes";
    let sha256 = ["--digest", "sha256"];
    let warned = |flags: &[&str]| {
        let stderr = desk.package(flags).stderr;
        (stderr.contains(warning), stderr.contains(advice), desk.keys().len())
    };
    assert_eq!((warned(&[]), warned(&sha256)), ((true, true, 1), (true, false, 2)));
    fs::set_permissions(path(&desk, "src/bootstrap"), Permissions::from_mode(0o755)).unwrap();
    assert_eq!((warned(&[]), warned(&sha256)), ((false, false, 2), (false, false, 3)));
}
