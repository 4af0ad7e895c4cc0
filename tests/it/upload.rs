//! What `samstep package` asks of S3: in which order, with which headers, and what it does with each answer.

use crate::bad_case::{BUCKET, function};
use crate::run::{Ended, Run, samstep};
use crate::s3_server::{Answer, Fault, HOST, Recorded, S3Server};
use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

/// The digest that `sam` derives for a folder with `app.py`, which holds `pass` and a line end.
const KEY: &str = "f99336afd7c927fbb351d56d67716df0";

/// A template with code, and the bucket that it goes to.
pub struct Desk {
    pub folder: tempfile::TempDir,
    pub server: S3Server,
}

impl Desk {
    /// With a function whose code is in `src`.
    pub fn new() -> Self {
        let desk = Self { folder: tempfile::tempdir().unwrap(), server: S3Server::with_bucket(BUCKET) };
        desk.file("template.yaml", function("src")).file("src/app.py", "pass\n")
    }

    /// With this file.
    pub fn file(self, path: &str, content: impl AsRef<[u8]>) -> Self {
        let path = self.folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
        self
    }

    /// With code that takes several parts to upload.
    fn with_large_code(self) -> Self {
        let mut state = 1_u64;
        let bytes = std::iter::repeat_with(|| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 56) as u8
        });
        let content: Vec<u8> = bytes.take(20 << 20).collect();
        self.file("src/noise", content)
    }

    /// A run in the folder, not started yet.
    pub fn run(&self, flags: &[&str]) -> Run {
        let run = samstep(["package", "--s3-bucket", BUCKET].iter().chain(flags)).at(self.folder.path());
        run.against(&self.server).env("AWS_MAX_ATTEMPTS", "1")
    }

    /// A run that ends well.
    #[track_caller]
    pub fn package(&self, flags: &[&str]) -> Ended {
        self.run(flags).end().ok()
    }

    /// `METHOD /path`, with the name of the first query parameter where there is one that matters.
    fn asked(&self) -> Vec<String> {
        let told = |it: Recorded| match it.query.split(['=', '&']).next() {
            Some("" | "x-id") | None => format!("{} {}", it.method, it.path),
            Some(first) => format!("{} {}?{first}", it.method, it.path),
        };
        self.server.requests().into_iter().map(told).collect()
    }

    /// The keys in the bucket.
    pub fn keys(&self) -> Vec<String> {
        self.server.objects(BUCKET).into_keys().collect()
    }

    fn write(&self) -> Recorded {
        self.server.requests().into_iter().find(Recorded::writes).expect("something was written")
    }
}

#[test]
fn an_object_is_looked_up_and_then_written_if_absent() {
    let desk = Desk::new();
    desk.package(&[]);
    assert_eq!(desk.asked(), [format!("HEAD /{BUCKET}/{KEY}"), format!("PUT /{BUCKET}/{KEY}")]);
    let put = desk.write();
    assert_eq!((put.header("if-none-match"), put.header("x-amz-server-side-encryption")), ("*", "AES256"));
    assert_eq!(put.header("x-amz-checksum-sha256").len(), 44, "{put:?}");
    desk.server.forget_requests();
    let again = desk.package(&[]);
    assert_eq!(desk.asked(), [format!("HEAD /{BUCKET}/{KEY}")]);
    assert!(again.stderr.contains("0 uploaded (0 B), 1 unchanged"), "{}", again.stderr);
}

#[test]
fn a_large_object_goes_up_in_parts_with_one_checksum_of_the_whole() {
    let desk = Desk::new().with_large_code();
    desk.package(&["--kms-key-id", "alias/code", "--metadata", "git-sha=abc"]);
    let requests = desk.server.requests();
    let begun = requests.iter().find(|it| it.method == "POST" && it.query.starts_with("uploads")).unwrap();
    assert_eq!(begun.header("x-amz-checksum-algorithm"), "CRC64NVME");
    assert_eq!(begun.header("x-amz-checksum-type"), "FULL_OBJECT");
    assert_eq!(begun.header("x-amz-server-side-encryption"), "aws:kms");
    assert_eq!(begun.header("x-amz-server-side-encryption-aws-kms-key-id"), "alias/code");
    assert_eq!(begun.header("x-amz-meta-git-sha"), "abc");
    let parts: Vec<_> = requests.iter().filter(|it| it.method == "PUT").collect();
    assert_eq!(parts.len(), 3);
    assert!(parts.iter().all(|it| !it.header("x-amz-checksum-crc64nvme").is_empty()), "{parts:?}");
    let completed = requests.iter().find(|it| it.method == "POST" && it.query.contains("uploadId")).unwrap();
    assert_eq!(completed.header("if-none-match"), "*");
    assert_eq!(desk.keys().len(), 1);
}

