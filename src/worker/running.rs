//! The jobs of a worker that run, and since when.

use crate::job::JobId;
use std::cell::Cell;
use std::collections::HashMap;
use std::rc::Rc;
use std::time::{Duration, Instant};
use tokio::task::{Id, JoinError, JoinSet};

/// Jobs that run on this thread.
#[derive(Default)]
pub struct Running {
    tasks: JoinSet<()>,
    jobs: HashMap<Id, RunningJob>,
}

struct RunningJob {
    id: JobId,
    begun: Instant,
    /// Set once it is known that the job is not done here. Its process ends soon and takes no slot.
    is_declined: Rc<Cell<bool>>,
}

impl Running {
    pub fn begin(&mut self, id: JobId, is_declined: Rc<Cell<bool>>, job: impl Future<Output = ()> + 'static) {
        let handle = self.tasks.spawn_local(job);
        self.jobs.insert(handle.id(), RunningJob { id, begun: Instant::now(), is_declined });
    }

    /// Waits until a job ends that was done here. Returns false if no job is left.
    pub async fn next_end(&mut self) -> bool {
        while let Some(ended) = self.tasks.join_next_with_id().await {
            if self.remove(ended) {
                return true;
            }
        }
        false
    }

    /// Waits until all jobs have ended.
    pub async fn end(&mut self) {
        while self.next_end().await {}
    }

    /// Drops jobs that have ended.
    pub fn settle(&mut self) {
        while let Some(ended) = self.tasks.try_join_next_with_id() {
            self.remove(ended);
        }
    }

    /// Number of slots in use.
    pub fn len(&self) -> usize {
        self.held().count()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn has(&self, id: &JobId) -> bool {
        self.held().any(|job| job.id == *id)
    }

    /// Age of the oldest job; zero if no job runs.
    pub fn oldest(&self) -> Duration {
        self.held().map(|job| job.begun).min().map_or(Duration::ZERO, |begun| begun.elapsed())
    }

    fn held(&self) -> impl Iterator<Item = &RunningJob> {
        self.jobs.values().filter(|job| !job.is_declined.get())
    }

    /// Returns whether the job was done here.
    fn remove(&mut self, ended: Result<(Id, ()), JoinError>) -> bool {
        let job = self.jobs.remove(&ended.map_or_else(|error| error.id(), |(id, ())| id));
        job.is_some_and(|job| !job.is_declined.get())
    }
}

#[cfg(test)]
mod tests {
    use super::Running;
    use crate::job::JobId;
    use crate::testing::jobs::JOB_ID;
    use std::cell::Cell;
    use std::rc::Rc;
    use std::time::Duration;
    use tokio::task::LocalSet;

    #[tokio::test]
    async fn jobs_count_until_they_end_or_are_declined() {
        let jobs = async {
            let mut running = Running::default();
            let id = JobId::new(JOB_ID).unwrap();
            assert_eq!((running.oldest(), running.next_end().await), (Duration::ZERO, false));
            running.begin(id.clone(), Rc::default(), async { panic!("a job with a bug") });
            let is_declined = Rc::new(Cell::new(false));
            running.begin(id.clone(), Rc::clone(&is_declined), std::future::pending());
            assert!(running.oldest() > Duration::ZERO && running.has(&id) && running.next_end().await);
            assert_eq!(running.len(), 1);
            is_declined.set(true);
            assert!(running.is_empty() && !running.has(&id) && running.oldest().is_zero());
        };
        LocalSet::new().run_until(jobs).await;
    }

    #[tokio::test]
    async fn the_end_of_a_declined_job_is_no_end() {
        let jobs = async {
            let mut running = Running::default();
            running.begin(JobId::new(JOB_ID).unwrap(), Rc::new(Cell::new(true)), async {});
            assert!(!running.next_end().await && running.jobs.is_empty());
        };
        LocalSet::new().run_until(jobs).await;
    }
}
