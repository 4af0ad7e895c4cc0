//! Where a pipeline keeps its artifacts: an object store that also reads, up to a limit.

use crate::facts::{Failure, S3Location};
use crate::package::ObjectStore;

/// The artifact store of one job, under the job's own credentials only.
pub trait ArtifactStore: ObjectStore {
    /// Appends an object's bytes to a file (`GetObject`) and returns their number.
    ///
    /// Fails before more than `limit` bytes are written. A body that breaks off is fetched again, in place of what was
    /// written of it. Its failures are those of `fetch_failure`.
    async fn fetch(&self, location: &S3Location, into: &mut tokio::fs::File, limit: u64) -> Result<u64, Failure>;
}

/// Advice on expired credentials of a job.
pub const JOB_SESSION: &str =
    "the credentials that come with a job last some 15 minutes: retry the action, and let the job be run at once";
