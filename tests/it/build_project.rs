//! The commands of `pipeline/codebuild.yaml`, run as a build runs them: one shell, the variables of the project.

use crate::s3_server::{HOST, S3Server};
use std::path::Path;
use std::process::{Command, Output};

/// Stands for `aws s3 cp`: what is fetched from the bucket of tools is this executable.
const AWS: &str = r#"#!/bin/sh
[ "$1 $2 $4" = "s3 cp s3://tools/samstep/1.2.3/$(uname -m)/samstep" ] && exec cp "$EXECUTABLE" "$5"
echo "unexpected: aws $*" >&2 && exit 1
"#;

/// The phases' commands, with a folder of the test in the place of /tmp.
fn commands(folder: &Path) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("pipeline/codebuild.yaml");
    let template: serde_yaml::Value = serde_yaml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let text = template["Resources"]["Project"]["Properties"]["Source"]["BuildSpec"].as_str().unwrap();
    let build: serde_yaml::Value = serde_yaml::from_str(text).unwrap();
    let commands =
        ["install", "build"].iter().flat_map(|phase| build["phases"][*phase]["commands"].as_sequence().unwrap());
    let commands: Vec<_> = commands.map(|it| it.as_str().unwrap()).collect();
    let exported = build["env"]["exported-variables"].as_sequence().unwrap().iter();
    let exported: Vec<_> = exported.map(|name| format!("echo {0}=${0}", name.as_str().unwrap())).collect();
    // CodeBuild ends a phase at the first command that fails.
    format!("set -e\n{}\n{}", commands.join("\n"), exported.join("\n"))
        .replace("/tmp/", &format!("{}/", folder.display()))
}

fn build(folder: &Path, s3: &S3Server, checksum: &str) -> Output {
    let path = format!("{}:{}", folder.join("bin").display(), std::env::var("PATH").unwrap());
    let mut command = Command::new("bash");
    command.args(["-c", &commands(folder)]).current_dir(folder.join("source")).env("PATH", path);
    command.env("EXECUTABLE", env!("CARGO_BIN_EXE_samstep")).env("TOOLS_BUCKET", "tools").env("TOOL_VERSION", "1.2.3");
    command.env("TOOL_SHA256", checksum).env("SAMSTEP_TEMPLATE_FILE", "template.yaml").env("SAMSTEP_KMS_KEY_ID", "");
    command.env("SAMSTEP_S3_BUCKET", "code").env("SAMSTEP_S3_PREFIX", "samstep");
    command.env("SAMSTEP_EXPECTED_BUCKET_OWNER", "111122223333").env("CODEBUILD_BUILD_ID", "package:1");
    command.env("AWS_ENDPOINT_URL", s3.url()).env("AWS_REGION", "us-east-1");
    command.env("AWS_ACCESS_KEY_ID", HOST.access_key).env("AWS_SECRET_ACCESS_KEY", HOST.secret_key);
    command.output().unwrap()
}

#[test]
fn the_project_packages_and_exports_its_variables_and_runs_no_other_executable() {
    let (folder, s3) = (tempfile::tempdir().unwrap(), S3Server::with_bucket("code"));
    let folder = folder.path();
    for name in ["bin", "source/src", "source/config"] {
        std::fs::create_dir_all(folder.join(name)).unwrap();
    }
    std::fs::write(folder.join("bin/aws"), AWS).unwrap();
    Command::new("chmod").arg("+x").arg(folder.join("bin/aws")).status().unwrap();
    std::fs::write(folder.join("source/src/app.py"), "pass\n").unwrap();
    std::fs::write(folder.join("source/config/prod.json"), "{}\n").unwrap();
    let template = "Resources: {F: {Type: AWS::Lambda::Function, Properties: {Code: src}}}\n";
    std::fs::write(folder.join("source/template.yaml"), template).unwrap();

    let refused = build(folder, &s3, &"0".repeat(64));
    assert!(!refused.status.success() && !folder.join("source/dist").exists(), "{refused:?}");

    let sum = Command::new("sha256sum").arg(env!("CARGO_BIN_EXE_samstep")).output().unwrap().stdout;
    let done = build(folder, &s3, std::str::from_utf8(&sum[..64]).unwrap());
    let (stdout, stderr) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success(), "{stderr}");
    assert!(stdout.contains("\nSTEP_UPLOADED=1\n"), "{stdout}");
    assert!(!stdout.contains("STEP_TEMPLATE_SHA256=\n"), "{stdout}");
    for name in ["packaged.yaml", "manifest.json", "config/prod.json"] {
        assert!(folder.join("source/dist").join(name).is_file(), "{name}: {stderr}");
    }
}