#[test]
fn each_flag_becomes_its_header() {
    let (sse, key) = ("x-amz-server-side-encryption", "x-amz-server-side-encryption-aws-kms-key-id");
    let owner = "x-amz-expected-bucket-owner";
    let rows: [(&[&str], &[(&str, &str)]); 8] = [
        (&["--kms-key-id", "k1"], &[(sse, "aws:kms"), (key, "k1")]),
        (&["--sse", "kms"], &[(sse, "aws:kms"), (key, "")]),
        (&["--sse", "kms-dsse", "--kms-key-id", "k1"], &[(sse, "aws:kms:dsse"), (key, "k1")]),
        (&["--sse", "aes256"], &[(sse, "AES256"), (key, "")]),
        (&["--sse", "bucket-default"], &[(sse, ""), (key, "")]),
        (&["--metadata", "git-sha=abc,a.b=c=d"], &[("x-amz-meta-git-sha", "abc"), ("x-amz-meta-a.b", "c=d")]),
        (&["--metadata", "{\"team\": \"x,y\"}"], &[("x-amz-meta-team", "x,y")]),
        (&["--expected-bucket-owner", "111122223333"], &[(owner, "111122223333")]),
    ];
    for (flags, headers) in rows {
        let desk = Desk::new();
        desk.package(flags);
        let put = desk.write();
        headers.iter().for_each(|(name, value)| assert_eq!(put.header(name), *value, "{flags:?}: {name}"));
        let expected = put.header(owner).to_owned();
        assert!(desk.server.requests().iter().all(|it| it.header(owner) == expected), "{flags:?}");
    }
}

#[test]
fn the_bucket_of_the_pipeline_is_written_as_its_policy_demands() {
    let desk = Desk::new();
    desk.server.demand_kms(BUCKET);
    let auto = |flags: &[&str]| {
        let arn = format!("arn:aws:s3:::{BUCKET}/shop/Source/a.zip");
        let run = desk.run(&[&["--s3-bucket", "auto"], flags].concat());
        run.env("CODEBUILD_INITIATOR", "codepipeline/shop").env("CODEBUILD_SOURCE_VERSION", arn).end()
    };
    assert_eq!(auto(&["--sse", "aes256"]).code, 77);
    auto(&[]).ok();
}

#[test]
fn a_profile_that_is_named_beats_the_keys_in_the_environment() {
    let desk = Desk::new().file(
        "home/.aws/credentials",
        "[default]\naws_access_key_id = AKIADEFAULT\naws_secret_access_key = x\n[other]\naws_access_key_id = AKIAOTHER\naws_secret_access_key = x\n",
    );
    let home = desk.folder.path().join("home");
    let run = |flags: &[&str]| desk.run(flags).env("HOME", &home);
    let signers = |run: Run| {
        run.end();
        let requests = desk.server.requests();
        desk.server.forget_requests();
        requests.into_iter().map(|request| request.access_key).collect::<std::collections::BTreeSet<_>>()
    };
    assert_eq!(signers(run(&["--profile", "other"])), ["AKIAOTHER".to_owned()].into());
    assert_eq!(
        signers(run(&[]).env("AWS_PROFILE", "other")),
        [HOST.access_key.to_owned()].into(),
        "as for the AWS CLI"
    );
    let ended = run(&["--profile", "nope"]).end();
    assert_eq!(
        (ended.code, ended.cause()),
        (2, "error: there is no profile nope in ~/.aws/config or ~/.aws/credentials")
    );
    assert!(ended.stderr.contains("there are: default, other"), "{}", ended.stderr);
}

#[test]
fn the_role_of_a_profile_is_assumed_with_the_keys_of_its_source() {
    let desk = Desk::new()
        .file("home/.aws/credentials", "[source]\naws_access_key_id = AKIASOURCE\naws_secret_access_key = x\n")
        .file(
            "home/.aws/config",
            "[profile role]\nregion = eu-west-1\nrole_arn = arn:aws:iam::111122223333:role/x\nsource_profile = source\n",
        );
    let ended = desk.run(&["--profile", "role"]).env("HOME", desk.folder.path().join("home")).end();
    assert_ne!(ended.code, 0, "the server is no STS");
    let asked: Vec<_> = desk.server.requests().into_iter().map(|it| (it.method, it.path, it.access_key)).collect();
    assert!(
        asked.contains(&("POST".to_owned(), "/".to_owned(), "AKIASOURCE".to_owned())),
        "{asked:?}\n{}",
        ended.stderr
    );
}

