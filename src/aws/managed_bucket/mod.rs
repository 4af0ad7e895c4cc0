//! `--resolve-s3`: the bucket of the stack that `sam` keeps in each account and region. Creates the stack if it does not
//! exist.

use super::call_log::CallLog;
use super::errors::Call;
use crate::facts::{Failure, FailureKind, Problem, ServiceError};
use aws_config::SdkConfig;
use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::error::ProvideErrorMetadata;
use aws_sdk_cloudformation::types::{ChangeSetStatus, ChangeSetType, Stack, StackStatus, Tag};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// As in `sam`, so that both tools share the bucket.
const STACK: &str = "aws-sam-cli-managed-default";
const CHANGE_SET: &str = "InitialCreation";
const TAG: (&str, &str) = ("ManagedStackSource", "AwsSamCli");
const OUTPUT: &str = "SourceBucket";
const TEMPLATE: &str = include_str!("template.yaml");

const POLL_INTERVAL: Duration = Duration::from_secs(3);
const CREATION_TIMEOUT: Duration = Duration::from_secs(15 * 60);
/// As the resource of a call.
const RESOURCE: &str = "stack aws-sam-cli-managed-default";

/// The bucket of the stack.
#[derive(Debug, PartialEq, Eq)]
pub struct ManagedBucket {
    pub name: String,
    /// The account of the stack, which created the bucket.
    pub account: Option<String>,
}

/// Finds the bucket, or creates its stack and waits for it. Another run may create it at the same time.
pub async fn managed_bucket(config: &SdkConfig) -> Result<ManagedBucket, Failure> {
    if config.region().is_none() {
        return Err(no_region());
    }
    let config = aws_sdk_cloudformation::config::Builder::from(config).interceptor(CallLog);
    let client = Client::from_conf(config.build());
    let deadline = Instant::now() + CREATION_TIMEOUT;
    let stack = describe(&client).await.map_err(failed_call)?;
    if stack.is_none() && create(&client).await.map_err(failed_call)? == Creation::Ours {
        await_change_set(&client, deadline).await?;
        execute(&client).await.map_err(failed_call)?;
    }
    output_bucket(&await_stack(&client, deadline).await?)
}

#[derive(Debug, PartialEq, Eq)]
enum Creation {
    Ours,
    Theirs,
}

/// What a stack status means for the wait.
enum Progress {
    Ready,
    Running,
    Failed,
}

/// The stack; `None` if it does not exist.
async fn describe(client: &Client) -> Result<Option<Stack>, ServiceError> {
    match client.describe_stacks().stack_name(STACK).send().await {
        Ok(response) => Ok(response.stacks.unwrap_or_default().into_iter().next()),
        // "Stack with id … does not exist" has no error code of its own.
        Err(error)
            if error.code() == Some("ValidationError")
                && error.message().is_some_and(|message| message.contains("does not exist")) =>
        {
            Ok(None)
        }
        Err(error) => Err(Call::new("cloudformation:DescribeStacks", RESOURCE).failed(error)),
    }
}

/// Creates the stack as `sam` does, with the same permissions.
async fn create(client: &Client) -> Result<Creation, ServiceError> {
    let request = client.create_change_set().stack_name(STACK).change_set_name(CHANGE_SET);
    let request = request
        .change_set_type(ChangeSetType::Create)
        .template_body(TEMPLATE)
        .tags(Tag::builder().key(TAG.0).value(TAG.1).build());
    match request.send().await {
        Ok(_) => Ok(Creation::Ours),
        Err(error) if error.code() == Some("AlreadyExistsException") => Ok(Creation::Theirs),
        Err(error) => Err(Call::new("cloudformation:CreateChangeSet", RESOURCE).failed(error)),
    }
}

async fn await_change_set(client: &Client, deadline: Instant) -> Result<(), Failure> {
    loop {
        let request = client.describe_change_set().stack_name(STACK).change_set_name(CHANGE_SET);
        let response = request.send().await;
        let call = Call::new("cloudformation:DescribeChangeSet", RESOURCE);
        let response = response.map_err(|error| failed_call(call.failed(error)))?;
        let status = response.status.as_ref().map_or("unknown", ChangeSetStatus::as_str);
        match status {
            "CREATE_COMPLETE" => return Ok(()),
            "CREATE_PENDING" | "CREATE_IN_PROGRESS" => pause(deadline).await?,
            _ => {
                let status = format!("without a change set ({status})");
                return Err(unusable_stack(&status, response.status_reason.as_deref()));
            }
        }
    }
}

