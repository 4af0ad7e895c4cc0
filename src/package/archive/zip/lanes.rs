//! Works on units on all cores and takes the results in order, with a bounded number of results in memory.

use std::collections::VecDeque;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// How many units are in work.
#[derive(Debug, Clone, Copy)]
pub struct Lanes {
    pub workers: usize,
    /// Largest number of units that are in work or wait to be taken.
    pub window: usize,
}

type Task<U, R> = (U, SyncSender<R>);

impl Lanes {
    /// One worker for each thread of the pool that this runs in, by default one for each core. Four units for each
    /// worker keep all of them busy while the oldest unit is not done; more would only cost memory.
    pub fn new() -> Self {
        let workers = rayon::current_num_threads().min(16);
        Self { workers, window: (workers * 4).clamp(4, 32) }
    }

    /// Calls `work` for every unit, on new threads that each have a `state`, and `take` with the results on this
    /// thread, in the order of the units. The first error of `take` ends all work. So does a panic, which is resumed on
    /// this thread.
    pub fn run<U: Copy + Send, S, R: Send, E>(
        self,
        mut units: impl Iterator<Item = U>,
        state: impl Fn() -> S + Sync,
        work: impl Fn(&mut S, U) -> R + Sync,
        mut take: impl FnMut(U, R) -> Result<(), E>,
    ) -> Result<(), E> {
        let (tasks, queue) = channel::<Task<U, R>>();
        let (queue, stopped) = (Mutex::new(queue), AtomicBool::new(false));
        thread::scope(|scope| {
            let worker = || serve(&queue, &stopped, state(), &work);
            let workers: Vec<_> = (0..self.workers).map(|_| scope.spawn(worker)).collect();
            let outcome = in_order(self.window, tasks, &mut units, &mut take);
            stopped.store(true, Ordering::Relaxed);
            for worker in workers {
                worker.join().unwrap_or_else(|panic| resume_unwind(panic));
            }
            outcome
        })
    }
}

/// The workers end when `tasks` is dropped, also by a panic.
fn in_order<U: Copy, R, E>(
    window: usize,
    tasks: Sender<Task<U, R>>,
    units: &mut dyn Iterator<Item = U>,
    take: &mut dyn FnMut(U, R) -> Result<(), E>,
) -> Result<(), E> {
    let mut waiting: VecDeque<(U, Receiver<R>)> = VecDeque::with_capacity(window);
    loop {
        while waiting.len() < window
            && let Some(unit) = units.next()
        {
            let (reply, result) = sync_channel(1);
            tasks.send((unit, reply)).unwrap_or_else(|_| unreachable!("the queue outlives this loop"));
            waiting.push_back((unit, result));
        }
        let Some((unit, result)) = waiting.pop_front() else { return Ok(()) };
        match result.recv() {
            Ok(result) => take(unit, result)?,
            // The worker panicked; joining it resumes the panic.
            Err(_) => return Ok(()),
        }
    }
}

fn serve<U, S, R>(
    queue: &Mutex<Receiver<Task<U, R>>>,
    stopped: &AtomicBool,
    mut state: S,
    work: impl Fn(&mut S, U) -> R,
) {
    let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
    while let Ok((unit, reply)) = next() {
        if stopped.load(Ordering::Relaxed) {
            return;
        }
        // Without a receiver, the work was stopped meanwhile.
        let _ = reply.send(work(&mut state, unit));
    }
}

#[cfg(test)]
mod tests {
    use super::Lanes;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;
    use std::time::Duration;

    #[test]
    fn results_come_in_order_and_never_more_than_the_window_ahead() {
        let (begun, mut taken) = (AtomicUsize::new(0), Vec::new());
        let work = |_: &mut (), unit: usize| {
            begun.fetch_add(1, Ordering::SeqCst);
            thread::sleep(Duration::from_micros((unit * 7919 % 300) as u64));
            unit
        };
        let outcome: Result<(), ()> = Lanes { workers: 4, window: 6 }.run(
            0..300,
            || (),
            work,
            |unit, result| {
                assert_eq!(unit, result);
                assert!(begun.load(Ordering::SeqCst) <= taken.len() + 6);
                taken.push(unit);
                Ok(())
            },
        );
        assert_eq!((outcome, taken), (Ok(()), (0..300).collect()));
    }

    #[test]
    fn an_error_ends_the_work() {
        let done = AtomicUsize::new(0);
        let outcome = Lanes { workers: 2, window: 4 }.run(
            0..,
            || (),
            |(), unit: u64| {
                done.fetch_add(1, Ordering::SeqCst);
                unit
            },
            |unit, _| if unit == 10 { Err("enough") } else { Ok(()) },
        );
        assert_eq!(outcome, Err("enough"));
        assert!(done.load(Ordering::SeqCst) <= 15);
    }

    #[test]
    fn a_panic_in_a_worker_is_resumed_in_the_caller() {
        let run = || {
            let work = |(): &mut (), unit: u32| assert_ne!(unit, 5, "five");
            Lanes { workers: 2, window: 4 }.run(0.., || (), work, |_, ()| Ok::<(), ()>(()))
        };
        let panic = std::panic::catch_unwind(run).unwrap_err();
        assert!(panic.downcast_ref::<String>().is_some_and(|message| message.contains("five")));
    }

    #[test]
    fn a_panic_in_take_is_resumed_in_the_caller() {
        let take = |unit: u32, (): ()| {
            assert_ne!(unit, 5);
            Ok::<(), ()>(())
        };
        let run = || Lanes { workers: 2, window: 4 }.run(0.., || (), |(), _| (), take);
        assert!(std::panic::catch_unwind(run).is_err());
    }
}
