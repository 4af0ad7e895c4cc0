//! The GitHub action's scripts against a server of releases on loopback.

use crate::s3_server::{HOST, S3Server};
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

/// The URL of a server that answers one request with this status.
fn answering(status: u16) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let request = BufReader::new(stream.try_clone().unwrap()).lines();
        request.map_while(Result::ok).take_while(|line| !line.is_empty()).for_each(drop);
        write!(stream, "HTTP/1.1 {status} x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").unwrap();
    });
    url
}

#[test]
fn only_what_may_work_a_moment_later_asks_for_another_run() {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let rows = [
        (format!("http://{nobody}"), 75, "at the moment"),
        (answering(520), 75, "at the moment"),
        (answering(403), 1, "answers 403"),
        ("nonsense://host".to_owned(), 1, "curl ended with 1"),
    ];
    let folder = tempfile::tempdir().unwrap();
    for (url, code, expected) in rows {
        let mut command = script("install.sh");
        command.arg("9.9.9").env("SAMSTEP_RELEASES", &url).env("RUNNER_TEMP", folder.path());
        let output = command.env_remove("GITHUB_ACTIONS").output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{url}: {}", text(&output.stderr));
        assert!(text(&output.stderr).contains(expected), "{url}: {}", text(&output.stderr));
    }
}

#[test]
fn a_failure_of_the_action_is_an_annotation_and_no_other_command() {
    let rows = [
        (
            "http://127.0.0.1:1",
            "1.0%\n::stop-commands::x",
            "::error::`1.0%25%0A::stop-commands::x` is not a version such",
        ),
        ("", "1.0.0", "::error::nothing says where releases are: give the input `releases`"),
    ];
    for (releases, version, expected) in rows {
        let mut command = script("package.sh");
        command.env("GITHUB_ACTIONS", "true").env("GITHUB_ACTION_PATH", "/w/pipeline/github");
        let output = command.env("SAMSTEP_RELEASES", releases).env("INSTALL_VERSION", version).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
        let last = text(&output.stderr).lines().last().unwrap();
        assert!(last.starts_with(expected), "{last}");
    }
}

#[test]
fn the_action_packages_and_names_the_packaged_template() {
    let (releases, s3) = (Releases::serve(), S3Server::with_bucket("code"));
    let folder = releases.folder.path();
    let application = folder.join("application");
    std::fs::create_dir_all(application.join("src")).unwrap();
    std::fs::write(application.join("src/app.py"), "pass\n").unwrap();
    let template = "Resources: {F: {Type: AWS::Lambda::Function, Properties: {Code: src}}}\n";
    std::fs::write(application.join("template.yaml"), template).unwrap();
    let action = || {
        let mut command = script("package.sh");
        command.current_dir(&application).env("GITHUB_ACTIONS", "true").env("GITHUB_OUTPUT", folder.join("output"));
        command.env("SAMSTEP_RELEASES", &releases.url).env("RUNNER_TEMP", folder);
        command.env("INSTALL_VERSION", VERSION).env("INSTALL_SHA256", "");
        command.env("ARGUMENTS", "--s3-prefix=$(touch injected)\n\n--no-progressbar\n");
        command.env("SAMSTEP_S3_BUCKET", "code").env("SAMSTEP_OUTPUT_TEMPLATE_FILE", "packaged file.yaml");
        command.env("AWS_ENDPOINT_URL", s3.url()).env("AWS_REGION", "us-east-1");
        command.env("AWS_ACCESS_KEY_ID", HOST.access_key).env("AWS_SECRET_ACCESS_KEY", HOST.secret_key);
        command.output().unwrap()
    };
    let output = action();
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(!text(&output.stderr).contains("::warning"), "{}", text(&output.stderr));
    let outputs = std::fs::read_to_string(folder.join("output")).unwrap();
    for name in ["template-file<<", "template-sha256<<", "uploaded<<"] {
        assert!(outputs.contains(name), "{outputs}");
    }
    // The next step runs elsewhere.
    let named = outputs.lines().skip_while(|line| !line.starts_with("template-file<<")).nth(1).unwrap();
    assert_eq!(Path::new(named), application.canonicalize().unwrap().join("packaged file.yaml"));
    assert!(std::fs::read_to_string(named).unwrap().contains("S3Bucket"));
    assert!(!application.join("injected").exists());
}
