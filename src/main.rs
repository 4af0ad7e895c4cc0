//! Arguments in, exit code out. The only place that ends the process.

use std::process::ExitCode;

fn main() -> ExitCode {
    let variables = std::env::vars_os();
    let readable = variables.filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    ExitCode::from(samstep::run(std::env::args_os().collect(), readable.collect()))
}
