//! The state of the service: action types and jobs.

use super::faults::{Answer, Chance, Fault};
use super::limits::check;
use crate::clock::Clock;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Status, error code and message.
pub type Refusal = (u16, &'static str, String);

/// A call that was received.
#[derive(Debug, Clone)]
pub struct Call {
    /// Such as `PutJobSuccessResult`.
    pub operation: String,
    /// The access key that signed it.
    pub access_key: String,
    pub input: Value,
}

/// The state of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobState {
    Queued,
    /// Offered, and not acknowledged.
    Dispatched,
    /// Acknowledged.
    InProgress,
    /// It has its one result.
    Ended,
}

/// A job and its result.
#[derive(Debug)]
pub struct Job {
    document: Value,
    pub state: JobState,
    nonce: u64,
    /// When it was offered last.
    offered: Option<Instant>,
    /// The input of the call that ended it.
    pub result: Option<Value>,
    /// The number of results that were taken.
    pub results: usize,
}

#[derive(Default)]
pub struct State {
    /// By id.
    pub jobs: BTreeMap<String, Job>,
    /// The artifact credentials that `GetJobDetails` gives in place of the first ones.
    pub renewed: Option<Value>,
    /// The inputs of `CreateCustomActionType`.
    pub types: Vec<Value>,
    /// Random faults.
    pub chance: Option<Chance>,
    /// Every call, in order.
    pub calls: Vec<Call>,
    /// Its own clock, in place of the machine's.
    pub clock: Option<Clock>,
    /// Scripted faults.
    pub faults: Vec<Fault>,
    /// A job that is offered and not acknowledged is offered again after this time.
    pub offer_again_after: Duration,
}

/// The answer to an input that the model does not allow.
pub fn invalid(message: impl Into<String>) -> Refusal {
    (400, "ValidationException", message.into())
}

impl Job {
    /// A job as PollForJobs would give it.
    pub fn new(document: Value, state: JobState) -> Self {
        let nonce = document["nonce"].as_str().and_then(|nonce| nonce.parse().ok()).unwrap_or(0);
        Self { document, state, nonce, offered: None, result: None, results: 0 }
    }

    fn nonce(&self) -> Value {
        json!(self.nonce.to_string())
    }

    /// Offers the job with a new nonce, which makes earlier offers invalid.
    fn offer(&mut self) -> Value {
        (self.state, self.nonce, self.offered) = (JobState::Dispatched, self.nonce + 1, Some(Instant::now()));
        self.document["nonce"] = self.nonce();
        self.document.clone()
    }

    /// The job that continues this one, if it ended with a continuation token.
    fn next(&self, token: &Value) -> Option<(String, Self)> {
        token.as_str()?;
        let mut document = self.document.clone();
        let old = document["id"].as_str().unwrap().to_owned();
        let hop = u16::from_str_radix(&old[..4], 16).unwrap().wrapping_add(1);
        let id = format!("{hop:04x}{}", &old[4..]);
        document["id"] = json!(id);
        document["data"]["continuationToken"] = token.clone();
        Some((id, Self::new(document, JobState::Queued)))
    }
}

impl State {
    /// The fault of a call, if it has one.
    pub fn fault_for(&mut self, call: &Call) -> Option<Answer> {
        if let Some(fault) = self.chance.as_mut().and_then(Chance::fault) {
            return Some(fault);
        }
        let matching = |fault: &&mut Fault| fault.times > 0 && call.operation.starts_with(fault.operation);
        let fault = self.faults.iter_mut().find(matching)?;
        fault.times -= 1;
        Some(fault.answer.clone())
    }

    fn create_type(&mut self, input: &Value) -> Result<Option<Value>, Refusal> {
        let is_on = |property: &&Value, name: &str| property[name] == true;
        let none = Vec::new();
        let properties = input["configurationProperties"].as_array().unwrap_or(&none);
        let queryable: Vec<_> = properties.iter().filter(|property| is_on(property, "queryable")).collect();
        if queryable.len() > 1 || queryable.iter().any(|it| is_on(it, "secret") || !is_on(it, "required")) {
            return Err(invalid("at most one property is queryable; it is required and not secret"));
        }
        let mut id = json!({"owner": "Custom"});
        for name in ["category", "provider", "version"] {
            id[name] = input[name].clone();
        }
        let details = ["inputArtifactDetails", "outputArtifactDetails"].map(|name| input[name].clone());
        self.types.push(input.clone());
        Ok(Some(json!({"actionType": {
            "id": id, "inputArtifactDetails": details[0], "outputArtifactDetails": details[1],
            "actionConfigurationProperties": input["configurationProperties"],
        }})))
    }

