//! The scripts of the GitHub action against a server of releases on loopback, and the download of the GitLab component.

use crate::s3_server::{HOST, S3Server};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// A folder of releases with one that holds this executable, served until it goes.
struct Releases {
    folder: tempfile::TempDir,
    server: Child,
    url: String,
}

impl Releases {
    fn serve() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let name = archive_name();
        let release = folder.path().join(format!("v{VERSION}"));
        let inner = folder.path().join(name.trim_end_matches(".tar.gz"));
        std::fs::create_dir_all(&release).unwrap();
        std::fs::create_dir_all(&inner).unwrap();
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_samstep"), inner.join("samstep")).unwrap();
        shell(
            folder.path(),
            &format!("tar -chf - '{}' | gzip -1 >'v{VERSION}/{name}'", inner.file_name().unwrap().display()),
        );
        shell(&release, "sha256sum samstep-* >SHA256SUMS");
        let mut server = Command::new("python3")
            .args(["-u", "-m", "http.server", "0", "--bind", "127.0.0.1"])
            .current_dir(folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let port = line.split_whitespace().skip_while(|word| *word != "port").nth(1).unwrap().to_owned();
        Self { folder, server, url: format!("http://127.0.0.1:{port}") }
    }

    fn release(&self) -> PathBuf {
        self.folder.path().join(format!("v{VERSION}"))
    }

    fn install(&self, arguments: &[&str]) -> Output {
        let mut command = script("install.sh");
        command.args(arguments).env("SAMSTEP_RELEASES", &self.url).env("RUNNER_TEMP", self.folder.path());
        command.env_remove("GITHUB_ACTIONS").output().unwrap()
    }
}

