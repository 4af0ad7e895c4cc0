//! A job in a process of its own: what one job does to memory or to the process is no matter of the others. What it
//! leaves in its temporary folder, however it ended, goes with it.
//!
//! The job goes to the child on standard input, so that no secret is in its arguments or variables. A later line there
//! asks it to end, and says why. The child reports the job itself and says so in one line on standard output; where that line does
//! not come, the parent reports.

use super::JobRunner;
use crate::event::{Event, PutResult, Reporter, WorkerEvent};
use crate::failure::{Failure, FailureKind};
use crate::interrupt::Interrupt;
use crate::job::queue::Offer;
use crate::job::report::LONGEST_REPORT;
use crate::job::{JobOptions, Services, reject};
use serde_json::json;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};

/// How the line begins that tells a child to end; why follows.
const STOP: &str = "stop ";
/// How a child's one line begins; how the job ended follows, and how often its result had to be put again.
const ENDED: &str = "ended ";
/// The flag by which a child is told what leads to its log.
const EXTERNAL_EXECUTION_ID: &str = "--external-execution-id";
/// The variable that names the folder for temporary files.
const TEMPORARY_FOLDER: &str = "TMPDIR";
/// How a job ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobEnd {
    /// In the words of the wire: `Succeeded`, `Suspended`, or the type of the failure.
    pub ended: String,
    /// How often its process had to put the result again.
    pub retries: u32,
}

impl JobEnd {
    /// A job that its worker reported.
    pub fn reported(failure_type: &str) -> Self {
        Self { ended: failure_type.to_owned(), retries: 0 }
    }

    /// Out of what the process of a job wrote.
    fn of(output: &str) -> Option<Self> {
        let line = output.lines().find_map(|line| line.strip_prefix(ENDED))?;
        let (ended, retries) = line.split_once(' ')?;
        Some(Self { ended: ended.to_owned(), retries: retries.parse().ok()? })
    }
}

/// Sees whether a job got its result, so that a child can tell its parent.
pub struct ResultWatch {
    below: Arc<dyn Reporter>,
    seen: Mutex<Seen>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Seen {
    put: Option<PutResult>,
    retries: u32,
}

impl ResultWatch {
    /// Hands every event on.
    pub fn new(below: Arc<dyn Reporter>) -> Self {
        Self { below, seen: Mutex::default() }
    }

