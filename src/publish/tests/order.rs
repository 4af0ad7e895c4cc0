//! What is written, in which order.

use super::{Story, TEMPLATE, id};
use crate::facts::{PublishEvent, PublishStep, PublishWarning, PublishedChange, Unchangeable};
use crate::publish::{SameVersion, Sharing};
use crate::testing::applications::{FakeObjects, Op, arn};

fn with_accounts() -> Option<Sharing> {
    Some(Sharing { accounts: ["444455556666".parse().unwrap()].into(), ..Sharing::default() })
}

#[tokio::test]
async fn a_new_application_is_created_with_its_version_in_one_write() {
    let story = Story::new();
    let told = story.run().await;
    assert_eq!(told.calls, [Op::Caller, Op::Get, Op::CreateApplication]);
    let publication = told.publication();
    assert_eq!(publication.application, arn("orders"));
    assert_eq!((publication.version.as_deref(), publication.change), (Some("1.0.0"), PublishedChange::Created));
    assert_eq!(
        publication.console.as_deref(),
        Some(
            "https://eu-west-1.console.aws.amazon.com/serverlessrepo/home?region=eu-west-1#/published-applications/arn:aws:serverlessrepo:eu-west-1:111122223333:applications~orders"
        )
    );
    assert_eq!(story.fake.published(), [("orders".to_owned(), vec!["1.0.0".to_owned()])]);
    assert!(told.said(|event| matches!(event, PublishEvent::Found { exists: false, .. })));
}

#[tokio::test]
async fn the_section_of_the_application_is_cut_and_every_other_byte_stays() {
    let story = Story::new();
    story.run().await.result.unwrap();
    let (start, end) = (TEMPLATE.find("Metadata:").unwrap(), TEMPLATE.find("Resources:").unwrap());
    let expected = format!("{}{}", &TEMPLATE[..start], &TEMPLATE[end..]);
    assert_eq!(story.fake.template_of("orders", "1.0.0"), expected);
}

#[tokio::test]
async fn the_version_comes_first_then_what_differs_in_the_metadata_then_the_policy() {
    let story = Story::published().await.with("1.0.0", "1.1.0").with("Takes orders.", "Takes all orders.");
    let told = story.asked(|options| options.sharing = with_accounts()).run().await;
    assert_eq!(told.writes(), [Op::CreateVersion, Op::Update, Op::SetPolicy]);
    let publication = told.publication();
    let steps = [
        PublishStep::CreateVersion { version: "1.1.0".to_owned() },
        PublishStep::UpdateMetadata { keys: vec!["Description"] },
        PublishStep::Share { with: vec!["account 444455556666".to_owned()] },
    ];
    assert_eq!(publication.change, PublishedChange::Updated);
    assert_eq!(publication.steps, steps);
    let done: Vec<_> = steps.into_iter().map(PublishEvent::Done).collect();
    assert!(done.iter().all(|step| told.said(|event| event == step)));
}

#[tokio::test]
async fn a_preview_says_what_would_be_written_and_writes_nothing() {
    let mut new = Story::new().asked(|options| options.sharing = with_accounts());
    new.previews = true;
    let mut known = Story::published().await.with("1.0.0", "1.1.0").with("acme", "acme-2");
    known.previews = true;
    let steps = [
        PublishStep::CreateApplication { version: "1.0.0".to_owned() },
        PublishStep::Share { with: vec!["account 444455556666".to_owned()] },
        PublishStep::CreateVersion { version: "1.1.0".to_owned() },
        PublishStep::UpdateMetadata { keys: vec!["Author"] },
    ];
    for (story, steps) in [(new, &steps[..2]), (known, &steps[2..])] {
        let told = story.run().await;
        assert_eq!((told.writes().len(), told.publication().steps.as_slice()), (0, steps));
        assert!(steps.iter().all(|step| told.said(|event| *event == PublishEvent::Planned(step.clone()))));
    }
}

#[tokio::test]
async fn a_new_application_is_shared_after_its_creation() {
    let story = Story::new().asked(|options| options.sharing = with_accounts());
    let told = story.run().await;
    assert_eq!(told.writes(), [Op::CreateApplication, Op::SetPolicy]);
    assert_eq!(told.publication().change, PublishedChange::Created);
}

#[tokio::test]
async fn only_what_differs_is_written() {
    let rows: [(&str, &str, &str, &[Op]); 7] = [
        ("nothing", "acme", "acme", &[]),
        ("the order of labels", "[orders, shop]", "[shop, orders, shop]", &[]),
        ("labels", "[orders, shop]", "[orders]", &[Op::Update]),
        ("the author", "acme", "acme-2", &[Op::Update]),
        ("the readme", "'# Orders'", "'# Others'", &[Op::Update]),
        ("a line end in the readme", "'# Orders'", "\"# Orders\\n\"", &[]),
        ("a new version", "1.0.0", "1.0.1", &[Op::CreateVersion]),
    ];
    for (name, old, new, expected) in rows {
        let told = Story::published().await.with(old, new).run().await;
        let change = if expected.is_empty() { PublishedChange::Unchanged } else { PublishedChange::Updated };
        assert_eq!((told.writes().as_slice(), told.publication().change), (expected, change), "{name}");
    }
}

