//! Links, paths and flags that the pages name.

use super::page::{PAGES, inline_code, root, sources, text, without_blocks};
use crate::run::samstep;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

/// The anchors of the headings of a page, as GitHub makes them.
fn anchors(page: &Path) -> Vec<String> {
    let text = without_blocks(&std::fs::read_to_string(page).unwrap());
    let headings = text.lines().filter(|line| line.starts_with('#'));
    let anchor = |heading: &str| -> String {
        let kept = heading.trim_start_matches('#').trim().chars();
        let kept = kept.filter(|letter| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '_'));
        kept.collect::<String>().to_lowercase().replace(' ', "-")
    };
    headings.map(anchor).collect()
}

fn links(page: &str) -> Vec<String> {
    let text = without_blocks(&text(page));
    let links = text.split("](").skip(1).map(|rest| rest.split(')').next().unwrap().to_owned());
    links.filter(|link| !link.starts_with("https://")).collect()
}

/// Why a link of a page leads nowhere.
fn fault(page: &str, link: &str) -> Option<String> {
    let here = root().join(page);
    let (path, anchor) = link.split_once('#').map_or((link, None), |(path, anchor)| (path, Some(anchor)));
    let target = if path.is_empty() { here } else { here.parent().unwrap().join(path) };
    if !target.exists() {
        return Some(format!("{page}: there is no file {path}"));
    }
    let is_known = anchor.is_none_or(|anchor| anchors(&target).iter().any(|known| known == anchor));
    (!is_known).then(|| format!("{page}: no heading for {link}"))
}

#[test]
fn links_lead_to_a_file_and_a_heading() {
    let all: Vec<(&str, String)> =
        PAGES.into_iter().flat_map(|page| links(page).into_iter().map(move |link| (page, link))).collect();
    assert!(all.len() > 60, "{all:?}");
    let faults: Vec<_> = all.iter().filter_map(|(page, link)| fault(page, link)).collect();
    assert_eq!(faults, Vec::<String>::new());
}

#[test]
fn a_link_that_leads_nowhere_is_noticed() {
    assert!(fault("README.md", "docs/none.md").is_some() && fault("docs/package.md", "package.md#none").is_some());
    assert_eq!(fault("docs/package.md", "../README.md#exit-codes"), None);
}

#[test]
fn every_page_can_be_reached_from_the_readme() {
    let (mut seen, mut next) = (BTreeSet::new(), vec!["README.md".to_owned()]);
    while let Some(page) = next.pop() {
        let folder = Path::new(&page).parent().unwrap().to_path_buf();
        let pages = links(&page).into_iter().map(|link| link.split('#').next().unwrap().to_owned());
        for path in pages.filter(|path| path.ends_with(".md")) {
            let path = root().join(&folder).join(path).canonicalize().unwrap();
            let page = path.strip_prefix(root().canonicalize().unwrap()).unwrap().to_str().unwrap().to_owned();
            if seen.insert(page.clone()) {
                next.push(page);
            }
        }
    }
    assert_eq!(seen, PAGES.into_iter().map(str::to_owned).collect());
}

/// `.ci/archives.py` makes the archives and the wheel of a release.
#[test]
fn in_a_release_no_link_leads_nowhere() {
    let script = "import sys; sys.dont_write_bytecode = True; sys.path.insert(0, '.ci'); import archives; \
                  print(*archives.pages(), sep='\\n'); print('--'); print(archives.description())";
    let output = Command::new("python3").args(["-c", script]).current_dir(root()).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let output = String::from_utf8(output.stdout).unwrap();
    let (archived, description) = output.split_once("\n--\n").unwrap();
    let archived: BTreeSet<&str> = archived.lines().collect();
    for page in PAGES {
        assert!(archived.contains(page), "{page}");
        let folder = Path::new(page).parent().unwrap().to_path_buf();
        for link in links(page).iter().filter(|link| !link.starts_with('#')) {
            let target = root().join(&folder).join(link.split('#').next().unwrap()).canonicalize().unwrap();
            let target = target.strip_prefix(root().canonicalize().unwrap()).unwrap();
            assert!(archived.contains(target.to_str().unwrap()), "{page}: {link}");
        }
    }
    assert!(archived.contains("pipeline/github/action.yml") && archived.contains("LICENSE-MIT"), "{archived:?}");
    let left: Vec<_> = description.split("](").skip(1).filter(|rest| !rest.starts_with("https://")).collect();
    assert!(left.is_empty() && description.contains("docs/compatibility.md lists every difference"), "{left:?}");
}

