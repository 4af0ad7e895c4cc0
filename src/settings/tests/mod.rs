//! Settings as they are meant, out of what was given.

mod refusals;

use super::{
    ActionSource, ActionTemplate, BucketChoice, Encryption, Line, Output, PackageSettings, Resolved, Source, Target,
    TemplateSource, UploadScope,
};
use crate::cli::{self, CommandName, Given, PARSES};
use crate::facts::{Environment, Failure};
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// A folder with files, in which settings are resolved.
struct Site {
    folder: TempDir,
    environment: Environment,
}

impl Site {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in [("template.yaml", "{}")].iter().chain(files) {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        Self { folder, environment: Environment::default() }
    }

    fn variable(mut self, name: &str, value: &str) -> Self {
        self.environment = self.environment.iter().chain([(name, value)]).collect();
        self
    }

    fn resolve(&self, line: &str) -> Result<Resolved<PackageSettings>, Failure> {
        let typed: Vec<OsString> = line.split_whitespace().map(OsString::from).collect();
        let typed = cli::typed(CommandName::Package, typed)?;
        PackageSettings::resolve(&Source::Line(Line { typed: &typed, folder: self.folder.path() }), &self.environment)
    }

    /// For an action whose input artifact is the folder.
    fn resolve_action(&self, properties: &[(&str, &str)], fixed: &[Given]) -> Result<PackageSettings, Failure> {
        let properties = cli::given_by_properties(CommandName::Package, properties.iter().copied())?;
        let root = self.folder.path();
        let path = &root.join("template.yaml");
        let action = ActionSource {
            command: CommandName::Package,
            fixed,
            properties: &properties,
            template: Some(ActionTemplate { path, root }),
            found: &[],
        };
        PackageSettings::resolve(&Source::Action(action), &self.environment).map(|resolved| resolved.settings)
    }

    fn settings(&self, line: &str) -> PackageSettings {
        self.resolve(line).unwrap_or_else(|failure| panic!("{line}: {}", failure.cause())).settings
    }

    fn refused(&self, line: &str) -> String {
        let failure = self.resolve(line).unwrap_err();
        assert_eq!(failure.kind.exit_code(), 2);
        let text = format!("{} | {}", failure.cause(), failure.problems[0].hint.as_deref().unwrap_or("-"));
        text.replace(&self.folder.path().display().to_string(), "")
    }
}

const CONFIG: &str = "\
version = 0.1
[default.global.parameters]
region = 'eu-west-1'
s3_prefix = 'global'
stack_name = 'x'
manifest = 'package.json'
[default.package.parameters]
s3_bucket = 'of-file'
s3_prefix = 'of-file'
use_json = true
metadata = { a = '1', b = 2 }
[default.deploy.parameters]
s3_bucket = 'of-deploy'
[live.package.parameters]
s3_bucket = 'of-live'
";

fn bucket_of(settings: &PackageSettings) -> Option<&str> {
    match &settings.targets[0].bucket {
        Some(BucketChoice::Named(name)) => Some(name),
        Some(BucketChoice::Managed) => Some("(managed)"),
        None => None,
    }
}

#[test]
fn nothing_given_is_the_default() {
    let site = Site::new(&[]);
    let settings = site.settings("");
    assert_eq!(settings.template, TemplateSource::Path(site.folder.path().join("template.yaml")));
    let target =
        Target { name: None, region: None, bucket: None, prefix: None, output: Output::Stdout, configuration: None };
    assert_eq!(settings.targets, [target]);
    assert_eq!((settings.objects.encryption, settings.keep_text), (None, false));
}

#[test]
fn a_flag_wins_over_a_variable_over_the_file_over_the_default() {
    let rows = [
        ("file", None, "", Some("of-file")),
        ("variable", Some("of-variable"), "", Some("of-variable")),
        ("flag", Some("of-variable"), "--s3-bucket of-flag", Some("of-flag")),
        ("another environment", None, "--config-env live", Some("of-live")),
        ("no file", None, "--config-file samconfig.toml -t other/template.yaml", None),
    ];
    for (name, variable, line, expected) in rows {
        let site = Site::new(&[("samconfig.toml", CONFIG), ("other/template.yaml", "{}")]);
        let site = variable.into_iter().fold(site, |site, value| site.variable("SAMSTEP_S3_BUCKET", value));
        assert_eq!(bucket_of(&site.settings(line)), expected, "{name}");
    }
}

