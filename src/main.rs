//! Arguments in, exit code out. The only place that ends the process.

use samstep::{
    Command, Environment, Failure, FailureKind, Host, PackageSettings, Panics, Parsed, ReportArguments, Surroundings,
    parse,
};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let panics = Panics::listen();
    let environment: Environment = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    let mut host = Host::new(&ReportArguments::default(), &environment);
    let ended = catch_unwind(AssertUnwindSafe(|| run(&mut host, &environment)));
    match ended.unwrap_or_else(|_| Err(panics.failure())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            host.fail(&failure);
            ExitCode::from(failure.kind.exit_code())
        }
    }
}

fn run(host: &mut Host, environment: &Environment) -> Result<(), Failure> {
    let command = match parse(std::env::args_os(), environment)? {
        Parsed::Show(text) => return host.show(&text),
        Parsed::Run(command) => command,
    };
    *host = Host::new(command.report(), environment);
    if let Command::Package(arguments) = &command {
        PackageSettings::resolve(arguments, Surroundings { folder: Path::new(""), environment })?;
    }
    Err(Failure::new(FailureKind::Internal, "the stages are not put together in this build"))
}
