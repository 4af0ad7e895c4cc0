//! Applications that are looked up, checked and deployed, with a repository in memory.

use super::{Access, Application, DeployableVersion, TemplateStatus};
use crate::deploy::{Availability, NewChangeSet, PackagedTemplate, TemplateText};
use crate::facts::{DeployEvent, Event, Failure, FailureKind, Redactor};
use crate::settings::ApplicationSettings;
use crate::template_configuration::ParameterDefinition;
use crate::testing::applications::{FakeApplications, Op, Wrong, arn};
use crate::testing::deploy::new_change_set;
use crate::testing::recorder::Recorder;
use std::sync::Arc;
use std::time::Duration;

fn version(number: &str) -> DeployableVersion {
    DeployableVersion { version: number.to_owned(), is_supported: true, ..DeployableVersion::default() }
}

/// A repository with the application `orders` in three versions.
fn repository() -> FakeApplications {
    let repository = FakeApplications::default();
    ["1.0.0", "1.1.0", "2.0.0"].iter().for_each(|number| repository.offers("orders", version(number)));
    repository
}

fn access(repository: &FakeApplications) -> Access<FakeApplications> {
    let region = Some("eu-west-1".to_owned());
    let reporter = Arc::new(Recorder::default());
    Access { repository: repository.clone(), region, redactor: Redactor::default(), reporter, poll: None }
}

fn wanted(name: &str, version: Option<&str>) -> ApplicationSettings {
    ApplicationSettings { id: arn(name).parse().unwrap(), version: version.map(|it| it.parse().unwrap()) }
}

async fn look_up(
    repository: &FakeApplications,
    name: &str,
    version: Option<&str>,
) -> Result<Application<FakeApplications>, Failure> {
    Application::look_up(access(repository), &wanted(name, version)).await
}

/// The calls that were reported as failed.
fn missing(recorder: &Recorder) -> Vec<&'static str> {
    let operation = |event| {
        let Event::Deploy(DeployEvent::DetailMissing { error }) = event else { return None };
        Some(error.operation)
    };
    recorder.events().into_iter().filter_map(operation).collect()
}

/// Kind, message and hint.
fn told(failure: &Failure) -> (FailureKind, String) {
    let hint = failure.problems[0].hint.as_deref().unwrap_or("-");
    (failure.kind, format!("{} | {hint}", failure.cause()))
}

#[tokio::test]
async fn a_version_is_found_or_said_to_be_missing() {
    let repository = repository();
    assert_eq!(look_up(&repository, "orders", Some("1.1.0")).await.unwrap().version, "1.1.0");
    assert_eq!(look_up(&repository, "orders", None).await.unwrap().version, "2.0.0");
    let refused = async |name, version| told(&look_up(&repository, name, version).await.err().expect("it is refused"));
    let (kind, text) = refused("orders", Some("1.10.0")).await;
    assert_eq!(kind, FailureKind::Usage);
    insta::assert_snapshot!(text, @"the application arn:aws:serverlessrepo:eu-west-1:111122223333:applications/orders has no version 1.10.0 | did you mean 1.0.0? the latest is 2.0.0");
    insta::assert_snapshot!(refused("orders", Some("2.0.1")).await.1, @"the application arn:aws:serverlessrepo:eu-west-1:111122223333:applications/orders has no version 2.0.1 | the latest is 2.0.0");
    insta::assert_snapshot!(refused("order", None).await.1, @"the application arn:aws:serverlessrepo:eu-west-1:111122223333:applications/order does not exist, has no version, or is not shared with this account | check the ARN; the owner of the application must share it with this account");
    repository.breaks(Op::Versions, 3, Wrong::Denied);
    let recorder = Arc::new(Recorder::default());
    let reporting = Access { reporter: recorder.clone(), ..access(&repository) };
    let failure = Application::look_up(reporting, &wanted("orders", Some("1.10.0"))).await.err().unwrap();
    assert_eq!(missing(&recorder), ["serverlessrepo:ListApplicationVersions"]);
    insta::assert_snapshot!(told(&failure).1, @"the application arn:aws:serverlessrepo:eu-west-1:111122223333:applications/orders has no version 1.10.0 | the latest is 2.0.0");
    let elsewhere = Access { region: Some("us-east-1".to_owned()), ..access(&repository) };
    let failure = Application::look_up(elsewhere, &wanted("order", None)).await.err().unwrap();
    insta::assert_snapshot!(told(&failure).1, @"the application arn:aws:serverlessrepo:eu-west-1:111122223333:applications/order does not exist, has no version, or is not shared with this account | an application that is not public is found in its own region alone: give --region eu-west-1");
    repository.breaks(Op::Get, repository.calls().iter().filter(|op| **op == Op::Get).count() + 1, Wrong::Denied);
    let (kind, text) = refused("orders", None).await;
    assert_eq!(kind, FailureKind::Permission);
    insta::assert_snapshot!(text, @"serverlessrepo:GetApplication arn:aws:serverlessrepo:eu-west-1:111122223333:applications/orders: Forbidden (ForbiddenException) | allow serverlessrepo:GetApplication on arn:aws:serverlessrepo:eu-west-1:111122223333:applications/orders to the role of this run; the owner of the application must share it with this account");
}