#[test]
fn the_section_of_the_command_wins_over_the_global_one() {
    let site = Site::new(&[("samconfig.toml", CONFIG)]);
    let settings = site.settings("");
    assert_eq!(settings.targets[0].prefix.as_deref(), Some("of-file"));
    assert_eq!(settings.aws.region.as_deref(), Some("eu-west-1"));
    assert_eq!((settings.use_json, settings.manifest), (true, None));
    assert_eq!(
        settings.objects.metadata.into_iter().collect::<Vec<_>>(),
        [("a".into(), "1".into()), ("b".into(), "2".into())]
    );
    let settings = site.settings("--no-use-json --s3-prefix=");
    assert_eq!(
        (settings.use_json, &settings.targets[0].prefix),
        (false, &None),
        "an empty prefix overrides the file's"
    );
}

#[test]
fn the_file_lies_beside_the_template_that_was_typed() {
    let other = "[default.package.parameters]\ns3_bucket = 'of-other'\n";
    let files = [
        ("samconfig.toml", CONFIG),
        ("other/samconfig.toml", other),
        ("other/template.yaml", "{}"),
        ("other/c.yml", "default: {package: {parameters: {s3_bucket: of-c}}}"),
    ];
    let rows = [
        ("typed", "", "-t other/template.yaml", "of-other"),
        ("variable of sam", "other/template.yaml", "", "of-file"),
        ("defaulted", "", "", "of-file"),
        ("named file", "", "-t other/template.yaml --config-file c.yml", "of-c"),
        ("standard input", "", "-t -", "of-file"),
    ];
    for (name, variable, line, expected) in rows {
        let site = Site::new(&files).variable("SAM_TEMPLATE_FILE", variable);
        assert_eq!(bucket_of(&site.settings(line)), Some(expected), "{name}");
    }
}

#[test]
fn toml_is_read_before_yaml_before_yml() {
    let yaml = |name: &str| {
        format!(
            "version: 0.1\ndefault:\n  package:\n    parameters:\n      s3_bucket: {name}\n      metadata: {{a: x}}\n"
        )
    };
    let (first, second) = (yaml("of-yaml"), yaml("of-yml"));
    let all = [("samconfig.toml", CONFIG), ("samconfig.yaml", first.as_str()), ("samconfig.yml", second.as_str())];
    for (from, expected) in ["of-file", "of-yaml", "of-yml"].into_iter().enumerate() {
        assert_eq!(bucket_of(&Site::new(&all[from..]).settings("")), Some(expected));
    }
}

#[test]
fn any_version_and_an_empty_file_are_read() {
    let rows = [
        ("missing", ""),
        ("whole", "version = 1\n"),
        ("text", "version = '0.1'\n"),
        ("comment", "# x\n"),
        ("mark", "\u{feff}version = 0.1\n"),
    ];
    for (name, text) in rows {
        assert!(Site::new(&[("samconfig.toml", text)]).resolve("").is_ok(), "{name}");
    }
    assert!(Site::new(&[("samconfig.yaml", "")]).resolve("").is_ok());
}

#[test]
fn each_target_has_its_place_and_its_file() {
    let site = Site::new(&[("out/keep", ""), ("t.json", "{}")]);
    let two = "--target prod=eu-west-1/code-eu/app --target test=us-east-1/code-us --s3-prefix /mine/";
    let told = |line: &str| -> Vec<String> {
        let told = |target: &Target| {
            let (name, region) = (target.name.as_deref().unwrap_or("-"), target.region.as_deref().unwrap_or("-"));
            let bucket = match &target.bucket {
                Some(BucketChoice::Named(bucket)) => bucket,
                Some(BucketChoice::Managed) | None => "-",
            };
            let output = match &target.output {
                Output::File(path) => path.strip_prefix(site.folder.path()).unwrap().display().to_string(),
                Output::Stdout => "-".to_owned(),
            };
            format!("{name} {region} {bucket} {} {output}", target.prefix.as_deref().unwrap_or("-"))
        };
        site.settings(line).targets.iter().map(told).collect()
    };
    let rows: [(&str, &[&str]); 4] = [
        ("", &["prod eu-west-1 code-eu app packaged-prod.yaml", "test us-east-1 code-us mine packaged-test.yaml"]),
        (
            "--output-template-file out/x.yml",
            &["prod eu-west-1 code-eu app out/x-prod.yml", "test us-east-1 code-us mine out/x-test.yml"],
        ),
        (
            "--use-json --target a=eu-west-1/b",
            &[
                "prod eu-west-1 code-eu app packaged-prod.json",
                "test us-east-1 code-us mine packaged-test.json",
                "a eu-west-1 b mine packaged-a.json",
            ],
        ),
        (
            "-t t.json",
            &["prod eu-west-1 code-eu app packaged-prod.json", "test us-east-1 code-us mine packaged-test.json"],
        ),
    ];
    for (more, expected) in rows {
        assert_eq!(told(&format!("{two} {more}")), expected, "{more}");
    }
    assert_eq!(told("--target a=eu-west-1/b,c=eu-west-2/d").len(), 2);
    let settings = site.settings(&format!("{two} --region ap-south-1"));
    assert_eq!(settings.aws_for(&settings.targets[0]).region.as_deref(), Some("eu-west-1"));
}

