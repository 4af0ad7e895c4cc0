//! What is refused, and what is only warned of.

use super::{CONFIG, Site, bucket_of};
use crate::facts::{Warning, WarningKind};

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
    insta::assert_snapshot!(refused("", "--config-file template.json"), @"the configuration file /template.json cannot be read: No such file or directory (os error 2) | the nearest name there is template.yaml; a relative --config-file starts at the folder of --template-file");
    insta::assert_snapshot!(Site::new(&[("t.yaml", "Resources: {}")]).refused("--config-file t.yaml"), @"the configuration file /t.yaml is a template | name the samconfig with --config-file, and the template with --template-file");
    insta::assert_snapshot!(Site::new(&[("samconfg.toml", "")]).refused("--config-file samconfig.tom"), @"the configuration file /samconfig.tom cannot be read: No such file or directory (os error 2) | the nearest name there is samconfg.toml; a relative --config-file starts at the folder of --template-file");
    insta::assert_snapshot!(Site::new(&[("samconfig.yaml", "a: [")]).refused(""), @"/samconfig.yaml:1:5: the configuration file /samconfig.yaml is not YAML: did not find expected node content, while parsing a flow node | -");
    insta::assert_snapshot!(Site::new(&[("samconfig.yaml", "default: {package: {parameters: {s3_bucket: [a]}}}")]).refused(""), @"/samconfig.yaml:1:45: `s3_bucket` in /samconfig.yaml is a list, and must be a text | -");
}

