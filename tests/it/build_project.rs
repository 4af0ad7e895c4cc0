//! The commands of `pipeline/codebuild.yaml` and of the buildspec in the README, run as a build runs them: one shell, the
//! variables of the project.

use crate::s3_server::{HOST, S3Server};
use std::path::Path;
use std::process::{Command, Output};

/// Stands for `aws s3 cp`: what is fetched from the bucket of tools is this executable.
const AWS: &str = r#"#!/bin/sh
case "$1 $2 $4" in
"s3 cp s3://tools/samstep/1.2.3/$(uname -m)/samstep" | "s3 cp s3://my-tools/samstep/"*"/x86_64/samstep")
    exec cp "$EXECUTABLE" "$5"
    ;;
esac
echo "unexpected: aws $*" >&2 && exit 1
"#;

fn file(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

fn of_the_project() -> String {
    let template: serde_yaml::Value = serde_yaml::from_str(&file("pipeline/codebuild.yaml")).unwrap();
    template["Resources"]["Project"]["Properties"]["Source"]["BuildSpec"].as_str().unwrap().to_owned()
}

fn of_the_readme(checksum: &str) -> String {
    let readme = file("README.md");
    let block = readme.split("```yaml\n").find(|block| block.starts_with("version: 0.2")).unwrap();
    block.split("```").next().unwrap().replace("SHA256_OF_THE_EXECUTABLE", checksum)
}

/// The phases' commands, with a folder of the test in the place of /tmp.
fn commands(buildspec: &str, folder: &Path) -> String {
    let build: serde_yaml::Value = serde_yaml::from_str(buildspec).unwrap();
    let commands =
        ["install", "build"].iter().flat_map(|phase| build["phases"][*phase]["commands"].as_sequence().unwrap());
    let commands: Vec<_> = commands.map(|it| it.as_str().unwrap()).collect();
    let exported = build["env"]["exported-variables"].as_sequence().into_iter().flatten();
    let exported: Vec<_> = exported.map(|name| format!("echo {0}=${0}", name.as_str().unwrap())).collect();
    // CodeBuild ends a phase at the first command that fails.
    format!("set -e\n{}\n{}", commands.join("\n"), exported.join("\n"))
        .replace("/tmp/", &format!("{}/", folder.display()))
}

fn build(buildspec: &str, folder: &Path, s3: &S3Server, checksum: &str) -> Output {
    let path = format!("{}:{}", folder.join("bin").display(), std::env::var("PATH").unwrap());
    let mut command = Command::new("bash");
    command.args(["-c", &commands(buildspec, folder)]).current_dir(folder.join("source")).env("PATH", path);
    command.env("EXECUTABLE", env!("CARGO_BIN_EXE_samstep")).env("TOOLS_BUCKET", "tools").env("TOOL_VERSION", "1.2.3");
    command.env("TOOL_SHA256", checksum).env("SAMSTEP_TEMPLATE_FILE", "template.yaml").env("SAMSTEP_KMS_KEY_ID", "");
    command.env("SAMSTEP_S3_BUCKET", "code").env("SAMSTEP_S3_PREFIX", "samstep");
    command.env("SAMSTEP_EXPECTED_BUCKET_OWNER", "111122223333").env("CODEBUILD_BUILD_ID", "package:1");
    command.env("AWS_ENDPOINT_URL", s3.url()).env("AWS_REGION", "us-east-1");
    command.env("AWS_ACCESS_KEY_ID", HOST.access_key).env("AWS_SECRET_ACCESS_KEY", HOST.secret_key);
    command.output().unwrap()
}

/// A build's folder: the `aws` of a test, and a source.
fn project() -> tempfile::TempDir {
    let project = tempfile::tempdir().unwrap();
    let folder = project.path();
    for name in ["bin", "source/src", "source/config"] {
        std::fs::create_dir_all(folder.join(name)).unwrap();
    }
    std::fs::write(folder.join("bin/aws"), AWS).unwrap();
    Command::new("chmod").arg("+x").arg(folder.join("bin/aws")).status().unwrap();
    std::fs::write(folder.join("source/src/app.py"), "pass\n").unwrap();
    std::fs::write(folder.join("source/config/prod.json"), "{}\n").unwrap();
    let template = "Resources: {F: {Type: AWS::Lambda::Function, Properties: {Code: src}}}\n";
    std::fs::write(folder.join("source/template.yaml"), template).unwrap();
    project
}

fn checksum() -> String {
    let sum = Command::new("sha256sum").arg(env!("CARGO_BIN_EXE_samstep")).output().unwrap().stdout;
    std::str::from_utf8(&sum[..64]).unwrap().to_owned()
}

#[test]
fn the_project_packages_and_exports_its_variables_and_runs_no_other_executable() {
    let (project, s3) = (project(), S3Server::with_bucket("code"));
    let folder = project.path();
    let refused = build(&of_the_project(), folder, &s3, &"0".repeat(64));
    assert!(!refused.status.success() && !folder.join("source/dist").exists(), "{refused:?}");

    let done = build(&of_the_project(), folder, &s3, &checksum());
    let (stdout, stderr) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success(), "{stderr}");
    assert!(stdout.contains("\nSTEP_UPLOADED=1\n"), "{stdout}");
    assert!(!stdout.contains("STEP_TEMPLATE_SHA256=\n"), "{stdout}");
    for name in ["packaged.yaml", "manifest.json", "config/prod.json"] {
        assert!(folder.join("source/dist").join(name).is_file(), "{name}: {stderr}");
    }
}

#[test]
fn the_buildspec_of_the_readme_packages_and_runs_no_other_executable() {
    let (project, s3) = (project(), S3Server::with_bucket("my-code"));
    let folder = project.path();
    let refused = build(&of_the_readme(&"0".repeat(64)), folder, &s3, "");
    assert!(!refused.status.success() && !folder.join("source/packaged.yaml").exists(), "{refused:?}");
    let done = build(&of_the_readme(&checksum()), folder, &s3, "");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let packaged = std::fs::read_to_string(folder.join("source/packaged.yaml")).unwrap();
    assert!(packaged.contains(r#""S3Bucket": "my-code", "S3Key": "samstep/"#), "{packaged}");
}
