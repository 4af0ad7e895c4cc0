use super::{
    Command, ConfigurationKey, FlagKind, Given, Origin, Parsed, arguments_of_properties, configuration_key,
    package_arguments, package_arguments_above, parse,
};
use crate::facts::{ColorRule, Environment, FailureKind, Form};
use std::ffi::OsString;
use std::path::Path;

fn words(line: &str) -> Vec<OsString> {
    line.split_whitespace().map(OsString::from).collect()
}

fn environment(pairs: &[(&str, &str)]) -> Environment {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn package(line: &str, variables: &[(&str, &str)]) -> super::PackageArguments {
    match parse(words(&format!("samstep package {line}")), &environment(variables)).unwrap() {
        Parsed::Run(Command::Package(arguments)) => *arguments,
        other => panic!("{other:?}"),
    }
}

fn refused(line: &str, variables: &[(&str, &str)]) -> String {
    let failure = parse(words(line), &environment(variables)).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Usage);
    format!("{} | {}", failure.cause(), failure.problems[0].hint.as_deref().unwrap_or_default())
}

#[test]
fn the_grammar_is_sound() {
    super::command().debug_assert();
}

#[test]
fn a_typed_option_wins_over_a_variable_and_the_last_of_equals_wins() {
    let rows = [
        ("nothing", "", vec![], None),
        ("typed", "--s3-bucket a", vec![("SAMSTEP_S3_BUCKET", "v")], Some("a")),
        ("variable", "", vec![("SAMSTEP_S3_BUCKET", "v")], Some("v")),
        ("an empty variable is absent", "", vec![("SAMSTEP_S3_BUCKET", "")], None),
        ("typed twice", "--s3-bucket a --s3-bucket=b", vec![], Some("b")),
    ];
    for (name, line, variables, expected) in rows {
        assert_eq!(package(line, &variables).s3_bucket.as_deref(), expected, "{name}");
    }
}

#[test]
fn a_switch_is_taken_back_by_its_opposite() {
    let rows = [
        ("absent", "", vec![], false),
        ("typed", "--use-json", vec![], true),
        ("taken back", "--use-json --no-use-json", vec![], false),
        ("given again", "--no-use-json --use-json", vec![], true),
        ("variable", "", vec![("SAMSTEP_USE_JSON", "yes")], true),
        ("variable says no", "", vec![("SAMSTEP_USE_JSON", "false")], false),
        ("variable taken back", "--no-use-json", vec![("SAMSTEP_USE_JSON", "1")], false),
        ("variable of the opposite", "", vec![("SAMSTEP_NO_USE_JSON", "false")], true),
        ("variable of the opposite that says yes", "", vec![("SAMSTEP_NO_USE_JSON", "true")], false),
        ("opposite variable below the typed", "--use-json", vec![("SAMSTEP_NO_USE_JSON", "true")], true),
    ];
    for (name, line, variables, expected) in rows {
        assert_eq!(package(line, &variables).use_json, expected, "{name}");
    }
}

#[test]
fn the_spellings_of_the_peers_are_read() {
    let rows = [
        ("short", "-t x.yaml", vec![]),
        ("alias", "--template x.yaml", vec![]),
        ("equals", "--template-file=x.yaml", vec![]),
        ("own variable wins", "", vec![("SAMSTEP_TEMPLATE_FILE", "x.yaml"), ("SAM_TEMPLATE_FILE", "y.yaml")]),
        ("variable of sam", "", vec![("SAM_TEMPLATE_FILE", "x.yaml")]),
    ];
    for (name, line, variables) in rows {
        assert_eq!(package(line, &variables).template_file.as_deref(), Some(Path::new("x.yaml")), "{name}");
    }
    let output = package("--output-template o.yaml --no-resolve-s3 --language-extensions", &[]);
    assert_eq!(output.output_template_file.as_deref(), Some(Path::new("o.yaml")));
    assert_eq!(package("", &[("SAMSTEP_OUTPUT", "folder")]).results.emit, Form::Text, "it is that of a rehearsal");
    assert!(!package("", &[("SAMSTEP_NO_RESOLVE_S3", "true")]).resolve_s3);
    assert!(package("", &[("SAM_DEBUG", "1")]).report.debug);
    assert!(!package("--no-progressbar --progressbar", &[]).report.no_progressbar);
    assert_eq!(package("--s3-prefix=", &[("SAMSTEP_S3_PREFIX", "p")]).s3_prefix.as_deref(), Some(""));
}

