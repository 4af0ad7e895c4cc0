//! Entries one after the other, and the folder that they make.

use super::{Tree, Unpacking};
use crate::job::input::InputLimits;
use crate::job::input::folder::Stop;
use std::io::Read;
use std::path::Path;

/// What an archive of these entries gives: `name`, `name/` (a folder), `name -> target`, `name => hard link`.
fn unpack(entries: &[&str]) -> Result<Vec<String>, String> {
    let root = tempfile::tempdir().unwrap();
    let limits = InputLimits { entries: 8, expanded: 100, ratio: 10, ratio_from: 30, ..InputLimits::default() };
    let stop = Stop::default();
    let mut tree = Tree::new(Unpacking { root: root.path(), bytes: 4, limits: &limits, stop: &stop });
    let mut done = Ok(());
    for entry in entries {
        done = done.and_then(|()| match entry.split_once(" -> ").ok_or(entry.split_once(" => ")) {
            Ok((name, target)) => tree.link(name, target),
            Err(Some((name, target))) => tree.hard_link(name, target),
            Err(None) if entry.ends_with('/') => tree.folder(entry),
            Err(None) => tree.file(entry, Some(0o100755), &mut entry.as_bytes()),
        });
    }
    done.and_then(|()| tree.finish()).map_err(|error| error.to_string())?;
    let mut found = Vec::new();
    list(root.path(), root.path(), &mut found);
    found.sort();
    Ok(found)
}

fn list(root: &Path, folder: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        found.push(path.strip_prefix(root).unwrap().display().to_string());
        if path.is_dir() && !path.is_symlink() {
            list(root, &path, found);
        }
    }
}

#[test]
fn what_is_inside_is_unpacked() {
    let rows: [(&str, &[&str], &[&str]); 5] = [
        ("files and folders", &["a/b", "c/", "a/", "./d", "."], &["a", "a/b", "c", "d"]),
        ("a link to a file", &["b/a", "l -> b/../b/a"], &["b", "b/a", "l"]),
        ("a link to nothing inside", &["a", "l -> missing"], &["a", "l"]),
        ("a chain of links", &["d/a", "m -> l/a", "l -> d"], &["d", "d/a", "l", "m"]),
        ("a hard link", &["a", "b => a"], &["a", "b"]),
    ];
    for (name, entries, expected) in rows {
        let entries: Vec<_> = entries.iter().map(|it| if *it == "." { "./" } else { it }).collect();
        assert_eq!(unpack(&entries).unwrap(), expected, "{name}");
    }
}

#[test]
fn what_leads_outside_is_refused() {
    let far = format!("b -> {}", "x/".repeat(501));
    let rows: [(&str, &[&str], &str); 19] = [
        ("parent", &["a/../../b"], "entry `a/../../b` leaves the archive with `..`"),
        ("absolute", &["/etc/x"], "entry `/etc/x` has an absolute name"),
        ("drive", &["C:x"], "entry `C:x` has an absolute name"),
        ("backslash", &["a\\b"], "entry `a\\b` has a backslash in its name"),
        ("nul", &["a\0b"], "entry `a\0b` has a NUL in its name"),
        ("twice", &["a", "./a"], "entry `./a` is in the archive twice"),
        ("link and file", &["a -> b", "a"], "entry `a` is in the archive twice"),
        ("below a file", &["a", "a/b"], "entry `a/b` lies below an entry that is not a folder"),
        ("through a link", &["a -> .", "a/b"], "entry `a/b` lies below an entry that is not a folder"),
        ("link out", &["a", "b -> ../x"], "entry `b` is a link out of the archive, to ../x"),
        ("absolute link", &["b -> /etc"], "entry `b` is a link out of the archive, to /etc"),
        (
            "link out by a link",
            &["d/e/f", "l -> d/e", "m -> l/../../../x"],
            "entry `m` is a link out of the archive, to l/../../../x",
        ),
        ("a chain out", &["m -> l/x", "l -> d/..", "d -> ../y"], "entry `m` is a link out of the archive, to l/x"),
        ("a link to nothing", &["a", "b -> "], "entry `b` is a link to nothing"),
        ("a long way", &["a", &far], "entry `b` is a link that goes more than 500 steps"),
        ("a circle", &["a -> b", "b -> a"], "entry `a` is a link that leads in a circle"),
        ("hard link out", &["a", "b => ../a"], "entry `b` is a hard link to ../a, which is no file of the archive"),
        (
            "hard link to a link",
            &["a", "l -> a", "b => l"],
            "entry `b` is a hard link to l, which is no file of the archive",
        ),
        ("nothing", &["a/"], "it holds no file"),
    ];
    for (name, entries, expected) in rows {
        assert_eq!(unpack(entries).unwrap_err(), expected, "{name}");
    }
}

#[test]
fn limits_hold() {
    let long = "x".repeat(31);
    let longer = "x".repeat(101);
    let rows: [(&str, Vec<&str>, &str); 6] = [
        ("entries", vec!["a/"; 9], "it holds more than 8 entries"),
        ("folders that no entry stands for", vec!["a/b/c/d", "e/f/g/h/i"], "it holds more than 8 entries"),
        ("folders below one another", vec!["a/b/c/d/e/f/g/h/i/"], "it holds more than 8 entries"),
        ("folders and a link", vec!["a/b/c/d/e/f/g/h/i -> j"], "it holds more than 8 entries"),
        ("size", vec![&longer], "unpacked, it is larger than 100 bytes"),
        (
            "ratio",
            vec!["y", &long, "zzzzzzzzzzzz"],
            "unpacked, it is more than 10 times its size: refused as a decompression bomb",
        ),
    ];
    for (name, entries, expected) in rows {
        assert_eq!(unpack(&entries).unwrap_err(), expected, "{name}");
    }
    assert_eq!(unpack(&["a/b/c/d/e/f/g/", "a/b/c/d/e/f/g/h"]).unwrap().len(), 8);
}

#[test]
fn no_more_names_are_remembered_than_fit_the_memory() {
    let (root, target) = (tempfile::tempdir().unwrap(), "t".repeat(4095));
    let (limits, stop) = (InputLimits::default(), Stop::default());
    let mut tree = Tree::new(Unpacking { root: root.path(), bytes: 4, limits: &limits, stop: &stop });
    let refused = (0..).find_map(|number| tree.link(&format!("{number}"), &target).err().map(|error| (number, error)));
    let (number, error) = refused.unwrap();
    assert_eq!(error.to_string(), "its names and links are longer than 67108864 bytes together");
    assert!((16_000..17_000).contains(&number), "{number}");
}

#[test]
fn unpacking_ends_when_it_is_stopped() {
    let (root, limits, stop) = (tempfile::tempdir().unwrap(), InputLimits::default(), Stop::default());
    let mut tree = Tree::new(Unpacking { root: root.path(), bytes: 4, limits: &limits, stop: &stop });
    tree.link("l", "f").unwrap();
    let mut content = std::io::repeat(7).take(1 << 20);
    let mut stops = Stops { content: &mut content, stop: &stop };
    assert_eq!(tree.file("f", None, &mut stops).unwrap_err().to_string(), "it was stopped");
    assert_eq!(root.path().join("f").metadata().unwrap().len(), 0, "no more is written");
    assert_eq!(tree.folder("d").unwrap_err().to_string(), "it was stopped");
    assert_eq!(tree.finish().unwrap_err().to_string(), "it was stopped");
}

/// Content in the middle of which the unpacking is stopped.
struct Stops<'a, R> {
    content: R,
    stop: &'a Stop,
}

impl<R: Read> Read for Stops<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        self.stop.wish();
        self.content.read(into)
    }
}
