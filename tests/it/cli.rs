//! The command line as a person meets it: version, completions, errors of invalid command lines.

use crate::run::{Ended, samstep};
use insta::assert_snapshot;

/// Exit code, standard output and standard error of a run.
pub fn transcript(arguments: &[&str]) -> String {
    transcript_of(&samstep(arguments).end())
}

fn transcript_of(ended: &Ended) -> String {
    format!("{}\n{}---\n{}", ended.code, ended.stdout, ended.stderr)
}

#[test]
fn the_version_is_one_line_and_more_if_that_is_asked_for() {
    let line = format!("samstep {}\n", env!("CARGO_PKG_VERSION"));
    for flag in ["--version", "-V"] {
        assert_eq!(transcript(&[flag]), format!("0\n{line}---\n"), "{flag}");
    }
    let verbose = samstep(["--version", "--verbose"]).end().ok().stdout;
    let keys: Vec<_> = verbose.lines().skip(1).map(|line| line.split_once(": ").unwrap().0).collect();
    assert!(verbose.starts_with(&line), "{verbose}");
    assert_eq!(keys, ["commit", "target", "features"]);
    assert!(verbose.contains(&format!("\ntarget: {}-{}", std::env::consts::ARCH, std::env::consts::OS)), "{verbose}");
}

#[test]
fn completions_know_what_help_lists() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = samstep(["completions", shell]).end().ok().stdout;
        assert!(["s3-bucket", "rehearse"].iter().all(|word| script.contains(word)), "{shell}: {script}");
        assert!(["no-use-json", "in-worker", "samstep-man"].iter().all(|word| !script.contains(word)), "{shell}");
    }
    let script = samstep(["completions", "bash"]).end().ok().stdout;
    let ask =
        "\nCOMP_WORDS=(samstep package --s3-b) COMP_CWORD=2\n_samstep samstep --s3-b package\necho ${COMPREPLY[*]}";
    let shell = std::process::Command::new("bash").args(["--norc", "-c", &(script + ask)]).output().unwrap();
    assert_eq!(String::from_utf8(shell.stdout).unwrap(), "--s3-bucket\n");
    assert_snapshot!(transcript(&["completions", "tcsh"]), @"
    2
    ---
      help: a similar value exists: 'zsh'; see samstep completions --help
    error: invalid value 'tcsh' for '[SHELL]' [possible values: bash, elvish, fish, powershell, zsh]
    ");
}

#[test]
fn manual_pages_are_roff() {
    for (arguments, expected) in [
        (vec!["man"], ".TH samstep 1"),
        (vec!["man", "package"], ".TH samstep-package 1"),
        (vec!["man", "action-type"], ".TH samstep-action-type 1"),
    ] {
        let page = samstep(&arguments).end().ok().stdout;
        assert!(page.contains(expected) && page.contains(env!("CARGO_PKG_VERSION")), "{arguments:?}: {page}");
    }
    let page = samstep(["man", "package"]).end().ok().stdout;
    assert!(page.contains("SAMSTEP_S3_BUCKET") && page.contains("Examples:"), "{page}");
}

