//! The command line as a person meets it: help, version, and what is said of a line that cannot be meant.

use crate::run::samstep;
use insta::assert_snapshot;

fn said(arguments: &[&str]) -> String {
    let ended = samstep(arguments).end();
    format!("{}\n{}---\n{}", ended.code, ended.stdout, ended.stderr)
}

#[test]
fn help_fits_on_a_page() {
    assert_snapshot!(said(&["--help"]), @r#"
0
Package AWS SAM and CloudFormation applications in a pipeline, without questions.

Usage: samstep <COMMAND>

Commands:
  package      Upload local code and files to S3 and write the template that points at them
  job          Do one CodePipeline job and put its result
  rehearse     Try a pipeline action on a folder of this machine: no account, no network
  action-type  Print the custom action type by which pipelines ask for this step
  worker       Take jobs of a custom action type from CodePipeline and do them
  lambda       Do the jobs of a Lambda invoke action, with this file as the bootstrap of a function

Options:
  -h, --help     Show this help
  -V, --version  Print version
---
"#);
}

#[test]
fn help_of_package_names_every_option_by_theme() {
    assert_snapshot!(said(&["package", "--help"]), @r#"
0
Upload local code and files to S3 and write the template that points at them

Usage: samstep package [OPTIONS]

Template:
  -t, --template-file <FILE>         Template to package; - for standard input. SAM_TEMPLATE_FILE
                                     names it too
                                     [default: the first of .aws-sam/build/template.yaml,
                                     template.yaml, template.yml, template.json]
      --output-template-file <FILE>  File to write the packaged template to [default: standard
                                     output]
      --use-json                     Write the packaged template as JSON
      --sam-resource-id              Add each resource's logical id as Metadata.SamResourceId, as
                                     sam does

Upload:
      --s3-bucket <NAME>
          Bucket to upload to; auto for the artifact bucket of the pipeline that runs this CodeBuild
          build
      --resolve-s3
          Upload to sam's managed bucket (stack aws-sam-cli-managed-default), made if absent;
          --no-resolve-s3 takes it back
      --s3-prefix <PREFIX>
          Folder in the bucket, such as my-app
      --kms-key-id <KEY>
          KMS key for the uploaded objects: id, ARN or alias. Means --sse kms
      --sse <MODE>
          Encryption of the uploaded objects [default: aes256, or kms with --kms-key-id] [possible
          values: aes256, kms, kms-dsse, bucket-default]
      --metadata <MAP>
          Metadata for the uploaded objects: k=v,k2=v2 or a JSON object
      --force-upload
          Upload also what is in the bucket already
      --expected-bucket-owner <ACCOUNT>
          Account that must own the bucket: 12 digits

Targets:
      --target <NAME=REGION/BUCKET[/PREFIX]>
          Place to package for in the same pass, such as prod=eu-west-1/my-code/app: its objects go
          there, and packaged-NAME.yaml points at them. May be given several times, or with commas
          between
      --template-configuration <[NAME=]FILE>
          Template configuration of CodePipeline's CloudFormation action (Parameters, Tags,
          StackPolicy) to check against the template and write beside the packaged one, as
          packaged.config.json; without NAME= for every target. A target without one gets what the
          samconfig's environment of its name says of sam deploy; NAME= alone is for none

Archives:
      --digest <RULE>    What names an archive: sam for the MD5 that sam uses, sha256 to cover file
                         modes too [default: sam] [possible values: sam, sha256]
      --symlinks <RULE>  Symbolic links: archive what they point at, keep them, or refuse them
                         [default: follow] [possible values: follow, preserve, error]

Configuration file:
      --config-file <FILE>  Configuration file; a relative path starts at the folder of
                            --template-file
                            [default: samconfig.toml, samconfig.yaml or samconfig.yml]
      --config-env <NAME>   Environment of the configuration file [default: default]

AWS:
      --region <REGION>                Region, such as eu-west-1 [default: as the AWS tools find it]
      --profile <NAME>                 Profile of the AWS configuration files
      --assume-role-arn <ARN>          Role to assume before anything else
      --external-id <ID>               External id that the role asks for
      --endpoint-url <URL>             URL to use in place of AWS endpoints
      --ca-bundle <FILE>               File of certificate authorities to trust (PEM)
      --cli-connect-timeout <SECONDS>  Seconds to wait for a connection; 0 for no limit
      --cli-read-timeout <SECONDS>     Seconds to wait for an answer; 0 for no limit

Report:
      --dry-run          List what would be uploaded, without any network
      --manifest <FILE>  File to write a JSON list of every artifact to
      --no-progressbar   Show neither progress nor a line for each uploaded object
      --color <WHEN>     When to colour the report [default: auto] [possible values: auto, always,
                         never]
      --debug            Also log what happens inside. SAM_DEBUG=true does the same
      --host <HOST>      Who reads the report; auto tells by the host's own variables. Changes
                         words, never what is packaged [default: auto] [possible values: auto,
                         terminal, plain, codebuild, github, gitlab, json]

Results for later steps:
      --emit <FORM>           What standard output carries: text; json for an event a line, also
                              spelled --output json; sh for lines to eval. With json and sh the
                              packaged template needs --output-template-file [default: text]
                              [possible values: text, json, sh]
      --output-env <FILE>     File for the values as shell assignments (export STEP_UPLOADED='2'),
                              read with `. FILE`
      --output-dotenv <FILE>  File for the values as STEP_UPLOADED=2, such as GitLab's
                              artifacts:reports:dotenv
      --output-json <FILE>    File for the values as a JSON object: {"Uploaded": "2"}
      --junit <FILE>          File for problems and warnings as test cases of JUnit XML
  -h, --help                  Show this help

Every option is also read from a variable: --s3-bucket from SAMSTEP_S3_BUCKET, --use-json from
SAMSTEP_USE_JSON=true.
An option on the command line wins over a variable, a variable over samconfig, samconfig over the
default.
---
"#);
}

#[test]
fn help_of_job() {
    assert_snapshot!(said(&["job", "-h"]), @r#"
0
Do one CodePipeline job and put its result

Usage: samstep job [OPTIONS] --job-file <FILE>

Options:
      --job-file <FILE>    Job to do: the JSON of PollForJobs (one job), GetJobDetails or a Lambda
                           invocation; - for standard input
      --timeout <SECONDS>  Seconds that the job may take [default: no limit]

What jobs may name:
      --allow-bucket <PATTERN>  Pattern of buckets for code, such as acme-code-*; may be given
                                several times
      --allow-role <PATTERN>    Pattern of roles to assume, such as arn:aws:iam::*:role/deploy-*
      --allow-key <PATTERN>     Pattern of KMS keys for code

AWS:
      --region <REGION>                Region, such as eu-west-1 [default: as the AWS tools find it]
      --profile <NAME>                 Profile of the AWS configuration files
      --assume-role-arn <ARN>          Role to assume before anything else
      --external-id <ID>               External id that the role asks for
      --endpoint-url <URL>             URL to use in place of AWS endpoints
      --ca-bundle <FILE>               File of certificate authorities to trust (PEM)
      --cli-connect-timeout <SECONDS>  Seconds to wait for a connection; 0 for no limit
      --cli-read-timeout <SECONDS>     Seconds to wait for an answer; 0 for no limit

Report:
      --no-progressbar  Show neither progress nor a line for each uploaded object
      --color <WHEN>    When to colour the report [default: auto] [possible values: auto, always,
                        never]
      --debug           Also log what happens inside. SAM_DEBUG=true does the same
      --host <HOST>     Who reads the report; auto tells by the host's own variables. Changes words,
                        never what is packaged [default: auto] [possible values: auto, terminal,
                        plain, codebuild, github, gitlab, json]

Results for later steps:
      --emit <FORM>           What standard output carries: text; json for an event a line, also
                              spelled --output json; sh for lines to eval. With json and sh the
                              packaged template needs --output-template-file [default: text]
                              [possible values: text, json, sh]
      --output-env <FILE>     File for the values as shell assignments (export STEP_UPLOADED='2'),
                              read with `. FILE`
      --output-dotenv <FILE>  File for the values as STEP_UPLOADED=2, such as GitLab's
                              artifacts:reports:dotenv
      --output-json <FILE>    File for the values as a JSON object: {"Uploaded": "2"}
      --junit <FILE>          File for problems and warnings as test cases of JUnit XML
  -h, --help                  Show this help

Every option is also read from a variable: --no-progressbar from SAMSTEP_NO_PROGRESSBAR=true.
---
"#);
}

#[test]
fn help_of_rehearse() {
    assert_snapshot!(said(&["rehearse", "--help"]), @r#"
0
Try a pipeline action on a folder of this machine: no account, no network

Usage: samstep rehearse [OPTIONS] <DIR>

Arguments:
  <DIR>  Folder that the pipeline would hand over as the action's input artifact

Options:
      --template <PATH>            Template to package, a path below DIR [default: the template that
                                   `package` would find there]
      --configuration <KEY=VALUE>  Property of the action configuration, such as S3Prefix=app; may
                                   be given several times
      --output <DIR>               Folder for the bucket, the packaged template and the result; made
                                   if absent [default: rehearsal]

Report:
      --no-progressbar  Show neither progress nor a line for each uploaded object
      --color <WHEN>    When to colour the report [default: auto] [possible values: auto, always,
                        never]
      --debug           Also log what happens inside. SAM_DEBUG=true does the same
      --host <HOST>     Who reads the report; auto tells by the host's own variables. Changes words,
                        never what is packaged [default: auto] [possible values: auto, terminal,
                        plain, codebuild, github, gitlab, json]
  -h, --help            Show this help

Every option is also read from a variable: --no-progressbar from SAMSTEP_NO_PROGRESSBAR=true.
---
"#);
}

#[test]
fn the_version_is_one_line() {
    assert_eq!(said(&["--version"]), format!("0\nsamstep {}\n---\n", env!("CARGO_PKG_VERSION")));
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
    assert_snapshot!(said(&[]), @r"
2
---
  help: the commands are package, job, rehearse, action-type, worker and lambda; see samstep --help
error: no command was given
");
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
fn a_wrong_value_in_samconfig_is_shown_where_it_stands() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("template.yaml"), "Resources: {}\n").unwrap();
    let text = "version = 0.1\n[default.package.parameters]\ns3_bukket = \"x\"\nuse_json = \"perhaps\"\n";
    std::fs::write(folder.path().join("samconfig.toml"), text).unwrap();
    let ended = samstep(["package"]).at(folder.path()).end();
    assert_eq!((ended.code, ended.stdout.as_str()), (2, ""));
    assert_snapshot!(ended.stderr, @r#"
error: use_json: `perhaps` is not true or false
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
Found 0 artifacts in template.yaml (0 archives)
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
    let no_url = |who: &str, url: &str| (2, format!("error: {who} is \"{url}\", which is no URL of an endpoint"));
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
