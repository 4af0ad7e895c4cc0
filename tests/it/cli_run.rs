//! What a run of `package` does with its streams, whatever is packaged.

use crate::run::samstep;
use insta::assert_snapshot;
use serde_json::{Value, json};
use std::fs::{self, File};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

const TEMPLATE: &str = "Resources: {} # kept\n";
const FUNCTION: &str = "Resources:\n  F:\n    Type: AWS::Serverless::Function\n    Properties:\n      CodeUri: ./src\n";

#[test]
fn the_result_alone_is_on_stdout() {
    for arguments in [vec!["package", "-t", "-"], vec!["package", "--template", "/dev/stdin"]] {
        let ended = samstep(&arguments).input(TEMPLATE).end();
        assert_eq!((ended.code, ended.stdout.as_str()), (0, TEMPLATE), "{arguments:?}: {}", ended.stderr);
    }
}

#[test]
fn nothing_is_asked_of_anyone_when_nothing_is_uploaded() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let template = "Resources: {S: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: s3://b/k}}}\n";
    let ended = samstep(["package", "-t", "-", "--resolve-s3"]).env("AWS_ENDPOINT_URL", &url).input(template).end();
    let expected = template.replace("s3://b/k", &format!("{url}/b/k"));
    assert_eq!((ended.code, ended.stdout), (0, expected), "{}", ended.stderr);
}

#[test]
fn a_template_whose_comments_are_too_much_is_written_without_them() {
    let template = TEMPLATE.to_owned() + &"# a comment\n".repeat((1 << 20) / 12);
    let ended = samstep(["package", "-t", "-"]).input(&*template).end();
    assert_eq!((ended.code, ended.stdout.as_str()), (0, "{\"Resources\":{}}\n"), "{}", ended.stderr);
    assert!(ended.stderr.contains("it is written as JSON, without them"), "{}", ended.stderr);
}

#[test]
fn a_file_is_named_in_the_words_of_the_peers() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("template.yaml"), TEMPLATE).unwrap();
    let ended = samstep(["package", "--output-template-file", "out.yaml"]).at(folder.path()).end();
    assert_eq!(fs::read_to_string(folder.path().join("out.yaml")).unwrap(), TEMPLATE);
    assert!(ended.stdout.contains("Successfully packaged artifacts and wrote output template to file out.yaml"));
    assert_eq!(ended.stdout.lines().count(), 1, "{}", ended.stdout);
}

