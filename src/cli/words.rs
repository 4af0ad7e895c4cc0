//! Help texts for whole commands.

use super::command_name::CommandName;
use super::flags::Flag;
use clap::builder::PossibleValuesParser;

pub const ABOUT: &str =
    "Package, deploy and publish AWS SAM and CloudFormation applications in a pipeline, without questions.";

pub const EXAMPLES: &str = "\
Examples:
  samstep rehearse .                                   try it on this folder, without an account
  samstep package --s3-bucket my-code > packaged.yaml  upload, and write the packaged template
  samstep package --s3-bucket my-code --dry-run        list what would be uploaded
  samstep deploy --stack-name my-app --resolve-s3      package, and create or update the stack

samstep COMMAND --help shows all options of a command, each with its variable.";

/// What a command does, in one line.
pub const fn about(command: CommandName) -> &'static str {
    match command {
        CommandName::Package => "Upload local code and files to S3 and write the template that points at them",
        CommandName::Deploy => "Package a template and create or update its stack with a change set",
        CommandName::Publish => "Publish a template as an application in the AWS Serverless Application Repository",
        CommandName::Job => "Do one CodePipeline job and put its result",
        CommandName::Rehearse => "Try a pipeline action on a folder of this machine: no account, no network",
        CommandName::ActionType => "Print the custom action type by which pipelines ask for this step",
        CommandName::Worker => "Take jobs of a custom action type from CodePipeline and do them",
        CommandName::Lambda => "Do the jobs of a Lambda invoke action, with this file as the bootstrap of a function",
        CommandName::Config => "Show every effective setting of a command with its source",
        CommandName::Doctor => "Check credentials, clock, region, bucket and key; writes nothing",
        CommandName::Completions => "Print completions for a shell",
        CommandName::Man => "Print the manual page of samstep or of a command, as roff",
    }
}

const SOURCES: &str = "\
An option on the command line wins over its variable.
The variable of a switch is true or false; --no- before the name of a switch takes it back.";

const SOURCES_WITH_SAMCONFIG: &str = "\
An option on the command line wins over its variable, a variable over the samconfig.
The variable of a switch is true or false; --no- before the name of a switch takes it back.";

const POLL_DELAY: &str = "SAM_CLI_POLL_DELAY sets the polling interval in seconds, as for sam.";

/// What the short help of a command ends with.
pub const fn after_help(command: CommandName) -> Option<&'static str> {
    match command {
        CommandName::Package | CommandName::Deploy | CommandName::Publish | CommandName::Doctor => Some(
            "Each option is also read from a variable, such as SAMSTEP_S3_BUCKET, and from samconfig.toml.\n\
             --help shows all options, with examples.",
        ),
        CommandName::Job
        | CommandName::Rehearse
        | CommandName::ActionType
        | CommandName::Worker
        | CommandName::Lambda => Some(
            "Each option is also read from a variable, such as SAMSTEP_DEBUG.\n\
             --help shows all options, with examples.",
        ),
        CommandName::Config | CommandName::Completions | CommandName::Man => None,
    }
}

/// What the whole help of a command ends with.
pub fn after_long_help(command: CommandName) -> String {
    let examples: String = examples(command).iter().map(|line| format!("  {line}\n")).collect();
    match command {
        CommandName::Config | CommandName::Completions | CommandName::Man => {
            format!("Examples:\n{}", examples.trim_end())
        }
        CommandName::Deploy => format!("Examples:\n{examples}\n{SOURCES_WITH_SAMCONFIG}\n{POLL_DELAY}"),
        CommandName::Package | CommandName::Publish | CommandName::Doctor => {
            format!("Examples:\n{examples}\n{SOURCES_WITH_SAMCONFIG}")
        }
        CommandName::Job
        | CommandName::Rehearse
        | CommandName::ActionType
        | CommandName::Worker
        | CommandName::Lambda => format!("Examples:\n{examples}\n{SOURCES}"),
    }
}

