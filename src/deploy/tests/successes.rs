//! Deployments that succeed, and what they send.

use super::{options, tell, tell_as, tell_with, with_change_set};
use crate::deploy::template_facts::DeclaredParameter;
use crate::deploy::tests::Process;
use crate::deploy::{
    ChangeSetKind, DeployOptions, Gates, Lines, OnEmpty, OnFailure, ParameterValue, RollbackTriggers, Scope,
    UnknownParameters, UnsetParameters, Until, Work,
};
use crate::facts::{
    Activity, ChangeAction, DeployEvent, DeployWarning, Ended, FailureKind, Replacement, Secret, StackOutput,
};
use crate::template::Template;
use crate::testing::stacks::{FakeStacks, Intrusion, Op, Play, Script, change};
use std::collections::BTreeMap;
use std::time::Duration;

const QUEUE: &str = "AWS::SQS::Queue";

fn play() -> Play {
    Play::new().makes("Queue", QUEUE, (1, 8)).makes("Role", "AWS::IAM::Role", (2, 20)).gives("Url", "https://q")
}

#[tokio::test]
async fn a_new_stack_is_created_and_its_outputs_are_given() {
    let fake = FakeStacks::with(Script::plays(play()).with(change("Queue", QUEUE, ChangeAction::Add, None)));
    let told = tell(&fake, &options()).await;
    let verdict = told.verdict();
    assert_eq!((told.end().as_str(), verdict.status.as_deref()), ("Deployed", Some("CREATE_COMPLETE")));
    assert_eq!(verdict.outputs[0].value, "https://q");
    assert_eq!(verdict.plan.as_ref().unwrap().summary(), "1 to add");
    assert_eq!(verdict.stack.name, "app");
    assert!(verdict.console.as_ref().unwrap().starts_with("https://eu-west-1.console.aws.amazon.com/"));
    assert_eq!(
        told.shown(),
        [
            "app CREATE_IN_PROGRESS",
            "Queue CREATE_IN_PROGRESS",
            "Queue CREATE_IN_PROGRESS",
            "Role CREATE_IN_PROGRESS",
            "Role CREATE_IN_PROGRESS",
            "Queue CREATE_COMPLETE",
            "Role CREATE_COMPLETE",
            "app CREATE_COMPLETE",
        ]
    );
    let created = &fake.created()[0];
    assert_eq!((created.kind, created.stack.as_str()), (ChangeSetKind::Create, "app"));
    assert_eq!(
        (&created.tags, &created.capabilities, &created.topics, &created.role_arn, created.deletes_on_failure),
        (&None, &None, &None, &None, false)
    );
    let executed = &fake.executed()[0];
    assert_eq!(executed.disables_rollback, Some(false));
    assert!(executed.change_set.starts_with("arn:") && executed.stack.starts_with("arn:"));
}

#[tokio::test]
async fn a_stack_is_updated_by_its_arn_and_the_end_is_noticed_at_once() {
    let fake = FakeStacks::playing(play());
    let id = fake.has("app", "UPDATE_COMPLETE");
    let told = tell(&fake, &options()).await;
    assert_eq!((told.end().as_str(), told.verdict().status.as_deref()), ("Deployed", Some("UPDATE_COMPLETE")));
    let created = &fake.created()[0];
    assert_eq!((created.kind, created.stack.as_str()), (ChangeSetKind::Update, id.as_str()));
    assert!(fake.now().since(fake.end("app")) <= Duration::from_secs(3), "{:?}", fake.now().since(fake.end("app")));
    assert!(told.shown().contains(&"app UPDATE_COMPLETE_CLEANUP_IN_PROGRESS".to_owned()));
}

