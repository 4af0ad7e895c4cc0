//! The first step: looks at the stack, and asks for the change set.

use super::checks;
use super::context::{Context, Next, Wait, failed};
use super::decide::{Decision, decide};
use super::existing;
use super::history;
use super::no_changes;
use super::options::{DeployOptions, NewChangeSet, OnFailure, Work};
use super::packaged::Availability;
use super::phase::{AwaitChangeSet, Before, Create, Prepare, Run, Step, Target};
use super::reasons::{self, Refusal};
use super::stacks::{ChangeSetIds, ChangeSetKind, ChangeSetRequest, Express, Stack, Stacks};
use super::status::Standing;
use super::{tags, twice};
use crate::facts::{DeployEvent, DeployWarning, Failure, FailureKind, ServiceError};
use std::time::Duration;

/// Times that a stack may change between two calls.
const RACES: u32 = 8;
const LOOK_AGAIN: Duration = Duration::from_secs(2);
const WAIT_FOR_STACK: Duration = Duration::from_secs(5);

/// Finds the stack and asks for a change set, takes the one that is named, or follows what runs.
pub async fn advance<S: Stacks>(ctx: &Context<'_, S>, run: &mut Run, create: Create) -> Result<Next, Failure> {
    let found = match ctx.stacks.stack(&ctx.options.stack).await {
        Ok(found) => found,
        Err(error) => return ctx.retry(run, Step::Create(create), error, "looking at the stack"),
    };
    match &ctx.options.work {
        Work::Create(new) => from_template(ctx, run, create, new, found).await,
        Work::Execute(change_set) => existing::take(ctx, run, create, change_set, found).await,
        Work::Follow => existing::follow(ctx, found),
    }
}

async fn from_template<S: Stacks>(
    ctx: &Context<'_, S>,
    run: &mut Run,
    create: Create,
    new: &NewChangeSet,
    found: Option<Stack>,
) -> Result<Next, Failure> {
    if let Some(stack) = found.as_ref().filter(|stack| stack.status.standing() == Standing::Busy)
        && let Some(next) = begun(ctx, run, &create, new, stack).await?
    {
        return Ok(next);
    }
    match decide(ctx.options, found.as_ref(), &create, ctx.now) {
        Decision::Create { is_own_stack } => {
            let create = Create { was_absent: create.was_absent || is_own_stack, ..create };
            let absent = Stack { name: ctx.options.stack.clone(), ..Stack::default() };
            let stack = found.filter(|_| !is_own_stack).unwrap_or(absent);
            let plan = Sending { stack, is_own_stack: create.was_absent, is_paused: false };
            send(ctx, run, create, new, plan, ChangeSetKind::Create).await
        }
        Decision::Update { is_paused } => {
            let stack = found.expect("a stack that is updated was found");
            note_kept_role(ctx, run, &stack);
            let plan = Sending { stack, is_own_stack: false, is_paused };
            send(ctx, run, create, new, plan, ChangeSetKind::Update).await
        }
        Decision::Prepare(kind) => {
            let stack = found.expect("a stack that is prepared was found");
            Ok(Next::Go(Step::Prepare(Prepare { kind, stack: stack.id, before: stack.status, is_asked_for: false })))
        }
        Decision::Wait => Ok(wait_for_stack(ctx, run, create, found.as_ref())),
        Decision::LookAgain => Ok(look_again(Create { stale: create.stale + 1, ..create })),
        Decision::Refuse(failure) => match found {
            Some(stack) => Err(history::explain(ctx, run, &stack, failure).await),
            None => Err(failure),
        },
    }
}

/// Goes on with the change set of this run that is being executed, if that is what the stack is busy with.
async fn begun<S: Stacks>(
    ctx: &Context<'_, S>,
    run: &mut Run,
    create: &Create,
    new: &NewChangeSet,
    stack: &Stack,
) -> Result<Option<Next>, Failure> {
    let answer = match ctx.stacks.change_set(&change_set_name(run, new), Some(&stack.id), None).await {
        Ok(found) => twice::is_begun(ctx, run, &found).await.map(|is_begun| is_begun.then_some(found)),
        Err(error) => Err(error),
    };
    match answer {
        Ok(None) => Ok(None),
        Ok(Some(found)) => {
            let kind = existing::kind(stack, &found);
            let ids = ChangeSetIds { change_set: found.id, stack: found.stack_id };
            let plan = Sending { stack: stack.clone(), is_own_stack: false, is_paused: false };
            Ok(Some(created(ctx, run, create, plan, kind, ids)))
        }
        Err(error) if error.is_retryable() => {
            ctx.retry(run, Step::Create(create.clone()), error, "looking at the stack").map(Some)
        }
        Err(error) if existing::is_missing(&error) => Ok(None),
        Err(error) => {
            ctx.detail(run, Err::<(), _>(error));
            Ok(None)
        }
    }
}