    /// The line for the parent; none when the job has no result.
    pub fn line<T>(&self, ended: &Result<T, Failure>) -> Option<String> {
        let Seen { put, retries } = *self.seen();
        let words = match (ended, put?) {
            (Err(failure), _) => failure.kind.job_failure_type().name(),
            (Ok(_), PutResult::Suspended) => "Suspended",
            (Ok(_), PutResult::Success | PutResult::Failure) => "Succeeded",
        };
        Some(format!("{ENDED}{words} {retries}\n"))
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reporter for ResultWatch {
    fn report(&self, event: Event) {
        if let Event::ResultPut { result, .. } = &event {
            self.seen().put = Some(*result);
        } else if let Event::ResultAlreadyPut { .. } = &event {
            // Whatever it was, somebody put it.
            self.seen().put = Some(PutResult::Success);
        } else if let Event::ResultDelayed { .. } = &event {
            self.seen().retries += 1;
        }
        self.below.report(event);
    }
}

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
    /// What leads to the log of a job that begins now.
    pub external_id: Box<dyn Fn() -> Option<String>>,
    /// Who is told.
    pub reporter: Arc<dyn Reporter>,
}

impl<S: Services + 'static> ChildRunner<S> {
    fn start(&self, external_id: Option<&str>, folder: &Path) -> io::Result<Child> {
        let mut command = Command::new(&self.process.program);
        command.env(TEMPORARY_FOLDER, folder);
        command.args(&self.process.arguments).args(external_id.iter().flat_map(|id| [EXTERNAL_EXECUTION_ID, *id]));
        command.envs(self.process.variables.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        // A signal to the worker's group, as from a terminal, is for the worker to pass on.
        #[cfg(unix)]
        command.process_group(0);
        command.spawn()
    }

    async fn follow(&self, offer: &Offer, stop: &Interrupt) -> Result<JobEnd, String> {
        let not_started = |error| format!("it could not be started: {error}");
        let folder = tempfile::Builder::new().prefix("samstep-worker-").tempdir().map_err(not_started)?;
        let followed = match self.start((self.external_id)().as_deref(), folder.path()) {
            Ok(child) => self.follow_child(child, offer, stop).await,
            Err(error) => Err(not_started(error)),
        };
        // To remove much takes long, and the other jobs go on meanwhile.
        tokio::task::spawn_blocking(move || drop(folder));
        followed
    }

    async fn follow_child(&self, mut child: Child, offer: &Offer, stop: &Interrupt) -> Result<JobEnd, String> {
        let (mut stdin, mut stdout) = (child.stdin.take(), child.stdout.take());
        let output = tokio::spawn(async move {
            let mut output = String::new();
            if let Some(stdout) = &mut stdout {
                // What came before an error counts.
                let _ = stdout.read_to_string(&mut output).await;
            }
            output
        });
        let told = async {
            tell(&mut stdin, &offer.document).await;
            let order = stop_order(&stop.wait().await);
            tell(&mut stdin, &order).await;
        };
        // A child that ends in time and whose result is not taken puts it again and again.
        let JobProcess { timeout, grace, .. } = self.process;
        let longest = timeout + grace + LONGEST_REPORT;
        let ended = tokio::select! {
            ended = child.wait() => ended,
            () = told => self.kill_after(&mut child, grace).await,
            () = stopped_for(stop, grace) => self.kill_after(&mut child, Duration::ZERO).await,
            () = tokio::time::sleep(longest) => self.kill_after(&mut child, Duration::ZERO).await,
        };
        let status = ended.map_err(|error| format!("its end could not be seen: {error}"))?;
        JobEnd::of(&output.await.unwrap_or_default()).ok_or_else(|| format!("it broke off with {status}"))
    }

    async fn kill_after(&self, child: &mut Child, wait: Duration) -> io::Result<std::process::ExitStatus> {
        if let Ok(ended) = tokio::time::timeout(wait, child.wait()).await {
            return ended;
        }
        child.kill().await?;
        child.wait().await
    }
}

/// The line that tells a child to end as this failure, which others may mend: its job was not at fault.
fn stop_order(failure: &Failure) -> String {
    let why = failure.problems.first().map_or_else(Default::default, |first| (&*first.message, first.hint.as_deref()));
    format!("{STOP}{}", json!(why))
}

/// What a line tells a child to end as, if it does.
pub fn stopped_by(line: &str) -> Option<Failure> {
    let (message, hint): (String, Option<String>) = serde_json::from_str(line.strip_prefix(STOP)?).ok()?;
    let failure = Failure::new(FailureKind::Temporary, message);
    Some(match hint {
        Some(hint) => failure.with_hint(hint),
        None => failure,
    })
}

/// Ends when the wish to stop is so old.
async fn stopped_for(stop: &Interrupt, time: Duration) {
    stop.wait().await;
    tokio::time::sleep(time).await;
}

/// A child that reads no more has ended; that is noticed elsewhere.
async fn tell(stdin: &mut Option<tokio::process::ChildStdin>, line: &str) {
    if let Some(stdin) = stdin {
        let _ = stdin.write_all(format!("{line}\n").as_bytes()).await;
        let _ = stdin.flush().await;
    }
}

impl<S: Services + 'static> JobRunner for ChildRunner<S> {
    async fn run(&self, offer: Offer, stop: Interrupt) -> JobEnd {
        match self.follow(&offer, &stop).await {
            Ok(ended) => ended,
            Err(how) => {
                self.lost(&offer, &how).await;
                JobEnd::reported("SystemUnavailable")
            }
        }
    }

    async fn lost(&self, offer: &Offer, how: &str) {
        let event = WorkerEvent::ProcessLost { job_id: offer.id.to_string(), how: how.to_owned() };
        self.reporter.report(Event::Worker(event));
        let failure = Failure::new(FailureKind::Temporary, format!("the process of the job is gone: {how}")).with_hint(
            "a process that was killed often had too little memory: give the worker more, or fewer jobs at a time",
        );
        let options = JobOptions { external_execution_id: (self.external_id)(), ..JobOptions::default() };
        reject(&offer.id, failure, &self.services, &options, &self.reporter).await;
    }
}

#[cfg(test)]
mod tests {
    use super::{stop_order, stopped_by};
    use crate::failure::{Failure, FailureKind};

    #[test]
    fn a_child_is_told_in_one_line_to_end_and_why() {
        let why = Failure::new(FailureKind::Temporary, "time is\nover");
        for why in [why.clone().with_hint("take more"), why] {
            let order = stop_order(&why);
            assert!(!order.contains('\n'), "{order}");
            assert_eq!(stopped_by(&order), Some(why));
        }
        assert_eq!(["stop", "stop x", "", "{}"].map(stopped_by), [None, None, None, None]);
    }
}