#[tokio::test]
async fn what_is_given_is_sent() {
    let fake = FakeStacks::playing(play());
    let stack = fake.has("app", "CREATE_COMPLETE");
    fake.set(&stack, |it| it.parameters.extend(["Kept", "Given", "Gone"].map(str::to_owned)));
    let declared = |name: &str, has_default| DeclaredParameter { name: name.to_owned(), has_default, place: None };
    let mut options = with_change_set(|new| {
        new.template.declared = vec![declared("Given", false), declared("Kept", true), declared("New", true)];
        new.parameters = BTreeMap::from([("Given".to_owned(), Secret::new("v"))]);
        new.tags = Some(BTreeMap::from([("team".to_owned(), "blue".to_owned())]));
        new.capabilities = Some(vec!["CAPABILITY_IAM".to_owned()]);
        new.topics = Some(vec!["arn:aws:sns:eu-west-1:111122223333:t".to_owned()]);
        new.description = Some("samstep 0.1.0".to_owned());
        new.triggers = Some(RollbackTriggers { alarms: vec!["arn:alarm".to_owned()], minutes: Some(5) });
    });
    options.role_arn = Some("arn:aws:iam::111122223333:role/deploy".to_owned());
    options.protection = Some(true);
    options.policy = Some("{\"Statement\":[]}".to_owned());
    let told = tell(&fake, &options).await;
    assert_eq!(told.end(), "Deployed");
    let sent = &fake.created()[0];
    assert_eq!(
        sent.parameters,
        [("Given".to_owned(), ParameterValue::Given(Secret::new("v"))), ("Kept".to_owned(), ParameterValue::Previous)]
    );
    let Work::Create(new) = &options.work else { panic!() };
    assert_eq!((&sent.tags, &sent.capabilities, &sent.topics), (&new.tags, &new.capabilities, &new.topics));
    assert_eq!(
        (&sent.description, &sent.triggers, &sent.role_arn),
        (&new.description, &new.triggers, &options.role_arn)
    );
    assert!(fake.is_protected("app"));
    assert_eq!(fake.policy("app").as_deref(), Some("{\"Statement\":[]}"));
}

#[tokio::test]
async fn a_new_stack_gets_policy_and_protection_once_it_is_there() {
    let fake = FakeStacks::playing(play());
    let mut options = options();
    (options.protection, options.policy) = (Some(true), Some("{}".to_owned()));
    fake.breaks(Op::SetPolicy, 0..1, crate::testing::stacks::Wrong::Denied);
    let told = tell(&fake, &options).await;
    assert_eq!(told.end(), "Deployed", "a stack that is deployed is no failure");
    assert!(fake.is_protected("app"));
    let [DeployWarning::StackSettingFailed { setting, .. }] = told.warnings()[..] else {
        panic!("{:?}", told.warnings())
    };
    assert_eq!(*setting, "the stack policy");
}

#[tokio::test]
async fn defaults_of_the_template_may_replace_what_the_stack_has() {
    let fake = FakeStacks::playing(play());
    let stack = fake.has("app", "CREATE_COMPLETE");
    fake.set(&stack, |it| it.parameters.extend(["WithDefault", "Without"].map(str::to_owned)));
    let options = with_change_set(|new| {
        new.template.declared = [("WithDefault", true), ("Without", false)]
            .map(|(name, has_default)| DeclaredParameter { name: name.to_owned(), has_default, place: None })
            .to_vec();
        new.unset_parameters = UnsetParameters::UseDefault;
    });
    assert_eq!(tell(&fake, &options).await.end(), "Deployed");
    assert_eq!(fake.created()[0].parameters, [("Without".to_owned(), ParameterValue::Previous)]);
}

#[tokio::test]
async fn nothing_to_change_is_a_success_that_leaves_nothing_behind() {
    let reasons = [
        "The submitted information didn't contain changes. Submit different information to create a change set.",
        "No updates are to be performed.",
        "No updates are to be performed",
    ];
    for reason in reasons {
        let fake = FakeStacks::with(Script::fails(reason));
        let stack = fake.has("app", "UPDATE_COMPLETE");
        let output = StackOutput { key: "Url".into(), value: "u".into(), description: None, export_name: None };
        fake.set(&stack, |it| it.outputs.push(output.clone()));
        let options = with_change_set(|new| new.template.references = vec!["{{resolve:ssm:/db}}".to_owned()]);
        let told = tell(&fake, &options).await;
        assert_eq!((told.end().as_str(), &told.verdict().outputs), ("NoChanges", &vec![output]), "{reason}");
        assert_eq!(fake.change_sets(), Vec::<String>::new(), "the empty change set is removed");
        assert!(matches!(told.warnings()[..], [DeployWarning::ReferencesNotCompared { .. }]));
        assert_eq!(fake.status("app").as_deref(), Some("UPDATE_COMPLETE"));
    }
}

#[tokio::test]
async fn nothing_to_change_may_be_a_failure() {
    let fake = FakeStacks::with(Script::empty());
    fake.has("app", "UPDATE_COMPLETE");
    let told = tell(&fake, &DeployOptions { empty: OnEmpty::Fail, ..options() }).await;
    assert_eq!((told.end().as_str(), told.cause().as_str()), ("1", "there is nothing to change in app"));
    assert_eq!(fake.change_sets(), Vec::<String>::new());
}

