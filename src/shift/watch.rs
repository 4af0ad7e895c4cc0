//! Watches the deployments of the aliases that an operation updates.

use super::actions;
use super::alias::{AliasRow, Known, Sought, WatchedAlias};
use super::deployments::{Deployment, Deployments, GroupName};
use super::{describe, schedule};
use crate::facts::{AlarmState, ServiceError, ShiftAlarm, ShiftState, Timestamp, TrafficShift};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::time::Duration;

/// Between two looks.
const PERIOD: Duration = Duration::from_secs(10);
/// Between two looks while nothing is about to change: traffic shifts in steps of minutes.
const CALM_PERIOD: Duration = Duration::from_secs(30);
/// After so long without a change, what is known is shown again.
const SILENCE: Duration = Duration::from_secs(60);
const ALARM_PERIOD: Duration = Duration::from_secs(60);
/// How far the clocks of CloudFormation and CodeDeploy may be apart.
const SKEW: Duration = Duration::from_secs(60);
/// Deployments in one call (`BatchGetDeployments`).
const BATCH: usize = 25;
/// Alarms in one call (`DescribeAlarms`).
const ALARMS: usize = 100;

/// Finds the deployment group of an alias; `Absent` if CodeDeploy does not shift it.
pub trait AliasGroups {
    async fn group(&mut self, row: &AliasRow) -> Result<Sought<GroupName>, ServiceError>;
}

/// What a look found.
#[derive(Debug, Default)]
pub struct Look {
    /// Shifts to show.
    pub shown: Vec<TrafficShift>,
    /// Calls that failed. No caller depends on them.
    pub errors: Vec<ServiceError>,
}

/// The shifts of an operation.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Watch {
    looked: Timestamp,
    aliases: Vec<WatchedAlias>,
}

/// The services that a look may call, and the actions that were denied.
pub struct Access<'a, D> {
    pub deployments: &'a D,
    /// Actions that were denied.
    pub denied: &'a BTreeSet<String>,
    pub now: Timestamp,
}

impl<D> Access<'_, D> {
    fn may(&self, action: &str) -> bool {
        !self.denied.contains(action)
    }
}

impl Watch {
    /// Looks at the deployments, if it is time. `rows` are all aliases that the operation updates or updated.
    pub async fn look<D: Deployments>(
        &mut self,
        access: &Access<'_, D>,
        groups: &mut impl AliasGroups,
        rows: &[AliasRow],
    ) -> Look {
        if !self.is_due(access, rows) {
            return Look::default();
        }
        self.looked = access.now;
        self.look_now(access, groups, rows).await
    }

    /// Looks at every deployment whose end is not known.
    pub async fn look_now<D: Deployments>(
        &mut self,
        access: &Access<'_, D>,
        groups: &mut impl AliasGroups,
        rows: &[AliasRow],
    ) -> Look {
        let mut look = Look::default();
        for row in rows.iter().filter(|row| !self.aliases.iter().any(|alias| alias.is_of(row))).collect::<Vec<_>>() {
            self.aliases.push(WatchedAlias::new(row));
        }
        self.find_groups(groups, rows, &mut look).await;
        self.find_deployments(access, rows, &mut look).await;
        self.read_states(access, &mut look).await;
        self.read_details(access, &mut look).await;
        self.describe(access.now, rows, &mut look);
        look
    }

    /// Everything that is known, in the order in which the updates began.
    pub fn shifts(&self) -> impl Iterator<Item = &TrafficShift> {
        self.aliases.iter().filter_map(|alias| alias.known.shift.as_ref())
    }

    /// The shifts of the aliases whose update is not over.
    pub fn open_shifts(&self, rows: &[AliasRow]) -> impl Iterator<Item = &TrafficShift> {
        let open = rows.iter().filter(|row| row.is_open);
        open.filter_map(|row| self.alias(row)).filter_map(|alias| alias.known.shift.as_ref())
    }

    /// The ids of the deployments that are not known to be over.
    pub fn running(&self) -> Vec<String> {
        let running = self.aliases.iter().filter(|alias| !alias.is_over());
        running.filter_map(|alias| alias.deployment.clone()).collect()
    }

    /// When a shift was last shown.
    pub fn shown_at(&self) -> Option<Timestamp> {
        self.aliases.iter().map(|alias| alias.shown_at).max()
    }

    fn alias(&self, row: &AliasRow) -> Option<&WatchedAlias> {
        self.aliases.iter().find(|alias| alias.is_of(row))
    }

