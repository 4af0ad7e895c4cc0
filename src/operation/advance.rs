//! How an operation advances, and how it is driven to its end.

use crate::facts::{Failure, Made, Redactor, Report, Reporter};
use crate::interrupt::Cancellation;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What an operation uses.
pub struct World<'a, C> {
    /// The host's own role.
    pub cloud: &'a C,
    pub reporter: &'a Arc<dyn Reporter>,
    pub redactor: &'a Redactor,
    pub cancellation: &'a Cancellation,
    /// The job that the run is for, if it is for one: a repeated job makes nothing twice.
    pub job_id: Option<&'a str>,
}

/// How far an operation is.
#[derive(Debug, Clone, PartialEq)]
pub enum Advance {
    Done(Report),
    Pending(Pending),
}

/// An operation that waits for something that continues without it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending {
    pub state: State,
    /// Time after which to advance again.
    pub wait: Duration,
    /// 0 to 99.
    pub percent: u8,
    /// One line on what it waits for.
    pub summary: String,
    /// The rest of the action type's link, if it leads to something better than the log.
    pub link: Option<String>,
    /// What can be written of it already, for a driver that leaves it. Empty while it is driven on.
    pub files: Vec<Made>,
}

/// What an operation needs to continue, in this process or another one. Holds no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State(pub String);

/// How long a driver waits for an operation before it leaves the rest to another process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Patience {
    /// Until it is done.
    Unlimited,
    /// For so long in all.
    For(Duration),
    /// Not beyond this moment, if it is known.
    Until(Option<Instant>),
}

impl Patience {
    /// Whether it is over if the driver, having waited so long, waits again.
    fn ends(self, waited: Duration, next: Duration) -> bool {
        match self {
            Self::Unlimited | Self::Until(None) => false,
            Self::For(limit) => waited + next > limit,
            Self::Until(Some(moment)) => Instant::now() + next > moment,
        }
    }
}

/// Advances, and waits in between, until the operation is done, patience is over, or the run is cancelled. A cancelled
/// operation is advanced once more, to end as it must; one that still waits is left to another process.
pub async fn drive<A, S>(
    mut advance: A,
    sleep: S,
    cancellation: &Cancellation,
    mut state: Option<State>,
    patience: Patience,
) -> Result<Advance, Failure>
where
    A: AsyncFnMut(Option<State>) -> Result<Advance, Failure>,
    S: AsyncFn(Duration),
{
    let mut waited = Duration::ZERO;
    loop {
        let pending = match advance(state.take()).await? {
            Advance::Pending(pending) => pending,
            done @ Advance::Done(_) => return Ok(done),
        };
        if cancellation.is_cancelled() || patience.ends(waited, pending.wait) {
            return Ok(Advance::Pending(pending));
        }
        tokio::select! {
            () = sleep(pending.wait) => {}
            _ = cancellation.wait() => {}
        }
        waited += pending.wait;
        state = Some(pending.state);
    }
}

#[cfg(test)]
mod tests {
    use super::{Advance, Patience, Pending, State, drive};
    use crate::facts::{Failure, FailureKind, Report};
    use crate::interrupt::cancellation;
    use std::cell::RefCell;
    use std::time::Duration;

    /// Drives an operation that is done after four waits of 5 s; returns how it stands and the seconds that were slept.
    fn driven(from: Option<&str>, patience: Patience) -> (Result<Advance, Failure>, u64) {
        drive_to_end(from, patience, false)
    }

    fn drive_to_end(from: Option<&str>, patience: Patience, is_cancelled: bool) -> (Result<Advance, Failure>, u64) {
        let slept = RefCell::new(Duration::ZERO);
        let advance = async |state: Option<State>| {
            let steps: u32 = state.map_or(0, |State(text)| text.parse().unwrap());
            if steps == 4 {
                return Ok(Advance::Done(Report::default()));
            }
            Ok(Advance::Pending(Pending {
                state: State((steps + 1).to_string()),
                wait: Duration::from_secs(5),
                percent: 0,
                summary: "waits".to_owned(),
                link: None,
                files: Vec::new(),
            }))
        };
        let sleep = async |wait: Duration| *slept.borrow_mut() += wait;
        let state = from.map(|text| State(text.to_owned()));
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (canceller, cancellation) = cancellation();
        if is_cancelled {
            canceller.cancel(Failure::new(FailureKind::Deadline, "terminated"));
        }
        let ended = runtime.block_on(drive(advance, sleep, &cancellation, state, patience));
        (ended, slept.into_inner().as_secs())
    }

    #[test]
    fn a_cancelled_operation_that_waits_is_left_to_another_process() {
        let (left, slept) = drive_to_end(Some("2"), Patience::Unlimited, true);
        let Ok(Advance::Pending(Pending { state: State(state), .. })) = left else { panic!("{left:?}") };
        assert_eq!((state.as_str(), slept), ("3", 0));
    }

    #[test]
    fn an_operation_is_driven_to_its_end_or_left_with_its_state() {
        assert_eq!(driven(None, Patience::Unlimited), (Ok(Advance::Done(Report::default())), 20));
        let (left, slept) = driven(None, Patience::For(Duration::from_secs(10)));
        let Ok(Advance::Pending(Pending { state: State(state), .. })) = left else { panic!("{left:?}") };
        assert_eq!((state.as_str(), slept), ("3", 10));
        assert_eq!(driven(Some("3"), Patience::Unlimited), (Ok(Advance::Done(Report::default())), 5));
        assert_eq!(driven(None, Patience::Until(None)).1, 20);
        let soon = std::time::Instant::now() + Duration::from_secs(4);
        assert_eq!(driven(None, Patience::Until(Some(soon))).1, 0, "the next look would be after the moment");
        assert_eq!(driven(None, Patience::For(Duration::ZERO)).1, 0, "a driver without patience never sleeps");
    }
}