#[tokio::test]
async fn a_change_without_resources_is_executed() {
    let fake = FakeStacks::with(Script::plays(Play::new().gives("Tagged", "yes")));
    fake.has("app", "CREATE_COMPLETE");
    let told = tell(&fake, &options()).await;
    assert_eq!((told.end().as_str(), told.verdict().plan.as_ref().unwrap().changes.len()), ("Deployed", 0));
    assert_eq!(told.verdict().outputs[0].key, "Tagged");
}

#[tokio::test]
async fn resources_that_are_left_behind_are_named() {
    let fake = FakeStacks::playing(play().leaves("Old", "The bucket you tried to delete is not empty"));
    fake.has("app", "UPDATE_COMPLETE");
    let told = tell(&fake, &options()).await;
    assert_eq!(told.end(), "Deployed");
    let [DeployWarning::LeftBehind { resources, .. }] = told.warnings()[..] else { panic!("{:?}", told.warnings()) };
    let (path, id, reason) = &resources[0];
    assert_eq!((path.as_str(), id.as_deref()), ("Old", Some("app-Old-1A2B")));
    assert_eq!(reason.as_deref(), Some("The bucket you tried to delete is not empty"));
    assert_eq!(told.verdict().left_behind.len(), 1);
}

#[tokio::test]
async fn a_resource_that_is_left_behind_is_named_although_its_row_arrives_late() {
    for (rows_of_page, seconds, names) in [(20, 5, 1), (1, 5, 1), (20, 10_000, 0)] {
        let fake = FakeStacks::playing(Play::new().makes("Queue", QUEUE, (1, 3)).leaves("Old", "not empty"));
        fake.has("app", "UPDATE_COMPLETE");
        fake.pages_by(rows_of_page);
        fake.shows_failure_late("Old", seconds);
        let told = tell(&fake, &options()).await;
        assert_eq!(told.end(), "Deployed");
        let [DeployWarning::LeftBehind { resources, .. }] = told.warnings()[..] else {
            panic!("{:?}", told.warnings())
        };
        assert_eq!(resources.len(), names, "{seconds} s late, {rows_of_page} rows a page");
        assert!(fake.now().since(fake.end("app")) <= Duration::from_secs(14), "{:?}", told.took);
    }
}

#[tokio::test]
async fn each_failure_mode_is_sent_where_it_belongs() {
    let rows = [
        (OnFailure::Rollback, false, true, (false, Some(false))),
        (OnFailure::DoNothing, false, true, (false, Some(true))),
        (OnFailure::Delete, false, true, (true, None)),
        (OnFailure::Delete, false, false, (false, Some(false))),
        (OnFailure::Rollback, true, true, (false, None)),
        (OnFailure::DoNothing, true, false, (false, None)),
    ];
    for (on_failure, express, is_new, expected) in rows {
        let fake = FakeStacks::playing(play());
        if !is_new {
            fake.has("app", "UPDATE_COMPLETE");
        }
        let told = tell(&fake, &DeployOptions { on_failure, express, ..options() }).await;
        let (created, executed) = (&fake.created()[0], &fake.executed()[0]);
        assert_eq!(told.end(), "Deployed", "{on_failure:?} {express} {is_new}");
        assert_eq!(told.verdict().is_express, express);
        assert_eq!(
            (created.deletes_on_failure, executed.disables_rollback),
            expected,
            "{on_failure:?} {express} {is_new}"
        );
        let express = express.then_some(on_failure == OnFailure::DoNothing);
        assert_eq!(created.express.map(|it| it.disables_rollback), express);
    }
}

#[tokio::test]
async fn a_plan_is_shown_and_applied_later() {
    let fake = FakeStacks::with(Script::plays(play()).with(change(
        "Queue",
        QUEUE,
        ChangeAction::Modify,
        Some(Replacement::Always),
    )));
    fake.has("app", "UPDATE_COMPLETE");
    let told = tell(&fake, &DeployOptions { until: Until::Planned, ..options() }).await;
    let plan = told.verdict().plan.clone().unwrap();
    assert_eq!((told.end().as_str(), plan.summary().as_str()), ("Planned", "1 to replace"));
    assert!(fake.executed().is_empty());
    let change_set = told.verdict().change_set.clone().unwrap();
    assert!(told.verdict().next_step.as_ref().unwrap().contains(&format!("--execute {change_set}")));
    let apply = DeployOptions { work: Work::Execute(change_set.clone()), ..options() };
    let refused =
        DeployOptions { gates: Gates { replacement: Scope::Everything, ..Gates::default() }, ..apply.clone() };
    let told = tell(&fake, &refused).await;
    assert_eq!(told.end(), "4");
    assert_eq!(fake.change_sets().len(), 1, "a plan of somebody else is kept");
    let told = tell_as(&fake, &apply, "second").await;
    assert_eq!((told.end().as_str(), told.verdict().change_set.as_ref()), ("Deployed", Some(&change_set)));
    let told = tell_as(&fake, &apply, "third").await;
    assert_eq!(told.end(), "4", "it was executed already");
    assert!(told.cause().contains("was executed already"), "{}", told.cause());
}

