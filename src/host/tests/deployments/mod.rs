//! Whole deployments, played on the fake service and reported by each host.

mod ends;
mod failures;
mod hosts;
mod program;
mod secrets;
mod shifts;
mod terminal;

use crate::deploy::{Advance, Context, DeployOptions, Lines, NewChangeSet, Until, Work, advance, begin};
use crate::facts::{
    Cell, Column, Ended, Environment, Event, Failure, Form, HostChoice, Outcome, Redactor, Report, ReportSettings,
    ResultFiles, Row, Show, StackChange, Table, Verdict,
};
use crate::host::session::Session;
use crate::host::tests::Page;
use crate::template::Template;
use crate::testing::deploy;
use crate::testing::recorder::Recorder;
use crate::testing::stacks::{FakeStacks, Script, change};
use std::sync::Arc;
use tempfile::TempDir;

const QUEUE: &str = "AWS::SQS::Queue";
const TEMPLATE: &str = "\
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      FifoQueue: !Ref IsFifo
  Table:
    Type: AWS::DynamoDB::Table
  Child:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: child.yaml
  Answer:
    Type: AWS::Lambda::Function
  Thing:
    Type: Custom::Thing
    Properties:
      ServiceToken: !GetAtt Answer.Arn
";
const CHILD: &str = "\
Resources:
  Queue:
    Type: AWS::SQS::Queue
";

/// What was reported, and how it ended.
struct Played {
    events: Vec<Event>,
    ended: Result<Verdict, Failure>,
}

fn options() -> DeployOptions {
    deploy::options("app")
}

fn planning() -> DeployOptions {
    DeployOptions { until: Until::Planned, ..options() }
}

/// A deployment with another change set.
fn creating(change: impl FnOnce(&mut NewChangeSet)) -> DeployOptions {
    let mut new = deploy::new_change_set();
    change(&mut new);
    DeployOptions { work: Work::Create(Box::new(new)), ..options() }
}

/// A change set with one change, and what follows.
fn script_with(play: crate::testing::stacks::Play, changes: Vec<StackChange>) -> Script {
    let script = Script::plays(play);
    changes.into_iter().fold(script, |script, it| {
        let described = change(&it.logical_id, &it.resource_type, it.action.clone(), it.replacement);
        script.with(crate::deploy::DescribedChange { change: it, ..described })
    })
}

async fn play(fake: &FakeStacks, options: &DeployOptions) -> Played {
    let parsed = |name: &str, text: &str| Template::parse(name, text.as_bytes().to_vec()).unwrap();
    let (root, nested) = (parsed("template.yaml", TEMPLATE), parsed("child.yaml", CHILD));
    let nested = [(vec!["Child".to_owned()], Arc::new(nested))];
    let recorder = Recorder::default();
    let ended = drive(fake, options, &recorder, Lines { root: &root, nested: &nested }).await;
    Played { events: recorder.events(), ended }
}

async fn drive(
    fake: &FakeStacks,
    options: &DeployOptions,
    recorder: &Recorder,
    lines: Lines<'_>,
) -> Result<Verdict, Failure> {
    let template = &deploy::EmptyTemplate;
    let context =
        || Context { options, stacks: fake, template, reporter: recorder, lines: Some(lines), now: fake.now() };
    let mut phase = begin(&context(), "20261130t120000-1a2b3c4d5e6f")?;
    loop {
        match advance(&context(), phase).await? {
            Advance::Done(verdict) => return Ok(*verdict),
            Advance::Pending(pending) => {
                fake.pass(pending.wait);
                phase = pending.phase;
            }
        }
    }
}