#[test]
fn a_prefix_has_no_slash_too_many() {
    for (prefix, expected) in
        [("app", "app/"), ("app/", "app/"), ("/app", "app/"), ("//app//x//", "app/x/"), ("", ""), ("/", "")]
    {
        let desk = Desk::new();
        let packaged = desk.package(&["--s3-prefix", prefix]).stdout;
        assert_eq!(desk.keys(), [format!("{expected}{KEY}")], "{prefix}");
        assert!(packaged.contains(&format!("CodeUri: s3://{BUCKET}/{expected}{KEY} # the code")), "{packaged}");
    }
}

#[test]
fn what_is_there_is_replaced_by_force() {
    let desk = Desk::new();
    desk.server.put(BUCKET, KEY, &[0; 100]);
    desk.package(&["--force-upload"]);
    assert_eq!(desk.asked(), [format!("PUT /{BUCKET}/{KEY}")]);
    assert_eq!(desk.write().header("if-none-match"), "");
    assert_ne!(desk.server.objects(BUCKET)[KEY], [0; 100]);
}

#[test]
fn versions_go_where_the_property_has_a_place_for_them() {
    let template = "Resources:\n  F: {Type: AWS::Lambda::Function, Properties: {Code: src}}\n  \
                    S: {Type: AWS::Serverless::StateMachine, Properties: {DefinitionUri: states.json}}\n  \
                    G: {Type: AWS::Serverless::Function, Properties: {CodeUri: src}}\n";
    let desk = Desk::new().file("template.yaml", template).file("states.json", "{}");
    desk.server.keep_versions();
    for _ in 0..2 {
        let packaged = desk.package(&["--use-json"]).stdout;
        let packaged: serde_json::Value = serde_json::from_str(&packaged).unwrap();
        let property = |id: &str, name: &str| packaged["Resources"][id]["Properties"][name].clone();
        let code = serde_json::json!({"S3Bucket": BUCKET, "S3Key": KEY, "S3ObjectVersion": "v1"});
        assert_eq!(property("F", "Code"), code);
        assert_eq!(property("S", "DefinitionUri")["Version"], "v1");
        assert_eq!(property("G", "CodeUri"), format!("s3://{BUCKET}/{KEY}"));
    }
}

