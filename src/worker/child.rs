//! A job in a process of its own: what one job does to memory or to the process is no matter of the others. The process
//! reports the job itself; where it does not come to that, its parent reports. What it leaves in its temporary folder,
//! however it ended, goes with it.

use super::JobRunner;
use super::lines::{Heard, JobEnd, stop_order};
use super::queue::Offer;
use crate::facts::{Event, Failure, FailureKind, Redactor, Reporter, WorkerEvent};
use crate::interrupt::Cancellation;
use crate::job::{JobOptions, LONGEST_REPORT, Services, reject};
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

/// The flag by which a child is told what leads to its log.
const EXTERNAL_EXECUTION_ID: &str = "--external-execution-id";
/// The variable that names the folder for temporary files.
const TEMPORARY_FOLDER: &str = "TMPDIR";
/// How the end of a process shows that the system killed it.
const KILLED: &str = "signal: 9";

/// How the process of a job is started.
#[derive(Debug, Clone)]
pub struct JobProcess {
    /// This executable.
    pub program: PathBuf,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// More variables; the others are the worker's own.
    pub variables: Vec<(&'static str, String)>,
    /// How long a job may take.
    pub timeout: Duration,
    /// What it may take to end and to report after it was asked.
    pub grace: Duration,
}

/// Runs jobs in processes.
pub struct ChildRunner<S> {
    /// How they are started.
    pub process: JobProcess,
    /// To report in place of a process that broke off.
    pub services: S,
    pub redactor: Redactor,
    /// What leads to the log of a job that begins now.
    pub external_id: Box<dyn Fn() -> Option<String>>,
    /// Who is told.
    pub reporter: Arc<dyn Reporter>,
}

/// Why a process is not waited for any longer.
enum Enough {
    /// It ended.
    Ended(io::Result<ExitStatus>),
    /// It was told to end.
    Told,
    /// Its time is over, and it did not notice; or it does not even hear that it must end.
    Late,
}

impl<S: Services + 'static> ChildRunner<S> {
    fn start(&self, folder: &Path) -> io::Result<Child> {
        let mut command = Command::new(&self.process.program);
        let external_id = (self.external_id)();
        command.args(&self.process.arguments);
        command.args(external_id.iter().flat_map(|id| [EXTERNAL_EXECUTION_ID, id]));
        command.env(TEMPORARY_FOLDER, folder);
        command.envs(self.process.variables.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        // A signal to the worker's group, as from a terminal, is for the worker to pass on.
        #[cfg(unix)]
        command.process_group(0);
        command.spawn()
    }

    /// How the job ended, or how its process broke off.
    async fn follow(&self, offer: &Offer, stop: &Cancellation, folder: &Path) -> Result<JobEnd, String> {
        let mut child = self.start(folder).map_err(|error| format!("it could not be started: {error}"))?;
        let mut stdin = child.stdin.take();
        let heard = Arc::new(Mutex::new(Heard::default()));
        let listening = tokio::spawn(listen(child.stdout.take(), Arc::clone(&heard)));
        let JobProcess { timeout: limit, grace, .. } = self.process;
        // The job comes first, also where its end is wished already.
        let tell_all = async {
            tell(&mut stdin, &offer.document).await;
            tell(&mut stdin, &stop_order(&stop.wait().await)).await;
        };
        let enough = tokio::select! {
            ended = child.wait() => Enough::Ended(ended),
            () = tell_all => Enough::Told,
            () = wished_for(grace, stop) => Enough::Late,
            () = tokio::time::sleep(limit + grace) => Enough::Late,
        };
        let ended = match enough {
            Enough::Ended(ended) => ended.map(Some),
            Enough::Told => end_within(&mut child, grace, &heard).await,
            Enough::Late => end_within(&mut child, Duration::ZERO, &heard).await,
        };
        let ended = ended.map_err(|error| format!("its end could not be seen: {error}"))?;
        // What came before an error counts.
        let _ = listening.await;
        let Heard { end, unreported, .. } = lock(&heard).clone();
        match (end, unreported, ended) {
            (Some(end), ..) => Ok(end),
            (None, Some(words), _) => Err(format!("it ended as {words}, and could not put its result")),
            (None, None, Some(status)) => Err(format!("it broke off with {status}")),
            (None, None, None) => Err("it did not end in time, and was ended".to_owned()),
        }
    }

    async fn run_in(&self, folder: &Path, offer: &Offer, stop: &Cancellation) -> JobEnd {
        match self.follow(offer, stop, folder).await {
            Ok(end) => end,
            Err(how) => self.lost(offer, &how).await,
        }
    }
}

/// Hears the lines of a child until it says no more.
async fn listen(stdout: Option<ChildStdout>, heard: Arc<Mutex<Heard>>) {
    let Some(stdout) = stdout else { return };
    let mut lines = BufReader::new(stdout).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        lock(&heard).hear(&line);
    }
}

