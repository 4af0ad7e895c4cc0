//! The pages of the documentation, as text, tables and blocks of code.

use std::path::{Path, PathBuf};

/// All pages whose links and commands are tested.
pub const PAGES: [&str; 11] = [
    "README.md",
    "CONTRIBUTING.md",
    "docs/package.md",
    "docs/deploy.md",
    "docs/publish.md",
    "docs/compatibility.md",
    "docs/permissions.md",
    "docs/troubleshooting.md",
    "benches/README.md",
    "pipeline/README.md",
    "tests/fixtures/README.md",
];

pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_path_buf()
}

pub fn text(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The blocks of code in a language.
pub fn blocks(page: &str, language: &str) -> Vec<String> {
    let start = format!("```{language}\n");
    text(page).split(&start).skip(1).map(|rest| rest.split("```").next().unwrap().to_owned()).collect()
}

/// The one block in a language that contains a text.
pub fn block(page: &str, language: &str, text: &str) -> String {
    let mut found = blocks(page, language).into_iter().filter(|block| block.contains(text));
    let block = found.next().unwrap_or_else(|| panic!("{page} has no block with {text}"));
    assert_eq!(found.next(), None, "{page}");
    block
}

/// A page without its blocks of code.
pub fn without_blocks(page: &str) -> String {
    page.split("```").step_by(2).collect()
}

/// What stands between backticks in the prose of a page.
pub fn inline_code(page: &str) -> Vec<String> {
    without_blocks(&text(page)).split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// The cells of the table with this head, without the marks of code and links.
pub fn table(page: &str, head: &str) -> Vec<Vec<String>> {
    let text = text(page);
    let rows = text.lines().skip_while(|line| *line != head).skip(2).take_while(|line| line.starts_with('|'));
    let cells = |row: &str| row.trim_matches('|').split('|').map(|cell| cell.trim().replace('`', "")).collect();
    let rows: Vec<Vec<String>> = rows.map(cells).collect();
    assert!(!rows.is_empty(), "{page} has no table with the head {head}");
    rows
}

/// Paths of all files of the source, with their texts.
pub fn sources() -> Vec<(PathBuf, String)> {
    let (mut folders, mut found) = (vec![root().join("src")], Vec::new());
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    found
}