#[test]
fn a_line_that_cannot_be_meant_ends_with_its_cause_and_status_2() {
    assert_snapshot!(transcript(&["package", "--s3-buckt", "x"]), @r#"
2
---
  help: a similar argument exists: '--s3-bucket'; see samstep package --help
error: unexpected argument '--s3-buckt' found
"#);
    assert_snapshot!(transcript(&["package", "stray"]), @r#"
2
---
  help: see samstep package --help
error: unexpected argument 'stray' found
"#);
    assert_snapshot!(transcript(&["package", "--digest", "md4"]), @r#"
2
---
  help: see samstep package --help
error: invalid value 'md4' for '--digest <RULE>' [possible values: sam, sha256]
"#);
    assert_snapshot!(transcript(&["lambda"]), @r"
2
---
  help: samstep lambda runs as the bootstrap of a function; elsewhere, samstep job does a job
error: AWS_LAMBDA_RUNTIME_API is not set: this is not a Lambda function
");
    assert_snapshot!(transcript(&["job"]), @r#"
2
---
  help: see samstep job --help
error: the following required arguments were not provided: --job-file <FILE>
"#);
}

#[test]
fn a_near_miss_is_answered_on_the_screen() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("template.yaml"), "Resources: {}\n").unwrap();
    std::fs::write(folder.path().join("wrong.toml"), "[default.package.parameters]\ns3_bucket = my-code\n").unwrap();
    let transcript = |arguments: &[&str]| transcript_of(&samstep(arguments).at(folder.path()).end());
    assert_snapshot!(transcript(&["package", "template.yaml"]), @"
    2
    ---
      help: name the template with --template-file template.yaml; see samstep package --help
    error: unexpected argument 'template.yaml' found
    ");
    assert_snapshot!(transcript(&["package", "--output", "yaml"]), @"
    2
    ---
      help: it is the form of the report; the packaged template is YAML or JSON as its source is, and JSON with --use-json; see samstep package --help
    error: invalid value 'yaml' for '--output <FORM>' [possible values: text, json, sh]
    ");
    assert_snapshot!(transcript(&["package", "--sse", "AES256"]), @"
    2
    ---
      help: the nearest value is aes256; see samstep package --help
    error: invalid value 'AES256' for '--sse <MODE>' [possible values: aes256, kms, kms-dsse, bucket-default]
    ");
    assert_snapshot!(transcript(&["package", "–s3-bucket", "code"]), @"
    2
    ---
      help: it begins with a dash of print; write it with two hyphens: --s3-bucket; see samstep package --help
    error: unexpected argument '–s3-bucket' found
    ");
    assert_snapshot!(transcript(&["package", "--config-env", "prod"]), @"
    2
    ---
      help: leave --config-env or SAMSTEP_CONFIG_ENV out, or name the file with --config-file; looked for samconfig.toml, samconfig.yaml, samconfig.yml
    error: there is no samconfig in the current folder, and the environment `prod` is asked for
    ");
    assert_snapshot!(transcript(&["package", "-t", r"src\template.yaml"]), @r"
    2
    ---
      help: write it with / between folders: src/template.yaml
    error: the template src\template.yaml does not exist
    ");
    assert_snapshot!(transcript(&["package", "--s3-bucket", "New_Code", "--region", "eu-west-1"]), @r#"
    2
    ---
      help: the names of buckets have lower-case letters, digits, - and ., such as new-code; others exist in us-east-1 alone
    error: --s3-bucket: "New_Code" is not the name of a bucket
    "#);
    assert_snapshot!(transcript(&["package", "--config-file", "wrong.toml"]), @r#"
    2
    ---
     --> wrong.toml:2:13
      |
    2 | s3_bucket = my-code
      |             ^^^^^^^
      |
      = help: put the value of s3_bucket in quotes: s3_bucket = "…"
    error: wrong.toml:2:13: the configuration file wrong.toml is not TOML: string values must be quoted, expected literal string
    "#);
}

#[test]
fn a_wrong_value_in_samconfig_is_shown_where_it_stands() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("template.yaml"), "Resources: {}\n").unwrap();
    let text = "version = 0.1\n[default.package.parameters]\ns3_bukket = \"x\"\nuse_json = \"perhaps\"\n";
    std::fs::write(folder.path().join("samconfig.toml"), text).unwrap();
    let ended = samstep(["package"]).at(folder.path()).end();
    assert_eq!((ended.code, ended.stdout.as_str()), (2, ""));
    assert_snapshot!(ended.stderr, @r#"
     --> samconfig.toml:4:12
      |
    4 | use_json = "perhaps"
      |            ^^^^^^^^^
      |
      = help: see samstep package --help
    error: samconfig.toml:4:12: use_json: `perhaps` is not true or false
    "#);
}

#[test]
fn a_variable_that_no_command_reads_is_a_warning_without_its_value() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("template.yaml"), "Resources: {}\n").unwrap();
    let run = samstep(["package"]).at(folder.path()).env("SAMSTEP_S3_BUCKT", "hunter22").env("SAMSTEP_JOB_FILE", "-");
    assert_snapshot!(run.end().ok().stderr, @r"
warning: the variable SAMSTEP_S3_BUCKT is not read: no command has such an option; the nearest is SAMSTEP_S3_BUCKET
Found 0 artifacts in template.yaml (0 objects)
Packaged 0 artifacts: 0 uploaded (0 B), 0 unchanged
");
}

#[test]
fn a_variable_that_is_not_utf_8_is_refused_by_name() {
    use std::os::unix::ffi::OsStrExt;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("template.yaml"), "Resources: {}\n").unwrap();
    let of_latin_1 = std::ffi::OsStr::from_bytes(b"caf\xe9");
    let run = |name| samstep(["package", "--dry-run"]).at(folder.path()).env(name, of_latin_1).end();
    let ended = run("SAMSTEP_S3_PREFIX");
    assert_eq!((ended.code, ended.stdout.as_str()), (2, ""));
    assert_snapshot!(ended.stderr, @"
      help: set it to UTF-8 text, or unset it
    error: the value of the variable SAMSTEP_S3_PREFIX is not UTF-8
    ");
    for other in ["SAMSTEP_STACK_NAME", "LC_NAME"] {
        assert_eq!(run(other).code, 0, "{other} is not read by this command");
    }
}

#[test]
fn a_template_for_the_device_of_standard_output_is_written_there_alone() {
    let folder = tempfile::tempdir().unwrap();
    let template = "Resources: {}\n";
    std::fs::write(folder.path().join("template.yaml"), template).unwrap();
    for output in ["/dev/stdout", "/dev/fd/1", "-"] {
        let ended = samstep(["package", "--output-template-file", output]).at(folder.path()).end().ok();
        assert_eq!(ended.stdout, template, "{output}");
    }
}

#[test]
fn an_endpoint_that_is_no_url_is_named_with_who_gave_it() {
    let folder = tempfile::tempdir().unwrap();
    let template = "Resources:\n  F:\n    Type: AWS::Lambda::Function\n    Properties:\n      Code: src\n";
    std::fs::write(folder.path().join("template.yaml"), template).unwrap();
    std::fs::write(folder.path().join("config"), "[default]\nendpoint_url = of-profile\n").unwrap();
    std::fs::create_dir(folder.path().join("src")).unwrap();
    std::fs::write(folder.path().join("src/a.py"), "pass\n").unwrap();
    let closed = "http://127.0.0.1:1";
    let no_url = |who: &str, url: &str| (2, format!("error: {who} is \"{url}\", which is not the URL of an endpoint"));
    let refused = || (75, "Connection refused (os error 111)".to_owned());
    let rows = [
        (vec![("AWS_ENDPOINT_URL", "foo")], no_url("AWS_ENDPOINT_URL", "foo")),
        (vec![("AWS_ENDPOINT_URL_S3", "foo"), ("AWS_ENDPOINT_URL", closed)], no_url("AWS_ENDPOINT_URL_S3", "foo")),
        (vec![("AWS_ENDPOINT_URL_STS", "foo")], no_url("AWS_ENDPOINT_URL_STS", "foo")),
        (vec![("AWS_ENDPOINT_URL_CODEDEPLOY", "foo")], no_url("AWS_ENDPOINT_URL_CODEDEPLOY", "foo")),
        (vec![("AWS_ENDPOINT_URL_CLOUDWATCH", "foo")], no_url("AWS_ENDPOINT_URL_CLOUDWATCH", "foo")),
        (vec![("AWS_CONFIG_FILE", "config")], no_url("endpoint_url of the profile", "of-profile")),
        // What is empty counts as not given, as for the AWS CLI.
        (vec![("AWS_ENDPOINT_URL", ""), ("AWS_ENDPOINT_URL_S3", closed)], refused()),
        (vec![("AWS_ENDPOINT_URL_S3", ""), ("AWS_ENDPOINT_URL", closed)], refused()),
    ];
    for (variables, (code, cause)) in rows {
        let run = samstep(["package", "--s3-bucket", "code", "--region", "eu-west-1"]).at(folder.path());
        let run = run.env("AWS_ACCESS_KEY_ID", "a").env("AWS_SECRET_ACCESS_KEY", "b").env("AWS_MAX_ATTEMPTS", "1");
        let ended = variables.iter().fold(run, |run, (name, value)| run.env(name, value)).end();
        assert_eq!((ended.code, ended.cause().ends_with(&cause)), (code, true), "{variables:?}: {}", ended.stderr);
    }
}

#[test]
fn colour_is_for_who_asks_or_looks() {
    let rows = [(vec!["package", "stray"], false), (vec!["package", "-t", "none", "--color", "always"], true)];
    for (arguments, is_colored) in rows {
        assert_eq!(samstep(&arguments).end().stderr.contains('\u{1b}'), is_colored, "{arguments:?}");
    }
}
