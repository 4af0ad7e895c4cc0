//! `--resolve-s3`: the bucket of the stack that `sam` keeps in each account and region. Deploys the stack if it does not
//! exist.

use crate::deploy::{
    self, Advance, Context, DeployOptions, Gates, NewChangeSet, OnCancel, OnEmpty, OnFailure, OnPaused,
    PackagedTemplate, Stack, Stacks, Standing, TemplateFacts, TemplateText, UnknownParameters, UnsetParameters, Until,
    Work,
};
use crate::facts::{Ended, Event, Failure, FailureKind, PackageEvent, Problem, Reporter, Timestamp, random_bits};
use futures_util::future::{FutureExt, LocalBoxFuture};
use std::collections::BTreeMap;
use std::time::Duration;

/// As in `sam`, so that both tools share the bucket.
const STACK: &str = "aws-sam-cli-managed-default";
const TAG: (&str, &str) = ("ManagedStackSource", "AwsSamCli");
const OUTPUT: &str = "SourceBucket";
const TEMPLATE: &str = include_str!("template.yaml");

const CREATION_TIMEOUT: Duration = Duration::from_secs(15 * 60);
/// Other runs may create the stack at the same time, fail, and remove it.
const MOST_DEPLOYMENTS: u32 = 3;

/// The bucket of the stack.
#[derive(Debug, PartialEq, Eq)]
pub struct ManagedBucket {
    pub name: String,
    /// The account of the stack, which created the bucket.
    pub account: Option<String>,
}

/// Finds the bucket, or deploys its stack, which is reported once. Another run may deploy it at the same time.
pub async fn find_or_create(
    stacks: &impl Stacks,
    reporter: &dyn Reporter,
    sleep: impl AsyncFn(Duration),
) -> Result<ManagedBucket, Failure> {
    let mut problem = None;
    for attempt in 0..MOST_DEPLOYMENTS {
        let stack = stacks.stack(STACK).await.map_err(|error| explained(error.into()))?;
        let work = match stack.as_ref().map(|stack| (stack, stack.status.standing())) {
            Some((stack, Standing::Updatable | Standing::Paused | Standing::Stuck)) if has_worked(stack) => {
                return output_bucket(stack);
            }
            Some((_, Standing::Busy)) => Work::Follow,
            None | Some((_, Standing::Gone | Standing::Review)) => Work::Create(Box::new(change_set())),
            Some((stack, Standing::Updatable | Standing::Paused | Standing::Stuck | Standing::Remains)) => {
                return Err(problem.unwrap_or_else(|| unusable(stack)));
            }
        };
        if attempt == 0 {
            reporter.report(Event::Package(PackageEvent::CreatingBucket { stack: STACK.to_owned() }));
        }
        problem = run(stacks, &sleep, work).await.err().map(explained);
    }
    Err(problem.unwrap_or_else(|| not_usable("other runs change it again and again")))
}

/// A stack that was created, whatever became of later updates, has its bucket.
fn has_worked(stack: &Stack) -> bool {
    !stack.status.never_worked()
}

/// Deploys or follows to the end.
async fn run(stacks: &impl Stacks, sleep: impl AsyncFn(Duration), work: Work) -> Result<(), Failure> {
    let options = options(work);
    let context = || Context {
        options: &options,
        stacks,
        template: &ManagedTemplate,
        reporter: &Silent,
        lines: None,
        now: Timestamp::now(),
    };
    let mut phase = deploy::begin(&context(), &format!("managed-bucket-{:016x}", random_bits()))?;
    loop {
        match deploy::advance(&context(), phase).await? {
            Advance::Done(verdict) => {
                return match verdict.ended {
                    Ended::Failed(failure) => Err(failure),
                    Ended::Deployed | Ended::NoChanges | Ended::Planned | Ended::Detached => Ok(()),
                };
            }
            Advance::Pending(pending) => {
                sleep(pending.wait).await;
                phase = pending.phase;
            }
        }
    }
}

fn options(work: Work) -> DeployOptions {
    DeployOptions {
        stack: STACK.to_owned(),
        work,
        until: Until::Deployed,
        empty: OnEmpty::Succeed,
        // Nothing is left behind that would block the next run.
        on_failure: OnFailure::Delete,
        express: false,
        gates: Gates::default(),
        replaces_failed: false,
        wait_for_stack: Some(CREATION_TIMEOUT),
        on_paused: OnPaused::Refuse,
        protection: None,
        policy: None,
        role_arn: None,
        timeout: CREATION_TIMEOUT,
        poll: None,
        on_cancel: OnCancel::Leave,
    }
}

/// The stack as `sam` creates it, with the same permissions.
fn change_set() -> NewChangeSet {
    let (key, value) = TAG;
    NewChangeSet {
        template: TemplateFacts::default(),
        parameters: BTreeMap::new(),
        unknown_parameters: UnknownParameters::Refuse,
        unset_parameters: UnsetParameters::UseDefault,
        tags: Some(BTreeMap::from([(key.to_owned(), value.to_owned())])),
        capabilities: None,
        topics: None,
        triggers: None,
        description: None,
        name: None,
        includes_nested: false,
        imports_existing: false,
        reverts_drift: false,
    }
}

struct ManagedTemplate;

impl PackagedTemplate for ManagedTemplate {
    fn text(&self) -> LocalBoxFuture<'_, Result<TemplateText, Failure>> {
        async { Ok(TemplateText::Body(TEMPLATE.to_owned())) }.boxed_local()
    }
}

/// The deployment is a detail of an upload.
struct Silent;

impl Reporter for Silent {
    fn report(&self, _: Event) {}
}

fn output_bucket(stack: &Stack) -> Result<ManagedBucket, Failure> {
    let (key, value) = TAG;
    if stack.tags.get(key).map(String::as_str) != Some(value) {
        return Err(not_usable(&format!("it has no tag {key}={value}")));
    }
    let output = stack.outputs.iter().find(|output| output.key == OUTPUT);
    let output = output.ok_or_else(|| not_usable(&format!("it has no output {OUTPUT}")))?;
    // `arn:aws:cloudformation:REGION:ACCOUNT:stack/…`
    let account = stack.id.split(':').nth(4).filter(|account| !account.is_empty());
    Ok(ManagedBucket { name: output.value.clone(), account: account.map(str::to_owned) })
}

fn explained(failure: Failure) -> Failure {
    failure.map(|problem| Problem {
        message: format!("cannot find or create the managed bucket: {}", problem.message),
        ..problem
    })
}

fn not_usable(reason: &str) -> Failure {
    Failure::new(FailureKind::Usage, format!("cannot use the stack {STACK}: {reason}"))
        .with_hint("name a bucket with --s3-bucket instead")
}

fn unusable(stack: &Stack) -> Failure {
    let reason = stack.status_reason.as_ref().map_or_else(String::new, |reason| format!(": {reason}"));
    Failure::new(FailureKind::Failed, format!("cannot use the stack {STACK}: it is {}{reason}", stack.status))
        .with_hint(format!("delete the stack {STACK} and run again, or name a bucket with --s3-bucket"))
}

#[cfg(test)]
mod tests;
