//! How a deployment ended: the facts of its end as a verdict, and a failed verdict as a failure.

use super::console;
use super::context::Context;
use super::lines::Lines;
use super::phase::{Run, Target};
use super::status::{End, Status};
use crate::facts::{Cause, Ended, Failure, FailureKind, Problem, StackName, Verdict};

/// A verdict of which only the names and the duration are known.
pub fn begin<S>(ctx: &Context<'_, S>, run: &Run, name: &str, stack: Option<&str>, change_set: Option<&str>) -> Verdict {
    Verdict {
        stack: StackName { name: name.to_owned(), id: stack.map(str::to_owned) },
        ended: Ended::Deployed,
        status: None,
        took: ctx.now.since(run.began),
        change_set: change_set.map(str::to_owned),
        outputs: Vec::new(),
        is_express: ctx.options.express,
        plan: None,
        shifts: Vec::new(),
        causes: Vec::new(),
        consequences: 0,
        left_behind: Vec::new(),
        open: Vec::new(),
        timeline: None,
        serving: None,
        next_step: None,
        console: stack.and_then(console::events_page),
    }
}

/// The same for a change set.
pub fn of_target<S>(ctx: &Context<'_, S>, run: &Run, target: &Target) -> Verdict {
    begin(ctx, run, &target.name, Some(&target.stack), Some(&target.change_set))
}

/// The verdict as a failure that its causes explain.
pub fn fail(verdict: Verdict, kind: FailureKind) -> Verdict {
    let mut problems: Vec<_> = verdict.causes.iter().map(|cause| problem(cause, &verdict.stack.name)).collect();
    if problems.is_empty() {
        let status = verdict.status.as_ref().map(|status| format!(" ended as {status}")).unwrap_or_default();
        let message = format!("the deployment of {}{status}; CloudFormation gives no reason", verdict.stack.name);
        problems.push(Problem { message, hint: None, place: None });
    }
    if let Some(first) = problems.first_mut() {
        let advice: Vec<_> = first.hint.iter().chain(&verdict.next_step).cloned().collect();
        first.hint = (!advice.is_empty()).then(|| advice.join("; "));
    }
    Verdict { ended: Ended::Failed(Failure { kind, problems }), ..verdict }
}

/// The same causes with their places.
pub fn with_places(mut causes: Vec<Cause>, lines: Option<&Lines<'_>>) -> Vec<Cause> {
    let Some(lines) = lines else { return causes };
    for cause in &mut causes {
        cause.place = match &cause.property {
            Some(property) => lines.property(&cause.path, property),
            None => lines.resource(&cause.path),
        };
        cause.excerpt = cause.place.as_ref().and_then(|place| lines.excerpt(&cause.path, place));
    }
    causes
}

fn problem(cause: &Cause, stack: &str) -> Problem {
    let verb = Status::new(cause.status.as_str()).failed_verb();
    let check = match verb {
        "failed" => format!(" ({})", cause.status),
        _ => String::new(),
    };
    let subject = match (cause.resource(), &cause.resource_type) {
        (Some(path), Some(kind)) => format!("{path} ({kind})"),
        (Some(path), None) => path,
        (None, _) => format!("the stack {stack}"),
    };
    let reason = match &cause.reason {
        Some(reason) => one_line(reason),
        None => "CloudFormation gives no reason".to_owned(),
    };
    let property = cause.property.as_ref().map(|path| format!(" at {path}")).unwrap_or_default();
    let message = format!("{subject} {verb}{check}{property}: {reason}");
    Problem { message, hint: cause.remedy.clone(), place: cause.place.clone() }
}

/// A text without line breaks.
pub fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What serves after an operation ended like this.
pub fn serving(end: End, is_new: bool) -> Option<&'static str> {
    match end {
        End::Succeeded => None,
        End::Emptied => Some("nothing is deployed: the new stack was rolled back and is empty"),
        End::Removed => Some("nothing is deployed: the stack was deleted"),
        End::Restored => Some("the previous version is serving"),
        End::Stuck if is_new => Some("nothing is deployed, but resources are left over"),
        End::Stuck => Some("resources of the previous and the new version are mixed: the rollback failed"),
        End::Kept if is_new => Some("what was created so far is kept"),
        End::Kept => Some("what was changed so far is kept, beside the rest of the previous version"),
        End::NotRemoved => Some("resources are left over that could not be deleted"),
        End::Unknown => None,
    }
}
