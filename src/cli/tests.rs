use super::PARSES;
use super::{Command, CommandName, Given, Origin, PackageArguments, Parsed, Typed, given_by_variables, parse, typed};
use crate::facts::{ColorRule, Environment, Failure, FailureKind, Form};
use std::ffi::OsString;
use std::path::Path;

fn words(line: &str) -> Vec<OsString> {
    line.split_whitespace().map(OsString::from).collect()
}

fn environment(pairs: &[(&str, &str)]) -> Environment {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn above_variables(line: &str, environment: &Environment) -> Result<PackageArguments, Failure> {
    match parse(words(&format!("samstep package {line}")), environment)? {
        Parsed::Run(Command::Package(typed)) => merged(&typed, &given_by_variables(CommandName::Package, environment)),
        other => panic!("{other:?}"),
    }
}

fn merged(typed: &Typed, below: &[Given]) -> Result<PackageArguments, Failure> {
    typed.merge(below).map(|(arguments, _)| arguments)
}

fn package(line: &str, variables: &[(&str, &str)]) -> PackageArguments {
    above_variables(line, &environment(variables)).unwrap()
}

/// The failure of a line, whether the first or the second parse finds it.
fn failure(line: &str, variables: &[(&str, &str)]) -> Failure {
    let environment = environment(variables);
    match parse(words(line), &environment) {
        Err(failure) | Ok(Parsed::NoCommand(_, failure)) => failure,
        Ok(Parsed::Run(Command::Package(_))) => {
            above_variables(line.strip_prefix("samstep package").unwrap(), &environment).unwrap_err()
        }
        Ok(other) => panic!("{other:?}"),
    }
}

fn refused(line: &str, variables: &[(&str, &str)]) -> String {
    let failure = failure(line, variables);
    assert_eq!(failure.kind, FailureKind::Usage);
    format!("{} | {}", failure.cause(), failure.problems[0].hint.as_deref().unwrap_or_default())
}

#[test]
fn the_grammar_is_sound() {
    for purpose in [super::Purpose::Full, super::Purpose::Lenient] {
        super::grammar::grammar(purpose).debug_assert();
    }
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
        assert_eq!(package(line, &variables).upload.s3_bucket.as_deref(), expected, "{name}");
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
        assert_eq!(package(line, &variables).text.use_json, expected, "{name}");
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
        assert_eq!(package(line, &variables).template.template_file.as_deref(), Some(Path::new("x.yaml")), "{name}");
    }
    let output = package("--output-template o.yaml --no-resolve-s3 --language-extensions", &[]);
    assert_eq!(output.output_template_file.as_deref(), Some(Path::new("o.yaml")));
    assert_eq!(package("", &[("SAMSTEP_OUTPUT", "folder")]).results.emit, Form::Text, "it is that of a rehearsal");
    assert!(!package("", &[("SAMSTEP_NO_RESOLVE_S3", "true")]).upload.resolve_s3);
    assert!(package("", &[("SAM_DEBUG", "1")]).report.debug);
    assert!(!package("--no-progressbar --progressbar", &[]).report.no_progressbar);
    assert_eq!(package("--s3-prefix=", &[("SAMSTEP_S3_PREFIX", "p")]).upload.s3_prefix.as_deref(), Some(""));
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
    insta::assert_snapshot!(refused("samstep package app.yaml", &[]), @"unexpected argument 'app.yaml' found | name the template with --template-file app.yaml; see samstep package --help");
    insta::assert_snapshot!(refused("samstep doctor src", &[]), @"unexpected argument 'src' found | name the template with --template-file src/template.yaml; see samstep doctor --help");
    insta::assert_snapshot!(refused("samstep package s3-bucket=b", &[]), @"unexpected argument 's3-bucket=b' found | write it with two hyphens: --s3-bucket; see samstep package --help");
    insta::assert_snapshot!(refused("samstep package /s3-bucket:b", &[]), @"unexpected argument '/s3-bucket:b' found | write it with two hyphens: --s3-bucket; see samstep package --help");
    insta::assert_snapshot!(refused("samstep package --use-json true", &[]), @"unexpected argument 'true' found | a switch takes no value: --use-json turns it on, --no-use-json off; see samstep package --help");
    insta::assert_snapshot!(refused("samstep package --use-json=true", &[]), @"unexpected value 'true' for '--use-json' found; no more were expected | a switch takes no value: --use-json turns it on, --no-use-json off; see samstep package --help");
    insta::assert_snapshot!(refused("samstep config show pakcage", &[]), @"unexpected argument 'pakcage' found | the nearest command is package; see samstep package --help");
    insta::assert_snapshot!(refused("samstep config show completions", &[]), @"unexpected argument 'completions' found | see samstep package --help");
    insta::assert_snapshot!(refused("samstep completions ksh", &[]), @"invalid value 'ksh' for '[SHELL]' [possible values: bash, elvish, fish, powershell, zsh] | the nearest value is zsh; see samstep completions --help");
    insta::assert_snapshot!(refused("samstep package --sse SSE-KMS", &[]), @"invalid value 'SSE-KMS' for '--sse <MODE>' [possible values: aes256, kms, kms-dsse, bucket-default] | the nearest value is kms; see samstep package --help");
    insta::assert_snapshot!(refused("samstep package --region us-esat_1", &[]), @"invalid value 'us-esat_1' for '--region <REGION>': a region looks like eu-west-1; the nearest is us-east-1 | see samstep package --help");
    insta::assert_snapshot!(refused("samstep package --assume-role-arn arn:aws:iam::111122223333:user/x", &[]), @"invalid value 'arn:aws:iam::111122223333:user/x' for '--assume-role-arn <ARN>': write it as arn:aws:iam::111122223333:role/NAME | see samstep package --help");
    insta::assert_snapshot!(refused("samstep --s3-bucket b package", &[]), @"unexpected argument '--s3-bucket' found | write the command before its options: samstep package --s3-bucket; see samstep --help");
    insta::assert_snapshot!(refused("samstep build", &[]), @"unrecognized subcommand 'build' | samstep does not build: run sam build before samstep package; see samstep --help");
    insta::assert_snapshot!(refused("samstep", &[]), @"no command was given | see samstep --help");
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
        assert_eq!(package(line, &[]).upload.s3_bucket, None, "{line}");
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
    insta::assert_snapshot!(told, @"
    --image-repository=x: --image-repository is not supported: images are not packaged by samstep | push the image beforehand and name it in the template
    --image-repositories: --image-repositories is not supported: images are not packaged by samstep | push the image beforehand and name it in the template
    --resolve-image-repos: --resolve-image-repos is not supported: images are not packaged by samstep | push the image beforehand and name it in the template
    --signing-profiles: --signing-profiles is not supported: code is not signed by samstep | take it out to package unsigned code
    --save-params: --save-params is not supported: configuration files are never written | leave it out, and write samconfig.toml by hand
    --no-verify-ssl: --no-verify-ssl is not supported: certificates are always checked | trust the authority of a proxy with --ca-bundle
    --no-sign-request: --no-sign-request is not supported: every request is signed | leave it out; give the run credentials
    --query: --query is not supported: standard output is not filtered | leave it out, or read --manifest or --output-json
    --cli-auto-prompt: --cli-auto-prompt is not supported: no question is ever asked | leave it out
    --output=table: invalid value 'table' for '--output <FORM>' [possible values: text, json, sh] | it is the form of the report; the packaged template is YAML or JSON as its source is, and JSON with --use-json; see samstep package --help
    --guided: --guided is not supported: no question is ever asked | leave it out, and give the options that it asks for
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
        [("S3Bucket", "b"), ("kmsKeyId", "k"), ("s3-prefix", ""), ("UseJson", "true"), ("ForceUpload", "false")];
    let given = super::given_by_properties(CommandName::Package, pairs.into_iter()).unwrap();
    let read = merged(&Typed::nothing(CommandName::Package), &given).unwrap();
    let texts = [read.upload.s3_bucket, read.upload.kms_key_id, read.upload.s3_prefix].map(Option::unwrap_or_default);
    assert_eq!((texts, read.text.use_json, read.upload.force_upload), (["b", "k", ""].map(str::to_owned), true, false));
}

#[test]
fn a_property_that_does_not_exist_is_refused_with_the_nearest() {
    let refused = |name: &str, value: &str| {
        let failure = super::given_by_properties(CommandName::Package, [(name, value)].into_iter()).unwrap_err();
        format!("{} | {}", failure.cause(), failure.problems[0].hint.as_deref().unwrap_or(""))
    };
    insta::assert_snapshot!(refused("S3Buckt", "b"), @"there is no property `S3Buckt` | the nearest property is S3Bucket");
    insta::assert_snapshot!(refused("Profile", "b"), @"there is no property `Profile` | properties are the options of samstep package in PascalCase, such as S3Bucket");
    insta::assert_snapshot!(refused("s3_bucket", "b"), @"there is no property `s3_bucket` | the nearest property is S3Bucket");
    insta::assert_snapshot!(refused("UseJson", "maybe"), @"the property UseJson is `maybe`, not true or false |");
}

#[test]
fn a_bad_value_from_a_file_is_blamed_on_the_file() {
    let origin = Origin::Samconfig {
        path: "samconfig.yaml".into(),
        section: "package".to_owned(),
        key: "digest".to_owned(),
        place: None,
    };
    let flag = super::flags::FLAGS.iter().find(|flag| flag.long == "digest").unwrap();
    let below = [Given { flag, value: "md4".to_owned(), origin }];
    let failure = merged(&typed(CommandName::Package, []).unwrap(), &below).unwrap_err();
    insta::assert_snapshot!(failure.cause(), @"digest of samconfig.yaml: invalid value 'md4' for '--digest <RULE>' [possible values: sam, sha256]");
    let other = typed(CommandName::Package, words("--digest sam")).unwrap();
    assert!(merged(&other, &below).is_ok(), "a typed value hides the bad one");
}

#[test]
fn the_external_id_is_not_shown() {
    assert!(!format!("{:?}", package("--external-id hunter22", &[]).aws).contains("hunter22"));
    let typed = typed(CommandName::Package, words("--external-id hunter22")).unwrap();
    assert!(!format!("{typed:?}").contains("hunter22"));
}

#[test]
fn a_command_line_is_parsed_twice_at_most() {
    let rows = ["samstep package --s3-bucket b", "samstep job --job-file -", "samstep package -h", "samstep --version"];
    for line in rows {
        PARSES.set(0);
        let parsed = parse(words(line), &environment(&[("SAMSTEP_DEBUG", "1")])).unwrap();
        if let Parsed::Run(Command::Package(typed)) = parsed {
            merged(&typed, &given_by_variables(CommandName::Package, &environment(&[]))).unwrap();
        }
        assert!(PARSES.get() <= 2, "{line}: {}", PARSES.get());
    }
}

#[test]
fn what_a_job_inherits_follows_from_the_table() {
    let line = "samstep worker --action-type Build/S/1 --region eu-west-1 --assume-role-arn arn:aws:iam::1:role/r \
                --external-id hunter22 --allow-bucket a,b --require-sse kms --debug --timeout 9 --color never";
    let variables = environment(&[("SAMSTEP_CA_BUNDLE", "ca.pem"), ("SAMSTEP_NO_PROGRESSBAR", "1")]);
    let Parsed::Run(Command::Worker(worker)) = parse(words(line), &variables).unwrap() else { panic!() };
    let inherited: Vec<_> = worker.inherited.arguments.iter().map(|it| it.to_str().unwrap()).collect();
    let expected = [
        "--region=eu-west-1",
        "--assume-role-arn=arn:aws:iam::1:role/r",
        "--ca-bundle=ca.pem",
        "--debug",
        "--allow-bucket=a",
        "--allow-bucket=b",
        "--require-sse=kms",
    ];
    assert_eq!(inherited, expected);
    let variables: Vec<_> = worker.inherited.variables.iter().map(|(name, value)| (*name, value.expose())).collect();
    assert_eq!(variables, [("SAMSTEP_EXTERNAL_ID", "hunter22")]);
    assert!(!format!("{worker:?}").contains("hunter22"));
    let line = [&["samstep", "job", "--job-file", "-"].map(OsString::from)[..], &worker.inherited.arguments].concat();
    let Parsed::Run(Command::Job(job)) = parse(line, &environment(&variables)).unwrap() else { panic!() };
    let fixed: Vec<_> = job.allow.fixed.iter().map(|given| (given.flag.long, given.value.as_str())).collect();
    assert_eq!((fixed, job.allow.allow_bucket), (vec![("sse", "kms")], vec!["a".to_owned(), "b".to_owned()]));
}

#[test]
fn an_action_type_may_come_from_a_variable() {
    let variables = [("SAMSTEP_ACTION_TYPE", "Build/Samstep/1")];
    let parsed = parse(words("samstep worker"), &environment(&variables)).unwrap();
    let Parsed::Run(Command::Worker(worker)) = parsed else { panic!("{parsed:?}") };
    assert_eq!(worker.action_type.unwrap().to_string(), "Build/Samstep/1");
    assert!(parse(words("samstep worker --health"), &environment(&[])).is_ok());
}

#[test]
fn the_report_is_known_before_the_samconfig_is_read() {
    let variables = environment(&[("SAMSTEP_JUNIT", "j.xml"), ("SAMSTEP_EMIT", "sh"), ("SAMSTEP_NO_DEBUG", "true")]);
    let line = "samstep package --emit json --output-env=a.env --external-id hunter22 --no-progressbar";
    let Parsed::Run(command) = parse(words(line), &variables).unwrap() else { panic!() };
    let report = command.report(&variables);
    assert_eq!((report.form, report.is_quiet, report.debug), (Form::Json, true, false));
    let files: Vec<_> = report.files.iter().map(|path| path.to_str().unwrap()).collect();
    assert_eq!(files, ["a.env", "j.xml"]);
    assert_eq!(command.secrets(&variables).unwrap().expose(), "hunter22");
}

#[test]
fn a_near_miss_is_answered() {
    insta::assert_snapshot!(refused("samstep package template.yaml", &[]), @"unexpected argument 'template.yaml' found | name the template with --template-file template.yaml; see samstep package --help");
    insta::assert_snapshot!(refused("samstep package --output yaml", &[]), @"invalid value 'yaml' for '--output <FORM>' [possible values: text, json, sh] | it is the form of the report; the packaged template is YAML or JSON as its source is, and JSON with --use-json; see samstep package --help");
    insta::assert_snapshot!(refused("samstep package --sse AES256", &[]), @"invalid value 'AES256' for '--sse <MODE>' [possible values: aes256, kms, kms-dsse, bucket-default] | the nearest value is aes256; see samstep package --help");
    insta::assert_snapshot!(refused("samstep package --sse aws:kms", &[]), @"invalid value 'aws:kms' for '--sse <MODE>' [possible values: aes256, kms, kms-dsse, bucket-default] | the nearest value is kms; see samstep package --help");
    insta::assert_snapshot!(refused("samstep package –s3-bucket code", &[]), @"unexpected argument '–s3-bucket' found | it begins with a dash of print; write it with two hyphens: --s3-bucket; see samstep package --help");
    insta::assert_snapshot!(refused("samstep package —s3-bucket=code", &[]), @"unexpected argument '—s3-bucket=code' found | it begins with a dash of print; write it with two hyphens: --s3-bucket; see samstep package --help");
    insta::assert_snapshot!(refused("samstep package -s3-bucket code", &[]), @"unexpected argument '-s' found | write it with two hyphens: --s3-bucket; see samstep package --help");
    insta::assert_snapshot!(refused("samstep package --target a=eu-west-1/New_Code", &[]), @r#"invalid value 'a=eu-west-1/New_Code' for '--target <NAME=REGION/BUCKET[/PREFIX]>': "New_Code" is not the name of a bucket | see samstep package --help"#);
}
