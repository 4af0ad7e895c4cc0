//! Where a deployment stands: all that another process needs to continue it.
//!
//! ```text
//! Create ▶ AwaitChangeSet ▶ Execute ▶ AwaitStack
//!   │ ▲
//!   ▼ │ a failed stack is deleted, or a kept failure rolled back
//! Prepare
//! ```
//!
//! A phase holds names, ARNs and tokens; no template, no parameter and no secret.

use super::cursor::Cursor;
use super::feed::Feed;
use super::stacks::ChangeSetKind;
use super::status::Status;
use crate::facts::{Plan, Timestamp};
use crate::shift::{GroupCache, Watch};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Where a deployment stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Phase {
    pub run: Run,
    pub step: Step,
}

/// What all steps share.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// Makes names and tokens unique: letters, digits and `-`.
    pub nonce: String,
    pub began: Timestamp,
    /// When something was last said.
    pub said: Timestamp,
    /// Failed calls in a row.
    pub misses: u32,
    /// Change sets that were asked for.
    pub attempt: u32,
    /// Waits so far.
    pub waits: u32,
    /// Actions whose denial was reported.
    pub denied: BTreeSet<String>,
    /// Actions of which this process reported that a call failed which may succeed later.
    #[serde(skip)]
    pub delayed: BTreeSet<String>,
}

/// A step of a deployment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Step {
    Create(Create),
    Prepare(Prepare),
    AwaitChangeSet(AwaitChangeSet),
    Execute(Execute),
    AwaitStack(Box<AwaitStack>),
}

/// The stack is looked at, and the change set created.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Create {
    /// A stack that was deleted to be replaced: a late answer may still show it.
    pub removed: Option<String>,
    /// The status before a rollback: a late answer may still show it.
    pub left: Option<Status>,
    /// Late answers so far.
    pub stale: u32,
    /// Whether there was no stack: one that appears since is the shell of our own change set.
    #[serde(default)]
    pub was_absent: bool,
    /// Since when another operation is waited for.
    pub waits_since: Option<Timestamp>,
    /// How often the stack changed between two calls.
    pub races: u32,
    /// Nested change sets could not be computed.
    pub leaves_out_nested: bool,
    /// The service knows the stack by its name alone.
    #[serde(default)]
    pub by_name: bool,
}

/// The stack is brought to a state from which it can be deployed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Prepare {
    pub kind: PrepareKind,
    /// ARN.
    pub stack: String,
    pub before: Status,
    pub is_asked_for: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum PrepareKind {
    Delete,
    Rollback,
}

/// A change set and its stack.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Target {
    /// ARN.
    pub change_set: String,
    /// ARN.
    pub stack: String,
    pub name: String,
    pub kind: ChangeSetKind,
    /// Whether this run created the change set.
    pub is_own: bool,
    /// Whether there was no stack before this run.
    pub is_own_stack: bool,
    /// Whether the stack is in a kept failure, so that rollback must stay disabled.
    pub is_paused: bool,
    /// Whether nested change sets were left out.
    pub leaves_out_nested: bool,
    pub before: Before,
}

/// The stack before the execution.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Before {
    pub status: Status,
    pub updated_at: Option<Timestamp>,
}

/// The change set is being computed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AwaitChangeSet {
    pub target: Target,
    pub polls: u32,
}

/// The change set is read and executed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Execute {
    pub target: Target,
    pub is_planned: bool,
    /// Whether another process of this run executed it.
    #[serde(default)]
    pub is_begun: bool,
    /// `DisableRollback` of the execution.
    pub disables_rollback: Option<bool>,
    /// Calls of ExecuteChangeSet so far: an answer may have been lost.
    pub calls: u32,
    #[serde(skip)]
    pub plan: Option<Plan>,
}

/// The stack is being changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AwaitStack {
    /// ARN.
    pub stack: String,
    pub name: String,
    /// ARN; none when an operation of another party is watched.
    pub change_set: Option<String>,
    /// The token of the operation; none until the operation to follow is found.
    pub token: Option<String>,
    pub is_new: bool,
    pub is_express: bool,
    pub before: Before,
    pub cursor: Cursor,
    /// Looks at the events so far.
    pub looks: u32,
    /// When the status was last asked for.
    pub asked: Timestamp,
    /// When it was first seen that the operation may be over.
    pub ended_at: Option<Timestamp>,
    /// Since when there is no such stack.
    pub gone_at: Option<Timestamp>,
    /// The number of changes that are expected; for the percentage.
    pub expected: u32,
    pub monitoring_minutes: u64,
    #[serde(default)]
    pub shifts: Watch,
    /// Read again by another process.
    #[serde(skip)]
    pub groups: GroupCache,
    /// The events so far. Read again by another process.
    #[serde(skip)]
    pub feed: Option<Box<Feed>>,
    #[serde(skip)]
    pub plan: Option<Plan>,
}

impl Phase {
    /// The first phase. `nonce` is unique: at most 40 letters, digits and `-`.
    pub fn begin(nonce: impl Into<String>, now: Timestamp) -> Self {
        let run = Run {
            nonce: nonce.into(),
            began: now,
            said: now,
            misses: 0,
            attempt: 0,
            waits: 0,
            denied: BTreeSet::new(),
            delayed: BTreeSet::new(),
        };
        Self { run, step: Step::Create(Create::default()) }
    }

    /// Whether a change set may still have to be created.
    pub fn is_without_change_set(&self) -> bool {
        match self.step {
            Step::Create(_) | Step::Prepare(_) => true,
            Step::AwaitChangeSet(_) | Step::Execute(_) | Step::AwaitStack(_) => false,
        }
    }
}

impl Step {
    /// Whether it begins with a call that changes the stack.
    pub fn changes_stack(&self) -> bool {
        match self {
            Self::Prepare(_) => true,
            Self::Execute(execute) => execute.is_planned,
            Self::Create(_) | Self::AwaitChangeSet(_) | Self::AwaitStack(_) => false,
        }
    }
}

impl Run {
    /// The token that marks all events of this run's operation.
    pub fn request_token(&self) -> String {
        format!("samstep-{}", self.nonce)
    }

    /// The name and client token of the current change set.
    pub fn change_set_token(&self) -> String {
        format!("samstep-{}-{}", self.nonce, self.attempt)
    }
}
