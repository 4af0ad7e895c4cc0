//! Entries, one after the other, and the resulting folder.

use super::{Tree, Unpacking};
use crate::job::input::folder::Stop;
use crate::job::input::limits::InputLimits;
use std::io::Read;
use std::path::Path;

/// Unpacks entries: `name` (a file with its name as content), `name/` (a folder), `name -> target`, `name => hard link`.
fn unpack(entries: &[&str]) -> Result<Vec<String>, String> {
    unpack_with(entries, 4)
}

/// The same of an object with so many bytes.
fn unpack_with(entries: &[&str], bytes: u64) -> Result<Vec<String>, String> {
    let root = tempfile::tempdir().unwrap();
    let limits = InputLimits { entries: 8, expanded: 100, ratio: 10, ratio_from: 30, ..InputLimits::default() };
    let stop = Stop::default();
    let mut tree = Tree::new(Unpacking { root: root.path(), bytes, limits: &limits, stop: &stop });
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
fn entries_inside_are_unpacked() {
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
fn entries_that_lead_outside_are_refused() {
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
fn limits_are_enforced() {
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
fn a_link_counts_as_much_as_its_target() {
    let file = "f".repeat(20);
    let (hard, soft): (Vec<_>, Vec<_>) = ["1", "2", "3", "4", "5"]
        .map(|name| (format!("{name} => {file}"), format!("{name} -> {file}")))
        .into_iter()
        .unzip();
    let in_folder = format!("d/{}", "f".repeat(18));
    let size = |link: &str| {
        format!(
            "entry `{link}` is a link that brings the artifact to more than 100 bytes: a link counts as much as its target"
        )
    };
    let refused: [(&str, Vec<&str>, String); 4] = [
        ("hard links", [&file].into_iter().chain(&hard).map(String::as_str).collect(), size("5")),
        ("symbolic links", [&file].into_iter().chain(&soft).map(String::as_str).collect(), size("5")),
        ("links to a folder", vec![&in_folder, "1 -> d", "2 -> 1", "e/3 -> ../d", "e/4 -> 3", "5 -> d"], size("5")),
        (
            "links in the order of an archive",
            vec!["1 -> d", "2 -> d", "3 -> d", "4 -> d", "5 -> d", &in_folder],
            size("5"),
        ),
    ];
    for (name, entries, expected) in refused {
        assert_eq!(unpack_with(&entries, 1000).unwrap_err(), expected, "{name}");
    }
    let accepted: [(&str, Vec<&str>); 3] = [
        ("at the limit", [&file].into_iter().chain(&hard[..4]).map(String::as_str).collect()),
        ("links to nothing", vec![&file, "1 -> x", "2 -> x", "3 -> x", "4 -> x", "5 -> x"]),
        ("links to a folder above", vec![&in_folder, "d/1 -> ..", "d/2 -> .", "d/3 -> ../d", "d/4 -> ..", "d/5 -> ."]),
    ];
    for (name, entries) in accepted {
        assert_eq!(unpack_with(&entries, 1000).err(), None, "{name}");
    }
    let bomb = "entry `1` is a link that brings the artifact to more than 10 times its size: a link counts as much as its target";
    assert_eq!(unpack_with(&[&file, "1 -> 2", &format!("2 => {file}")], 4).unwrap_err(), bomb);
}

#[test]
fn the_bytes_of_all_names_have_a_limit() {
    let (root, target) = (tempfile::tempdir().unwrap(), "t".repeat(4095));
    let (limits, stop) = (InputLimits::default(), Stop::default());
    let mut tree = Tree::new(Unpacking { root: root.path(), bytes: 4, limits: &limits, stop: &stop });
    let refused = (0..).find_map(|number| tree.link(&format!("{number}"), &target).err().map(|error| (number, error)));
    let (number, error) = refused.unwrap();
    assert_eq!(error.to_string(), "its names and links are longer than 67108864 bytes together");
    assert!((16_000..17_000).contains(&number), "{number}");
}

#[test]
fn unpacking_ends_at_a_stop() {
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

/// Sets the stop while it is read.
struct Stops<'a, R> {
    content: R,
    stop: &'a Stop,
}

impl<R: Read> Read for Stops<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        self.stop.set();
        self.content.read(into)
    }
}
