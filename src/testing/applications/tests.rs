//! The fake is one itself: what it keeps, and how its calls go wrong.

use super::{FakeApplications, Op, Wrong, arn};
use crate::facts::Reason;
use crate::publish::{ApplicationId, Applications, NewApplication, NewVersion, SemanticVersion};

fn id() -> ApplicationId {
    arn("a").parse().unwrap()
}

fn new(version: &str) -> NewVersion {
    let version = version.parse::<SemanticVersion>().unwrap();
    NewVersion { version, template: "A: 1".to_owned(), source_code_url: None, source_code_archive: None }
}

fn application() -> NewApplication {
    NewApplication {
        name: "a".to_owned(),
        author: "acme".to_owned(),
        description: "d".to_owned(),
        home_page_url: None,
        labels: None,
        license: None,
        readme: None,
        spdx_license_id: None,
        version: new("1.0.0"),
    }
}

#[tokio::test]
async fn an_application_and_a_version_are_created_once() {
    let fake = FakeApplications::default();
    assert_eq!(fake.application(&id(), None).await, Ok(None));
    fake.create_application(&id(), &application()).await.unwrap();
    let again = fake.create_application(&id(), &application()).await.unwrap_err();
    assert_eq!(again.code.as_deref(), Some("ConflictException"));
    fake.create_version(&id(), &new("1.1.0")).await.unwrap();
    assert_eq!(fake.create_version(&id(), &new("1.1.0")).await.unwrap_err().reason, Reason::Rejected);
    let latest = fake.application(&id(), None).await.unwrap().unwrap().version.unwrap();
    assert_eq!(latest.version, "1.1.0");
    assert_eq!(fake.fetch(&latest.template, 99).await.unwrap(), b"A: 1");
    assert_eq!(fake.application(&id(), Some(&new("2.0.0").version)).await, Ok(None));
    assert_eq!(fake.published(), [("a".to_owned(), vec!["1.0.0".to_owned(), "1.1.0".to_owned()])]);
}

#[tokio::test]
async fn a_call_that_goes_wrong_may_have_been_carried_out() {
    let rows = [
        (Wrong::Throttled, Reason::Throttled, false),
        (Wrong::Unavailable, Reason::Unavailable, false),
        (Wrong::Denied, Reason::AccessDenied, false),
        (Wrong::Bad("no"), Reason::Rejected, false),
        (Wrong::Cut, Reason::Network, false),
        (Wrong::Lost, Reason::Network, true),
        (Wrong::Repeated, Reason::Rejected, true),
    ];
    for (wrong, reason, is_done) in rows {
        let fake = FakeApplications::default();
        fake.breaks(Op::CreateApplication, 1, wrong);
        let error = fake.create_application(&id(), &application()).await.unwrap_err();
        assert_eq!((error.reason, fake.published().len()), (reason, usize::from(is_done)), "{wrong:?}");
    }
}
