//! A version that is published already.

use super::{Story, id};
use crate::facts::{FailureKind, PublishEvent, PublishWarning, PublishedChange};
use crate::publish::SameVersion;
use crate::testing::applications::{Op, Wrong};

#[tokio::test]
async fn the_same_template_is_a_success_without_a_write() {
    let rows = [
        ("as it is", "Timeout: 5", "Timeout: 5"),
        ("a comment", "Timeout: 5", "Timeout: 5 # seconds"),
        ("quotes", "Timeout: 5", "Timeout: '5'"),
        ("order", "Handler: app.handler\n      Timeout: 5", "Timeout: 5\n      Handler: app.handler"),
    ];
    for (name, old, new) in rows {
        let told = Story::published().await.with(old, new).run().await;
        assert_eq!(told.publication().change, PublishedChange::Unchanged, "{name}");
        assert!(told.writes().is_empty() && told.warnings().is_empty(), "{name}");
        assert!(told.said(|event| matches!(event, PublishEvent::VersionUnchanged { .. })), "{name}");
    }
}

#[tokio::test]
async fn another_template_is_refused_before_the_metadata_is_written() {
    let rows = [
        ("a property", "Timeout: 5", "Timeout: 6", "Resources.Take.Properties.Timeout"),
        ("code", "s3://code/abc", "s3://code/def", "Resources.Take.Properties.CodeUri"),
    ];
    for (name, old, new, path) in rows {
        let told = Story::published().await.with(old, new).with("acme", "acme-2").run().await;
        let expected = format!("version 1.0.0 of {} is published already with another template: {path} differs", id());
        assert_eq!((told.failure().kind, told.failure().cause()), (FailureKind::Failed, expected), "{name}");
        assert_eq!(told.hint(), "give the next version; --allow-same-version leaves this one as it is", "{name}");
        assert!(told.writes().is_empty(), "{name}");
    }
}

#[tokio::test]
async fn copies_of_code_are_not_compared_and_that_is_said() {
    let story = Story::new();
    story.fake.copies_code();
    story.run().await.result.unwrap();
    let told = story.with("s3://code/abc", "s3://code/def").run().await;
    assert_eq!(told.publication().change, PublishedChange::Unchanged);
    let properties = vec!["Resources.Take.Properties.CodeUri".to_owned()];
    let warning = PublishWarning::CodeNotCompared { version: "1.0.0".to_owned(), properties };
    assert_eq!(told.warnings(), [("SemanticVersion", &warning)]);
    assert!(!told.said(|event| matches!(event, PublishEvent::VersionUnchanged { .. })));
}

#[tokio::test]
async fn a_version_that_is_allowed_is_left_and_the_metadata_goes_on() {
    let story = Story::published().await.with("Timeout: 5", "Timeout: 6").with("acme", "acme-2");
    let told = story.asked(|options| options.same_version = SameVersion::Allow).run().await;
    assert_eq!(told.writes(), [Op::Update]);
    let warning = PublishWarning::VersionNotCompared { version: "1.0.0".to_owned() };
    assert_eq!(told.warnings(), [("SemanticVersion", &warning)]);
}

#[tokio::test]
async fn a_version_that_is_forbidden_fails_whether_it_differs_or_not() {
    for new in ["Timeout: 5", "Timeout: 6"] {
        let story = Story::published().await.with("Timeout: 5", new);
        let told = story.asked(|options| options.same_version = SameVersion::Fail).run().await;
        assert_eq!(told.failure().cause(), format!("version 1.0.0 of {} is published already", id()), "{new}");
        assert_eq!((told.failure().kind, told.writes().len()), (FailureKind::Failed, 0), "{new}");
    }
}

#[tokio::test]
async fn a_template_that_cannot_be_read_is_never_unchanged() {
    let story = Story::published().await;
    story.fake.breaks_links();
    let told = story.run().await;
    let cause = told.failure().cause();
    assert!(cause.starts_with(&format!("version 1.0.0 of {} is published already, and its template", id())), "{cause}");
    assert!(cause.ends_with("status 403"), "{cause}");
    assert!(!format!("{:?}{:?}", told.failure(), told.events).contains("5ecret"), "links are not shown");
    assert_eq!((told.failure().kind, told.writes().len()), (FailureKind::Failed, 0));

    let story = Story::published().await;
    story.fake.breaks(Op::Fetch, 1, Wrong::Unavailable);
    assert_eq!(story.run().await.failure().kind, FailureKind::Temporary);
}

#[tokio::test]
async fn an_older_version_is_found_too() {
    let story = Story::published().await.with("1.0.0", "1.1.0");
    story.run().await.result.unwrap();
    let told = story.with("1.1.0", "1.0.0").run().await;
    assert_eq!(told.publication().change, PublishedChange::Unchanged);
    assert_eq!(told.calls[..3], [Op::Caller, Op::Get, Op::Get]);
}
