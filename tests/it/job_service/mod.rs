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
use faults::Chance;
use serde_json::{Value, json};
use state::{Job, State};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The service; it ends with the value.
pub struct JobService {
    url: String,
    state: Arc<Mutex<State>>,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl JobService {
    /// Starts a service without jobs.
    pub fn start() -> Self {
        let state = Arc::new(Mutex::new(State::default()));
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let shared = Arc::clone(&state);
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                tokio::select! {
                    () = wire::serve(listener, shared) => {}
                    _ = stopped => {}
                }
            });
        });
        Self { url, state, stop: Some(stop), thread: Some(thread) }
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
        self.state.lock().unwrap().jobs.insert(id, Job::new(document.clone(), state));
    }

    /// Creates an action type, as `CreateCustomActionType` does, with this queryable property.
    pub fn add_type(&self, id: &str, pool: Option<&str>) {
        let parts: Vec<_> = id.split('/').collect();
        let properties: Vec<_> = pool.iter().map(|name| json!({"name": name, "queryable": true})).collect();
        let created = json!({
            "category": parts[0], "provider": parts[1], "version": parts[2], "configurationProperties": properties,
        });
        self.state.lock().unwrap().types.push(created);
    }

    /// From now on `percent` of the calls fail at random, the same ones for a seed.
    pub fn chaos(&self, seed: u64, percent: u64) {
        self.state.lock().unwrap().chance = Some(Chance::new(seed, percent));
    }

    /// A job that is not acknowledged is offered again after this time, not at each poll.
    pub fn offer_again_after(&self, time: Duration) {
        self.state.lock().unwrap().offer_again_after = time;
    }

    /// The number of results of each job, by id.
    pub fn results(&self) -> BTreeMap<String, usize> {
        let state = self.state.lock().unwrap();
        state.jobs.iter().map(|(id, job)| (id.clone(), job.results)).collect()
    }

    /// The states of all jobs, by id.
    pub fn states(&self) -> BTreeMap<String, JobState> {
        let state = self.state.lock().unwrap();
        state.jobs.iter().map(|(id, job)| (id.clone(), job.state)).collect()
    }

    /// `GetJobDetails` gives these artifact credentials from now on.
    pub fn renew_credentials(&self, credentials: &Value) {
        self.state.lock().unwrap().renewed = Some(credentials.clone());
    }

    /// Uses another clock from now on: requests that were signed at another time are refused.
    pub fn go_by(&self, clock: Clock) {
        self.state.lock().unwrap().clock = Some(clock);
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    pub fn fault(&self, fault: Fault) {
        self.state.lock().unwrap().faults.push(fault);
    }

    /// Every call so far, in order.
    pub fn calls(&self) -> Vec<Call> {
        self.state.lock().unwrap().calls.clone()
    }

    /// The input of the call that ended a job.
    pub fn result(&self, id: &str) -> Option<Value> {
        self.state.lock().unwrap().jobs.get(id)?.result.clone()
    }
}

impl Drop for JobService {
    fn drop(&mut self) {
        self.stop.take().map(|stop| stop.send(()));
        self.thread.take().map(std::thread::JoinHandle::join);
    }
}
