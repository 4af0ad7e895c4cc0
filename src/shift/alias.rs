//! One alias that an operation updates, and what is known of its deployment.

use super::deployments::{Deployment, GroupName, Target};
use crate::facts::{Routing, ShiftAlarm, Timestamp, TrafficShift};
use serde::{Deserialize, Serialize};

/// The row of an alias that the operation updates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AliasRow {
    /// ARN of the stack that has the alias.
    pub stack_id: String,
    /// The logical ids down to the alias.
    pub path: Vec<String>,
    /// When its update began, by the service's clock.
    pub since: Timestamp,
    pub is_open: bool,
}

/// An alias under watch. As text it holds what another process needs to go on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WatchedAlias {
    /// The logical ids with `/` between.
    pub path: String,
    pub since: Timestamp,
    pub deployment: Option<String>,
    /// CRC-32 of the state shown last; survives a restart, so no line is shown twice.
    pub shown_checksum: u32,
    pub shown_at: Timestamp,
    #[serde(skip)]
    pub known: Known,
}

/// What this process found out.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Known {
    pub group: Sought<GroupName>,
    /// The alarms of the group, and when they were read.
    pub alarms: Vec<ShiftAlarm>,
    pub alarm_names: Sought<Vec<String>>,
    pub alarms_at: Timestamp,
    pub routing: Sought<Routing>,
    pub deployment: Option<Deployment>,
    pub target: Option<Target>,
    /// Whether target, configuration and alarms were read after the deployment ended.
    pub has_final_details: bool,
    pub shift: Option<TrafficShift>,
}

/// Something that is looked up once.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Sought<T> {
    #[default]
    Unknown,
    Absent,
    Found(T),
}

impl<T> Sought<T> {
    pub fn found(&self) -> Option<&T> {
        match self {
            Self::Found(value) => Some(value),
            Self::Unknown | Self::Absent => None,
        }
    }

    pub fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown)
    }
}

impl<T> From<Option<T>> for Sought<T> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Absent, Self::Found)
    }
}

impl WatchedAlias {
    pub fn new(row: &AliasRow) -> Self {
        let path = row.path.join("/");
        Self {
            path,
            since: row.since,
            deployment: None,
            shown_checksum: 0,
            shown_at: Timestamp::default(),
            known: Known::default(),
        }
    }

    pub fn is_of(&self, row: &AliasRow) -> bool {
        self.since == row.since && self.path == row.path.join("/")
    }

    /// Whether its deployment ended, as far as that is known.
    pub fn is_over(&self) -> bool {
        self.known.deployment.as_ref().is_some_and(|deployment| deployment.state.is_final())
    }

    /// Whether a further read of its deployment gives nothing new. CodeDeploy names the deployment that takes a failed one
    /// back some time after the failure.
    pub fn is_settled(&self) -> bool {
        let is_named = |it: &Deployment| !it.state.is_bad() || it.rollback_id.is_some();
        self.is_over() && self.known.deployment.as_ref().is_some_and(is_named)
    }
}
