//! What the operator of a worker fixes holds for every job, whatever its author writes.

use crate::job::{INPUT, zip};
use crate::run::samstep;
use crate::worker::{Services, TYPE};

const FIXED: [&str; 6] =
    ["--require-sse", "aes256", "--require-digest", "sha256", "--require-expected-bucket-owner", "111122223333"];

#[test]
fn a_property_that_the_operator_fixes_fails_the_job_before_any_upload() {
    for (property, value, option) in [
        ("Sse", "kms", "sse"),
        ("KmsKeyId", "alias/x", "sse"),
        ("Digest", "sam", "digest"),
        ("ExpectedBucketOwner", "999999999999", "expected-bucket-owner"),
    ] {
        let services = Services::new();
        let id = services.queue(1, &[(property, value)]);
        services.worker(&[&["--once"][..], &FIXED].concat()).end().ok();
        let details = &services.jobs.result(&id).unwrap()["failureDetails"];
        let message = format!(
            "the action configuration sets {property}, which the worker fixes for all jobs. Hint: leave it out; the \
             operator of the worker sets it with --require-{option}"
        );
        assert_eq!(
            (details["type"].as_str(), details["message"].as_str()),
            (Some("ConfigurationError"), Some(&*message))
        );
        assert!(services.s3.objects("code").is_empty(), "{property}");
    }
}

#[test]
fn a_samconfig_in_an_artifact_does_not_change_what_the_operator_fixes() {
    let services = Services::new();
    let samconfig = "[default.package.parameters]\nsse = 'kms'\nkms_key_id = 'alias/other'\ndigest = 'sam'\n\
                     expected_bucket_owner = '999999999999'\nendpoint_url = 'http://127.0.0.1:1'\n";
    let files: [(&str, &[u8]); 3] = [
        ("template.yaml", crate::job::TEMPLATE.as_bytes()),
        ("src/app.py", b"pass\n"),
        ("samconfig.toml", samconfig.as_bytes()),
    ];
    services.s3.put("artifacts", INPUT, &zip(&files));
    let id = services.queue(1, &[]);
    let variables = [("SAMSTEP_REQUIRE_SSE", "aes256"), ("SAMSTEP_REQUIRE_DIGEST", "sha256")];
    let run = services.worker(&["--once", "--require-expected-bucket-owner", "111122223333"]);
    variables.into_iter().fold(run, |run, (name, value)| run.env(name, value)).end().ok();
    assert_eq!(services.jobs.result(&id).unwrap()["executionDetails"]["percentComplete"], 100);
    let requests = services.s3.requests();
    let upload = requests.iter().find(|it| it.writes() && it.path.starts_with("/code/")).unwrap();
    assert_eq!(upload.header("x-amz-server-side-encryption"), "AES256");
    assert_eq!(upload.header("x-amz-expected-bucket-owner"), "111122223333");
    assert_eq!(upload.path.trim_start_matches("/code/").len(), 64, "a key of SHA-256: {}", upload.path);
}

#[test]
fn a_worker_takes_its_action_type_from_a_variable() {
    let services = Services::new();
    let id = services.queue(1, &[]);
    let run = samstep(["worker", "--once", "--linger", "0.5", "--poll-interval", "0.1"]).against(&services.s3);
    let run = run.env("AWS_ENDPOINT_URL_CODEPIPELINE", services.jobs.url()).env("SAMSTEP_ACTION_TYPE", TYPE);
    run.env("SAMSTEP_STATE_FILE", services.folder.path().join("alive"))
        .env("TMPDIR", services.folder.path())
        .end()
        .ok();
    assert_eq!(services.jobs.result(&id).unwrap()["executionDetails"]["percentComplete"], 100);
}
