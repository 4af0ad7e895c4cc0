//! Jobs that come to nothing: one failure is put, of the right type, and nothing is left behind or uploaded.

use crate::job::{ID, INPUT, OUTPUT, World, source, zip};
use crate::run::samstep;
use crate::s3_server::{Answer, Fault};
use insta::assert_snapshot;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::io::{Cursor, Write};
use zip::write::{SimpleFileOptions, ZipWriter};

pub struct Row {
    name: &'static str,
    world: World,
    /// The text of the job, where it is not the usual one.
    text: Option<String>,
    starter: Vec<&'static str>,
}

fn row(name: &'static str, world: World) -> Row {
    Row { name, world, text: None, starter: Vec::new() }
}

pub fn with_input(name: &'static str, input: &[u8]) -> Row {
    row(name, World::new(&[], input))
}

fn with_properties(name: &'static str, properties: &[(&str, &str)]) -> Row {
    row(name, World::new(properties, &source()))
}

fn answering(name: &'static str, method: &'static str, path: &str, answer: Answer) -> Row {
    let row = with_properties(name, &[]);
    row.world.s3.fault(Fault::new(method, path, answer));
    row
}

fn with_text(name: &'static str, text: impl Into<String>) -> Row {
    Row { text: Some(text.into()), ..with_properties(name, &[]) }
}

fn with_job(name: &'static str, change: impl FnOnce(&mut Value)) -> Row {
    let mut row = with_properties(name, &[]);
    change(&mut row.world.job);
    row
}

fn error(status: u16, code: &'static str) -> Answer {
    Answer::Error(status, code, Vec::new())
}

fn built(build: impl FnOnce(&mut ZipWriter<Cursor<Vec<u8>>>)) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    build(&mut writer);
    writer.finish().unwrap().into_inner()
}

