//! The job side of CodePipeline on loopback, which no emulator has: strict about every limit of the model, with a
//! state per job, every call recorded, and answers that go wrong by script.

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::error::Error;
use std::sync::{Arc, Mutex};
use std::time::Duration;

const TARGET: &str = "CodePipeline_20150709.";
const FAILURE_TYPES: [&str; 6] = [
    "JobFailed",
    "ConfigurationError",
    "PermissionError",
    "RevisionOutOfSync",
    "RevisionUnavailable",
    "SystemUnavailable",
];
/// Names and values of all output variables together, in bytes.
const VARIABLES_LIMIT: usize = 122_880;

/// A call as it came.
#[derive(Debug, Clone)]
pub struct Call {
    /// Such as `PutJobSuccessResult`.
    pub operation: String,
    /// The access key that signed it.
    pub access_key: String,
    /// Its body.
    pub input: Value,
}

/// An answer that goes wrong, for the next calls of an operation.
#[derive(Debug, Clone)]
pub struct Fault {
    operation: &'static str,
    times: usize,
    answer: Answer,
}

/// How an answer goes wrong.
#[derive(Debug, Clone)]
pub enum Answer {
    /// This status and error code; nothing is done.
    Error(u16, &'static str),
    /// The connection is closed before anything is done.
    ResetBefore,
    /// What is asked is done, and the connection is closed without an answer.
    ResetAfter,
    /// The right answer, late.
    Late(Duration),
}

impl Fault {
    /// For so many calls of an operation (`Put` covers both results).
    pub fn new(operation: &'static str, times: usize, answer: Answer) -> Self {
        Self { operation, times, answer }
    }
}

/// Where a job is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobState {
    /// Nobody has it.
    Queued,
    /// It was offered, and nobody has acknowledged it.
    Dispatched,
    /// A worker has acknowledged it.
    InProgress,
    /// It has its one result.
    Ended,
}

#[derive(Debug)]
struct Job {
    document: Value,
    state: JobState,
    nonce: u64,
    result: Option<Value>,
    results: usize,
}

/// Faults that come by chance, the same ones for a seed.
#[derive(Debug)]
struct Chance {
    state: u64,
    percent: u64,
}

impl Chance {
    /// The next number (xorshift64).
    fn next(&mut self) -> u64 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        self.state
    }

    fn fault(&mut self) -> Option<Answer> {
        if self.next() % 100 >= self.percent {
            return None;
        }
        Some(match self.next() % 5 {
            0 => Answer::Error(400, "ThrottlingException"),
            1 => Answer::Error(500, "InternalFailure"),
            2 => Answer::ResetBefore,
            3 => Answer::ResetAfter,
            _ => Answer::Late(Duration::from_millis(200)),
        })
    }
}

#[derive(Default)]
struct State {
    jobs: BTreeMap<String, Job>,
    renewed: Option<Value>,
    types: Vec<Value>,
    chance: Option<Chance>,
    calls: Vec<Call>,
    faults: Vec<Fault>,
}

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
                    () = serve(listener, shared) => {}
                    _ = stopped => {}
                }
            });
        });
        Self { url, state, stop: Some(stop), thread: Some(thread) }
    }

    /// Starts a service with a job that somebody has acknowledged.
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

    /// Makes jobs of this type known, as `CreateCustomActionType` does; `Pool` asks for that property in polls.
    pub fn add_type(&self, id: &str, pool: Option<&str>) {
        let parts: Vec<_> = id.split('/').collect();
        let properties: Vec<_> = pool.iter().map(|name| json!({"name": name, "queryable": true})).collect();
        let created = json!({
            "category": parts[0], "provider": parts[1], "version": parts[2], "configurationProperties": properties,
        });
        self.state.lock().unwrap().types.push(created);
    }

    /// So many of a hundred calls go wrong in any way, the same for a seed.
    pub fn chaos(&self, seed: u64, percent: u64) {
        self.state.lock().unwrap().chance = Some(Chance { state: seed | 1, percent });
    }

    /// Ids of jobs with how many results each has taken.
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

    /// Where it listens.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Makes answers go wrong.
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