#[tokio::test]
async fn an_empty_plan_is_applied_as_a_success_and_an_obsolete_one_is_refused() {
    let fake = FakeStacks::with(Script::empty());
    fake.has("app", "UPDATE_COMPLETE");
    let named = with_change_set(|new| new.name = Some("plan".to_owned()));
    assert_eq!(tell(&fake, &DeployOptions { until: Until::Planned, ..named.clone() }).await.end(), "NoChanges");
    let apply = DeployOptions { work: Work::Execute("plan".to_owned()), ..options() };
    assert_eq!(tell(&fake, &apply).await.end(), "NoChanges");
    assert_eq!((fake.executed().len(), fake.change_sets()), (0, Vec::new()), "the empty plan is removed");

    let fake = FakeStacks::playing(play());
    fake.has("app", "UPDATE_COMPLETE");
    let told = tell(&fake, &DeployOptions { until: Until::Planned, ..named }).await;
    fake.intrudes(20, Intrusion::Update);
    fake.pass(Duration::from_secs(40));
    for work in [told.verdict().change_set.clone().unwrap(), "plan".to_owned()] {
        let told = tell(&fake, &DeployOptions { work: Work::Execute(work), ..options() }).await;
        assert_eq!(told.end(), "4");
        assert!(told.cause().contains("is obsolete") && told.cause().contains("token theirs"), "{}", told.cause());
    }
    fake.intrudes(200, Intrusion::DeleteChangeSets);
    fake.pass(Duration::from_secs(300));
    let told = tell(&fake, &DeployOptions { work: Work::Execute("plan".to_owned()), ..options() }).await;
    assert!(told.cause().contains("there is no change set plan"), "{}", told.cause());
}

#[tokio::test]
async fn a_detached_deployment_is_followed_by_another_run() {
    let fake = FakeStacks::playing(play());
    fake.has("app", "UPDATE_COMPLETE");
    let told = tell(&fake, &DeployOptions { until: Until::Executed, ..options() }).await;
    assert_eq!((told.end().as_str(), told.shown().len()), ("Detached", 0));
    fake.pass(Duration::from_secs(5));
    let told = tell(&fake, &DeployOptions { work: Work::Follow, ..options() }).await;
    assert_eq!((told.end().as_str(), told.verdict().outputs.len()), ("Deployed", 1));
    assert_eq!(told.shown().first().map(String::as_str), Some("app UPDATE_IN_PROGRESS"));
    assert_eq!(told.shown().last().map(String::as_str), Some("app UPDATE_COMPLETE"));
    let told = tell(&fake, &DeployOptions { work: Work::Follow, ..options() }).await;
    assert_eq!(told.end(), "Deployed", "an operation that is over has its verdict at once");
}

#[tokio::test]
async fn gates_refuse_before_anything_is_executed() {
    let scripts = || {
        Script::plays(play())
            .with(change("Queue", QUEUE, ChangeAction::Modify, Some(Replacement::Conditional)))
            .with(change("Old", QUEUE, ChangeAction::Remove, None))
    };
    let gates = [
        Gates { replacement: Scope::Everything, ..Gates::default() },
        Gates { deletion: Scope::Only(vec!["Old".to_owned()]), ..Gates::default() },
    ];
    for gates in gates {
        let fake = FakeStacks::with(scripts());
        fake.has("app", "UPDATE_COMPLETE");
        let told = tell(&fake, &DeployOptions { gates, ..options() }).await;
        assert_eq!((told.failure().kind, fake.executed().len()), (FailureKind::Refused, 0));
        assert_eq!(fake.change_sets(), Vec::<String>::new());
        assert!(told.verdict().plan.is_some(), "the plan that was refused is known");
    }
    let fake = FakeStacks::with(scripts());
    fake.has("app", "UPDATE_COMPLETE");
    let told = tell(&fake, &DeployOptions { on_failure: OnFailure::DoNothing, ..options() }).await;
    assert_eq!((told.end().as_str(), fake.executed().len()), ("4", 0));
    assert!(told.cause().contains("with rollback disabled"), "{}", told.cause());
}

