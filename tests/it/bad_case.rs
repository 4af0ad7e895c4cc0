//! A run of `samstep package` that must come to nothing: what it says, and that it leaves no trace.

use crate::run::{Run, samstep};
use crate::s3_server::{Fault, S3Server};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;

/// The bucket that the runs upload to.
pub const BUCKET: &str = "artifacts";
/// The packaged template that must not be written, or not be touched.
const OUTPUT: &str = "packaged.yaml";

/// A function whose code is at this path.
pub fn function(code: &str) -> String {
    format!(
        "Resources:\n  Orders:\n    Type: AWS::Serverless::Function\n    Properties:\n      CodeUri: {code} # the code\n"
    )
}

/// A folder with a template and code, a server with a bucket, and a run that is being put together.
pub struct Case {
    name: &'static str,
    folder: tempfile::TempDir,
    server: S3Server,
    flags: Vec<&'static str>,
    variables: Vec<(&'static str, &'static str)>,
    starter: Vec<&'static str>,
}

impl Case {
    /// A template with one function, whose code is in `src`.
    pub fn new(name: &'static str) -> Self {
        let (folder, server) = (tempfile::tempdir().unwrap(), S3Server::with_bucket(BUCKET));
        let case = Self { name, folder, server, flags: Vec::new(), variables: Vec::new(), starter: Vec::new() };
        case.template(function("src")).file("src/app.py", "pass\n")
    }

    /// With this template in place of the usual one.
    pub fn template(self, text: impl AsRef<[u8]>) -> Self {
        self.file("template.yaml", text)
    }

    /// With this file.
    pub fn file(self, path: &str, content: impl AsRef<[u8]>) -> Self {
        let path = self.folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
        self
    }

    /// With whatever this makes of the folder.
    pub fn with(self, arrange: impl FnOnce(&Path)) -> Self {
        arrange(self.folder.path());
        self
    }

    /// With answers that go wrong.
    pub fn fault(self, fault: Fault) -> Self {
        self.server.fault(fault);
        self
    }

    /// With these flags beside the usual ones.
    pub fn flags(self, flags: &[&'static str]) -> Self {
        Self { flags: flags.to_vec(), ..self }
    }

    /// With this variable.
    pub fn env(mut self, name: &'static str, value: &'static str) -> Self {
        self.variables.push((name, value));
        self
    }

    /// Started by these words, which the executable and its arguments follow.
    pub fn under(self, starter: &[&'static str]) -> Self {
        Self { starter: starter.to_vec(), ..self }
    }

    fn run(&self) -> Run {
        let usual = ["package", "--s3-bucket", BUCKET, "--output-template-file", OUTPUT, "--manifest", "manifest.json"];
        let run = samstep(usual.iter().chain(&self.flags)).under(&self.starter);
        let run = run.at(self.folder.path()).against(&self.server).env("AWS_MAX_ATTEMPTS", "1");
        self.variables.iter().fold(run, |run, (name, value)| run.env(name, value))
    }

    /// Exit code and standard error of a run that must fail and leave everything as it was, whether a packaged
    /// template of an earlier run is there or not.
    #[track_caller]
    fn said(&self) -> String {
        let said = self.said_once();
        fs::write(self.folder.path().join(OUTPUT), "of an earlier run\n").unwrap();
        assert_eq!(self.said_once(), said, "{}: an older packaged template makes no difference", self.name);
        said
    }

    #[track_caller]
    fn said_once(&self) -> String {
        let before = contents(self.folder.path());
        let temporary = tempfile::tempdir().unwrap();
        let ended = self.run().env("TMPDIR", temporary.path()).end();
        let said = format!("== {}: {}\n{}", self.name, ended.code, self.redacted(&ended.stderr));
        assert!(!matches!(ended.code, 0 | -1 | 70 | 101), "{said}");
        assert!(ended.cause().starts_with("error: "), "the cause comes last: {said}");
        assert_eq!(ended.stdout, "", "{said}");
        assert_eq!(contents(self.folder.path()), before, "{said}");
        assert_eq!(contents(temporary.path()), BTreeMap::new(), "{said}");
        assert_eq!(self.server.objects(BUCKET), BTreeMap::new(), "{said}");
        said
    }

    fn redacted(&self, text: &str) -> String {
        let folder = self.folder.path();
        let folders = [folder.canonicalize().unwrap().display().to_string(), folder.display().to_string()];
        text.replace(&folders[0], "DIR").replace(&folders[1], "DIR").replace(self.server.url(), "URL")
    }
}

/// What each run says, after its name and its exit code.
#[track_caller]
pub fn said(cases: Vec<Case>) -> String {
    cases.iter().fold(String::new(), |mut all, case| {
        writeln!(all, "{}", case.said()).unwrap();
        all
    })
}

/// The same of runs that must fail before the network is touched.
#[track_caller]
pub fn said_offline(cases: Vec<Case>) -> String {
    let said = cases.iter().fold(String::new(), |mut all, case| {
        writeln!(all, "{}", case.said()).unwrap();
        all
    });
    let busy = cases.iter().find(|case| !case.server.requests().is_empty());
    assert!(busy.is_none(), "{}", busy.map_or("", |case| case.name));
    said
}

/// Everything below a folder; files with their content.
fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for path in fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path()) {
        let is_file = fs::symlink_metadata(&path).unwrap().is_file();
        found.extend(contents(&path));
        found
            .insert(path.display().to_string(), if is_file { fs::read(&path).unwrap_or_default() } else { Vec::new() });
    }
    found
}