    fn is_due<D>(&self, access: &Access<'_, D>, rows: &[AliasRow]) -> bool {
        let mut watched = rows.iter().filter(|row| self.is_watched(row)).peekable();
        let is_calm = |row: &AliasRow| self.alias(row).is_some_and(|alias| is_calm(&alias.known, access.now));
        let has_any = watched.peek().is_some();
        let period = if watched.all(is_calm) { CALM_PERIOD } else { PERIOD };
        has_any
            && access.may(actions::LIST_DEPLOYMENTS)
            && access.may(actions::DESCRIBE_DEPLOYMENTS)
            && access.now.since(self.looked) >= period
    }

    /// Whether there may be news: the row of an alias may end before its deployment does.
    fn is_watched(&self, row: &AliasRow) -> bool {
        match self.alias(row) {
            None => row.is_open,
            Some(alias) if alias.known.group == Sought::Absent => false,
            Some(alias) => !alias.is_over() && (row.is_open || alias.deployment.is_some()),
        }
    }

    async fn find_groups(&mut self, groups: &mut impl AliasGroups, rows: &[AliasRow], look: &mut Look) {
        for alias in self.aliases.iter_mut().filter(|alias| alias.known.group.is_unknown()) {
            let Some(row) = rows.iter().find(|row| alias.is_of(row)) else { continue };
            match groups.group(row).await {
                Ok(group) => alias.known.group = group,
                Err(error) => look.errors.push(error),
            }
        }
    }

    async fn find_deployments<D: Deployments>(&mut self, access: &Access<'_, D>, rows: &[AliasRow], look: &mut Look) {
        for index in 0..self.aliases.len() {
            let alias = &self.aliases[index];
            let (None, Some(group)) = (&alias.deployment, alias.known.group.found().cloned()) else { continue };
            if !rows.iter().any(|row| alias.is_of(row))
                || !access.may(actions::LIST_DEPLOYMENTS)
                || !access.may(actions::DESCRIBE_DEPLOYMENTS)
            {
                continue;
            }
            match found_deployment(access, &group, alias.since, &self.taken()).await {
                Ok(found) => self.aliases[index].deployment = found,
                Err(error) => look.errors.push(error),
            }
        }
    }

    fn taken(&self) -> Vec<String> {
        self.aliases.iter().filter_map(|alias| alias.deployment.clone()).collect()
    }

    async fn read_states<D: Deployments>(&mut self, access: &Access<'_, D>, look: &mut Look) {
        let unsettled = self.aliases.iter().filter(|alias| !alias.is_settled());
        let ids: Vec<_> = unsettled.filter_map(|alias| alias.deployment.clone()).collect();
        for ids in ids.chunks(BATCH).filter(|_| access.may(actions::DESCRIBE_DEPLOYMENTS)) {
            match access.deployments.describe(ids).await {
                Ok(found) => found.into_iter().for_each(|deployment| self.take(deployment)),
                Err(error) => look.errors.push(error),
            }
        }
    }

    fn take(&mut self, deployment: Deployment) {
        let alias = self.aliases.iter_mut().find(|alias| alias.deployment.as_ref() == Some(&deployment.id));
        if let Some(alias) = alias {
            alias.known.deployment = Some(deployment);
        }
    }

    async fn read_details<D: Deployments>(&mut self, access: &Access<'_, D>, look: &mut Look) {
        for alias in self.aliases.iter_mut().filter(|alias| !alias.known.has_final_details) {
            let Some(deployment) = alias.known.deployment.clone() else { continue };
            let errors = look.errors.len();
            read_target(access, &deployment, &mut alias.known, look).await;
            read_routing(access, &deployment, &mut alias.known, look).await;
            read_alarms(access, &deployment, &mut alias.known, look).await;
            let is_complete = !look.errors[errors..].iter().any(ServiceError::is_retryable);
            alias.known.has_final_details = deployment.state.is_final() && is_complete;
        }
    }

    fn describe(&mut self, now: Timestamp, rows: &[AliasRow], look: &mut Look) {
        for alias in &mut self.aliases {
            let Some(row) = rows.iter().find(|row| alias.is_of(row)) else { continue };
            let Some(shift) = describe::shift(row, &alias.known, now) else { continue };
            let checksum = checksum(&shift);
            let is_quiet = !shift.state.is_final() && now.since(alias.shown_at) >= SILENCE;
            if alias.shown_checksum != checksum || is_quiet {
                (alias.shown_checksum, alias.shown_at) = (checksum, now);
                look.shown.push(shift.clone());
            }
            alias.known.shift = Some(shift);
        }
    }
}

