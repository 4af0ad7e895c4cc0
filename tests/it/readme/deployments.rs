//! The deployments of the pages, against a CloudFormation that plays a history.

use super::commands::changed_line;
use super::desk::Desk;
use super::page::block;
use crate::cloudformation::Script;
use std::collections::BTreeMap;

/// A stack that is created, or updated.
fn deployment(verb: &str) -> Script {
    let history = format!(
        "0 / {verb}_IN_PROGRESS User Initiated
         1 Orders AWS::DynamoDB::Table {verb}_IN_PROGRESS
         2 Orders AWS::DynamoDB::Table {verb}_COMPLETE
         3 / {verb}_COMPLETE"
    );
    let action = if verb == "CREATE" { "Add" } else { "Modify" };
    Script::plays(&history).changing(&format!("{action} Orders AWS::DynamoDB::Table")).gives("Url", "https://orders")
}

#[test]
fn the_line_of_the_buildspec_changes_its_first_word_and_deploys() {
    let (before, after) = changed_line(&block("README.md", "diff", "sam deploy"));
    assert_eq!(before.replacen("sam ", "samstep ", 1), after);
    let desk = Desk::new();
    desk.stacks.then(deployment("CREATE"));
    let stdout = desk.run_well(&after, &desk.application());
    assert_eq!(desk.stacks.status("orders").as_deref(), Some("CREATE_COMPLETE"));
    assert!(stdout.contains("https://orders"), "{stdout}");
    let sent = desk.stacks.calls_of("CreateChangeSet").remove(0);
    assert_eq!(sent.get("Capabilities.member.1"), Some("CAPABILITY_IAM"));
    assert!(sent.get("TemplateBody").is_some_and(|it| it.contains("s3://my-code/orders/")), "{sent:?}");
}

#[test]
fn the_deployments_of_the_readme_deploy_plan_and_follow() {
    let examples = block("README.md", "sh", "samstep deploy --follow");
    let lines: Vec<_> = examples.lines().collect();
    let [deploy, plan, follow] = lines[..] else { panic!("{examples}") };
    let desk = Desk::new();
    desk.stacks.then(deployment("CREATE"));
    desk.run_well(deploy, &desk.application());
    desk.stacks.then(deployment("UPDATE"));
    desk.run_well(plan, &desk.application());
    assert_eq!(desk.stacks.calls_of("ExecuteChangeSet").len(), 1, "a plan executes nothing");
    let stdout = desk.run_well(follow, &desk.application());
    assert_eq!(desk.stacks.status("orders").as_deref(), Some("CREATE_COMPLETE"));
    assert!(stdout.contains("https://orders"), "{stdout}");
}

#[test]
fn the_deployments_of_their_page_deploy_plan_apply_and_follow() {
    let examples = block("docs/deploy.md", "sh", "samstep deploy --follow");
    let lines: Vec<_> = examples.lines().collect();
    let [deploy, by_samconfig, plan, apply, follow] = lines[..] else { panic!("{examples}") };
    let desk = Desk::new();
    let folder = desk.application();
    desk.stacks.then(deployment("CREATE"));
    desk.run_well(deploy, &folder);
    let named = "[default.deploy.parameters]\nstack_name = 'orders'\ns3_bucket = 'my-code'\n";
    let samconfig = format!("{named}{}", named.replace("default", "prod"));
    std::fs::write(folder.join("samconfig.toml"), samconfig).unwrap();
    for command in [by_samconfig, plan] {
        desk.stacks.then(deployment("UPDATE"));
        desk.run_well(command, &folder);
    }
    let changes = desk.read("changes.md");
    assert!(changes.starts_with("<!-- samstep deploy orders -->"), "{changes}");
    let (_, planned) = changes.split_once("--execute ").unwrap();
    let planned = planned.split(['`', '\n']).next().unwrap();
    let (before, _) = apply.split_once(" arn:aws:").unwrap();
    desk.run_well(&format!("{before} {planned}"), &folder);
    let executed: Vec<_> = desk.stacks.calls_of("ExecuteChangeSet");
    assert_eq!((executed.len(), executed[2].get("ChangeSetName")), (3, Some(planned)));
    let stdout = desk.run_well(follow, &folder);
    assert!(stdout.contains("https://orders"), "{stdout}");
}

/// The words of the table of parameters, each with the name and the value that it gives.
#[test]
fn the_forms_of_parameters_are_taken_as_their_table_says() {
    let desk = Desk::new();
    let folder = desk.application();
    let template =
        "Parameters: {Stage: {Type: String, Default: d}, Title: {Type: String, Default: d}}\nResources: {}\n";
    std::fs::write(folder.join("small.yaml"), template).unwrap();
    std::fs::write(folder.join("values.json"), r#"{"Parameters": {"Stage": "prod"}}"#).unwrap();
    let rows = [
        ("Stage=prod", "prod", "d"),
        ("'Stage=prod Title=\"two words\"'", "prod", "two words"),
        ("ParameterKey=Stage,ParameterValue=prod", "prod", "d"),
        (r#"'{"Stage": "prod"}'"#, "prod", "d"),
        (r#"'["Stage=prod"]'"#, "prod", "d"),
        (r#"'[{"ParameterKey": "Stage", "ParameterValue": "prod"}]'"#, "prod", "d"),
        ("file://values.json", "prod", "d"),
        ("@values.json", "prod", "d"),
    ];
    let page = super::page::text("docs/deploy.md").replace("FILE", "values.json");
    for (word, stage, title) in rows {
        assert!(
            page.contains(word.trim_start_matches("ParameterKey=Stage").trim_matches('\''))
                || word.contains("Key=Stage"),
            "{word}"
        );
        desk.stacks
            .then(Script::plays("0 / CREATE_IN_PROGRESS\n1 / CREATE_COMPLETE").changing("Add Q AWS::SQS::Queue"));
        let count = desk.stacks.calls_of("CreateChangeSet").len();
        let command = format!("samstep deploy -t small.yaml --stack-name s{count} --parameter-overrides {word}");
        desk.run_well(&command, &folder);
        let sent = desk.stacks.calls_of("CreateChangeSet").remove(count);
        let given: BTreeMap<_, _> = sent
            .items("Parameters")
            .into_iter()
            .map(|item| (item["ParameterKey"].clone(), item["ParameterValue"].clone()))
            .collect();
        let value = |name: &str| given.get(name).map_or("d", String::as_str);
        assert_eq!((value("Stage"), value("Title")), (stage, title), "{word}");
    }
    let output =
        desk.run("samstep deploy -t small.yaml --stack-name s --parameter-overrides 'Title=two words'", &folder);
    assert_eq!(output.status.code(), Some(2), "a word with two readings is refused");
}
