//! The types that all stages share. They name no stage, no host and no service client.

mod action_type_id;
mod backoff;
mod console;
mod endpoint;
mod environment;
mod event;
mod excerpt;
mod failure;
mod path_names;
mod percent;
mod place;
mod publication;
mod random;
mod redactor;
mod report;
mod report_settings;
pub mod resource_types;
mod s3_location;
mod secret;
mod service_error;
mod spelling;
mod stack_change;
mod timeline;
mod timestamp;
mod traffic_shift;
mod verdict;

pub use action_type_id::ActionTypeId;
pub use backoff::Backoff;
pub use console::console_host;
pub use endpoint::{check_endpoint, is_confidential};
pub use environment::Environment;
pub use event::{
    Activity, DeployEvent, DeployWarning, Event, FileEvent, JobEvent, PackageEvent, PublishEvent, PublishWarning,
    PutResult, Reporter, RowOutcome, StackRow, StillRunning, Unchangeable, Warning, WarningKind, WorkerEvent,
};
pub use excerpt::Excerpt;
pub use failure::{Explain, Failure, FailureKind, JobFailureType, Problem, Signal};
pub use path_names::PathNames;
pub use percent::percent_encode;
pub use place::{LineIndex, Place};
pub use publication::{Publication, PublishStep, PublishedChange};
pub use random::{random_bits, random_chance};
pub use redactor::Redactor;
pub use report::{Cell, Column, Made, Outcome, Report, Role, Row, Show, Table};
pub use report_settings::{ColorRule, Form, HostChoice, ReportSettings, ResultFiles};
pub use s3_location::{S3Endpoint, S3Location, is_bucket_name};
pub use secret::Secret;
pub use service_error::{Reason, ServiceError, UNKNOWN_HOST};
pub use stack_change::{ChangeAction, ChangeCause, ChangeKind, Replacement, StackChange};
pub use timeline::{PhaseKind, ResourceTimeline, Span, SpanState, StackPhase, Timeline};
pub use timestamp::Timestamp;
pub use traffic_shift::{
    AlarmState, HookState, Routing, ShiftAlarm, ShiftError, ShiftHook, ShiftProblem, ShiftState, TrafficShift,
};
pub use verdict::{Cause, Ended, FailedAs, OpenResource, Plan, StackName, StackOutput, Verdict, WaitsFor};