#[test]
fn what_is_no_line_is_refused_with_advice() {
    insta::assert_snapshot!(refused("samstep package --s3-buckt x", &[]), @"unexpected argument '--s3-buckt' found | a similar argument exists: '--s3-bucket'; see samstep package --help");
    insta::assert_snapshot!(refused("samstep package --s3-buck x", &[]), @"unexpected argument '--s3-buck' found | a similar argument exists: '--s3-bucket'; see samstep package --help");
    insta::assert_snapshot!(refused("samstep package stray", &[]), @"unexpected argument 'stray' found | see samstep package --help");
    insta::assert_snapshot!(refused("samstep package --sse des", &[]), @"invalid value 'des' for '--sse <MODE>' [possible values: aes256, kms, kms-dsse, bucket-default] | see samstep package --help");
    insta::assert_snapshot!(refused("samstep package --s3-bucket=", &[]), @"a value is required for '--s3-bucket <NAME>' but none was supplied | see samstep package --help");
    insta::assert_snapshot!(refused("samstep package --expected-bucket-owner 12", &[]), @"invalid value '12' for '--expected-bucket-owner <ACCOUNT>': an account id has 12 digits | see samstep package --help");
    insta::assert_snapshot!(refused("samstep package", &[("SAMSTEP_SSE", "des")]), @"SAMSTEP_SSE: invalid value 'des' for '--sse <MODE>' [possible values: aes256, kms, kms-dsse, bucket-default] | see samstep package --help");
    insta::assert_snapshot!(refused("samstep package", &[("SAMSTEP_USE_JSON", "perhaps")]), @"SAMSTEP_USE_JSON: `perhaps` is not true or false | see samstep package --help");
    insta::assert_snapshot!(refused("samstep package --cli-read-timeout 5s", &[]), @"invalid value '5s' for '--cli-read-timeout <SECONDS>': write whole seconds, such as 60 | see samstep package --help");
    insta::assert_snapshot!(refused("samstep worker --action-type Build/S/1 --poll-interval 0", &[]), @"invalid value '0' for '--poll-interval <SECONDS>': give seconds, more than 0 and at most 86400 | see samstep worker --help");
    insta::assert_snapshot!(refused("samstep job --job-file - --external-id x", &[]), @"the following required arguments were not provided: --assume-role-arn <ARN> | see samstep job --help");
    insta::assert_snapshot!(refused("samstep lambda", &[("SAMSTEP_EXTERNAL_ID", "x")]), @"the following required arguments were not provided: --assume-role-arn <ARN> | see samstep lambda --help");
    insta::assert_snapshot!(refused("samstep packge", &[]), @"unrecognized subcommand 'packge' | a similar subcommand exists: 'package'; see samstep --help");
    insta::assert_snapshot!(refused("samstep", &[]), @"no command was given | the commands are package, job, rehearse, action-type, worker and lambda; see samstep --help");
    insta::assert_snapshot!(refused("samstep job", &[]), @"the following required arguments were not provided: --job-file <FILE> | see samstep job --help");
    insta::assert_snapshot!(refused("samstep rehearse", &[]), @"the following required arguments were not provided: <DIR> | see samstep rehearse --help");
}

#[test]
fn what_has_no_effect_in_the_peers_is_taken_and_passed_over() {
    for line in [
        "--no-paginate --no-cli-pager --no-cli-auto-prompt",
        "--no-paginate --no-paginate",
        "--beta-features",
        "--beta-features --no-beta-features",
    ] {
        assert_eq!(package(line, &[]).s3_bucket, None, "{line}");
    }
    let rows = [("on", ColorRule::Always), ("off", ColorRule::Never), ("auto", ColorRule::Auto)];
    for (word, expected) in rows {
        assert_eq!(package(&format!("--color {word}"), &[]).report.color, expected, "{word}");
    }
    insta::assert_snapshot!(refused("samstep job --no-paginate", &[]), @"unexpected argument '--no-paginate' found | see samstep job --help");
}

