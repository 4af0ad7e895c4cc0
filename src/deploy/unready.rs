//! A change set that failed: nothing to change, or why not, down to the last nested one.

use super::cause;
use super::clean_up;
use super::context::{Context, Next};
use super::create;
use super::no_changes;
use super::phase::{AwaitChangeSet, Create, Run, Step, Target};
use super::reasons::{self, Unready};
use super::stacks::{ChangeSet, FailuresOf, HookResult, Stacks, actions};
use super::status::ChangeSetProgress;
use super::verdict;
use crate::facts::{Cause, DeployWarning, Failure, FailureKind, Verdict};

/// Nested change sets are followed this deep.
const MOST_LEVELS: usize = 20;

/// A change set without failed ones below it, and why it failed.
struct Leaf {
    /// The logical ids of its nested stack.
    path: Vec<String>,
    change_set: String,
    reason: String,
}

/// Ends the deployment, or tries again without nested change sets.
pub async fn advance<S: Stacks>(
    ctx: &Context<'_, S>,
    run: &mut Run,
    step: AwaitChangeSet,
    described: &ChangeSet,
) -> Result<Next, Failure> {
    let target = step.target;
    let leaves = leaves(ctx, run, described).await;
    if leaves.iter().all(|leaf| reasons::is_empty(&leaf.reason)) {
        return no_changes::of_change_set(ctx, run, &target).await;
    }
    let can_leave_out = target.is_own && !target.leaves_out_nested;
    let real = || leaves.iter().filter(|leaf| !reasons::is_empty(&leaf.reason));
    if can_leave_out && real().all(|leaf| !leaf.path.is_empty() && reasons::is_unknown_parameter_value(&leaf.reason)) {
        return Ok(again_without_nested(ctx, run, &target).await);
    }
    let mut causes = Vec::new();
    for leaf in real() {
        causes.extend(causes_of(ctx, run, leaf).await);
    }
    clean_up::remove(ctx, run, &target).await;
    let first = real().next().map(|leaf| leaf.reason.clone()).unwrap_or_default();
    Ok(Next::Done(Box::new(end(ctx, run, &target, causes, &first))))
}

async fn again_without_nested<S: Stacks>(ctx: &Context<'_, S>, run: &mut Run, target: &Target) -> Next {
    clean_up::remove(ctx, run, &Target { is_own_stack: false, ..target.clone() }).await;
    ctx.warn(&target.name, DeployWarning::NestedChangesUnknown { stack: target.name.clone() });
    run.attempt += 1;
    Next::Go(Step::Create(Create { leaves_out_nested: true, was_absent: target.is_own_stack, ..Create::default() }))
}

fn end<S>(ctx: &Context<'_, S>, run: &Run, target: &Target, causes: Vec<Cause>, reason: &str) -> Verdict {
    let verdict = Verdict {
        status: None,
        causes: verdict::with_places(causes, ctx.lines.as_ref()),
        ..verdict::of_target(ctx, run, target)
    };
    match reasons::why_unready(reason) {
        Unready::Capabilities(missing) => {
            Verdict { ended: crate::facts::Ended::Failed(create::capabilities(&missing)), ..verdict }
        }
        Unready::Denied { action, resource } => {
            let statement =
                format!("allow it: {{\"Effect\": \"Allow\", \"Action\": \"{action}\", \"Resource\": \"{resource}\"}}");
            verdict::fail(Verdict { next_step: Some(statement), ..verdict }, FailureKind::Permission)
        }
        Unready::Empty | Unready::Nested(_) | Unready::Other => verdict::fail(verdict, FailureKind::Failed),
    }
}

/// The failed change sets that do not fail because of one below them.
async fn leaves<S: Stacks>(ctx: &Context<'_, S>, run: &mut Run, described: &ChangeSet) -> Vec<Leaf> {
    let reason = |described: &ChangeSet| described.status_reason.clone().unwrap_or_default();
    let mut leaves = Vec::new();
    let mut open = vec![(Vec::new(), described.clone())];
    while let Some((path, described)) = open.pop() {
        let mut below = Vec::new();
        for (logical_id, id) in failed_below(&described) {
            let answer = ctx.stacks.change_set(&id, None, None).await;
            let child = ctx.detail(run, answer).filter(|child| child.status.change_set() == ChangeSetProgress::Failed);
            below.extend(child.map(|child| ([path.as_slice(), &[logical_id]].concat(), child)));
        }
        if below.is_empty() || path.len() >= MOST_LEVELS {
            leaves.push(Leaf { path, change_set: described.id.clone(), reason: reason(&described) });
        }
        open.extend(below.into_iter().rev());
    }
    leaves
}

/// Nested change sets that the reason names, or else all that the changes name, each with a name for its stack.
fn failed_below(described: &ChangeSet) -> Vec<(String, String)> {
    let Unready::Nested(named) = reasons::why_unready(described.status_reason.as_deref().unwrap_or_default()) else {
        return Vec::new();
    };
    let nested: Vec<_> = described
        .changes
        .iter()
        .filter_map(|change| Some((change.change.logical_id.clone(), change.nested.clone()?)))
        .collect();
    let name = |id: &String| {
        let known = nested.iter().find(|(_, nested)| nested == id).map(|(logical_id, _)| logical_id.clone());
        (known.unwrap_or_else(|| stack_part(id)), id.clone())
    };
    let others = nested.iter().filter(|(_, id)| !named.contains(id)).cloned();
    named.iter().map(name).chain(others.clone()).collect()
}

/// The name part of a change set's ARN.
fn stack_part(arn: &str) -> String {
    arn.split('/').nth(1).unwrap_or(arn).to_owned()
}

/// Everything that the service says about a failed change set; at least its reason.
async fn causes_of<S: Stacks>(ctx: &Context<'_, S>, run: &mut Run, leaf: &Leaf) -> Vec<Cause> {
    let mut causes = Vec::new();
    if ctx.may(run, actions::FAILURES) {
        let answer = ctx.stacks.failures(&FailuresOf::ChangeSet(leaf.change_set.clone())).await;
        let findings = ctx.detail(run, answer).unwrap_or_default();
        causes.extend(findings.iter().filter(|finding| finding.fails).map(cause::of_finding));
    }
    if causes.is_empty() && reasons::is_of_hooks(&leaf.reason) {
        causes.extend(failed_hooks(ctx, run, &leaf.change_set).await.iter().map(cause::of_hook));
    }
    if causes.is_empty() {
        causes.push(cause::of_reason(&leaf.reason));
    }
    for cause in &mut causes {
        cause.path = [leaf.path.as_slice(), &cause.path].concat();
    }
    causes
}

async fn failed_hooks<S: Stacks>(ctx: &Context<'_, S>, run: &mut Run, change_set: &str) -> Vec<HookResult> {
    let answer = ctx.stacks.hooks(change_set).await;
    let listed = ctx.detail(run, answer).unwrap_or_default();
    let mut failed = Vec::new();
    for hook in listed.into_iter().filter(|hook| hook.fails && hook.status.is_failed_hook()) {
        failed.push(with_annotations(ctx, run, hook).await);
    }
    failed
}

/// The same hook with its annotations, if they may be read.
async fn with_annotations<S: Stacks>(ctx: &Context<'_, S>, run: &mut Run, hook: HookResult) -> HookResult {
    if !ctx.may(run, actions::HOOK) {
        return hook;
    }
    let answer = ctx.stacks.hook(&hook.id).await;
    match ctx.detail(run, answer) {
        Some(full) => HookResult { annotations: full.annotations, reason: full.reason.or(hook.reason), ..hook },
        None => hook,
    }
}
