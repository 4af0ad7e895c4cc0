//! A bucket that does not take what it is given: each answer has its cause, its advice and its exit code.

use crate::bad_case::{Case, said};
use crate::s3_server::{Answer, Fault};
use insta::assert_snapshot;

fn error(status: u16, code: &'static str) -> Answer {
    Answer::Error(status, code, Vec::new())
}

fn elsewhere() -> Answer {
    Answer::Error(301, "PermanentRedirect", vec![("x-amz-bucket-region", "eu-west-3")])
}

/// Every request of a method is answered so.
fn answering(name: &'static str, method: &'static str, answer: Answer) -> Case {
    Case::new(name).fault(Fault::new(method, "/artifacts/", answer))
}

/// Every request is answered so; the answer to a `HEAD` has no body and so no code.
fn refusing(name: &'static str, status: u16, code: &'static str) -> Case {
    answering(name, "PUT", error(status, code)).fault(Fault::new("HEAD", "/artifacts/", error(status, "")))
}

#[test]
fn a_bucket_that_refuses_is_named_with_its_answer() {
    assert_snapshot!(said(vec![
        Case::new("no such bucket").flags(&["--s3-bucket", "nowhere"]),
        answering("in another region", "HEAD", elsewhere()),
        answering("in another region, told late", "PUT", elsewhere()),
        refusing("forbidden", 403, "AccessDenied"),
        answering("no right to write", "PUT", error(403, "AccessDenied")),
        refusing("expired credentials", 400, "ExpiredToken"),
        refusing("unknown credentials", 403, "InvalidAccessKeyId"),
        Case::new("no credentials").env("AWS_ACCESS_KEY_ID", "").env("AWS_SECRET_ACCESS_KEY", ""),
        Case::new("an access key with a line end").env("AWS_ACCESS_KEY_ID", "AKIA1\n"),
        answering("a key that is disabled", "PUT", error(400, "KMS.DisabledException")),
        answering("a key that does not exist", "PUT", error(400, "KMS.NotFoundException")),
    ]), @"
    == no such bucket: 2
    Found 1 artifact in template.yaml (1 object)
    Uploading to f99336afd7c927fbb351d56d67716df0  (5 B)  from src for Orders
      help: create the bucket, or correct its name
    error: cannot upload src: s3:PutObject s3://nowhere/f99336afd7c927fbb351d56d67716df0: scripted (NoSuchBucket) [request REQ1]

    == in another region: 2
    Found 1 artifact in template.yaml (1 object)
      help: the bucket is in eu-west-3: run with --region eu-west-3 or name a bucket of this region
    error: cannot tell whether src is in the bucket already: s3:GetObject s3://artifacts/f99336afd7c927fbb351d56d67716df0: the bucket is in another region [request REQ1]

    == in another region, told late: 2
    Found 1 artifact in template.yaml (1 object)
    Uploading to f99336afd7c927fbb351d56d67716df0  (5 B)  from src for Orders
      help: the bucket is in eu-west-3: run with --region eu-west-3 or name a bucket of this region
    error: cannot upload src: s3:PutObject s3://artifacts/f99336afd7c927fbb351d56d67716df0: scripted (PermanentRedirect) [request REQ1]

    == forbidden: 77
    Found 1 artifact in template.yaml (1 object)
    Uploading to f99336afd7c927fbb351d56d67716df0  (5 B)  from src for Orders
      help: allow s3:PutObject on s3://artifacts/f99336afd7c927fbb351d56d67716df0 to the role of this run
    error: cannot upload src: s3:PutObject s3://artifacts/f99336afd7c927fbb351d56d67716df0: scripted (AccessDenied) [request REQ1]

    == no right to write: 77
    Found 1 artifact in template.yaml (1 object)
    Uploading to f99336afd7c927fbb351d56d67716df0  (5 B)  from src for Orders
      help: allow s3:PutObject on s3://artifacts/f99336afd7c927fbb351d56d67716df0 to the role of this run
    error: cannot upload src: s3:PutObject s3://artifacts/f99336afd7c927fbb351d56d67716df0: scripted (AccessDenied) [request REQ1]

    == expired credentials: 77
    Found 1 artifact in template.yaml (1 object)
    Uploading to f99336afd7c927fbb351d56d67716df0  (5 B)  from src for Orders
      help: renew the credentials, or ask for a longer session
    error: cannot upload src: s3:PutObject s3://artifacts/f99336afd7c927fbb351d56d67716df0: scripted (ExpiredToken) [request REQ1]

    == unknown credentials: 77
    Found 1 artifact in template.yaml (1 object)
    Uploading to f99336afd7c927fbb351d56d67716df0  (5 B)  from src for Orders
      help: check the access key, the secret key and the session token: they must belong together and to this partition of AWS
    error: cannot upload src: s3:PutObject s3://artifacts/f99336afd7c927fbb351d56d67716df0: scripted (InvalidAccessKeyId) [request REQ1]

    == no credentials: 77
    Found 1 artifact in template.yaml (1 object)
      help: give the build a role, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY or --profile
    error: cannot tell whether src is in the bucket already: s3:GetObject s3://artifacts/f99336afd7c927fbb351d56d67716df0: no credentials were found

    == an access key with a line end: 77
    Found 1 artifact in template.yaml (1 object)
      help: check the access key, the secret key and the session token: they must belong together and to this partition of AWS
    error: cannot tell whether src is in the bucket already: s3:GetObject s3://artifacts/f99336afd7c927fbb351d56d67716df0: the access key id has a line end, a space or another character that no access key id has

    == a key that is disabled: 2
    Found 1 artifact in template.yaml (1 object)
    Uploading to f99336afd7c927fbb351d56d67716df0  (5 B)  from src for Orders
      help: enable the key of KMS, or name another one with --kms-key-id
    error: cannot upload src: s3:PutObject s3://artifacts/f99336afd7c927fbb351d56d67716df0: scripted (KMS.DisabledException) [request REQ1]

    == a key that does not exist: 2
    Found 1 artifact in template.yaml (1 object)
    Uploading to f99336afd7c927fbb351d56d67716df0  (5 B)  from src for Orders
      help: correct the key of KMS (--kms-key-id): it must exist in the region of the bucket
    error: cannot upload src: s3:PutObject s3://artifacts/f99336afd7c927fbb351d56d67716df0: scripted (KMS.NotFoundException) [request REQ1]
    ");
}

#[test]
fn a_bucket_that_fails_may_work_later() {
    assert_snapshot!(said(vec![
        answering("500 at the look-up", "HEAD", error(500, "InternalError")),
        answering("500", "PUT", error(500, "InternalError")),
        answering("503", "PUT", error(503, "SlowDown")),
        answering("reset at the look-up", "HEAD", Answer::Reset),
        answering("reset", "PUT", Answer::Reset),
        answering("wrong checksum", "PUT", error(400, "BadDigest")),
        Case::new("nobody listens").env("AWS_ENDPOINT_URL", "http://127.0.0.1:1"),
        Case::new("no such host").env("AWS_ENDPOINT_URL", "https://s3.invalid"),
    ]), @"
    == 500 at the look-up: 75
    Found 1 artifact in template.yaml (1 object)
      help: the same run may succeed later
    error: cannot tell whether src is in the bucket already: s3:GetObject s3://artifacts/f99336afd7c927fbb351d56d67716df0: the service is unavailable [request REQ1]

    == 500: 75
    Found 1 artifact in template.yaml (1 object)
    Uploading to f99336afd7c927fbb351d56d67716df0  (5 B)  from src for Orders
      help: the same run may succeed later
    error: cannot upload src: s3:PutObject s3://artifacts/f99336afd7c927fbb351d56d67716df0: scripted (InternalError) [request REQ1]

    == 503: 75
    Found 1 artifact in template.yaml (1 object)
    Uploading to f99336afd7c927fbb351d56d67716df0  (5 B)  from src for Orders
      help: the same run may succeed later
    error: cannot upload src: s3:PutObject s3://artifacts/f99336afd7c927fbb351d56d67716df0: scripted (SlowDown) [request REQ1]

    == reset at the look-up: 75
    Found 1 artifact in template.yaml (1 object)
      help: check the network, the proxy, and any --endpoint-url or AWS_ENDPOINT_URL
      help: the same run may succeed later
    error: cannot tell whether src is in the bucket already: s3:GetObject s3://artifacts/f99336afd7c927fbb351d56d67716df0: connection closed before message completed

    == reset: 75
    Found 1 artifact in template.yaml (1 object)
    Uploading to f99336afd7c927fbb351d56d67716df0  (5 B)  from src for Orders
      help: check the network, the proxy, and any --endpoint-url or AWS_ENDPOINT_URL
      help: the same run may succeed later
    error: cannot upload src: s3:PutObject s3://artifacts/f99336afd7c927fbb351d56d67716df0: connection closed before message completed

    == wrong checksum: 75
    Found 1 artifact in template.yaml (1 object)
    Uploading to f99336afd7c927fbb351d56d67716df0  (5 B)  from src for Orders
      help: the same run may succeed later
    error: cannot upload src: s3:PutObject s3://artifacts/f99336afd7c927fbb351d56d67716df0: scripted (BadDigest) [request REQ1]

    == nobody listens: 75
    Found 1 artifact in template.yaml (1 object)
      help: check the network, the proxy, and any --endpoint-url or AWS_ENDPOINT_URL
      help: the same run may succeed later
    error: cannot tell whether src is in the bucket already: s3:GetObject s3://artifacts/f99336afd7c927fbb351d56d67716df0: Connection refused (os error 111)

    == no such host: 75
    Found 1 artifact in template.yaml (1 object)
      help: check how the region and any --endpoint-url or AWS_ENDPOINT_URL are spelled, then the network and the proxy
      help: the same run may succeed later
    error: cannot tell whether src is in the bucket already: s3:GetObject s3://artifacts/f99336afd7c927fbb351d56d67716df0: cannot find the host s3.invalid: failed to lookup address information: Name or service not known
    ");
}