async fn serve(listener: std::net::TcpListener, state: Arc<Mutex<State>>) {
    let listener = tokio::net::TcpListener::from_std(listener).unwrap();
    loop {
        let Ok((socket, _)) = listener.accept().await else { continue };
        let state = Arc::clone(&state);
        tokio::spawn(async move {
            let handler = service_fn(move |request| answer(request, Arc::clone(&state)));
            let _ = auto::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(socket), handler).await;
        });
    }
}

type Refusal = (u16, &'static str, String);

async fn answer(
    request: Request<Incoming>,
    state: Arc<Mutex<State>>,
) -> Result<Response<Full<Bytes>>, Box<dyn Error + Send + Sync>> {
    let (parts, body) = request.into_parts();
    let header = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("").to_owned();
    let (target, authorization, kind) = (header("x-amz-target"), header("authorization"), header("content-type"));
    let body = body.collect().await?.to_bytes();
    let call = match read_call(&target, &authorization, &kind, &body) {
        Ok(call) => call,
        Err(refusal) => return Ok(refuse(&refusal)),
    };
    let fault = {
        let mut state = state.lock().unwrap();
        state.calls.push(call.clone());
        state.fault_for(&call)
    };
    match &fault {
        Some(Answer::Error(status, code)) => return Ok(refuse(&(*status, code, "scripted".to_owned()))),
        Some(Answer::ResetBefore) => return Err("reset by script".into()),
        Some(Answer::Late(delay)) => tokio::time::sleep(*delay).await,
        Some(Answer::ResetAfter) | None => {}
    }
    let answered = state.lock().unwrap().handle(&call);
    match (answered, fault) {
        (_, Some(Answer::ResetAfter)) => Err("reset by script".into()),
        (Ok(None), _) => Ok(reply(200, Bytes::new())),
        (Ok(Some(answer)), _) => Ok(reply(200, Bytes::from(answer.to_string()))),
        (Err(refusal), _) => Ok(refuse(&refusal)),
    }
}

fn read_call(target: &str, authorization: &str, kind: &str, body: &[u8]) -> Result<Call, Refusal> {
    let operation = target.strip_prefix(TARGET).ok_or((400, "UnknownOperationException", target.to_owned()))?;
    let signed = authorization.starts_with("AWS4-HMAC-SHA256 ") && authorization.contains("/codepipeline/aws4_request");
    if !signed {
        return Err((403, "MissingAuthenticationTokenException", "not signed for codepipeline".to_owned()));
    }
    if kind != "application/x-amz-json-1.1" {
        return Err((400, "SerializationException", format!("content type {kind}")));
    }
    let input = serde_json::from_slice(body).map_err(|error| (400, "SerializationException", error.to_string()))?;
    let access_key = authorization.split("Credential=").nth(1).and_then(|rest| rest.split('/').next()).unwrap_or("");
    Ok(Call { operation: operation.to_owned(), access_key: access_key.to_owned(), input })
}

fn reply(status: u16, body: Bytes) -> Response<Full<Bytes>> {
    let builder = Response::builder().status(status).header("x-amzn-requestid", "REQ-JOB-1");
    builder.header("content-type", "application/x-amz-json-1.1").body(Full::new(body)).unwrap()
}

fn refuse((status, code, message): &Refusal) -> Response<Full<Bytes>> {
    let body = json!({"__type": format!("com.amazonaws.codepipeline#{code}"), "message": message});
    reply(*status, Bytes::from(body.to_string()))
}

fn invalid(message: impl Into<String>) -> Refusal {
    (400, "ValidationException", message.into())
}

impl Job {
    fn new(document: Value, state: JobState) -> Self {
        let nonce = document["nonce"].as_str().and_then(|nonce| nonce.parse().ok()).unwrap_or(0);
        Self { document, state, nonce, result: None, results: 0 }
    }

    fn nonce(&self) -> Value {
        json!(self.nonce.to_string())
    }

    /// The job with a new nonce: who was offered it before comes too late.
    fn offer(&mut self) -> Value {
        (self.state, self.nonce) = (JobState::Dispatched, self.nonce + 1);
        self.document["nonce"] = self.nonce();
        self.document.clone()
    }

    /// The job that goes on where this one left a token.
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
    fn fault_for(&mut self, call: &Call) -> Option<Answer> {
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
        let asked = |job: &&mut Job| {
            let data = &job.document["data"];
            let of_type = parts.iter().all(|part| data["actionTypeId"][*part] == id[*part]);
            let waits = matches!(job.state, JobState::Queued | JobState::Dispatched);
            let configuration = &data["actionConfiguration"]["configuration"];
            of_type && waits && query.is_none_or(|(key, value)| configuration[key] == *value)
        };
        let most = input["maxBatchSize"].as_u64().unwrap_or(1) as usize;
        let jobs: Vec<_> = self.jobs.values_mut().filter(asked).take(most).map(Job::offer).collect();
        Ok(Some(json!({"jobs": jobs})))
    }

    /// `None` is the empty body of the real service.
    fn handle(&mut self, call: &Call) -> Result<Option<Value>, Refusal> {
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

/// What a member may be.
enum Rule {
    /// A text of so many characters.
    Text(usize, usize),
    /// A job's id.
    Uuid,
    /// A text of so many characters, each a letter, a digit or one of these.
    Word(usize, usize, &'static str),
    /// One of these.
    OneOf(&'static [&'static str]),
    /// A whole number of at least this, and at most that.
    Whole(u64, u64),
    /// `true` or `false`.
    Flag,
    /// So many things like this.
    List(usize, usize, &'static Self),
    /// At most so many texts under keys, each with a rule.
    Map(usize, &'static Self, &'static Self),
    /// The output variables.
    Variables,
    /// An object with these members.
    Object(&'static [Member]),
}

struct Member {
    name: &'static str,
    required: bool,
    rule: Rule,
}

const fn required(name: &'static str, rule: Rule) -> Member {
    Member { name, required: true, rule }
}

const fn optional(name: &'static str, rule: Rule) -> Member {
    Member { name, required: false, rule }
}

const CATEGORIES: [&str; 7] = ["Source", "Build", "Deploy", "Test", "Invoke", "Approval", "Compute"];
const ACTION_TYPE_ID: Rule = Rule::Object(&[
    required("category", Rule::OneOf(&CATEGORIES)),
    required("owner", Rule::OneOf(&["AWS", "ThirdParty", "Custom"])),
    required("provider", Rule::Word(1, 35, "_-")),
    required("version", Rule::Word(1, 9, "_-")),
]);
const ARTIFACT_DETAILS: Rule =
    Rule::Object(&[required("minimumCount", Rule::Whole(0, 5)), required("maximumCount", Rule::Whole(0, 5))]);
const CONFIGURATION_PROPERTY: Rule = Rule::Object(&[
    required("name", Rule::Text(1, 50)),
    required("required", Rule::Flag),
    required("key", Rule::Flag),
    required("secret", Rule::Flag),
    optional("queryable", Rule::Flag),
    optional("description", Rule::Text(1, 160)),
    optional("type", Rule::OneOf(&["String", "Number", "Boolean"])),
]);
const TAG: Rule = Rule::Object(&[required("key", Rule::Text(1, 128)), required("value", Rule::Text(0, 256))]);

/// The inputs of the operations (CodePipeline API, 2015-07-09). `currentRevision` is for source actions, which ours
/// are not.
const OPERATIONS: [(&str, &[Member]); 6] = [
    (
        "PollForJobs",
        &[
            required("actionTypeId", ACTION_TYPE_ID),
            optional("maxBatchSize", Rule::Whole(1, u64::MAX)),
            optional("queryParam", Rule::Map(1, &Rule::Text(1, 50), &Rule::Word(1, 50, "_-"))),
        ],
    ),
    ("AcknowledgeJob", &[required("jobId", Rule::Uuid), required("nonce", Rule::Text(1, 50))]),
    (
        "CreateCustomActionType",
        &[
            required("category", Rule::OneOf(&CATEGORIES)),
            required("provider", Rule::Word(1, 35, "_-")),
            required("version", Rule::Word(1, 9, "_-")),
            optional(
                "settings",
                Rule::Object(&[
                    optional("thirdPartyConfigurationUrl", Rule::Text(1, 2048)),
                    optional("entityUrlTemplate", Rule::Text(1, 2048)),
                    optional("executionUrlTemplate", Rule::Text(1, 2048)),
                    optional("revisionUrlTemplate", Rule::Text(1, 2048)),
                ]),
            ),
            optional("configurationProperties", Rule::List(0, 10, &CONFIGURATION_PROPERTY)),
            required("inputArtifactDetails", ARTIFACT_DETAILS),
            required("outputArtifactDetails", ARTIFACT_DETAILS),
            optional("tags", Rule::List(0, 50, &TAG)),
        ],
    ),
    ("GetJobDetails", &[required("jobId", Rule::Uuid)]),
    (
        "PutJobSuccessResult",
        &[
            required("jobId", Rule::Uuid),
            optional("continuationToken", Rule::Text(1, 2048)),
            optional(
                "executionDetails",
                Rule::Object(&[
                    optional("summary", Rule::Text(1, 2048)),
                    optional("externalExecutionId", Rule::Text(1, 1500)),
                    optional("percentComplete", Rule::Whole(0, 100)),
                ]),
            ),
            optional("outputVariables", Rule::Variables),
        ],
    ),
    (
        "PutJobFailureResult",
        &[
            required("jobId", Rule::Uuid),
            required(
                "failureDetails",
                Rule::Object(&[
                    required("type", Rule::OneOf(&FAILURE_TYPES)),
                    required("message", Rule::Text(1, 5000)),
                    optional("externalExecutionId", Rule::Text(1, 1500)),
                ]),
            ),
        ],
    ),
];

/// The limits of every operation as JSON, for a comparison with the model.
pub fn table() -> Value {
    let operations = OPERATIONS.iter();
    operations
        .map(|(name, members)| ((*name).to_owned(), describe(&Rule::Object(members))))
        .collect::<Map<_, _>>()
        .into()
}

fn describe(rule: &Rule) -> Value {
    match rule {
        Rule::Text(least, most) => json!({"kind": "text", "least": least, "most": most}),
        Rule::Word(least, most, more) => json!({"kind": "word", "least": least, "most": most, "more": more}),
        Rule::Whole(least, u64::MAX) => json!({"kind": "whole", "least": least, "most": null}),
        Rule::Whole(least, most) => json!({"kind": "whole", "least": least, "most": most}),
        Rule::OneOf(words) => json!({"kind": "one of", "words": words}),
        Rule::List(_, most, of) => json!({"kind": "list", "most": most, "of": describe(of)}),
        Rule::Map(most, key, of) => json!({"kind": "map", "most": most, "key": describe(key), "of": describe(of)}),
        Rule::Flag | Rule::Uuid | Rule::Variables => json!({"kind": "own"}),
        Rule::Object(members) => {
            let member = |it: &Member| json!({"name": it.name, "required": it.required, "rule": describe(&it.rule)});
            json!({"kind": "object", "members": members.iter().map(member).collect::<Vec<_>>()})
        }
    }
}

fn check(operation: &str, input: &Value) -> Result<(), Refusal> {
    let Some((_, members)) = OPERATIONS.iter().find(|(name, _)| *name == operation) else {
        return Err((400, "UnknownOperationException", operation.to_owned()));
    };
    check_members(members, input)?;
    match (input.get("continuationToken"), input.get("outputVariables")) {
        (Some(_), Some(variables)) if variables != &json!({}) => {
            Err(invalid("output variables cannot be given with a continuation token"))
        }
        _ => Ok(()),
    }
}

fn check_members(members: &[Member], value: &Value) -> Result<(), Refusal> {
    let object = value.as_object().ok_or_else(|| invalid("not an object"))?;
    if let Some(name) = object.keys().find(|name| members.iter().all(|member| member.name != name.as_str())) {
        return Err(invalid(format!("unknown member {name}")));
    }
    members.iter().try_for_each(|member| match object.get(member.name) {
        None if member.required => Err(invalid(format!("{} is required", member.name))),
        None => Ok(()),
        Some(value) => check_rule(member.name, &member.rule, value),
    })
}

fn check_rule(name: &str, rule: &Rule, value: &Value) -> Result<(), Refusal> {
    let text = value.as_str();
    let good = match rule {
        Rule::Text(least, most) => text.is_some_and(|text| (*least..=*most).contains(&text.chars().count())),
        Rule::Uuid => text.is_some_and(is_uuid),
        Rule::OneOf(known) => text.is_some_and(|text| known.contains(&text)),
        Rule::Whole(least, most) => value.as_u64().is_some_and(|number| (*least..=*most).contains(&number)),
        Rule::Flag => value.is_boolean(),
        Rule::Word(least, most, more) => text.is_some_and(|text| {
            let is_letter = |letter: char| letter.is_ascii_alphanumeric() || more.contains(letter);
            (*least..=*most).contains(&text.chars().count()) && text.chars().all(is_letter)
        }),
        Rule::List(least, most, rule) => {
            let Some(items) = value.as_array() else { return Err(invalid(format!("{name} is not a list"))) };
            items.iter().try_for_each(|item| check_rule(name, rule, item))?;
            (*least..=*most).contains(&items.len())
        }
        Rule::Map(most, key_rule, rule) => {
            let Some(entries) = value.as_object() else { return Err(invalid(format!("{name} is not a map"))) };
            for (key, value) in entries {
                check_rule(name, key_rule, &json!(key))?;
                check_rule(name, rule, value)?;
            }
            entries.len() <= *most
        }
        Rule::Variables => return check_variables(value.as_object()),
        Rule::Object(members) => return check_members(members, value),
    };
    if good { Ok(()) } else { Err(invalid(format!("{name} does not satisfy its constraint"))) }
}

fn is_uuid(text: &str) -> bool {
    let is_hex = |group: &str| group.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    text.split('-').map(str::len).eq([8, 4, 4, 4, 12]) && text.split('-').all(is_hex)
}

fn check_variables(variables: Option<&Map<String, Value>>) -> Result<(), Refusal> {
    let variables = variables.ok_or_else(|| invalid("outputVariables is not a map"))?;
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || b"@-_".contains(&byte);
    for (name, value) in variables {
        if name.is_empty() || !name.bytes().all(is_word) || !value.is_string() {
            return Err(invalid(format!("the output variable {name} does not satisfy its constraint")));
        }
    }
    let sizes = variables.iter().map(|(name, value)| name.len() + value.as_str().map_or(0, str::len));
    match sizes.sum::<usize>() {
        size if size > VARIABLES_LIMIT => Err((400, "OutputVariablesSizeExceededException", format!("{size} bytes"))),
        _ => Ok(()),
    }
}

/// The fake itself.
mod tests {
    use super::{Answer, Fault, JobService, JobState};
    use serde_json::{Value, json};
    use std::io::{Read, Write};
    use std::net::TcpStream;

    const ID: &str = "0d4e7a52-6b0f-4a7c-9a56-2f6f0f2c9b11";

    /// Status and body of a call; status 0 when the connection ends without an answer.
    fn call(service: &JobService, operation: &str, input: &Value) -> (u16, String) {
        let body = input.to_string();
        let mut stream = TcpStream::connect(service.url().trim_start_matches("http://")).unwrap();
        let request = format!(
            "POST / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/x-amz-json-1.1\r\n\
             x-amz-target: CodePipeline_20150709.{operation}\r\ncontent-length: {}\r\n\
             authorization: AWS4-HMAC-SHA256 Credential=AKIA1/20260101/eu-west-1/codepipeline/aws4_request\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer);
        let status = answer.split(' ').nth(1).map_or(0, |status| status.parse().unwrap());
        (status, answer.split_once("\r\n\r\n").map_or("", |(_, body)| body).to_owned())
    }

    fn service() -> JobService {
        JobService::with_job(&json!({"id": ID, "nonce": "3", "data": {}}))
    }

    #[test]
    fn a_job_takes_one_result() {
        let service = service();
        let failure = json!({"jobId": ID, "failureDetails": {"type": "JobFailed", "message": "no"}});
        let details = call(&service, "GetJobDetails", &json!({"jobId": ID}));
        assert_eq!(details, (200, json!({"jobDetails": {"id": ID, "data": {}}}).to_string()));
        assert_eq!(call(&service, "PutJobFailureResult", &failure), (200, String::new()));
        let (status, body) = call(&service, "PutJobSuccessResult", &json!({"jobId": ID}));
        assert!(status == 400 && body.contains("#InvalidJobStateException"), "{body}");
        assert_eq!(service.result(ID), Some(failure));
        let operations: Vec<_> =
            service.calls().iter().map(|call| format!("{} {}", call.access_key, call.operation)).collect();
        assert_eq!(operations, ["AKIA1 GetJobDetails", "AKIA1 PutJobFailureResult", "AKIA1 PutJobSuccessResult"]);
    }

    #[test]
    fn a_queued_job_takes_no_result_and_an_unknown_one_neither() {
        let service = JobService::start();
        service.add(&json!({"id": ID}), JobState::Queued);
        let rows =
            [(ID, "#InvalidJobStateException"), ("00000000-0000-0000-0000-000000000000", "#JobNotFoundException")];
        for (id, code) in rows {
            let (status, body) = call(&service, "PutJobSuccessResult", &json!({"jobId": id}));
            assert!(status == 400 && body.contains(code), "{body}");
        }
    }

    #[test]
    fn the_limits_of_the_model_hold() {
        let (success, failure) = ("PutJobSuccessResult", "PutJobFailureResult");
        let details = |details: Value| json!({"jobId": ID, "executionDetails": details});
        let failed = |details: Value| json!({"jobId": ID, "failureDetails": details});
        let variables = |size: usize| json!({"jobId": ID, "outputVariables": {"a": "x".repeat(size)}});
        let rows = [
            ("the longest summary", success, details(json!({"summary": "é".repeat(2048)})), ""),
            ("a longer summary", success, details(json!({"summary": "é".repeat(2049)})), "#ValidationException"),
            ("an empty summary", success, details(json!({"summary": ""})), "#ValidationException"),
            ("percent", success, details(json!({"percentComplete": 101})), "#ValidationException"),
            ("unknown member", success, details(json!({"percent": 1})), "#ValidationException"),
            ("the largest variables", success, variables(122_879), ""),
            ("larger variables", success, variables(122_880), "#OutputVariablesSizeExceededException"),
            (
                "a variable's name",
                success,
                json!({"jobId": ID, "outputVariables": {"a.b": "c"}}),
                "#ValidationException",
            ),
            (
                "token and variables",
                success,
                json!({"jobId": ID, "continuationToken": "t", "outputVariables": {"a": "b"}}),
                "#ValidationException",
            ),
            ("the id's pattern", success, json!({"jobId": ID.to_uppercase()}), "#ValidationException"),
            ("the longest message", failure, failed(json!({"type": "JobFailed", "message": "x".repeat(5000)})), ""),
            (
                "a longer message",
                failure,
                failed(json!({"type": "JobFailed", "message": "x".repeat(5001)})),
                "#ValidationException",
            ),
            ("no message", failure, failed(json!({"type": "JobFailed"})), "#ValidationException"),
            (
                "the partner's type",
                failure,
                failed(json!({"type": "PermissionsError", "message": "x"})),
                "#ValidationException",
            ),
            ("another operation", "StopPipelineExecution", json!({}), "#UnknownOperationException"),
        ];
        for (name, operation, input, code) in rows {
            let (status, body) = call(&service(), operation, &input);
            let expected = if code.is_empty() { 200 } else { 400 };
            assert!(status == expected && body.contains(code), "{name}: {status} {body}");
        }
    }

    #[test]
    fn answers_go_wrong_by_script() {
        let service = service();
        service.fault(Fault::new("Put", 1, Answer::Error(400, "ThrottlingException")));
        service.fault(Fault::new("PutJobSuccess", 1, Answer::ResetBefore));
        service.fault(Fault::new("PutJobSuccess", 1, Answer::ResetAfter));
        let statuses: Vec<_> = (0..4).map(|_| call(&service, "PutJobSuccessResult", &json!({"jobId": ID})).0).collect();
        assert_eq!(statuses, [400, 0, 0, 400], "throttled, reset, done and reset, done already");
        assert!(service.result(ID).is_some());
    }
}
