//! The options of the report and of its files.

use crate::facts::{ColorRule, Form, HostChoice, ReportSettings, ResultFiles};
use std::path::PathBuf;

/// How to report.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Report")]
pub struct ReportArguments {
    /// Show neither progress nor a line for each uploaded object
    #[arg(long, hide_short_help = true)]
    pub no_progressbar: bool,
    /// When to colour the report
    #[arg(long, value_name = "WHEN", value_enum, default_value_t, hide_short_help = true)]
    pub color: ColorRule,
    /// Also log what happens inside
    #[arg(long)]
    pub debug: bool,
    /// Who reads the report
    ///
    /// auto recognises the host by its own variables. The choice changes words, never what is packaged.
    #[arg(long, value_name = "HOST", value_enum, default_value_t, hide_short_help = true)]
    pub host: HostChoice,
}

/// Where the values of a run go that later steps need.
#[derive(Debug, Clone, PartialEq, Eq, Default, clap::Args)]
#[command(next_help_heading = "Results for later steps")]
pub struct ResultArguments {
    /// What standard output carries; --output is another name for it
    ///
    /// text is the packaged template, or where it was written; json is an event a line; sh is lines for a shell to eval.
    /// With json and sh the packaged template needs --output-template-file.
    #[arg(long, value_name = "FORM", value_enum, default_value_t, hide_short_help = true)]
    pub emit: Form,
    /// File for the values as shell assignments, read with `. FILE`
    ///
    /// Such as export STEP_UPLOADED='2'.
    #[arg(long, value_name = "FILE", hide_short_help = true)]
    pub output_env: Option<PathBuf>,
    /// File for the values as NAME=value lines, such as GitLab's artifacts:reports:dotenv
    ///
    /// Such as STEP_UPLOADED=2.
    #[arg(long, value_name = "FILE", hide_short_help = true)]
    pub output_dotenv: Option<PathBuf>,
    /// File for the values as a JSON object, such as {"Uploaded": "2"}
    #[arg(long, value_name = "FILE", hide_short_help = true)]
    pub output_json: Option<PathBuf>,
    /// File for problems and warnings as test cases of JUnit XML
    #[arg(long, value_name = "FILE", hide_short_help = true)]
    pub junit: Option<PathBuf>,
}

impl ResultArguments {
    /// The flags that name a file, each with the file.
    pub fn named(&self) -> impl Iterator<Item = (&'static str, &PathBuf)> {
        let flags = [
            ("--output-env", &self.output_env),
            ("--output-dotenv", &self.output_dotenv),
            ("--output-json", &self.output_json),
            ("--junit", &self.junit),
        ];
        flags.into_iter().filter_map(|(flag, path)| Some((flag, path.as_ref()?)))
    }
}

impl ReportArguments {
    /// The settings of the report, with the files of `results`.
    pub fn settings(&self, results: &ResultArguments) -> ReportSettings {
        let ResultArguments { emit, output_env, output_dotenv, output_json, junit } = results.clone();
        let files = ResultFiles { env: output_env, dotenv: output_dotenv, json: output_json, junit, page: None };
        let Self { no_progressbar, color, debug, host } = *self;
        ReportSettings { host, color, form: emit, is_quiet: no_progressbar, debug, files }
    }
}
