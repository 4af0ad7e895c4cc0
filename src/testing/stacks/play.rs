//! What happens to a stack when a change set is executed, as a script: resources with the seconds at which they begin
//! and end.

use crate::deploy::{HookInvocation, StackEvent, Status};
use crate::facts::resource_types::STACK;
use crate::facts::{StackOutput, Timestamp};
use std::time::Duration;

/// An operation on a stack.
#[derive(Debug, Clone, Default)]
pub struct Play {
    parts: Vec<Part>,
    /// Fails the stack at a second although no resource failed.
    turned_by: Option<(u64, String)>,
    /// Fails the rollback at this resource.
    rollback_fails: Option<(String, String)>,
    /// Resources that the clean-up of an update cannot delete.
    left_behind: Vec<(String, String)>,
    /// Seconds without rows before the end.
    pub monitoring: u64,
    pub outputs: Vec<StackOutput>,
}

#[derive(Debug, Clone)]
struct Part {
    id: String,
    kind: String,
    from: u64,
    to: u64,
    ends: Ends,
}

#[derive(Debug, Clone)]
enum Ends {
    Well,
    Badly(String),
    /// A hook fails it.
    Hook {
        name: String,
        reason: String,
        invocation: String,
    },
    Nested(Box<Play>),
}

/// What CloudFormation does when the operation fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Rollback,
    Keep,
    Delete,
}

/// Where an operation is played.
#[derive(Debug, Clone)]
pub struct Stage {
    pub stack: String,
    pub name: String,
    pub token: Option<String>,
    pub is_new: bool,
    pub mode: Mode,
    pub start: Timestamp,
}

/// The rows of an operation, in order of time, and the rows of nested stacks.
#[derive(Debug, Default)]
pub struct Played {
    pub rows: Vec<StackEvent>,
    pub nested: Vec<(Stage, Vec<StackEvent>)>,
    pub end: Timestamp,
    pub succeeded: bool,
}

impl Play {
    pub fn new() -> Self {
        Self::default()
    }

    fn with(mut self, id: &str, kind: &str, seconds: (u64, u64), ends: Ends) -> Self {
        let (from, to) = seconds;
        self.parts.push(Part { id: id.to_owned(), kind: kind.to_owned(), from, to, ends });
        self
    }

    /// A resource that is made or changed between these seconds.
    pub fn makes(self, id: &str, kind: &str, seconds: (u64, u64)) -> Self {
        self.with(id, kind, seconds, Ends::Well)
    }

    /// A resource that fails.
    pub fn fails(self, id: &str, kind: &str, seconds: (u64, u64), reason: &str) -> Self {
        self.with(id, kind, seconds, Ends::Badly(reason.to_owned()))
    }

    /// A resource that a hook fails.
    pub fn fails_by_hook(self, id: &str, kind: &str, seconds: (u64, u64), name: &str, reason: &str) -> Self {
        let (name, reason, invocation) = (name.to_owned(), reason.to_owned(), format!("invocation-{id}"));
        self.with(id, kind, seconds, Ends::Hook { name, reason, invocation })
    }

    /// A nested stack.
    pub fn nests(self, id: &str, from: u64, play: Self) -> Self {
        let to = from + play.length() + 2;
        self.with(id, STACK, (from, to), Ends::Nested(Box::new(play)))
    }

    /// The stack fails at a second for this reason, although no resource does.
    pub fn turned(mut self, second: u64, reason: &str) -> Self {
        self.turned_by = Some((second, reason.to_owned()));
        self
    }

    /// A rollback fails at this resource.
    pub fn rollback_fails(mut self, id: &str, reason: &str) -> Self {
        self.rollback_fails = Some((id.to_owned(), reason.to_owned()));
        self
    }

    /// The clean-up of an update cannot delete this resource.
    pub fn leaves(mut self, id: &str, reason: &str) -> Self {
        self.left_behind.push((id.to_owned(), reason.to_owned()));
        self
    }

    pub fn gives(mut self, key: &str, value: &str) -> Self {
        let export_name = None;
        self.outputs.push(StackOutput { key: key.to_owned(), value: value.to_owned(), description: None, export_name });
        self
    }

    fn length(&self) -> u64 {
        self.parts.iter().map(|part| part.to).max().unwrap_or(1)
    }

    fn fails_itself(&self) -> bool {
        self.turned_by.is_some() || self.failure_at().is_some()
    }

    fn failure_at(&self) -> Option<u64> {
        let failed = self.parts.iter().filter(|part| part.fails()).map(|part| part.to);
        failed.chain(self.turned_by.iter().map(|(at, _)| *at)).min()
    }

