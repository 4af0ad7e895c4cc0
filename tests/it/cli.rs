//! The command line as a person meets it: help, version, and what is said of a line that cannot be meant.

use crate::run::samstep;
use insta::assert_snapshot;

fn said(arguments: &[&str]) -> String {
    let ended = samstep(arguments).end();
    format!("{}\n{}---\n{}", ended.code, ended.stdout, ended.stderr)
}

/// The longest help that a screen shows.
const SCREEN_LINES: usize = 40;

#[test]
fn without_a_command_the_commands_are_shown() {
    assert_snapshot!(said(&[]), @"
    2
    Package, deploy and publish AWS SAM and CloudFormation applications in a pipeline, without
    questions.

    Usage: samstep <COMMAND>

    Commands:
      package      Upload local code and files to S3 and write the template that points at them
      deploy       Package a template and create or update its stack with a change set
      publish      Publish a template as an application in the AWS Serverless Application Repository
      job          Do one CodePipeline job and put its result
      rehearse     Try a pipeline action on a folder of this machine: no account, no network
      action-type  Print the custom action type by which pipelines ask for this step
      worker       Take jobs of a custom action type from CodePipeline and do them
      lambda       Do the jobs of a Lambda invoke action, with this file as the bootstrap of a function
      config       Show every effective setting of a command with its source
      doctor       Check credentials, clock, region, bucket and key; writes nothing
      completions  Print completions for a shell

    Options:
      -V, --version  Print the version; with --verbose, also the commit and the target
      -h, --help     Print help (see more with '--help')
    ---
      help: see samstep --help
    error: no command was given
    ");
}

#[test]
fn short_help_fits_on_a_screen() {
    assert_snapshot!(said(&["-h"]), @"
    0
    Package, deploy and publish AWS SAM and CloudFormation applications in a pipeline, without
    questions.

    Usage: samstep <COMMAND>

    Commands:
      package      Upload local code and files to S3 and write the template that points at them
      deploy       Package a template and create or update its stack with a change set
      publish      Publish a template as an application in the AWS Serverless Application Repository
      job          Do one CodePipeline job and put its result
      rehearse     Try a pipeline action on a folder of this machine: no account, no network
      action-type  Print the custom action type by which pipelines ask for this step
      worker       Take jobs of a custom action type from CodePipeline and do them
      lambda       Do the jobs of a Lambda invoke action, with this file as the bootstrap of a function
      config       Show every effective setting of a command with its source
      doctor       Check credentials, clock, region, bucket and key; writes nothing
      completions  Print completions for a shell

    Options:
      -V, --version  Print the version; with --verbose, also the commit and the target
      -h, --help     Print help (see more with '--help')
    ---
    ");
    assert_snapshot!(said(&["package", "-h"]), @"
    0
    Upload local code and files to S3 and write the template that points at them

    Usage: samstep package [OPTIONS]

    Template:
      -t, --template-file <FILE>         Template to package; - for standard input
          --output-template-file <FILE>  File to write the packaged template to [default: standard
                                         output]

    Upload:
          --s3-bucket <NAME>    Bucket to upload to; auto for the pipeline's artifact bucket
          --resolve-s3          Upload to sam's managed bucket, which is made if absent
          --s3-prefix <PREFIX>  Folder in the bucket, such as my-app

    Targets:
          --target <NAME=REGION/BUCKET[/PREFIX]>  Region and bucket to package for; repeatable

    Samconfig:
          --config-env <NAME>  Environment of the samconfig [default: default]

    AWS:
          --region <REGION>  Region, such as eu-west-1 [default: as the AWS tools find it]
          --profile <NAME>   Profile of the AWS configuration files

    Report:
          --dry-run          List what would be uploaded, without any network
          --manifest <FILE>  File to write a JSON list of every artifact to
          --debug            Also log what happens inside
      -h, --help             Show the help: -h the most common options, --help all of them

    Each option is also read from a variable, such as SAMSTEP_S3_BUCKET, and from samconfig.toml.
    --help shows all options, with examples.
    ---
    ");
    assert_snapshot!(said(&["job", "-h"]), @"
    0
    Do one CodePipeline job and put its result

    Usage: samstep job [OPTIONS] --job-file <FILE>

    Options:
          --job-file <FILE>    Job to do, as JSON; - for standard input
          --timeout <SECONDS>  Seconds that the job may take [default: no limit]

    What jobs may do:
          --allow-bucket <PATTERN>      Pattern of buckets for code, such as acme-code-*; repeatable
          --allow-role <PATTERN>        Pattern of roles to assume or to give to CloudFormation, such as
                                        arn:aws:iam::*:role/deploy-*
          --allow-key <PATTERN>         Pattern of KMS keys for code
          --allow-stack <PATTERN>       Pattern of stacks to deploy, such as acme-*
          --allow-capability <PATTERN>  Pattern of capabilities of deployed templates, such as
                                        CAPABILITY_IAM

    AWS:
          --region <REGION>  Region, such as eu-west-1 [default: as the AWS tools find it]
          --profile <NAME>   Profile of the AWS configuration files

    Report:
          --debug  Also log what happens inside
      -h, --help   Show the help: -h the most common options, --help all of them

    Each option is also read from a variable, such as SAMSTEP_DEBUG.
    --help shows all options, with examples.
    ---
    ");
}

#[test]
fn whole_help_has_examples_and_the_sources_of_each_option() {
    assert_snapshot!(said(&["--help"]), @"
    0
    Package, deploy and publish AWS SAM and CloudFormation applications in a pipeline, without
    questions.

    Usage: samstep <COMMAND>

    Commands:
      package      Upload local code and files to S3 and write the template that points at them
      deploy       Package a template and create or update its stack with a change set
      publish      Publish a template as an application in the AWS Serverless Application Repository
      job          Do one CodePipeline job and put its result
      rehearse     Try a pipeline action on a folder of this machine: no account, no network
      action-type  Print the custom action type by which pipelines ask for this step
      worker       Take jobs of a custom action type from CodePipeline and do them
      lambda       Do the jobs of a Lambda invoke action, with this file as the bootstrap of a function
      config       Show every effective setting of a command with its source
      doctor       Check credentials, clock, region, bucket and key; writes nothing
      completions  Print completions for a shell

    Options:
      -V, --version
              Print the version; with --verbose, also the commit and the target

      -h, --help
              Print help (see a summary with '-h')

    Examples:
      samstep rehearse .                                   try it on this folder, without an account
      samstep package --s3-bucket my-code > packaged.yaml  upload, and write the packaged template
      samstep package --s3-bucket my-code --dry-run        list what would be uploaded
      samstep deploy --stack-name my-app --resolve-s3      package, and create or update the stack

    samstep COMMAND --help shows all options of a command, each with its variable.
    ---
    ");
    assert_snapshot!(said(&["rehearse", "--help"]), @"
    0
    Try a pipeline action on a folder of this machine: no account, no network

    Usage: samstep rehearse [OPTIONS] <DIR>

    Arguments:
      <DIR>
              Folder that the pipeline would hand over as the action's input artifact

    Options:
          --operation <NAME>
              Operation of the action [default: package]
              [variable: SAMSTEP_OPERATION]

          --template <PATH>
              Template of the operation, a path below DIR [default: the template that `package` would
              find there]
              [variable: SAMSTEP_TEMPLATE]

          --configuration <KEY=VALUE>
              Property of the action configuration, such as S3Prefix=app; repeatable
              [variable: SAMSTEP_CONFIGURATION]

          --output <DIR>
              Folder for the buckets, the stacks, the output artifact and the result; made if absent
              [variable: SAMSTEP_OUTPUT]
              
              [default: rehearsal]

    Report:
          --no-progressbar
              Show neither progress nor a line for each uploaded object
              [variable: SAMSTEP_NO_PROGRESSBAR]

          --color <WHEN>
              When to colour the report
              [variable: SAMSTEP_COLOR]

              Possible values:
              - auto:   On a terminal, unless NO_COLOR is set
              - always: Also without a terminal
              - never:  Never
              
              [default: auto]

          --debug
              Also log what happens inside
              [variable: SAMSTEP_DEBUG or SAM_DEBUG]

          --host <HOST>
              Who reads the report
              
              auto recognises the host by its own variables. The choice changes words, never what is
              packaged.
              [variable: SAMSTEP_HOST]

              Possible values:
              - auto:      Recognised by the variables that hosts set
              - terminal:  Bars and colours for a person
              - plain:     Whole lines for a log
              - codebuild: AWS CodeBuild
              - github:    GitHub Actions
              - gitlab:    GitLab CI
              - json:      An event a line, for a program
              
              [default: auto]

      -h, --help
              Show the help: -h the most common options, --help all of them

    Examples:
      samstep rehearse .
      samstep rehearse . --template app/template.yaml --configuration S3Prefix=app

    An option on the command line wins over its variable.
    The variable of a switch is true or false; --no- before the name of a switch takes it back.
    ---
    ");
    let help = said(&["package", "--help"]);
    for expected in [
        "\nExamples:\n  samstep package -t template.yaml --s3-bucket my-code",
        "[variable: SAMSTEP_TEMPLATE_FILE or SAM_TEMPLATE_FILE] [samconfig: template_file]",
        "[variable: SAMSTEP_HOST]\n",
    ] {
        assert!(help.contains(expected), "{expected}: {help}");
    }
    let help = said(&["deploy", "--help"]);
    for expected in [
        "\nExamples:\n  samstep deploy --stack-name my-app --resolve-s3",
        "[variable: SAMSTEP_STACK_NAME] [samconfig: stack_name]",
        "[variable: SAMSTEP_EXECUTE]\n",
        "--on-failure <ACTION>",
    ] {
        assert!(help.contains(expected), "{expected}: {help}");
    }
}

#[test]
fn the_version_is_one_line_and_more_if_that_is_asked_for() {
    let line = format!("samstep {}\n", env!("CARGO_PKG_VERSION"));
    for flag in ["--version", "-V"] {
        assert_eq!(said(&[flag]), format!("0\n{line}---\n"), "{flag}");
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
    assert_snapshot!(said(&["completions", "tcsh"]), @"
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
    assert_snapshot!(said(&["package", "--s3-buckt", "x"]), @r#"
2
---
  help: a similar argument exists: '--s3-bucket'; see samstep package --help
error: unexpected argument '--s3-buckt' found
"#);
    assert_snapshot!(said(&["package", "stray"]), @r#"
2
---
  help: see samstep package --help
error: unexpected argument 'stray' found
"#);
    assert_snapshot!(said(&["package", "--digest", "md4"]), @r#"
2
---
  help: see samstep package --help
error: invalid value 'md4' for '--digest <RULE>' [possible values: sam, sha256]
"#);
    assert_snapshot!(said(&["lambda"]), @r"
2
---
  help: samstep lambda runs as the bootstrap of a function; elsewhere, samstep job does a job
error: AWS_LAMBDA_RUNTIME_API is not set: this is not a Lambda function
");
    assert_snapshot!(said(&["job"]), @r#"
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
    let said = |arguments: &[&str]| {
        let ended = samstep(arguments).at(folder.path()).end();
        format!("{}\n{}---\n{}", ended.code, ended.stdout, ended.stderr)
    };
    assert_snapshot!(said(&["package", "template.yaml"]), @"
    2
    ---
      help: name the template with --template-file template.yaml; see samstep package --help
    error: unexpected argument 'template.yaml' found
    ");
    assert_snapshot!(said(&["package", "--output", "yaml"]), @"
    2
    ---
      help: it is the form of the report; the packaged template is YAML or JSON as its source is, and JSON with --use-json; see samstep package --help
    error: invalid value 'yaml' for '--output <FORM>' [possible values: text, json, sh]
    ");
    assert_snapshot!(said(&["package", "--sse", "AES256"]), @"
    2
    ---
      help: the nearest value is aes256; see samstep package --help
    error: invalid value 'AES256' for '--sse <MODE>' [possible values: aes256, kms, kms-dsse, bucket-default]
    ");
    assert_snapshot!(said(&["package", "–s3-bucket", "code"]), @"
    2
    ---
      help: it begins with a dash of print; write it with two hyphens: --s3-bucket; see samstep package --help
    error: unexpected argument '–s3-bucket' found
    ");
    assert_snapshot!(said(&["package", "--config-env", "prod"]), @"
    2
    ---
      help: leave --config-env or SAMSTEP_CONFIG_ENV out, or name the file with --config-file; looked for samconfig.toml, samconfig.yaml, samconfig.yml
    error: there is no samconfig in the current folder, and the environment `prod` is asked for
    ");
    assert_snapshot!(said(&["package", "-t", r"src\template.yaml"]), @r"
    2
    ---
      help: write it with / between folders: src/template.yaml
    error: the template src\template.yaml does not exist
    ");
    assert_snapshot!(said(&["package", "--s3-bucket", "New_Code", "--region", "eu-west-1"]), @r#"
    2
    ---
      help: the names of buckets have lower-case letters, digits, - and ., such as new-code; others exist in us-east-1 alone
    error: --s3-bucket: "New_Code" is not the name of a bucket
    "#);
    assert_snapshot!(said(&["package", "--config-file", "wrong.toml"]), @r#"
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

#[test]
fn the_short_help_fits_one_screen_and_examples_are_indented() {
    let commands = [
        "package",
        "deploy",
        "publish",
        "job",
        "rehearse",
        "action-type",
        "worker",
        "lambda",
        "config",
        "doctor",
        "completions",
        "man",
    ];
    for command in commands {
        let short = samstep([command, "-h"]).env("COLUMNS", "100").end().ok().stdout;
        assert!(
            short.lines().count() <= SCREEN_LINES && short.lines().all(|line| line.chars().count() <= 110),
            "{short}"
        );
        let help = samstep([command, "--help"]).end().ok().stdout;
        let (_, examples) = help.split_once("\nExamples:\n").expect(command);
        let examples: Vec<&str> = examples.lines().take_while(|line| !line.is_empty()).collect();
        let is_indented = |line: &&str| line.starts_with("  ") && !line.starts_with("   ");
        assert!(!examples.is_empty() && examples.iter().all(is_indented), "{command}: {examples:?}");
    }
}
