//! No secret of a job or of its configuration is in anything that a run leaves: not plain, not in base64, not
//! percent-encoded, at the most verbose level, on every way out.

use crate::job::{INPUT, OUTPUT, TEMPLATE, World, output, source, zip};
use crate::run::{Ended, samstep};
use crate::s3_server::{Answer, Fault, HOST, JOB};
use serde_json::json;
use std::path::Path;

/// Secrets with letters that each encoding spells in its own way.
const TOKEN: &str = "job/session+token=5c7e9a1b~";
const EXTERNAL_ID: &str = "external/id+2f4a=6c8e";

/// Everything that a run left, by name.
struct Left(Vec<(String, Vec<u8>)>);

impl Left {
    fn of_job(world: &World, ended: &Ended) -> Self {
        let mut left = vec![
            ("stdout".to_owned(), ended.stdout.clone().into_bytes()),
            ("stderr".to_owned(), ended.stderr.clone().into_bytes()),
        ];
        left.extend(
            world.jobs.calls().iter().map(|call| (call.operation.clone(), call.input.to_string().into_bytes())),
        );
        if let Some(zip) = world.s3.objects("artifacts").remove(OUTPUT) {
            left.push(("the output artifact".to_owned(), zip));
            left.extend(output(world).into_iter().map(|(name, text)| (name, text.into_bytes())));
        }
        left.extend(world.s3.objects("code"));
        Self(left)
    }

    fn add_folder(&mut self, folder: &Path) {
        for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            match path.is_dir() {
                true => self.add_folder(&path),
                false => self.0.push((path.display().to_string(), std::fs::read(path).unwrap())),
            }
        }
    }

    #[track_caller]
    fn assert_holds_none_of(&self, secrets: &[&str], name: &str) {
        for (place, bytes) in &self.0 {
            let text = String::from_utf8_lossy(bytes);
            for secret in secrets {
                for form in forms(secret) {
                    assert!(!text.contains(&form), "{name}: {secret} is in {place} as {form}: {text}");
                }
            }
        }
    }
}

/// A secret as it is, in both alphabets of base64, and percent-encoded in both cases.
fn forms(secret: &str) -> Vec<String> {
    let bits: String = secret.bytes().map(|byte| format!("{byte:08b}")).collect();
    let alphabet: Vec<char> = ('A'..='Z').chain('a'..='z').chain('0'..='9').chain(['+', '/']).collect();
    // Whole groups alone: what comes after the secret changes the last digits.
    let digits = bits.as_bytes().chunks_exact(6).map(|six| std::str::from_utf8(six).unwrap());
    let base64: String = digits.map(|six| alphabet[usize::from_str_radix(six, 2).unwrap()]).collect();
    let is_plain = |letter: &char| letter.is_ascii_alphanumeric() || "-_.~".contains(*letter);
    let percent = |letter: char| if is_plain(&letter) { letter.to_string() } else { format!("%{:02X}", letter as u32) };
    let encoded: String = secret.chars().map(percent).collect();
    let lower = encoded.replace("%2F", "%2f").replace("%2B", "%2b").replace("%3D", "%3d");
    vec![secret.to_owned(), base64.replace('+', "-").replace('/', "_"), base64, encoded, lower]
}

fn secrets() -> [&'static str; 5] {
    [JOB.access_key, JOB.secret_key, TOKEN, EXTERNAL_ID, HOST.secret_key]
}

/// A job whose every secret is known to the test.
fn world(properties: &[(&str, &str)], input: &[u8]) -> World {
    let asked: Vec<_> = properties.iter().copied().chain([("ExternalId", EXTERNAL_ID)]).collect();
    let mut world = World::new(&asked, input);
    world.job["data"]["artifactCredentials"]["sessionToken"] = json!(TOKEN);
    world
}

/// A service that says everything that it was sent: the code of its error quotes the secrets.
fn quoting() -> Answer {
    let quoted: Vec<_> = [JOB.access_key, JOB.secret_key, TOKEN, EXTERNAL_ID].into_iter().flat_map(forms).collect();
    let escaped = quoted.join(" ").replace('&', "&amp;");
    Answer::Error(403, Box::leak(escaped.into_boxed_str()), Vec::new())
}

