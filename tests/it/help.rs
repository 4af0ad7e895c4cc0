//! The help as a person meets it: the list of commands, one screen for each, and the whole.

use crate::cli::transcript;
use crate::run::samstep;
use insta::assert_snapshot;

const SCREEN_LINES: usize = 40;
const SCREEN_COLUMNS: usize = 100;

#[test]
fn without_a_command_the_short_help_is_shown() {
    let help = transcript(&["-h"]);
    let help = help.strip_prefix("0\n").unwrap();
    assert_eq!(transcript(&[]), format!("2\n{help}  help: see samstep --help\nerror: no command was given\n"));
}

#[test]
fn short_help_shows_the_most_common_options() {
    assert_snapshot!(transcript(&["-h"]), @"
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
    assert_snapshot!(transcript(&["package", "-h"]), @"
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
          --manifest <FILE>  File for all artifacts and the digests of the templates, as JSON
          --debug            Also log what happens inside
      -h, --help             Show the help: -h the most common options, --help all of them

    Each option is also read from a variable, such as SAMSTEP_S3_BUCKET, and from samconfig.toml.
    --help shows all options, with examples.
    ---
    ");
    assert_snapshot!(transcript(&["deploy", "-h"]), @"
    0
    Package a template and create or update its stack with a change set

    Usage: samstep deploy [OPTIONS]

    Stack:
          --stack-name <NAME>             Stack to create or to update: name or ARN
          --parameter-overrides <K=V>...  Values of parameters, or file://FILE with them
          --tags <K=V>...                 Tags of the stack, or file://FILE with them
          --capabilities <CAPABILITY>...  What the template may do, such as CAPABILITY_IAM

    Template:
      -t, --template-file <FILE>  Template to package; - for standard input

    Execution:
          --no-execute-changeset  Stop when the change set is ready, and show it
          --execute <ARN>         Execute this change set, which an earlier run made: ARN, or name
          --on-failure <ACTION>   After a failure: ROLLBACK (the default), DELETE or DO_NOTHING
          --timeout <TIME>        Fail after this time, such as 90m [default: 12h]

    Upload:
          --s3-bucket <NAME>    Bucket to upload to; auto for the pipeline's artifact bucket
          --resolve-s3          Upload to sam's managed bucket, which is made if absent
          --s3-prefix <PREFIX>  Folder in the bucket, such as my-app

    Samconfig:
          --config-env <NAME>  Environment of the samconfig [default: default]

    AWS:
          --region <REGION>  Region, such as eu-west-1 [default: as the AWS tools find it]
          --profile <NAME>   Profile of the AWS configuration files

    Report:
          --outputs-file <FILE>  File for the outputs of the stack, as a JSON object
          --report <FILE>        File for the report, as an HTML page: timeline, traffic shifts,
                                 changes, cause
          --debug                Also log what happens inside
      -h, --help                 Show the help: -h the most common options, --help all of them

    Each option is also read from a variable, such as SAMSTEP_S3_BUCKET, and from samconfig.toml.
    --help shows all options, with examples.
    ---
    ");
    assert_snapshot!(transcript(&["job", "-h"]), @"
    0
    Do one CodePipeline job and put its result

    Usage: samstep job [OPTIONS] --job-file <FILE>

    Options:
          --job-file <FILE>    Job to do, as JSON; - for standard input
          --timeout <SECONDS>  Seconds that the job may take [default: no limit]

    What jobs may do:
          --allow-bucket <PATTERN>       Pattern of buckets for code, such as acme-code-*; repeatable
          --allow-role <PATTERN>         Pattern of roles to assume or to give to CloudFormation, such
                                         as arn:aws:iam::*:role/deploy-*
          --allow-key <PATTERN>          Pattern of KMS keys for code
          --allow-stack <PATTERN>        Pattern of stacks to deploy, such as acme-*
          --allow-application <PATTERN>  Pattern of ARNs of applications to publish or to deploy
          --allow-capability <PATTERN>   Pattern of capabilities of deployed templates, such as
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
    let help = transcript(&["--help"]);
    let (_, options) = help.split_once("\nOptions:\n").unwrap();
    assert_snapshot!(options, @"
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
    assert_snapshot!(transcript(&["rehearse", "--help"]), @"
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
    let help = transcript(&["package", "--help"]);
    for expected in [
        "\nExamples:\n  samstep package -t template.yaml --s3-bucket my-code",
        "[variable: SAMSTEP_TEMPLATE_FILE or SAM_TEMPLATE_FILE] [samconfig: template_file]",
        "[variable: SAMSTEP_HOST]\n",
    ] {
        assert!(help.contains(expected), "{expected}: {help}");
    }
    let help = transcript(&["deploy", "--help"]);
    for expected in [
        "\nExamples:\n  samstep deploy --stack-name my-app --resolve-s3",
        "[variable: SAMSTEP_STACK_NAME] [samconfig: stack_name]",
        "[variable: SAMSTEP_EXECUTE]\n",
        "--on-failure <ACTION>",
        "\nSAM_CLI_POLL_DELAY sets the polling interval in seconds",
    ] {
        assert!(help.contains(expected), "{expected}: {help}");
    }
}

const COMMANDS: [&str; 12] = [
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

#[test]
fn the_short_help_of_each_command_fits_on_a_screen() {
    for command in COMMANDS {
        let help = samstep([command, "-h"]).env("COLUMNS", SCREEN_COLUMNS.to_string()).end().ok().stdout;
        let too_wide: Vec<_> = help.lines().filter(|line| line.chars().count() > SCREEN_COLUMNS).collect();
        assert_eq!(too_wide, [""; 0], "{command}");
        assert!(help.lines().count() <= SCREEN_LINES, "{help}");
    }
}

#[test]
fn the_examples_of_each_command_are_indented_by_two_spaces() {
    for command in COMMANDS {
        let help = samstep([command, "--help"]).end().ok().stdout;
        let (_, examples) = help.split_once("\nExamples:\n").expect(command);
        let examples: Vec<&str> = examples.lines().take_while(|line| !line.is_empty()).collect();
        let is_indented = |line: &&str| line.starts_with("  ") && !line.starts_with("   ");
        assert!(!examples.is_empty() && examples.iter().all(is_indented), "{command}: {examples:?}");
    }
}