/// Names of files and folders in CONTRIBUTING.md. A word in capitals stands for any name.
#[test]
fn the_paths_for_maintainers_are_there() {
    let starts = ["src/", "tests/", "pipeline/", "docs/", "benches/", ".ci/", ".github/"];
    let named: Vec<_> = inline_code("CONTRIBUTING.md")
        .into_iter()
        .filter(|it| starts.iter().any(|start| it.starts_with(start)))
        .collect();
    assert!(named.len() > 60, "{named:?}");
    let is_placeholder = |path: &str| {
        let mut parts = path.split(['/', '.']);
        parts.any(|part| ["X", "CASE", "HOST"].contains(&part)) || path.contains('*')
    };
    let missing: Vec<_> = named.iter().filter(|path| !is_placeholder(path) && !root().join(path).exists()).collect();
    assert_eq!(missing, Vec::<&String>::new());
}

/// `src/cli/flags/table.rs` may be followed by `key`, `property_only` and the like.
#[test]
fn the_names_for_maintainers_are_in_the_source() {
    let sources: String = sources().into_iter().map(|(_, text)| text).collect();
    let is_name =
        |word: &str| word.len() > 3 && word.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
    let is_ours = |word: &str| word.contains('_') || word.chars().next().is_some_and(char::is_uppercase);
    let page = text("CONTRIBUTING.md");
    let (_, how) = page.split_once("## How to add").unwrap();
    let (how, _) = how.split_once("## Decisions").unwrap();
    let names = without_blocks(how).split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
    let names: Vec<_> = names.into_iter().filter(|it| is_name(it) && is_ours(it)).collect();
    assert!(names.len() > 20, "{names:?}");
    let is_there = |name: &String| {
        let mut found = sources.match_indices(name.as_str());
        found.any(|(at, _)| {
            let around = [sources[..at].chars().next_back(), sources[at + name.len()..].chars().next()];
            around.into_iter().flatten().all(|letter| !letter.is_alphanumeric() && letter != '_')
        })
    };
    let missing: Vec<_> = names.iter().filter(|name| !is_there(name)).collect();
    assert_eq!(missing, Vec::<&String>::new());
}

/// Those of the peers, of pip, of Docker and the like stand in blocks, or in docs/compatibility.md.
#[test]
fn the_flags_that_the_pages_name_are_flags() {
    let commands = ["package", "deploy", "publish", "job", "worker", "rehearse", "action-type", "lambda"];
    let help: String = commands.iter().map(|command| samstep([command, "--help"]).end().ok().stdout).collect();
    let is_known = |flag: &str| [" ", "\n", "[="].iter().any(|end| help.contains(&format!("{flag}{end}")));
    let spellings = ["--template", "--output-template", "--output", "--no-use-json", "--help", "--version", "--guided"];
    for page in [
        "README.md",
        "docs/package.md",
        "docs/deploy.md",
        "docs/publish.md",
        "docs/permissions.md",
        "docs/troubleshooting.md",
    ] {
        for code in inline_code(page) {
            for flag in code.split([' ', '=']).filter(|word| word.len() > 2 && word.starts_with("--")) {
                assert!(is_known(flag) || spellings.contains(&flag), "{page}: {flag}");
            }
        }
    }
}
