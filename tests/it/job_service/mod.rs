//! The job operations of CodePipeline on loopback, which no emulator has. It enforces every limit of the model, keeps a
//! state per job, records every call, and fails calls by script.

mod faults;
mod limits;
mod state;
mod tests;
mod wire;

pub use faults::{Answer, Fault};
pub use limits::table;
pub use state::{Call, JobState};

use crate::clock::Clock;
use crate::loopback::Loopback;
use faults::Chance;
use serde_json::{Value, json};
use state::{Job, State};
use std::collections::BTreeMap;
use std::time::Duration;

/// The service; it ends with the value.
pub struct JobService(Loopback<State>);

impl JobService {
    /// Starts a service without jobs.
    pub fn start() -> Self {
        Self(Loopback::start(|_| State::default(), wire::answer))
    }

    /// Starts a service with a job that was acknowledged.
    pub fn with_job(document: &Value) -> Self {
        let service = Self::start();
        service.add(document, JobState::InProgress);
        service
    }

    /// Adds a job as PollForJobs would give it.
    pub fn add(&self, document: &Value, state: JobState) {
        let id = document["id"].as_str().unwrap().to_owned();
        self.0.lock().jobs.insert(id, Job::new(document.clone(), state));
    }

    /// Creates an action type, as `CreateCustomActionType` does, with this queryable property.
    pub fn add_type(&self, id: &str, pool: Option<&str>) {
        let parts: Vec<_> = id.split('/').collect();
        let properties: Vec<_> = pool.iter().map(|name| json!({"name": name, "queryable": true})).collect();
        let created = json!({
            "category": parts[0], "provider": parts[1], "version": parts[2], "configurationProperties": properties,
        });
        self.0.lock().types.push(created);
    }

    /// From now on `percent` of the calls fail at random, the same ones for a seed.
    pub fn chaos(&self, seed: u64, percent: u64) {
        self.0.lock().chance = Some(Chance::new(seed, percent));
    }

    /// A job that is not acknowledged is offered again after this time, not at each poll.
    pub fn offer_again_after(&self, time: Duration) {
        self.0.lock().offer_again_after = time;
    }

    /// The number of results of each job, by id.
    pub fn results(&self) -> BTreeMap<String, usize> {
        let state = self.0.lock();
        state.jobs.iter().map(|(id, job)| (id.clone(), job.results)).collect()
    }

    /// The states of all jobs, by id.
    pub fn states(&self) -> BTreeMap<String, JobState> {
        let state = self.0.lock();
        state.jobs.iter().map(|(id, job)| (id.clone(), job.state)).collect()
    }

    /// `GetJobDetails` gives these artifact credentials from now on.
    pub fn renew_credentials(&self, credentials: &Value) {
        self.0.lock().renewed = Some(credentials.clone());
    }

    /// Uses another clock from now on: requests that were signed at another time are refused.
    pub fn go_by(&self, clock: Clock) {
        self.0.lock().clock = Some(clock);
    }

    pub fn url(&self) -> &str {
        self.0.url()
    }

    pub fn fault(&self, fault: Fault) {
        self.0.lock().faults.push(fault);
    }

    /// Every call so far, in order.
    pub fn calls(&self) -> Vec<Call> {
        self.0.lock().calls.clone()
    }

    /// The input of the call that ended a job.
    pub fn result(&self, id: &str) -> Option<Value> {
        self.0.lock().jobs.get(id)?.result.clone()
    }
}