    /// All rows of the operation.
    pub fn play(&self, stage: &Stage) -> Played {
        let mut writer = Writer { stage, rows: Vec::new() };
        let mut played = Played::default();
        let verb = if stage.is_new { "CREATE" } else { "UPDATE" };
        writer.root(0, &format!("{verb}_IN_PROGRESS"), Some("User Initiated"));
        let failure = self.failure_at();
        for part in &self.parts {
            self.play_part(part, verb, failure, &mut writer, &mut played);
        }
        let end = match failure {
            Some(at) => self.play_failure(at * 1000 + 500, verb, &mut writer),
            None => self.play_success(verb, &mut writer),
        };
        writer.rows.sort_by_key(|row| row.time);
        played.end = stage.start + Duration::from_millis(end);
        played.succeeded = failure.is_none();
        played.rows = writer.rows;
        played
    }

    fn play_part(&self, part: &Part, verb: &str, failure: Option<u64>, writer: &mut Writer<'_>, played: &mut Played) {
        let cut = failure.unwrap_or(u64::MAX);
        if part.from >= cut {
            return;
        }
        let physical = part.physical_id(writer.stage);
        let begun = format!("{verb}_IN_PROGRESS");
        writer.row(part, part.from * 1000, &begun, None, physical.as_deref().filter(|_| !writer.stage.is_new));
        if writer.stage.is_new {
            writer.row(part, part.from * 1000 + 200, &begun, Some("Resource creation Initiated"), physical.as_deref());
        }
        if let Ends::Nested(play) = &part.ends {
            self.play_nested(part, play, writer, played);
        }
        let (status, reason, at) = match &part.ends {
            _ if part.to > cut => {
                let doing = if writer.stage.is_new { "creation" } else { "update" };
                (format!("{verb}_FAILED"), Some(format!("Resource {doing} cancelled")), cut * 1000 + 300)
            }
            Ends::Well => (format!("{verb}_COMPLETE"), None, part.to * 1000),
            Ends::Nested(play) if !play.fails_itself() => (format!("{verb}_COMPLETE"), None, part.to * 1000),
            Ends::Nested(play) => (format!("{verb}_FAILED"), Some(part.embedded(play, writer.stage)), part.to * 1000),
            Ends::Badly(reason) => (format!("{verb}_FAILED"), Some(reason.clone()), part.to * 1000),
            Ends::Hook { name, reason, invocation } => {
                writer.hook(part, part.to * 1000 - 100, name, reason, invocation);
                (format!("{verb}_FAILED"), Some(format!("The following hook(s) failed: [{name}]")), part.to * 1000)
            }
        };
        writer.row(part, at, &status, reason.as_deref(), physical.as_deref());
    }

    fn play_nested(&self, part: &Part, play: &Self, writer: &Writer<'_>, played: &mut Played) {
        let stage = Stage {
            stack: part.physical_id(writer.stage).expect("a nested stack has an ARN"),
            name: format!("{}-{}", writer.stage.name, part.id),
            mode: Mode::Keep,
            start: writer.stage.start + Duration::from_millis(part.from * 1000 + 100),
            ..writer.stage.clone()
        };
        let child = play.play(&stage);
        played.nested.extend(child.nested);
        played.nested.push((stage, child.rows));
    }

