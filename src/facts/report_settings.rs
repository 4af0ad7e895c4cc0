//! How a run reports: for whom, in which form, and into which files.

use clap::ValueEnum;
use std::path::PathBuf;

/// How to report.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReportSettings {
    pub host: HostChoice,
    pub color: ColorRule,
    /// What standard output carries.
    pub form: Form,
    /// Whether to show neither progress nor a line for each uploaded object.
    pub is_quiet: bool,
    /// Whether to log what happens inside.
    pub debug: bool,
    pub files: ResultFiles,
}

/// The files for values and findings that any host can be given.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ResultFiles {
    /// Shell assignments.
    pub env: Option<PathBuf>,
    /// `NAME=value` lines.
    pub dotenv: Option<PathBuf>,
    /// A JSON object.
    pub json: Option<PathBuf>,
    /// Problems and warnings as JUnit XML.
    pub junit: Option<PathBuf>,
    /// HTML report of a deployment. Written by the operation; listed so that a file left by an earlier run is deleted.
    pub page: Option<PathBuf>,
}

impl ResultFiles {
    /// The files that are named.
    pub fn iter(&self) -> impl Iterator<Item = &PathBuf> {
        [&self.env, &self.dotenv, &self.json, &self.junit].into_iter().flatten()
    }
}

/// Who reads the report, as the user chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum HostChoice {
    /// Recognised by the variables that hosts set.
    #[default]
    Auto,
    /// Bars and colours for a person.
    Terminal,
    /// Whole lines for a log.
    Plain,
    /// AWS CodeBuild.
    Codebuild,
    /// GitHub Actions.
    Github,
    /// GitLab CI.
    Gitlab,
    /// An event a line, for a program.
    Json,
}

/// When the report is coloured. The aliases are the words of the AWS CLI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum ColorRule {
    /// On a terminal, unless NO_COLOR is set.
    #[default]
    Auto,
    /// Also without a terminal.
    #[value(alias = "on")]
    Always,
    /// Never.
    #[value(alias = "off")]
    Never,
}

/// What standard output carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Form {
    /// The packaged template, or where it was written.
    #[default]
    Text,
    /// JSON, an event a line.
    Json,
    /// Assignments for a shell to evaluate.
    Sh,
}
