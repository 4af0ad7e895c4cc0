//! Shows the changes, asks the gates, and executes the change set.

use super::await_change_set::deleted;
use super::clean_up;
use super::context::{Context, Next, Wait};
use super::exports;
use super::gates;
use super::options::{Until, Work};
use super::pace;
use super::phase::{AwaitStack, Execute, Run, Step, Target};
use super::read_plan;
use super::reasons::{self, Refusal};
use super::shift_checks;
use super::stacks::{ChangeSetKind, ExecuteRequest, Stacks, actions};
use super::status::Execution;
use super::verdict;
use super::{console, overtaken, twice};
use crate::facts::{
    Activity, DeployEvent, DeployWarning, Ended, Failure, FailureKind, Plan, Problem, ServiceError, Verdict,
};

/// Reads the plan first; then executes it.
pub async fn advance<S: Stacks>(ctx: &Context<'_, S>, run: &mut Run, step: Execute) -> Result<Next, Failure> {
    if !step.is_planned {
        let plan = match read_plan::read(ctx, run, &step.target).await {
            Ok(plan) => plan,
            Err(error) => return ctx.retry(run, Step::Execute(step), error, "reading the changes"),
        };
        run.misses = 0;
        ctx.report(run, DeployEvent::Planned { plan: plan.clone() });
        if let Err(failure) = check(ctx, run, &step, &plan).await {
            return Ok(refuse(ctx, run, &step.target, plan, failure).await);
        }
        if ctx.options.until == Until::Planned {
            return Ok(planned(ctx, run, &step.target, plan));
        }
        return Ok(Next::Go(Step::Execute(Execute { is_planned: true, plan: Some(plan), ..step })));
    }
    if step.is_begun {
        let token = run.request_token();
        return Ok(executing(ctx, run, step, &token));
    }
    if step.target.kind == ChangeSetKind::Update
        && let Err(error) = set_up(ctx, &step.target).await
    {
        return ctx.retry(run, Step::Execute(step), error, "setting up the stack");
    }
    call(ctx, run, step).await
}

/// The gates, and what CloudFormation would refuse half-way.
async fn check<S: Stacks>(ctx: &Context<'_, S>, run: &mut Run, step: &Execute, plan: &Plan) -> Result<(), Failure> {
    if step.target.leaves_out_nested && !matches!(ctx.options.work, Work::Create(_)) {
        let stack = step.target.name.clone();
        ctx.warn(&stack, DeployWarning::NestedChangesUnknown { stack: stack.clone() });
    }
    ctx.options.gates.check(plan)?;
    if step.disables_rollback == Some(true) || ctx.options.express && ctx.options.keeps_failure() {
        gates::check_without_rollback(plan)?;
    }
    check_exports(ctx, run, &step.target, plan).await?;
    shift_checks::check(ctx, run, &step.target, plan).await
}

/// Exports that go or may change and are imported: warnings, or refused if asked for.
async fn check_exports<S: Stacks>(
    ctx: &Context<'_, S>,
    run: &mut Run,
    target: &Target,
    plan: &Plan,
) -> Result<(), Failure> {
    let Some(lines) = ctx.lines.filter(|_| target.kind == ChangeSetKind::Update) else { return Ok(()) };
    let answer = ctx.stacks.stack(&target.stack).await;
    let Some(Some(stack)) = ctx.detail(run, answer) else { return Ok(()) };
    let mut refused = Vec::new();
    for danger in exports::endangered(&stack, plan, &lines) {
        if !ctx.may(run, actions::IMPORTERS) {
            break;
        }
        let answer = ctx.stacks.importers(&danger.export).await;
        let importers = ctx.detail(run, answer).unwrap_or_default();
        if importers.is_empty() {
            continue;
        }
        let verb = if danger.goes { "removes" } else { "may change" };
        let message =
            format!("the change set {verb} the export {}, which {} import", danger.export, importers.join(", "));
        refused.push(Problem { message, hint: None, place: None });
        if !ctx.options.gates.exports {
            let kind = DeployWarning::ExportInUse { export: danger.export.clone(), importers, goes: danger.goes };
            ctx.warn(&danger.export, kind);
        }
    }
    match ctx.options.gates.exports && !refused.is_empty() {
        true => Err(Failure { kind: FailureKind::Refused, problems: refused }),
        false => Ok(()),
    }
}

async fn refuse<S: Stacks>(ctx: &Context<'_, S>, run: &mut Run, target: &Target, plan: Plan, failure: Failure) -> Next {
    clean_up::remove(ctx, run, target).await;
    let verdict = verdict::of_target(ctx, run, target);
    Next::Done(Box::new(Verdict { ended: Ended::Failed(failure), plan: Some(plan), ..verdict }))
}

fn planned<S>(ctx: &Context<'_, S>, run: &Run, target: &Target, plan: Plan) -> Next {
    let next_step = format!("execute it: samstep deploy --stack-name {} --execute {}", target.name, target.change_set);
    Next::Done(Box::new(Verdict {
        ended: Ended::Planned,
        plan: Some(plan),
        next_step: Some(next_step),
        console: console::change_set_page(&target.stack, &target.change_set),
        ..verdict::of_target(ctx, run, target)
    }))
}