    fn play_success(&self, verb: &str, writer: &mut Writer<'_>) -> u64 {
        let end = (self.length() + self.monitoring) * 1000;
        if writer.stage.is_new {
            writer.root(end, &format!("{verb}_COMPLETE"), None);
            return end;
        }
        writer.root(end, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", None);
        for (id, reason) in &self.left_behind {
            let part = Part { id: id.clone(), kind: "AWS::S3::Bucket".into(), from: 0, to: 0, ends: Ends::Well };
            let physical = part.physical_id(writer.stage);
            writer.row(&part, end + 500, "DELETE_IN_PROGRESS", None, physical.as_deref());
            writer.row(&part, end + 1000, "DELETE_FAILED", Some(reason), physical.as_deref());
        }
        let left = "Update successful. One or more resources could not be deleted.";
        writer.root(end + 2000, "UPDATE_COMPLETE", (!self.left_behind.is_empty()).then_some(left));
        end + 2000
    }

    fn play_failure(&self, at: u64, verb: &str, writer: &mut Writer<'_>) -> u64 {
        let doing = if writer.stage.is_new { "create" } else { "update" };
        let failed: Vec<_> = self.parts.iter().filter(|part| part.fails()).map(|part| part.id.as_str()).collect();
        let reason = match &self.turned_by {
            Some((_, reason)) => reason.clone(),
            None => format!("The following resource(s) failed to {doing}: [{}].", failed.join(", ")),
        };
        let undo = match (writer.stage.mode, writer.stage.is_new) {
            (Mode::Keep, _) => {
                writer.root(at, &format!("{verb}_FAILED"), Some(&reason));
                return at;
            }
            (Mode::Delete, true) => "DELETE",
            (Mode::Rollback, true) => "ROLLBACK",
            (Mode::Rollback | Mode::Delete, false) => "UPDATE_ROLLBACK",
        };
        writer.root(at, &format!("{undo}_IN_PROGRESS"), Some(&reason));
        let back = if writer.stage.is_new { "DELETE" } else { "UPDATE" };
        for part in self.parts.iter().filter(|part| part.from * 1000 < at) {
            let physical = part.physical_id(writer.stage);
            writer.row(part, at + 1000, &format!("{back}_IN_PROGRESS"), None, physical.as_deref());
            match &self.rollback_fails {
                Some((id, reason)) if *id == part.id => {
                    writer.row(part, at + 2000, &format!("{back}_FAILED"), Some(reason), physical.as_deref());
                    writer.root(at + 3000, &format!("{undo}_FAILED"), None);
                    return at + 3000;
                }
                _ => writer.row(part, at + 2000, &format!("{back}_COMPLETE"), None, physical.as_deref()),
            }
        }
        if undo == "UPDATE_ROLLBACK" {
            writer.root(at + 3000, "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", None);
        }
        writer.root(at + 4000, &format!("{undo}_COMPLETE"), None);
        at + 4000
    }
}

impl Part {
    fn fails(&self) -> bool {
        match &self.ends {
            Ends::Badly(_) | Ends::Hook { .. } => true,
            Ends::Nested(play) => play.fails_itself(),
            Ends::Well => false,
        }
    }

    fn physical_id(&self, stage: &Stage) -> Option<String> {
        Some(match self.ends {
            Ends::Nested(_) => format!("{}-{}/nested", stage.stack.trim_end_matches("/nested"), self.id),
            Ends::Well | Ends::Badly(_) | Ends::Hook { .. } => format!("{}-{}-1A2B", stage.name, self.id),
        })
    }

    fn embedded(&self, play: &Play, stage: &Stage) -> String {
        let failed: Vec<_> = play.parts.iter().filter(|part| part.fails()).map(|part| part.id.as_str()).collect();
        format!(
            "Embedded stack {} was not successfully created: The following resource(s) failed to create: [{}].",
            self.physical_id(stage).unwrap_or_default(),
            failed.join(", ")
        )
    }
}

struct Writer<'a> {
    stage: &'a Stage,
    rows: Vec<StackEvent>,
}

impl Writer<'_> {
    fn root(&mut self, millis: u64, status: &str, reason: Option<&str>) {
        let stage = self.stage;
        self.push(&stage.name, STACK, millis, status, reason, Some(&stage.stack), None);
    }

    fn row(&mut self, part: &Part, millis: u64, status: &str, reason: Option<&str>, physical: Option<&str>) {
        self.push(&part.id, &part.kind, millis, status, reason, physical, None);
    }

    fn hook(&mut self, part: &Part, millis: u64, name: &str, reason: &str, invocation: &str) {
        let hook = HookInvocation {
            name: name.to_owned(),
            status: Status::new("HOOK_COMPLETE_FAILED"),
            reason: Some(reason.to_owned()),
            invocation_id: Some(invocation.to_owned()),
            fails: true,
        };
        let verb = if self.stage.is_new { "CREATE_IN_PROGRESS" } else { "UPDATE_IN_PROGRESS" };
        self.push(&part.id, &part.kind, millis, verb, None, None, Some(hook));
    }

    #[expect(clippy::too_many_arguments, reason = "the fields of a row")]
    fn push(
        &mut self,
        id: &str,
        kind: &str,
        millis: u64,
        status: &str,
        reason: Option<&str>,
        physical: Option<&str>,
        hook: Option<HookInvocation>,
    ) {
        let stage = self.stage;
        let time = stage.start + Duration::from_millis(millis);
        self.rows.push(StackEvent {
            stack_id: stage.stack.clone(),
            stack_name: stage.name.clone(),
            event_id: format!("{}-{status}-{}-{}", stage.name, time.as_millis(), self.rows.len()),
            logical_id: id.to_owned(),
            physical_id: physical.map(str::to_owned),
            resource_type: kind.to_owned(),
            time,
            status: Status::new(status),
            detailed_status: None,
            reason: reason.map(str::to_owned),
            token: stage.token.clone(),
            hook,
        });
    }
}
