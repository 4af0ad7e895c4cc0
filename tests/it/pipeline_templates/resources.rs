//! Resources: what workers default to, what wakes them, what alarms watch, and the actions of the pipeline.

use super::template::{Template, entries, folder, list, text};
use serde_yaml::Value;
use std::collections::BTreeMap;

/// The variables of a function or of a container.
fn variables(template: &Template) -> BTreeMap<String, String> {
    if let [(_, function)] = template.of_type("AWS::Lambda::Function")[..] {
        let variables = entries(&function["Environment"]["Variables"]);
        return variables.into_iter().map(|(name, value)| (name, text(value))).collect();
    }
    let containers = &template.resource("Task")["ContainerDefinitions"];
    let variables = containers[0]["Environment"].as_sequence().unwrap();
    variables.iter().map(|it| (text(&it["Name"]), text(&it["Value"]))).collect()
}

/// Those of code, and the one of stacks if jobs may deploy.
const ALLOWED_ROLES: &str = "MayDeploy ? HasCodeRoles ? DeployRoleArn,(Join(,, CodeRoleArns)) : DeployRoleArn : \
                             HasCodeRoles ? Join(,, CodeRoleArns) : none";

#[test]
fn functions_and_workers_upload_to_the_place_that_they_may_write_to() {
    for name in ["lambda-invoke.yaml", "worker-event.yaml", "worker-fargate.yaml", "worker-runtask.yaml"] {
        let variables = variables(&Template::read(name));
        let expected = [
            ("SAMSTEP_S3_BUCKET", "CodeBucket"),
            ("SAMSTEP_S3_PREFIX", "CodePrefix"),
            ("SAMSTEP_KMS_KEY_ID", "CodeKeyArn"),
            ("SAMSTEP_ALLOW_BUCKET", "CodeBucket"),
            ("SAMSTEP_ALLOW_KEY", "HasCodeKey ? CodeKeyArn : none"),
            ("SAMSTEP_ALLOW_ROLE", ALLOWED_ROLES),
            ("SAMSTEP_ROLE_ARN", "DeployRoleArn"),
            ("SAMSTEP_ALLOW_STACK", "MayDeploy ? AllowedStacks : -"),
            ("SAMSTEP_ALLOW_CAPABILITY", "AllowedCapabilities"),
        ];
        for (variable, value) in expected {
            assert_eq!(variables.get(variable).map(String::as_str), Some(value), "{name} {variable}");
        }
    }
}

#[test]
fn log_groups_have_the_name_of_their_stack() {
    let mut found = BTreeMap::new();
    for template in Template::all() {
        for (_, group) in template.of_type("AWS::Logs::LogGroup") {
            found.insert(template.name.clone(), text(&group["LogGroupName"]));
            assert_eq!(text(&group["RetentionInDays"]), "LogRetentionDays", "{}", template.name);
        }
    }
    let worker = "HasLogGroup ? LogGroup : /samstep/worker/STACK";
    let expected = [
        ("codebuild.yaml", "/aws/codebuild/STACK"),
        ("lambda-invoke.yaml", "HasLogGroup ? LogGroup : /samstep/lambda/STACK"),
        ("worker-event.yaml", worker),
        ("worker-fargate.yaml", worker),
        ("worker-runtask.yaml", worker),
    ];
    assert_eq!(found, expected.map(|(name, group)| (name.to_owned(), group.to_owned())).into());
}

#[test]
fn rules_may_invoke_the_function_without_a_condition_on_the_account() {
    // EventBridge does not send the account: a permission that asks for it is never met.
    let template = Template::read("worker-event.yaml");
    let permissions = template.of_type("AWS::Lambda::Permission");
    let rows: Vec<_> = permissions.iter().map(|(_, it)| entries(it)).collect();
    let rows: Vec<Vec<_>> = rows
        .into_iter()
        .map(|row| row.into_iter().map(|(key, value)| format!("{key}={}", text(value))).collect())
        .collect();
    let row = |rule: &str| {
        let source = format!("SourceArn={rule}.Arn");
        let fixed = ["FunctionName=Function", "Action=lambda:InvokeFunction", "Principal=events.amazonaws.com"];
        fixed.map(str::to_owned).into_iter().chain([source]).collect::<Vec<_>>()
    };
    assert_eq!(rows, [row("Started"), row("EveryMinutes")]);
    for name in ["worker-event.yaml", "worker-runtask.yaml"] {
        let template = Template::read(name);
        for (rule, properties) in template.of_type("AWS::Events::Rule") {
            let target = &properties["Targets"][0];
            assert_eq!(text(&target["DeadLetterConfig"]["Arn"]), "Undelivered.Arn", "{name} {rule}");
        }
    }
}