#[test]
fn a_dry_run_lists_what_would_be_uploaded_as_far_as_that_is_known() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("src")).unwrap();
    fs::write(folder.path().join("src/app.py"), "pass\n").unwrap();
    let stack = |name: &str| {
        format!("  {name}:\n    Type: AWS::CloudFormation::Stack\n    Properties: {{TemplateURL: {name}.yaml}}\n")
    };
    let template = FUNCTION.to_owned() + &stack("Code") + &stack("None");
    for (name, text) in [("template", template.as_str()), ("Code", FUNCTION), ("None", "Resources: {}\n")] {
        fs::write(folder.path().join(name).with_extension("yaml"), text).unwrap();
    }
    let said = |flags: &[&str]| {
        let run = samstep(["package", "--dry-run"].iter().chain(flags)).at(folder.path());
        run.env("AWS_REGION", "eu-west-1").end().ok().stdout
    };
    assert_snapshot!(said(&["--s3-bucket", "code", "--s3-prefix", "app/"]), @r"
Would upload  Size  To
src            5 B  s3://code/app/f99336afd7c927fbb351d56d67716df0
Code.yaml     89 B  s3://code/app/836501a3d8d44eca4ecb5da3d1955827.template
None.yaml     14 B  s3://code/app/340b908c5f5df1bf0ad01dabebcab210.template
");
    // The name of the managed bucket, and so what the digest of a text is in which it stands, is nobody's guess.
    assert_snapshot!(said(&["--resolve-s3"]), @r"
Would upload  Size  To
src            5 B  f99336afd7c927fbb351d56d67716df0 in the managed bucket
Code.yaml     89 B  the managed bucket
None.yaml     14 B  340b908c5f5df1bf0ad01dabebcab210.template in the managed bucket
");
    assert_snapshot!(said(&["--resolve-s3", "--output", "json", "--manifest", "m.json"]), @r#"
{"type":"discovered","templates":3,"artifacts":4,"archives":1,"template":"template.yaml"}
{"type":"read","status":"started","files":1,"bytes":5}
{"type":"read","status":"finished"}
{"type":"file","path":"m.json"}
{"type":"upload","status":"planned","bucket":null,"key":"f99336afd7c927fbb351d56d67716df0","path":"src","bytes":5}
{"type":"upload","status":"planned","bucket":null,"key":null,"path":"Code.yaml","bytes":89}
{"type":"upload","status":"planned","bucket":null,"key":"340b908c5f5df1bf0ad01dabebcab210.template","path":"None.yaml","bytes":14}
{"type":"result","status":"success","exit_code":0,"message":"nothing was uploaded: this was a dry run; 4 artifacts in 3 objects (108 B before compression) would be uploaded","outputs":{}}
"#);
    let manifest: Value = serde_json::from_slice(&fs::read(folder.path().join("m.json")).unwrap()).unwrap();
    let (location, digest) = (&manifest["artifacts"][2]["location"], &manifest["artifacts"][2]["digest"]);
    assert_eq!((location, digest), (&json!({"bucket": null, "key": null}), &Value::Null));
    let nothing = samstep(["package", "-t", "-", "--dry-run"]).input(TEMPLATE).end().ok();
    let expected =
        "Nothing was uploaded: this was a dry run; 0 artifacts in 0 objects (0 B before compression) would be uploaded";
    assert_eq!((nothing.stdout.as_str(), nothing.cause()), ("", expected));
}

#[test]
fn a_dry_run_needs_no_bucket() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("src")).unwrap();
    fs::write(folder.path().join("src/app.py"), "pass\n").unwrap();
    fs::write(folder.path().join("child.yaml"), FUNCTION).unwrap();
    let child = "  C:\n    Type: AWS::CloudFormation::Stack\n    Properties: {TemplateURL: child.yaml}\n";
    fs::write(folder.path().join("template.yaml"), FUNCTION.to_owned() + child).unwrap();
    fs::write(folder.path().join("samconfig.toml"), "[default.deploy.parameters]\ns3_bucket = \"code\"\n").unwrap();
    let run = |flags: &[&str]| {
        samstep(["package"].iter().chain(flags)).at(folder.path()).env("AWS_REGION", "eu-west-1").end()
    };
    assert_snapshot!(run(&["--dry-run", "--s3-prefix", "app"]).ok().stdout, @"
    Would upload  Size  To
    src            5 B  s3://<bucket>/app/f99336afd7c927fbb351d56d67716df0
    child.yaml    89 B  s3://<bucket>/<key>
    ");
    let ended = run(&[]);
    assert_snapshot!(format!("{}\n{}", ended.code, ended.stderr), @"
    2
    Found 3 artifacts in template.yaml and 1 nested template (2 objects)
      help: samconfig.toml:2 gives s3_bucket to sam deploy alone, below [default.deploy.parameters]: write it below [default.package.parameters] too, or give --s3-bucket NAME
    error: the template has local artifacts, and no bucket is named for them
    ");
}

#[cfg(unix)]
#[test]
fn a_template_that_nobody_could_read_is_an_error_before_any_upload() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    silent.set_nonblocking(true).unwrap();
    let endpoint = format!("http://{}", silent.local_addr().unwrap());
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("src")).unwrap();
    fs::write(folder.path().join("src/app.py"), "pass\n").unwrap();
    fs::write(folder.path().join("template.yaml"), FUNCTION).unwrap();
    let line = format!(
        "{} package --s3-bucket code --region eu-west-1 --endpoint-url {endpoint}",
        env!("CARGO_BIN_EXE_samstep")
    );
    let shell = |script: String| {
        let output =
            std::process::Command::new("sh").args(["-c", &script]).current_dir(folder.path()).output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let expected = "  help: name a file with --output-template-file\n\
                    error: standard output is closed, and the packaged template goes there\n";
    assert_eq!(shell(format!("{line} >&-")), (Some(2), expected.to_owned()));
    let without_reader = format!("({{ sleep 1; {line}; }} 2>err; echo $? >code) | true; cat err >&2; exit $(cat code)");
    assert_eq!(shell(without_reader), (Some(2), expected.to_owned()));
    assert!(silent.accept().is_err(), "nothing was asked of the service");
    let (code, stderr) = shell(format!("{line} --dry-run >&-"));
    assert_eq!(code, Some(0), "a dry run writes no template: {stderr}");
    fs::write(folder.path().join("template.yaml"), TEMPLATE).unwrap();
    assert_eq!(shell(format!("{line} >/dev/null")).0, Some(0), "what is dropped on purpose is dropped");
}

#[test]
fn paths_below_the_working_directory_are_told_as_they_would_be_typed_there() {
    let other = tempfile::tempdir().unwrap();
    let elsewhere = other.path().canonicalize().unwrap();
    fs::write(elsewhere.join("app.py"), "fail\n").unwrap();
    let stack =
        "Resources:\n  Api:\n    Type: AWS::CloudFormation::Stack\n    Properties: {TemplateURL: parts/api.yaml}\n";
    let child = FUNCTION.replace("./src", "../src")
        + &format!("  G:\n    Type: AWS::Serverless::Function\n    Properties: {{CodeUri: {}}}\n", elsewhere.display());
    let build = |absolute: bool| {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("app/parts")).unwrap();
        fs::create_dir(folder.path().join("app/src")).unwrap();
        fs::write(folder.path().join("app/src/app.py"), "pass\n").unwrap();
        fs::write(folder.path().join("app/parts/api.yaml"), &child).unwrap();
        fs::write(folder.path().join("app/template.yaml"), stack).unwrap();
        let typed = if absolute { folder.path().canonicalize().unwrap() } else { "".into() }.join("app/template.yaml");
        let arguments = ["package", "--dry-run", "--s3-bucket", "code", "--manifest", "manifest.json", "-t"];
        let run = samstep(arguments.map(PathBuf::from).iter().chain([&typed])).at(folder.path());
        let ended = run.env("AWS_REGION", "eu-west-1").end().ok();
        let manifest = fs::read_to_string(folder.path().join("manifest.json")).unwrap();
        assert!(!manifest.contains(folder.path().to_str().unwrap()), "{manifest}");
        (ended.stdout, manifest)
    };
    let first = build(false);
    assert_eq!(build(false), first, "whatever the folder of the build");
    assert_eq!(build(true), first, "whatever was typed");
    assert!(first.1.contains("\"template\": \"app/parts/api.yaml\""), "{}", first.1);
    let paths = first.0.lines().skip(1).filter_map(|line| Some(line.split_once("  ")?.0));
    assert_eq!(paths.collect::<Vec<_>>(), ["app/src", elsewhere.to_str().unwrap(), "app/parts/api.yaml"]);
}

