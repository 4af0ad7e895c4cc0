//! An application in a job: it is deployed over several processes, and not rehearsed.

use super::application::{ID, SECRET, SIGNATURE};
use super::jobs::Pipeline;
use super::{STACK, said};
use crate::cloudformation::Script;
use crate::job::World;
use crate::run::samstep;
use crate::serverless_repo::{Answer, Fault, ServerlessRepo};
use serde_json::json;

/// A pipeline whose action deploys the latest version of an application with a secret parameter.
fn pipeline(script: Script, repository: &ServerlessRepo) -> Pipeline {
    let parameters = json!([{"name": "Key", "type": "String", "noEcho": true, "referencedByResources": []}]);
    repository.offer(ID, "1.0.0", &json!({"parameterDefinitions": parameters}));
    let overrides = json!({"Key": SECRET}).to_string();
    let options = json!({"ApplicationId": ID}).to_string();
    let properties = [
        ("Operation", "deploy"),
        ("StackName", STACK),
        ("ParameterOverrides", overrides.as_str()),
        ("Options", options.as_str()),
    ];
    let mut world = World::new(&properties, &[]);
    let configuration = world.job["data"]["actionConfiguration"]["configuration"].as_object_mut().unwrap();
    ["TemplatePath", "S3Bucket"].iter().for_each(|name| drop(configuration.remove(*name)));
    world.job["data"]["inputArtifacts"] = json!([]);
    let pipeline = Pipeline::of(world, script);
    pipeline.with("AWS_ENDPOINT_URL_SERVERLESSAPPLICATIONREPOSITORY", repository.url()).with("AWS_MAX_ATTEMPTS", "1")
}

#[test]
fn a_job_goes_on_with_the_version_that_the_first_one_took() {
    let long = format!(
        "0 / CREATE_IN_PROGRESS\n60 Queue AWS::SQS::Queue CREATE_COMPLETE the key is {SECRET}\n61 / CREATE_COMPLETE"
    );
    let steps = [("GetCloudFormationTemplate", 2), ("DescribeStackEvents", 4)];
    for (step, calls) in steps {
        let repository = ServerlessRepo::start();
        let pipeline = pipeline(Script::plays(&long).changing("Add Queue AWS::SQS::Queue"), &repository);
        let preparing = vec!["PREPARING"; if step == "GetCloudFormationTemplate" { 40 } else { 1 }];
        repository.prepares(&[preparing, vec!["ACTIVE"]].concat());
        let is_reached = || match step {
            "GetCloudFormationTemplate" => repository.calls_of(step).len() >= calls,
            _ => pipeline.stacks.calls_of(step).len() >= calls,
        };
        let (token, first) = pipeline.suspend_when(is_reached);
        assert!(!token.contains(SECRET) && !token.contains(SIGNATURE) && token.len() <= 2048, "{token}");
        repository.offer(ID, "2.0.0", &json!({}));
        if step == "DescribeStackEvents" {
            let denied = Answer::Error(403, "ForbiddenException", "Forbidden");
            repository.fault(Fault::new("GetApplication", 1, denied));
        }
        let (result, second) = pipeline.go_on(&token);
        let variables = &result["outputVariables"];
        assert_eq!(
            (&variables["ApplicationId"], &variables["ApplicationVersion"]),
            (&json!(ID), &json!("1.0.0")),
            "{step}: {result} {second}"
        );
        assert_eq!(repository.writes(), ["CreateCloudFormationTemplate"], "{step}");
        assert_eq!(pipeline.stacks.calls_of("CreateChangeSet").len(), 1, "{step}");
        assert!(!format!("{first}{second}{result}").contains(SECRET), "{step}: {first}{second}");
    }
}

#[test]
fn a_rehearsal_has_no_application() {
    let folder = tempfile::tempdir().unwrap();
    let words = ["rehearse", "--operation", "deploy", ".", "--configuration", "StackName=app", "--configuration"];
    let rehearse = |property: &str| samstep(words.into_iter().chain([property])).at(folder.path()).end();
    let of_options = rehearse(&format!("Options={{\"ApplicationId\": \"{ID}\"}}"));
    let ended = rehearse(&format!("ApplicationId={ID}"));
    assert_eq!(said(&of_options), said(&ended));
    insta::assert_snapshot!(said(&ended), @"
    exit code: 2
    --- stdout
    --- stderr
      help: leave ApplicationId out, and name the application's template with --template
    error: a rehearsal makes no network call, so it cannot deploy an application of the repository
    ");
}