async fn check(found: DeployableVersion, given: &str, nested: &[(&str, &str)]) -> (Option<Failure>, NewChangeSet) {
    let repository = FakeApplications::default();
    repository.offers("orders", found);
    nested.iter().for_each(|(id, version)| repository.nests(id, version));
    let application = look_up(&repository, "orders", None).await.unwrap();
    let given: Vec<_> = given.split_whitespace().map(str::to_owned).collect();
    let mut new = NewChangeSet { capabilities: (!given.is_empty()).then_some(given), ..new_change_set() };
    let refused = application.check(&new, true).await.err();
    application.complete(&mut new);
    assert!(!repository.calls().iter().any(|op| op.is_write()), "nothing is created");
    (refused, new)
}

#[tokio::test]
async fn capabilities_that_are_missing_are_named() {
    let with = |names: &[&str]| DeployableVersion {
        capabilities: names.iter().map(|name| (*name).to_owned()).collect(),
        ..version("1.0.0")
    };
    let (refused, _) = check(with(&["CAPABILITY_IAM", "CAPABILITY_RESOURCE_POLICY"]), "CAPABILITY_IAM", &[]).await;
    let (kind, text) = told(&refused.unwrap());
    assert_eq!(kind, FailureKind::Usage);
    insta::assert_snapshot!(text, @"version 1.0.0 of arn:aws:serverlessrepo:eu-west-1:111122223333:applications/orders needs capabilities that are not given: CAPABILITY_RESOURCE_POLICY | if it may do that, add --capabilities CAPABILITY_RESOURCE_POLICY");
    let within = [("arn:aws:serverlessrepo:us-east-1:444455556666:applications/login", "0.1.0")];
    let (refused, _) = check(with(&["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]), "", &within).await;
    insta::assert_snapshot!(told(&refused.unwrap()).1, @"version 1.0.0 of arn:aws:serverlessrepo:eu-west-1:111122223333:applications/orders needs capabilities that are not given: CAPABILITY_IAM CAPABILITY_AUTO_EXPAND | if it may do that, add --capabilities CAPABILITY_IAM CAPABILITY_AUTO_EXPAND; CAPABILITY_AUTO_EXPAND lets it create the stacks of the applications within: arn:aws:serverlessrepo:us-east-1:444455556666:applications/login 0.1.0");
    let given = "CAPABILITY_NAMED_IAM CAPABILITY_RESOURCE_POLICY";
    let (refused, new) = check(with(&["CAPABILITY_IAM", "CAPABILITY_RESOURCE_POLICY"]), given, &[]).await;
    assert_eq!((refused, new.capabilities), (None, Some(vec!["CAPABILITY_NAMED_IAM".to_owned()])));
}

#[tokio::test]
async fn an_application_that_the_region_cannot_have_is_refused() {
    let (refused, _) = check(DeployableVersion { is_supported: false, ..version("1.0.0") }, "", &[]).await;
    insta::assert_snapshot!(told(&refused.unwrap()).1, @"version 1.0.0 of arn:aws:serverlessrepo:eu-west-1:111122223333:applications/orders has resources of types that eu-west-1 does not have | deploy it in another region with --region, or another version with --semantic-version");
}

#[tokio::test]
async fn a_change_set_has_the_parameters_and_the_origin_of_its_application() {
    let parameters = vec![
        ParameterDefinition { name: "Stage".to_owned(), kind: "String".to_owned(), ..ParameterDefinition::default() },
        ParameterDefinition { name: "Size".to_owned(), has_default: true, ..ParameterDefinition::default() },
    ];
    let (_, new) = check(DeployableVersion { parameters, ..version("1.0.0") }, "", &[]).await;
    let declared: Vec<_> = new.template.declared.iter().map(|it| (it.name.as_str(), it.has_default)).collect();
    assert_eq!((declared, new.template.declares_more), (vec![("Stage", false), ("Size", true)], false));
    let origin: Vec<_> = new.origin.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    let arn = arn("orders");
    assert_eq!(origin, [("serverlessrepo:applicationId", arn.as_str()), ("serverlessrepo:semanticVersion", "1.0.0")]);
}

#[tokio::test]
async fn a_template_is_asked_for_once_unless_it_expires() {
    use TemplateStatus::{Active, Expired, Preparing};
    let repository = repository();
    repository.prepares(&[Preparing, Preparing, Active, Active, Expired]);
    let application = look_up(&repository, "orders", None).await.unwrap();
    let text = async || application.text().await.unwrap();
    let link = |number: usize| {
        let url = format!("https://templates.example.com/{number}?X-Amz-Signature=5ecret");
        Availability::Ready(TemplateText::Url(url))
    };
    assert_eq!(text().await, Availability::Preparing(Duration::from_secs(2)));
    assert_eq!(text().await, Availability::Preparing(Duration::from_secs(2)));
    assert_eq!((text().await, text().await), (link(0), link(0)));
    repository.prepares(&[Active]);
    assert_eq!((text().await, text().await), (link(1), link(1)));
    let Availability::Ready(TemplateText::Url(url)) = link(1) else { panic!("it is a link") };
    assert_eq!(application.access.redactor.redact(&url), "****", "the link is signed");
}

#[tokio::test]
async fn a_template_that_never_comes_is_a_failure() {
    let rows = [
        (TemplateStatus::Expired, "EXPIRED"),
        (TemplateStatus::Other(Some("BROKEN".to_owned())), "BROKEN"),
        (TemplateStatus::Other(None), "missing"),
    ];
    for (status, word) in rows {
        let repository = repository();
        repository.prepares(&[status]);
        let failure = look_up(&repository, "orders", None).await.unwrap().text().await.unwrap_err();
        let message = format!("{} 2.0.0: template status is {word} | run the same command again", arn("orders"));
        assert_eq!(told(&failure), (FailureKind::Temporary, message));
    }
}

#[tokio::test]
async fn another_process_goes_on_with_the_same_version_and_template() {
    let repository = repository();
    let first = look_up(&repository, "orders", Some("1.1.0")).await.unwrap();
    let text = first.text().await.unwrap();
    let state = first.state();
    let recorder = Arc::new(Recorder::default());
    let resume = async |needs_answer| {
        let access = Access { reporter: recorder.clone(), ..access(&repository) };
        Application::resume(access, &wanted("orders", None), &state, needs_answer).await
    };
    let second = resume(true).await.unwrap();
    assert_eq!((second.version.as_str(), second.text().await.unwrap()), ("1.1.0", text));
    assert_eq!(repository.calls().iter().filter(|op| **op == Op::CreateTemplate).count(), 1);
    let looks = repository.calls().iter().filter(|op| **op == Op::Get).count();
    (1..=2).for_each(|nth| repository.breaks(Op::Get, looks + nth, Wrong::Denied));
    assert_eq!(resume(true).await.err().map(|failure| failure.kind), Some(FailureKind::Permission));
    assert_eq!(missing(&recorder), [] as [&str; 0], "a failure says it");
    assert!(resume(false).await.unwrap().parameters().is_none(), "which values are secret is not known");
    assert_eq!(missing(&recorder), ["serverlessrepo:GetApplication"]);
}