impl Drop for Releases {
    fn drop(&mut self) {
        // It may be gone already, and a test that fails says more than this would.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

fn archive_name() -> String {
    format!("samstep-{VERSION}-{}-linux.tar.gz", std::env::consts::ARCH)
}

fn script(name: &str) -> Command {
    let mut command = Command::new("bash");
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("pipeline/github").join(name));
    command
}

fn shell(folder: &Path, line: &str) -> String {
    let output = Command::new("bash").args(["-c", line]).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{line}");
    String::from_utf8(output.stdout).unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap().trim()
}

#[test]
fn a_release_is_installed_when_its_checksum_is_right() {
    let releases = Releases::serve();
    let sum = shell(&releases.release(), &format!("sha256sum {}", archive_name()));
    let sum = sum.split_whitespace().next().unwrap();
    for arguments in [vec![VERSION], vec![VERSION, sum], vec![concat!("v", env!("CARGO_PKG_VERSION")), sum]] {
        let output = releases.install(&arguments);
        assert!(output.status.success(), "{}", text(&output.stderr));
        let said = Command::new(text(&output.stdout)).arg("--version").output().unwrap().stdout;
        assert_eq!(text(&said), format!("samstep {VERSION}"));
    }
}

#[test]
fn anything_else_is_not_installed() {
    let releases = Releases::serve();
    let zeros = "0".repeat(64);
    let rows: [(&[&str], i32, &str); 6] = [
        (&[VERSION, &zeros], 1, "is not the file whose checksum is 000"),
        (&[VERSION, "abc"], 2, "the checksum is not 64 hexadecimal digits in lower case"),
        (&["9.9.9"], 1, "answers 404"),
        (&["../../etc"], 2, "`../../etc` is not a version such as 1.2.3"),
        (&["1.0.0; id"], 2, "`1.0.0; id` is not a version"),
        (&[], 2, "usage: install.sh VERSION [SHA256]"),
    ];
    for (arguments, code, expected) in rows {
        let output = releases.install(arguments);
        assert_eq!((output.status.code(), text(&output.stdout)), (Some(code), ""), "{arguments:?}");
        assert!(text(&output.stderr).contains(expected), "{arguments:?}: {}", text(&output.stderr));
    }
    std::fs::write(releases.release().join(archive_name()), "other bytes").unwrap();
    let output = releases.install(&[VERSION]);
    assert!(text(&output.stderr).contains("is not the file whose checksum is"), "{}", text(&output.stderr));
    std::fs::write(releases.release().join("SHA256SUMS"), format!("{zeros}  another.tar.gz\n")).unwrap();
    let output = releases.install(&[VERSION]);
    assert!(text(&output.stderr).contains("SHA256SUMS of version"), "{}", text(&output.stderr));
}

/// The URL of a server that answers one request with these lines and then says no more until the test ends.
fn answering(lines: &[&str]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let answer = lines.join("\r\n");
    std::thread::spawn(move || {
        let mut open = Vec::new();
        while let Ok((mut stream, _)) = listener.accept() {
            let request = BufReader::new(stream.try_clone().unwrap()).lines();
            request.map_while(Result::ok).take_while(|line| !line.is_empty()).for_each(drop);
            // Of a client that is gone already, nothing is expected.
            let _ = stream.write_all(answer.as_bytes());
            open.push(stream);
        }
    });
    url
}

#[test]
fn only_what_may_succeed_later_asks_for_another_run() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let status =
        |status: &str| answering(&[&format!("HTTP/1.1 {status} x"), "Content-Length: 0", "Connection: close", "", ""]);
    let elsewhere =
        ["HTTP/1.1 302 x", "Location: http://127.0.0.1:1/x", "Content-Length: 0", "Connection: close", "", ""];
    let rows = [
        ("no server", format!("http://{closed}"), 75, "at the moment"),
        ("broken server", status("520"), 75, "at the moment"),
        ("a server that never answers", answering(&[]), 75, "at the moment"),
        (
            "a server that stands still",
            answering(&["HTTP/1.1 200 x", "Content-Length: 9", "", "half"]),
            75,
            "at the moment",
        ),
        ("denied", status("403"), 1, "answers 403"),
        ("a redirect away from https", answering(&elsewhere), 1, "curl ended with 1"),
        ("another protocol", "nonsense://host".to_owned(), 2, "by https only, not from `nonsense://host`"),
        ("http", "http://releases.example".to_owned(), 2, "by https only"),
        ("http to a host that looks like this machine", "http://127.0.0.1.example/".to_owned(), 2, "by https only"),
    ];
    for (name, url, code, expected) in rows {
        let folder = tempfile::tempdir().unwrap();
        let mut command = script("install.sh");
        command.arg("9.9.9").env("SAMSTEP_RELEASES", &url).env("RUNNER_TEMP", folder.path());
        let output = command.env_remove("GITHUB_ACTIONS").env("INSTALL_TIMEOUT", "1").output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{name}: {}", text(&output.stderr));
        assert!(text(&output.stderr).contains(expected), "{name}: {}", text(&output.stderr));
        assert_eq!(folder.path().read_dir().unwrap().count(), 0, "{name}: nothing is left behind");
    }
}

#[test]
fn each_installation_has_a_fresh_folder() {
    let releases = Releases::serve();
    let paths = [(); 2].map(|()| PathBuf::from(text(&releases.install(&[VERSION]).stdout)));
    assert_ne!(paths[0], paths[1]);
    for path in paths {
        let folder = path.ancestors().nth(2).unwrap();
        assert_eq!(folder.parent(), Some(releases.folder.path()));
        let mode = std::os::unix::fs::PermissionsExt::mode(&folder.metadata().unwrap().permissions());
        assert_eq!(mode & 0o777, 0o700, "no other user can write there");
    }
}

