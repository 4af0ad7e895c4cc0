//! The assumed role, and the session policy that limits its uploads to those of a run.

use crate::settings::{AwsSettings, UploadScope};
use aws_config::SdkConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_credential_types::provider::SharedCredentialsProvider;
use serde_json::{Value, json};

/// The default session name.
const SESSION_NAME: &str = "samstep";
/// Characters of a session policy (STS, AssumeRole).
const POLICY_LIMIT: usize = 2048;

/// The configuration with the credentials of a role, which its own credentials assume.
pub async fn assume(config: SdkConfig, role: &str, settings: &AwsSettings) -> SdkConfig {
    let session = settings.role_session.as_deref().unwrap_or(SESSION_NAME);
    let mut provider = AssumeRoleProvider::builder(role).session_name(session).configure(&config);
    if let Some(id) = &settings.external_id {
        provider = provider.external_id(id.expose());
    }
    if let Some(scope) = &settings.upload_scope {
        provider = provider.policy(session_policy(role, scope));
    }
    let provider = SharedCredentialsProvider::new(provider.build().await);
    config.into_builder().credentials_provider(provider).build()
}

/// Allows objects below the prefixes, and KMS keys through S3. The whole bucket if the prefixes are too long for a policy.
fn session_policy(role: &str, scope: &UploadScope) -> String {
    let narrow = policy(role, &scope.bucket, &scope.prefixes);
    match narrow.len() <= POLICY_LIMIT {
        true => narrow,
        false => policy(role, &scope.bucket, &[None]),
    }
}

fn policy(role: &str, bucket: &str, prefixes: &[Option<String>]) -> String {
    // `arn:aws-cn:iam::…`: a role and its buckets are in one partition.
    let partition = role.split(':').nth(1).unwrap_or("aws");
    let bucket = format!("arn:{partition}:s3:::{bucket}");
    let objects: Vec<String> = prefixes.iter().map(|prefix| objects(&bucket, prefix.as_deref())).collect();
    let statement =
        |actions: Value, resource: Value| json!({"Effect": "Allow", "Action": actions, "Resource": resource});
    let mut keys = statement(json!(["kms:GenerateDataKey", "kms:Decrypt"]), json!("*"));
    keys["Condition"] = json!({"StringLike": {"kms:ViaService": "s3.*"}});
    let statements = [
        statement(json!(["s3:PutObject", "s3:GetObject", "s3:AbortMultipartUpload"]), json!(objects)),
        // Without it, S3 returns 403 instead of 404 for an object that does not exist.
        statement(json!("s3:ListBucket"), json!(bucket)),
        keys,
    ];
    json!({"Version": "2012-10-17", "Statement": statements}).to_string()
}

/// The ARN pattern of the objects below a prefix. `*`, `?` and `$` have a meaning in policies.
fn objects(bucket: &str, prefix: Option<&str>) -> String {
    let literal = |letter: char| match letter {
        '*' | '?' | '$' => format!("${{{letter}}}"),
        letter => letter.to_string(),
    };
    let prefix: String = prefix.unwrap_or_default().chars().map(literal).collect();
    let slash = if prefix.is_empty() { "" } else { "/" };
    format!("{bucket}/{prefix}{slash}*")
}

#[cfg(test)]
mod tests {
    use super::{POLICY_LIMIT, session_policy};
    use crate::settings::UploadScope;
    use serde_json::{Value, json};

    fn resources(role: &str, prefixes: &[Option<&str>]) -> (Value, Value) {
        let prefixes = prefixes.iter().map(|prefix| prefix.map(str::to_owned)).collect();
        let text = session_policy(role, &UploadScope { bucket: "b".to_owned(), prefixes });
        assert!(text.len() <= POLICY_LIMIT, "{text}");
        let policy: Value = serde_json::from_str(&text).unwrap();
        let statements = policy["Statement"].as_array().unwrap();
        assert_eq!(statements.len(), 3);
        assert_eq!(statements[0]["Action"], json!(["s3:PutObject", "s3:GetObject", "s3:AbortMultipartUpload"]));
        assert_eq!(statements[2]["Condition"], json!({"StringLike": {"kms:ViaService": "s3.*"}}));
        (statements[0]["Resource"].clone(), statements[1]["Resource"].clone())
    }

    #[test]
    fn a_session_is_limited_to_the_prefixes_of_its_bucket() {
        let role = "arn:aws:iam::111122223333:role/r";
        let long = "p".repeat(1100);
        let rows = [
            ("a prefix", role, vec![Some("app")], json!(["arn:aws:s3:::b/app/*"]), "arn:aws:s3:::b"),
            ("no prefix", role, vec![None], json!(["arn:aws:s3:::b/*"]), "arn:aws:s3:::b"),
            (
                "targets that share a bucket",
                role,
                vec![Some("a/1"), Some("b")],
                json!(["arn:aws:s3:::b/a/1/*", "arn:aws:s3:::b/b/*"]),
                "arn:aws:s3:::b",
            ),
            (
                "letters with a meaning",
                role,
                vec![Some("a*?$x")],
                json!(["arn:aws:s3:::b/a${*}${?}${$}x/*"]),
                "arn:aws:s3:::b",
            ),
            (
                "another partition",
                "arn:aws-cn:iam::1:role/r",
                vec![Some("a")],
                json!(["arn:aws-cn:s3:::b/a/*"]),
                "arn:aws-cn:s3:::b",
            ),
            (
                "too long for a policy",
                role,
                vec![Some(&long), Some(&long)],
                json!(["arn:aws:s3:::b/*"]),
                "arn:aws:s3:::b",
            ),
        ];
        for (name, role, prefixes, objects, bucket) in rows {
            assert_eq!(resources(role, &prefixes), (objects, json!(bucket)), "{name}");
        }
    }
}
