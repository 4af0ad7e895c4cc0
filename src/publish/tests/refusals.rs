//! What is refused, and that nothing is written then.

use super::{Story, id};
use crate::facts::FailureKind::{self, Failed, Permission, Temporary, Usage};
use crate::publish::Sharing;
use crate::testing::applications::{FakeObjects, Op, Wrong};
use crate::text::Allowed;

fn public(story: Story) -> Story {
    story.asked(|options| options.sharing = Some(Sharing { is_public: true, ..Sharing::default() }))
}

async fn broken(op: Op, wrong: Wrong) -> Story {
    let story = Story::published().await.with("1.0.0", "1.1.0");
    let before = story.fake.calls().iter().filter(|other| **other == op).count();
    story.fake.breaks(op, before + 1, wrong);
    story
}

#[tokio::test]
async fn nothing_is_written_when_a_check_fails() {
    let without_license = "    LicenseBody: Take it.\n";
    let mut large = Story::new();
    large.template.push_str(&"#".repeat(1 << 20));
    let mut no_code = Story::new();
    no_code.objects = FakeObjects::default();
    let no_region = Story::new();
    no_region.fake.is_in(None);
    let other_region = Story::new().asked(|options| options.application = Some(id()));
    other_region.fake.is_in(Some("us-east-1"));
    let created_without_license = Story::new().with(without_license, "");
    created_without_license.run().await.result.unwrap();
    let unseen = Story::new();
    unseen.fake.hides_absent();
    unseen.fake.breaks(Op::List, 1, Wrong::Denied);
    let arn = id().to_string();
    let rows: Vec<(&str, Story, FailureKind, String)> = vec![
        ("metadata", Story::new().with("acme", "Acme"), Usage, "Author is `Acme`, which is not lower".into()),
        (
            "a local path",
            Story::new().with("s3://code/abc", "./src"),
            Usage,
            "Take.CodeUri: the local path ./src cannot be published".into(),
        ),
        (
            "a path of a function",
            Story::new().with("s3://code/abc", "!Sub './${AWS::Region}'"),
            Usage,
            "Take.CodeUri: a function makes the local path ./${AWS::Region}, which cannot be published".into(),
        ),
        (
            "a nested application by location",
            Story::new().with("Handler: app.handler\n", "Handler: app.handler\n  Child:\n    Type: AWS::Serverless::Application\n    Properties:\n      Location: s3://code/def\n").with("      Timeout: 5\n", ""),
            Usage,
            "Child.Location: the repository takes a nested application by its id and version only".into(),
        ),
        (
            "an application that the operator does not allow",
            Story { objects: FakeObjects::default(), ..Story::new() }
                .asked(|options| options.allowed = Allowed::new("--allow-application", &["*:applications/shop-*".to_owned()])),
            Permission,
            format!("the worker does not allow the application {arn}"),
        ),
        ("size", large, Usage, "the template has 10".into()),
        ("an object that is not there", no_code, Usage, "s3://code/abc does not exist".into()),
        ("no region", no_region, Usage, "no region is known to publish in".into()),
        ("another region", other_region, Usage, format!("{arn} is in eu-west-1, and this run is in us-east-1")),
        (
            "no version of a new application",
            Story::new().with("    SemanticVersion: 1.0.0\n", ""),
            Usage,
            "the application orders is new, and no version is given for it".into(),
        ),
        (
            "a named application that does not exist",
            Story::new().asked(|options| options.application = Some(id())),
            Usage,
            format!("the application {arn} does not exist"),
        ),
        (
            "public without a licence",
            public(Story::new().with(without_license, "")),
            Usage,
            "the application orders cannot be public without a licence".into(),
        ),
        (
            "public, created without a licence",
            public(created_without_license),
            Usage,
            format!("{arn} cannot be public: it was created without a licence"),
        ),
        (
            "a lookup and the list denied",
            unseen,
            Permission,
            format!(
                "serverlessrepo:GetApplication {arn}: Forbidden (ForbiddenException), which leaves open whether the \
                 application exists (serverlessrepo:ListApplications *: Forbidden (ForbiddenException))"
            ),
        ),
        ("no caller", broken(Op::Caller, Wrong::Denied).await, Permission, "sts:GetCallerIdentity".into()),
        ("a lookup denied", broken(Op::Get, Wrong::Denied).await, Permission, format!("serverlessrepo:GetApplication {arn}")),
        ("a lookup throttled", broken(Op::Get, Wrong::Throttled).await, Temporary, format!("serverlessrepo:GetApplication {arn}")),
        ("the policy denied", public(broken(Op::GetPolicy, Wrong::Denied).await), Permission, format!("serverlessrepo:GetApplicationPolicy {arn}")),
    ];
    for (name, story, kind, cause) in rows {
        let told = story.run().await;
        let failure = told.failure();
        assert!(failure.problems[0].message.starts_with(&cause), "{name}: {}", failure.cause());
        assert_eq!((failure.kind, told.writes()), (kind, vec![]), "{name}");
    }
}

