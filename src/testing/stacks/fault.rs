//! Calls that go wrong, by number or by time.

use crate::facts::{Reason, ServiceError, Timestamp};
use std::ops::Range;

/// The calls of the fake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Op {
    Stack,
    Create,
    ChangeSet,
    ChangeSets,
    Execute,
    DeleteChangeSet,
    DeleteStack,
    RollBack,
    Events,
    Failures,
    Hooks,
    Hook,
    Protect,
    SetPolicy,
    Importers,
    Template,
    PhysicalIds,
    Group,
    ListDeployments,
    DescribeDeployments,
    Target,
    Routing,
    Alarms,
    StopDeployment,
}

/// How a call goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrong {
    Throttled,
    Unavailable,
    /// The connection is cut before the request arrives.
    Cut,
    /// The request is carried out, and its answer is lost.
    Lost,
    Denied,
    Expired,
}

/// A rule for calls.
#[derive(Debug, Clone)]
pub struct Fault {
    pub op: Op,
    pub wrong: Wrong,
    pub when: When,
}

/// Which calls a rule is for.
#[derive(Debug, Clone)]
pub enum When {
    /// By number, from zero.
    Calls(Range<usize>),
    During(Range<Timestamp>),
}

impl Fault {
    pub fn applies(&self, op: Op, number: usize, now: Timestamp) -> bool {
        self.op == op
            && match &self.when {
                When::Calls(calls) => calls.contains(&number),
                When::During(time) => time.contains(&now),
            }
    }
}

impl Op {
    /// Its IAM action.
    pub const fn action(self) -> &'static str {
        match self {
            Self::Stack => "cloudformation:DescribeStacks",
            Self::Create => "cloudformation:CreateChangeSet",
            Self::ChangeSet => "cloudformation:DescribeChangeSet",
            Self::ChangeSets => "cloudformation:ListChangeSets",
            Self::Execute => "cloudformation:ExecuteChangeSet",
            Self::DeleteChangeSet => "cloudformation:DeleteChangeSet",
            Self::DeleteStack => "cloudformation:DeleteStack",
            Self::RollBack => "cloudformation:RollbackStack",
            Self::Events => "cloudformation:DescribeStackEvents",
            Self::Failures => "cloudformation:DescribeEvents",
            Self::Hooks => "cloudformation:ListHookResults",
            Self::Hook => "cloudformation:GetHookResult",
            Self::Protect => "cloudformation:UpdateTerminationProtection",
            Self::SetPolicy => "cloudformation:SetStackPolicy",
            Self::Importers => "cloudformation:ListImports",
            Self::Template => "cloudformation:GetTemplate",
            Self::PhysicalIds => "cloudformation:ListStackResources",
            Self::Group => "codedeploy:GetDeploymentGroup",
            Self::ListDeployments => "codedeploy:ListDeployments",
            Self::DescribeDeployments => "codedeploy:BatchGetDeployments",
            Self::Target => "codedeploy:BatchGetDeploymentTargets",
            Self::Routing => "codedeploy:GetDeploymentConfig",
            Self::Alarms => "cloudwatch:DescribeAlarms",
            Self::StopDeployment => "codedeploy:StopDeployment",
        }
    }

    /// A refusal with a code and a message of the service.
    pub fn refuses(self, resource: &str, code: &str, message: impl Into<String>) -> ServiceError {
        let reason = if code == "ChangeSetNotFound" { Reason::NotFound } else { Reason::Rejected };
        self.error(resource, reason, Some(code), message.into())
    }

    pub fn goes(self, wrong: Wrong, resource: &str) -> ServiceError {
        let (reason, code, message) = match wrong {
            Wrong::Throttled => (Reason::Throttled, Some("Throttling"), "Rate exceeded"),
            Wrong::Unavailable => (Reason::Unavailable, None, "the service is unavailable"),
            Wrong::Cut | Wrong::Lost => (Reason::Network, None, "connection reset by peer"),
            Wrong::Denied => (Reason::AccessDenied, Some("AccessDenied"), "User is not authorized"),
            Wrong::Expired => (Reason::ExpiredCredentials, Some("ExpiredToken"), "The security token has expired"),
        };
        self.error(resource, reason, code, message.to_owned())
    }

    fn error(self, resource: &str, reason: Reason, code: Option<&str>, message: String) -> ServiceError {
        ServiceError {
            operation: self.action(),
            resource: resource.to_owned(),
            reason,
            code: code.map(str::to_owned),
            message: Some(message),
            request_id: None,
        }
    }
}
