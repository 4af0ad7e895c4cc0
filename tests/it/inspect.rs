//! `config show` and `doctor`: they look, and write nothing.

use crate::run::{Ended, samstep};
use crate::s3_server::{Answer, Fault, S3Server};
use serde_json::Value;
use std::io::{Read, Write};
use std::net::TcpListener;

const SAMCONFIG: &str = "[default.global.parameters]\nregion = 'eu-west-1'\n\n[default.package.parameters]\n\
                         s3_prefix = 'app'\nexternal_id = 'from-the-file'\n";

/// A service on loopback that tells every caller who it is, and its address.
fn token_service() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            let mut connection = connection.unwrap();
            let mut request = [0; 8192];
            let _ = connection.read(&mut request).unwrap();
            let identity = "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
                            <GetCallerIdentityResult><Arn>arn:aws:sts::111122223333:assumed-role/build/1</Arn>\
                            <UserId>AROA:1</UserId><Account>111122223333</Account></GetCallerIdentityResult>\
                            </GetCallerIdentityResponse>";
            let length = identity.len();
            write!(
                connection,
                "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{identity}"
            )
            .unwrap();
        }
    });
    url
}

fn doctor(server: &S3Server, more: &[&str]) -> Ended {
    let folder = tempfile::tempdir().unwrap();
    let run = samstep([&["doctor"][..], more].concat()).against(server).at(folder.path());
    run.env("AWS_ENDPOINT_URL_STS", token_service()).env("AWS_MAX_ATTEMPTS", "1").end()
}

/// Status by check.
fn statuses(ended: &Ended) -> Vec<String> {
    let rows = ended.stdout.lines().map(|line| serde_json::from_str::<Value>(line).expect(line));
    let checks = rows.filter(|row| row["type"] == "check");
    checks.map(|row| format!("{} {}", row["name"].as_str().unwrap(), row["status"].as_str().unwrap())).collect()
}

#[test]
fn a_healthy_bucket_passes_and_nothing_is_written() {
    let server = S3Server::with_bucket("code");
    let ended = doctor(&server, &["--s3-bucket", "code", "--output", "json"]);
    assert_eq!(ended.code, 0, "{ended:?}");
    let statuses = statuses(&ended);
    for expected in ["samconfig pass", "region pass", "endpoint pass", "credentials pass", "bucket pass", "prefix pass"]
    {
        assert!(statuses.iter().any(|status| status == expected), "{expected} in {statuses:?}");
    }
    assert!(ended.stdout.contains("arn:aws:sts::111122223333:assumed-role/build/1 in account 111122223333"));
    assert_eq!(server.writes(), Vec::<String>::new());
}

#[test]
fn the_exit_code_is_that_of_the_check_that_failed() {
    let server = S3Server::with_bucket("code");
    let absent = doctor(&server, &["--s3-bucket", "nowhere"]);
    assert_eq!(absent.code, 2, "{absent:?}");
    assert!(
        absent.stdout.contains("nowhere does not exist") && absent.stdout.contains("create the bucket"),
        "{absent:?}"
    );
    assert!(absent.stderr.contains("error: bucket: nowhere does not exist"), "{absent:?}");
    server.fault(Fault::new("HEAD", "/code/", Answer::Error(403, "AccessDenied", Vec::new())));
    let unreadable = doctor(&server, &["--s3-bucket", "code"]);
    assert_eq!(unreadable.code, 0, "a warning is no failure: {unreadable:?}");
    assert!(unreadable.stdout.contains("unchanged artifacts would be uploaded again"), "{unreadable:?}");
}

#[test]
fn without_credentials_the_checks_that_need_them_are_left_out() {
    let ended = samstep(["doctor", "--s3-bucket", "code"]).env("AWS_REGION", "us-east-1").end();
    assert_eq!(ended.code, 77, "{ended:?}");
    assert!(ended.stdout.contains("AWS_ACCESS_KEY_ID"), "{ended:?}");
    assert!(!ended.stdout.contains("\nbucket "), "{ended:?}");
}

#[test]
fn every_setting_has_its_source_and_secrets_are_masked() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("samconfig.toml"), SAMCONFIG).unwrap();
    let run = |more: &[&str]| {
        let arguments = [&["config", "show", "package", "--use-json"][..], more].concat();
        let run = samstep(arguments).at(folder.path()).env("SAMSTEP_S3_BUCKET", "code");
        run.env("SAMSTEP_EXTERNAL_ID", "of-the-variable").end()
    };
    let text = run(&[]);
    assert_eq!(text.code, 0, "{text:?}");
    let line = |name: &str| {
        let mut lines = text.stdout.lines();
        let line = lines.find(|line| line.split_whitespace().next() == Some(name)).unwrap_or_else(|| panic!("{name}"));
        line.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(line("use-json"), "use-json true command line");
    assert_eq!(line("s3-bucket"), "s3-bucket code variable SAMSTEP_S3_BUCKET");
    assert_eq!(line("s3-prefix"), "s3-prefix app samconfig.toml:5 (package)");
    assert_eq!(line("region"), "region eu-west-1 samconfig.toml:2 (global)");
    assert_eq!(line("digest"), "digest sam default");
    assert_eq!(line("external-id"), "external-id **** variable SAMSTEP_EXTERNAL_ID");
    let json = run(&["--output", "json"]);
    let rows: Vec<Value> = json.stdout.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    let prefix = rows.iter().find(|row| row["name"] == "s3-prefix").expect("a row");
    assert_eq!((&prefix["value"], &prefix["line"]), (&Value::from("app"), &Value::from(5)));
    for ended in [text, json] {
        let shown = ended.stdout + &ended.stderr;
        assert!(!shown.contains("of-the-variable") && !shown.contains("from-the-file"), "{shown}");
    }
}

#[test]
fn the_settings_of_a_deployment_are_listed_without_values_of_parameters() {
    let folder = tempfile::tempdir().unwrap();
    let samconfig = "[default.deploy.parameters]\nstack_name = 'shop'\nparameter_overrides = 'A=hunter22'\n\
                     tags = { team = 'shop' }\ncapabilities = ['CAPABILITY_IAM', 'CAPABILITY_AUTO_EXPAND']\n\
                     refuse_delete = true\n";
    std::fs::write(folder.path().join("samconfig.toml"), samconfig).unwrap();
    let run = samstep(["config", "show", "deploy", "--on-failure", "DELETE"]).at(folder.path());
    let ended = run.env("SAMSTEP_PARAMETER_OVERRIDES", "B=hunter23").end();
    assert_eq!(ended.code, 0, "{ended:?}");
    let line = |name: &str| {
        let mut lines = ended.stdout.lines();
        let line = lines.find(|line| line.split_whitespace().next() == Some(name)).unwrap_or_else(|| panic!("{name}"));
        line.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(line("stack-name"), "stack-name shop samconfig.toml:2 (deploy)");
    assert_eq!(line("parameter-overrides"), "parameter-overrides **** variable SAMSTEP_PARAMETER_OVERRIDES");
    assert_eq!(line("tags"), "tags team=shop samconfig.toml:4 (deploy)");
    assert_eq!(line("capabilities"), "capabilities CAPABILITY_IAM,CAPABILITY_AUTO_EXPAND samconfig.toml:5 (deploy)");
    assert_eq!(line("refuse-delete"), "refuse-delete true samconfig.toml:6 (deploy)");
    assert_eq!(line("on-failure"), "on-failure DELETE command line");
    assert_eq!(line("timeout"), "timeout - not set");
    assert!(!format!("{ended:?}").contains("hunter2"), "{ended:?}");
}
