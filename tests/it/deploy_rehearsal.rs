//! `samstep rehearse --operation deploy`: stacks in a folder, with the plan against the last rehearsal.

use crate::run::{Ended, samstep};
use serde_json::Value;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

fn orders() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/orders")
}

/// Rehearses the deployment of an application as the stack `orders`.
fn rehearse(folder: &Path, properties: &[&str]) -> Ended {
    let mut words: Vec<&OsStr> = ["rehearse", "--operation", "deploy"].map(OsStr::new).into();
    let orders = orders();
    words.push(orders.as_os_str());
    let properties = ["StackName=orders"].iter().chain(properties);
    words.extend(properties.flat_map(|property| ["--configuration", property].map(OsStr::new)));
    samstep(words).at(folder).end()
}

fn result(output: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(output.join("result.json")).unwrap()).unwrap()
}

const CAPABILITIES: &str = "Capabilities=CAPABILITY_IAM,CAPABILITY_AUTO_EXPAND";

#[test]
fn a_second_rehearsal_shows_the_changes_since_the_first() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("rehearsal");
    let first = rehearse(folder.path(), &[CAPABILITIES]).ok();
    for expected in [
        "Changes: 9 to add",
        "a rehearsal: no resource is created, changed or deleted; macros are not expanded: AWS::Serverless-2016-10-31",
        "No resource was created: the stacks are files in rehearsal/stacks.",
        "Deployed orders (CREATE_COMPLETE)",
    ] {
        assert!(first.stderr.contains(expected), "{expected} in {}", first.stderr);
    }
    let stack = std::fs::read(output.join("stacks/us-east-1/orders.json")).unwrap();
    let stack: Value = serde_json::from_slice(&stack).unwrap();
    assert_eq!(stack["deployed"]["parameters"]["Stage"], serde_json::json!({"value": "staging"}));
    let unchanged = rehearse(folder.path(), &[CAPABILITIES]).ok();
    assert!(unchanged.stderr.contains("Nothing to change in orders"), "{}", unchanged.stderr);
    let changed = rehearse(folder.path(), &[CAPABILITIES, r#"ParameterOverrides={"Stage":"prod"}"#]).ok();
    let lines: Vec<_> =
        changed.stderr.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    for expected in [
        "Changes: 5 to change",
        "Modify Api AWS::Serverless::HttpApi by StageName ← Stage SourceArtifact::template.yaml:34:3",
        "Modify Notifications AWS::CloudFormation::Stack by Parameters ← Stage SourceArtifact::template.yaml:93:3",
        "Modify Notifications/Notify AWS::Serverless::Function by Environment ← Stage SourceArtifact::notifications/template.yaml:10:3",
    ] {
        assert!(lines.iter().any(|line| line == expected), "{expected} in {}", changed.stderr);
    }
    let variables = &result(&output)["outputVariables"];
    assert_eq!(
        (&variables["StackStatus"], &variables["Endpoint"]),
        (&"UPDATE_COMPLETE".into(), &"(known after a real deployment)".into())
    );
}

#[test]
fn a_capability_that_is_missing_fails_the_job_and_leaves_no_stack() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("rehearsal");
    let ended = rehearse(folder.path(), &["Capabilities=CAPABILITY_IAM"]);
    let expected = "the template needs a capability that is not given: CAPABILITY_AUTO_EXPAND";
    assert!(ended.cause().ends_with(expected), "{}", ended.cause());
    assert_eq!((ended.code, &result(&output)["failureDetails"]["type"]), (2, &"ConfigurationError".into()));
    assert!(!output.join("stacks/us-east-1/orders.json").exists());
}

#[test]
fn two_rehearsals_in_a_folder_make_two_change_sets() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("rehearsal");
    let planned = |stage: &str| {
        let overrides = format!(r#"ParameterOverrides={{"Stage":"{stage}"}}"#);
        rehearse(folder.path(), &[CAPABILITIES, r#"Options={"NoExecuteChangeset":true}"#, &overrides]).ok();
        result(&output)["outputVariables"]["ChangeSetId"].as_str().unwrap().to_owned()
    };
    let (first, second) = (planned("staging"), planned("prod"));
    assert_ne!(first, second, "the second one must not take the change set of the first");
}
