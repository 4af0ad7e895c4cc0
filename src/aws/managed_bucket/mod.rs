//! `--resolve-s3`: the bucket of the stack that `sam` keeps in each account and region, made when it is not there.

use super::call_log::CallLog;
use super::errors::Call;
use crate::facts::{Explain, FailureKind, ServiceError};
use aws_config::SdkConfig;
use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::error::ProvideErrorMetadata;
use aws_sdk_cloudformation::types::{ChangeSetStatus, ChangeSetType, Stack, StackStatus, Tag};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Name, tag, change set and output are those of `sam`, so that both tools share the bucket.
const STACK: &str = "aws-sam-cli-managed-default";
const CHANGE_SET: &str = "InitialCreation";
const TAG: (&str, &str) = ("ManagedStackSource", "AwsSamCli");
const OUTPUT: &str = "SourceBucket";
const TEMPLATE: &str = include_str!("template.yaml");

const PAUSE: Duration = Duration::from_secs(3);
const PATIENCE: Duration = Duration::from_secs(15 * 60);

/// Why there is no managed bucket.
#[derive(Debug, thiserror::Error)]
pub enum ManagedBucketError {
    /// A call failed.
    #[error("cannot find or create the managed bucket")]
    Service(#[from] ServiceError),
    /// Somebody else's stack has the name.
    #[error("cannot use the stack {STACK}: it has no tag {}={}", TAG.0, TAG.1)]
    Foreign,
    /// The stack does not say what its bucket is.
    #[error("cannot use the stack {STACK}: it has no output {OUTPUT}")]
    NoOutput,
    /// The stack is in a state from which nothing follows.
    #[error("cannot use the stack {STACK}: it is {status}{}", .reason.as_ref().map(|it| format!(": {it}")).unwrap_or_default())]
    Unusable {
        /// The status of the stack, or of the change set that should create it.
        status: String,
        /// Why, if CloudFormation says.
        reason: Option<String>,
    },
    /// It did not get ready.
    #[error("the stack {STACK} was not ready after {} minutes", PATIENCE.as_secs() / 60)]
    Late,
    /// A stack lives in a region.
    #[error("cannot find the managed bucket: no region is given")]
    NoRegion,
}

impl Explain for ManagedBucketError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::Service(error) => error.kind(),
            Self::Foreign | Self::NoOutput | Self::NoRegion => FailureKind::Usage,
            Self::Unusable { .. } => FailureKind::Failed,
            Self::Late => FailureKind::Deadline,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Service(error) => error.hint(),
            Self::Foreign | Self::NoOutput => Some("name a bucket with --s3-bucket instead".to_owned()),
            Self::Unusable { .. } => {
                Some(format!("delete the stack {STACK} and run again, or name a bucket with --s3-bucket"))
            }
            Self::Late => Some(format!("look at the stack {STACK} in the CloudFormation console")),
            Self::NoRegion => Some("give --region or set AWS_REGION".to_owned()),
        }
    }
}

/// Finds the bucket, or creates its stack and waits for it, also when somebody else creates it at the same time.
pub async fn managed_bucket(config: &SdkConfig) -> Result<String, ManagedBucketError> {
    if config.region().is_none() {
        return Err(ManagedBucketError::NoRegion);
    }
    let config = aws_sdk_cloudformation::config::Builder::from(config).interceptor(CallLog);
    let client = Client::from_conf(config.build());
    let deadline = Instant::now() + PATIENCE;
    if describe(&client).await?.is_none() && create(&client).await? == Creation::Ours {
        await_change_set(&client, deadline).await?;
        execute(&client).await?;
    }
    bucket_of(&await_stack(&client, deadline).await?)
}

#[derive(Debug, PartialEq, Eq)]
enum Creation {
    Ours,
    Theirs,
}

/// What a status means to whoever waits.
enum Progress {
    Ready,
    Going,
    Stuck,
}

