//! Stories: whole deployments against a fake that holds state, over virtual time.

mod change_sets;
mod failures;
mod nested;
mod resumed;
mod service;
mod shift_checks;
mod shift_kinds;
mod shift_looks;
mod shifts;
mod side_by_side;
mod starts;
mod successes;
mod twice;

use super::{Advance, Context, DeployOptions, Lines, NewChangeSet, Pending, Phase, Work, advance, begin};
use crate::facts::{DeployEvent, DeployWarning, Ended, Event, Failure, StackRow, Verdict, WarningKind};
use crate::testing::deploy;
use crate::testing::recorder::Recorder;
use crate::testing::stacks::FakeStacks;
use std::time::Duration;

/// The largest continuation token of CodePipeline, in bytes.
const TOKEN_BYTES: usize = 2048;
const NONCE: &str = "20261130t120000-1a2b3c4d5e6f";

/// How a deployment went.
struct Told {
    outcome: Result<Verdict, Failure>,
    events: Vec<Event>,
    took: Duration,
    /// The phases between, as text.
    tokens: Vec<String>,
    /// The percentage at each of them.
    percents: Vec<u8>,
}

impl Told {
    fn verdict(&self) -> &Verdict {
        self.outcome.as_ref().unwrap_or_else(|failure| panic!("it ended without a verdict: {failure:?}"))
    }

    /// The failure, whichever way it ended.
    fn failure(&self) -> &Failure {
        match &self.outcome {
            Ok(Verdict { ended: Ended::Failed(failure), .. }) | Err(failure) => failure,
            Ok(verdict) => panic!("it did not fail: {verdict:?}"),
        }
    }

    /// The kind of the end: an exit code, or a word.
    fn end(&self) -> String {
        match &self.outcome {
            Ok(Verdict { ended: Ended::Failed(failure), .. }) | Err(failure) => failure.kind.exit_code().to_string(),
            Ok(verdict) => format!("{:?}", verdict.ended),
        }
    }

    fn cause(&self) -> String {
        self.failure().cause()
    }

    fn hint(&self) -> String {
        self.failure().problems[0].hint.clone().unwrap_or_default()
    }

    fn rows(&self) -> Vec<&StackRow> {
        let row = |event| match event {
            &Event::Deploy(DeployEvent::Row(ref row)) => Some(row),
            _ => None,
        };
        self.events.iter().filter_map(row).collect()
    }

    /// Path and status of each row.
    fn shown(&self) -> Vec<String> {
        self.rows().iter().map(|row| format!("{} {}", row.path, row.status)).collect()
    }

    fn warnings(&self) -> Vec<&DeployWarning> {
        fn deploy_warning(event: &Event) -> Option<&DeployWarning> {
            let Event::Warning(warning) = event else { return None };
            match &warning.kind {
                WarningKind::Deploy(warning) => Some(warning),
                _ => None,
            }
        }
        self.events.iter().filter_map(deploy_warning).collect()
    }

    /// The actions that were denied.
    fn missing(&self) -> Vec<&str> {
        let missing = |event| match event {
            &Event::Deploy(DeployEvent::DetailMissing { ref error }) => Some(error.operation),
            _ => None,
        };
        self.events.iter().filter_map(missing).collect()
    }

    fn has(&self, is_it: impl Fn(&DeployEvent) -> bool) -> bool {
        self.events.iter().any(|event| matches!(event, Event::Deploy(event) if is_it(event)))
    }
}

fn options() -> DeployOptions {
    deploy::options("app")
}

/// A deployment with another change set.
fn with_change_set(change: impl FnOnce(&mut NewChangeSet)) -> DeployOptions {
    let mut new = deploy::new_change_set();
    change(&mut new);
    DeployOptions { work: Work::Create(Box::new(new)), ..options() }
}

/// How the phase is handed on between two looks.
#[derive(Clone, Copy, PartialEq)]
enum Process {
    /// In memory.
    Same,
    /// As text: each look is made by another process.
    New,
}

async fn tell(fake: &FakeStacks, options: &DeployOptions) -> Told {
    tell_with(fake, options, None, Process::Same).await
}

async fn tell_with(fake: &FakeStacks, options: &DeployOptions, lines: Option<Lines<'_>>, process: Process) -> Told {
    tell_all(fake, options, lines, process, NONCE).await
}

/// A deployment of another run.
async fn tell_as(fake: &FakeStacks, options: &DeployOptions, nonce: &str) -> Told {
    tell_all(fake, options, None, Process::Same, nonce).await
}

async fn tell_all(
    fake: &FakeStacks,
    options: &DeployOptions,
    lines: Option<Lines<'_>>,
    process: Process,
    nonce: &str,
) -> Told {
    let recorder = Recorder::default();
    let context =
        |now| Context { options, stacks: fake, template: &deploy::EmptyTemplate, reporter: &recorder, lines, now };
    let (began, mut waits) = (fake.now(), Vec::new());
    let outcome = match begin(&context(began), nonce) {
        Ok(phase) => drive(fake, context, phase, process, &mut waits).await,
        Err(failure) => Err(failure),
    };
    let (tokens, percents) = waits.into_iter().unzip();
    Told { outcome, events: recorder.events(), took: fake.now().since(began), tokens, percents }
}

async fn drive<'a>(
    fake: &FakeStacks,
    context: impl Fn(crate::facts::Timestamp) -> Context<'a, FakeStacks>,
    mut phase: Phase,
    process: Process,
    waits: &mut Vec<(String, u8)>,
) -> Result<Verdict, Failure> {
    for _ in 0..20_000 {
        let Pending { phase: next, wait, percent, .. } = match advance(&context(fake.now()), phase).await? {
            Advance::Done(verdict) => return Ok(*verdict),
            Advance::Pending(pending) => *pending,
        };
        fake.pass(wait);
        let text = serde_json::to_string(&next).unwrap();
        assert!(text.len() <= TOKEN_BYTES, "{} bytes: {text}", text.len());
        phase = match process {
            Process::Same => next,
            Process::New => serde_json::from_str(&text).expect("a phase is read from its own text"),
        };
        waits.push((text, percent));
    }
    panic!("it never ends");
}
