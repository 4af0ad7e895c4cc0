use super::{BucketChoice, Encryption, Output, PackageSettings, Resolved, Surroundings, Target, TemplateSource};
use crate::cli::{self, Environment};
use crate::event::Warning;
use crate::failure::Failure;
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
        Self { folder, environment: Environment::new() }
    }

    fn variable(mut self, name: &str, value: &str) -> Self {
        self.environment.insert(name.to_owned(), value.to_owned());
        self
    }

    fn resolve(&self, line: &str) -> Result<Resolved, Failure> {
        let typed: Vec<OsString> = line.split_whitespace().map(OsString::from).collect();
        let surroundings = Surroundings { folder: self.folder.path(), environment: &self.environment, root: None };
        PackageSettings::resolve(&cli::package_arguments(typed)?, surroundings)
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
    assert_eq!((settings.objects.encryption, settings.progress), (Encryption::Aes256, true));
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
fn a_configuration_file_that_cannot_be_meant_is_refused() {
    let refused = |text: &str, line: &str| Site::new(&[("samconfig.toml", text)]).refused(line);
    insta::assert_snapshot!(refused(CONFIG, "--config-env prod"), @"/samconfig.toml has no environment `prod` | it has: default, live");
    insta::assert_snapshot!(refused(CONFIG, "--config-env version"), @"/samconfig.toml has no environment `version` | it has: default, live");
    insta::assert_snapshot!(refused("[default.package.parameters]\ns3_bucket = true\n", ""), @"/samconfig.toml:2:13: `s3_bucket` in /samconfig.toml is true or false, and must be a text | -");
    insta::assert_snapshot!(refused("[default.package.parameters]\ns3_bucket = ['a']\n", ""), @"/samconfig.toml:2:13: `s3_bucket` in /samconfig.toml is a list, and must be a text | -");
    insta::assert_snapshot!(refused("[default.package.parameters]\nuse_json = 'perhaps'\n", ""), @"/samconfig.toml:2:12: use_json: `perhaps` is not true or false | see samstep package --help");
    insta::assert_snapshot!(refused("[default.package.parameters]\ndigest = 'md4'\n", ""), @"/samconfig.toml:2:10: digest: invalid value 'md4' for '--digest <RULE>' [possible values: sam, sha256] | see samstep package --help");
    insta::assert_snapshot!(refused("[default.package]\nparameters = 1\n", ""), @"/samconfig.toml:2:14: `parameters` in /samconfig.toml is a number, and must be a table | -");
    insta::assert_snapshot!(refused("[default.package.parameters]\ns3_bucket = \n", ""), @"/samconfig.toml:2:13: the configuration file /samconfig.toml is not TOML: string values must be quoted, expected literal string | -");
    insta::assert_snapshot!(refused("", "--config-file none.toml"), @"the configuration file /none.toml cannot be read: No such file or directory (os error 2) | a relative --config-file starts at the folder of --template-file");
    insta::assert_snapshot!(refused("", "--config-file template.json"), @"the configuration file /template.json cannot be read: No such file or directory (os error 2) | a relative --config-file starts at the folder of --template-file");
    insta::assert_snapshot!(Site::new(&[("samconfig.yaml", "a: [")]).refused(""), @"/samconfig.yaml:1:5: the configuration file /samconfig.yaml is not YAML: did not find expected node content, while parsing a flow node | -");
    insta::assert_snapshot!(Site::new(&[("samconfig.yaml", "default: {package: {parameters: {s3_bucket: [a]}}}")]).refused(""), @"`s3_bucket` in /samconfig.yaml is a list, and must be a text | -");
    insta::assert_snapshot!(Site::new(&[]).variable("SAMSTEP_CONFIG_ENV", "prod").resolve("").is_ok(), @"true");
}

#[test]
fn an_unknown_key_is_a_warning_with_the_nearest() {
    let text = "[default.package.parameters]\ns3-bucket = 'x'\ns3_bukket = 'x'\nimage_repositories = ['x']\nqqq = 1\n";
    let warnings = Site::new(&[("samconfig.toml", text)]).resolve("").unwrap().warnings;
    let keys: Vec<_> = warnings
        .iter()
        .map(|warning| match warning {
            Warning::UnknownConfigurationKey { key, nearest, .. } => (key.as_str(), nearest.as_deref()),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(keys, [("s3-bucket", Some("s3_bucket")), ("s3_bukket", Some("s3_bucket")), ("qqq", None)]);
}

#[test]
fn code_that_should_be_signed_is_not_packaged_unsigned() {
    let packaged = |text: &str| {
        let site = Site::new(&[("samconfig.toml", text)]);
        site.resolve("").map_or_else(|_| site.refused(""), |_| "packaged".to_owned())
    };
    insta::assert_snapshot!(packaged("[default.package.parameters]\nsigning_profiles = 'F=p'\n"), @"/samconfig.toml:2:1: `signing_profiles` in /samconfig.toml is not supported: code is not signed by samstep | take it out to package unsigned code");
    insta::assert_snapshot!(packaged("[default.global.parameters]\nsigning_profiles = ['F=p', 'G=p:111122223333']\n"), @"/samconfig.toml:2:1: `signing_profiles` in /samconfig.toml is not supported: code is not signed by samstep | take it out to package unsigned code");
    assert_eq!(packaged("[default.package.parameters]\nsigning_profiles = []\n"), "packaged");
    assert_eq!(packaged("[default.package.parameters]\nsigning_profiles = ''\n"), "packaged");
    assert_eq!(packaged("[default.deploy.parameters]\nsigning_profiles = 'F=p'\n"), "packaged");
    let site = Site::new(&[("samconfig.yaml", "default: {package: {parameters: {signing_profiles: F=p}}}")]);
    insta::assert_snapshot!(site.refused(""), @"`signing_profiles` in /samconfig.yaml is not supported: code is not signed by samstep | take it out to package unsigned code");
}

#[test]
fn values_beside_the_table_of_the_values_are_a_warning() {
    let text = "[default.package]\ns3_bucket = 'b'\nmetadata = { a = '1' }\n[default.global]\nregion = 'eu-west-1'\n\
                [default.deploy]\nstack_name = 's'\n[default.package.parameters]\nuse_json = true\n";
    let warnings = Site::new(&[("samconfig.toml", text)]).resolve("").unwrap().warnings;
    let told: Vec<_> = warnings
        .iter()
        .map(|warning| match warning {
            Warning::ConfigurationKeyMisplaced { key, section, place: Some(place), .. } => {
                (key.as_str(), section.as_str(), place.line)
            }
            other => panic!("{other:?}"),
        })
        .collect();
    let expected =
        [("s3_bucket", "default.package", 2), ("metadata", "default.package", 3), ("region", "default.global", 5)];
    assert_eq!(told, expected);
}

#[test]
fn a_variable_that_no_command_reads_is_a_warning_with_the_nearest() {
    let rows = [
        ("SAMSTEP_S3_BUCKT", "x", Some(Some("SAMSTEP_S3_BUCKET"))),
        ("SAMSTEP_BUCKET", "x", Some(Some("SAMSTEP_S3_BUCKET"))),
        ("SAMSTEP_COLOUR_OF_THE_SKY", "x", Some(None)),
        ("SAMSTEP_S3_BUCKT", "", None),
        ("SAMSTEP_NO_USE_JSON", "true", None),
        ("SAMSTEP_OUTPUT", "folder", None),
        ("SAMSTEP_JOB_FILE", "x", None),
        ("SAMSTEP_ALLOW_BUCKET", "x", None),
        ("SAMSTEP_RELEASES", "x", None),
        ("SAM_CLI_TELEMETRY", "x", None),
    ];
    for (name, value, expected) in rows {
        let warnings = Site::new(&[]).variable(name, value).resolve("").unwrap().warnings;
        let expected = expected
            .map(|nearest| Warning::UnknownVariable { name: name.to_owned(), nearest: nearest.map(str::to_owned) });
        assert_eq!(warnings, expected.into_iter().collect::<Vec<_>>(), "{name}");
    }
}

#[test]
fn settings_that_contradict_each_other_are_refused() {
    let site = Site::new(&[("samconfig.toml", "[default.package.parameters]\nresolve_s3 = true\n")]);
    assert_eq!(bucket_of(&site.settings("--s3-bucket b")), Some("b"), "a flag beats the file");
    assert_eq!(bucket_of(&site.settings("--s3-bucket b --no-resolve-s3")), Some("b"));
    assert_eq!(bucket_of(&site.settings("")), Some("(managed)"));
    insta::assert_snapshot!(site.refused("--s3-bucket b --resolve-s3"), @"--s3-bucket and --resolve-s3 are both given: use only one | name the bucket, or leave it to sam's managed stack");
    insta::assert_snapshot!(site.refused("--sse aes256 --kms-key-id k"), @"--kms-key-id goes with --sse kms or kms-dsse, not with --sse aes256 | leave --sse away to encrypt with the key");
    insta::assert_snapshot!(site.refused("--output-template-file none/x.yaml"), @"/none/x.yaml cannot be written: its folder does not exist | name a file in a folder that can be written");
    insta::assert_snapshot!(site.refused("--manifest ."), @"/. cannot be written: it is a folder | name a file in a folder that can be written");
    insta::assert_snapshot!(site.refused("-t none.yaml"), @"the template /none.yaml does not exist | name the template file with --template-file");
    insta::assert_snapshot!(site.refused("--metadata =x"), @r#"--metadata: a name is missing before `=` | write it as k=v,k2=v2 or as {"k": "v"}"#);
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
fn targets_that_contradict_each_other_are_refused() {
    let refused = |line: &str| Site::new(&[]).refused(line);
    insta::assert_snapshot!(refused("--target a=eu-west-1/b --s3-bucket c"), @"--target and --s3-bucket are both given: use only one | each target names its bucket: NAME=REGION/BUCKET[/PREFIX]");
    insta::assert_snapshot!(refused("--target a=eu-west-1/b --resolve-s3"), @"--target and --resolve-s3 are both given: use only one | each target names its bucket: NAME=REGION/BUCKET[/PREFIX]");
    insta::assert_snapshot!(refused("--target a-b=eu-west-1/b --target A_b=eu-west-1/c"), @"--target: a-b and A_b are too much alike | names differ in more than case, - and _");
    insta::assert_snapshot!(refused("--target a=eu-west-1/b --target c=eu-west-2/b"), @"--target: c names the bucket b in eu-west-2, another target in eu-west-1 | a bucket is in one region; Lambda reads code from its own region only");
    insta::assert_snapshot!(refused("--target a=eu-west-1/b --output-template-file none/x.yaml"), @"/none/x-a.yaml cannot be written: its folder does not exist | name a file in a folder that can be written");
    insta::assert_snapshot!(refused("--target a=eu-west-1/b --kms-key-id arn:aws:kms:us-east-1:1:key/k"), @"--kms-key-id names a key in us-east-1, and the target a is in eu-west-1 | name an alias: it stands for a key in each region");
    insta::assert_snapshot!(refused("--target a=eu-west-1/auto"), @"--s3-bucket auto: no pipeline started this (CODEBUILD_INITIATOR does not name one) | name the bucket; auto works in a CodeBuild action of a CodePipeline pipeline");
    insta::assert_snapshot!(refused("--target a=eu-west-1/b --output-template-file ."), @"/. cannot be written: the templates of targets are files, named after a file | name a file in a folder that can be written");
    insta::assert_snapshot!(refused("--target a:b"), @"invalid value 'a:b' for '--target <NAME=REGION/BUCKET[/PREFIX]>': write it as NAME=REGION/BUCKET[/PREFIX] | see samstep package --help");
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
        ("", Encryption::Aes256),
        ("--sse aes256", Encryption::Aes256),
        ("--kms-key-id k", Encryption::Kms { key_id: key() }),
        ("--sse kms", Encryption::Kms { key_id: None }),
        ("--sse kms --kms-key-id k", Encryption::Kms { key_id: key() }),
        ("--sse kms-dsse --kms-key-id k", Encryption::KmsDsse { key_id: key() }),
        ("--sse bucket-default", Encryption::BucketDefault),
    ];
    for (line, expected) in rows {
        assert_eq!(Site::new(&[]).settings(line).objects.encryption, expected, "{line}");
    }
}

#[test]
fn paths_stay_as_typed_in_the_current_folder() {
    let surroundings = Surroundings { folder: Path::new(""), environment: &Environment::new(), root: None };
    let arguments =
        cli::package_arguments(["-t", "Cargo.toml", "--output-template-file", "out.yaml"].map(OsString::from)).unwrap();
    let settings = PackageSettings::resolve(&arguments, surroundings).unwrap().settings;
    assert_eq!(settings.template, TemplateSource::Path("Cargo.toml".into()));
    assert_eq!(settings.targets[0].output, Output::File("out.yaml".into()));
}