#[test]
fn answers_that_are_no_reason_to_stop() {
    let error = |status, code| Answer::Error(status, code, Vec::new());
    let rows: [(&str, &'static str, Answer, usize); 7] = [
        ("somebody else wrote it meanwhile", "PUT", error(412, "PreconditionFailed"), usize::MAX),
        ("two writes at the same time", "PUT", error(409, "ConditionalRequestConflict"), 1),
        ("no right to look", "HEAD", error(403, ""), usize::MAX),
        ("busy at the write", "PUT", error(503, "SlowDown"), 1),
        ("busy at the look", "HEAD", error(503, ""), 1),
        ("a failure of the service", "PUT", error(500, "InternalError"), 1),
        ("a connection that broke", "PUT", Answer::Reset, 1),
    ];
    for (name, method, answer, times) in rows {
        let desk = Desk::new();
        desk.server.fault(Fault::new(method, format!("/{BUCKET}/"), answer).times(times));
        let ended = desk.run(&[]).env("AWS_MAX_ATTEMPTS", "2").end();
        assert_eq!(ended.code, 0, "{name}: {}", ended.stderr);
        assert!(ended.stdout.contains(&format!("s3://{BUCKET}/{KEY}")), "{name}");
    }
}

#[test]
fn parts_are_removed_when_one_of_them_fails() {
    let desk = Desk::new().with_large_code();
    desk.server.fault(Fault::new("PUT", "partNumber=2", Answer::Error(403, "AccessDenied", Vec::new())));
    let ended = desk.run(&["--output-template-file", "packaged.yaml"]).end();
    assert_eq!(ended.code, 77, "{}", ended.stderr);
    let removed =
        desk.server.requests().into_iter().filter(|it| it.method == "DELETE" && it.query.contains("uploadId"));
    assert_eq!((removed.count(), desk.keys().len()), (1, 0));
    assert!(!desk.folder.path().join("packaged.yaml").exists());
}

#[test]
fn a_signal_removes_the_parts_and_writes_nothing() {
    for (signal, code) in [("-TERM", 143), ("-INT", 130)] {
        let desk = Desk::new().with_large_code();
        desk.server.fault(Fault::new("PUT", "partNumber=", Answer::Late(Duration::from_secs(60))));
        let mut command = desk.run(&["--output-template-file", "packaged.yaml"]).command();
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (begun, limit) = (Instant::now(), Duration::from_secs(20));
        while !desk.server.requests().iter().any(|it| it.query.contains("partNumber")) && begun.elapsed() < limit {
            std::thread::sleep(Duration::from_millis(10));
        }
        let pid = child.id().to_string();
        assert!(std::process::Command::new("kill").args([signal, &pid]).status().unwrap().success());
        let ended = child.wait_with_output().unwrap();
        let stderr = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(ended.status.code(), Some(code), "{stderr}");
        assert!(begun.elapsed() < limit, "{stderr}");
        let removed = desk.server.requests().into_iter().filter(|it| it.method == "DELETE").count();
        assert_eq!((removed, desk.keys().len()), (1, 0), "{stderr}");
        assert!(!desk.folder.path().join("packaged.yaml").exists());
    }
}

#[test]
fn one_path_is_uploaded_once() {
    let layer = "  Deps:\n    Type: AWS::Serverless::LayerVersion\n    Properties:\n      ContentUri: ./src/\n";
    let desk = Desk::new().file("template.yaml", function("src") + layer);
    let packaged = desk.package(&[]).stdout;
    assert_eq!(packaged.matches(KEY).count(), 2, "{packaged}");
    assert_eq!(desk.asked().len(), 2);
}

#[test]
fn nothing_is_uploaded_when_the_last_artifact_is_bad() {
    let layer = "  Deps:\n    Type: AWS::Serverless::LayerVersion\n    Properties:\n      ContentUri: layer\n";
    let desk = Desk::new().file("template.yaml", function("src") + layer).file("layer/x", "");
    std::os::unix::fs::symlink("gone", desk.folder.path().join("layer/link")).unwrap();
    assert_eq!(desk.run(&[]).end().code, 2);
    assert_eq!(desk.server.requests().len(), 0);
}

fn parent(child: &str) -> String {
    format!("Resources:\n  Child:\n    Type: AWS::CloudFormation::Stack\n    Properties:\n      TemplateURL: {child}\n")
}

#[test]
fn nested_templates_are_uploaded_children_first() {
    let desk =
        Desk::new().file("template.yaml", parent("a/child.yaml")).file("a/child.yaml", parent("../b/child.yaml"));
    let desk = desk.file("b/child.yaml", parent("leaf.yaml")).file("b/leaf.yaml", function("../src"));
    desk.package(&[]);
    let objects = desk.server.objects(BUCKET);
    let written = desk.server.writes();
    assert_eq!((written.len(), &written[0]), (4, &format!("PUT /{BUCKET}/{KEY}")));
    for pair in written.windows(2) {
        let [child, parent] = pair else { unreachable!("windows of two") };
        let name = |write: &str| write.rsplit('/').next().unwrap().to_owned();
        let parent = String::from_utf8_lossy(&objects[&name(parent)]).into_owned();
        assert!(parent.contains(&name(child)), "{parent} points at what was uploaded just before: {child}");
    }
}

#[test]
fn many_functions_go_up_side_by_side() {
    let functions: String = (0..60)
        .map(|it| format!("  F{it}: {{Type: AWS::Serverless::Function, Properties: {{CodeUri: f{it}}}}}\n"))
        .collect();
    let desk = Desk::new().file("template.yaml", format!("Resources:\n{functions}"));
    let desk = (0..60).fold(desk, |desk, it| desk.file(&format!("f{it}/app.py"), format!("x = {it}\n")));
    desk.server.fault(Fault::new("PUT", format!("/{BUCKET}/"), Answer::Late(Duration::from_millis(200))));
    let begun = Instant::now();
    desk.package(&[]);
    assert_eq!(desk.keys().len(), 60);
    assert!(begun.elapsed() < Duration::from_secs(6), "one after the other takes 12 seconds: {:?}", begun.elapsed());
}

/// Everything but the objects themselves.
#[track_caller]
pub fn assert_same_key(flags: &[&str], desk: &Desk, other: &Desk, same: bool, name: &str) {
    desk.package(flags);
    other.package(flags);
    assert_eq!(desk.keys() == other.keys(), same, "{name}: {:?} {:?}", desk.keys(), other.keys());
}

/// The path of a file of the folder.
pub fn path(desk: &Desk, name: &str) -> std::path::PathBuf {
    Path::new(desk.folder.path()).join(name)
}