/// Template, alarm, metric, dimensions, threshold, and what missing data counts as.
const ALARMS: [[&str; 6]; 10] = [
    ["lambda-invoke.yaml", "JobsLost", "AWS/Lambda AsyncEventsDropped", FUNCTION, "1", "notBreaching"],
    ["worker-event.yaml", "EventsUndelivered", DEAD_LETTERS, QUEUE, "1", "notBreaching"],
    ["worker-event.yaml", "NoWorkerPolls", "Samstep FreeSlots", POOL, "1", "breaching"],
    ["worker-event.yaml", "RunsFailed", "AWS/Lambda Errors", FUNCTION, "1", "notBreaching"],
    ["worker-fargate.yaml", "JobsUnavailable", "Samstep JobsFailed", FAILURES, "3", "notBreaching"],
    ["worker-fargate.yaml", "NoWorkerPolls", "Samstep FreeSlots", POOL, "1", "breaching"],
    ["worker-fargate.yaml", "OldestJob", "Samstep OldestJobSeconds", POOL, "JobSeconds", "notBreaching"],
    ["worker-fargate.yaml", "ProcessesLost", "Samstep ProcessesLost", POOL, "1", "notBreaching"],
    ["worker-runtask.yaml", "EventsUndelivered", DEAD_LETTERS, QUEUE, "1", "notBreaching"],
    ["worker-runtask.yaml", "NoWorkerPolls", "Samstep FreeSlots", POOL, "1", "breaching"],
];
const DEAD_LETTERS: &str = "AWS/SQS ApproximateNumberOfMessagesVisible";
const FUNCTION: &str = "FunctionName=Function";
const QUEUE: &str = "QueueName=Undelivered.QueueName";
const POOL: &str = "ActionType=ActionType Pool=Pool";
const FAILURES: &str = "ActionType=ActionType Pool=Pool FailureType=SystemUnavailable";

#[test]
fn alarms_watch_their_own_pool_function_or_queue() {
    let mut found = Vec::new();
    for template in Template::all() {
        for (name, alarm) in template.of_type("AWS::CloudWatch::Alarm") {
            let dimensions = alarm["Dimensions"].as_sequence().unwrap().iter();
            let dimensions: Vec<_> =
                dimensions.map(|it| format!("{}={}", text(&it["Name"]), text(&it["Value"]))).collect();
            let metric = format!("{} {}", text(&alarm["Namespace"]), text(&alarm["MetricName"]));
            let threshold = text(&alarm["Threshold"]);
            let missing = text(&alarm["TreatMissingData"]);
            found.push([template.name.clone(), name.clone(), metric, dimensions.join(" "), threshold, missing]);
            assert_eq!(text(&alarm["AlarmActions"]), "HasTopic ? AlarmTopicArn : nothing", "{} {name}", template.name);
        }
    }
    found.sort();
    let expected: Vec<_> = ALARMS.iter().map(|row| row.map(str::to_owned)).collect();
    assert_eq!(found, expected);
    let polls = &Template::read("worker-fargate.yaml").root["Resources"]["NoWorkerPolls"];
    assert_eq!((text(&polls["Condition"]), text(&polls["DependsOn"])), ("HasTasks".into(), "Service".into()));
}

/// The four forms of the action that packages.
pub fn package_actions(template: &Template) -> Vec<&Value> {
    let stages = template.resource("Pipeline")["Stages"].as_sequence().unwrap();
    let mut action = &stages.iter().find(|it| text(&it["Name"]) == "Package").unwrap()["Actions"][0];
    let mut found = Vec::new();
    while let Value::Tagged(tagged) = action {
        found.push(&tagged.value[1]);
        action = &tagged.value[2];
    }
    found.push(action);
    found
}

