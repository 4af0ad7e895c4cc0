//! One alias that an operation updates, and what is known of its deployment.

use super::deployments::{Deployment, GroupName, Target};
use crate::facts::{Routing, ShiftAlarm, ShiftState, Timestamp, TrafficShift};
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
    /// Stands for what was said last.
    pub said: u32,
    pub said_at: Timestamp,
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
            said: 0,
            said_at: Timestamp::default(),
            known: Known::default(),
        }
    }

    pub fn is_of(&self, row: &AliasRow) -> bool {
        self.since == row.since && self.path == row.path.join("/")
    }

    /// Whether its deployment ended, as far as that is known.
    pub fn is_over(&self) -> bool {
        self.known.shift.as_ref().is_some_and(|shift| is_final(&shift.state))
    }
}

/// Whether a deployment in this state changes no more.
pub fn is_final(state: &ShiftState) -> bool {
    match state {
        ShiftState::Succeeded | ShiftState::Failed | ShiftState::Stopped => true,
        ShiftState::Waiting | ShiftState::Running | ShiftState::Other(_) => false,
    }
}
