//! A desk on which the commands of the pages run: the sample application, S3 and CloudFormation on loopback.

use super::page::root;
use crate::cloudformation::CloudFormation;
use crate::s3_server::{HOST, S3Server};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A copy of the sample application in a folder like a checkout, and the services.
pub struct Desk {
    pub folder: tempfile::TempDir,
    pub server: S3Server,
    pub stacks: CloudFormation,
}

impl Desk {
    pub fn new() -> Self {
        let (folder, server) = (tempfile::tempdir().unwrap(), S3Server::with_bucket("my-code"));
        ["my-code-eu", "my-code-us"].into_iter().for_each(|name| server.bucket(name));
        let desk = Self { folder, server, stacks: CloudFormation::start() };
        let fixtures = desk.folder.path().join("tests/fixtures");
        std::fs::create_dir_all(&fixtures).unwrap();
        let copied = Command::new("cp").arg("-a").arg(root().join("tests/fixtures/orders")).arg(&fixtures).status();
        assert!(copied.unwrap().success());
        ["packaged.yaml", "samconfig.toml"]
            .iter()
            .for_each(|name| std::fs::remove_file(desk.application().join(name)).unwrap());
        desk
    }

    pub fn application(&self) -> PathBuf {
        self.folder.path().join("tests/fixtures/orders")
    }

    /// Runs a script as it is written, with this executable as `samstep`.
    pub fn run(&self, script: &str, folder: &Path) -> Output {
        let programs = Path::new(env!("CARGO_BIN_EXE_samstep")).parent().unwrap();
        let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap());
        let mut command = Command::new("bash");
        command.args(["-euo", "pipefail", "-c", script]).current_dir(folder).env_clear();
        command.env("PATH", path).env("HOME", self.folder.path());
        command.env("AWS_ENDPOINT_URL", self.server.url()).env("AWS_REGION", "us-east-1");
        command.env("AWS_ENDPOINT_URL_CLOUDFORMATION", self.stacks.url()).env("SAM_CLI_POLL_DELAY", "0.01");
        command.env("AWS_ACCESS_KEY_ID", HOST.access_key).env("AWS_SECRET_ACCESS_KEY", HOST.secret_key);
        command.output().unwrap()
    }

    #[track_caller]
    pub fn run_well(&self, script: &str, folder: &Path) -> String {
        let output = self.run(script, folder);
        assert!(output.status.success(), "{script}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.application().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }
}
