//! A failure → what a reader sees: each problem with its place, and the cause as the last line.

use crate::facts::{Failure, FailureKind, Place, Problem, Redactor};
use annotate_snippets::{AnnotationKind, Level, Origin, Renderer, Snippet};
use clap::builder::styling::{AnsiColor, Style};

/// The name of an error, as every tool of this kind colours it.
const ERROR: Style = AnsiColor::Red.on_default().bold();
const HELP: Style = AnsiColor::Cyan.on_default().bold();

/// All problems, styled; the last line is `error: ` and the cause.
pub fn render(failure: &Failure, redactor: &Redactor) -> String {
    let failure = failure.clone().map(|problem| redactor.name_problem(problem));
    let alone = failure.problems.len() == 1;
    let mut lines: Vec<String> = failure.problems.iter().flat_map(|problem| shown(problem, alone, redactor)).collect();
    lines.extend(kind_hint(failure.kind).map(help));
    lines.push(format!("{ERROR}error{ERROR:#}: {}", one_line(&failure.cause())));
    lines.join("\n")
}

/// A problem with its place, and its hint. One that is alone and without a place is told by the last line.
fn shown(problem: &Problem, alone: bool, redactor: &Redactor) -> Vec<String> {
    let hint = problem.hint.as_deref().map(one_line);
    match &problem.place {
        Some(place) => {
            vec![format!("{}\n", snippet(&Level::ERROR, &one_line(&problem.message), place, hint.as_deref(), redactor))]
        }
        None => {
            let error = (!alone).then(|| format!("{ERROR}error{ERROR:#}: {}", one_line(&problem.message)));
            error.into_iter().chain(hint.as_deref().map(help)).collect()
        }
    }
}

/// A message over the line that it is about, or over its place where the line is not told.
pub fn snippet(level: &Level<'_>, message: &str, place: &Place, hint: Option<&str>, redactor: &Redactor) -> String {
    let (title, path) = (level.clone().primary_title(message), one_line(&place.path.display().to_string()));
    // The marks of a line from which a secret is removed would point elsewhere.
    let is_shown = !place.source_line.is_empty() && !redactor.has_secret(&place.source_line);
    let group = if !is_shown {
        title.element(Origin::path(path.as_str()).line(place.line).char_column(place.column))
    } else {
        let source = Snippet::source(place.source_line.as_str()).path(path.as_str()).line_start(place.line);
        title.element(source.annotation(AnnotationKind::Primary.span(place.marked.clone())))
    };
    let report = match hint {
        Some(hint) => group.element(Level::HELP.message(hint)),
        None => group,
    };
    with_column(&Renderer::styled().render(&[report]), &path, place)
}

/// The renderer counts the column in the line as it is shown, where values may be hidden: the file has another.
fn with_column(rendered: &str, path: &str, place: &Place) -> String {
    const ARROW: &str = "--> ";
    let shown = place.source_line.get(..place.marked.start).unwrap_or_default().chars().count() + 1;
    let arrow = rendered.find(ARROW).filter(|_| !place.source_line.is_empty() && shown != place.column);
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

/// Line ends and other controls would let a message pass for several.
pub fn one_line(text: &str) -> String {
    text.split(char::is_control).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}