#[test]
fn the_release_is_that_of_the_platform() {
    let rows = [
        ("Linux", "x86_64", "x86_64-linux.tar.gz"),
        ("Linux", "arm64", "aarch64-linux.tar.gz"),
        ("Darwin", "arm64", "aarch64-macos.tar.gz"),
        ("Darwin", "x86_64", "there is no release for Darwin on x86_64"),
        ("Linux", "riscv64", "there is no release for Linux on riscv64"),
    ];
    let not_found = answering(&["HTTP/1.1 404 x", "Content-Length: 0", "Connection: close", "", ""]);
    for (system, machine, expected) in rows {
        let folder = tempfile::tempdir().unwrap();
        program(folder.path(), "uname", &format!("#!/bin/sh\n[ $1 = -s ] && echo {system} || echo {machine}\n"));
        let mut command = script("install.sh");
        command.arg("9.9.9").env("SAMSTEP_RELEASES", &not_found).env("TMPDIR", folder.path()).env_remove("RUNNER_TEMP");
        let output = command.env("PATH", path_with(folder.path())).env_remove("GITHUB_ACTIONS").output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert!(text(&output.stderr).contains(expected), "{system} {machine}: {}", text(&output.stderr));
    }
}

/// Puts a program in the place of one of the machine.
fn program(folder: &Path, name: &str, text: &str) {
    std::fs::write(folder.join(name), text).unwrap();
    shell(folder, &format!("chmod +x {name}"));
}

fn path_with(folder: &Path) -> String {
    format!("{}:{}", folder.display(), std::env::var("PATH").unwrap())
}

#[test]
fn a_failure_of_the_action_is_an_annotation_and_no_other_command() {
    let rows = [
        (
            "http://127.0.0.1:1",
            "1.0%\n::stop-commands::x",
            "::error::`1.0%25%0A::stop-commands::x` is not a version such",
        ),
        ("", "1.0.0", "::error::no URL of releases: set the input `releases`"),
    ];
    for (releases, version, expected) in rows {
        let mut command = script("run.sh");
        command.env("GITHUB_ACTIONS", "true").env("GITHUB_ACTION_PATH", "/w/pipeline/github");
        let output = command.env("SAMSTEP_RELEASES", releases).env("INSTALL_VERSION", version).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
        let last = text(&output.stderr).lines().last().unwrap();
        assert!(last.starts_with(expected), "{last}");
    }
}

/// The variables that the step of the action gets for these inputs.
fn variables(inputs: &[(&str, &str)]) -> BTreeMap<String, String> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("pipeline/github/action.yml");
    let action: serde_yaml::Value = serde_yaml::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let declared = action["inputs"].as_mapping().unwrap();
    let given: BTreeMap<_, _> = inputs.iter().copied().collect();
    assert!(given.keys().all(|name| declared.contains_key(*name)), "{given:?}");
    let value = |name: &str| {
        let default = declared[name].get("default").and_then(serde_yaml::Value::as_str);
        given.get(name).copied().or(default).unwrap_or_default().to_owned()
    };
    let step = &action["runs"]["steps"][0];
    let pairs = step["env"].as_mapping().unwrap().iter().map(|(name, text)| {
        let input = text.as_str().unwrap().strip_prefix("${{ inputs.").unwrap().strip_suffix(" }}").unwrap();
        (name.as_str().unwrap().to_owned(), value(input))
    });
    let used = step["working-directory"].as_str().unwrap() == "${{ inputs.working-directory }}";
    let pairs: BTreeMap<_, _> = pairs.collect();
    assert_eq!(pairs.len() + usize::from(used), declared.len(), "each input is used");
    pairs
}

/// An application, and the action run in it.
struct Application {
    releases: Releases,
    s3: S3Server,
}

impl Application {
    fn new() -> Self {
        let application = Self { releases: Releases::serve(), s3: S3Server::with_bucket("code") };
        let folder = application.folder();
        std::fs::create_dir_all(folder.join("src")).unwrap();
        std::fs::write(folder.join("src/app.py"), "pass\n").unwrap();
        let template = "Resources: {F: {Type: AWS::Lambda::Function, Properties: {Code: src}}}\n";
        std::fs::write(folder.join("template.yaml"), template).unwrap();
        application
    }

    fn folder(&self) -> PathBuf {
        self.releases.folder.path().join("application")
    }

