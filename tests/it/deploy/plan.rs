//! Plan in one process, apply in another.

use super::success::{created, updated};
use super::{STACK, Site, said};
use crate::cloudformation::{Intrusion, Script};
use serde_json::{Value, json};

/// A plan with a resource of each kind of change.
fn plan() -> Script {
    let detail = json!([{
        "Target": {"Attribute": "Properties", "Name": "VisibilityTimeout", "RequiresRecreation": "Always"},
        "Evaluation": "Static", "ChangeSource": "DirectModification",
    }]);
    let script = updated().changing("Modify Topic AWS::SNS::Topic True").with("Details", detail);
    let script = script.with("PolicyAction", json!("ReplaceAndDelete")).changing("Add Table AWS::DynamoDB::Table");
    script.nesting("Modify", "Network", Script::default().changing("Remove Subnet AWS::EC2::Subnet"))
}

fn planned(site: &Site, words: &[&str]) -> String {
    let ended = site.deploy(&[&["--no-execute-changeset"], words].concat()).ok();
    let change_set = ended.stderr.split_whitespace().chain(ended.stdout.split_whitespace());
    let is_arn = |word: &&str| word.starts_with("arn:") && word.contains(":changeSet/");
    change_set.map(|word| word.trim_matches(['(', ')'])).find(is_arn).expect("the plan names its change set").to_owned()
}

