//! What an operation made: how it ended, the files to write or zip, and the tables to print.

use super::Failure;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The result of an operation.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Report {
    pub outcome: Outcome,
    /// Why the operation failed, if it failed after it made something. The files are written even then.
    pub failure: Option<Failure>,
    pub files: Vec<Made>,
    /// Files of an earlier run that this one makes none in place of: a later action must not pick them up.
    pub obsolete: Vec<PathBuf>,
    /// Lines for standard output in text form, in words that scripts look for.
    pub lines: Vec<String>,
    pub tables: Vec<Table>,
    /// What the operation worked on, below the heading of a summary page.
    pub subject: Vec<Cell>,
}

/// How a run ended well.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outcome {
    /// One line for people, in lower case.
    pub summary: String,
    /// Named values for the next step, in PascalCase.
    pub outputs: BTreeMap<String, String>,
}

/// A file that an operation made. The command line writes it; a job adds it to the output artifact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    pub role: Role,
    /// Where it goes: a file, or an entry of the output artifact. `None` for standard output.
    pub path: Option<PathBuf>,
    pub text: String,
}

/// What a file is for, in the order in which the output artifact holds them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// The main result, such as the packaged template. Some consumers read the first entry alone.
    Result,
    /// The named values of the outcome.
    Outputs,
    /// The list of artifacts.
    Manifest,
    /// A template configuration.
    Configuration,
    /// The changes that a deployment makes or would make.
    Plan,
    /// The outputs of a stack.
    StackOutputs,
    /// The report of a deployment, for people. Also made of one that failed or is not over.
    Page,
}

/// A result in rows: for people as text or Markdown, for programs as a JSON object a row.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    pub show: Show,
    /// Names the rows, such as `12 unchanged`.
    pub title: String,
    pub columns: Vec<Column>,
    pub rows: Vec<Row>,
}

/// Where a table is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Show {
    /// On standard output: it is the result of the run.
    Result,
    /// In the summary page of a host that has one.
    Summary,
    /// There too, folded: the reader sees the title and opens it.
    Folded,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    pub title: &'static str,
    /// Whether its cells are numbers.
    pub is_numeric: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// One for each column.
    pub cells: Vec<Cell>,
    /// The row for programs; null if it is for people alone.
    pub object: serde_json::Value,
}

/// A value of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    Text(String),
    /// An identifier, shown literally.
    Code(String),
    Path(PathBuf),
    /// A size in bytes.
    Bytes(u64),
}