#[test]
fn the_log_tells_whence_values_came_and_what_was_asked() {
    let desk = crate::upload::Desk::new()
        .file("samconfig.toml", "[default.package.parameters]\ns3_prefix = 'app'\n")
        .file("out/keep", "");
    let run = |flags: &[&str]| desk.run(flags).env("SAMSTEP_METADATA", "k=not-shown").end().ok().stderr;
    let told = run(&["--debug"]);
    for expected in [
        "read file=samconfig.toml",
        "given flag=\"s3-prefix\" by=s3_prefix of package in samconfig.toml",
        "given flag=\"metadata\" by=SAMSTEP_METADATA",
        "AWS region=\"us-east-1\"",
        "response method=\"PUT\"",
        "status=200",
    ] {
        assert!(told.contains(expected), "{expected} in {told}");
    }
    assert!(!["not-shown", "Signature", "Credential"].iter().any(|secret| told.contains(secret)), "{told}");
    assert!(!run(&["--force-upload"]).contains("response method="));
}

#[cfg(target_os = "linux")]
#[test]
fn a_stdout_that_is_full_is_a_failure_and_no_panic() {
    let mut command = samstep(["package", "-t", "-"]).command();
    let full = File::options().write(true).open("/dev/full").unwrap();
    let child = command.stdin(Stdio::piped()).stdout(full).stderr(Stdio::piped()).spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.as_ref().unwrap(), TEMPLATE.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr.starts_with("error: the result cannot be written to standard output: "), "{stderr}");
}

#[cfg(unix)]
#[test]
fn a_signal_ends_the_run_with_its_own_status() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", silent.local_addr().unwrap());
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("src")).unwrap();
    fs::write(folder.path().join("src/app.py"), "pass\n").unwrap();
    fs::write(folder.path().join("template.yaml"), FUNCTION).unwrap();
    for (signal, code, cause) in [("-INT", 130, "interrupted (SIGINT)"), ("-TERM", 143, "terminated (SIGTERM)")] {
        let run = samstep(["package", "--s3-bucket", "code", "--endpoint-url", &endpoint]).at(folder.path());
        let run = run.env("AWS_REGION", "eu-west-1").env("AWS_ACCESS_KEY_ID", "a").env("AWS_SECRET_ACCESS_KEY", "b");
        let mut command = run.command();
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        // It asks for the bucket once the signals are heard.
        drop(silent.accept().map(|(stream, _)| stream.set_read_timeout(Some(Duration::from_secs(1)))));
        let sent = std::process::Command::new("sh").arg("-c").arg(format!("kill {signal} {}", child.id())).status();
        assert!(sent.unwrap().success());
        let output = child.wait_with_output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(
            (output.status.code(), stderr.lines().last().unwrap()),
            (Some(code), format!("error: {cause}").as_str())
        );
    }
}