#[test]
fn each_host_uploads_to_the_prefix_of_the_application() {
    let template = Template::read("codepipeline.yaml");
    let actions = package_actions(&template);
    let providers: Vec<_> = actions.iter().map(|it| text(&it["ActionTypeId"]["Provider"])).collect();
    assert_eq!(providers, ["CodeBuild", "Commands", "Lambda", "Samstep"]);
    let prefix = "CodePrefix/DeployedStack";
    let overrides = text(&actions[0]["Configuration"]["EnvironmentVariables"]);
    assert!(overrides.contains(&format!(r#""SAMSTEP_S3_PREFIX", "value": "{prefix}""#)), "{overrides}");
    let commands = list(&actions[1]["Commands"]);
    assert!(commands.iter().any(|it| it.contains(&format!("--s3-prefix {prefix} "))), "{commands:?}");
    assert!(commands.iter().all(|it| it.len() < 800 && !it.contains('\n')), "one line of at most 1,000 characters");
    let parameters = text(&actions[2]["Configuration"]["UserParameters"]);
    assert!(parameters.contains(&format!(r#""S3Prefix": "{prefix}""#)), "{parameters}");
    assert_eq!(text(&actions[3]["Configuration"]["S3Prefix"]), prefix);
    for action in actions {
        assert_eq!(text(&action["Namespace"]), "Packaged");
        assert_eq!(text(&action["OutputArtifacts"][0]["Name"]), "PackagedArtifact");
    }
}

/// An action of the stage `Deploy`: with `samstep deploy`, and of CloudFormation.
fn deploy_actions(template: &Template, at: usize) -> [&Value; 2] {
    let stages = template.resource("Pipeline")["Stages"].as_sequence().unwrap();
    let deploy = stages.iter().find(|it| text(&it["Name"]) == "Deploy").unwrap();
    let Value::Tagged(by_condition) = &deploy["Actions"][at] else { panic!("one form of action {at}") };
    assert_eq!(text(&by_condition.value[0]), "WithSamstep");
    [&by_condition.value[1], &by_condition.value[2]]
}

#[test]
fn the_change_set_takes_a_configuration_and_capabilities() {
    let template = Template::read("codepipeline.yaml");
    let [samstep, cloudformation] = deploy_actions(&template, 0);
    let configuration = &cloudformation["Configuration"];
    assert_eq!(text(&configuration["Capabilities"]), "Capabilities");
    let passed = "HasConfiguration ? SourceArtifact::TemplateConfiguration : nothing";
    assert_eq!(text(&configuration["TemplateConfiguration"]), passed);
    let inputs = "Name=PackagedArtifact, HasConfiguration ? Name=SourceArtifact : nothing";
    for action in [samstep, cloudformation] {
        assert_eq!(text(&action["InputArtifacts"]), inputs);
    }
    let commands = list(&samstep["Commands"]);
    let exported = "export SAMSTEP_TEMPLATE_CONFIGURATION=\"$CODEBUILD_SRC_DIR_SourceArtifact/TemplateConfiguration\"";
    assert!(commands.contains(&format!("HasConfiguration ? {exported} : nothing")), "{commands:?}");
    let command = commands.iter().find(|it| it.contains("/samstep deploy ")).unwrap();
    let expected = [
        "--stack-name DeployedStack",
        "--role-arn DeployRole.Arn",
        "--capabilities Capabilities",
        "--s3-bucket CodeBucket --s3-prefix CodePrefix/DeployedStack --kms-key-id KeyArn",
        "--no-execute-changeset",
    ];
    for part in expected {
        assert!(command.contains(part), "{part} in {command}");
    }
}

#[test]
fn the_change_set_that_was_approved_is_executed() {
    let template = Template::read("codepipeline.yaml");
    let ([plan, _], [execute, _]) = (deploy_actions(&template, 0), deploy_actions(&template, 2));
    let variables = list(&plan["OutputVariables"]);
    assert!(variables.contains(&"STEP_CHANGE_SET_ID".to_owned()), "{variables:?}");
    let given = text(&execute["EnvironmentVariables"]);
    assert_eq!(given, format!("Name=CHANGE_SET, Value=#{{{}.STEP_CHANGE_SET_ID}}", text(&plan["Namespace"])));
    let commands = list(&execute["Commands"]);
    assert!(commands.last().unwrap().ends_with("--execute \"$CHANGE_SET\""), "{commands:?}");
    let package = list(&package_actions(&template)[1]["Commands"]);
    for commands in [&list(&plan["Commands"]), &commands] {
        assert_eq!(commands[..4], package[..4], "the executable is fetched and checked as it is to package");
        assert!(commands.iter().all(|it| it.len() < 800 && !it.contains('\n')), "one line of at most 1,000 characters");
    }
}

#[test]
fn the_image_has_a_base_that_cannot_change() {
    let file = std::fs::read_to_string(folder().join("Dockerfile")).unwrap();
    let bases: Vec<_> = file.lines().filter_map(|line| line.strip_prefix("FROM ")).collect();
    let [base] = bases[..] else { panic!("{bases:?}") };
    let (_, digest) = base.split_once("@sha256:").expect(base);
    assert!(
        digest.len() == 64 && digest.bytes().all(|it| it.is_ascii_digit() || (b'a'..=b'f').contains(&it)),
        "{base}"
    );
}
