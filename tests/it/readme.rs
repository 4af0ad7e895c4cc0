//! The documentation: its commands run, its tables equal the code, its links lead somewhere.

mod commands;
mod deployments;
mod desk;
mod install;
mod links;
mod page;
mod pull_request;
mod tables;

use page::{text, without_blocks};
use std::collections::BTreeSet;

#[test]
fn the_readme_is_short_and_answers_in_this_order() {
    let readme = text("README.md");
    assert!(readme.len() <= 10_240, "README.md has {} bytes", readme.len());
    let headings: Vec<_> =
        without_blocks(&readme).lines().filter_map(|line| line.strip_prefix("## ")).map(str::to_owned).collect();
    let expected = [
        "In your buildspec",
        "Install",
        "Try it offline",
        "Package",
        "Deploy",
        "Publish",
        "In a pipeline",
        "Exit codes",
        "Benchmark",
        "More",
    ];
    assert_eq!(headings, expected);
    let first = readme.split("\n\n").nth(1).unwrap();
    assert!(first.starts_with("`samstep` is one executable"), "{first}");
}

/// Versions that are not of samstep are written in another way.
#[test]
fn every_page_is_about_this_version() {
    let markers =
        ["samstep-", "samstep:", "samstep@", "samstep==", "/download/v", "RELEASES/v", "/samstep/", "github@v"];
    let mut seen = BTreeSet::new();
    for page in ["README.md", "pipeline/README.md", "docs/package.md", "docs/deploy.md", "docs/troubleshooting.md"] {
        let text = text(page);
        let behind = markers.iter().flat_map(|marker| text.split(marker).skip(1));
        let versions = behind.filter_map(|rest| {
            let end = rest.find(|letter: char| !letter.is_ascii_digit() && letter != '.')?;
            Some(rest[..end].trim_end_matches('.')).filter(|version| version.matches('.').count() == 2)
        });
        for version in versions {
            assert_eq!(version, env!("CARGO_PKG_VERSION"), "{page}");
            seen.insert(page);
        }
    }
    assert_eq!(seen, BTreeSet::from(["README.md", "docs/deploy.md", "pipeline/README.md"]));
}

#[test]
fn retries_are_written_as_in_the_files_of_the_hosts() {
    let page = text("docs/troubleshooting.md");
    for (written, file) in [
        ("on-failure: RETRY-2-.*exit status 75.*", "pipeline/README.md"),
        ("retry: { max: 2, exit_codes: [75] }", "pipeline/gitlab/samstep.yml"),
    ] {
        assert!(page.contains(written) && text(file).contains(written), "{written}");
    }
}
