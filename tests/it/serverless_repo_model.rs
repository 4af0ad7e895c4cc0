//! The fake repository against AWS's own tools: its members are those of botocore's model, botocore knows every member
//! of its answers, and the stock AWS CLI reads back what the executable published.

use crate::run::samstep;
use crate::s3_server::S3Server;
use crate::serverless_repo::{ServerlessRepo, table};
use crate::stock_clients::drive;
use serde_json::json;
use std::fs;

const TEMPLATE: &str = "\
Metadata:
  AWS::ServerlessRepo::Application:
    {Name: by-samstep, Author: acme, Description: Published., ReadmeBody: '# Hello', SemanticVersion: 1.2.0}
Resources: {Queue: {Type: AWS::SQS::Queue}}
";

#[test]
#[ignore = "installs boto3 and the AWS CLI from PyPI"]
fn stock_clients_take_the_fake_for_the_repository() {
    let (repository, s3, folder) = (ServerlessRepo::start(), S3Server::start(), tempfile::tempdir().unwrap());
    fs::write(folder.path().join("template.yaml"), TEMPLATE).unwrap();
    let run = samstep(["publish", "--share", "444455556666"]).at(folder.path()).against(&s3);
    let run = run.env("AWS_ENDPOINT_URL_SERVERLESSAPPLICATIONREPOSITORY", repository.url());
    run.env("AWS_ENDPOINT_URL_STS", repository.url()).end().ok();
    let parameters =
        json!([{"name": "Key", "type": "String", "noEcho": true, "minLength": 4, "referencedByResources": []}]);
    let capabilities = json!(["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]);
    let members = json!({"parameterDefinitions": parameters, "requiredCapabilities": capabilities});
    repository.offer("arn:aws:serverlessrepo:us-east-1:444455556666:applications/theirs", "2.0.0", &members);
    repository.nests("arn:x", "0.1.0");
    drive("serverless_repo_model.py", &[repository.url(), &table().to_string()]);
}