#[tokio::test]
async fn each_answer_to_a_write_is_told_apart() {
    let rows = [
        (Wrong::Bad("The template is invalid"), Failed, "The template is invalid (BadRequestException)"),
        (Wrong::Denied, Permission, "Forbidden (ForbiddenException)"),
        (Wrong::Throttled, Temporary, "Too many requests (TooManyRequestsException)"),
        (Wrong::Unavailable, Temporary, "Internal error (InternalServerErrorException)"),
        (Wrong::Cut, Temporary, "connection reset by peer"),
    ];
    for op in [Op::CreateVersion, Op::Update, Op::SetPolicy] {
        for (wrong, kind, answer) in rows {
            let story = broken(op, wrong).await.with("acme", "acme-2");
            let told = public(story).run().await;
            let failure = told.failure();
            let expected = format!("{} {}: {answer}", op.action(), id());
            assert!(failure.cause().starts_with(&expected), "{}", failure.cause());
            assert_eq!((failure.kind, told.writes().last()), (kind, Some(&op)), "{op:?} {wrong:?}");
        }
    }
}

#[tokio::test]
async fn a_denial_names_the_action_of_our_own_call() {
    for op in [Op::CreateVersion, Op::Update, Op::SetPolicy] {
        let told = public(broken(op, Wrong::Denied).await.with("acme", "acme-2")).run().await;
        let expected = format!("allow {} on {} to the role of this run", op.action(), id());
        assert!(told.hint().starts_with(&expected), "{}", told.hint());
    }
}

#[tokio::test]
async fn a_bucket_that_the_service_may_not_read_is_answered_with_the_statement() {
    let story = Story::new();
    story.fake.may_not_read("code");
    let told = story.run().await;
    assert_eq!(told.failure().kind, Permission);
    let denied = "Failed to copy S3 object. Access denied: bucket=code, key=abc (BadRequestException)";
    assert_eq!(told.failure().cause(), format!("serverlessrepo:CreateApplication {}: {denied}", id()));
    assert_eq!(
        told.hint(),
        "add to the policy of the bucket code: {\"Effect\":\"Allow\",\"Principal\":{\"Service\":\
         \"serverlessrepo.amazonaws.com\"},\"Action\":\"s3:GetObject\",\"Resource\":\"arn:aws:s3:::code/*\",\
         \"Condition\":{\"StringEquals\":{\"aws:SourceAccount\":\"111122223333\"}}}"
    );
    assert!(story.fake.published().is_empty());
}

#[tokio::test]
async fn the_first_application_with_a_bad_request_leaves_nothing() {
    let story = Story::new();
    story.fake.breaks(Op::CreateApplication, 1, Wrong::Bad("Invalid S3 URI"));
    let told = story.run().await;
    assert!(told.hint().contains("samstep package"), "{}", told.hint());
    assert!(story.fake.published().is_empty());
}

#[tokio::test]
async fn places_are_those_of_the_file() {
    let told = Story::new().with("s3://code/abc", "./src").run().await;
    let place = told.failure().problems[0].place.as_ref().unwrap();
    assert_eq!((place.to_string().as_str(), place.source_line.trim()), ("template.yaml:19:16", "CodeUri: ./src"));
}