    fn poll(&mut self, input: &Value) -> Result<Option<Value>, Refusal> {
        let id = &input["actionTypeId"];
        let parts = ["category", "provider", "version"];
        let known = self.types.iter().find(|it| parts.iter().all(|part| it[*part] == id[*part]));
        let known = known.ok_or((400, "ActionTypeNotFoundException", id.to_string()))?;
        let properties = known["configurationProperties"].as_array().cloned().unwrap_or_default();
        let queryable = properties.iter().find(|it| it["queryable"] == true).and_then(|it| it["name"].as_str());
        let query = input["queryParam"].as_object().and_then(|query| query.iter().next());
        match (queryable, query) {
            (Some(name), Some((key, _))) if name == key => {}
            (None, None) => {}
            _ => return Err(invalid("queryParam must hold the queryable property of the action type, and no other")),
        }
        // What is over is most of a long run: it is passed over at little cost.
        let pause = self.offer_again_after;
        let waits = |job: &&mut Job| match job.state {
            JobState::Queued => true,
            JobState::Dispatched => job.offered.is_none_or(|at| at.elapsed() >= pause),
            JobState::InProgress | JobState::Ended => false,
        };
        let asked = |job: &&mut Job| {
            let data = &job.document["data"];
            let of_type = parts.iter().all(|part| data["actionTypeId"][*part] == id[*part]);
            let configuration = &data["actionConfiguration"]["configuration"];
            of_type && query.is_none_or(|(key, value)| configuration[key] == *value)
        };
        let most = input["maxBatchSize"].as_u64().unwrap_or(1) as usize;
        let jobs: Vec<_> = self.jobs.values_mut().filter(waits).filter(asked).take(most).map(Job::offer).collect();
        Ok(Some(json!({"jobs": jobs})))
    }

    /// Carries out a call. `None` is an empty body, as the service sends it.
    pub fn handle(&mut self, call: &Call) -> Result<Option<Value>, Refusal> {
        check(&call.operation, &call.input)?;
        match call.operation.as_str() {
            "PollForJobs" => self.poll(&call.input),
            "CreateCustomActionType" => self.create_type(&call.input),
            _ => self.handle_job(call),
        }
    }

    fn handle_job(&mut self, call: &Call) -> Result<Option<Value>, Refusal> {
        let id = call.input["jobId"].as_str().unwrap_or_default();
        let job = self.jobs.get_mut(id).ok_or((400, "JobNotFoundException", format!("no job {id}")))?;
        match call.operation.as_str() {
            "GetJobDetails" => {
                let mut details = job.document.clone();
                details.as_object_mut().map(|members| members.remove("nonce"));
                if let Some(renewed) = &self.renewed {
                    details["data"]["artifactCredentials"] = renewed.clone();
                }
                Ok(Some(json!({"jobDetails": details})))
            }
            "AcknowledgeJob" if job.state == JobState::Dispatched && call.input["nonce"] == job.nonce() => {
                job.state = JobState::InProgress;
                Ok(Some(json!({"status": "InProgress"})))
            }
            "AcknowledgeJob" => Err((400, "InvalidNonceException", "the nonce is not valid for this job".to_owned())),
            _ if job.state == JobState::InProgress => {
                (job.state, job.result) = (JobState::Ended, Some(call.input.clone()));
                job.results += 1;
                let next = job.next(&call.input["continuationToken"]);
                if let Some((id, next)) = next {
                    self.jobs.insert(id, next);
                }
                Ok(None)
            }
            _ => Err((400, "InvalidJobStateException", format!("the job {id} is {:?}", job.state))),
        }
    }
}
