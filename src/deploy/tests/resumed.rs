//! Deployments that are handed from process to process after every look.

use super::{Process, options, tell_with};
use crate::deploy::phase::Step;
use crate::deploy::template_facts::DeclaredParameter;
use crate::deploy::{DeployOptions, OnPaused, Phase, Work, last_words};
use crate::facts::{ResourceTimeline, Secret};
use crate::testing::stacks::{FakeStacks, Op, Play, Script, Wrong};
use std::collections::{BTreeMap, BTreeSet};

const QUEUE: &str = "AWS::SQS::Queue";
const SECRET: &str = "hunter2-hunter2";

fn nested() -> Play {
    let leaf = Play::new().makes("Table", "AWS::DynamoDB::Table", (1, 30)).fails("Queue", QUEUE, (1, 40), "exists");
    Play::new().makes("Role", "AWS::IAM::Role", (1, 3)).nests("Outer", 1, Play::new().nests("Inner", 1, leaf))
}

#[tokio::test]
async fn each_look_may_be_made_by_another_process() {
    let many = (0..60).fold(Play::new(), |play, it| play.makes(&format!("Queue{it}"), QUEUE, (1, 2 + it)));
    let rows: [(&str, fn(&FakeStacks) -> String, Play); 4] = [
        ("new", |_| String::new(), Play::new().makes("Queue", QUEUE, (1, 20)).gives("Url", "u")),
        ("update", |fake| fake.has("app", "UPDATE_COMPLETE"), many),
        ("nested", |_| String::new(), nested()),
        ("paused", |fake| fake.has("app", "UPDATE_FAILED"), Play::new().makes("Queue", QUEUE, (1, 20))),
    ];
    for (name, prepare, play) in rows {
        let mut ends = Vec::new();
        for process in [Process::Same, Process::New] {
            let fake = FakeStacks::playing(play.clone());
            prepare(&fake);
            fake.pages_by(25);
            let options = DeployOptions { on_paused: OnPaused::Rollback, ..options() };
            let told = tell_with(&fake, &options, None, process).await;
            let shown: Vec<_> = told.rows().iter().map(|row| row.event_id.clone()).collect();
            let distinct: BTreeSet<_> = shown.iter().cloned().collect();
            assert_eq!(distinct.len(), shown.len(), "{name}: a row is shown twice");
            let causes = told.verdict().causes.clone();
            let timeline = told.verdict().timeline.clone().expect("rows were read");
            let paths: BTreeSet<_> = timeline.resources.iter().map(ResourceTimeline::name).collect();
            let of_resources = told.rows().into_iter().filter(|row| row.physical_id.as_ref() != Some(&row.stack_id));
            assert!(
                of_resources.clone().count() > 0 && of_resources.clone().all(|row| paths.contains(&row.path)),
                "{name}"
            );
            assert!(!timeline.critical_path().is_empty(), "{name}");
            let (status, outputs) = (told.verdict().status.clone(), told.verdict().outputs.clone());
            ends.push((told.end(), status, outputs, causes, distinct, timeline));
        }
        assert_eq!(ends[0], ends[1], "{name}");
    }
}

#[tokio::test]
async fn a_deployment_survives_a_new_process_while_the_service_is_in_trouble() {
    for wrong in [Wrong::Throttled, Wrong::Lost] {
        let fake = FakeStacks::playing(nested());
        fake.has("app", "UPDATE_COMPLETE");
        fake.breaks_during(Op::Events, 10..50, wrong);
        fake.breaks(Op::Execute, 0..1, wrong);
        fake.shows_status_late(5);
        let told = tell_with(&fake, &options(), None, Process::New).await;
        assert!(told.cause().starts_with("Outer/Inner/Queue"), "{}", told.cause());
    }
}

#[tokio::test]
async fn a_phase_holds_no_parameter_and_says_what_goes_on() {
    let mut options = super::with_change_set(|new| {
        new.template.declared = vec![DeclaredParameter { name: "Password".into(), has_default: false, place: None }];
        new.parameters = BTreeMap::from([("Password".to_owned(), Secret::new(SECRET))]);
    });
    options.policy = Some("{\"Statement\": \"x\"}".to_owned());
    let fake = FakeStacks::with(Script::plays(nested()));
    let told = tell_with(&fake, &options, None, Process::New).await;
    let longest = told.tokens.iter().map(String::len).max().unwrap();
    assert!(longest < 1500, "{longest} bytes");
    assert!(told.tokens.iter().all(|token| !token.contains(SECRET) && !token.contains("Statement")));
    assert!(!format!("{:?}{:?}{:?}", told.outcome, told.events, options).contains(SECRET));
    let words: BTreeSet<_> =
        told.tokens.iter().map(|token| last_words(&serde_json::from_str(token).unwrap()).1.is_some()).collect();
    assert_eq!(words, BTreeSet::from([false, true]));
    assert!(serde_json::from_str::<Phase>("{\"run\":1}").is_err());
}

#[tokio::test]
async fn the_phase_is_handed_over_before_each_call_that_changes_the_stack() {
    let fake = FakeStacks::playing(Play::new().makes("Queue", QUEUE, (1, 20)));
    fake.has("app", "UPDATE_FAILED");
    let options = DeployOptions { on_paused: OnPaused::Rollback, ..options() };
    let told = tell_with(&fake, &options, None, Process::New).await;
    let steps: Vec<_> = told.tokens.iter().map(|token| serde_json::from_str::<Phase>(token).unwrap().step).collect();
    assert!(steps.iter().any(|step| matches!(step, Step::Prepare(it) if !it.is_asked_for)));
    assert!(steps.iter().any(|step| matches!(step, Step::Execute(it) if it.is_planned && it.calls == 0)));
}

#[tokio::test]
async fn an_operation_is_followed_from_process_to_process() {
    let fake = FakeStacks::playing(nested());
    fake.has("app", "UPDATE_COMPLETE");
    tell_with(&fake, &DeployOptions { until: crate::deploy::Until::Executed, ..options() }, None, Process::New).await;
    let told = tell_with(&fake, &DeployOptions { work: Work::Follow, ..options() }, None, Process::New).await;
    assert!(told.cause().starts_with("Outer/Inner/Queue"), "{}", told.cause());
}
