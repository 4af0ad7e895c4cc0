//! `samstep deploy` by the executable, against a CloudFormation that plays a history written by the test.

mod actions;
mod application;
mod application_job;
mod drop_in;
mod failures;
mod faults;
mod followed;
mod hosts;
mod jobs;
mod ministack;
mod packaged;
mod plan;
mod races;
mod report;
mod secrets;
mod shift;
mod signals;
mod success;

use crate::cloudformation::{CloudFormation, Script};
use crate::run::{Ended, Run, samstep};
use crate::s3_server::{HOST, S3Server};
use std::path::Path;
use tempfile::TempDir;

/// A template with one resource.
pub const QUEUE: &str = "Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: 30
";

/// The stack that is deployed.
pub const STACK: &str = "app";

/// A folder with a template, and the services.
pub struct Site {
    folder: TempDir,
    pub stacks: CloudFormation,
    s3: S3Server,
}

impl Site {
    /// With a template of one queue.
    pub fn new(script: Script) -> Self {
        Self::of(QUEUE, script)
    }

    pub fn of(template: &str, script: Script) -> Self {
        let site = Self {
            folder: tempfile::tempdir().unwrap(),
            stacks: CloudFormation::with(script),
            s3: S3Server::with_bucket("code"),
        };
        site.with("template.yaml", template)
    }

    pub fn with(self, name: &str, text: &str) -> Self {
        std::fs::write(self.path().join(name), text).unwrap();
        self
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path().join(name)).unwrap()
    }

    /// A run of `samstep deploy` with the name of the stack and these words.
    pub fn run(&self, words: &[&str]) -> Run {
        self.bare(&[&["--stack-name", STACK], words].concat())
    }

    /// A run of `samstep deploy` with these words alone.
    pub fn bare(&self, words: &[&str]) -> Run {
        let run = samstep(["deploy"].iter().chain(words)).at(self.path()).signed_by(HOST);
        let run = ["CLOUDFORMATION", "CODEDEPLOY", "CLOUDWATCH"]
            .iter()
            .fold(run, |run, service| run.env(&format!("AWS_ENDPOINT_URL_{service}"), self.stacks.url()));
        run.env("AWS_ENDPOINT_URL_S3", self.s3.url()).env("AWS_REGION", "us-east-1").env("SAM_CLI_POLL_DELAY", "0.01")
    }

    pub fn deploy(&self, words: &[&str]) -> Ended {
        self.run(words).end()
    }
}

/// Everything that a run said, without what differs from run to run.
pub fn said(ended: &Ended) -> String {
    let text = format!("exit code: {}\n--- stdout\n{}--- stderr\n{}", ended.code, ended.stdout, ended.stderr);
    without_durations(&without_nonce(&text))
}

/// Without the seconds that a run took.
fn without_durations(text: &str) -> String {
    let line = |line: &str| {
        let starts = [" in ", " after "].into_iter().filter_map(|mark| Some(line.rfind(mark)? + mark.len()));
        let mut numbers = starts.map(|start| (start, line[start..].split(' ').next().unwrap_or_default()));
        let is_duration = |(start, number): &(usize, &str)| {
            number.parse::<f64>().is_ok() && line[start + number.len()..].starts_with(" s")
        };
        match numbers.find(is_duration) {
            Some((start, number)) => format!("{}N{}", &line[..start], &line[start + number.len()..]),
            None => line.to_owned(),
        }
    };
    text.lines().map(|it| line(it) + "\n").collect()
}

/// The part of names and tokens that makes them unique: a time and 12 digits.
fn without_nonce(text: &str) -> String {
    const MARK: &str = "samstep-20";
    const NONCE_LENGTH: usize = "20261130t120000-0123456789ab".len();
    let mut parts = text.split(MARK);
    let mut clean = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        clean.push_str("samstep-NONCE");
        clean.push_str(part.get(NONCE_LENGTH - "20".len()..).unwrap_or_default());
    }
    clean
}
