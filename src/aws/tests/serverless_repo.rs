//! The Serverless Application Repository on the wire, and links in its answers.

use super::{Service, response};
use crate::aws::S3Store;
use crate::aws::links::Links;
use crate::aws::serverless_repo::ServerlessRepo;
use crate::facts::{Explain, Reason, S3Location, Secret};
use crate::publish::{
    ApplicationId, Applications, Caller, Document, MetadataUpdate, NamedObjects, NewApplication, NewVersion,
    PolicyStatement, StoredVersion,
};
use crate::settings::ObjectSettings;

const ARN: &str = "arn:aws:serverlessrepo:eu-west-1:111122223333:applications/orders";
/// The ARN in a path.
const PATH: &str = "/applications/arn%3aaws%3aserverlessrepo%3aeu-west-1%3a111122223333%3aapplications%2forders";

fn id() -> ApplicationId {
    ARN.parse().unwrap()
}

async fn repository(service: &Service) -> ServerlessRepo {
    ServerlessRepo::new(&service.config().await, Links::new(None).unwrap())
}

fn refusal(status: u16, code: &str, message: &str) -> String {
    let body = format!("{{\"errorCode\": \"{status}\", \"message\": \"{message}\"}}");
    response(status, &format!("x-amzn-errortype: {code}\r\n"), &body)
}

fn new_version() -> NewVersion {
    NewVersion {
        version: "1.0.0".parse().unwrap(),
        template: "A: 1\n".to_owned(),
        source_code_url: None,
        source_code_archive: Some(S3Location::new("docs", "src.zip")),
    }
}

#[tokio::test]
async fn an_application_is_read_with_its_version() {
    let body = r#"{"applicationId": "x", "author": "acme", "description": "d", "homePageUrl": "https://example.com",
        "labels": ["b", "a"], "licenseUrl": "https://l", "name": "orders", "spdxLicenseId": "MIT",
        "version": {"semanticVersion": "1.0.0", "templateUrl": "https://t?X-Amz-Signature=5ecret"}}"#;
    let service = Service::start([response(200, "", body)]).await;
    let found = repository(&service).await.application(&id(), Some(&"1.0.0".parse().unwrap())).await.unwrap().unwrap();
    assert!(service.requests()[0].starts_with(&format!("get {PATH}?semanticversion=1.0.0 ")));
    let version = StoredVersion {
        version: "1.0.0".to_owned(),
        template: Secret::new("https://t?X-Amz-Signature=5ecret"),
        source_code_url: None,
    };
    assert_eq!((found.author.as_str(), found.version.clone()), ("acme", Some(version)));
    assert_eq!(found.labels.iter().collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!((found.license.clone(), found.readme.clone()), (Some(Secret::new("https://l")), None));
    assert!(!format!("{found:?}").contains("5ecret"));
}

#[tokio::test]
async fn each_answer_has_its_reason() {
    let rows = [
        (refusal(404, "NotFoundException", "none"), None),
        (refusal(403, "ForbiddenException", "no"), Some((Reason::AccessDenied, Some("ForbiddenException")))),
        (refusal(429, "TooManyRequestsException", "slow"), Some((Reason::Throttled, Some("TooManyRequestsException")))),
        (
            refusal(500, "InternalServerErrorException", "x"),
            Some((Reason::Unavailable, Some("InternalServerErrorException"))),
        ),
        (refusal(400, "BadRequestException", "bad"), Some((Reason::Rejected, Some("BadRequestException")))),
        (response(409, "", "{\"message\": \"exists\"}"), Some((Reason::Rejected, Some("ConflictException")))),
    ];
    for (wire, expected) in rows {
        let service = Service::start([wire.clone()]).await;
        let answer = repository(&service).await.application(&id(), None).await;
        let told = answer.as_ref().err().map(|error| (error.reason.clone(), error.code.as_deref()));
        assert_eq!(told, expected, "{wire}");
        assert!(answer.is_err() || answer == Ok(None), "{wire}");
    }
}

#[tokio::test]
async fn a_missing_application_has_no_advice_about_keys() {
    let service = Service::start([refusal(404, "NotFoundException", "none")]).await;
    let update = MetadataUpdate { author: Some("acme".to_owned()), ..MetadataUpdate::default() };
    let error = repository(&service).await.update_application(&id(), &update).await.unwrap_err();
    assert_eq!((error.reason.clone(), error.hint()), (Reason::NotFound, None));
    assert_eq!(error.to_string(), format!("serverlessrepo:UpdateApplication {ARN}: none (NotFoundException)"));
}

