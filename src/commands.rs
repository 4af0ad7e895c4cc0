//! A command and the stages that it asks for, put together with the host and with AWS or folders.

mod job;
mod lambda;
mod worker;

use crate::aws::AwsCloud;
use crate::cli::{
    self, ActionTypeArguments, ActionTypeFormat, AllowArguments, Command, Environment, Form, PackageArguments, Parsed,
    RehearseArguments,
};
use crate::event::Reporter;
use crate::failure::{Failure, FailureKind};
use crate::host::{Host, check_build};
use crate::interrupt::{Interrupt, interrupt};
use crate::job::{ActionConfiguration, ActionType, PackageOperation, StateFile, check_health};
use crate::local::{FolderCloud, FolderStore, Rehearsal, rehearse};
use crate::path_words::{InWords, PathWords};
use crate::settings::{AwsSettings, Output, PackageSettings, Surroundings};
use crate::signals::Signals;
use crate::step::{self, CommandLine, Done, PackagedTarget};
use std::ffi::OsString;
use std::path::Path;
use std::sync::Arc;

/// Where Lambda tells a function how to reach its Runtime API.
const LAMBDA_RUNTIME_API: &str = "AWS_LAMBDA_RUNTIME_API";

/// Reads a command line, its first word being the program, and does what it says.
pub fn run(
    arguments: impl IntoIterator<Item = OsString>,
    environment: &Environment,
    host: &mut Host,
) -> Result<(), Failure> {
    dump_no_core();
    let mut typed: Vec<OsString> = arguments.into_iter().collect();
    if typed.len() <= 1 && is_function(environment) {
        typed = ["samstep", "lambda"].map(OsString::from).into();
    }
    let (report, results) = cli::glimpse(&typed, environment);
    host.adopt(&report, &results);
    let command = match cli::parse(typed, environment)? {
        Parsed::Show(text) => return host.show(&text),
        Parsed::Run(command) => command,
    };
    host.adopt(command.report(), &command.results());
    host.open()?;
    // A configuration file may ask for the log later; what comes before is known to who asks now.
    host.start_log();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime =
        runtime.map_err(|error| Failure::new(FailureKind::Temporary, format!("cannot start threads: {error}")))?;
    let ended = runtime.block_on(async {
        let mut signals = Signals::listen()?;
        let (interrupter, interrupt) = interrupt();
        let insisted = async {
            interrupter.interrupt(signals.next().await);
            signals.insisted().await
        };
        tokio::select! {
            ended = execute(&command, environment, host, &interrupt) => ended,
            failure = insisted => Err(failure),
        }
    });
    // A thread that still reads a large file is not waited for.
    runtime.shutdown_background();
    ended
}

/// What is in memory, secrets among it, stays out of files, here and in the processes of jobs.
fn dump_no_core() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};
        // It can always be lowered.
        let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    }
}

/// Whether this process is the `bootstrap` of a Lambda function. A build of CodeBuild on Lambda compute is none.
fn is_function(environment: &Environment) -> bool {
    environment.contains_key(LAMBDA_RUNTIME_API) && !environment.contains_key("CODEBUILD_BUILD_ID")
}

/// The first signal asks the stages to end in order; a person who interrupts again does not wait for them.
async fn execute(
    command: &Command,
    environment: &Environment,
    host: &mut Host,
    interrupt: &Interrupt,
) -> Result<(), Failure> {
    match command {
        Command::Package(arguments) => package(arguments, environment, host, interrupt).await,
        Command::Job(arguments) => job::run(arguments, environment, host, interrupt).await,
        Command::Worker(arguments) if arguments.health => {
            Ok(check_health(&StateFile::at(arguments.state_file.as_deref()))?)
        }
        Command::Worker(arguments) => worker::run(arguments, worker::Bounds::NONE, environment, host, interrupt).await,
        Command::Lambda(arguments) => lambda::run(arguments, environment, host, interrupt).await,
        Command::Rehearse(arguments) => run_rehearsal(arguments, environment, host, interrupt).await,
        Command::ActionType(arguments) => show_action_type(arguments, host),
    }
}