impl Row {
    /// The run is started by these words.
    pub fn under(self, starter: &[&'static str]) -> Self {
        Self { starter: starter.to_vec(), ..self }
    }

    /// Exit code and standard error of the run, and the result that it put.
    #[track_caller]
    fn said(&self) -> String {
        let world = &self.world;
        let text = self.text.clone().unwrap_or_else(|| world.job.to_string());
        let (objects, temporary) = (world.s3.objects("artifacts"), tempfile::tempdir().unwrap());
        let run =
            samstep(["job", "--job-file", "-"]).under(&self.starter).against(&world.s3).env("AWS_MAX_ATTEMPTS", "1");
        let run = run.env("AWS_ENDPOINT_URL_CODEPIPELINE", world.jobs.url()).env("TMPDIR", temporary.path());
        let ended = run.input(text).end();
        let said = format!("== {}: {}\n{}{}", self.name, ended.code, ended.stderr, self.result());
        assert!(!matches!(ended.code, 0 | -1 | 70 | 101), "{said}");
        assert!(ended.cause().starts_with("error: "), "{said}");
        assert_eq!(ended.stdout, "", "{said}");
        assert_eq!(std::fs::read_dir(temporary.path()).unwrap().count(), 0, "nothing is left on the disk: {said}");
        assert_eq!(world.s3.objects("artifacts"), objects, "{said}");
        assert!(world.s3.objects("code").is_empty(), "{said}");
        let temporary = temporary.path().display().to_string();
        assert!(!said.contains(&temporary), "paths are those of the pipeline: {said}");
        said
    }

    #[track_caller]
    fn result(&self) -> String {
        let calls = self.world.jobs.calls();
        assert!(calls.len() < 2, "{}: {calls:?}", self.name);
        let Some(call) = calls.first() else { return "-- no result\n".to_owned() };
        assert_eq!(call.operation, "PutJobFailureResult", "{}", self.name);
        let result = self.world.jobs.result(ID).expect("the service took it");
        let details = &result["failureDetails"];
        format!("-- {}: {}\n", details["type"].as_str().unwrap(), details["message"].as_str().unwrap())
    }
}

#[track_caller]
pub fn said(rows: &[Row]) -> String {
    rows.iter().fold(String::new(), |mut all, row| {
        writeln!(all, "{}", row.said()).unwrap();
        all
    })
}

#[test]
fn an_input_artifact_that_is_no_good_is_a_revision_that_cannot_be_had() {
    let plain = SimpleFileOptions::default();
    let zeros = vec![0; 1 << 20];
    let bomb = built(|zip| {
        zip.start_file("zeros", plain).unwrap();
        (0..110).for_each(|_| zip.write_all(&zeros).unwrap());
    });
    let crowd = built(|zip| {
        let stored = plain.compression_method(zip::CompressionMethod::Stored);
        (0..100_001).for_each(|number| zip.start_file(format!("{number}"), stored).unwrap());
    });
    let link = |target: &str| built(|zip| zip.add_symlink("src", target, plain).unwrap());
    let mut absolute = zip(&[("xetc/passwd", b"x")]);
    let places: Vec<_> = (0..absolute.len()).filter(|at| absolute[*at..].starts_with(b"xetc/")).collect();
    places.into_iter().for_each(|at| absolute[at] = b'/');
    assert_snapshot!(said(&[
        answering("missing", "GET", INPUT, error(404, "NoSuchKey")),
        answering("its bucket is missing", "GET", INPUT, error(404, "NoSuchBucket")),
        with_input("empty", b""),
        with_input("not an archive", b"hello"),
        with_input("an archive of nothing", &zip(&[])),
        with_input("cut", &source()[..200]),
        with_input("zip-slip", &zip(&[("../../etc/passwd", b"x")])),
        with_input("an absolute name", &absolute),
        with_input("a link out of the root", &link("../../../etc")),
        with_input("an absolute link", &link("/etc")),
        with_input("a bomb", &bomb),
        with_input("100,001 entries", &crowd),
    ]), @r#"
== missing: 66
Job 0d4e7a52-6b0f-4a7c-9a56-2f6f0f2c9b11 of pipeline orders
Reported the failure of job 0d4e7a52-6b0f-4a7c-9a56-2f6f0f2c9b11
  help: run the pipeline again, so that the previous action creates the artifact again
error: cannot fetch the input artifact SourceArtifact: s3:GetObject s3://artifacts/orders/SourceArti/aB3dE9z: scripted (NoSuchKey) [request REQ1]
-- RevisionUnavailable: cannot fetch the input artifact SourceArtifact: s3:GetObject s3://artifacts/orders/SourceArti/aB3dE9z: scripted (NoSuchKey) [request REQ1]. Hint: run the pipeline again, so that the previous action creates the artifact again

== its bucket is missing: 66
Job 0d4e7a52-6b0f-4a7c-9a56-2f6f0f2c9b11 of pipeline orders
Reported the failure of job 0d4e7a52-6b0f-4a7c-9a56-2f6f0f2c9b11
  help: run the pipeline again, so that the previous action creates the artifact again
error: cannot fetch the input artifact SourceArtifact: s3:GetObject s3://artifacts/orders/SourceArti/aB3dE9z: scripted (NoSuchBucket) [request REQ1]
-- RevisionUnavailable: cannot fetch the input artifact SourceArtifact: s3:GetObject s3://artifacts/orders/SourceArti/aB3dE9z: scripted (NoSuchBucket) [request REQ1]. Hint: run the pipeline again, so that the previous action creates the artifact again

== empty: 66
Job 0d4e7a52-6b0f-4a7c-9a56-2f6f0f2c9b11 of pipeline orders
Reported the failure of job 0d4e7a52-6b0f-4a7c-9a56-2f6f0f2c9b11
  help: look at the action that makes this artifact
error: cannot unpack the input artifact SourceArtifact: the object is empty
-- RevisionUnavailable: cannot unpack the input artifact SourceArtifact: the object is empty. Hint: look at the action that makes this artifact

== not an archive: 66
Job 0d4e7a52-6b0f-4a7c-9a56-2f6f0f2c9b11 of pipeline orders
Fetched input artifact SourceArtifact from s3://artifacts/orders/SourceArti/aB3dE9z  (5 B)
Reported the failure of job 0d4e7a52-6b0f-4a7c-9a56-2f6f0f2c9b11
  help: look at the action that makes this artifact
error: the input artifact SourceArtifact is not an archive (zip, tar or gzipped tar)
-- RevisionUnavailable: the input artifact SourceArtifact is not an archive (zip, tar or gzipped tar). Hint: look at the action that makes this artifact

== an archive of nothing: 66
Job 0d4e7a52-6b0f-4a7c-9a56-2f6f0f2c9b11 of pipeline orders
Reported the failure of job 0d4e7a52-6b0f-4a7c-9a56-2f6f0f2c9b11
  help: look at the action that makes this artifact
error: cannot unpack the input artifact SourceArtifact: it holds no file
-- RevisionUnavailable: cannot unpack the input artifact SourceArtifact: it holds no file. Hint: look at the action that makes this artifact

== cut: 66
Job 0d4e7a52-6b0f-4a7c-9a56-2f6f0f2c9b11 of pipeline orders
Reported the failure of job 0d4e7a52-6b0f-4a7c-9a56-2f6f0f2c9b11
  help: look at the action that makes this artifact
error: cannot unpack the input artifact SourceArtifact: the archive is damaged: invalid Zip archive: Could not find EOCD
-- RevisionUnavailable: cannot unpack the input artifact SourceArtifact: the archive is damaged: invalid Zip archive: Could not find EOCD. Hint: look at the action that makes this artifact

== zip-slip: 66
Job 0d4e7a52-6b0f-4a7c-9a56-2f6f0f2c9b11 of pipeline orders
Reported the failure of job 0d4e7a52-6b0f-4a7c-9a56-2f6f0f2c9b11
  help: look at the action that makes this artifact
error: cannot unpack the input artifact SourceArtifact: entry `../../etc/passwd` leaves the archive with `..`
-- RevisionUnavailable: cannot unpack the input artifact SourceArtifact: entry `../../etc/passwd` leaves the archive with `..`. Hint: look at the action that makes this artifact

== an absolute name: 66
Job 0d4e7a52-6b0f-4a7c-9a56-2f6f0f2c9b11 of pipeline orders
Reported the failure of job 0d4e7a52-6b0f-4a7c-9a56-2f6f0f2c9b11
  help: look at the action that makes this artifact
error: cannot unpack the input artifact SourceArtifact: entry `/etc/passwd` has an absolute name
-- RevisionUnavailable: cannot unpack the input artifact SourceArtifact: entry `/etc/passwd` has an absolute name. Hint: look at the action that makes this artifact

== a link out of the root: 66
Job 0d4e7a52-6b0f-4a7c-9a56-2f6f0f2c9b11 of pipeline orders
Reported the failure of job 0d4e7a52-6b0f-4a7c-9a56-2f6f0f2c9b11
  help: look at the action that makes this artifact
error: cannot unpack the input artifact SourceArtifact: entry `src` is a link out of the archive, to ../../../etc
-- RevisionUnavailable: cannot unpack the input artifact SourceArtifact: entry `src` is a link out of the archive, to ../../../etc. Hint: look at the action that makes this artifact

== an absolute link: 66
Job 0d4e7a52-6b0f-4a7c-9a56-2f6f0f2c9b11 of pipeline orders
Reported the failure of job 0d4e7a52-6b0f-4a7c-9a56-2f6f0f2c9b11
  help: look at the action that makes this artifact
error: cannot unpack the input artifact SourceArtifact: entry `src` is a link out of the archive, to /etc
-- RevisionUnavailable: cannot unpack the input artifact SourceArtifact: entry `src` is a link out of the archive, to /etc. Hint: look at the action that makes this artifact

== a bomb: 66
Job 0d4e7a52-6b0f-4a7c-9a56-2f6f0f2c9b11 of pipeline orders
Reported the failure of job 0d4e7a52-6b0f-4a7c-9a56-2f6f0f2c9b11
  help: look at the action that makes this artifact
error: cannot unpack the input artifact SourceArtifact: unpacked, it is more than 200 times its size: refused as a decompression bomb
-- RevisionUnavailable: cannot unpack the input artifact SourceArtifact: unpacked, it is more than 200 times its size: refused as a decompression bomb. Hint: look at the action that makes this artifact

== 100,001 entries: 66
Job 0d4e7a52-6b0f-4a7c-9a56-2f6f0f2c9b11 of pipeline orders
Reported the failure of job 0d4e7a52-6b0f-4a7c-9a56-2f6f0f2c9b11
  help: look at the action that makes this artifact
error: cannot unpack the input artifact SourceArtifact: it holds more than 100000 entries
-- RevisionUnavailable: cannot unpack the input artifact SourceArtifact: it holds more than 100000 entries. Hint: look at the action that makes this artifact
"#);
}

#[test]
fn an_input_artifact_that_cannot_be_fetched_now_may_be_later() {
    assert_snapshot!(said(&[
        answering("500", "GET", INPUT, error(500, "InternalError")),
        answering("503", "GET", INPUT, error(503, "SlowDown")),
        answering("reset", "GET", INPUT, Answer::Reset),
        answering("truncated", "GET", INPUT, Answer::Truncated),
        answering("forbidden", "GET", INPUT, error(403, "AccessDenied")),
        answering("expired", "GET", INPUT, error(400, "ExpiredToken")),
    ]), @r#"
== 500: 75
Job 0d4e7a52-6b0f-4a7c-9a56-2f6f0f2c9b11 of pipeline orders
Reported the failure of job 0d4e7a52-6b0f-4a7c-9a56-2f6f0f2c9b11
  help: the same run may succeed later
error: cannot fetch the input artifact SourceArtifact: s3:GetObject s3://artifacts/orders/SourceArti/aB3dE9z: scripted (InternalError) [request REQ1]
-- SystemUnavailable: cannot fetch the input artifact SourceArtifact: s3:GetObject s3://artifacts/orders/SourceArti/aB3dE9z: scripted (InternalError) [request REQ1]

== 503: 75
Job 0d4e7a52-6b0f-4a7c-9a56-2f6f0f2c9b11 of pipeline orders
Reported the failure of job 0d4e7a52-6b0f-4a7c-9a56-2f6f0f2c9b11
  help: the same run may succeed later
error: cannot fetch the input artifact SourceArtifact: s3:GetObject s3://artifacts/orders/SourceArti/aB3dE9z: scripted (SlowDown) [request REQ1]
-- SystemUnavailable: cannot fetch the input artifact SourceArtifact: s3:GetObject s3://artifacts/orders/SourceArti/aB3dE9z: scripted (SlowDown) [request REQ1]

== reset: 75
Job 0d4e7a52-6b0f-4a7c-9a56-2f6f0f2c9b11 of pipeline orders
Reported the failure of job 0d4e7a52-6b0f-4a7c-9a56-2f6f0f2c9b11
  help: check the network, the proxy, and any --endpoint-url or AWS_ENDPOINT_URL
  help: the same run may succeed later
error: cannot fetch the input artifact SourceArtifact: s3:GetObject s3://artifacts/orders/SourceArti/aB3dE9z: connection closed before message completed
-- SystemUnavailable: cannot fetch the input artifact SourceArtifact: s3:GetObject s3://artifacts/orders/SourceArti/aB3dE9z: connection closed before message completed. Hint: check the network, the proxy, and any --endpoint-url or AWS_ENDPOINT_URL

== truncated: 75
Job 0d4e7a52-6b0f-4a7c-9a56-2f6f0f2c9b11 of pipeline orders
Reported the failure of job 0d4e7a52-6b0f-4a7c-9a56-2f6f0f2c9b11
  help: check the network, the proxy, and any --endpoint-url or AWS_ENDPOINT_URL
  help: the same run may succeed later
error: cannot fetch the input artifact SourceArtifact: s3:GetObject s3://artifacts/orders/SourceArti/aB3dE9z: connection closed before message completed
-- SystemUnavailable: cannot fetch the input artifact SourceArtifact: s3:GetObject s3://artifacts/orders/SourceArti/aB3dE9z: connection closed before message completed. Hint: check the network, the proxy, and any --endpoint-url or AWS_ENDPOINT_URL

== forbidden: 77
Job 0d4e7a52-6b0f-4a7c-9a56-2f6f0f2c9b11 of pipeline orders
Reported the failure of job 0d4e7a52-6b0f-4a7c-9a56-2f6f0f2c9b11
  help: the job's credentials come from the pipeline's role: that role needs the artifact bucket and its key
error: cannot fetch the input artifact SourceArtifact: s3:GetObject s3://artifacts/orders/SourceArti/aB3dE9z: scripted (AccessDenied) [request REQ1]
-- PermissionError: cannot fetch the input artifact SourceArtifact: s3:GetObject s3://artifacts/orders/SourceArti/aB3dE9z: scripted (AccessDenied) [request REQ1]. Hint: the job's credentials come from the pipeline's role: that role needs the artifact bucket and its key

== expired: 77
Job 0d4e7a52-6b0f-4a7c-9a56-2f6f0f2c9b11 of pipeline orders
Reported the failure of job 0d4e7a52-6b0f-4a7c-9a56-2f6f0f2c9b11
  help: the credentials that come with a job last some 15 minutes: retry the action, and let the job be run at once
error: cannot fetch the input artifact SourceArtifact: s3:GetObject s3://artifacts/orders/SourceArti/aB3dE9z: scripted (ExpiredToken) [request REQ1]
-- PermissionError: cannot fetch the input artifact SourceArtifact: s3:GetObject s3://artifacts/orders/SourceArti/aB3dE9z: scripted (ExpiredToken) [request REQ1]. Hint: the credentials that come with a job last some 15 minutes: retry the action, and let the job be run at once
"#);
}

#[test]
fn an_output_artifact_that_cannot_be_stored_fails_the_job() {
    let row = |name, answer| {
        let row = answering(name, "PUT", OUTPUT, answer);
        // Uploading code comes before and is not what is looked at.
        row.world.s3.fault(Fault::new("HEAD", "/code/", Answer::Error(200, "", vec![("content-length", "115")])));
        row
    };
    assert_snapshot!(said(&[
        row("forbidden", error(403, "AccessDenied")),
        row("503", error(503, "SlowDown")),
        row("wrong checksum", error(400, "BadDigest")),
        row("a key that is disabled", error(400, "KMS.DisabledException")),
    ]), @"
    == forbidden: 77
    Job 0d4e7a52-6b0f-4a7c-9a56-2f6f0f2c9b11 of pipeline orders
    Fetched input artifact SourceArtifact from s3://artifacts/orders/SourceArti/aB3dE9z  (611 B)
    Found 1 artifact in 1 template (1 object)
    Reported the failure of job 0d4e7a52-6b0f-4a7c-9a56-2f6f0f2c9b11
      help: the job's credentials come from the pipeline's role: that role needs the artifact bucket and its key
    error: cannot store the output artifact PackagedArtifact: s3:PutObject s3://artifacts/orders/PackagedAr/Qw7Rt2Y: scripted (AccessDenied) [request REQ1]
    -- PermissionError: cannot store the output artifact PackagedArtifact: s3:PutObject s3://artifacts/orders/PackagedAr/Qw7Rt2Y: scripted (AccessDenied) [request REQ1]. Hint: the job's credentials come from the pipeline's role: that role needs the artifact bucket and its key

    == 503: 75
    Job 0d4e7a52-6b0f-4a7c-9a56-2f6f0f2c9b11 of pipeline orders
    Fetched input artifact SourceArtifact from s3://artifacts/orders/SourceArti/aB3dE9z  (611 B)
    Found 1 artifact in 1 template (1 object)
    Reported the failure of job 0d4e7a52-6b0f-4a7c-9a56-2f6f0f2c9b11
      help: the same run may succeed later
    error: cannot store the output artifact PackagedArtifact: s3:PutObject s3://artifacts/orders/PackagedAr/Qw7Rt2Y: scripted (SlowDown) [request REQ1]
    -- SystemUnavailable: cannot store the output artifact PackagedArtifact: s3:PutObject s3://artifacts/orders/PackagedAr/Qw7Rt2Y: scripted (SlowDown) [request REQ1]

    == wrong checksum: 75
    Job 0d4e7a52-6b0f-4a7c-9a56-2f6f0f2c9b11 of pipeline orders
    Fetched input artifact SourceArtifact from s3://artifacts/orders/SourceArti/aB3dE9z  (611 B)
    Found 1 artifact in 1 template (1 object)
    Reported the failure of job 0d4e7a52-6b0f-4a7c-9a56-2f6f0f2c9b11
      help: the same run may succeed later
    error: cannot store the output artifact PackagedArtifact: s3:PutObject s3://artifacts/orders/PackagedAr/Qw7Rt2Y: scripted (BadDigest) [request REQ1]
    -- SystemUnavailable: cannot store the output artifact PackagedArtifact: s3:PutObject s3://artifacts/orders/PackagedAr/Qw7Rt2Y: scripted (BadDigest) [request REQ1]

    == a key that is disabled: 2
    Job 0d4e7a52-6b0f-4a7c-9a56-2f6f0f2c9b11 of pipeline orders
    Fetched input artifact SourceArtifact from s3://artifacts/orders/SourceArti/aB3dE9z  (611 B)
    Found 1 artifact in 1 template (1 object)
    Reported the failure of job 0d4e7a52-6b0f-4a7c-9a56-2f6f0f2c9b11
      help: the key is that of the pipeline's artifact store: enable it, or name another one in the pipeline (artifactStore)
    error: cannot store the output artifact PackagedArtifact: s3:PutObject s3://artifacts/orders/PackagedAr/Qw7Rt2Y: scripted (KMS.DisabledException) [request REQ1]
    -- ConfigurationError: cannot store the output artifact PackagedArtifact: s3:PutObject s3://artifacts/orders/PackagedAr/Qw7Rt2Y: scripted (KMS.DisabledException) [request REQ1]. Hint: the key is that of the pipeline's artifact store: enable it, or name another one in the pipeline (artifactStore)
    ");
}

#[test]
fn a_job_that_cannot_be_read_is_told_so_when_it_has_an_id() {
    let cut = |text: &str| text[..text.len() / 2].to_owned();
    assert_snapshot!(said(&[
        with_text("empty", ""),
        with_text("not JSON", "id: 1"),
        with_text("cut", cut(&json!({"id": ID, "data": {"inputArtifacts": []}}).to_string())),
        with_text("a list", "[]"),
        with_text("no id", "{}"),
        with_text("two jobs", json!({"jobs": [{"id": ID}, {"id": ID}]}).to_string()),
        with_text("no data", json!({"id": ID}).to_string()),
        with_job("a number for a name", |job| job["data"]["inputArtifacts"][0]["name"] = json!(7)),
        with_job("no output artifact", |job| job["data"]["outputArtifacts"] = json!([])),
        with_job("two output artifacts", |job| {
            let first = job["data"]["outputArtifacts"][0].clone();
            job["data"]["outputArtifacts"].as_array_mut().unwrap().push(first);
        }),
        with_job("no input artifact", |job| job["data"]["inputArtifacts"] = json!([])),
        with_job("no credentials", |job| job["data"]["artifactCredentials"] = Value::Null),
    ]), @r#"
== empty: 2
  help: give the JSON of a job from PollForJobs, the response of GetJobDetails, or a Lambda event with CodePipeline.job
error: the job in standard input is not valid JSON: EOF while parsing a value (line 1, column 1)
-- no result

== not JSON: 2
  help: give the JSON of a job from PollForJobs, the response of GetJobDetails, or a Lambda event with CodePipeline.job
error: the job in standard input is not valid JSON: expected value (line 1, column 1)
-- no result

== cut: 2
  help: give the JSON of a job from PollForJobs, the response of GetJobDetails, or a Lambda event with CodePipeline.job
error: the job in standard input is not valid JSON: EOF while parsing a string (line 1, column 37)
-- no result

== a list: 2
  help: give the JSON of a job from PollForJobs, the response of GetJobDetails, or a Lambda event with CodePipeline.job
error: the job in standard input must be an object, not a list (line 1, column 1)
-- no result

== no id: 2
  help: give the JSON of a job from PollForJobs, the response of GetJobDetails, or a Lambda event with CodePipeline.job
error: the job in standard input has no `id` (line 1, column 1)
-- no result

== two jobs: 2
  help: give the JSON of a job from PollForJobs, the response of GetJobDetails, or a Lambda event with CodePipeline.job
error: the job in standard input: jobs holds 2 jobs; there must be one (line 1, column 9)
-- no result

== no data: 2
Reported the failure of job 0d4e7a52-6b0f-4a7c-9a56-2f6f0f2c9b11
  help: give the JSON of a job from PollForJobs, the response of GetJobDetails, or a Lambda event with CodePipeline.job
error: the job in standard input has no `data` (line 1, column 1)
-- ConfigurationError: the job in standard input has no `data` (line 1, column 1). Hint: give the JSON of a job from PollForJobs, the response of GetJobDetails, or a Lambda event with CodePipeline.job

== a number for a name: 2
Reported the failure of job 0d4e7a52-6b0f-4a7c-9a56-2f6f0f2c9b11
  help: give the JSON of a job from PollForJobs, the response of GetJobDetails, or a Lambda event with CodePipeline.job
error: the job in standard input: data.inputArtifacts[0].name must be a string, not a number (line 1, column 464)
-- ConfigurationError: the job in standard input: data.inputArtifacts[0].name must be a string, not a number (line 1, column 464). Hint: give the JSON of a job from PollForJobs, the response of GetJobDetails, or a Lambda event with CodePipeline.job

== no output artifact: 2
Job 0d4e7a52-6b0f-4a7c-9a56-2f6f0f2c9b11 of pipeline orders
Reported the failure of job 0d4e7a52-6b0f-4a7c-9a56-2f6f0f2c9b11
  help: declare one artifact in the action's outputArtifacts
error: the job has 0 output artifacts; the step writes exactly one
-- ConfigurationError: the job has 0 output artifacts; the step writes exactly one. Hint: declare one artifact in the action's outputArtifacts

== two output artifacts: 2
Reported the failure of job 0d4e7a52-6b0f-4a7c-9a56-2f6f0f2c9b11
  help: give the JSON of a job from PollForJobs, the response of GetJobDetails, or a Lambda event with CodePipeline.job
error: the job in standard input: data.outputArtifacts[1] names the artifact PackagedArtifact a second time (line 1, column 792)
-- ConfigurationError: the job in standard input: data.outputArtifacts[1] names the artifact PackagedArtifact a second time (line 1, column 792). Hint: give the JSON of a job from PollForJobs, the response of GetJobDetails, or a Lambda event with CodePipeline.job

== no input artifact: 2
Job 0d4e7a52-6b0f-4a7c-9a56-2f6f0f2c9b11 of pipeline orders
Reported the failure of job 0d4e7a52-6b0f-4a7c-9a56-2f6f0f2c9b11
  help: declare the artifact with the template in the action's inputArtifacts
error: the job has no input artifact
-- ConfigurationError: the job has no input artifact. Hint: declare the artifact with the template in the action's inputArtifacts

== no credentials: 2
Job 0d4e7a52-6b0f-4a7c-9a56-2f6f0f2c9b11 of pipeline orders
Reported the failure of job 0d4e7a52-6b0f-4a7c-9a56-2f6f0f2c9b11
  help: take the job from PollForJobs or GetJobDetails, which give them
error: the job has artifacts and no credentials for them
-- ConfigurationError: the job has artifacts and no credentials for them. Hint: take the job from PollForJobs or GetJobDetails, which give them
"#);
}

#[test]
fn an_action_configuration_that_cannot_be_meant_is_refused() {
    let long = "x".repeat(1001);
    assert_snapshot!(said(&[
        with_properties("a value too long", &[("S3Prefix", &long)]),
        with_properties("an unknown operation", &[("Operation", "deploi")]),
        with_properties("an unknown property", &[("S3Bukket", "x")]),
        with_properties("options that are no JSON", &[("Options", "{")]),
        with_properties("an unknown option", &[("Options", "{\"Digset\": \"sha256\"}")]),
        with_properties("a template that is not there", &[("TemplatePath", "SourceArtifact::t.yaml")]),
        with_properties("an artifact that is not there", &[("TemplatePath", "Nobody::template.yaml")]),
        with_properties("a template outside", &[("TemplatePath", "../template.yaml")]),
    ]), @r#"
    == a value too long: 2
    Reported the failure of job 0d4e7a52-6b0f-4a7c-9a56-2f6f0f2c9b11
      help: give the JSON of a job from PollForJobs, the response of GetJobDetails, or a Lambda event with CodePipeline.job
    error: the job in standard input: data.actionConfiguration.configuration.S3Prefix is longer than 1000 characters (line 1, column 281)
    -- ConfigurationError: the job in standard input: data.actionConfiguration.configuration.S3Prefix is longer than 1000 characters (line 1, column 281). Hint: give the JSON of a job from PollForJobs, the response of GetJobDetails, or a Lambda event with CodePipeline.job

    == an unknown operation: 2
    Job 0d4e7a52-6b0f-4a7c-9a56-2f6f0f2c9b11 of pipeline orders
    Reported the failure of job 0d4e7a52-6b0f-4a7c-9a56-2f6f0f2c9b11
      help: the operations are: package, deploy, publish
    error: the action configuration asks for the unknown operation `deploi`
    -- ConfigurationError: the action configuration asks for the unknown operation `deploi`. Hint: the operations are: package, deploy, publish

    == an unknown property: 2
    Job 0d4e7a52-6b0f-4a7c-9a56-2f6f0f2c9b11 of pipeline orders
    Fetched input artifact SourceArtifact from s3://artifacts/orders/SourceArti/aB3dE9z  (611 B)
    Reported the failure of job 0d4e7a52-6b0f-4a7c-9a56-2f6f0f2c9b11
      help: the nearest property is S3Bucket
    error: there is no property `S3Bukket`
    -- ConfigurationError: there is no property `S3Bukket`. Hint: the nearest property is S3Bucket

    == options that are no JSON: 2
    Job 0d4e7a52-6b0f-4a7c-9a56-2f6f0f2c9b11 of pipeline orders
    Reported the failure of job 0d4e7a52-6b0f-4a7c-9a56-2f6f0f2c9b11
      help: write it as {"S3Prefix": "app", "ForceUpload": true}
    error: Options of the action configuration must be a JSON object: it is not valid JSON: EOF while parsing an object (line 1, column 1)
    -- ConfigurationError: Options of the action configuration must be a JSON object: it is not valid JSON: EOF while parsing an object (line 1, column 1). Hint: write it as {"S3Prefix": "app", "ForceUpload": true}

    == an unknown option: 2
    Job 0d4e7a52-6b0f-4a7c-9a56-2f6f0f2c9b11 of pipeline orders
    Fetched input artifact SourceArtifact from s3://artifacts/orders/SourceArti/aB3dE9z  (611 B)
    Reported the failure of job 0d4e7a52-6b0f-4a7c-9a56-2f6f0f2c9b11
      help: the nearest property is Digest
    error: there is no property `Digset`
    -- ConfigurationError: there is no property `Digset`. Hint: the nearest property is Digest

    == a template that is not there: 2
    Job 0d4e7a52-6b0f-4a7c-9a56-2f6f0f2c9b11 of pipeline orders
    Fetched input artifact SourceArtifact from s3://artifacts/orders/SourceArti/aB3dE9z  (611 B)
    Reported the failure of job 0d4e7a52-6b0f-4a7c-9a56-2f6f0f2c9b11
      help: names are case-sensitive and begin at the artifact's root, without ./
    error: t.yaml is not in the input artifact SourceArtifact
    -- ConfigurationError: t.yaml is not in the input artifact SourceArtifact. Hint: names are case-sensitive and begin at the artifact's root, without ./

    == an artifact that is not there: 2
    Job 0d4e7a52-6b0f-4a7c-9a56-2f6f0f2c9b11 of pipeline orders
    Fetched input artifact SourceArtifact from s3://artifacts/orders/SourceArti/aB3dE9z  (611 B)
    Reported the failure of job 0d4e7a52-6b0f-4a7c-9a56-2f6f0f2c9b11
      help: name it in the action's inputArtifacts, or correct the path
    error: the job has no input artifact Nobody: it has SourceArtifact
    -- ConfigurationError: the job has no input artifact Nobody: it has SourceArtifact. Hint: name it in the action's inputArtifacts, or correct the path

    == a template outside: 2
    Job 0d4e7a52-6b0f-4a7c-9a56-2f6f0f2c9b11 of pipeline orders
    Reported the failure of job 0d4e7a52-6b0f-4a7c-9a56-2f6f0f2c9b11
      help: write Artifact::path, with / between the steps and no step up
    error: TemplatePath of the action configuration is `../template.yaml`, which is not a path inside an artifact
    -- ConfigurationError: TemplatePath of the action configuration is `../template.yaml`, which is not a path inside an artifact. Hint: write Artifact::path, with / between the steps and no step up
    "#);
}