#[tokio::test]
async fn an_empty_change_set_that_is_there_at_once_takes_no_wait() {
    let fake = FakeStacks::with(Script { takes: 0, ..Script::empty() });
    fake.has("app", "UPDATE_COMPLETE");
    let told = tell(&fake, &options()).await;
    assert_eq!((told.end().as_str(), told.took), ("NoChanges", Duration::ZERO));
}

#[tokio::test]
async fn nested_changes_are_read_and_gated_too() {
    let child = Script::plays(Play::new()).with(change(
        "Table",
        "AWS::DynamoDB::Table",
        ChangeAction::Modify,
        Some(Replacement::Always),
    ));
    let script = Script::plays(play()).nesting("Child", child);
    let fake = FakeStacks::with(script.clone());
    fake.has("app", "UPDATE_COMPLETE");
    let gates = Gates { replacement: Scope::Only(vec!["Child/Table".to_owned()]), ..Gates::default() };
    let told = tell(&fake, &DeployOptions { gates, ..options() }).await;
    assert_eq!(told.end(), "4");
    assert!(told.cause().contains("replace Child/Table"), "{}", told.cause());
    let fake = FakeStacks::with(script);
    fake.has("app", "UPDATE_COMPLETE");
    fake.breaks(Op::ChangeSet, 4..5, crate::testing::stacks::Wrong::Denied);
    let gates = Gates { replacement: Scope::Everything, ..Gates::default() };
    let told = tell(&fake, &DeployOptions { gates, ..options() }).await;
    assert_eq!(
        (told.end().as_str(), told.verdict().plan.as_ref().unwrap().unknown.as_slice()),
        ("4", &["Child".to_owned()][..])
    );
    assert_eq!(told.missing(), ["cloudformation:DescribeChangeSet"]);
}

#[tokio::test]
async fn exports_in_use_are_found_before_anything_is_executed() {
    let template = Template::parse("template.yaml", b"Resources: {}\nOutputs: {}\n".to_vec()).unwrap();
    let lines = Lines { root: &template, nested: &[] };
    let export =
        || StackOutput { key: "Vpc".into(), value: "v".into(), description: None, export_name: Some("vpc".into()) };
    let fake = FakeStacks::playing(play());
    let stack = fake.has("app", "UPDATE_COMPLETE");
    fake.set(&stack, |it| it.outputs.push(export()));
    fake.imports("vpc", &["shop", "blog"]);
    let told = tell_with(&fake, &options(), Some(lines), Process::Same).await;
    let [DeployWarning::ExportInUse { export: name, importers, goes }] = told.warnings()[..] else {
        panic!("{:?}", told.warnings())
    };
    assert_eq!((name.as_str(), importers.len(), *goes, told.end().as_str()), ("vpc", 2, true, "Deployed"));

    let fake = FakeStacks::playing(play());
    let stack = fake.has("app", "UPDATE_COMPLETE");
    fake.set(&stack, |it| it.outputs.push(export()));
    fake.imports("vpc", &["shop"]);
    let gates = Gates { exports: true, ..Gates::default() };
    let told = tell_with(&fake, &DeployOptions { gates, ..options() }, Some(lines), Process::Same).await;
    assert_eq!((told.end().as_str(), fake.executed().len()), ("4", 0));
    assert_eq!(told.cause(), "the change set removes the export vpc, which shop import");
}

#[tokio::test]
async fn unknown_and_missing_parameters_are_found_before_anything_is_written() {
    let declared = |name: &str| DeclaredParameter { name: name.to_owned(), has_default: false, place: None };
    let strict = |unknown| {
        with_change_set(|new| {
            new.template.declared = vec![declared("Stage"), declared("Size")];
            new.parameters =
                BTreeMap::from([("Stagee".to_owned(), Secret::new("x")), ("Size".to_owned(), Secret::new("1"))]);
            new.unknown_parameters = unknown;
        })
    };
    let fake = FakeStacks::default();
    let told = tell(&fake, &strict(UnknownParameters::Warn)).await;
    assert_eq!((told.end().as_str(), told.cause().as_str()), ("2", "the parameter Stage has no value and no default"));
    assert_eq!(told.hint(), "Stagee is given, which the template does not have: is it meant?");
    assert!(matches!(told.warnings()[..], [DeployWarning::UnknownParameter { .. }]));
    assert_eq!(fake.calls(Op::Create), 0);
    let told = tell(&fake, &strict(UnknownParameters::Refuse)).await;
    assert_eq!(
        (told.cause().as_str(), told.hint().as_str()),
        ("the template has no parameter Stagee", "did you mean Stage?")
    );
}

