//! A failure as a reader sees it: each problem with its place, and the cause first or last.

use crate::facts::{Failure, FailureKind, Place, Problem, Redactor};
use crate::text::{escaped, one_line};
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use clap::builder::styling::{AnsiColor, Style};

/// The name of an error, as every tool of this kind colours it.
const ERROR: Style = AnsiColor::Red.on_default().bold();
const HELP: Style = AnsiColor::Cyan.on_default().bold();

/// Where the cause stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// First, for a person at a terminal.
    CauseFirst,
    /// In the last line, for logs: hosts show that.
    CauseLast,
}

/// All problems, styled. Nothing is said twice, except that the last line of several problems counts them.
pub fn render(failure: &Failure, redactor: &Redactor, order: Order) -> String {
    let failure = failure.clone().map(|problem| redactor.clean_problem(problem));
    let (kind_hint, cause) = (kind_hint(failure.kind).map(help), one_line(&failure.cause()));
    let Some((first, others)) = failure.problems.split_first() else { return error(&cause) };
    let mut parts: Vec<String> = others.iter().map(|problem| titled(problem, redactor)).collect();
    match order {
        Order::CauseFirst => {
            parts.insert(0, titled(first, redactor));
            parts.extend(kind_hint);
        }
        Order::CauseLast => {
            parts.extend(untitled(first, redactor));
            parts.extend(kind_hint);
            parts.push(error(&cause));
        }
    }
    parts.join("\n")
}

fn error(message: &str) -> String {
    format!("{ERROR}error{ERROR:#}: {message}")
}

/// A problem with its place and hint below it.
fn titled(problem: &Problem, redactor: &Redactor) -> String {
    let (message, hint) = (one_line(&problem.message), problem.hint.as_deref().map(one_line));
    match &problem.place {
        Some(place) => format!("{}\n", snippet(&Level::ERROR, Some(&message), place, hint.as_deref(), redactor)),
        None => std::iter::once(error(&message)).chain(hint.as_deref().map(help)).collect::<Vec<_>>().join("\n"),
    }
}

/// The place and hint of a problem whose message follows.
fn untitled(problem: &Problem, redactor: &Redactor) -> Option<String> {
    let hint = problem.hint.as_deref().map(one_line);
    match &problem.place {
        Some(place) => Some(snippet(&Level::ERROR, None, place, hint.as_deref(), redactor)),
        None => hint.as_deref().map(help),
    }
}

/// The line that a message is about, below the message, or its place alone if the line is not shown.
pub fn snippet(
    level: &Level<'_>,
    message: Option<&str>,
    place: &Place,
    hint: Option<&str>,
    redactor: &Redactor,
) -> String {
    let path = one_line(&place.path.display().to_string());
    let group = match message {
        Some(message) => Group::with_title(level.clone().primary_title(message)),
        None => Group::with_level(level.clone()),
    };
    // The marks of a line from which a secret is removed would point elsewhere.
    let is_shown = !place.source_line.is_empty() && !redactor.has_secret(&place.source_line);
    let (line, marked) = escaped(&place.source_line, place.marked.clone());
    let group = if is_shown {
        let source = Snippet::source(line.as_str()).path(path.as_str()).line_start(place.line);
        group.element(source.annotation(AnnotationKind::Primary.span(marked.clone())))
    } else {
        group.element(Origin::path(path.as_str()).line(place.line).char_column(place.column))
    };
    let report = match hint {
        Some(hint) => group.element(Level::HELP.message(hint)),
        None => group,
    };
    let shown_column = line.get(..marked.start).unwrap_or_default().chars().count() + 1;
    let rendered = Renderer::styled().render(&[report]);
    if is_shown { with_column(&rendered, &path, place, shown_column) } else { rendered }
}

/// The renderer counts the column in the line as it is shown, where controls are escaped: the file has another.
fn with_column(rendered: &str, path: &str, place: &Place, shown: usize) -> String {
    const ARROW: &str = "--> ";
    let arrow = rendered.find(ARROW).filter(|_| shown != place.column);
    let Some((head, tail)) = arrow.map(|at| rendered.split_at(at)) else { return rendered.to_owned() };
    let at = |column: usize| format!("{path}:{}:{column}", place.line);
    format!("{head}{}", tail.replacen(&at(shown), &at(place.column), 1))
}

fn help(text: &str) -> String {
    format!("  {HELP}help{HELP:#}: {text}")
}

/// What a kind of failure asks of the reader, whatever its problems are.
const fn kind_hint(kind: FailureKind) -> Option<&'static str> {
    match kind {
        FailureKind::Temporary => Some("the same run may succeed later"),
        FailureKind::Internal => {
            Some("this is a bug in samstep: please report it, with --debug added if it happens again")
        }
        FailureKind::Failed
        | FailureKind::Usage
        | FailureKind::Refused
        | FailureKind::Input
        | FailureKind::Permission
        | FailureKind::Deadline
        | FailureKind::Interrupted(_) => None,
    }
}