    fn run(&self, inputs: &[(&str, &str)]) -> Output {
        let mut command = script("run.sh");
        command.current_dir(self.folder()).env("GITHUB_ACTIONS", "true").env("GITHUB_OUTPUT", self.outputs());
        command.env("RUNNER_TEMP", self.releases.folder.path());
        let releases = [("releases", self.releases.url.as_str())];
        command.envs(variables(&[inputs, &releases].concat()));
        command.env("AWS_ENDPOINT_URL", self.s3.url()).env_remove("AWS_REGION").env_remove("AWS_DEFAULT_REGION");
        command.env("AWS_ACCESS_KEY_ID", HOST.access_key).env("AWS_SECRET_ACCESS_KEY", HOST.secret_key);
        command.output().unwrap()
    }

    fn outputs(&self) -> PathBuf {
        self.releases.folder.path().join("output")
    }

    fn packaged(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder().join(name)).unwrap()
    }
}

#[test]
fn the_action_packages_and_names_the_packaged_template() {
    let application = Application::new();
    let output = application.run(&[
        ("arguments", "--s3-prefix=$(touch injected)\n\n   --no-progressbar  \r\n"),
        ("s3-bucket", "code"),
        ("region", "us-east-1"),
        ("output-template-file", "packaged file.yaml"),
    ]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(!text(&output.stderr).contains("::warning"), "{}", text(&output.stderr));
    let outputs = std::fs::read_to_string(application.outputs()).unwrap();
    for name in ["template-file<<", "template-sha256<<", "uploaded<<"] {
        assert!(outputs.contains(name), "{outputs}");
    }
    // The next step runs elsewhere.
    let named = outputs.lines().skip_while(|line| !line.starts_with("template-file<<")).nth(1).unwrap();
    assert_eq!(Path::new(named), application.folder().canonicalize().unwrap().join("packaged file.yaml"));
    assert!(application.packaged("packaged file.yaml").contains("S3Bucket"));
    assert!(!application.folder().join("injected").exists());
}

#[test]
fn the_action_packages_for_several_targets_and_with_an_environment() {
    let application = Application::new();
    for targets in ["eu=us-east-1/code/eu\nus=us-east-1/code/us\n", " eu=us-east-1/code/eu, us=us-east-1/code/us"] {
        let output = application.run(&[("target", targets)]);
        assert!(output.status.success(), "{targets:?} {}", text(&output.stderr));
        for name in ["eu", "us"] {
            let packaged = application.packaged(&format!("packaged-{name}.yaml"));
            assert!(packaged.contains(&format!(r#""S3Key": "{name}/"#)), "{packaged}");
            std::fs::remove_file(application.folder().join(format!("packaged-{name}.yaml"))).unwrap();
        }
    }
    let samconfig = "[live.package.parameters]\ns3_prefix = 'of-live'\n";
    std::fs::write(application.folder().join("samconfig.toml"), samconfig).unwrap();
    let inputs = [("config-env", "live"), ("s3-bucket", "code"), ("region", "us-east-1")];
    let output = application.run(&inputs);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(application.packaged("packaged.yaml").contains(r#""S3Key": "of-live/"#));
}

#[test]
fn several_arguments_on_one_line_are_refused_before_anything_is_downloaded() {
    let rows = [
        ("--use-json --force-upload", "`--use-json --force-upload`"),
        ("--use-json\n--metadata a=b", "`--metadata a=b`"),
        ("-t template.yaml", "`-t template.yaml`"),
        ("--metadata=a=b --use-json", "`--metadata=a=b --use-json`"),
        ("--kms-key-id\talias/code", "`--kms-key-id\talias/code`"),
    ];
    for (arguments, line) in rows {
        let mut command = script("run.sh");
        command.envs(variables(&[("arguments", arguments), ("releases", "https://releases.invalid")]));
        let output = command.env("GITHUB_ACTIONS", "true").output().unwrap();
        let expected = format!(
            "::error::the input `arguments` takes one argument a line, and {line} is several: put each flag on a line of \
             its own, and write a value as --flag=value"
        );
        assert_eq!((output.status.code(), text(&output.stderr)), (Some(2), expected.as_str()), "{arguments:?}");
    }
}

#[test]
fn a_command_that_the_action_does_not_have_is_refused_before_anything_is_downloaded() {
    let rows = [
        (("command", "publish"), "the input `command` is `publish`, not package or deploy"),
        (
            ("target", "eu=us-east-1/code"),
            "the input `target` is one of package: deploy each place in a step of its own",
        ),
    ];
    for (input, expected) in rows {
        let mut command = script("run.sh");
        let inputs = [("command", "deploy"), ("releases", "https://releases.invalid"), input];
        command.envs(variables(&inputs));
        let output = command.env("GITHUB_ACTIONS", "true").output().unwrap();
        assert_eq!((output.status.code(), text(&output.stderr)), (Some(2), format!("::error::{expected}").as_str()));
    }
}

/// The script of the GitLab job up to the run of samstep, in a folder of the test in the place of /tmp.
fn gitlab_download(folder: &Path) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("pipeline/gitlab/samstep.yml");
    let file = std::fs::read_to_string(file).unwrap();
    let job = file.split_once("\n---\n").unwrap().1.replace("$[[ inputs.command ]]", "deploy");
    let job: serde_yaml::Value = serde_yaml::from_str(&job).unwrap();
    let lines = job["samstep-deploy"]["script"].as_sequence().unwrap().iter().map(|line| line.as_str().unwrap());
    let lines: Vec<_> = lines.take_while(|line| !line.ends_with(" deploy")).collect();
    format!("set -eo pipefail\n{}\n", lines.join("\n")).replace("/tmp/", &format!("{}/", folder.display()))
}

#[test]
fn the_gitlab_job_downloads_by_https_within_limits_and_is_tried_again_where_that_helps() {
    // Name not resolved, too slow, overloaded, busy; not there, denied, another protocol.
    let rows = [
        (6, "000", 75),
        (28, "200", 75),
        (22, "503", 75),
        (22, "429", 75),
        (22, "404", 1),
        (22, "403", 1),
        (1, "000", 1),
    ];
    let run = |curl: &str, sum: &str| {
        let folder = tempfile::tempdir().unwrap();
        program(folder.path(), "curl", curl);
        let mut command = Command::new("bash");
        command.args(["-c", &gitlab_download(folder.path())]).env("PATH", path_with(folder.path()));
        command.env("AWS_IDENTITY_TOKEN", "token").env("AWS_WEB_IDENTITY_TOKEN_FILE", folder.path().join("token"));
        command.env("TOOL_RELEASES", "https://releases").env("TOOL_VERSION", "1.2.3").env("TOOL_SHA256", sum);
        (command.output().unwrap(), std::fs::read_to_string(folder.path().join("arguments")).unwrap_or_default())
    };
    for (ended, status, expected) in rows {
        let (output, _) = run(&format!("#!/bin/sh\nprintf {status}\nexit {ended}\n"), "");
        assert_eq!(output.status.code(), Some(expected), "{ended} {status}");
    }
    let curl = "#!/bin/bash\necho \"$*\" >\"${0%/*}/arguments\"\n\
                while [ $# -gt 0 ]; do [ \"$1\" != --output ] || printf tool >\"$2\"; shift; done\nprintf 200\n";
    let sum = shell(Path::new("/"), "printf tool | sha256sum");
    let (output, arguments) = run(curl, &sum[..64]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    for limit in
        ["--proto =https", "--max-time 300", "--speed-time 30", "--retry 3", "https://releases/v1.2.3/samstep-x86_64"]
    {
        assert!(arguments.contains(limit), "{arguments}");
    }
    let (output, _) = run(curl, &"0".repeat(64));
    assert_eq!(output.status.code(), Some(1), "another file is not run");
}
