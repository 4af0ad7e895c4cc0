//! What must hold on every host, whatever names, values and secrets there are.

use crate::host_environments::{CODEBUILD, GITHUB, LOCAL};
use crate::hosts::{BAD, Build, GOOD};
use crate::run::samstep;
use std::fs;
use std::net::TcpListener;
use std::process::{Command, Stdio};

/// Runs a script of a shell in the folder of a build, with the executable as `$STEP`.
fn script(shell: &str, build: &Build, flags: &[&str], script: &str) -> (i32, String) {
    let run = build.run(CODEBUILD, flags).command();
    let mut command = Command::new(shell);
    command.arg("-c").arg(script).current_dir(build.path()).env_clear();
    let variables = run.get_envs().filter_map(|(name, value)| Some((name, value?)));
    let words = run.get_args().map(|word| format!("'{}'", word.to_str().unwrap())).collect::<Vec<_>>().join(" ");
    command.envs(variables).env("STEP", format!("'{}' {words}", run.get_program().to_str().unwrap()));
    let output = command.output().unwrap();
    (output.status.code().unwrap_or(-1), String::from_utf8(output.stdout).unwrap())
}

#[test]
fn a_shell_gets_the_values_and_keeps_the_status() {
    // `$STEP` is evaluated, so that its words stay whole.
    let evaluated = r#"eval "$(eval "$STEP" 2>err)"; s=$?; echo "$STEP_UPLOADED,$STEP_TEMPLATE_FILE"; exit $s"#;
    let strict = r#"set -e; eval "$(eval "$STEP" 2>err)"; echo "$STEP_UPLOADED,$STEP_TEMPLATE_FILE""#;
    let exported = r#"eval "$(eval "$STEP" 2>err)" && env | grep '^STEP_UPLOADED='"#;
    let two_commands = r#"set -e; eval "$STEP" >out 2>err; . ./step.env; echo "$STEP_UPLOADED,$STEP_TEMPLATE_FILE""#;
    let (sh, file) = (["--emit", "sh"], ["--output-env", "step.env"]);
    let bogus = ["--emit", "sh", "--bogus"];
    let hostile = "it's $(touch evil)\n\"};x.yaml";
    let template = ["--emit", "sh", "--output-template-file", "with space.yaml"];
    for shell in ["sh", "bash", "dash"] {
        let rows = [
            ("evaluated", GOOD, &sh[..], evaluated, 0, "1,packaged.yaml\n"),
            ("a later --output-template-file", GOOD, &template, evaluated, 0, "1,with space.yaml\n"),
            ("evaluated under set -e", GOOD, &sh, strict, 0, "1,packaged.yaml\n"),
            ("exported", GOOD, &sh, exported, 0, "STEP_UPLOADED=1\n"),
            ("two commands", GOOD, &file, two_commands, 0, "1,packaged.yaml\n"),
            ("failed", BAD, &sh, evaluated, 2, ",\n"),
            ("failed under set -e", BAD, &sh, strict, 2, ""),
            ("failed in two commands", BAD, &file, two_commands, 2, ""),
            ("a line that cannot be read", GOOD, &bogus, evaluated, 2, ",\n"),
            ("a line that cannot be read, under set -e", GOOD, &bogus, strict, 2, ""),
        ];
        for (name, template, flags, text, code, printed) in rows {
            let build = Build::of(template);
            assert_eq!(script(shell, &build, flags, text), (code, printed.to_owned()), "{shell}: {name}");
        }
        let build = Build::of(GOOD);
        let ended = build.run(LOCAL, &["--output-template-file", hostile, "--emit", "sh"]).end().ok();
        let mut read = Command::new(shell);
        read.arg("-c").arg(r#"eval "$TEXT"; printf %s "$STEP_TEMPLATE_FILE""#).env("TEXT", &ended.stdout);
        let read = read.current_dir(build.path()).output().unwrap();
        assert_eq!(String::from_utf8(read.stdout).unwrap(), hostile, "{shell}");
        assert!(!build.path().join("evil").exists(), "{shell}");
    }
}

#[cfg(unix)]
#[test]
fn a_run_that_is_ended_from_outside_is_no_success_for_eval() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", silent.local_addr().unwrap());
    for (signal, said, code) in [("-KILL", "{ :;\n", None), ("-TERM", "{ :;\n(exit 143);\n}\n", Some(143))] {
        let build = Build::of(GOOD);
        let mut command = build.run(CODEBUILD, &["--emit", "sh", "--endpoint-url", &endpoint]).command();
        let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        // It asks for the bucket once all else is ready.
        let asked = silent.accept().unwrap();
        let kill = Command::new("sh").arg("-c").arg(format!("kill {signal} {}", child.id())).status();
        assert!(kill.unwrap().success());
        let stdout = String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap();
        drop(asked);
        assert_eq!(stdout, said, "{signal}");
        for shell in ["sh", "bash"] {
            let read = Command::new(shell).arg("-c").arg(r#"eval "$TEXT""#).env("TEXT", &stdout).output().unwrap();
            assert!(!read.status.success() && (code.is_none() || read.status.code() == code), "{shell}: {signal}");
        }
    }
}

#[test]
fn names_of_files_command_no_host() {
    let evil = "a\n::set-output name=x::%0A##[add-path]b";
    let build = Build::of(&GOOD.replace("./src", r#""./a\n::set-output name=x::%0A##[add-path]b""#));
    fs::create_dir_all(build.path().join(evil)).unwrap();
    let template = format!("{evil}/t,line=9::.yaml");
    fs::write(build.path().join(&template), GOOD.replace("./src", "gone\\n::error::no")).unwrap();
    let flags =
        ["--output-template-file", "out\n::add-mask::y.yaml", "--output-env", "step.env", "--output-dotenv", "d"];
    for flags in [&flags[..], &["--template-file", &template]] {
        for host in [GITHUB, LOCAL] {
            let ended = build.run(host, flags).end();
            let mut stopped: Option<String> = None;
            for line in ended.stderr.lines() {
                match (&stopped, line.strip_prefix("::stop-commands::")) {
                    (None, Some(token)) => stopped = Some(format!("::{token}::")),
                    (Some(token), _) if line == token => stopped = None,
                    (Some(_), _) => {}
                    (None, None) => assert!(is_harmless(line, host.0), "{}: {line}", host.0),
                }
            }
            assert_eq!(stopped, None);
        }
    }
    let output = fs::read_to_string(build.path().join("github.output")).unwrap();
    let lines: Vec<&str> = output.lines().collect();
    let at = lines.iter().position(|line| line.starts_with("template-file<<")).unwrap();
    assert_eq!(lines[at + 1..at + 3], ["out", "::add-mask::y.yaml"]);
    assert_eq!(Some(lines[at + 3]), lines[at].strip_prefix("template-file<<"));
    assert!(!fs::read_to_string(build.path().join("d")).unwrap().contains("TEMPLATE_FILE"));
}

/// Whether a line commands nothing but what we mean.
fn is_harmless(line: &str, host: &str) -> bool {
    let ours = ["::group::Uploads", "::endgroup::"].contains(&line)
        || ["::warning file=", "::error file=", "::error title="].iter().any(|start| line.starts_with(start));
    host == "local" || ours || !(line.trim_start().starts_with("::") || line.contains("##["))
}

#[test]
fn no_secret_reaches_a_file_or_a_stream() {
    let (id, token) = ("id-50%'\"<|:tail", "k7Qp2vTz9sLx4mWc8RbY1nHd");
    let build = Build::of(&GOOD.replace("./src", &format!("./src-{token}")));
    let role = ["--external-id", id, "--assume-role-arn", "arn:aws:iam::111122223333:role/ship"];
    let flags = [
        "--output-template-file",
        "none-k7Qp2vTz9sLx4mWc8RbY1nHd.yaml",
        "--output-env",
        "e",
        "--output-dotenv",
        "d",
        "--output-json",
        "j",
        "--junit",
        "x",
        "--output",
        "json",
    ];
    for (template, host) in [(true, CODEBUILD), (false, CODEBUILD), (true, GITHUB), (false, GITHUB)] {
        let source = build.path().join(format!("src-{token}"));
        let _ = if template {
            fs::create_dir(&source).and_then(|()| fs::write(source.join("app.py"), "pass"))
        } else {
            fs::remove_dir_all(&source)
        };
        // The run that fails does so before the role would be assumed.
        let more = if template { &[][..] } else { &role };
        let flags: Vec<&str> = flags.iter().chain(more).copied().collect();
        let ended = build.run(host, &flags).env("CODEBUILD_AUTH_TOKEN", token).end();
        assert_eq!(ended.code == 0, template, "{}", ended.stderr);
        let files = ["e", "d", "j", "x", "github.output", "github.summary"];
        let told =
            build.told(&ended, &files).lines().filter(|line| !line.starts_with("::add-mask::")).collect::<String>();
        assert!(!told.contains(token) && told.contains("****"), "{}: {told}", host.0);
        let masks: Vec<&str> = ended.stderr.lines().filter(|line| line.starts_with("::add-mask::")).collect();
        let expected = if host == GITHUB && !template { vec!["::add-mask::id-50%25'\"<|:tail"] } else { vec![] };
        assert_eq!(masks, expected, "{}", host.0);
    }
}

#[test]
fn values_of_an_earlier_run_do_not_outlive_a_failure() {
    let build = Build::of(BAD);
    let names = ["step.env", "step.dotenv", "step.json"];
    let flags = ["--output-env", "step.env", "--output-dotenv", "step.dotenv", "--output-json", "step.json"];
    let earlier = ["export STEP_UPLOADED='1';\n", "STEP_UPLOADED=1\n", "{\n  \"Uploaded\": \"1\"\n}\n"];
    for more in [&[][..], &["--use-json", "--s3-bucket", "A/B"], &["--config-file", "none.toml"]] {
        names.iter().zip(earlier).for_each(|(name, text)| fs::write(build.path().join(name), text).unwrap());
        let flags: Vec<&str> = flags.iter().chain(more).copied().collect();
        assert_ne!(build.run(LOCAL, &flags).end().code, 0);
        assert!(names.iter().all(|name| !build.path().join(name).exists()), "{more:?}");
    }
}

#[test]
fn files_of_results_are_looked_at_before_any_work_and_are_no_part_of_an_archive() {
    let build = Build::of(GOOD);
    let rows = [
        (&["--junit", "none/x.xml"][..], "error: none/x.xml cannot be written: its folder does not exist"),
        (&["--output-env", "src"], "error: src cannot be written: it is a folder"),
        (
            &["--emit", "sh", "--output-template-file", "-"],
            "error: standard output carries values, so the packaged template needs a file",
        ),
    ];
    for (flags, expected) in rows {
        let ended = build.run(LOCAL, flags).end();
        assert_eq!((ended.code, ended.cause()), (2, expected));
        assert_eq!(build.server.requests().len(), 0, "{flags:?}");
    }
    build.run(LOCAL, &["--output-env", "src/step.env", "--junit", "src/x.xml"]).end().ok();
    build.run(LOCAL, &["--output-env", "src/step.env", "--junit", "src/x.xml"]).end().ok();
    assert_eq!(build.server.objects("artifacts").len(), 1, "the second run finds the object of the first");
}

#[test]
fn no_file_of_results_takes_the_place_of_a_file_that_is_read() {
    let build = Build::of(GOOD);
    let files = [
        ("template.yaml", GOOD),
        ("src/app.py", "pass\n"),
        ("samconfig.toml", "version = 0.1\n[default.package.parameters]\ns3_prefix = \"app\"\n"),
        ("configuration.json", "{\"Parameters\": {}}"),
        ("roots.pem", "no certificate"),
        ("job.json", "{\"job\": {}}"),
    ];
    files.iter().for_each(|(name, text)| fs::write(build.path().join(name), text).unwrap());
    let packages: [(&[&str], &str); 6] = [
        (&["template.yaml"], "the template"),
        (&["samconfig.toml"], "the samconfig"),
        (&["./samconfig.toml"], "the samconfig"),
        (&["roots.pem", "--ca-bundle", "roots.pem"], "the certificates"),
        (
            &["configuration.json", "--template-configuration", "configuration.json", "--output-template-file", "o"],
            "a template configuration",
        ),
        (&["template.yaml", "--no-such-flag"], ""),
    ];
    for flag in ["--output-env", "--output-dotenv", "--output-json", "--junit", "--manifest"] {
        for (row, role) in packages {
            let ended = build.run(LOCAL, &[&[flag], row].concat()).end();
            let expected = format!("error: cannot write {}: this run reads it as {role}", row[0]);
            let is_expected = role.is_empty() || ended.cause() == expected;
            assert!(ended.code == 2 && is_expected, "{flag} {row:?}: {}", ended.stderr);
        }
        for (name, text) in files {
            assert_eq!(fs::read_to_string(build.path().join(name)).unwrap(), text, "{flag}");
        }
    }
    let job = samstep(["job", "--job-file", "job.json", "--output-json", "job.json"]).at(build.path()).end();
    assert_eq!((job.code, job.cause()), (2, "error: cannot write job.json: this run reads it as the job"));
    assert_eq!(fs::read_to_string(build.path().join("job.json")).unwrap(), files[5].1);
    assert_eq!(build.server.requests().len(), 0);
}

#[test]
fn outputs_of_a_step_that_cannot_be_written_are_found_before_the_work() {
    let build = Build::of(GOOD);
    let ended = build.run(GITHUB, &[]).env("GITHUB_OUTPUT", "/nonexistent/output").end();
    let cause = "error: GITHUB_OUTPUT=/nonexistent/output cannot be written: No such file or directory (os error 2)";
    assert_eq!((ended.code, ended.cause(), ended.stdout.as_str()), (2, cause, ""), "{}", ended.stderr);
    assert!(!build.path().join("packaged.yaml").exists() && !ended.stderr.contains("Uploading"), "{}", ended.stderr);
}

#[test]
fn findings_that_cannot_be_written_are_one_error() {
    let build = Build::of(GOOD);
    let ended = build.run(LOCAL, &["--junit", "/dev/full"]).end();
    let errors = ended.stderr.matches("/dev/full cannot be written").count();
    assert_eq!((ended.code, errors), (1, 1), "{}", ended.stderr);
}