#[test]
fn a_session_of_a_role_covers_all_prefixes_of_its_bucket() {
    let site = Site::new(&[]);
    let settings = site.settings("--target a=eu-west-1/b/p,c=eu-west-1/b/q,d=eu-west-2/e");
    let scope = |index: usize| settings.aws_for(&settings.targets[index]).upload_scope.unwrap();
    let shared = UploadScope { bucket: "b".to_owned(), prefixes: vec![Some("p".to_owned()), Some("q".to_owned())] };
    assert_eq!((scope(0), scope(1)), (shared.clone(), shared));
    assert_eq!(scope(2), UploadScope { bucket: "e".to_owned(), prefixes: vec![None] });
    let settings = site.settings("--resolve-s3");
    assert_eq!(settings.aws_for(&settings.targets[0]).upload_scope, None);
}

#[test]
fn what_is_given_further_up_hides_the_other_way_to_a_bucket() {
    let config = |values: &str| format!("[default.package.parameters]\n{values}");
    let (bucket, managed) = (config("s3_bucket = 'of-file'\n"), config("resolve_s3 = true\n"));
    let target = config("target = 'of-file=eu-west-1/b'\n");
    let both = config("target = 'of-file=eu-west-1/b'\ns3_bucket = 'b'\n");
    let global = format!("[default.global.parameters]\ns3_bucket = 'b'\n{target}");
    let rows = [
        ("target over a bucket of the file", &bucket, None, "--target typed=eu-west-1/b", "typed"),
        ("target over the managed bucket of the file", &managed, None, "--target typed=eu-west-1/b", "typed"),
        ("bucket over a target of the file", &target, None, "--s3-bucket b", "b"),
        ("variable over the file", &target, Some("b"), "", "b"),
        ("target over both", &both, Some("x"), "--target typed=eu-west-1/b", "typed"),
        ("the file alone", &target, None, "", "of-file"),
        ("the command's section over the global one", &global, None, "", "of-file"),
    ];
    for (name, file, variable, line, expected) in rows {
        let site = Site::new(&[("samconfig.toml", file)]);
        let site = variable.into_iter().fold(site, |site, value| site.variable("SAMSTEP_S3_BUCKET", value));
        let settings = site.settings(line);
        let found = settings.targets[0].name.as_deref().or_else(|| bucket_of(&settings));
        assert_eq!(found, Some(expected), "{name}");
    }
    let off = Site::new(&[("samconfig.toml", &target)]).variable("SAMSTEP_RESOLVE_S3", "false");
    assert_eq!(off.settings("").targets[0].name.as_deref(), Some("of-file"), "a switch that is off hides nothing");
    assert!(Site::new(&[("samconfig.toml", &both)]).refused("").starts_with("--target and --s3-bucket are both given"));
}

#[test]
fn encryption_is_what_the_two_flags_say() {
    let key = || Some("k".to_owned());
    let rows = [
        ("--sse aes256", Encryption::Aes256),
        ("--kms-key-id k", Encryption::Kms { key_id: key() }),
        ("--sse kms", Encryption::Kms { key_id: None }),
        ("--sse kms --kms-key-id k", Encryption::Kms { key_id: key() }),
        ("--sse kms-dsse --kms-key-id k", Encryption::KmsDsse { key_id: key() }),
        ("--sse bucket-default", Encryption::BucketDefault),
    ];
    for (line, expected) in rows {
        assert_eq!(Site::new(&[]).settings(line).objects.encryption, Some(expected), "{line}");
    }
    assert_eq!(Site::new(&[]).settings("").objects.encryption, None);
}

#[test]
fn paths_stay_as_typed_in_the_current_folder() {
    let typed = cli::typed(
        CommandName::Package,
        ["-t", "Cargo.toml", "--output-template-file", "out.yaml"].map(OsString::from),
    )
    .unwrap();
    let source = Source::Line(Line { typed: &typed, folder: Path::new("") });
    let settings = PackageSettings::resolve(&source, &Environment::default()).unwrap().settings;
    assert_eq!(settings.template, TemplateSource::Path("Cargo.toml".into()));
    assert_eq!(settings.targets[0].output, Output::File("out.yaml".into()));
}