#[tokio::test]
async fn what_breaks_a_limit_is_refused_without_a_call() {
    let tags = |count: usize| Some((0..count).map(|it| (format!("k{it}"), "v".to_owned())).collect::<BTreeMap<_, _>>());
    let parameters = |count: usize| (0..count).map(|it| (format!("P{it}"), Secret::new("v"))).collect();
    let parameter = |name| DeclaredParameter { name, has_default: true, place: None };
    let declared = |count: usize| (0..count).map(|it| parameter(format!("P{it}"))).collect();
    let one = |value: String| BTreeMap::from([("P".to_owned(), Secret::new(value))]);
    let rows = [
        ("bad name", DeployOptions { stack: "1app".to_owned(), ..options() }),
        ("long name", DeployOptions { stack: "a".repeat(129), ..options() }),
        ("51 tags", with_change_set(|new| new.tags = tags(51))),
        (
            "reserved tag",
            with_change_set(|new| new.tags = Some(BTreeMap::from([("aws:x".to_owned(), "v".to_owned())]))),
        ),
        ("201 parameters", with_change_set(|new| new.parameters = parameters(201))),
        ("201 declared", with_change_set(|new| new.template.declared = declared(201))),
        ("long value", with_change_set(|new| new.parameters = one("secret".repeat(700)))),
        ("6 topics", with_change_set(|new| new.topics = Some(vec!["arn".to_owned(); 6]))),
        (
            "6 alarms",
            with_change_set(|new| new.triggers = Some(RollbackTriggers { alarms: vec!["a".into(); 6], minutes: None })),
        ),
        (
            "181 minutes",
            with_change_set(|new| new.triggers = Some(RollbackTriggers { alarms: vec![], minutes: Some(181) })),
        ),
        ("change set name", with_change_set(|new| new.name = Some("a_b".to_owned()))),
        ("misspelt capability", with_change_set(|new| new.capabilities = Some(vec!["CAPABILITY_IM".to_owned()]))),
    ];
    for (name, options) in rows {
        let fake = FakeStacks::default();
        let told = tell(&fake, &options).await;
        assert_eq!((told.end().as_str(), fake.calls(Op::Stack)), ("2", 0), "{name}");
        assert!(!format!("{:?}", told.outcome).contains("secretsecret"), "{name}");
    }
}

#[tokio::test]
async fn a_quiet_deployment_gives_a_sign_of_life_each_minute() {
    let fake = FakeStacks::playing(Play::new().makes("Wait", "Custom::Thing", (1, 400)));
    let told = tell(&fake, &options()).await;
    let beats = told
        .events
        .iter()
        .filter(|event| matches!(event, crate::facts::Event::Deploy(DeployEvent::StillRunning(_))))
        .count();
    assert_eq!((told.end().as_str(), beats), ("Deployed", 6));
    assert!(told.has(|event| matches!(event, DeployEvent::StillRunning(it) if it.open[0].path == "Wait")));
    let mut play = play();
    play.monitoring = 600;
    let fake = FakeStacks::playing(play);
    fake.has("app", "UPDATE_COMPLETE");
    let told = tell(&fake, &options()).await;
    let is_monitored = |event: &DeployEvent| matches!(event, DeployEvent::StillRunning(it) if matches!(it.activity, Activity::Monitoring { .. }) && it.open.is_empty());
    assert!(told.has(is_monitored));
    assert_eq!(told.verdict().ended, Ended::Deployed);
}

#[tokio::test]
async fn a_role_that_the_stack_keeps_is_named() {
    let fake = FakeStacks::playing(play());
    let stack = fake.has("app", "UPDATE_COMPLETE");
    fake.set(&stack, |it| *it.role_arn = Some("arn:aws:iam::111122223333:role/old".to_owned()));
    let told = tell(&fake, &options()).await;
    assert!(matches!(told.warnings()[..], [DeployWarning::RoleKept { .. }]), "{:?}", told.warnings());
}