/// The report of an operation with this end.
fn report(verdict: &Verdict) -> Report {
    let (name, status) = (&verdict.stack.name, verdict.status.clone().unwrap_or_default());
    let (summary, failure) = match &verdict.ended {
        Ended::Deployed => (format!("deployed {name} ({status})"), None),
        Ended::NoChanges => (format!("nothing to change in {name}"), None),
        Ended::Planned => (format!("planned {name}"), None),
        Ended::Detached => (format!("started the deployment of {name}"), None),
        Ended::Failed(failure) => (String::new(), Some(failure.clone())),
    };
    let outputs = verdict.outputs.iter().map(|output| (output.key.clone(), output.value.clone())).collect();
    let tables = vec![changes(verdict), self::outputs(verdict)];
    Report { outcome: Outcome { summary, outputs }, failure, tables, ..Report::default() }
}

fn table(show: Show, title: String, columns: &[&'static str], rows: Vec<Vec<Cell>>) -> Table {
    let rows = rows.into_iter().map(|cells| Row { cells, object: serde_json::Value::Null }).collect();
    let columns = columns.iter().map(|title| Column { title, is_numeric: false }).collect();
    Table { show, title, columns, rows }
}

fn outputs(verdict: &Verdict) -> Table {
    let row =
        |output: &crate::facts::StackOutput| vec![Cell::Code(output.key.clone()), Cell::Code(output.value.clone())];
    table(Show::Result, "Outputs".to_owned(), &["Output", "Value"], verdict.outputs.iter().map(row).collect())
}

fn changes(verdict: &Verdict) -> Table {
    let plan = verdict.plan.iter();
    let rows = plan.clone().flat_map(|plan| plan.most_severe_first()).map(|change| {
        let cause = change.causes.first().and_then(|cause| cause.entity.clone()).unwrap_or_default();
        vec![Cell::Text(change.action.name().to_owned()), Cell::Code(change.path()), Cell::Text(cause)]
    });
    let title = plan.clone().map(|plan| format!("Changes: {}", plan.summary())).collect();
    table(Show::Summary, title, &["Action", "Resource", "Cause"], rows.collect())
}

/// A host, with the files that it reads.
struct Stage {
    folder: TempDir,
    session: Session,
    stdout: Page,
    stderr: Page,
}

impl Stage {
    fn new(host: HostChoice, form: Form) -> Self {
        Self::with(host, form, false, &Redactor::default())
    }

    fn with(host: HostChoice, form: Form, is_colored: bool, redactor: &Redactor) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let variables = [("GITHUB_OUTPUT", "github.output"), ("GITHUB_STEP_SUMMARY", "github.summary")];
        let environment: Environment =
            variables.iter().map(|(name, file)| (*name, at(file).display().to_string())).collect();
        let files = ResultFiles {
            env: Some(at("env")),
            dotenv: Some(at("dotenv")),
            json: Some(at("json")),
            junit: Some(at("junit")),
            page: None,
        };
        let color = if is_colored { crate::facts::ColorRule::Always } else { crate::facts::ColorRule::Never };
        let settings = ReportSettings { host, form, files, color, ..ReportSettings::default() };
        let (stdout, stderr) = (Page::default(), Page::default());
        let screens = (stdout.screen(false, redactor), stderr.screen(false, redactor));
        let session = Session::new(&environment, &settings, screens, redactor.clone());
        Self { folder, session, stdout, stderr }
    }

    /// Reports everything and ends the run; returns its exit code.
    fn tell(&self, played: &Played) -> u8 {
        self.tell_through(self.session.reporter().as_ref(), played)
    }

    fn tell_through(&self, reporter: &dyn crate::facts::Reporter, played: &Played) -> u8 {
        played.events.iter().for_each(|event| reporter.report(event.clone()));
        self.session.end(played.ended.as_ref().map(report).map_err(Clone::clone))
    }

    fn file(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.path().join(name)).unwrap_or_default()
    }

    fn everything(&self, code: u8) -> String {
        format!("exit {code}\n--- stdout\n{}--- stderr\n{}", self.stdout.text(), self.stderr.text())
    }
}

/// What a plain log shows of a deployment.
fn log_of(played: &Played) -> String {
    let stage = Stage::new(HostChoice::Plain, Form::Text);
    let code = stage.tell(played);
    stage.everything(code)
}
