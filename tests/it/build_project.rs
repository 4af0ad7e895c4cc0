//! The commands of `pipeline/codebuild.yaml`, of the Commands action of `pipeline/codepipeline.yaml`, and of the examples in
//! `pipeline/README.md`, run as a build runs them: one shell, the variables of the project.

use crate::s3_server::{HOST, S3Server};
use std::path::Path;
use std::process::{Command, Output};

/// Stands for `aws s3 cp`: the file in the bucket of tools is this executable.
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

/// The buildspec of the project that packages, the second of the two.
fn of_the_project() -> String {
    let template: serde_yaml::Value = serde_yaml::from_str(&file("pipeline/codebuild.yaml")).unwrap();
    let serde_yaml::Value::Tagged(by_condition) =
        &template["Resources"]["Project"]["Properties"]["Source"]["BuildSpec"]
    else {
        panic!("one buildspec")
    };
    by_condition.value[2].as_str().unwrap().to_owned()
}

/// The block of code of a page that starts with these words, with a checksum in its place.
fn of_the_page(page: &str, start: &str, checksum: &str) -> String {
    let page = file(page);
    let block = page.split("```yaml\n").find(|block| block.starts_with(start)).unwrap();
    block.split("```").next().unwrap().replace("SHA256_OF_THE_EXECUTABLE", checksum)
}

/// What a build runs, and the variables that it hands on.
struct Build {
    commands: Vec<String>,
    exported: Vec<String>,
}

fn strings(value: &serde_yaml::Value) -> Vec<String> {
    let untagged = |it: &serde_yaml::Value| match it {
        serde_yaml::Value::Tagged(tagged) => tagged.value.as_str().unwrap().to_owned(),
        it => it.as_str().unwrap().to_owned(),
    };
    value.as_sequence().into_iter().flatten().map(untagged).collect()
}

impl Build {
    fn of_buildspec(buildspec: &str) -> Self {
        let build: serde_yaml::Value = serde_yaml::from_str(buildspec).unwrap();
        let commands = ["install", "build"].iter().flat_map(|phase| strings(&build["phases"][*phase]["commands"]));
        Self { commands: commands.collect(), exported: strings(&build["env"]["exported-variables"]) }
    }

    fn of_action(action: &serde_yaml::Value) -> Self {
        Self { commands: strings(&action["Commands"]), exported: strings(&action["OutputVariables"]) }
    }

    /// One script, with a folder of the test in the place of /tmp.
    fn script(&self, folder: &Path) -> String {
        let exported: Vec<_> = self.exported.iter().map(|name| format!("echo {name}=${name}")).collect();
        // CodeBuild ends a phase at the first command that fails.
        format!("set -e\n{}\n{}", self.commands.join("\n"), exported.join("\n"))
            .replace("/tmp/", &format!("{}/", folder.display()))
    }
}

fn build(buildspec: &str, folder: &Path, s3: &S3Server, checksum: &str) -> Output {
    run(&Build::of_buildspec(buildspec), folder, s3, checksum)
}

fn run(build: &Build, folder: &Path, s3: &S3Server, checksum: &str) -> Output {
    let path = format!("{}:{}", folder.join("bin").display(), std::env::var("PATH").unwrap());
    let mut command = Command::new("bash");
    command.args(["-c", &build.script(folder)]).current_dir(folder.join("source")).env("PATH", path);
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
    program(folder, "aws", AWS);
    std::fs::write(folder.join("source/src/app.py"), "pass\n").unwrap();
    std::fs::write(folder.join("source/config/prod.json"), "{}\n").unwrap();
    let template = "Resources: {F: {Type: AWS::Lambda::Function, Properties: {Code: src}}}\n";
    std::fs::write(folder.join("source/template.yaml"), template).unwrap();
    project
}