/// Termination protection and stack policy of a stack that exists; both may be repeated.
async fn set_up<S: Stacks>(ctx: &Context<'_, S>, target: &Target) -> Result<(), ServiceError> {
    if let Some(is_protected) = ctx.options.protection {
        ctx.stacks.protect(&target.stack, is_protected).await?;
    }
    match &ctx.options.policy {
        Some(policy) => ctx.stacks.set_policy(&target.stack, policy).await,
        None => Ok(()),
    }
}

async fn call<S: Stacks>(ctx: &Context<'_, S>, run: &mut Run, mut step: Execute) -> Result<Next, Failure> {
    step.calls += 1;
    let request = ExecuteRequest {
        change_set: step.target.change_set.clone(),
        stack: step.target.stack.clone(),
        token: run.request_token(),
        disables_rollback: step.disables_rollback,
    };
    match ctx.stacks.execute(&request).await {
        Ok(()) => Ok(executing(ctx, run, step, &request.token)),
        Err(error) => unanswered(ctx, run, step, error, &request.token).await,
    }
}

async fn unanswered<S: Stacks>(
    ctx: &Context<'_, S>,
    run: &mut Run,
    step: Execute,
    error: ServiceError,
    token: &str,
) -> Result<Next, Failure> {
    match reasons::refusal(&error) {
        Refusal::TokenUsed => Ok(executing(ctx, run, step, token)),
        Refusal::ChangeSetBusy if step.calls == 1 => Ok(wait(ctx, run, step)),
        Refusal::ChangeSetBusy | Refusal::NotExecutable | Refusal::NoChangeSet | Refusal::StackBusy => {
            look(ctx, run, step, token, error).await
        }
        Refusal::Capabilities(missing) => Err(super::create::capabilities(&missing)),
        Refusal::NoStack | Refusal::Taken | Refusal::TooManyChangeSets | Refusal::Other => {
            ctx.retry(run, Step::Execute(step), error, "executing the change set")
        }
    }
}

fn wait<S>(ctx: &Context<'_, S>, run: &mut Run, step: Execute) -> Next {
    super::heartbeat::beat(ctx, run, &step.target.name, Activity::WaitingForStack, Vec::new());
    let summary = format!("waiting to execute the change set of {}", step.target.name);
    Next::Wait(Wait { time: pace::stack(run, ctx.options.poll), step: Step::Execute(step), percent: 0, summary })
}

/// The call was refused: perhaps an earlier one was not, and its answer was lost.
async fn look<S: Stacks>(
    ctx: &Context<'_, S>,
    run: &mut Run,
    step: Execute,
    token: &str,
    error: ServiceError,
) -> Result<Next, Failure> {
    match twice::was_executed(ctx, run, &step.target.stack).await {
        Ok(true) => return Ok(executing(ctx, run, step, token)),
        Err(events) if events.is_retryable() => {
            return ctx.retry(run, Step::Execute(step), events, "executing the change set");
        }
        answer => drop(ctx.detail(run, answer)),
    }
    let described = match ctx.stacks.change_set(&step.target.change_set, None, None).await {
        Ok(described) => described,
        Err(gone) if reasons::refusal(&gone) == Refusal::NoChangeSet => return Err(deleted(&step.target)),
        Err(other) => return ctx.retry(run, Step::Execute(step), other, "executing the change set"),
    };
    match described.execution.execution() {
        Execution::Running | Execution::Complete | Execution::Failed
            if step.calls > 1 || twice::is_named_by(run, &described) =>
        {
            Ok(executing(ctx, run, step, token))
        }
        Execution::Available if step.calls < MOST_CALLS => Ok(wait(ctx, run, step)),
        Execution::Available => Err(error.into()),
        Execution::Obsolete | Execution::Running | Execution::Complete | Execution::Failed | Execution::Unavailable => {
            Err(overtaken::explain(ctx, run, &step.target, &described.execution).await)
        }
    }
}

/// Calls of ExecuteChangeSet while the change set says that it could be executed.
const MOST_CALLS: u32 = 40;

fn executing<S>(ctx: &Context<'_, S>, run: &mut Run, step: Execute, token: &str) -> Next {
    run.misses = 0;
    let target = step.target;
    ctx.report(
        run,
        DeployEvent::ExecutionStarted {
            stack: target.name.clone(),
            change_set: target.change_set.clone(),
            stack_id: target.stack.clone(),
        },
    );
    if ctx.options.until == Until::Executed {
        let next_step = Some(format!("watch it: samstep deploy --follow {}", target.stack));
        let verdict = verdict::of_target(ctx, run, &target);
        return Next::Done(Box::new(Verdict { ended: Ended::Detached, plan: step.plan, next_step, ..verdict }));
    }
    let expected = step.plan.as_ref().map_or(0, |plan| plan.changes.len());
    let summary = format!("deploying {}", target.name);
    let next = AwaitStack {
        stack: target.stack,
        name: target.name,
        change_set: Some(target.change_set),
        token: Some(token.to_owned()),
        is_new: target.kind == ChangeSetKind::Create,
        is_express: ctx.options.express,
        before: target.before,
        cursor: Default::default(),
        looks: 0,
        asked: ctx.now,
        ended_at: None,
        gone_at: None,
        expected: u32::try_from(expected).unwrap_or(u32::MAX),
        monitoring_minutes: 0,
        shifts: Default::default(),
        groups: Default::default(),
        feed: None,
        plan: step.plan,
    };
    let time = ctx.options.poll.unwrap_or(pace::FIRST_LOOK);
    Next::Wait(Wait { step: Step::AwaitStack(Box::new(next)), time, percent: 0, summary })
}
