//! What each host is told of a run that ends well and of one that does not: log, values, summary, report.

mod codebuild;
mod github;
mod gitlab;
mod plain;
mod program;

use crate::host_environments::{AZURE, CODEBUILD, Dump, GITHUB, GITLAB, JENKINS, LOCAL};
use crate::run::{Ended, Run, samstep};
use crate::s3_server::S3Server;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

pub const GOOD: &str = "\
Resources:
  Api:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: ./src
  Web:
    Type: AWS::Serverless::Function
    Properties:
      PackageType: Image
      ImageUri: web:latest
";
pub const BAD: &str = "\
Resources:
  Api:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: ./srv
  Worker:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: worker.zip}
";

/// A build of an application on some host.
pub struct Build {
    folder: TempDir,
    pub server: S3Server,
}

impl Build {
    pub fn of(template: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("src")).unwrap();
        fs::write(folder.path().join("src/app.py"), "pass\n").unwrap();
        fs::write(folder.path().join("template.yaml"), template).unwrap();
        Self { folder, server: S3Server::with_bucket("artifacts") }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn run(&self, (_, variables): Dump, flags: &[&str]) -> Run {
        let arguments = ["package", "--s3-bucket", "artifacts", "--output-template-file", "packaged.yaml"];
        let run = samstep(arguments.iter().chain(flags)).at(self.path()).against(&self.server);
        let folder = self.path().to_str().unwrap();
        variables.iter().fold(run, |run, (name, value)| run.env(name, value.replace("FOLDER", folder)))
    }

    /// Everything that a host was told.
    pub fn told(&self, ended: &Ended, files: &[&str]) -> String {
        let mut text = format!("exit {}\n--- stdout\n{}--- stderr\n{}", ended.code, ended.stdout, ended.stderr);
        for name in files {
            let file = fs::read_to_string(self.path().join(name)).unwrap_or_else(|_| "(none)\n".to_owned());
            text += &format!("--- {name}\n{file}");
        }
        let real = self.path().canonicalize().unwrap();
        let text = text.replace(real.to_str().unwrap(), "FOLDER").replace(self.path().to_str().unwrap(), "FOLDER");
        let text = text.split('\n').map(without_chance).collect::<Vec<_>>().join("\n");
        text.replace('\x1b', "␛").replace('\r', "␍")
    }
}

/// A line with TOKEN in place of what nobody can foresee, and TIME of the clock.
fn without_chance(line: &str) -> String {
    let line = match line.find("samstep-") {
        Some(at) if line.len() >= at + 40 => format!("{}TOKEN{}", &line[..at], &line[at + 40..]),
        Some(_) | None => line.to_owned(),
    };
    let parts: Vec<&str> = line.split(':').collect();
    match parts.iter().position(|part| part.ends_with("section_start") || part.ends_with("section_end")) {
        Some(at) => line.replace(parts[at + 1], "TIME"),
        None => line,
    }
}

const STREAMS: [&str; 0] = [];

#[test]
fn a_host_that_was_chosen_wins_and_changes_nothing_that_is_packaged() {
    let packaged = |host: Dump, flags: &[&str]| {
        let build = Build::of(GOOD);
        let ended = build.run(host, flags).end().ok();
        let objects = build.server.objects("artifacts");
        (fs::read_to_string(build.path().join("packaged.yaml")).unwrap(), objects, ended.stderr)
    };
    let (template, objects, _) = packaged(LOCAL, &[]);
    for host in [CODEBUILD, GITHUB, GITLAB, JENKINS, AZURE] {
        for flags in [&[][..], &["--host", "plain"]] {
            let told = packaged(host, flags);
            assert_eq!((&told.0, &told.1), (&template, &objects), "{}", host.0);
            assert!(flags.is_empty() || told.2.starts_with("warning: "), "{}: {}", host.0, told.2);
        }
    }
    let build = Build::of(GOOD);
    let ended = build.run(LOCAL, &[]).env("SAMSTEP_HOST", "github").end().ok();
    assert!(ended.stderr.contains("::group::Uploads"), "{}", ended.stderr);
}
