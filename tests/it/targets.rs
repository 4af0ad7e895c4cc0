//! `--target`: one pass over the sources, objects in the buckets of several regions, a packaged template for each.

use crate::run::{Run, samstep};
use crate::s3_server::{Recorded, S3Server};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const TWO: [&str; 4] = ["--target", "prod=eu-west-1/code-eu/app", "--target", "us_east=us-east-1/code-us"];

/// A copy of the realistic application, and a bucket in each of two regions.
struct Desk {
    folder: tempfile::TempDir,
    server: S3Server,
}

impl Desk {
    fn new() -> Self {
        let (folder, server) = (tempfile::tempdir().unwrap(), S3Server::with_bucket("code-eu"));
        server.bucket("code-us");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/orders");
        let copied = std::process::Command::new("cp").arg("-a").arg(source.join(".")).arg(folder.path()).status();
        assert!(copied.unwrap().success());
        for file in ["packaged.yaml", "samconfig.toml"] {
            fs::remove_file(folder.path().join(file)).unwrap();
        }
        Self { folder, server }
    }

    fn run(&self, flags: &[&str]) -> Run {
        samstep(["package"].iter().chain(flags)).at(self.folder.path()).against(&self.server)
    }

    fn file(&self, name: &str, content: &str) {
        fs::write(self.path(name), content).unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    fn keys(&self, bucket: &str) -> Vec<String> {
        self.server.objects(bucket).into_keys().collect()
    }

    /// What lies in the folder beside what was there.
    fn written(&self) -> Vec<String> {
        let names = fs::read_dir(self.folder.path()).unwrap().map(|it| it.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = names.filter(|name| name.contains("packaged") || name.starts_with('.')).collect();
        names.sort();
        names
    }
}

/// The region that a request was signed for.
fn region(request: &Recorded) -> String {
    let scope = request.header("authorization").split("Credential=").nth(1).unwrap_or("");
    scope.split('/').nth(2).unwrap_or("").to_owned()
}

fn locations(template: &str) -> BTreeSet<&str> {
    template.split(['\'', '"', ' ', '\n']).filter(|word| word.starts_with("s3://")).collect()
}

#[test]
fn two_regions_get_their_objects_and_templates_in_one_pass() {
    let desk = Desk::new();
    let ended = desk.run(&[&TWO[..], &["--manifest", "manifest.json"]].concat()).end().ok();
    let (eu, us) = (desk.keys("code-eu"), desk.keys("code-us"));
    let is_code = |key: &&String| !key.ends_with(".template");
    let code: Vec<_> = us.iter().filter(is_code).map(|key| format!("app/{key}")).collect();
    assert_eq!(eu.iter().filter(is_code).cloned().collect::<Vec<_>>(), code, "the same archives");
    assert_eq!((eu.len(), us.len()), (8, 8));
    for key in us.iter().filter(is_code) {
        let same = desk.server.objects("code-us")[key] == desk.server.objects("code-eu")[&format!("app/{key}")];
        assert!(same, "{key}");
    }
    assert_eq!(desk.written(), ["packaged-prod.yaml", "packaged-us_east.yaml"]);
    for (file, prefix) in [("packaged-prod.yaml", "s3://code-eu/app/"), ("packaged-us_east.yaml", "s3://code-us/")] {
        let packaged = desk.read(file);
        let locations = locations(&packaged);
        assert!(!locations.is_empty() && locations.iter().all(|it| it.starts_with(prefix)), "{locations:?}");
    }
    for request in desk.server.requests() {
        let expected = if request.path.starts_with("/code-eu") { "eu-west-1" } else { "us-east-1" };
        assert_eq!(region(&request), expected, "{request:?}");
    }
    let named = ended.stdout.lines().map(|line| line.rsplit_once(' ').unwrap().1).collect::<Vec<_>>();
    assert_eq!(named, ["packaged-prod.yaml.", "packaged-us_east.yaml."]);
    let manifest: Value = serde_json::from_str(&desk.read("manifest.json")).unwrap();
    let targets = manifest["artifacts"].as_array().unwrap().iter().map(|it| it["target"].as_str().unwrap());
    assert_eq!(targets.collect::<BTreeSet<_>>(), BTreeSet::from(["prod", "us_east"]));
    assert!(
        ended.stderr.ends_with("Packaged 8 artifacts for 2 targets: 16 uploaded (12.3 kB), 0 unchanged\n"),
        "{}",
        ended.stderr
    );
    assert!(ended.stdout.contains("packaged-prod.yaml") && ended.stdout.contains("packaged-us_east.yaml"));
}

#[test]
fn what_one_bucket_has_is_uploaded_to_the_other_alone() {
    let desk = Desk::new();
    desk.run(&["--s3-bucket", "code-us", "--output-template-file", "packaged.yaml"]).end().ok();
    let single = desk.read("packaged.yaml");
    desk.server.forget_requests();
    let env = desk.path("step.env");
    let ended = desk.run(&TWO).env("SAMSTEP_OUTPUT_ENV", &env).end().ok();
    assert!(desk.server.writes().iter().all(|write| write.contains("/code-eu/app/")), "{:?}", desk.server.writes());
    assert!(ended.stderr.ends_with("8 uploaded (6.1 kB), 8 unchanged\n"), "{}", ended.stderr);
    assert_eq!(desk.read("packaged-us_east.yaml"), single, "as if it were packaged for that bucket alone");
    let values = fs::read_to_string(env).unwrap();
    for name in ["STEP_TEMPLATE_FILE_PROD", "STEP_TEMPLATE_SHA256_US_EAST", "STEP_BUCKET='code-eu,code-us'"] {
        assert!(values.contains(name), "{values}");
    }
}

#[test]
fn targets_in_one_place_are_one_upload() {
    let desk = Desk::new();
    desk.run(&["--target", "a=eu-west-1/code-eu,b=eu-west-1/code-eu"]).end().ok();
    assert_eq!((desk.server.writes().len(), desk.keys("code-eu").len()), (8, 8));
    assert_eq!(desk.read("packaged-a.yaml"), desk.read("packaged-b.yaml"));
}

#[test]
fn a_bucket_that_is_missing_leaves_no_template_at_all() {
    let desk = Desk::new();
    let ended = desk.run(&["--target", "a=eu-west-1/code-eu", "--target", "b=eu-west-1/none"]).end();
    assert_eq!(ended.code, 2, "{}", ended.stderr);
    assert!(ended.cause().contains("none"), "{}", ended.stderr);
    assert_eq!(desk.written(), [""; 0]);
}

#[test]
fn several_templates_do_not_go_to_standard_output() {
    let desk = Desk::new();
    let ended = desk.run(&[&TWO[..], &["--output-template-file", "-"]].concat()).end();
    assert_eq!(
        (ended.code, ended.cause()),
        (2, "error: standard output takes one packaged template, and there are several")
    );
    let one = desk.run(&["--target", "a=eu-west-1/code-eu", "--output-template-file", "-"]).end().ok();
    assert!(one.stdout.contains("s3://code-eu/"), "{}", one.stdout);
}

#[test]
fn a_preview_lists_the_objects_of_every_target() {
    let desk = Desk::new();
    let ended = desk.run(&[&TWO[..], &["--dry-run"]].concat()).end().ok();
    assert_eq!(ended.stdout.lines().filter(|line| line.contains("  s3://code-eu/app/")).count(), 8);
    assert_eq!(ended.stdout.lines().filter(|line| line.contains("  s3://code-us/")).count(), 8);
    assert_eq!((desk.server.requests().len(), desk.written()), (0, vec![]));
}

#[test]
fn a_job_packages_for_the_targets_of_its_options() {
    let desk = Desk::new();
    let options = r#"Options={"Target": ["prod=eu-west-1/code-eu/app", "us_east=us-east-1/code-us"]}"#;
    let ended = samstep(["rehearse", ".", "--configuration", options]).at(desk.folder.path()).end().ok();
    let output = desk.path("rehearsal");
    let packaged = |name: &str| fs::read_to_string(output.join("PackagedArtifact").join(name)).unwrap();
    assert!(locations(&packaged("packaged-prod.yaml")).iter().all(|it| it.starts_with("s3://code-eu/app/")));
    assert!(packaged("packaged-prod.yaml").contains("https://s3.eu-west-1.amazonaws.com/code-eu/app/"));
    assert!(packaged("packaged-us_east.yaml").contains("https://s3.us-east-1.amazonaws.com/code-us/"));
    for bucket in ["code-eu/app", "code-us"] {
        assert_eq!(fs::read_dir(output.join("buckets").join(bucket)).unwrap().count(), 8, "{bucket}");
    }
    let result: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(result["outputVariables"]["TemplateFile_prod"], "packaged-prod.yaml");
    assert_eq!(result["outputVariables"]["Bucket"], "code-eu,code-us");
}

const DEPLOY: &str = "\
[prod.deploy.parameters]
parameter_overrides = 'Stage=prod PaymentsAccount=\"098765432109\"'
tags = 'service=orders'
[staging.deploy.parameters]
parameter_overrides = 'Stage=staging'
";

#[test]
fn each_target_gets_the_template_configuration_that_is_given_or_that_deploy_would_find() {
    let desk = Desk::new();
    desk.file("samconfig.toml", DEPLOY);
    let three = ["--target", "prod=eu-west-1/code-eu,staging=eu-west-1/code-eu,bare=us-east-1/code-us"];
    let configuration = ["--template-configuration", "staging=config/staging.json"];
    desk.run(&[&three[..], &configuration].concat()).end().ok();
    assert_eq!(
        desk.read("packaged-prod.config.json"),
        "{\n  \"Parameters\": {\n    \"PaymentsAccount\": \"098765432109\",\n    \"Stage\": \"prod\"\n  },\n  \"Tags\": {\n    \"service\": \"orders\"\n  }\n}\n"
    );
    assert_eq!(desk.read("packaged-staging.config.json"), desk.read("config/staging.json"));
    let expected = [
        "packaged-bare.yaml",
        "packaged-prod.config.json",
        "packaged-prod.yaml",
        "packaged-staging.config.json",
        "packaged-staging.yaml",
    ];
    assert_eq!(desk.written(), expected);
}

#[test]
fn one_packaged_template_has_its_template_configuration_beside_it_too() {
    let desk = Desk::new();
    let flags = ["--s3-bucket", "code-eu", "--template-configuration", "config/prod.json"];
    desk.run(&[&flags[..], &["--output-template-file", "packaged.yaml"]].concat()).end().ok();
    assert_eq!(desk.read("packaged.config.json"), desk.read("config/prod.json"));
    let ended = desk.run(&flags).end();
    let cause = "error: a template configuration is written beside the packaged template, which needs a file for that";
    assert_eq!((ended.code, ended.cause()), (2, cause));
    desk.file("samconfig.toml", DEPLOY);
    let made = ["--target", "prod=eu-west-1/code-eu", "--output-template-file", "-"];
    let ended = desk.run(&made).end();
    assert_eq!((ended.code, ended.cause()), (2, cause), "one that is made is not dropped either");
    desk.run(&[&made[..], &["--template-configuration", "prod="]].concat()).end().ok();
}

#[test]
fn a_template_configuration_that_does_not_fit_ends_the_run_before_any_upload() {
    let desk = Desk::new();
    desk.file("samconfig.toml", &DEPLOY.replace("Stage=staging", "Stage=test Stagee=x"));
    desk.file("config/bad.json", r#"{"Parameters": {"PaymentAccount": "1"}}"#);
    let targets = ["--target", "prod=eu-west-1/code-eu,staging=us-east-1/code-us"];
    let ended = desk.run(&[&targets[..], &["--template-configuration", "prod=config/bad.json"]].concat()).end();
    assert_eq!(ended.code, 2, "{}", ended.stderr);
    for problem in ["no parameter PaymentAccount", "the parameter Stage is not one of", "no parameter Stagee"] {
        assert!(ended.stderr.contains(problem), "{problem}: {}", ended.stderr);
    }
    let rows = [
        (&["other=config/prod.json"][..], "there is no target other"),
        (&["prod=a.json", "--template-configuration", "prod=b.json"], "is given twice for prod"),
        (&["config/none.json"], "config/none.json cannot be read"),
    ];
    for (flags, message) in rows {
        let ended = desk.run(&[&targets[..], &["--template-configuration"], flags].concat()).end();
        assert!(ended.code == 2 && ended.stderr.contains(message), "{message}: {}", ended.stderr);
    }
    assert_eq!((desk.server.requests().len(), desk.written()), (0, vec![]));
}

#[test]
fn a_secret_of_a_samconfig_is_written_nowhere() {
    let (desk, secret) = (Desk::new(), "correct-horse-battery");
    let template = desk.read("template.yaml");
    let declared = "Parameters:\n  Password:\n    Type: String\n    NoEcho: true\n";
    desk.file("template.yaml", &template.replacen("Parameters:\n", declared, 1));
    desk.file("samconfig.toml", &DEPLOY.replace("Stage=prod", &format!("Stage=prod Password={secret}")));
    let flags = ["--target", "prod=eu-west-1/code-eu", "--debug", "--manifest", "manifest.json"];
    let ended = desk.run(&flags).end().ok();
    let configuration = desk.read("packaged-prod.config.json");
    assert!(configuration.contains("\"Stage\"") && !configuration.contains("Password"), "{configuration}");
    assert!(ended.stderr.contains("Password"), "a warning names it: {}", ended.stderr);
    for text in
        [&ended.stdout, &ended.stderr, &configuration, &desk.read("packaged-prod.yaml"), &desk.read("manifest.json")]
    {
        assert!(!text.contains(secret), "{text}");
    }
}

#[test]
fn a_job_hands_on_the_template_configurations_of_its_targets() {
    let desk = Desk::new();
    desk.file("samconfig.toml", DEPLOY);
    let options = r#"Options={"Target": ["prod=eu-west-1/code-eu"]}"#;
    let ended = samstep(["rehearse", ".", "--configuration", options]).at(desk.folder.path()).end().ok();
    let artifact = desk.path("rehearsal/PackagedArtifact");
    let names = fs::read_dir(&artifact).unwrap().map(|it| it.unwrap().file_name().into_string().unwrap());
    let names: BTreeSet<_> = names.collect();
    let expected = ["manifest.json", "packaged-prod.config.json", "packaged-prod.yaml", "step-outputs.json"];
    assert_eq!(names, expected.map(str::to_owned).into());
    let configuration = fs::read_to_string(artifact.join("packaged-prod.config.json")).unwrap();
    assert!(configuration.contains("\"Stage\": \"prod\""), "{configuration}");
    let result: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(result["outputVariables"]["TemplateConfiguration_prod"], "packaged-prod.config.json");
}

#[test]
fn a_samconfig_in_an_artifact_chooses_no_bucket() {
    for key in ["s3_bucket = 'other'", "target = ['prod=eu-west-1/other']", "resolve_s3 = true"] {
        let desk = Desk::new();
        desk.file("samconfig.toml", &format!("[default.package.parameters]\n{key}\n"));
        samstep(["rehearse", "."]).at(desk.folder.path()).end().ok();
        let buckets = fs::read_dir(desk.path("rehearsal/buckets")).unwrap();
        let buckets: Vec<_> = buckets.map(|it| it.unwrap().file_name().into_string().unwrap()).collect();
        assert_eq!(buckets, ["pipeline-artifacts"], "{key}");
    }
}

#[test]
fn only_what_the_run_writes_is_left_out_of_archives() {
    let desk = Desk::new();
    desk.file("template.yaml", &crate::bad_case::function("."));
    desk.file("app.config.json", "{}");
    let manifest = |flags: &[&str]| {
        desk.run(&[&["--s3-bucket", "code-eu", "--manifest", "m.json"], flags].concat()).end().ok();
        let manifest: Value = serde_json::from_str(&desk.read("m.json")).unwrap();
        manifest["artifacts"][0]["digest"].as_str().unwrap().to_owned()
    };
    let (alone, beside) = (manifest(&[]), manifest(&["--output-template-file", "app.yaml"]));
    assert_eq!(alone, beside, "app.config.json is the user's own");
}

#[test]
fn a_template_configuration_of_an_earlier_run_does_not_stay() {
    let desk = Desk::new();
    desk.file("samconfig.toml", DEPLOY);
    let targets = ["--target", "prod=eu-west-1/code-eu"];
    desk.run(&targets).end().ok();
    assert!(desk.path("packaged-prod.config.json").is_file());
    let ended = desk.run(&[&targets[..], &["--template-configuration", "prod="]].concat()).end().ok();
    assert!(ended.stderr.contains("Removed packaged-prod.config.json"), "{}", ended.stderr);
    assert_eq!(desk.written(), ["packaged-prod.yaml"]);
}

#[test]
fn no_file_is_written_twice() {
    let desk = Desk::new();
    let targets = ["--target", "prod=eu-west-1/code-eu"];
    let rows = [
        ["--manifest", "packaged-prod.yaml"],
        ["--manifest", "./packaged-prod.config.json"],
        ["--output-json", "packaged-prod.yaml"],
    ];
    for row in rows {
        let ended = desk.run(&[&targets[..], &row].concat()).end();
        assert_eq!(ended.code, 2, "{row:?}: {}", ended.stderr);
        assert!(ended.cause().contains("would be written twice"), "{row:?}: {}", ended.stderr);
    }
    desk.run(&[&targets[..], &["--manifest", "/dev/null", "--output-json", "/dev/null"]].concat()).end().ok();
}