async fn execute(client: &Client) -> Result<(), ServiceError> {
    let request = client.execute_change_set().stack_name(STACK).change_set_name(CHANGE_SET);
    let response = request.send().await;
    response.map(|_| ()).map_err(|error| Call::new("cloudformation:ExecuteChangeSet", RESOURCE).failed(error))
}

async fn await_stack(client: &Client, deadline: Instant) -> Result<Stack, Failure> {
    loop {
        if let Some(stack) = describe(client).await.map_err(failed_call)? {
            let status = stack.stack_status.as_ref().map_or("unknown", StackStatus::as_str);
            match progress(status) {
                Progress::Ready => return Ok(stack),
                Progress::Running => {}
                Progress::Failed => {
                    return Err(unusable_stack(status, stack.stack_status_reason.as_deref()));
                }
            }
        }
        pause(deadline).await?;
    }
}

/// `REVIEW_IN_PROGRESS`: the first change set is not executed yet.
fn progress(status: &str) -> Progress {
    match status {
        "CREATE_COMPLETE"
        | "IMPORT_COMPLETE"
        | "IMPORT_ROLLBACK_COMPLETE"
        | "UPDATE_COMPLETE"
        | "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
        | "UPDATE_ROLLBACK_COMPLETE"
        | "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"
        | "UPDATE_ROLLBACK_FAILED"
        | "UPDATE_FAILED" => Progress::Ready,
        "ROLLBACK_IN_PROGRESS" | "DELETE_IN_PROGRESS" => Progress::Failed,
        _ if status.ends_with("_IN_PROGRESS") => Progress::Running,
        _ => Progress::Failed,
    }
}

async fn pause(deadline: Instant) -> Result<(), Failure> {
    if Instant::now() + POLL_INTERVAL > deadline {
        return Err(not_ready());
    }
    sleep(POLL_INTERVAL).await;
    Ok(())
}

fn output_bucket(stack: &Stack) -> Result<ManagedBucket, Failure> {
    if !stack.tags().iter().any(|tag| (tag.key(), tag.value()) == (Some(TAG.0), Some(TAG.1))) {
        return Err(not_usable(&format!("it has no tag {}={}", TAG.0, TAG.1)));
    }
    let output = stack.outputs().iter().find(|output| output.output_key() == Some(OUTPUT));
    let name = output.and_then(|output| output.output_value()).map(str::to_owned);
    let name = name.ok_or_else(|| not_usable(&format!("it has no output {OUTPUT}")))?;
    // `arn:aws:cloudformation:REGION:ACCOUNT:stack/…`
    let account = stack.stack_id().and_then(|arn| arn.split(':').nth(4)).filter(|account| !account.is_empty());
    Ok(ManagedBucket { name, account: account.map(str::to_owned) })
}

fn no_region() -> Failure {
    Failure::new(FailureKind::Usage, "cannot find the managed bucket: no region is given")
        .with_hint("give --region or set AWS_REGION")
}

fn failed_call(error: ServiceError) -> Failure {
    Failure::from(error).map(|problem| Problem {
        message: format!("cannot find or create the managed bucket: {}", problem.message),
        ..problem
    })
}

fn not_usable(reason: &str) -> Failure {
    Failure::new(FailureKind::Usage, format!("cannot use the stack {STACK}: {reason}"))
        .with_hint("name a bucket with --s3-bucket instead")
}

fn unusable_stack(status: &str, reason: Option<&str>) -> Failure {
    let reason = reason.map_or_else(String::new, |reason| format!(": {reason}"));
    Failure::new(FailureKind::Failed, format!("cannot use the stack {STACK}: it is {status}{reason}"))
        .with_hint(format!("delete the stack {STACK} and run again, or name a bucket with --s3-bucket"))
}

fn not_ready() -> Failure {
    let minutes = CREATION_TIMEOUT.as_secs() / 60;
    Failure::new(FailureKind::Deadline, format!("the stack {STACK} was not ready after {minutes} minutes"))
        .with_hint(format!("look at the stack {STACK} in the CloudFormation console"))
}
