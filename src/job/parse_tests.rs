//! Jobs in their envelopes, and what is wrong with them.
use super::{Job, JobError};