#[test]
fn an_unknown_key_is_a_warning_with_the_nearest() {
    let text = "[default.package.parameters]\ns3-bucket = 'x'\ns3_bukket = 'x'\nimage_repositories = ['x']\nqqq = 1\n";
    let warnings = Site::new(&[("samconfig.toml", text)]).resolve("").unwrap().warnings;
    let keys: Vec<_> = warnings
        .iter()
        .map(|warning| match &warning.kind {
            WarningKind::UnknownConfigurationKey { key, nearest, .. } => (key.as_str(), nearest.as_deref()),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(keys, [("s3-bucket", Some("s3_bucket")), ("s3_bukket", Some("s3_bucket")), ("qqq", None)]);
    let lines = warnings.iter().map(|warning| warning.place.as_ref().unwrap().source_line.as_str());
    assert!(lines.eq([""; 3]), "a misspelt key may stand before a secret");
}

#[test]
fn a_value_that_cannot_be_meant_is_refused_with_its_source() {
    let refused = |text: &str, line: &str| Site::new(&[("samconfig.toml", text)]).refused(line);
    insta::assert_snapshot!(refused("[default.package.parameters]\ns3_bucket = 's3://code'\n", ""), @r#"/samconfig.toml:2:13: s3_bucket: "s3://code" is not the name of a bucket | write it as --s3-bucket code"#);
    insta::assert_snapshot!(refused("[default.package.parameters]\nmetadata = 'a'\n", ""), @r#"/samconfig.toml:2:12: metadata: `a` has no `=` | write it as k=v,k2=v2 or as {"k": "v"}"#);
    insta::assert_snapshot!(refused("[default.package.parameters]\ns3_bucket = 'code'\n", "--s3-bucket s3://code"), @r#"--s3-bucket: "s3://code" is not the name of a bucket | write it as --s3-bucket code"#);
}

#[test]
fn what_nothing_reads_is_a_warning_with_the_place_that_is_read() {
    let rows = [
        ("[default.pakcage.parameters]\ns3_prefix = 'x'\n", "default.pakcage -> default.package"),
        ("[default.golbal.parameters]\nregion = 'x'\n", "default.golbal -> default.global"),
        ("[defualt.package.parameters]\ns3_prefix = 'x'\n", "defualt -> default"),
        ("[default]\ns3_prefix = 'x'\n", "default.s3_prefix -> default.package.parameters.s3_prefix"),
        ("[default.parameters]\ns3_prefix = 'x'\n", "default.parameters -> default.package.parameters"),
        ("s3_prefix = 'x'\n", "s3_prefix -> default.package.parameters.s3_prefix"),
        ("[default.deploy.parameters]\nstack_name = 'x'\n[dev.package.parameters]\n", ""),
        ("version = 0.1\nunknown = 1\n[default]\nother = 1\n[default.build.parameters]\n", ""),
    ];
    for (text, expected) in rows {
        let warnings = Site::new(&[("samconfig.toml", text)]).resolve("").unwrap().warnings;
        let told = warnings.iter().map(|warning| match &warning.kind {
            WarningKind::UnknownConfigurationKey { key, nearest, .. } => {
                assert!(warning.place.as_ref().is_some_and(|place| place.source_line.is_empty()), "{text}");
                format!("{key} -> {}", nearest.as_deref().unwrap_or("-"))
            }
            other => panic!("{other:?}"),
        });
        assert_eq!(told.collect::<Vec<_>>().join(", "), expected, "{text}");
    }
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
    insta::assert_snapshot!(site.refused(""), @"/samconfig.yaml:1:34: `signing_profiles` in /samconfig.yaml is not supported: code is not signed by samstep | take it out to package unsigned code");
}

#[test]
fn values_beside_the_table_of_the_values_are_a_warning() {
    let text = "[default.package]\ns3_bucket = 'b'\nmetadata = { a = '1' }\n[default.global]\nregion = 'eu-west-1'\n\
                [default.deploy]\nstack_name = 's'\n[default.package.parameters]\nuse_json = true\n";
    let warnings = Site::new(&[("samconfig.toml", text)]).resolve("").unwrap().warnings;
    let told: Vec<_> = warnings
        .iter()
        .map(|warning| match warning {
            Warning {
                kind: WarningKind::ConfigurationKeyMisplaced { key, section, .. }, place: Some(place), ..
            } => {
                assert_eq!(place.source_line, "", "its value may be a secret");
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
        let warnings: Vec<_> = warnings.into_iter().map(|warning| warning.kind).collect();
        let expected = expected
            .map(|nearest| WarningKind::UnknownVariable { name: name.to_owned(), nearest: nearest.map(str::to_owned) });
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
    insta::assert_snapshot!(site.refused("--sse aes256 --kms-key-id k"), @"--kms-key-id goes with --sse kms or kms-dsse, not with --sse aes256 | leave --sse out to encrypt with the key");
    insta::assert_snapshot!(site.refused("--output-template-file none/x.yaml"), @"/none/x.yaml cannot be written: its folder does not exist | name a file in a folder that can be written");
    insta::assert_snapshot!(site.refused("--manifest ."), @"/. cannot be written: it is a folder | name a file in a folder that can be written");
    insta::assert_snapshot!(site.refused("--dry-run --junit x.xml"), @"--dry-run and --junit are both given: a dry run has nothing to write there | leave one of them out; --manifest lists what would be uploaded");
    insta::assert_snapshot!(site.refused("--dry-run --output-env x.env --manifest x.json"), @"--dry-run and --output-env are both given: a dry run has nothing to write there | leave one of them out; --manifest lists what would be uploaded");
    insta::assert_snapshot!(site.refused("--external-id x"), @"--external-id is given without --assume-role-arn, the one option that uses it | name the role that asks for it, or leave it out");
    let role =
        Site::new(&[("samconfig.toml", "[default.package.parameters]\nassume_role_arn = 'arn:aws:iam::1:role/r'\n")]);
    assert!(role.resolve("--external-id x").is_ok(), "the role may be named in the file");
    insta::assert_snapshot!(site.refused("-t none.yaml"), @"the template /none.yaml does not exist | --template-file /template.yaml would name one");
    insta::assert_snapshot!(site.refused("--metadata =x"), @r#"--metadata: a name is missing before `=` | write it as k=v,k2=v2 or as {"k": "v"}"#);
}

#[test]
fn targets_that_contradict_each_other_are_refused() {
    let refused = |line: &str| Site::new(&[]).refused(line);
    insta::assert_snapshot!(refused("--target a=eu-west-1/b --s3-bucket c"), @"--target and --s3-bucket are both given: use only one | each target names its bucket: NAME=REGION/BUCKET[/PREFIX]");
    insta::assert_snapshot!(refused("--target a=eu-west-1/b --resolve-s3"), @"--target and --resolve-s3 are both given: use only one | each target names its bucket: NAME=REGION/BUCKET[/PREFIX]");
    insta::assert_snapshot!(refused("--target a-b=eu-west-1/b --target A_b=eu-west-1/c"), @"--target: a-b and A_b are too much alike | give them names that differ in more than case, - and _");
    insta::assert_snapshot!(refused("--target a=eu-west-1/b,a=eu-west-1/b"), @"--target: a is given twice | give each target a name of its own");
    insta::assert_snapshot!(refused("--target a=eu-west-1/b --target c=eu-west-2/b"), @"--target: c names the bucket b in eu-west-2, another target in eu-west-1 | a bucket is in one region; Lambda reads code from its own region only");
    insta::assert_snapshot!(refused("--target a=eu-west-1/b --output-template-file none/x.yaml"), @"/none/x-a.yaml cannot be written: its folder does not exist | name a file in a folder that can be written");
    insta::assert_snapshot!(refused("--target a=eu-west-1/b --kms-key-id arn:aws:kms:us-east-1:1:key/k"), @"--kms-key-id names a key in us-east-1, and the target a is in eu-west-1 | name an alias: it stands for a key in each region");
    insta::assert_snapshot!(refused("--target a=eu-west-1/auto"), @"--s3-bucket auto: no pipeline started this (CODEBUILD_INITIATOR does not name one) | name the bucket; auto works in a CodeBuild action of a CodePipeline pipeline");
    insta::assert_snapshot!(refused("--target a=eu-west-1/b --output-template-file ."), @"/. cannot be written: the templates of targets are named after a file | name a file in a folder that can be written");
    insta::assert_snapshot!(refused("--target a:b"), @"invalid value 'a:b' for '--target <NAME=REGION/BUCKET[/PREFIX]>': write it as NAME=REGION/BUCKET[/PREFIX] | see samstep package --help");
}

#[test]
fn an_environment_that_is_asked_for_needs_a_file() {
    let site = Site::new(&[("other/template.yaml", "{}")]);
    insta::assert_snapshot!(site.refused("--config-env prod"), @"there is no samconfig in , and the environment `prod` is asked for | leave --config-env or SAMSTEP_CONFIG_ENV out, or name the file with --config-file; looked for samconfig.toml, samconfig.yaml, samconfig.yml");
    insta::assert_snapshot!(site.refused("--config-env prod -t other/template.yaml"), @"there is no samconfig in /other, and the environment `prod` is asked for | leave --config-env or SAMSTEP_CONFIG_ENV out, or name the file with --config-file; looked for samconfig.toml, samconfig.yaml, samconfig.yml");
    insta::assert_snapshot!(site.refused("--config-env prod --config-file samconfig.toml"), @"there is no samconfig in , and the environment `prod` is asked for | leave --config-env or SAMSTEP_CONFIG_ENV out, or name the file with --config-file; looked for samconfig.toml, samconfig.yaml, samconfig.yml");
    let by_variable = Site::new(&[]).variable("SAMSTEP_CONFIG_ENV", "prod");
    insta::assert_snapshot!(by_variable.refused(""), @"there is no samconfig in , and the environment `prod` is asked for | leave --config-env or SAMSTEP_CONFIG_ENV out, or name the file with --config-file; looked for samconfig.toml, samconfig.yaml, samconfig.yml");
    assert!(Site::new(&[]).resolve("").is_ok());
}

#[test]
fn a_text_of_toml_wants_quotes() {
    let refused =
        |line: &str| Site::new(&[("samconfig.toml", &format!("[default.package.parameters]\n{line}\n"))]).refused("");
    insta::assert_snapshot!(refused("s3_bucket = my-code"), @r#"/samconfig.toml:2:13: the configuration file /samconfig.toml is not TOML: string values must be quoted, expected literal string | put the value of s3_bucket in quotes: s3_bucket = "…""#);
    insta::assert_snapshot!(refused("s3_prefix = app/x"), @r#"/samconfig.toml:2:13: the configuration file /samconfig.toml is not TOML: string values must be quoted, expected literal string | put the value of s3_prefix in quotes: s3_prefix = "…""#);
    insta::assert_snapshot!(refused("s3_bucket = \"my-code"), @r#"/samconfig.toml:2:21: the configuration file /samconfig.toml is not TOML: invalid basic string, expected `"` | -"#);
}

#[test]
fn a_path_of_windows_is_answered() {
    let site = Site::new(&[("src/template.yaml", "{}")]);
    insta::assert_snapshot!(site.refused(r"-t src\template.yaml"), @r"the template /src\template.yaml does not exist | write it with / between folders: /src/template.yaml");
    insta::assert_snapshot!(site.refused(r"--output-template-file out\packaged.yaml"), @r"/out\packaged.yaml cannot be written: its name has a backslash | write it with / between folders: /out/packaged.yaml");
    insta::assert_snapshot!(site.refused(r"--manifest out\m.json"), @r"/out\m.json cannot be written: its name has a backslash | write it with / between folders: /out/m.json");
    insta::assert_snapshot!(site.refused(r"--output-env out\step.env"), @r"/out\step.env cannot be written: its name has a backslash | write it with / between folders: /out/step.env");
}

#[test]
fn a_bucket_with_capitals_is_answered_where_the_region_is_known() {
    insta::assert_snapshot!(Site::new(&[]).refused("--s3-bucket New_Code --region eu-west-1"), @r#"--s3-bucket: "New_Code" is not the name of a bucket | the names of buckets have lower-case letters, digits, - and ., such as new-code; others exist in us-east-1 alone"#);
    insta::assert_snapshot!(Site::new(&[]).variable("AWS_REGION", "eu-west-1").refused("--s3-bucket New_Code"), @r#"--s3-bucket: "New_Code" is not the name of a bucket | the names of buckets have lower-case letters, digits, - and ., such as new-code; others exist in us-east-1 alone"#);
    insta::assert_snapshot!(Site::new(&[]).refused("--s3-bucket s3://code/x"), @r#"--s3-bucket: "s3://code/x" is not the name of a bucket | write it as --s3-bucket code --s3-prefix x"#);
    assert!(Site::new(&[]).resolve("--s3-bucket New_Code").is_ok(), "us-east-1 has old ones");
}

#[test]
fn a_bucket_for_deploy_alone_is_pointed_out() {
    let hint = |text: &str, line: &str| {
        let site = Site::new(&[("samconfig.toml", text), ("samconfig.yaml", text)]);
        let failure = site.settings(line).no_bucket();
        let hint = failure.problems[0].hint.clone().unwrap();
        format!("{} | {hint}", failure.cause()).replace(&site.folder.path().display().to_string(), "")
    };
    let bucket = "version = 0.1\n[default.deploy.parameters]\ns3_prefix = 'p'\ns3_bucket = 'b'\n";
    insta::assert_snapshot!(hint(bucket, ""), @"the template has local artifacts, and no bucket is named for them | /samconfig.toml:4 gives s3_bucket to sam deploy alone, below [default.deploy.parameters]: write it below [default.package.parameters] too, or give --s3-bucket NAME");
    insta::assert_snapshot!(hint("[live.deploy.parameters]\nresolve_s3 = true\n", "--config-env live"), @"the template has local artifacts, and no bucket is named for them | /samconfig.toml:2 gives resolve_s3 to sam deploy alone, below [live.deploy.parameters]: write it below [live.package.parameters] too, or give --s3-bucket NAME");
    insta::assert_snapshot!(hint("[default.deploy.parameters]\nresolve_s3 = false\ns3_bucket = ''\n", ""), @"the template has local artifacts, and no bucket is named for them | give --s3-bucket NAME, --s3-bucket auto in a pipeline's build, or --resolve-s3 for the managed bucket");
    insta::assert_snapshot!(hint("", ""), @"the template has local artifacts, and no bucket is named for them | give --s3-bucket NAME, --s3-bucket auto in a pipeline's build, or --resolve-s3 for the managed bucket");
    let site = Site::new(&[("samconfig.toml", bucket)]);
    assert_eq!(bucket_of(&site.settings("--s3-bucket typed")), Some("typed"));
    assert_eq!(site.settings("--s3-bucket typed").deploy_bucket, None);
}