fn lock(heard: &Mutex<Heard>) -> MutexGuard<'_, Heard> {
    heard.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Waits, and then kills, which is no status of its own; but not a child that does nothing any more than put its result
/// again.
async fn end_within(child: &mut Child, wait: Duration, heard: &Mutex<Heard>) -> io::Result<Option<ExitStatus>> {
    if let Ok(ended) = timeout(wait, child.wait()).await {
        return ended.map(Some);
    }
    let is_delayed = lock(heard).is_delayed;
    if is_delayed && let Ok(ended) = timeout(LONGEST_REPORT, child.wait()).await {
        return ended.map(Some);
    }
    child.kill().await.map(|()| None)
}

/// Ends when the wish to end is so old.
async fn wished_for(time: Duration, stop: &Cancellation) {
    stop.wait().await;
    tokio::time::sleep(time).await;
}

/// A child that reads no more has ended; that is noticed elsewhere.
async fn tell(stdin: &mut Option<ChildStdin>, line: &str) {
    if let Some(stdin) = stdin {
        let _ = stdin.write_all(format!("{line}\n").as_bytes()).await;
        let _ = stdin.flush().await;
    }
}

impl<S: Services + 'static> JobRunner for ChildRunner<S> {
    async fn run(&self, offer: Offer, stop: Cancellation) -> JobEnd {
        // Kept by itself: a worker that is killed leaves it to the child, which goes on.
        let folder = match tempfile::Builder::new().prefix("samstep-worker-").tempdir() {
            Ok(folder) => folder.keep(),
            Err(error) => return self.lost(&offer, &format!("it has no folder for temporary files: {error}")).await,
        };
        let end = self.run_in(&folder, &offer, &stop).await;
        // The files of one job are no matter of the next; where there are very many, they go beside it.
        let removed = tokio::task::spawn_blocking(move || std::fs::remove_dir_all(folder));
        let _ = timeout(self.process.grace, removed).await;
        end
    }

    async fn lost(&self, offer: &Offer, how: &str) -> JobEnd {
        let event = WorkerEvent::ProcessLost { job_id: offer.id.to_string(), how: how.to_owned() };
        self.reporter.report(Event::Worker(event));
        let hint = match how.contains(KILLED) {
            true => {
                "a process that was killed often had too little memory: give the worker more, or fewer jobs at a time"
            }
            false => "retry the stage: what was uploaded is found again",
        };
        let failure = Failure::new(FailureKind::Temporary, format!("the process of the job is gone: {how}"));
        let redactor = self.redactor.clone();
        let options = JobOptions { external_execution_id: (self.external_id)(), redactor, ..JobOptions::default() };
        match reject(&offer.id, failure.with_hint(hint), &self.services, &options, &self.reporter).await {
            Ok(failure) => JobEnd::reported(failure.kind.job_failure_type().name()),
            Err(failure) => JobEnd::unreported(failure.kind.job_failure_type().name()),
        }
    }
}
