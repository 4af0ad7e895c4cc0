//! Runs the executable as a pipeline does: its own environment, no terminal, everything it prints kept.

use crate::s3_server::{Credentials, HOST, S3Server};
use std::ffi::OsStr;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// A run that is being put together.
pub struct Run {
    command: Command,
    input: Vec<u8>,
}

/// What came of a run.
#[derive(Debug)]
pub struct Ended {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

/// `samstep` with arguments, in an environment that holds nothing but a path and a home.
pub fn samstep<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(arguments: I) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_samstep"));
    command.args(arguments).env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.env("HOME", "/nonexistent").env("AWS_EC2_METADATA_DISABLED", "true");
    Run { command, input: Vec::new() }
}

impl Run {
    /// Started by these words, such as `setpriv …`, which the executable and its arguments follow.
    pub fn under(self, starter: &[&str]) -> Self {
        let Some((program, first)) = starter.split_first() else { return self };
        let (inner, mut command) = (self.command, Command::new(program));
        command.args(first).arg(inner.get_program()).args(inner.get_args()).env_clear();
        let variables = inner.get_envs().filter_map(|(name, value)| Some((name, value?)));
        command.envs(variables);
        inner.get_current_dir().map(|folder| command.current_dir(folder));
        Self { command, input: self.input }
    }

    /// In this folder.
    pub fn at(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// With this variable.
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// With the host's credentials for a server, in a region.
    pub fn against(self, server: &S3Server) -> Self {
        self.signed_by(HOST).env("AWS_ENDPOINT_URL", server.url()).env("AWS_REGION", "us-east-1")
    }

    /// With these credentials.
    pub fn signed_by(self, credentials: Credentials) -> Self {
        self.env("AWS_ACCESS_KEY_ID", credentials.access_key).env("AWS_SECRET_ACCESS_KEY", credentials.secret_key)
    }

    /// With this on standard input.
    pub fn input(mut self, input: impl Into<Vec<u8>>) -> Self {
        self.input = input.into();
        self
    }

    /// The command itself, for what the methods here do not cover.
    pub fn command(self) -> Command {
        self.command
    }

    /// Runs it to its end.
    pub fn end(mut self) -> Ended {
        let command = self.command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = std::mem::take(&mut self.input);
        let writer = std::thread::spawn(move || {
            let _ = stdin.write_all(&input);
        });
        let output = child.wait_with_output().unwrap();
        writer.join().unwrap();
        Ended {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Ended {
    /// The output of a run that must have ended well.
    #[track_caller]
    pub fn ok(self) -> Self {
        assert_eq!(self.code, 0, "stderr: {}", self.stderr);
        self
    }

    /// The last line on standard error.
    pub fn cause(&self) -> &str {
        self.stderr.lines().last().unwrap_or("")
    }
}
