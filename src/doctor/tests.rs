use super::{BucketFacts, Check, Identity, Probe, diagnose, failure};
use crate::facts::{FailureKind, Reason, ServiceError};
use crate::settings::{BucketChoice, DoctorSettings, Encryption};
use std::time::Duration;

/// An account with one bucket `code` in eu-west-1, and what is wrong with it.
#[derive(Default)]
struct Account {
    region: Option<&'static str>,
    clock_offset: u64,
    /// The calls that fail, each with how.
    refused: Vec<(&'static str, Reason)>,
}

impl Account {
    fn answer<T>(&self, operation: &'static str, value: T) -> Result<T, ServiceError> {
        let refused = self.refused.iter().find(|(name, _)| *name == operation);
        refused.map_or(Ok(value), |(_, reason)| {
            let (resource, reason) = ("code".to_owned(), reason.clone());
            Err(ServiceError { operation, resource, reason, code: None, message: None, request_id: None })
        })
    }
}

impl Probe for Account {
    fn region(&self) -> Option<String> {
        self.region.map(str::to_owned)
    }

    fn endpoint(&self) -> String {
        "https://s3.eu-west-1.amazonaws.com".to_owned()
    }

    async fn identity(&self) -> Result<Identity, ServiceError> {
        let (account, arn) = ("111122223333".to_owned(), "arn:aws:iam::111122223333:role/ci".to_owned());
        let clock_offset = Some(Duration::from_secs(self.clock_offset));
        self.answer("sts:GetCallerIdentity", Identity { account, arn, clock_offset })
    }

    async fn bucket(&self, _: &str, _: Option<&str>) -> Result<BucketFacts, ServiceError> {
        self.answer("s3:ListBucket", BucketFacts { region: Some("eu-west-1".to_owned()) })
    }

    async fn versioning(&self, _: &str) -> Result<bool, ServiceError> {
        self.answer("s3:GetBucketVersioning", true)
    }

    async fn encryption(&self, _: &str) -> Result<String, ServiceError> {
        self.answer("s3:GetEncryptionConfiguration", "AES256".to_owned())
    }

    async fn object(&self, _: &str, _: Option<&str>) -> Result<(), ServiceError> {
        self.answer("s3:GetObject", ())
    }

    async fn key(&self, _: &str) -> Result<(), ServiceError> {
        self.answer("kms:GenerateDataKey", ())
    }
}

async fn checked(account: Account) -> Vec<Check> {
    let settings = DoctorSettings {
        bucket: Some(BucketChoice::Named("code".to_owned())),
        prefix: Some("app".to_owned()),
        encryption: Some(Encryption::Kms { key_id: Some("alias/code".to_owned()) }),
        ..DoctorSettings::default()
    };
    diagnose(&settings, &account).await
}

fn statuses(checks: &[Check]) -> String {
    checks.iter().map(|check| format!("{} {}", check.name, check.status.name())).collect::<Vec<_>>().join(", ")
}

#[tokio::test]
async fn an_account_in_order_passes_every_check() {
    let checks = checked(Account { region: Some("eu-west-1"), ..Account::default() }).await;
    let expected = "samconfig pass, region pass, endpoint pass, credentials pass, clock pass, bucket pass, versioning pass, encryption pass, \
                    prefix pass, key pass";
    assert_eq!(statuses(&checks), expected);
    assert_eq!(failure(&checks), None);
}

#[tokio::test]
async fn each_fault_is_its_own_check_with_the_fix() {
    use FailureKind::{Permission, Usage};
    let account = |refused| Account { region: Some("eu-west-1"), refused, ..Account::default() };
    let denied = |operation| account(vec![(operation, Reason::AccessDenied)]);
    let rows = [
        ("no region", Account::default(), "region fail", Some(Usage), "give --region"),
        (
            "another region",
            Account { region: Some("us-east-1"), ..Account::default() },
            "bucket fail",
            Some(Usage),
            "--region eu-west-1",
        ),
        (
            "no credentials",
            account(vec![("sts:GetCallerIdentity", Reason::NoCredentials)]),
            "credentials fail",
            Some(Permission),
            "give the build a role",
        ),
        (
            "a wrong clock",
            Account { clock_offset: 1000, region: Some("eu-west-1"), ..Account::default() },
            "clock fail",
            Some(Usage),
            "NTP",
        ),
        (
            "a slow clock",
            Account { clock_offset: 100, region: Some("eu-west-1"), ..Account::default() },
            "clock warn",
            None,
            "NTP",
        ),
        (
            "no bucket",
            account(vec![("s3:ListBucket", Reason::NotFound)]),
            "bucket fail",
            Some(Usage),
            "create the bucket",
        ),
        ("a closed bucket", denied("s3:ListBucket"), "bucket warn", None, "allow s3:ListBucket"),
        ("unknown encryption", denied("s3:GetEncryptionConfiguration"), "encryption warn", None, ""),
        ("a closed prefix", denied("s3:GetObject"), "prefix warn", None, "allow s3:GetObject"),
        ("a closed key", denied("kms:GenerateDataKey"), "key fail", Some(Permission), "allow kms:GenerateDataKey"),
    ];
    for (name, account, expected, kind, hint) in rows {
        let checks = checked(account).await;
        assert!(statuses(&checks).contains(expected), "{name}: {}", statuses(&checks));
        assert_eq!(failure(&checks).map(|failure| failure.kind), kind, "{name}");
        let check = checks.iter().find(|check| expected.starts_with(check.name)).unwrap();
        assert!(check.hint.as_deref().unwrap_or_default().contains(hint), "{name}: {check:?}");
    }
}