fn change_set_name(run: &Run, new: &NewChangeSet) -> String {
    new.name.clone().unwrap_or_else(|| run.change_set_token())
}

fn look_again(create: Create) -> Next {
    Next::Wait(Wait {
        step: Step::Create(create),
        time: LOOK_AGAIN,
        percent: 0,
        summary: "looking at the stack again".to_owned(),
    })
}

fn wait_for_stack<S>(ctx: &Context<'_, S>, run: &mut Run, create: Create, stack: Option<&Stack>) -> Next {
    let (name, status) = stack.map(|it| (it.name.clone(), it.status.to_string())).unwrap_or_default();
    let summary = format!("waiting for another operation on {name}, which is {status}");
    if create.waits_since.is_none() {
        ctx.report(run, DeployEvent::StackBusy { stack: name, status });
    }
    let create = Create { waits_since: create.waits_since.or(Some(ctx.now)), ..create };
    let time = ctx.options.poll.unwrap_or(WAIT_FOR_STACK);
    Next::Wait(Wait { step: Step::Create(create), time, percent: 0, summary })
}

/// CloudFormation goes on to use the role of an earlier deployment.
fn note_kept_role<S>(ctx: &Context<'_, S>, run: &Run, stack: &Stack) {
    let Some(role) = stack.role_arn.clone().filter(|_| ctx.options.role_arn.is_none() && run.attempt == 0) else {
        return;
    };
    ctx.warn(&stack.name, DeployWarning::RoleKept { stack: stack.name.clone(), role_arn: role });
}

/// The stack that a change set is for.
struct Sending {
    stack: Stack,
    is_own_stack: bool,
    is_paused: bool,
}

async fn send<S: Stacks>(
    ctx: &Context<'_, S>,
    run: &mut Run,
    create: Create,
    new: &NewChangeSet,
    plan: Sending,
    kind: ChangeSetKind,
) -> Result<Next, Failure> {
    let request = match request(ctx, run, &create, new, &plan.stack, kind).await? {
        Availability::Ready(request) => request,
        Availability::Preparing(time) => return Ok(await_template(create, time)),
    };
    match ctx.stacks.create_change_set(&request).await {
        Ok(ids) if kind == ChangeSetKind::Update && ids.stack != plan.stack.id => {
            replaced(ctx, run, create, plan, ids).await
        }
        Ok(ids) => Ok(created(ctx, run, &create, plan, kind, ids)),
        Err(error) => refused(ctx, run, create, new, plan, &request, error).await,
    }
}

fn await_template(create: Create, time: Duration) -> Next {
    let summary = "waiting for the template".to_owned();
    Next::Wait(Wait { step: Step::Create(create), time, percent: 0, summary })
}

async fn request<S>(
    ctx: &Context<'_, S>,
    run: &Run,
    create: &Create,
    new: &NewChangeSet,
    stack: &Stack,
    kind: ChangeSetKind,
) -> Result<Availability<ChangeSetRequest>, Failure> {
    let options = ctx.options;
    let previous = (kind == ChangeSetKind::Update).then_some(stack);
    let parameters = checks::parameters(new, previous)?;
    let is_kept = options.on_failure == OnFailure::DoNothing;
    let template = ctx.template.text().await?;
    Ok(template.map(|template| ChangeSetRequest {
        // A repeated request is the same as the first, which had no ARN.
        stack: previous.filter(|_| !create.by_name).map_or_else(|| options.stack.clone(), |stack| stack.id.clone()),
        name: change_set_name(run, new),
        token: run.change_set_token(),
        kind,
        description: new.description.clone(),
        template,
        parameters,
        tags: tags::to_send(new, previous),
        capabilities: new.capabilities.clone(),
        role_arn: options.role_arn.clone(),
        topics: new.topics.clone(),
        triggers: new.triggers.clone(),
        deletes_on_failure: deletes_on_failure(options, kind),
        includes_nested: new.includes_nested && !create.leaves_out_nested,
        imports_existing: new.imports_existing,
        reverts_drift: new.reverts_drift && kind == ChangeSetKind::Update,
        express: options.express.then_some(Express { disables_rollback: is_kept }),
    }))
}

/// `OnStackFailure` takes DELETE for a new stack only.
fn deletes_on_failure(options: &DeployOptions, kind: ChangeSetKind) -> bool {
    options.on_failure == OnFailure::Delete && kind == ChangeSetKind::Create && !options.express
}

