//! The jobs that run, and since when.

use std::collections::HashMap;
use std::time::{Duration, Instant};
use tokio::task::{Id, JoinSet};

/// The jobs that run on this thread.
#[derive(Default)]
pub struct Running {
    tasks: JoinSet<()>,
    begun: HashMap<Id, Instant>,
}

impl Running {
    /// Begins a job.
    pub fn begin(&mut self, job: impl Future<Output = ()> + 'static) {
        let handle = self.tasks.spawn_local(job);
        self.begun.insert(handle.id(), Instant::now());
    }

    /// Waits until a job ends; tells whether there was one.
    pub async fn next_end(&mut self) -> bool {
        let Some(ended) = self.tasks.join_next_with_id().await else { return false };
        self.forget(ended);
        true
    }

    /// Waits until all jobs have ended.
    pub async fn end(&mut self) {
        while self.next_end().await {}
    }

    /// Counts no more what has ended.
    pub fn settle(&mut self) {
        while let Some(ended) = self.tasks.try_join_next_with_id() {
            self.forget(ended);
        }
    }

    /// How many run, or have not been seen to end.
    pub fn len(&self) -> usize {
        self.tasks.len()
    }

    /// Whether none does.
    pub fn is_empty(&self) -> bool {
        self.tasks.is_empty()
    }

    /// For how long the oldest has been running.
    pub fn oldest(&self) -> Duration {
        self.begun.values().min().map_or(Duration::ZERO, Instant::elapsed)
    }

    fn forget(&mut self, ended: Result<(Id, ()), tokio::task::JoinError>) {
        self.begun.remove(&ended.map_or_else(|error| error.id(), |(id, ())| id));
    }
}

#[cfg(test)]
mod tests {
    use super::Running;
    use std::time::Duration;
    use tokio::task::LocalSet;

    #[tokio::test]
    async fn the_oldest_is_of_those_that_still_run() {
        let jobs = async {
            let mut running = Running::default();
            assert_eq!((running.oldest(), running.next_end().await), (Duration::ZERO, false));
            running.begin(async { panic!("a job with a bug") });
            running.begin(std::future::pending());
            assert!(running.oldest() > Duration::ZERO && running.next_end().await);
            assert_eq!((running.len(), running.begun.len()), (1, 1));
        };
        LocalSet::new().run_until(jobs).await;
    }
}