/// The stack; `None` when there is none.
async fn describe(client: &Client) -> Result<Option<Stack>, ServiceError> {
    match client.describe_stacks().stack_name(STACK).send().await {
        Ok(found) => Ok(found.stacks.unwrap_or_default().into_iter().next()),
        // "Stack with id … does not exist": CloudFormation has no code of its own for it.
        Err(error)
            if error.code() == Some("ValidationError")
                && error.message().is_some_and(|message| message.contains("does not exist")) =>
        {
            Ok(None)
        }
        Err(error) => Err(Call::new("cloudformation:DescribeStacks", resource()).failed(error)),
    }
}

/// Begins the stack the way `sam` does, with the same permissions.
async fn create(client: &Client) -> Result<Creation, ServiceError> {
    let request = client.create_change_set().stack_name(STACK).change_set_name(CHANGE_SET);
    let request = request
        .change_set_type(ChangeSetType::Create)
        .template_body(TEMPLATE)
        .tags(Tag::builder().key(TAG.0).value(TAG.1).build());
    match request.send().await {
        Ok(_) => Ok(Creation::Ours),
        Err(error) if error.code() == Some("AlreadyExistsException") => Ok(Creation::Theirs),
        Err(error) => Err(Call::new("cloudformation:CreateChangeSet", resource()).failed(error)),
    }
}

async fn await_change_set(client: &Client, deadline: Instant) -> Result<(), ManagedBucketError> {
    loop {
        let request = client.describe_change_set().stack_name(STACK).change_set_name(CHANGE_SET);
        let answer = request.send().await;
        let answer = answer.map_err(|it| Call::new("cloudformation:DescribeChangeSet", resource()).failed(it))?;
        let status = answer.status.as_ref().map_or("unknown", ChangeSetStatus::as_str);
        match status {
            "CREATE_COMPLETE" => return Ok(()),
            "CREATE_PENDING" | "CREATE_IN_PROGRESS" => pause(deadline).await?,
            _ => {
                let status = format!("without a change set ({status})");
                return Err(ManagedBucketError::Unusable { status, reason: answer.status_reason });
            }
        }
    }
}

async fn execute(client: &Client) -> Result<(), ServiceError> {
    let request = client.execute_change_set().stack_name(STACK).change_set_name(CHANGE_SET);
    let answer = request.send().await;
    answer.map(|_| ()).map_err(|error| Call::new("cloudformation:ExecuteChangeSet", resource()).failed(error))
}

async fn await_stack(client: &Client, deadline: Instant) -> Result<Stack, ManagedBucketError> {
    loop {
        if let Some(stack) = describe(client).await? {
            let status = stack.stack_status.as_ref().map_or("unknown", StackStatus::as_str);
            match progress(status) {
                Progress::Ready => return Ok(stack),
                Progress::Going => {}
                Progress::Stuck => {
                    let status = status.to_owned();
                    return Err(ManagedBucketError::Unusable { status, reason: stack.stack_status_reason });
                }
            }
        }
        pause(deadline).await?;
    }
}

/// `REVIEW_IN_PROGRESS` is a stack whose first change set was not executed yet.
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
        "ROLLBACK_IN_PROGRESS" | "DELETE_IN_PROGRESS" => Progress::Stuck,
        _ if status.ends_with("_IN_PROGRESS") => Progress::Going,
        _ => Progress::Stuck,
    }
}

async fn pause(deadline: Instant) -> Result<(), ManagedBucketError> {
    if Instant::now() + PAUSE > deadline {
        return Err(ManagedBucketError::Late);
    }
    sleep(PAUSE).await;
    Ok(())
}

fn bucket_of(stack: &Stack) -> Result<String, ManagedBucketError> {
    if !stack.tags().iter().any(|tag| (tag.key(), tag.value()) == (Some(TAG.0), Some(TAG.1))) {
        return Err(ManagedBucketError::Foreign);
    }
    let output = stack.outputs().iter().find(|output| output.output_key() == Some(OUTPUT));
    output.and_then(|it| it.output_value()).map(str::to_owned).ok_or(ManagedBucketError::NoOutput)
}

fn resource() -> String {
    format!("stack {STACK}")
}
