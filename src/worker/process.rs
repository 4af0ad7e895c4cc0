//! A job in a process of its own, so that what one job does to memory or to its process does not touch the others.

use super::claim::Claim;
use super::messages::{Message, Progress, stop_order};
use crate::interrupt::Cancellation;
use crate::job::LONGEST_REPORT;
use std::cell::RefCell;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

/// The flag for what leads to the log of the job.
const EXTERNAL_EXECUTION_ID: &str = "--external-execution-id";
/// The variable for the folder of temporary files.
const TEMPORARY_FOLDER: &str = "TMPDIR";

/// How the process of a job is started.
#[derive(Debug, Clone)]
pub struct JobProcess {
    /// This executable.
    pub program: PathBuf,
    pub arguments: Vec<OsString>,
    /// Added to the worker's own variables.
    pub variables: Vec<(&'static str, String)>,
    /// How long a job may take.
    pub timeout: Duration,
    /// How long it may take to end and to report after it was ordered to stop.
    pub grace: Duration,
}

/// What a process is given.
pub struct Handover<'a> {
    /// The job as JSON on one line.
    pub document: &'a str,
    /// The line of its assignment.
    pub assignment: &'a str,
    pub external_execution_id: Option<&'a str>,
    /// The folder for its temporary files.
    pub folder: &'a Path,
}

/// The end of a process.
#[derive(Debug, Default)]
pub struct Exit {
    pub progress: Progress,
    /// In words, for a job without a result.
    pub how: String,
}

/// Called once, with the outcome of a claim.
pub type OnClaim = Box<dyn FnOnce(Claim)>;

impl JobProcess {
    /// Starts the process, hands the job over, and follows it to its end. Orders it to stop when `stop` is cancelled,
    /// and kills it if it takes too long then. Takes `on_claim` when the process reports its claim.
    pub async fn run(&self, given: &Handover<'_>, stop: &Cancellation, on_claim: &mut Option<OnClaim>) -> Exit {
        let mut child = match self.start(given) {
            Ok(child) => child,
            Err(error) => return Exit { how: format!("it could not be started: {error}"), ..Exit::default() },
        };
        let progress = RefCell::default();
        let mut messages = pin!(follow(child.stdout.take(), &progress, on_claim));
        let mut end = pin!(self.end(&mut child, given, stop, &progress));
        let ended = tokio::select! {
            ended = &mut end => {
                // What it started itself may hold the pipe longer.
                let _ = timeout(self.grace, messages).await;
                ended
            }
            () = &mut messages => end.await,
        };
        let progress = progress.take();
        let how = match (&progress.unreported, ended) {
            (Some(ended), _) => format!("it ended as {ended}, and could not put its result"),
            (None, Ok(Some(status))) => format!("it ended with {status}"),
            (None, Ok(None)) => "it did not end in time, and was killed".to_owned(),
            (None, Err(error)) => format!("its end could not be observed: {error}"),
        };
        Exit { progress, how }
    }

    fn start(&self, given: &Handover<'_>) -> io::Result<Child> {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments);
        command.args(given.external_execution_id.iter().flat_map(|id| [EXTERNAL_EXECUTION_ID, id]));
        command.env(TEMPORARY_FOLDER, given.folder);
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        // A signal to the worker's group, as from a terminal, is for the worker to handle.
        #[cfg(unix)]
        command.process_group(0);
        command.spawn()
    }

    /// The status of the process; `None` if it was killed here.
    async fn end(
        &self,
        child: &mut Child,
        given: &Handover<'_>,
        stop: &Cancellation,
        progress: &RefCell<Progress>,
    ) -> io::Result<Option<ExitStatus>> {
        let mut stdin = child.stdin.take();
        // The job comes first, even if it must stop already.
        let orders = async {
            write_line(&mut stdin, given.document).await;
            write_line(&mut stdin, given.assignment).await;
            write_line(&mut stdin, &stop_order(&stop.wait().await)).await;
        };
        let time_left = tokio::select! {
            ended = child.wait() => return ended.map(Some),
            () = orders => self.grace,
            // It does not read the orders.
            () = stopped_for(self.grace, stop) => Duration::ZERO,
            () = tokio::time::sleep(self.timeout + self.grace) => Duration::ZERO,
        };
        end_within(child, time_left, progress).await
    }
}

/// Takes the messages of a process until it closes its output.
async fn follow(stdout: Option<ChildStdout>, progress: &RefCell<Progress>, on_claim: &mut Option<OnClaim>) {
    let Some(stdout) = stdout else { return };
    let mut lines = BufReader::new(stdout).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        let Some(message) = Message::parse(&line) else { continue };
        progress.borrow_mut().advance(message);
        let claim = progress.borrow().claim.clone();
        if let Some((claim, on_claim)) = claim.and_then(|claim| Some((claim, on_claim.take()?))) {
            on_claim(claim);
        }
    }
}

/// Waits, and then kills the process, unless all it does is to repeat the call with its result.
async fn end_within(child: &mut Child, time: Duration, progress: &RefCell<Progress>) -> io::Result<Option<ExitStatus>> {
    if let Ok(ended) = timeout(time, child.wait()).await {
        return ended.map(Some);
    }
    let is_delayed = progress.borrow().is_delayed;
    if is_delayed && let Ok(ended) = timeout(LONGEST_REPORT, child.wait()).await {
        return ended.map(Some);
    }
    child.kill().await.map(|()| None)
}

/// Resolves `time` after cancellation.
async fn stopped_for(time: Duration, stop: &Cancellation) {
    stop.wait().await;
    tokio::time::sleep(time).await;
}

/// The process may have ended: that is noticed elsewhere.
async fn write_line(stdin: &mut Option<ChildStdin>, line: &str) {
    if let Some(stdin) = stdin {
        let _ = stdin.write_all(format!("{line}\n").as_bytes()).await;
        let _ = stdin.flush().await;
    }
}
