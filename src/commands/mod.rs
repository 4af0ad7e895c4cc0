//! Wires each command to its operation, its host, and AWS or folders.

mod inspect;
mod job;
mod lambda;
mod operate;
mod rehearse;
mod worker;

use crate::cli::{self, ActionTypeArguments, ActionTypeFormat, Command, Parsed};
use crate::facts::{Environment, Failure, FailureKind, Made, Report, Role};
use crate::host::{Host, Panics};
use crate::interrupt::{Cancellation, OnHangup, Signals, cancellation};
use crate::operation::{ActionType, operation_named, operation_names};
use crate::worker::{StateFile, check_health};
use std::ffi::OsString;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs a command line, whose first word is the program, and returns the exit code.
pub fn run(arguments: Vec<OsString>, environment: Environment) -> u8 {
    let panics = Panics::hook();
    disable_core_dumps();
    let mut host = Host::new(&environment, &cli::glimpse(&arguments, &environment));
    let ended = catch_unwind(AssertUnwindSafe(|| dispatch(arguments, &environment, &mut host)));
    host.end(ended.unwrap_or_else(|_| Err(panics.failure())))
}

fn dispatch(mut arguments: Vec<OsString>, environment: &Environment, host: &mut Host) -> Result<Report, Failure> {
    if arguments.len() <= 1 && is_function(environment) {
        arguments = ["samstep", "lambda"].map(OsString::from).into();
    }
    let command = match cli::parse(arguments, environment)? {
        Parsed::Show(text) => return Ok(Report { lines: vec![text], ..Report::default() }),
        Parsed::NoCommand(commands, failure) => {
            host.current().print(&commands)?;
            return Err(failure);
        }
        Parsed::Run(command) => command,
    };
    // A samconfig may change the settings of the report later; what fails before is reported as typed.
    host.session(&command.report(environment), command.secrets(environment))?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime =
        runtime.map_err(|error| Failure::new(FailureKind::Temporary, format!("cannot start threads: {error}")))?;
    let ended = runtime.block_on(until_insisted(&command, environment, host));
    // Does not wait for a thread that still reads a large file.
    runtime.shutdown_background();
    ended
}

/// The first signal cancels the run; a second SIGINT ends it at once.
async fn until_insisted(command: &Command, environment: &Environment, host: &mut Host) -> Result<Report, Failure> {
    let mut signals = Signals::listen(on_hangup(command))?;
    let (canceller, cancellation) = cancellation();
    let insisted = async {
        canceller.cancel(signals.next().await);
        signals.insisted().await
    };
    tokio::select! {
        ended = execute(command, environment, host, &cancellation) => ended,
        failure = insisted => Err(failure),
    }
}

/// The process of a job takes its orders from its worker, and goes on without it.
fn on_hangup(command: &Command) -> OnHangup {
    match command {
        Command::Job(arguments) if arguments.in_worker => OnHangup::Ignore,
        Command::Package(_)
        | Command::Deploy(_)
        | Command::Publish(_)
        | Command::Job(_)
        | Command::Worker(_)
        | Command::Lambda(_)
        | Command::Rehearse(_)
        | Command::ActionType(_)
        | Command::ShowConfig(_)
        | Command::Doctor(_) => OnHangup::End,
    }
}

async fn execute(
    command: &Command,
    environment: &Environment,
    host: &mut Host,
    cancellation: &Cancellation,
) -> Result<Report, Failure> {
    let session = host.current().clone();
    match command {
        Command::Package(typed) => operate::package(typed, environment, host, cancellation).await,
        Command::Deploy(typed) => operate::deploy(typed, environment, host, cancellation).await,
        Command::Publish(typed) => operate::publish(typed, environment, host, cancellation).await,
        Command::Job(arguments) => job::run(arguments, environment, &session, cancellation).await,
        Command::Worker(arguments) if arguments.health => {
            check_health(&StateFile::at(arguments.state_file.as_deref()))?;
            Ok(Report::default())
        }
        Command::Worker(arguments) => {
            worker::run(arguments, worker::Bounds::NONE, environment, &session, cancellation).await?;
            Ok(Report::default())
        }
        Command::Lambda(arguments) => lambda::run(arguments, environment, &session, cancellation).await,
        Command::Rehearse(arguments) => rehearse::run(arguments, environment, &session, cancellation).await,
        Command::ShowConfig(typed) => inspect::config(typed, environment, host),
        Command::Doctor(typed) => inspect::doctor(typed, environment, host).await,
        Command::ActionType(arguments) => action_type(arguments),
    }
}

fn action_type(arguments: &ActionTypeArguments) -> Result<Report, Failure> {
    let operation = operation_named(&arguments.operation).ok_or_else(|| {
        let message = format!("there is no operation `{}`", arguments.operation);
        Failure::new(FailureKind::Usage, message).with_hint(format!("the operations are: {}", operation_names()))
    })?;
    let provider = arguments.provider.clone().unwrap_or_else(|| operation.provider.to_owned());
    let action_type = ActionType { operation, provider, version: arguments.version.clone() };
    let text = match arguments.format {
        ActionTypeFormat::Json => action_type.to_json(),
        ActionTypeFormat::Cloudformation => action_type.to_cloudformation(),
    };
    Ok(Report { files: vec![Made { role: Role::Result, path: None, text }], ..Report::default() })
}

/// Whether this process is the `bootstrap` of a Lambda function. A CodeBuild build on Lambda compute is not.
fn is_function(environment: &Environment) -> bool {
    environment.get(lambda::RUNTIME_API).is_some() && environment.get("CODEBUILD_BUILD_ID").is_none()
}

/// Disables core dumps here and in job processes: memory may hold secrets.
fn disable_core_dumps() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};
        // Lowering a limit needs no privilege.
        let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    }
}