const fn examples(command: CommandName) -> &'static [&'static str] {
    match command {
        CommandName::Package => &[
            "samstep package -t template.yaml --s3-bucket my-code --output-template-file packaged.yaml",
            "samstep package --s3-bucket my-code --s3-prefix my-app > packaged.yaml",
            "samstep package --s3-bucket my-code --dry-run",
            "samstep package --target eu=eu-west-1/my-code-eu --target us=us-east-1/my-code-us",
            "SAMSTEP_S3_BUCKET=my-code samstep package --output-template-file packaged.yaml",
        ],
        CommandName::Deploy => &[
            "samstep deploy --stack-name my-app --resolve-s3 --capabilities CAPABILITY_IAM",
            "samstep deploy --config-env prod --parameter-overrides Stage=prod 'Name=\"my app\"'",
            "samstep deploy --config-env prod --no-execute-changeset --changes-file changes.md",
            "samstep deploy --stack-name my-app --execute CHANGE_SET_ARN --refuse-replacement",
            "samstep deploy --stack-name my-app --parameter-overrides file://prod.json --outputs-file outputs.json",
            "samstep deploy --follow my-app",
        ],
        CommandName::Publish => &[
            "samstep publish --template-file template.yaml --s3-bucket my-code --region eu-west-1",
            "samstep publish --template-file packaged.yaml --semantic-version 1.2.0",
            "samstep publish --template-file packaged.yaml --dry-run",
            "samstep publish --template-file packaged.yaml --share 111122223333",
        ],
        CommandName::Job => &[
            "samstep job --job-file job.json",
            "aws codepipeline get-job-details --job-id ID | samstep job --job-file -",
        ],
        CommandName::Rehearse => {
            &["samstep rehearse .", "samstep rehearse . --template app/template.yaml --configuration S3Prefix=app"]
        }
        CommandName::ActionType => &[
            "samstep action-type --provider Samstep --version 1 > action-type.json",
            "aws codepipeline create-custom-action-type --cli-input-json file://action-type.json",
        ],
        CommandName::Worker => &[
            "samstep worker --action-type Build/Samstep/1 --pool main",
            "samstep worker --action-type Build/Samstep/1 --pool main --once",
            "samstep worker --action-type Build/Samstep/1 --allow-bucket 'acme-code-*' --require-sse kms",
        ],
        CommandName::Lambda => {
            &["cp samstep bootstrap && zip function.zip bootstrap    # for the runtime provided.al2023"]
        }
        CommandName::Config => &[
            "samstep config show",
            "samstep config show package --config-env prod --output json",
            "samstep config show worker",
        ],
        CommandName::Doctor => {
            &["samstep doctor --s3-bucket my-code --s3-prefix my-app", "samstep doctor --config-env prod --output json"]
        }
        CommandName::Completions => &[
            "samstep completions bash > /etc/bash_completion.d/samstep",
            "samstep completions zsh > \"${fpath[1]}/_samstep\"",
            "samstep completions fish > ~/.config/fish/completions/samstep.fish",
        ],
        CommandName::Man => &["samstep man > samstep.1", "samstep man package > samstep-package.1"],
    }
}

/// The other sources of a flag: `[variable: SAMSTEP_S3_BUCKET] [samconfig: s3_bucket]`.
pub fn sources(flag: &Flag, reads_samconfig: bool) -> String {
    let peers = flag.variables.iter().map(|name| format!(" or {name}"));
    let variable = format!("[variable: {}{}]", flag.variable(), peers.collect::<String>());
    match flag.keys().next().filter(|_| reads_samconfig) {
        Some(key) => format!("{variable} [samconfig: {key}]"),
        None => variable,
    }
}

/// The commands that have a manual page.
pub fn pages() -> PossibleValuesParser {
    CommandName::ALL.into_iter().filter(|command| !command.is_hidden()).map(CommandName::name).into()
}
