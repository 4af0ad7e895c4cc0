//! The rules of the house: modules use only those that stand before them, and the SDK has one place.

use std::path::{Path, PathBuf};

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// The modules in the order of `lib.rs`, which is the order of the flow.
fn modules() -> Vec<String> {
    let text = std::fs::read_to_string(source().join("lib.rs")).unwrap();
    let names = text.lines().filter_map(|line| line.strip_prefix("mod ")?.strip_suffix(';'));
    names.map(str::to_owned).collect()
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// Each file below `src` with the module that it belongs to and its text.
fn rooms() -> Vec<(String, String, String)> {
    let mut found = Vec::new();
    files(&source(), &mut found);
    found.sort();
    let of = |path: &PathBuf| {
        let relative = path.strip_prefix(source()).unwrap().to_str().unwrap().to_owned();
        let module = relative.split('/').next().unwrap().trim_end_matches(".rs").to_owned();
        (relative, module, std::fs::read_to_string(path).unwrap())
    };
    found.iter().map(of).filter(|(_, module, _)| module != "lib" && module != "main").collect()
}

/// The modules of this crate that a text names, outside of comments.
fn named(text: &str) -> impl Iterator<Item = &str> {
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    code.flat_map(|line| line.split("crate::").skip(1)).map(|rest| {
        let end = rest.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').unwrap_or(rest.len());
        &rest[..end]
    })
}

#[test]
fn a_module_uses_only_those_before_it() {
    let order = modules();
    let place = |name: &str| order.iter().position(|module| module == name);
    for (file, module, text) in rooms() {
        let own = place(&module).unwrap_or_else(|| panic!("{file} belongs to no module of lib.rs"));
        for used in named(&text).filter(|used| *used != "testing") {
            let used_place = place(used).unwrap_or_else(|| panic!("{file} names crate::{used}, which lib.rs does not"));
            assert!(used_place <= own, "{file} uses crate::{used}, which comes after {module}");
        }
    }
}

#[test]
fn the_sdk_is_named_in_one_folder() {
    for (file, module, text) in rooms() {
        let names_sdk = ["aws_sdk_", "aws_config", "aws_smithy", "aws_types"].iter().any(|name| text.contains(name));
        assert!(!names_sdk || module == "aws", "{file} names the SDK");
    }
}

#[test]
fn each_room_says_what_it_is_for() {
    for (file, _, text) in rooms().into_iter().filter(|(file, ..)| !file.contains("tests")) {
        assert!(text.starts_with("//! "), "{file} begins without a word on why it is there");
    }
}
