//! The fake job service against AWS's own tools: the stock AWS CLI and boto3 drive it, and its table of limits is that
//! of botocore's model.

use crate::job_service::table;
use crate::worker::Services;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What is installed, once for each version, below the target folder.
const PACKAGES: [&str; 2] = ["boto3==1.44.5", "awscli==1.46.3"];

fn python() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("venv-{}", PACKAGES.join("-")));
    let (python, installed) = (folder.join("bin/python"), folder.join("installed"));
    if !installed.exists() {
        let made = Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder).status().unwrap();
        let quiet = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
        let fetched = Command::new(&python).args(quiet).args(PACKAGES).status().unwrap();
        assert!(made.success() && fetched.success());
        std::fs::write(installed, "").unwrap();
    }
    python
}

#[test]
#[ignore = "installs boto3 and the AWS CLI from PyPI"]
fn the_fake_is_what_stock_clients_take_for_codepipeline() {
    let services = Services::new();
    let jobs = [services.queue(1, &[]), services.queue(2, &[])];
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/stock_clients.py");
    let mut command = Command::new(python());
    command.arg(script).arg(services.jobs.url()).args(&jobs).arg(table().to_string());
    command
        .env("AWS_ACCESS_KEY_ID", "AKIATEST")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("AWS_DEFAULT_REGION", "us-east-1");
    let told = command.output().unwrap();
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    assert!(jobs.iter().all(|id| services.jobs.results()[id] == 1));
}