fn template_with(code: &str) -> Vec<u8> {
    zip(&[("template.yaml", TEMPLATE.replace("src/", code).as_bytes())])
}

#[test]
fn a_job_shows_no_secret_however_it_ends() {
    let failing = |method, path: &str| {
        let world = world(&[], &source());
        world.s3.fault(Fault::new(method, path, quoting()));
        world
    };
    let lines = TEMPLATE.replace("CodeUri: src/", &format!("CodeUri: [{EXTERNAL_ID}"));
    let role = ("AssumeRoleArn", "arn:aws:iam::111122223333:role/deploy");
    let rows: Vec<(&str, World, bool)> = vec![
        ("success", world(&[("S3Prefix", "app")], &source()), true),
        ("a path in the template quotes it", world(&[], &template_with(&format!("{EXTERNAL_ID}/"))), false),
        ("a line of the template quotes it", world(&[], &zip(&[("template.yaml", lines.as_bytes())])), false),
        ("a property quotes it", world(&[("Operation", TOKEN)], &source()), false),
        ("a path of the action quotes it", world(&[("TemplatePath", EXTERNAL_ID)], &source()), false),
        ("a value for a flag quotes it", world(&[("Sse", EXTERNAL_ID)], &source()), false),
        ("options quote it", world(&[("Options", &format!("{{\"{TOKEN}\": \"{EXTERNAL_ID}\""))], &source()), false),
        ("a role that cannot be assumed", world(&[role], &source()), false),
        ("the input is refused", failing("GET", INPUT), false),
        ("the code is refused", failing("PUT", "/code/"), false),
        ("the output is refused", failing("PUT", OUTPUT), false),
    ];
    for (name, world, succeeds) in rows {
        let ended = world.run().end();
        assert_eq!(ended.code == 0, succeeds, "{name}: {}", ended.stderr);
        world.result(if succeeds { "PutJobSuccessResult" } else { "PutJobFailureResult" });
        Left::of_job(&world, &ended).assert_holds_none_of(&secrets(), name);
    }
}

#[test]
fn a_job_that_cannot_be_read_shows_no_secret() {
    let spoilt: [(&str, &str, serde_json::Value); 3] = [
        ("a value of the wrong type", "/data/inputArtifacts/0/name", json!([TOKEN])),
        ("a name that is none", "/data/outputArtifacts/0/name", json!(TOKEN)),
        ("a credential that is none", "/data/artifactCredentials/secretAccessKey", json!([JOB.secret_key])),
    ];
    for (name, path, value) in spoilt {
        let mut world = world(&[], &source());
        *world.job.pointer_mut(path).unwrap() = value;
        let ended = world.run().end();
        assert_eq!(ended.code, 2, "{name}: {}", ended.stderr);
        Left::of_job(&world, &ended).assert_holds_none_of(&secrets(), name);
    }
}

#[test]
fn a_rehearsal_leaves_no_secret_in_its_folder() {
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/orders");
    let rows = [("success", "S3Prefix=app".to_owned(), 0), ("failure", format!("TemplatePath={EXTERNAL_ID}"), 2)];
    for (name, property, code) in rows {
        let folder = tempfile::tempdir().unwrap();
        let secret = format!("ExternalId={EXTERNAL_ID}");
        let arguments = ["rehearse", fixture.to_str().unwrap(), "--debug", "--configuration", &property];
        let run = samstep(arguments.into_iter().chain(["--configuration", &secret]));
        let ended = run.at(folder.path()).end();
        assert_eq!(ended.code, code, "{name}: {}", ended.stderr);
        let mut left = Left(vec![("stdout".into(), ended.stdout.into()), ("stderr".into(), ended.stderr.into())]);
        left.add_folder(folder.path());
        left.assert_holds_none_of(&[EXTERNAL_ID], name);
    }
}

#[test]
fn every_form_of_a_secret_is_looked_for() {
    let expected = ["a/b+c=", "YS9iK2M9", "YS9iK2M9", "a%2Fb%2Bc%3D", "a%2fb%2bc%3d"];
    assert_eq!(forms("a/b+c="), expected);
}