#[test]
fn a_plan_shows_the_changes_and_executes_nothing() {
    let site = Site::new(plan());
    site.stacks.has(STACK, "CREATE_COMPLETE");
    let ended = site.deploy(&["--no-execute-changeset", "--changes-file", "changes.md"]);
    insta::assert_snapshot!(said(&ended), @"
    exit code: 0
    --- stdout
    --- stderr
    Found 0 artifacts in template.yaml (0 objects)
    Computing the changes of app  arn:aws:cloudformation:us-east-1:111122223333:changeSet/samstep-NONCE-0/00000000-0000-4000-8000-000000000002
    Changes: 1 to add, 1 to replace, 2 to change, 1 to remove
      Replace  Topic           AWS::SNS::Topic             ReplaceAndDelete  by VisibilityTimeout
      Remove   Network/Subnet  AWS::EC2::Subnet
      Modify   Queue           AWS::SQS::Queue             template.yaml:2:3
      Modify   Network         AWS::CloudFormation::Stack
      Add      Table           AWS::DynamoDB::Table
    Execute it: samstep deploy --stack-name app --execute arn:aws:cloudformation:us-east-1:111122223333:changeSet/samstep-NONCE-0/00000000-0000-4000-8000-000000000002
    Console: https://us-east-1.console.aws.amazon.com/cloudformation/home?region=us-east-1#/stacks/changesets/changes?stackId=arn%3Aaws%3Acloudformation%3Aus-east-1%3A111122223333%3Astack%2Fapp%2F00000000-0000-4000-8000-000000000001&changeSetId=arn%3Aaws%3Acloudformation%3Aus-east-1%3A111122223333%3AchangeSet%2Fsamstep-NONCE-0%2F00000000-0000-4000-8000-000000000002
    Wrote changes.md
    Planned app: 1 to add, 1 to replace, 2 to change, 1 to remove; nothing was executed in N s
    ");
    insta::assert_snapshot!(super::without_nonce(&site.read("changes.md")), @"
    <!-- samstep deploy app -->
    ### `app`: 1 to add, 1 to replace, 2 to change, 1 to remove

    | Action | Resource | Type | Replacement | Cause |
    |---|---|---|---|---|
    | Modify | `Queue` | `AWS::SQS::Queue` | False |  |
    | Modify | `Topic` | `AWS::SNS::Topic` | True (ReplaceAndDelete) | VisibilityTimeout |
    | Add | `Table` | `AWS::DynamoDB::Table` |  |  |
    | Modify | `Network` | `AWS::CloudFormation::Stack` |  |  |
    | Remove | `Network/Subnet` | `AWS::EC2::Subnet` |  |  |

    Apply it with `samstep deploy --stack-name app --execute arn:aws:cloudformation:us-east-1:111122223333:changeSet/samstep-NONCE-0/00000000-0000-4000-8000-000000000002`
    ");
    assert_eq!(site.stacks.writes(), ["CreateChangeSet"]);
}

#[test]
fn a_plan_is_applied_by_another_process() {
    for by_name in [false, true] {
        let site = Site::new(updated());
        site.stacks.has(STACK, "CREATE_COMPLETE");
        let arn = planned(&site, &[]);
        let name = arn.split('/').nth(1).unwrap().to_owned();
        let ended = site.deploy(&["--execute", if by_name { &name } else { &arn }]).ok();
        assert!(ended.stderr.contains("UPDATE_COMPLETE"), "{}", ended.stderr);
        assert_eq!(site.stacks.writes(), ["CreateChangeSet", "ExecuteChangeSet"]);
        assert_eq!(site.stacks.calls_of("ExecuteChangeSet")[0].get("ChangeSetName"), Some(arn.as_str()));
    }
}

#[test]
fn a_plan_that_was_overtaken_is_refused() {
    let site = Site::new(updated());
    site.stacks.has(STACK, "CREATE_COMPLETE");
    let arn = planned(&site, &[]);
    site.stacks.intrude(STACK, &Intrusion::Update);
    (0..3).for_each(|_| drop(site.deploy(&["--follow", STACK])));
    let ended = site.deploy(&["--execute", &arn]);
    insta::assert_snapshot!(said(&ended), @"
    exit code: 4
    --- stdout
    --- stderr
      help: make a new plan
    error: the change set arn:aws:cloudformation:us-east-1:111122223333:changeSet/samstep-NONCE-0/00000000-0000-4000-8000-000000000002 of app is obsolete: the stack was changed since it was made (UPDATE_IN_PROGRESS at 2026-11-30T12:00:04.000Z, token theirs)
    ");
    assert_eq!(site.stacks.writes(), ["CreateChangeSet"]);
}

#[test]
fn a_plan_that_another_deployment_deleted_is_refused() {
    let site = Site::new(updated());
    site.stacks.has(STACK, "CREATE_COMPLETE");
    let arn = planned(&site, &[]);
    site.stacks.intrude(STACK, &Intrusion::Deploy);
    let ended = site.deploy(&["--execute", &arn]);
    assert!(ended.code == 1 && ended.cause().contains("there is no change set"), "{}: {}", ended.code, ended.stderr);
}

#[test]
fn an_empty_plan_applies_as_a_success() {
    let site = Site::new(Script::empty());
    let outputs = json!([{"OutputKey": "Url", "OutputValue": "u"}]);
    site.stacks.has_with(STACK, "CREATE_COMPLETE", json!({"Outputs": outputs}));
    let files = ["--changes-file", "changes.json", "--output-json", "values.json"];
    let ended = site.deploy(&[&["--no-execute-changeset"][..], &files].concat()).ok();
    let [changes, values] =
        ["changes.json", "values.json"].map(|name| serde_json::from_str::<Value>(&site.read(name)).unwrap());
    assert_eq!(changes["has_changes"], false, "{}", ended.stderr);
    let applied = site.deploy(&["--execute", values["ChangeSetId"].as_str().unwrap()]).ok();
    assert!(applied.stdout.contains("Url"), "{}", applied.stdout);
    assert_eq!((site.stacks.calls_of("ExecuteChangeSet").len(), site.stacks.change_sets().len()), (0, 0));
}

#[test]
fn gates_refuse_a_plan_when_it_is_made_and_when_it_is_applied() {
    let rows = [
        (vec!["--refuse-replacement"], "Topic"),
        (vec!["--refuse-replacement=AWS::SNS::Topic"], "Topic"),
        (vec!["--refuse-delete"], "Network/Subnet"),
        (vec!["--refuse-delete=Subnet"], "Network/Subnet"),
    ];
    for (words, expected) in rows {
        let site = Site::new(plan());
        site.stacks.then(plan());
        site.stacks.has(STACK, "CREATE_COMPLETE");
        let ended = site.deploy(&words);
        assert!(ended.code == 4 && ended.stderr.contains(expected), "{words:?} {}: {}", ended.code, ended.stderr);
        assert_eq!(site.stacks.writes(), ["CreateChangeSet", "DeleteChangeSet"], "{words:?}");
        let arn = planned(&site, &[]);
        assert_eq!(site.deploy(&[&["--execute", &arn], words.as_slice()].concat()).code, 4, "{words:?}");
        assert!(site.stacks.calls_of("ExecuteChangeSet").is_empty(), "{words:?}");
    }
}

#[test]
fn a_replacement_is_refused_before_execution_if_rollback_is_off() {
    let site = Site::new(plan());
    site.stacks.has(STACK, "CREATE_COMPLETE");
    let ended = site.deploy(&["--disable-rollback"]);
    assert!(ended.code == 4 && ended.cause().contains("rollback disabled"), "{}: {}", ended.code, ended.stderr);
    assert!(site.stacks.calls_of("ExecuteChangeSet").is_empty());
}

#[test]
fn an_export_that_others_import_can_be_refused() {
    let template = "Resources:\n  Queue: {Type: AWS::SQS::Queue}\n";
    let site = Site::of(template, updated());
    let outputs = json!([{"OutputKey": "Url", "OutputValue": "u", "ExportName": "app-url"}]);
    site.stacks.has_with(STACK, "CREATE_COMPLETE", json!({"Outputs": outputs}));
    site.stacks.imports("app-url", &["shop"]);
    let ended = site.deploy(&["--refuse-export-change"]);
    assert!(ended.code == 4 && ended.cause().contains("app-url") && ended.cause().contains("shop"), "{}", ended.stderr);
}

#[test]
fn the_change_set_of_a_new_stack_can_be_applied_too() {
    let site = Site::new(created());
    let arn = planned(&site, &[]);
    assert_eq!(site.stacks.status(STACK).as_deref(), Some("REVIEW_IN_PROGRESS"));
    site.deploy(&["--execute", &arn]).ok();
    assert_eq!(site.stacks.status(STACK).as_deref(), Some("CREATE_COMPLETE"));
}