#[tokio::test]
async fn a_key_that_the_metadata_does_not_have_is_left_as_it_is() {
    let story =
        Story::published().await.with("    Labels: [orders, shop]\n", "").with("    ReadmeBody: '# Orders'\n", "");
    let told = story.run().await;
    assert_eq!(told.publication().change, PublishedChange::Unchanged);
    assert_eq!(story.fake.application_named("orders").labels.len(), 2);
}

#[tokio::test]
async fn without_a_version_only_the_metadata_of_an_application_is_published() {
    let story = Story::published().await.with("    SemanticVersion: 1.0.0\n", "").with("acme", "acme-2");
    let told = story.run().await;
    assert_eq!(told.writes(), [Op::Update]);
    assert_eq!(told.publication().version, None);
    assert!(told.said(|event| matches!(event, PublishEvent::NoVersion { .. })));
}

#[tokio::test]
async fn what_cannot_change_is_said() {
    let rows = [
        ("MIT", "Apache-2.0", "SpdxLicenseId", Unchangeable::Application),
        ("Take it.", "Leave it.", "License", Unchangeable::Application),
        ("com/orders", "com/other", "SourceCodeUrl", Unchangeable::Version),
    ];
    for (old, new, key, of) in rows {
        let told = Story::published().await.with(old, new).run().await;
        assert_eq!(told.publication().change, PublishedChange::Unchanged, "{key}");
        assert_eq!(told.warnings(), [(key, &PublishWarning::CannotChange { key, of })]);
    }
}

#[tokio::test]
async fn an_application_that_is_named_needs_no_account() {
    let story = Story::published().await.with("Name: orders", "Name: other").with("1.0.0", "1.1.0");
    let told = story.asked(|options| options.application = Some(id())).run().await;
    assert_eq!(told.calls, [Op::Get, Op::Get, Op::Fetch, Op::Fetch, Op::CreateVersion]);
    let (name, application) = ("other".to_owned(), arn("orders"));
    assert_eq!(told.warnings(), [("Name", &PublishWarning::OtherName { name, application })]);
}

#[tokio::test]
async fn a_403_for_the_application_is_settled_by_the_list_of_applications() {
    let story = Story::new();
    story.fake.hides_absent();
    let told = story.run().await;
    assert_eq!(told.calls, [Op::Caller, Op::Get, Op::List, Op::CreateApplication]);
    assert_eq!(told.publication().change, PublishedChange::Created);
}

#[tokio::test]
async fn documents_in_s3_are_compared_by_content() {
    let readme = "ReadmeUrl: s3://docs/README.md";
    let mut story = Story::new().with("ReadmeBody: '# Orders'", readme);
    story.objects = FakeObjects::default()
        .with("s3://code/abc", "zip")
        .with("s3://docs/README.md", "the content of s3://docs/README.md");
    story.run().await.result.unwrap();
    assert_eq!(story.run().await.publication().change, PublishedChange::Unchanged);

    story.objects = FakeObjects::default().with("s3://code/abc", "zip").refusing("docs");
    let told = story.run().await;
    assert_eq!(told.publication().change, PublishedChange::Updated, "what cannot be compared is not unchanged");
    assert!(matches!(told.warnings()[..], [("Readme", PublishWarning::DocumentNotCompared { key: "Readme", .. })]));
    assert!(told.said(|event| matches!(event, PublishEvent::ObjectNotChecked { .. })), "a 403 is no reason to stop");
}

#[tokio::test]
async fn our_statements_are_replaced_and_those_of_others_stay() {
    let sharing = |account: &str| Sharing { accounts: [account.parse().unwrap()].into(), ..Sharing::default() };
    let story = Story::published().await.asked(|options| options.sharing = Some(sharing("444455556666")));
    story.run().await.result.unwrap();
    let mut statements = story.fake.policy_of("orders");
    statements[0].id = Some("of-another-tool".to_owned());
    story.fake.sets_policy("orders", statements.clone());
    let story = story.asked(|options| options.sharing = Some(sharing("777788889999")));
    assert_eq!(story.run().await.calls.last(), Some(&Op::SetPolicy));
    let policy = story.fake.policy_of("orders");
    assert_eq!((policy.len(), &policy[0]), (2, &statements[0]));
    assert!(policy[1].principals.contains("777788889999"));
    assert!(story.run().await.writes().is_empty(), "the same again is no write");
    let story = story.asked(|options| options.sharing = None);
    assert!(!story.run().await.calls.contains(&Op::GetPolicy), "nothing is asked, so nothing is read");
}

#[tokio::test]
async fn a_version_on_the_command_line_counts_more_than_that_of_the_metadata() {
    let story = Story::new().asked(|options| options.version = Some("2.0.0".parse().unwrap()));
    story.run().await.result.unwrap();
    assert_eq!(story.fake.published(), [("orders".to_owned(), vec!["2.0.0".to_owned()])]);
    let same = story.asked(|options| options.same_version = SameVersion::Allow).run().await;
    assert_eq!(same.publication().version.as_deref(), Some("2.0.0"));
}