fn show_action_type(arguments: &ActionTypeArguments, host: &Host) -> Result<(), Failure> {
    let action_type = ActionType { provider: arguments.provider.clone(), version: arguments.version.clone() };
    host.result(&match arguments.format {
        ActionTypeFormat::Json => action_type.to_json(),
        ActionTypeFormat::Cloudformation => action_type.to_cloudformation(),
    })
}

async fn package(
    arguments: &PackageArguments,
    environment: &Environment,
    host: &mut Host,
    interrupt: &Interrupt,
) -> Result<(), Failure> {
    let words = std::env::current_dir().map(|folder| PathWords::relative_to(&folder)).unwrap_or_default();
    let command = CommandLine { words, names_template: arguments.template_file.is_some() };
    let ended = package_for(&command, arguments, environment, host, interrupt).await;
    ended.map_err(|failure| command.words.failure(failure))
}

async fn package_for(
    command: &CommandLine,
    arguments: &PackageArguments,
    environment: &Environment,
    host: &mut Host,
    interrupt: &Interrupt,
) -> Result<(), Failure> {
    check_build(environment)?;
    let resolved =
        PackageSettings::resolve(arguments, Surroundings { folder: Path::new(""), environment, root: None })?;
    let settings = resolved.settings;
    host.adopt(&resolved.report, &resolved.results);
    host.hide(settings.aws.external_id.clone());
    host.prepare()?;
    check_stdout(&settings, resolved.results.emit)?;
    host.start_log();
    host.warn(resolved.warnings.into_iter().map(|warning| command.words.warning(warning)).collect());
    let reporter: Arc<dyn Reporter> = Arc::new(InWords { words: command.words.clone(), reporter: host.reporter() });
    let done = step::package(&settings, command, &AwsCloud, &reporter, interrupt).await;
    // What it draws is taken away before anything else is said.
    drop(reporter);
    match done? {
        Done::Previewed(manifest) => host.preview(&manifest),
        Done::Packaged(packaged) => {
            for PackagedTarget { target, template, .. } in &packaged.targets {
                match &target.output {
                    Output::Stdout => host.result(template)?,
                    Output::File(path) => host.packaged_to(path, settings.aws_for(target).region.as_deref())?,
                }
            }
            host.succeed(&packaged.outcome, Some(&packaged.manifest))
        }
    }
}

/// Standard output takes one template and nothing beside it.
fn check_stdout(settings: &PackageSettings, form: Form) -> Result<(), Failure> {
    let on_stdout = settings.targets.iter().filter(|target| target.output == Output::Stdout).count();
    let message = match (on_stdout, form) {
        _ if settings.dry_run => return Ok(()),
        (1.., _) if settings.targets.iter().any(|target| target.configuration.is_some()) => {
            "a template configuration is written beside the packaged template, which needs a file for that"
        }
        (0, _) | (1, Form::Text) => return Ok(()),
        (1, Form::Json | Form::Sh) => "standard output carries values, so the packaged template needs a file",
        (_, Form::Text | Form::Json | Form::Sh) => "standard output takes one packaged template, and there are several",
    };
    Err(Failure::new(FailureKind::Usage, message).with_hint("name a file with --output-template-file"))
}

async fn run_rehearsal(
    arguments: &RehearseArguments,
    environment: &Environment,
    host: &Host,
    interrupt: &Interrupt,
) -> Result<(), Failure> {
    let properties = ActionConfiguration::new(arguments.configuration.clone());
    host.hide(properties.secrets());
    host.start_log();
    let rehearsal = Rehearsal {
        folder: arguments.folder.clone(),
        template: arguments.template.clone(),
        configuration: arguments.configuration.clone(),
        output: arguments.output.clone(),
    };
    let store = FolderStore::new(rehearsal.buckets());
    let cloud = FolderCloud::new(store.clone());
    let settings = AwsSettings::default();
    let operation = PackageOperation {
        cloud: &cloud,
        host: &settings,
        environment,
        allowed: &AllowArguments::default(),
        interrupt,
    };
    let ended = rehearse(&rehearsal, &store, &operation, &host.reporter(), interrupt.wait()).await;
    if let Ok(result) = std::fs::read_to_string(rehearsal.result_file()) {
        host.result(&result)?;
    }
    host.succeed(&ended?, None)
}
