//! Every fixture, packaged: the expected text, nothing changed that need not be, and nothing left to do the second time.
//!
//! `SAMSTEP_BLESS=1 cargo test` writes the expected templates anew; look at what changed before you keep them.

use crate::run::samstep;
use crate::s3_server::S3Server;
use similar::{ChangeTag, TextDiff};
use std::path::{Path, PathBuf};

const BUCKET: &str = "artifacts";

/// Lines that change although no artifact begins on them: where aliases and merge keys are written out, an entry or a
/// byte order mark is dropped, a value takes several lines, or a location is only spelled anew.
const MORE_LINES: &[(&str, usize)] = &[
    ("anchors-and-merges", usize::MAX),
    ("bom", 1),
    ("cdk-assets", 5),
    ("remote-https", 1),
    ("remote-values", 5),
    ("repeated-keys", 7),
    ("yaml-styles", 2),
];

struct Fixture {
    name: String,
    source: PathBuf,
    /// A copy to work in, without the expected template.
    folder: tempfile::TempDir,
}

impl Fixture {
    fn all() -> Vec<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
        let folders = std::fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path());
        let mut folders: Vec<_> = folders.filter(|path| path.is_dir()).collect();
        folders.sort();
        folders.into_iter().map(Self::new).collect()
    }

    fn new(source: PathBuf) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let copied = std::process::Command::new("cp").arg("-a").arg(source.join(".")).arg(folder.path()).status();
        assert!(copied.unwrap().success());
        let name = source.file_name().unwrap().to_str().unwrap().to_owned();
        let fixture = Self { name, source, folder };
        let _ = std::fs::remove_file(fixture.folder.path().join(fixture.expected_name()));
        fixture
    }

    fn template_name(&self) -> &'static str {
        let names = ["template.yaml", "template.json"];
        names.into_iter().find(|name| self.source.join(name).exists()).expect("a fixture has a template")
    }

    fn expected_name(&self) -> String {
        self.template_name().replace("template", "packaged")
    }

    fn package(&self, server: &S3Server, template: &str, flags: &[&str]) -> crate::run::Ended {
        let arguments = ["package", "--template-file", template, "--s3-bucket", BUCKET];
        samstep(arguments.iter().chain(flags)).at(self.folder.path()).against(server).end()
    }
}

#[test]
fn each_fixture_is_packaged_as_expected() {
    let mut differences = Vec::new();
    for fixture in Fixture::all() {
        let server = S3Server::with_bucket(BUCKET);
        let packaged = fixture.package(&server, fixture.template_name(), &[]).ok().stdout;
        let packaged = without_port(&packaged, &server);
        let expected = fixture.source.join(fixture.expected_name());
        if std::env::var_os("SAMSTEP_BLESS").is_some() {
            std::fs::write(&expected, &packaged).unwrap();
        }
        let expected = std::fs::read_to_string(&expected).unwrap_or_default();
        if packaged != expected {
            let diff = TextDiff::from_lines(&expected, &packaged).unified_diff().to_string();
            differences.push(format!("{}:\n{diff}", fixture.name));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

/// The text with the server's URL as that of S3. The key of a template whose child is named by that URL depends on the
/// port, hence no key of a template is compared.
fn without_port(packaged: &str, server: &S3Server) -> String {
    let url = format!("{}/", server.url());
    let mut parts = packaged.split(&url).map(str::to_owned);
    let first = parts.next().unwrap_or_default();
    parts.fold(first, |text, part| {
        let end = part.find(".template").expect("only templates are named by URL");
        let start = part[..end].rfind('/').map_or(0, |slash| slash + 1);
        format!("{text}https://s3.us-east-1.amazonaws.com/{}DIGEST{}", &part[..start], &part[end..])
    })
}

#[test]
fn only_lines_of_rewritten_properties_change() {
    for fixture in Fixture::all() {
        let server = S3Server::with_bucket(BUCKET);
        let manifest = fixture.folder.path().join("manifest.json");
        let flags = ["--manifest", manifest.to_str().unwrap()];
        let packaged = fixture.package(&server, fixture.template_name(), &flags).ok().stdout;
        let manifest: serde_json::Value = serde_json::from_slice(&std::fs::read(manifest).unwrap()).unwrap();
        let artifacts = manifest["artifacts"].as_array().unwrap().len();
        let more = MORE_LINES.iter().find(|(name, _)| *name == fixture.name).map_or(0, |(_, lines)| *lines);
        let source = std::fs::read_to_string(fixture.folder.path().join(fixture.template_name())).unwrap();
        let diff = TextDiff::from_lines(&source, &packaged);
        let removed: Vec<_> = diff.iter_all_changes().filter(|change| change.tag() == ChangeTag::Delete).collect();
        let allowed = artifacts.saturating_add(more);
        assert!(removed.len() <= allowed, "{}: {artifacts} artifacts, but changed: {removed:#?}", fixture.name);
    }
}

#[test]
fn a_packaged_template_is_left_as_it_is() {
    for fixture in Fixture::all() {
        let server = S3Server::with_bucket(BUCKET);
        let packaged = fixture.package(&server, fixture.template_name(), &[]).ok().stdout;
        std::fs::write(fixture.folder.path().join("again.yaml"), &packaged).unwrap();
        server.forget_requests();
        let again = fixture.package(&server, "again.yaml", &[]).ok().stdout;
        assert_eq!(again, packaged, "{}", fixture.name);
        assert_eq!(server.requests().len(), 0, "{}", fixture.name);
    }
}

#[test]
fn json_output_is_the_same_object() {
    for fixture in Fixture::all() {
        let server = S3Server::with_bucket(BUCKET);
        let json = fixture.package(&server, fixture.template_name(), &["--use-json"]).ok().stdout;
        let json: serde_json::Value =
            serde_json::from_str(&json).unwrap_or_else(|error| panic!("{}: {error}", fixture.name));
        assert!(json.get("Resources").is_some(), "{}", fixture.name);
    }
}