fn program(folder: &Path, name: &str, text: &str) {
    let path = folder.join("bin").join(name);
    std::fs::write(&path, text).unwrap();
    assert!(Command::new("chmod").arg("+x").arg(path).status().unwrap().success());
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
fn the_buildspec_of_the_pipeline_readme_packages_and_runs_no_other_executable() {
    let (project, s3) = (project(), S3Server::with_bucket("my-code"));
    let folder = project.path();
    let of_the_readme = |sum: &str| of_the_page("pipeline/README.md", "version: 0.2", sum);
    let refused = build(&of_the_readme(&"0".repeat(64)), folder, &s3, "");
    assert!(!refused.status.success() && !folder.join("source/packaged.yaml").exists(), "{refused:?}");
    let done = build(&of_the_readme(&checksum()), folder, &s3, "");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let packaged = std::fs::read_to_string(folder.join("source/packaged.yaml")).unwrap();
    assert!(packaged.contains(r#""S3Bucket": "my-code", "S3Key": "samstep/orders/"#), "{packaged}");
}

/// The Commands action of the whole pipeline, with values for its parameters.
fn of_the_pipeline(checksum: &str) -> Build {
    let template: serde_yaml::Value = serde_yaml::from_str(&file("pipeline/codepipeline.yaml")).unwrap();
    let stages = template["Resources"]["Pipeline"]["Properties"]["Stages"].as_sequence().unwrap();
    let mut action = &stages.iter().find(|it| it["Name"] == "Package").unwrap()["Actions"][0];
    while let serde_yaml::Value::Tagged(tagged) = action {
        let choice = &tagged.value;
        action = if choice[0] == "OnCommands" { &choice[1] } else { &choice[2] };
    }
    let mut build = Build::of_action(action);
    let values = [
        ("ToolsBucket", "my-tools"),
        ("SamstepVersion", "1.2.3"),
        ("SamstepSha256", checksum),
        ("TemplateFile", "template.yaml"),
        ("CodeBucket", "my-code"),
        ("CodePrefix", "samstep"),
        ("DeployedStack", "orders"),
        ("KeyArn", "arn:aws:kms:us-east-1:111122223333:key/0"),
    ];
    for command in &mut build.commands {
        *command =
            values.iter().fold(command.clone(), |text, (name, value)| text.replace(&format!("${{{name}}}"), value));
        assert!(!command.contains("${"), "{command}");
    }
    build
}

#[test]
fn the_commands_actions_package_and_run_no_other_executable() {
    let of_the_readme = |sum: &str| {
        let block = of_the_page(
            "pipeline/README.md",
            "- Name: Package\n  Namespace: Packaged\n  ActionTypeId: { Category: Compute",
            sum,
        );
        Build::of_action(&serde_yaml::from_str::<serde_yaml::Value>(&block).unwrap()[0])
    };
    for (name, action) in [("template", &of_the_pipeline as &dyn Fn(&str) -> Build), ("readme", &of_the_readme)] {
        let (project, s3) = (project(), S3Server::with_bucket("my-code"));
        let folder = project.path();
        let refused = run(&action(&"0".repeat(64)), folder, &s3, "");
        assert!(!refused.status.success() && !folder.join("source/packaged.yaml").exists(), "{name} {refused:?}");
        let done = run(&action(&checksum()), folder, &s3, "");
        let (stdout, stderr) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
        assert!(done.status.success(), "{name} {stderr}");
        assert!(
            stdout.contains("\nSTEP_UPLOADED=1\n") && !stdout.contains("STEP_TEMPLATE_SHA256=\n"),
            "{name} {stdout}"
        );
        let packaged = std::fs::read_to_string(folder.join("source/packaged.yaml")).unwrap();
        assert!(packaged.contains(r#""S3Bucket": "my-code", "S3Key": "samstep/orders/"#), "{name} {packaged}");
    }
}

#[test]
fn a_download_that_hangs_may_be_tried_again_and_one_that_is_refused_may_not() {
    for (code, expected) in [(124, 75), (1, 1)] {
        let (project, s3) = (project(), S3Server::with_bucket("code"));
        // Stands for `timeout`, which ends with 124 when the time is over, and with the code of the command otherwise.
        program(project.path(), "timeout", &format!("#!/bin/sh\nexit {code}\n"));
        let ended = build(&of_the_project(), project.path(), &s3, &checksum());
        assert_eq!(ended.status.code(), Some(expected), "{ended:?}");
    }
}
