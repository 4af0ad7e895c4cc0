//! Arguments in, exit code out. The only place that ends the process.

use samstep::{Environment, Host, Panics, run};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

fn main() -> ExitCode {
    let panics = Panics::listen();
    let environment: Environment = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    let mut host = Host::new(&environment);
    let ended = catch_unwind(AssertUnwindSafe(|| run(std::env::args_os(), &environment, &mut host)));
    match ended.unwrap_or_else(|_| Err(panics.failure())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            host.fail(&failure);
            ExitCode::from(failure.kind.exit_code())
        }
    }
}