#[test]
fn a_flag_of_the_peers_that_is_not_supported_is_refused_with_the_reason() {
    let flags = [
        "--image-repository=x",
        "--image-repositories",
        "--resolve-image-repos",
        "--signing-profiles",
        "--save-params",
        "--no-verify-ssl",
        "--no-sign-request",
        "--query",
        "--cli-auto-prompt",
        "--output=table",
        "--guided",
        "--capabilities",
    ];
    let told = flags.map(|flag| format!("{flag}: {}\n", refused(&format!("samstep package {flag}"), &[]))).concat();
    insta::assert_snapshot!(told, @r"
--image-repository=x: --image-repository is not supported: images are not packaged by samstep | push the image beforehand and name it in the template
--image-repositories: --image-repositories is not supported: images are not packaged by samstep | push the image beforehand and name it in the template
--resolve-image-repos: --resolve-image-repos is not supported: images are not packaged by samstep | push the image beforehand and name it in the template
--signing-profiles: --signing-profiles is not supported: code is not signed by samstep | take it out to package unsigned code
--save-params: --save-params is not supported: configuration files are never written | leave it out, and write samconfig.toml by hand
--no-verify-ssl: --no-verify-ssl is not supported: certificates are always checked | trust the authority of a proxy with --ca-bundle
--no-sign-request: --no-sign-request is not supported: every request is signed | leave it out; give the run credentials
--query: --query is not supported: standard output is not filtered | leave it out, or read --manifest or --output-json
--cli-auto-prompt: --cli-auto-prompt is not supported: no question is ever asked | leave it out
--output=table: invalid value 'table' for '--emit <FORM>' [possible values: text, json, sh] | see samstep package --help
--guided: unexpected argument '--guided' found | see samstep package --help
--capabilities: unexpected argument '--capabilities' found | see samstep package --help
");
}

#[test]
fn help_is_also_a_word() {
    let shown = |line: &str| match parse(words(line), &Environment::default()).unwrap() {
        Parsed::Show(text) => text,
        other => panic!("{other:?}"),
    };
    assert_eq!(shown("samstep help"), shown("samstep --help"));
    assert_eq!(shown("samstep help package"), shown("samstep package --help"));
    insta::assert_snapshot!(refused("samstep help packge", &[]), @"unrecognized subcommand 'packge' | a similar subcommand exists: 'package'; see samstep --help");
}

#[test]
fn an_external_id_finds_its_role_among_the_variables() {
    let variables = environment(&[("SAMSTEP_ASSUME_ROLE_ARN", "arn:aws:iam::111122223333:role/r")]);
    assert!(parse(words("samstep job --job-file - --external-id x"), &variables).is_ok());
}

#[test]
fn a_required_option_may_come_from_a_variable() {
    let variables = environment(&[("SAMSTEP_JOB_FILE", "job.json")]);
    let parsed = parse(words("samstep job"), &variables).unwrap();
    assert!(matches!(parsed, Parsed::Run(Command::Job(job)) if job.job_file == Path::new("job.json")));
}

#[test]
fn properties_become_the_arguments_that_would_be_typed() {
    let pairs =
        [("S3Bucket", "b"), ("kmsKeyId", "k"), ("s3-prefix", ""), ("UseJson", "true"), ("NoProgressbar", "false")];
    let pairs = pairs.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let arguments = arguments_of_properties(&pairs, |_| true).unwrap();
    assert_eq!(arguments, words("--s3-bucket=b --kms-key-id=k --s3-prefix= --use-json --progressbar"));
    let read = package_arguments(arguments).unwrap();
    assert_eq!((read.s3_bucket.as_deref(), read.use_json, read.report.no_progressbar), (Some("b"), true, false));
}

#[test]
fn a_property_that_does_not_exist_is_refused_with_the_nearest() {
    let refused = |name: &str, value: &str| {
        let failure =
            arguments_of_properties(&[(name.to_owned(), value.to_owned())], |flag| flag != "profile").unwrap_err();
        format!("{} | {}", failure.cause(), failure.problems[0].hint.as_deref().unwrap_or(""))
    };
    insta::assert_snapshot!(refused("S3Buckt", "b"), @"there is no property `S3Buckt` | the nearest property is S3Bucket");
    insta::assert_snapshot!(refused("Profile", "b"), @"there is no property `Profile` | properties are the options of samstep package in PascalCase, such as S3Bucket");
    insta::assert_snapshot!(refused("s3_bucket", "b"), @"there is no property `s3_bucket` | the nearest property is S3Bucket");
    insta::assert_snapshot!(refused("UseJson", "maybe"), @"the property UseJson is `maybe`, not true or false |");
}

#[test]
fn a_key_of_a_configuration_file_is_a_flag_or_of_sam_or_unknown() {
    let flag = |long: &str, kind| ConfigurationKey::Flag { long: long.to_owned(), kind };
    let unknown = |nearest: Option<&str>| ConfigurationKey::Unknown(nearest.map(str::to_owned));
    let rows = [
        ("s3_bucket", flag("s3-bucket", FlagKind::Text)),
        ("template", flag("template-file", FlagKind::Text)),
        ("no_progressbar", flag("no-progressbar", FlagKind::Switch)),
        ("metadata", flag("metadata", FlagKind::Map)),
        ("digest", flag("digest", FlagKind::Text)),
        ("image_repositories", ConfigurationKey::OfSam),
        ("output", ConfigurationKey::OfSam),
        (
            "signing_profiles",
            ConfigurationKey::Unsupported {
                why: "code is not signed by samstep",
                hint: "take it out to package unsigned code",
            },
        ),
        ("host", ConfigurationKey::OfSam),
        ("emit", unknown(None)),
        ("output_env", flag("output-env", FlagKind::Text)),
        ("s3-bucket", unknown(Some("s3_bucket"))),
        ("s3_buket", unknown(Some("s3_bucket"))),
        ("config_env", unknown(None)),
        ("colour_of_the_sky", unknown(None)),
    ];
    for (key, expected) in rows {
        assert_eq!(configuration_key("package", key), expected, "{key}");
    }
}

#[test]
fn a_bad_value_from_a_file_is_blamed_on_the_file() {
    let origin = Origin::File {
        path: "samconfig.yaml".into(),
        section: "package".to_owned(),
        key: "digest".to_owned(),
        place: None,
    };
    let below = [Given { flag: "digest".to_owned(), value: "md4".to_owned(), origin }];
    let failure = package_arguments_above(&[], &below).unwrap_err();
    insta::assert_snapshot!(failure.cause(), @"digest of samconfig.yaml: invalid value 'md4' for '--digest <RULE>' [possible values: sam, sha256]");
    assert!(package_arguments_above(&words("--digest sam"), &below).is_ok(), "a typed value hides the bad one");
}

#[test]
fn the_external_id_is_not_shown() {
    assert!(!format!("{:?}", package("--external-id hunter22", &[]).aws).contains("hunter22"));
}
