//! Whom buckets, keys and queues let in: a policy that lets in somebody else fails here.

use super::permissions::{THROUGH_S3, statements};
use super::template::{Template, text};

/// Template, resource, and its statements: when, effect, principal, actions, resources, condition.
type Statement = [&'static str; 6];
const READERS: &str = "AWS=HasReaders ? ReaderAccounts : A";
const INSECURE: &str = "Bool=aws:SecureTransport=false";
const POLICIES: [(&str, &str, &[Statement]); 6] = [
    (
        "artifacts.yaml",
        "Key",
        &[
            ["", "Allow", "AWS=arn:P:iam::A:root", "kms:*", "*", ""],
            ["", "Allow", READERS, "kms:Decrypt", "*", THROUGH_S3],
            [
                "HasActionRoles",
                "Allow",
                "AWS=ActionRoleArns",
                "kms:Decrypt, kms:DescribeKey, kms:Encrypt, kms:GenerateDataKey*, kms:ReEncrypt*",
                "*",
                "",
            ],
        ],
    ),
    (
        "artifacts.yaml",
        "ArtifactBucketPolicy",
        &[
            ["", "Deny", "*", "s3:*", "ArtifactBucket.Arn, ArtifactBucket.Arn/*", INSECURE],
            [
                "",
                "Deny",
                "*",
                "s3:PutObject",
                "ArtifactBucket.Arn/*",
                "StringNotEquals=s3:x-amz-server-side-encryption=aws:kms",
            ],
            [
                "HasActionRoles",
                "Allow",
                "AWS=ActionRoleArns",
                "s3:GetObject, s3:GetObjectVersion",
                "ArtifactBucket.Arn/*",
                "",
            ],
        ],
    ),
    (
        "artifacts.yaml",
        "CodeBucketPolicy",
        &[
            ["", "Deny", "*", "s3:*", "CodeBucket.Arn, CodeBucket.Arn/*", INSECURE],
            ["", "Allow", READERS, "s3:GetObject, s3:GetObjectVersion", "CodeBucket.Arn/*", ""],
            [
                "Publishes",
                "Allow",
                "Service=serverlessrepo.amazonaws.com",
                "s3:GetObject",
                "CodeBucket.Arn/*",
                "StringEquals=aws:SourceAccount=A",
            ],
        ],
    ),
    (
        "artifacts.yaml",
        "ToolsBucketPolicy",
        &[["", "Deny", "*", "s3:*", "ToolsBucket.Arn, ToolsBucket.Arn/*", INSECURE]],
    ),
    ("worker-event.yaml", "UndeliveredPolicy", &[RULES_MAY_SEND]),
    ("worker-runtask.yaml", "UndeliveredPolicy", &[RULES_MAY_SEND]),
];
/// EventBridge sends the rule as the source, and no account.
const RULES_MAY_SEND: Statement = [
    "",
    "Allow",
    "Service=events.amazonaws.com",
    "sqs:SendMessage",
    "Undelivered.Arn",
    "ArnEquals=aws:SourceArn=Started.Arn, EveryMinutes.Arn",
];

#[test]
fn buckets_keys_and_queues_let_in_whom_the_table_says() {
    let mut there = Vec::new();
    for template in Template::all() {
        let kinds = ["AWS::KMS::Key", "AWS::S3::BucketPolicy", "AWS::SQS::QueuePolicy"];
        for (name, properties) in kinds.iter().flat_map(|kind| template.of_type(kind)) {
            let document = properties.get("KeyPolicy").unwrap_or(&properties["PolicyDocument"]);
            let rows = statements(document).into_iter().map(|(when, statement)| {
                let column = |key: &str| statement.get(key).map(text).unwrap_or_default();
                let columns = ["Effect", "Principal", "Action", "Resource", "Condition"].map(column);
                [vec![when], columns.to_vec()].concat()
            });
            there.push((template.name.clone(), name, rows.collect::<Vec<_>>()));
        }
    }
    let owned = |row: &Statement| row.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
    let mut expected: Vec<_> = POLICIES
        .iter()
        .map(|(template, name, rows)| ((*template).to_owned(), (*name).to_owned(), rows.iter().map(owned).collect()))
        .collect();
    there.sort();
    expected.sort();
    assert_eq!(there, expected);
}
