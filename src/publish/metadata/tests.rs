//! A section becomes metadata, or says what is wrong with it.

use super::{Document, Folders, Metadata, find};
use crate::facts::{Failure, Warning};
use crate::template::Template;
use std::fs;
use std::path::Path;

fn read_in(folder: &Path, root: Option<&Path>, section: &str) -> Result<(Metadata, Vec<Warning>), Failure> {
    let lines: String = section.lines().map(|line| format!("    {line}\n")).collect();
    let text = format!("Metadata:\n  AWS::ServerlessRepo::Application:\n{lines}Resources: {{}}\n");
    let template = Template::parse("t.yaml", text.into_bytes()).unwrap();
    Metadata::read(find(&template)?, Folders { template: folder, root }, None)
}

fn read(section: &str) -> Result<(Metadata, Vec<Warning>), Failure> {
    read_in(Path::new("."), None, section)
}

const NEEDED: &str = "Name: orders\nAuthor: acme\nDescription: Orders\n";

#[test]
fn every_key_is_read() {
    let section = format!(
        "{NEEDED}HomePageUrl: https://example.com\nLabels: [a, b]\nLicenseBody: |\n  Take it.\n\
         SpdxLicenseId: MIT\nReadmeUrl: s3://docs/README.md\nSemanticVersion: 1.2.0\n\
         SourceCodeUrl: https://example.com/code\nSourceCodeArchiveUrl: s3://docs/src.zip\n"
    );
    let (metadata, warnings) = read(&section).unwrap();
    assert!(warnings.is_empty());
    insta::assert_debug_snapshot!(metadata, @r#"
    Metadata {
        name: "orders",
        author: "acme",
        description: "Orders",
        home_page_url: Some(
            "https://example.com",
        ),
        labels: Some(
            [
                "a",
                "b",
            ],
        ),
        license: Some(
            Body(
                "Take it.\n",
            ),
        ),
        spdx_license_id: Some(
            "MIT",
        ),
        readme: Some(
            Object(
                S3Location {
                    bucket: "docs",
                    key: "README.md",
                    version: None,
                },
            ),
        ),
        version: Some(
            SemanticVersion(
                "1.2.0",
            ),
        ),
        source_code_url: Some(
            "https://example.com/code",
        ),
        source_code_archive: Some(
            S3Location {
                bucket: "docs",
                key: "src.zip",
                version: None,
            },
        ),
    }
    "#);
    let objects: Vec<_> = metadata.objects().into_iter().map(|(location, most)| (location.uri(), most >> 20)).collect();
    assert_eq!(objects, [("s3://docs/README.md".to_owned(), 5), ("s3://docs/src.zip".to_owned(), 50)]);
}

#[test]
fn empty_keys_count_as_absent() {
    let (metadata, _) = read(&format!("{NEEDED}HomePageUrl:\nReadmeUrl: ''\nLabels: ~\n")).unwrap();
    assert_eq!((metadata.home_page_url, metadata.readme, metadata.labels), (None, None, None));
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    let author = "lower-case letters, digits and single hyphens between them";
    let general = "write it out: intrinsic functions are not evaluated in the metadata of an application";
    let upload = "upload it to a bucket, and write s3://bucket/key";
    let rows = [
        ("Author: Acme", format!("3:13: Author is `Acme`, which is not {author}"), None),
        ("Name: my app", "3:11: Name is `my app`, which is not a name of letters, digits and hyphens".into(), None),
        ("Description: !Sub x", "3:18: Description is not a text".into(), Some(general)),
        (
            "SemanticVersion: 1.0",
            "3:22: SemanticVersion is `1.0`, which is not a semantic version".into(),
            Some("1.0 is a number to YAML: write all three parts, '1.0.0'"),
        ),
        (
            "SpdxLicenseId: Apache 2.0",
            "3:20: SpdxLicenseId is `Apache 2.0`, which SPDX does not list".into(),
            Some("the nearest is Apache-2.0"),
        ),
        ("HomePageUrl: example", "3:18: HomePageUrl is `example`, which is not the URL of a web page".into(), None),
        ("Labels: one", "3:13: Labels is not a list".into(), Some("write Labels: [one, two]")),
        (
            "Labels: [a b]",
            "3:14: a label is `a b`, which is not letters, digits and +-_:/@ without blanks".into(),
            None,
        ),
        (
            "Labels: [a, b, c, d, e, f, g, h, i, j, k]",
            "3:13: 11 labels are given, and the repository takes 10".into(),
            None,
        ),
        (
            "LicenseUrl: https://example.com/LICENSE",
            "3:17: LicenseUrl is `https://example.com/LICENSE`, which is not an object in S3".into(),
            Some(upload),
        ),
        (
            "SourceCodeArchiveUrl: ./src.zip",
            "3:27: SourceCodeArchiveUrl is `./src.zip`, which is not an object in S3".into(),
            Some(upload),
        ),
        (
            "LicenseUrl: S3://docs/LICENSE",
            "3:17: LicenseUrl is `S3://docs/LICENSE`, which is not an object in S3".into(),
            Some("write s3://bucket/key with the scheme in lower case"),
        ),
        (
            "ReadmeUrl: s3://docs",
            "3:16: ReadmeUrl is `s3://docs`, which is not an object in S3".into(),
            Some("write the key of the object too: s3://bucket/key"),
        ),
        (
            "ReadmeUrl: README.md\nReadmeBody: text",
            "3:16: ReadmeUrl and ReadmeBody are both given".into(),
            Some("leave one of them out"),
        ),
    ];
    for (lines, expected, hint) in rows {
        let needed = NEEDED.lines().filter(|line| !lines.contains(line.split(':').next().unwrap()));
        let section = format!("{lines}\n{}", needed.map(|line| format!("{line}\n")).collect::<String>());
        let failure = read(&section).unwrap_err();
        let place = failure.problems[0].place.as_ref().unwrap();
        let got = format!("{}:{}: {}", place.line, place.column, failure.problems[0].message);
        assert_eq!(got, expected, "{lines}");
        assert_eq!(failure.problems[0].hint.as_deref(), hint, "{lines}");
        assert_eq!(failure.problems.len(), 1, "{lines}");
    }
}

#[test]
fn all_missing_keys_are_listed() {
    let failure = read("Labels: [a]\n").unwrap_err();
    let messages: Vec<_> = failure.problems.iter().map(|problem| problem.message.as_str()).collect();
    let missing = ["Name", "Author", "Description"].map(|key| format!("the metadata of the application has no {key}"));
    assert_eq!(messages, missing);
}

#[test]
fn a_template_without_the_section_is_refused() {
    let template = |text: &str| Template::parse("t.yaml", text.as_bytes().to_vec()).unwrap();
    let cause = |text: &str| find(&template(text)).map(|_| ()).unwrap_err().problems[0].message.clone();
    let absent = "t.yaml: the template has no Metadata.AWS::ServerlessRepo::Application";
    assert_eq!(cause("Resources: {}"), absent);
    assert_eq!(cause("Metadata: {A: 1}"), absent);
    let text = "Metadata: {'AWS::ServerlessRepo::Application': [1]}";
    assert_eq!(cause(text), "Metadata.AWS::ServerlessRepo::Application is not a mapping");
}

#[test]
fn an_unknown_key_is_a_warning_with_the_nearest_one() {
    let (_, warnings) = read(&format!("{NEEDED}ReadmeURL: x.md\nOwner: me\n")).unwrap();
    let told: Vec<_> = warnings.iter().map(|it| format!("{:?}", it.kind)).collect();
    assert_eq!(
        told,
        [
            "Publish(UnknownKey { key: \"ReadmeURL\", nearest: Some(\"ReadmeUrl\") })",
            "Publish(UnknownKey { key: \"Owner\", nearest: None })",
        ]
    );
    assert_eq!(warnings[0].place.as_ref().map(|place| (place.line, place.column)), Some((6, 5)));
}

#[test]
fn a_local_file_becomes_a_text() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("app")).unwrap();
    fs::write(folder.path().join("app/README.md"), "# Orders\n").unwrap();
    fs::write(folder.path().join("LICENSE"), "MIT").unwrap();
    let app = folder.path().join("app");
    let (metadata, _) =
        read_in(&app, None, &format!("{NEEDED}ReadmeUrl: README.md\nLicenseUrl: ../LICENSE\n")).unwrap();
    assert_eq!(metadata.readme, Some(Document::Body("# Orders\n".to_owned())));
    assert_eq!(metadata.license, Some(Document::Body("MIT".to_owned())));

    // Whether the file exists there is not told.
    for path in ["../LICENSE", "../none", "none/../../none", "/none"] {
        let outside = read_in(&app, Some(&app), &format!("{NEEDED}LicenseUrl: {path}\n")).unwrap_err();
        let expected = format!("LicenseUrl: {path} cannot be read: it lies outside the input artifact");
        assert_eq!(outside.problems[0].message, expected);
    }
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("../LICENSE", app.join("link")).unwrap();
        let linked = read_in(&app, Some(&app), &format!("{NEEDED}LicenseUrl: link\n")).unwrap_err();
        assert!(linked.cause().contains("outside the input artifact"), "{}", linked.cause());
    }
    let absent = read_in(&app, None, &format!("{NEEDED}ReadmeUrl: none.md\n")).unwrap_err();
    assert!(
        absent.problems[0].message.starts_with("ReadmeUrl: none.md cannot be read: No such file"),
        "{}",
        absent.cause()
    );
    fs::write(app.join("README.md"), [0xff]).unwrap();
    let binary = read_in(&app, None, &format!("{NEEDED}ReadmeUrl: README.md\n")).unwrap_err();
    assert!(binary.cause().contains("invalid utf-8"), "{}", binary.cause());
}
