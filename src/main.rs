//! Arguments in, exit code out. The only place that ends the process.

use samstep::Environment;
use std::process::ExitCode;

fn main() -> ExitCode {
    let environment = Environment::from_system(std::env::vars_os());
    ExitCode::from(samstep::run(std::env::args_os().collect(), environment))
}