#[tokio::test]
async fn writes_send_what_is_given_and_nothing_else() {
    let new = NewApplication {
        name: "orders".to_owned(),
        author: "acme".to_owned(),
        description: "d".to_owned(),
        home_page_url: None,
        labels: Some(vec!["a".to_owned()]),
        license: Some(Document::Body("free".to_owned())),
        readme: Some(Document::Object(S3Location::new("docs", "readme.md"))),
        spdx_license_id: Some("mit".to_owned()),
        version: new_version(),
    };
    let statement = PolicyStatement {
        id: Some("ours".to_owned()),
        principals: ["*".to_owned()].into(),
        organizations: ["o-1".to_owned()].into(),
        actions: ["deploy".to_owned()].into(),
    };
    let update = MetadataUpdate { labels: Some(Vec::new()), ..MetadataUpdate::default() };
    let service = Service::start([response(201, "", "{}")]).await;
    let repository = repository(&service).await;
    repository.create_application(&id(), &new).await.unwrap();
    repository.create_version(&id(), &new_version()).await.unwrap();
    repository.update_application(&id(), &update).await.unwrap();
    repository.set_policy(&id(), &[statement]).await.unwrap();
    let expected = [
        (
            "post /applications http/1.1".to_owned(),
            r#"{"author":"acme","description":"d","labels":["a"],"licensebody":"free","name":"orders","readmeurl":"s3://docs/readme.md","semanticversion":"1.0.0","sourcecodearchiveurl":"s3://docs/src.zip","spdxlicenseid":"mit","templatebody":"a: 1\n"}"#,
        ),
        (
            format!("put {PATH}/versions/1.0.0 http/1.1"),
            r#"{"sourcecodearchiveurl":"s3://docs/src.zip","templatebody":"a: 1\n"}"#,
        ),
        (format!("patch {PATH} http/1.1"), r#"{"labels":[]}"#),
        (
            format!("put {PATH}/policy http/1.1"),
            r#"{"statements":[{"actions":["deploy"],"principalorgids":["o-1"],"principals":["*"],"statementid":"ours"}]}"#,
        ),
    ];
    for (request, (line, body)) in service.requests().iter().zip(expected) {
        let (head, sent) = request.split_once("\r\n\r\n").unwrap();
        assert_eq!((head.lines().next().unwrap(), sent), (line.as_str(), body));
    }
}

#[tokio::test]
async fn a_caller_has_a_partition_and_an_account() {
    let arn = "arn:aws-cn:sts::111122223333:assumed-role/ci/x";
    let identity = format!(
        "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>{arn}</Arn><Account>111122223333</Account>\
         </GetCallerIdentityResult></GetCallerIdentityResponse>"
    );
    let service = Service::start([response(200, "", &identity)]).await;
    let caller = repository(&service).await.caller().await;
    assert_eq!(caller, Ok(Caller { partition: "aws-cn".to_owned(), account: "111122223333".to_owned() }));
}

#[tokio::test]
async fn own_applications_are_listed_page_by_page_and_no_policy_is_an_empty_one() {
    let page = |name: &str, next: &str| {
        let next = if next.is_empty() { String::new() } else { format!(", \"nextToken\": \"{next}\"") };
        response(200, "", &format!("{{\"applications\": [{{\"applicationId\": \"{name}\"}}]{next}}}"))
    };
    let service = Service::start([page("a", "t"), page("b", ""), refusal(404, "NotFoundException", "no policy")]).await;
    let repository = repository(&service).await;
    assert_eq!(repository.own_applications().await, Ok(vec!["a".to_owned(), "b".to_owned()]));
    assert_eq!(repository.policy(&id()).await, Ok(Vec::new()));
}

#[tokio::test]
async fn a_link_is_read_without_credentials_and_never_shown() {
    let rows = [
        (response(200, "", "A: 1"), Ok("A: 1"), 1),
        (response(403, "", "<Error/>"), Err("status 403"), 1),
        (response(301, "location: http://127.0.0.1:1/\r\n", ""), Err("status 301"), 1),
        (response(200, "", "more than ten bytes"), Err("it has more than 10 bytes"), 1),
        (response(503, "", ""), Err("status 503"), 3),
        (String::new(), Err(""), 3),
    ];
    for (wire, expected, attempts) in rows {
        let service = Service::start([wire.clone()]).await;
        let link = Secret::new(format!("{}/t?X-Amz-Signature=5ecret", service.url));
        let read = repository(&service).await.fetch(&link, 10).await;
        match (&read, expected) {
            (Ok(bytes), Ok(text)) => assert_eq!(bytes, text.as_bytes()),
            (Err(error), Err(message)) => {
                assert!(error.to_string().contains(message), "{error}");
                assert!(!error.to_string().contains("5ecret"), "{error}");
            }
            (_, _) => panic!("{wire}: {read:?}"),
        }
        let requests = service.requests();
        assert_eq!(requests.len(), attempts, "{wire}");
        assert!(requests[0].starts_with("get /t?x-amz-signature=5ecret ") && !requests[0].contains("authorization"));
    }
    let service = Service::start([response(200, "", "")]).await;
    for link in ["ftp://example.com/x", "s3://b/k", "http://example.com/x", ""] {
        let error = repository(&service).await.fetch(&Secret::new(link), 10).await.unwrap_err();
        assert_eq!(error.reason, Reason::Rejected, "{link}");
    }
}

#[tokio::test]
async fn an_object_is_read_up_to_a_limit() {
    let service = Service::start([response(200, "", "hello")]).await;
    let store = S3Store::new(&service.config().await, &ObjectSettings::default());
    let location = S3Location::new("b", "k");
    assert_eq!(store.read(&location, 5).await, Ok(b"hello".to_vec()));
    assert!(store.read(&location, 4).await.unwrap_err().to_string().ends_with("it has more than 4 bytes"));
    assert_eq!(store.size(&location).await, Ok(Some(5)));
}
