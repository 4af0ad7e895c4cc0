//! Templates over 51,200 bytes: what the next command or action can read.

use crate::run::{Ended, samstep};
use crate::s3_server::S3Server;
use insta::assert_snapshot;
use std::fs;
use std::path::Path;

const BUCKET: &str = "artifacts";

fn package(folder: &Path, flags: &[&str]) -> Ended {
    let server = S3Server::with_bucket(BUCKET);
    fs::create_dir_all(folder.join("src")).unwrap();
    fs::write(folder.join("src/app.py"), "pass\n").unwrap();
    let arguments = ["package", "--s3-bucket", BUCKET].iter().chain(flags);
    samstep(arguments).at(folder).against(&server).end().ok()
}

fn with_template(template: &str, flags: &[&str]) -> Ended {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("template.yaml"), template).unwrap();
    package(folder.path(), flags)
}

const FUNCTION: &str = "  F:\n    Type: AWS::Serverless::Function\n    Properties: {CodeUri: src, Handler: a.b}\n";

/// Topics with a comment each.
fn commented(topics: usize) -> String {
    let topics = (0..topics)
        .map(|at| format!("  # why there is a topic {at:04} ------------\n  T{at}: {{Type: AWS::SNS::Topic}}\n"));
    format!("Resources:\n{FUNCTION}{}", topics.collect::<String>())
}

/// Parameters with umlauts.
fn umlauts(parameters: usize) -> String {
    let parameters = (0..parameters)
        .map(|at| format!("  P{at}: {{Type: AWS::SSM::Parameter, Properties: {{Type: String, Value: Grüße {at}}}}}\n"));
    format!("# für Zürich\nResources:\n{FUNCTION}{}", parameters.collect::<String>())
}

#[test]
fn comments_that_make_a_template_too_large_for_a_request_are_left_out() {
    let ended = with_template(&commented(800), &[]);
    assert!(ended.stdout.len() < 51_200 && !ended.stdout.contains("why"), "{}", ended.stdout.len());
    let json: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(json["Resources"]["T799"]["Type"], "AWS::SNS::Topic");
    assert_eq!(json["Resources"]["F"]["Properties"]["Handler"], "a.b");
    assert!(ended.stdout.starts_with("{\"Resources\":{\"F\":{\"Type\":") && ended.stdout.ends_with("}}\n"));
    assert_snapshot!(ended.stderr, @"
    Found 1 artifact in template.yaml (1 object)
    warning: template.yaml: the packaged template has 60031 bytes, and more than 51200 need a bucket to be deployed from; it is written as compact JSON, without comments; --keep-text keeps the text
    Uploading to f99336afd7c927fbb351d56d67716df0  (5 B)  from src for F
    Packaged 1 artifact: 1 uploaded (115 B), 0 unchanged
    ");
    let again = with_template(&ended.stdout, &[]);
    assert_eq!((again.stdout, again.stderr.contains("warning")), (ended.stdout, false));
}

#[test]
fn characters_outside_ascii_are_escaped_where_codepipeline_garbles_them() {
    let ended = with_template(&umlauts(900), &[]);
    assert!(ended.stdout.len() > 51_200 && ended.stdout.is_ascii(), "{}", ended.stdout.len());
    let json: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(json["Resources"]["P899"]["Properties"]["Value"], "Grüße 899");
    assert_snapshot!(ended.stderr, @"
    Found 1 artifact in template.yaml (1 object)
    warning: template.yaml: the packaged template has 75536 bytes and characters outside ASCII, which CodePipeline garbles in templates of more than 51200 bytes; it is written as compact JSON, with escapes; --keep-text keeps the text
    Uploading to f99336afd7c927fbb351d56d67716df0  (5 B)  from src for F
    Packaged 1 artifact: 1 uploaded (115 B), 0 unchanged
    ");
    let small = with_template(&umlauts(10), &[]).stdout;
    assert!(small.contains("für Zürich") && small.contains("Grüße"), "{small}");
}

#[test]
fn a_template_that_stays_too_large_for_a_request_is_kept_with_a_warning() {
    let ended = with_template(&commented(3000), &[]);
    assert!(ended.stdout.contains("# why there is a topic 2999"));
    assert_snapshot!(ended.stderr, @"
    Found 1 artifact in template.yaml (1 object)
    warning: template.yaml: the packaged template has 227031 bytes, and more than 51200 need a bucket to be deployed from; give the command that deploys it a bucket, such as --s3-bucket
    Uploading to f99336afd7c927fbb351d56d67716df0  (5 B)  from src for F
    Packaged 1 artifact: 1 uploaded (115 B), 0 unchanged
    ");
}

#[test]
fn a_nested_template_goes_to_s3_and_keeps_its_text() {
    let folder = tempfile::tempdir().unwrap();
    let stack = "Resources:\n  S: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: child.yaml}}\n";
    fs::write(folder.path().join("template.yaml"), stack).unwrap();
    fs::write(folder.path().join("child.yaml"), umlauts(900)).unwrap();
    let manifest = folder.path().join("manifest.json");
    let ended = package(folder.path(), &["--manifest", manifest.to_str().unwrap()]);
    assert!(!ended.stderr.contains("warning"), "{}", ended.stderr);
    let manifest: serde_json::Value = serde_json::from_slice(&fs::read(manifest).unwrap()).unwrap();
    let child = &manifest["artifacts"][1];
    let bytes = child["objectBytes"].as_u64().unwrap();
    assert_eq!(child["logicalId"], "S");
    assert!(bytes > umlauts(900).len() as u64, "{bytes}: the text with a location, not JSON");
}

#[test]
fn json_ends_with_a_line_break() {
    for (name, template) in [("small", commented(1)), ("large", commented(3000))] {
        let json = with_template(&template, &["--use-json"]).stdout;
        assert!(json.ends_with("}\n") && !json.ends_with("\n\n"), "{name}");
    }
}