fn created<S>(
    ctx: &Context<'_, S>,
    run: &mut Run,
    create: &Create,
    plan: Sending,
    kind: ChangeSetKind,
    ids: ChangeSetIds,
) -> Next {
    run.misses = 0;
    ctx.report(
        run,
        DeployEvent::ChangeSetCreated {
            stack: plan.stack.name.clone(),
            change_set: ids.change_set.clone(),
            is_new: kind == ChangeSetKind::Create,
        },
    );
    let target = Target {
        change_set: ids.change_set,
        stack: ids.stack,
        name: plan.stack.name,
        kind,
        is_own: true,
        is_own_stack: plan.is_own_stack,
        is_paused: plan.is_paused,
        leaves_out_nested: create.leaves_out_nested,
        before: Before { status: plan.stack.status, updated_at: plan.stack.updated_at },
    };
    Next::Go(Step::AwaitChangeSet(AwaitChangeSet { target, polls: 0 }))
}

async fn refused<S: Stacks>(
    ctx: &Context<'_, S>,
    run: &mut Run,
    create: Create,
    new: &NewChangeSet,
    plan: Sending,
    request: &ChangeSetRequest,
    error: ServiceError,
) -> Result<Next, Failure> {
    if error.is_retryable() {
        return ctx.retry(run, Step::Create(create), error, "creating the change set");
    }
    let message = error.message.clone().unwrap_or_default();
    match reasons::refusal(&error) {
        // The same token with another request: an answer was lost, and the link to the template is a new one.
        Refusal::Taken | Refusal::TokenUsed => taken(ctx, run, create, new, plan, request, error).await,
        // Emulators take the name alone here. By it, another stack of the name would be noticed by its ARN.
        Refusal::NoStack if request.stack.starts_with("arn:") && !create.by_name => {
            Ok(Next::Go(Step::Create(Create { by_name: true, ..create })))
        }
        Refusal::NoStack | Refusal::StackBusy => raced(create, error),
        Refusal::Capabilities(missing) => Err(capabilities(&missing)),
        Refusal::TooManyChangeSets => Err(failed(error, "delete change sets of the stack that are not needed")),
        Refusal::Other if reasons::is_empty(&message) => no_changes::without_change_set(ctx, run, plan.stack).await,
        Refusal::Other if request.includes_nested && reasons::is_unknown_parameter_value(&message) => {
            run.attempt += 1;
            Ok(Next::Go(Step::Create(Create { leaves_out_nested: true, ..create })))
        }
        Refusal::Other | Refusal::NoChangeSet | Refusal::ChangeSetBusy | Refusal::NotExecutable => Err(error.into()),
    }
}

/// Somebody deleted the stack and created another one of its name after it was looked at. The change set is for the new
/// one, which was not looked at.
async fn replaced<S: Stacks>(
    ctx: &Context<'_, S>,
    run: &mut Run,
    create: Create,
    plan: Sending,
    ids: ChangeSetIds,
) -> Result<Next, Failure> {
    let answer = ctx.stacks.delete_change_set(&ids.change_set, None).await;
    ctx.detail(run, answer);
    run.attempt += 1;
    match create.races < RACES {
        true => Ok(look_again(Create { races: create.races + 1, ..create })),
        false => Err(Failure::new(
            FailureKind::Failed,
            format!("the stack {} is replaced again and again by another party", plan.stack.name),
        )),
    }
}

/// The stack is not what it was a moment ago: it is looked at again.
fn raced(create: Create, error: ServiceError) -> Result<Next, Failure> {
    match create.races < RACES {
        true => Ok(look_again(Create { races: create.races + 1, ..create })),
        false => Err(error.into()),
    }
}

/// The name is taken: by an older change set of the user's name, by our own whose answer was lost, or by a stack that
/// another party created in between.
async fn taken<S: Stacks>(
    ctx: &Context<'_, S>,
    run: &mut Run,
    create: Create,
    new: &NewChangeSet,
    plan: Sending,
    request: &ChangeSetRequest,
    error: ServiceError,
) -> Result<Next, Failure> {
    let standing = match ctx.stacks.change_set(&request.name, Some(&request.stack), None).await {
        Ok(found) => found,
        Err(other) if other.is_retryable() => {
            return ctx.retry(run, Step::Create(create), other, "creating the change set");
        }
        Err(_) => return raced(create, error),
    };
    if new.name.is_none() {
        let ids = ChangeSetIds { change_set: standing.id, stack: standing.stack_id };
        return Ok(created(ctx, run, &create, plan, request.kind, ids));
    }
    match ctx.stacks.delete_change_set(&standing.id, None).await {
        Ok(()) => raced(create, error),
        Err(other) => ctx.retry(run, Step::Create(create), other, "deleting the older change set"),
    }
}

/// The flag that is missing, ready to copy.
pub fn capabilities(missing: &[String]) -> Failure {
    let names =
        if missing.is_empty() { "CAPABILITY_IAM or CAPABILITY_NAMED_IAM".to_owned() } else { missing.join(" ") };
    Failure::new(FailureKind::Usage, format!("the template needs a capability that is not given: {names}")).with_hint(
        format!(
            "if it may do that, add --capabilities {}",
            if missing.is_empty() { "CAPABILITY_NAMED_IAM" } else { &names }
        ),
    )
}
