//! The fake job service against AWS's own tools: the stock AWS CLI and boto3 drive it, and its table of limits is that
//! of botocore's model.

use crate::job_service::table;
use crate::python;
use crate::worker::Services;
use std::process::Command;

/// AWS's own clients.
const PACKAGES: [&str; 2] = ["boto3==1.44.5", "awscli==1.46.3"];

/// Runs a script of these tests with the clients; it must succeed.
#[track_caller]
pub fn drive(script: &str, arguments: &[&str]) {
    let mut command = Command::new(python::with(&PACKAGES));
    command.arg(python::script(script)).args(arguments);
    command
        .env("AWS_ACCESS_KEY_ID", "AKIATEST")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("AWS_DEFAULT_REGION", "us-east-1");
    let told = command.output().unwrap();
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
}

#[test]
#[ignore = "installs boto3 and the AWS CLI from PyPI"]
fn the_fake_is_what_stock_clients_take_for_codepipeline() {
    let services = Services::new();
    let jobs = [services.queue(1, &[]), services.queue(2, &[])];
    let table = table().to_string();
    drive("stock_clients.py", &[services.jobs.url(), &jobs[0], &jobs[1], &table]);
    assert!(jobs.iter().all(|id| services.jobs.results()[id] == 1));
}