/// Whether traffic is where it should be, the next step is more than a period away, and no hook runs.
fn is_calm(known: &Known, now: Timestamp) -> bool {
    let Some(shift) = &known.shift else { return false };
    let (Some(routing), Some((began, _))) = (shift.routing, shift.steps.first()) else { return false };
    let has_no_hook = shift.hooks.iter().all(|hook| hook.ended.is_some() || hook.began.is_none());
    let schedule = schedule::weights(routing, *began);
    let is_late = schedule.iter().rfind(|(time, _)| *time <= now).is_some_and(|(_, due)| shift.weight < *due);
    let next = schedule.iter().map(|(time, _)| *time).find(|time| *time > now);
    let is_far = next.is_some_and(|next| next.since(now) > CALM_PERIOD);
    shift.state == ShiftState::Running && has_no_hook && !is_late && is_far
}

/// The oldest deployment of a group that may belong to an update that began then.
async fn found_deployment<D: Deployments>(
    access: &Access<'_, D>,
    group: &GroupName,
    since: Timestamp,
    taken: &[String],
) -> Result<Option<String>, ServiceError> {
    let earliest = since.minus(SKEW);
    let ids = access.deployments.deployments(group, earliest).await?;
    let ids: Vec<_> = ids.into_iter().filter(|id| !taken.contains(id)).take(BATCH).collect();
    if ids.is_empty() {
        return Ok(None);
    }
    let found = access.deployments.describe(&ids).await?;
    let is_later = |it: &&Deployment| it.created >= earliest && it.completed.is_none_or(|completed| completed > since);
    let of_stack = found.iter().filter(|it| it.creator.acts_for_stack());
    Ok(of_stack.filter(is_later).min_by_key(|it| it.created).map(|it| it.id.clone()))
}

async fn read_target<D: Deployments>(
    access: &Access<'_, D>,
    deployment: &Deployment,
    known: &mut Known,
    look: &mut Look,
) {
    if !access.may(actions::LIST_TARGETS) || !access.may(actions::DESCRIBE_TARGETS) {
        return;
    }
    match access.deployments.target(&deployment.id).await {
        Ok(target) => known.target = target.or(known.target.take()),
        Err(error) => look.errors.push(error),
    }
}

async fn read_routing<D: Deployments>(
    access: &Access<'_, D>,
    deployment: &Deployment,
    known: &mut Known,
    look: &mut Look,
) {
    if !known.routing.is_unknown() || !access.may(actions::DESCRIBE_CONFIGURATION) {
        return;
    }
    match access.deployments.routing(&deployment.configuration).await {
        Ok(routing) => known.routing = routing.into(),
        Err(error) => look.errors.push(error),
    }
}

/// Once a minute, and when the deployment ended badly: then the reason matters.
async fn read_alarms<D: Deployments>(
    access: &Access<'_, D>,
    deployment: &Deployment,
    known: &mut Known,
    look: &mut Look,
) {
    if !access.may(actions::DESCRIBE_ALARMS)
        || !deployment.state.is_bad() && access.now.since(known.alarms_at) < ALARM_PERIOD
    {
        return;
    }
    read_alarm_names(access, known, look).await;
    let names = known.alarm_names.found().map(Vec::as_slice).unwrap_or_default();
    if names.is_empty() {
        return;
    }
    match alarms(access.deployments, names).await {
        Ok(alarms) => (known.alarms, known.alarms_at) = (alarms, access.now),
        Err(error) => look.errors.push(error),
    }
}

async fn read_alarm_names<D: Deployments>(access: &Access<'_, D>, known: &mut Known, look: &mut Look) {
    let (Some(group), true) =
        (known.group.found(), known.alarm_names.is_unknown() && access.may(actions::DESCRIBE_GROUP))
    else {
        return;
    };
    match access.deployments.group(group).await {
        Ok(group) => known.alarm_names = group.map(|group| group.alarms).into(),
        Err(error) => look.errors.push(error),
    }
}

/// The states of alarms. One that CloudWatch does not know has the state `Unknown`.
pub async fn alarms<D: Deployments>(deployments: &D, names: &[String]) -> Result<Vec<ShiftAlarm>, ServiceError> {
    let mut found = Vec::new();
    for names in names.chunks(ALARMS) {
        found.extend(deployments.alarms(names).await?);
    }
    let absent = names.iter().filter(|name| !found.iter().any(|alarm| alarm.name == **name));
    let absent: Vec<_> =
        absent.map(|name| ShiftAlarm { name: name.clone(), state: AlarmState::Unknown, reason: None }).collect();
    found.extend(absent);
    Ok(found)
}

/// CRC-32 of what a line about a shift says.
fn checksum(shift: &TrafficShift) -> u32 {
    let hooks: Vec<_> = shift.hooks.iter().map(|hook| &hook.state).collect();
    let alarms: Vec<_> = shift.alarms.iter().map(|alarm| alarm.state).collect();
    crc32fast::hash(
        format!("{:?}", (&shift.state, shift.weight, shift.is_taken_back, &shift.error, hooks, alarms)).as_bytes(),
    )
}
