//! No `NoEcho` value reaches anything that is written, at the highest level of detail.

use super::{STACK, Site};
use crate::cloudformation::Script;
use std::path::Path;

const SECRET: &str = "hunter2-S3cr3t/+=&<>";
const TEMPLATE: &str = "Parameters:
  Password: {Type: String, NoEcho: true}
  Stage: {Type: String}
Resources:
  Database:
    Type: AWS::RDS::DBInstance
    Properties: {MasterUserPassword: !Ref Password}
Outputs:
  Echo: {Value: !Ref Password}
";

/// The forms in which a secret may be written.
fn forms() -> Vec<String> {
    let json = serde_json::to_string(SECRET).unwrap();
    let encoded: String = SECRET
        .bytes()
        .map(|byte| {
            if byte.is_ascii_alphanumeric() || byte == b'-' {
                (byte as char).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect();
    let xml = SECRET.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    vec![SECRET.to_owned(), json.trim_matches('"').to_owned(), encoded, xml]
}

#[track_caller]
fn check(what: &str, bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for form in forms() {
        let at = text.find(&form).map(|at| text[..at].lines().last().unwrap_or_default().to_owned());
        assert_eq!(at, None, "{what} holds the secret as {form}");
    }
}

fn files(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
    for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        match path.is_dir() {
            true => files(&path, found),
            false => found.push(path),
        }
    }
}

fn created() -> Script {
    let history = "
        0 / CREATE_IN_PROGRESS User Initiated
        1 Database AWS::RDS::DBInstance CREATE_IN_PROGRESS properties={\"MasterUserPassword\":\"hunter2-S3cr3t/+=&<>\"}
        2 Database AWS::RDS::DBInstance CREATE_COMPLETE
        3 / CREATE_COMPLETE
    ";
    let changes = serde_json::json!([{
        "Target": {"Attribute": "Properties", "Name": "MasterUserPassword", "BeforeValue": "old", "AfterValue": SECRET},
        "ChangeSource": "ParameterReference", "CausingEntity": "Password",
    }]);
    let script = Script::plays(history).changing("Add Database AWS::RDS::DBInstance").with("Details", changes);
    script.gives("Echo", SECRET)
}

fn failed() -> Script {
    Script::plays(&format!(
        "0 / CREATE_IN_PROGRESS User Initiated
         1 Database AWS::RDS::DBInstance CREATE_FAILED The password {SECRET} is too weak (Service: Rds, Status Code: 400)
         2 / ROLLBACK_IN_PROGRESS The following resource(s) failed to create: [Database]. {SECRET}
         3 / ROLLBACK_COMPLETE"
    ))
}

#[test]
fn a_secret_parameter_is_in_no_output_and_in_no_file() {
    let scripts = [created(), failed(), Script::fails(&format!("Property {SECRET} is not valid")), Script::empty()];
    let hosts = ["plain", "github", "codebuild", "gitlab"];
    let forms = [vec![], vec!["--output", "json"], vec!["--no-execute-changeset", "--changes-file", "changes.json"]];
    for (script, host) in scripts.iter().zip(hosts) {
        for words in &forms {
            let site = Site::of(TEMPLATE, script.clone());
            let override_ = format!("Password={SECRET}");
            let own = [
                "--debug",
                "--host",
                host,
                "--parameter-overrides",
                &override_,
                "Stage=s",
                "--outputs-file",
                "outputs.json",
                "--report",
                "report.html",
                "--output-json",
                "values.json",
                "--output-env",
                "values.env",
                "--output-dotenv",
                "values.dotenv",
                "--junit",
                "junit.xml",
            ];
            let run = site.run(&[own.as_slice(), words].concat());
            let run =
                run.env("GITHUB_ACTIONS", "true").env("GITHUB_OUTPUT", "output").env("GITHUB_STEP_SUMMARY", "summary");
            let ended = run.end();
            assert!([0, 1].contains(&ended.code), "{}", ended.stderr);
            check("standard output", ended.stdout.as_bytes());
            check("standard error", ended.stderr.as_bytes());
            let mut found = Vec::new();
            files(site.path(), &mut found);
            assert!(found.len() > 1, "{found:?}");
            found.iter().for_each(|path| check(&path.display().to_string(), &std::fs::read(path).unwrap()));
            let bearing = site
                .stacks
                .calls()
                .into_iter()
                .filter(|call| call.parameters.values().any(|value| value.contains(SECRET)));
            let bearing: Vec<_> = bearing.map(|call| call.action).collect();
            assert!(bearing.iter().all(|action| action == "CreateChangeSet"), "{bearing:?}");
        }
    }
}

#[test]
fn a_secret_in_a_file_of_parameters_is_hidden_too() {
    let site = Site::of(TEMPLATE, failed())
        .with("parameters.json", &serde_json::json!({"Password": SECRET, "Stage": "s"}).to_string());
    let ended = site.deploy(&["--debug", "--parameter-overrides", "file://parameters.json"]);
    check("standard error", ended.stderr.as_bytes());
    check("standard output", ended.stdout.as_bytes());
    assert_eq!(site.stacks.status(STACK).as_deref(), Some("ROLLBACK_COMPLETE"));
    assert!(ended.cause().contains("is too weak"), "{}", ended.stderr);
}
