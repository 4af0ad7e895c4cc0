//! Who observes a worker, such as the scheduler of its container.

/// Observes a worker.
pub trait Monitor {
    /// A poll was answered, or jobs run, whatever becomes of the polls.
    async fn heartbeat(&self);

    /// The first job begins, or the last one has ended.
    async fn set_busy(&self, is_busy: bool);
}