#[test]
fn a_run_parses_its_arguments_twice_at_most() {
    let targets = "[default.package.parameters]\ntarget = ['a=eu-west-1/a', 'b=eu-west-2/b', 'c=eu-west-3/c', \
                   'd=us-east-1/d']\n[a.deploy.parameters]\ntags = 'x=y'\n";
    let site = Site::new(&[("samconfig.toml", targets)]).variable("SAMSTEP_S3_PREFIX", "app");
    PARSES.set(0);
    let settings = site.settings("--use-json");
    assert_eq!((settings.targets.len(), PARSES.get()), (4, 2));
    assert!(settings.targets[0].configuration.is_some());
    PARSES.set(0);
    site.resolve_action(&[("Target", "a=eu-west-1/a")], &[]).unwrap();
    assert_eq!(PARSES.get(), 1, "the properties of a job are not typed");
}

#[test]
fn a_samconfig_in_an_artifact_sets_what_the_author_may_set_and_no_more() {
    let text = "[default.package.parameters]\ns3_bucket = 'of-file'\nregion = 'xx-east-9'\nexternal_id = 'x'\n\
                assume_role_arn = 'arn:aws:iam::1:role/committed'\nendpoint_url = 'https://committed'\ndry_run = true\n\
                manifest = 'm.json'\noutput_template_file = 'o.yaml'\noutput_json = 'o.json'\ns3_prefix = 'of-file'\n\
                use_json = true\nsse = 'aes256'\n";
    let site = Site::new(&[("samconfig.toml", text)])
        .variable("SAMSTEP_S3_BUCKET", "of-host")
        .variable("SAMSTEP_MANIFEST", "of-host.json")
        .variable("SAMSTEP_DRY_RUN", "true")
        .variable("SAMSTEP_DIGEST", "sha256");
    let settings = site.resolve_action(&[], &[]).unwrap();
    let target = &settings.targets[0];
    assert_eq!(
        (bucket_of(&settings), target.prefix.as_deref(), &target.output),
        (None, Some("of-file"), &Output::Stdout)
    );
    assert_eq!((settings.dry_run, settings.use_json, settings.manifest.clone()), (false, true, None));
    assert_eq!((settings.other_files.len(), settings.digest), (0, crate::package::DigestRule::Sha256));
    assert_eq!(settings.aws, super::AwsSettings::default());
    assert_eq!(settings.objects.encryption, Some(Encryption::Aes256));
}

#[test]
fn what_an_operator_fixes_holds_whatever_else_is_given() {
    let fixed = |line: &str| -> Vec<Given> {
        let line = format!("samstep job --job-file - {line}");
        let line = line.split_whitespace().map(OsString::from);
        match cli::parse(line, &Environment::default()).unwrap() {
            cli::Parsed::Run(cli::Command::Job(job)) => job.allow.fixed,
            other => panic!("{other:?}"),
        }
    };
    let text = "[default.package.parameters]\nsse = 'aes256'\nkms_key_id = 'of-file'\ndigest = 'sam'\n\
                expected_bucket_owner = '999999999999'\n";
    let site = Site::new(&[("samconfig.toml", text)]).variable("SAMSTEP_KMS_KEY_ID", "of-host");
    let line = "--require-sse kms --require-digest sha256 --require-expected-bucket-owner 111122223333";
    let settings = site.resolve_action(&[], &fixed(line)).unwrap();
    let key_id = Some("of-host".to_owned());
    assert_eq!(settings.objects.encryption, Some(Encryption::Kms { key_id }));
    assert_eq!(settings.digest, crate::package::DigestRule::Sha256);
    assert_eq!(settings.objects.expected_bucket_owner.as_deref(), Some("111122223333"));
    let refused = |property: &str| {
        let properties = cli::given_by_properties(CommandName::Package, [(property, "x")].into_iter()).unwrap();
        let failure = cli::check_not_fixed(&properties, &fixed(line)).unwrap_err();
        format!("{} | {}", failure.cause(), failure.problems[0].hint.as_deref().unwrap())
    };
    insta::assert_snapshot!(refused("Sse"), @"the action configuration sets Sse, which the worker fixes for all jobs | leave it out; the operator of the worker sets it with --require-sse");
    insta::assert_snapshot!(refused("KmsKeyId"), @"the action configuration sets KmsKeyId, which the worker fixes for all jobs | leave it out; the operator of the worker sets it with --require-sse");
    insta::assert_snapshot!(refused("Digest"), @"the action configuration sets Digest, which the worker fixes for all jobs | leave it out; the operator of the worker sets it with --require-digest");
    insta::assert_snapshot!(refused("ExpectedBucketOwner"), @"the action configuration sets ExpectedBucketOwner, which the worker fixes for all jobs | leave it out; the operator of the worker sets it with --require-expected-bucket-owner");
}
