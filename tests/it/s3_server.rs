//! An S3 server on loopback for tests of the executable: real requests, signatures checked, objects in a folder,
//! every request recorded, and answers that go wrong by script.

use crate::clock::Clock;
use bytes::Bytes;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use s3s::config::{S3Config, StaticConfigProvider};
use s3s::service::S3ServiceBuilder;
use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

type Body = UnsyncBoxBody<Bytes, Box<dyn Error + Send + Sync>>;

/// Credentials of the host's own role.
pub const HOST: Credentials =
    Credentials { access_key: "AKIAHOSTHOSTHOSTHOST", secret_key: "host-secret-3f9c1b7a5d2e" };

/// Credentials that come with a job.
pub const JOB: Credentials = Credentials { access_key: "ASIAJOBJOBJOBJOBJOBJ", secret_key: "job-secret-8d4e6f1a2b3c" };

/// What signs a request.
#[derive(Clone, Copy)]
pub struct Credentials {
    pub access_key: &'static str,
    pub secret_key: &'static str,
}

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Recorded {
    pub method: String,
    /// `/bucket/key`, decoded no further than the wire has it.
    pub path: String,
    pub query: String,
    /// The access key that signed it.
    pub access_key: String,
    pub headers: BTreeMap<String, String>,
}

impl Recorded {
    /// The value of a header, or nothing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// Whether it writes an object or a part of one.
    pub fn writes(&self) -> bool {
        self.method == "PUT" || self.method == "POST"
    }
}

/// An answer that goes wrong.
#[derive(Debug, Clone)]
pub struct Fault {
    method: &'static str,
    path: String,
    times: usize,
    answer: Answer,
}

/// How an answer goes wrong.
#[derive(Debug, Clone)]
pub enum Answer {
    /// This status with an S3 error document of this code, and these headers.
    Error(u16, &'static str, Vec<(&'static str, &'static str)>),
    /// The connection is closed without an answer.
    Reset,
    /// Half of the body, and then the connection is closed.
    Truncated,
    /// The right answer, late.
    Late(Duration),
}

impl Fault {
    /// For requests of a method whose path and query contain a text: every one of them.
    pub fn new(method: &'static str, path: impl Into<String>, answer: Answer) -> Self {
        Self { method, path: path.into(), times: usize::MAX, answer }
    }

    /// No more than so many.
    pub fn times(self, times: usize) -> Self {
        Self { times, ..self }
    }
}

#[derive(Default)]
struct State {
    requests: Vec<Recorded>,
    faults: Vec<Fault>,
    versioned: bool,
    versions: BTreeMap<String, usize>,
    kms_only: Vec<String>,
    clock: Option<Clock>,
}

/// The server; it ends with the value.
pub struct S3Server {
    url: String,
    folder: tempfile::TempDir,
    state: Arc<Mutex<State>>,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl S3Server {
    /// Starts a server with no bucket.
    pub fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let state = Arc::new(Mutex::new(State::default()));
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let (root, shared) = (folder.path().to_path_buf(), Arc::clone(&state));
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                tokio::select! {
                    () = serve(listener, &root, shared) => {}
                    _ = stopped => {}
                }
            });
        });
        Self { url, folder, state, stop: Some(stop), thread: Some(thread) }
    }

    /// Starts a server with one bucket.
    pub fn with_bucket(name: &str) -> Self {
        let server = Self::start();
        server.bucket(name);
        server
    }

    /// Makes a bucket.
    pub fn bucket(&self, name: &str) {
        std::fs::create_dir_all(self.folder.path().join(name)).unwrap();
    }

    /// Where it listens.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Writes get versions from now on.
    pub fn keep_versions(&self) {
        self.state.lock().unwrap().versioned = true;
    }

    /// Writes to a bucket are refused unless they ask for `aws:kms`, as the policy of a pipeline's bucket demands.
    pub fn demand_kms(&self, bucket: &str) {
        self.state.lock().unwrap().kms_only.push(bucket.to_owned());
    }

    /// Makes answers go wrong.
    pub fn fault(&self, fault: Fault) {
        self.state.lock().unwrap().faults.push(fault);
    }

    /// The server goes by another clock from now on: requests that were signed at another time are refused.
    pub fn go_by(&self, clock: Clock) {
        self.state.lock().unwrap().clock = Some(clock);
    }

    /// Answers are right again, those that are late by now stay so.
    pub fn no_more_faults(&self) {
        self.state.lock().unwrap().faults.clear();
    }

    /// Stores an object behind the server's back.
    pub fn put(&self, bucket: &str, key: &str, content: &[u8]) {
        let path = self.folder.path().join(bucket).join(key);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    /// The objects of a bucket by key.
    pub fn objects(&self, bucket: &str) -> BTreeMap<String, Vec<u8>> {
        let mut objects = BTreeMap::new();
        let bucket = self.folder.path().join(bucket);
        collect(&bucket, &bucket, &mut objects);
        objects
    }

    /// Every request so far, in order.
    pub fn requests(&self) -> Vec<Recorded> {
        self.state.lock().unwrap().requests.clone()
    }

    /// Forgets the requests so far.
    pub fn forget_requests(&self) {
        self.state.lock().unwrap().requests.clear();
    }

    /// `METHOD /path?query` of every request that writes.
    pub fn writes(&self) -> Vec<String> {
        let requests = self.requests().into_iter().filter(Recorded::writes);
        requests.map(|request| format!("{} {}", request.method, request.path)).collect()
    }
}

impl Drop for S3Server {
    fn drop(&mut self) {
        self.stop.take().map(|stop| stop.send(()));
        self.thread.take().map(std::thread::JoinHandle::join);
    }
}

fn collect(root: &Path, folder: &Path, objects: &mut BTreeMap<String, Vec<u8>>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for path in entries.map(|entry| entry.unwrap().path()) {
        let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
        if path.is_dir() {
            collect(root, &path, objects);
        } else if !name.rsplit('/').next().unwrap().starts_with('.') {
            objects.insert(name, std::fs::read(&path).unwrap());
        }
    }
}

async fn serve(listener: std::net::TcpListener, root: &Path, state: Arc<Mutex<State>>) {
    let mut builder = S3ServiceBuilder::new(s3s_fs::FileSystem::new(root).unwrap());
    let mut keys = s3s::auth::SimpleAuth::new();
    keys.register(HOST.access_key.to_owned(), HOST.secret_key.into());
    keys.register(JOB.access_key.to_owned(), JOB.secret_key.into());
    builder.set_auth(keys);
    // The time of a request is looked at above.
    let mut config = S3Config::default();
    config.presigned_url_max_skew_time_secs = u32::MAX;
    builder.set_config(Arc::new(StaticConfigProvider::new(Arc::new(config))));
    let service = builder.build();
    let listener = tokio::net::TcpListener::from_std(listener).unwrap();
    loop {
        let Ok((socket, _)) = listener.accept().await else { continue };
        let (service, root, state) = (service.clone(), Arc::<Path>::from(root), Arc::clone(&state));
        tokio::spawn(async move {
            let handler =
                service_fn(move |request| answer(request, service.clone(), Arc::clone(&root), Arc::clone(&state)));
            let _ = auto::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(socket), handler).await;
        });
    }
}

type Answered = Result<Response<Body>, Box<dyn Error + Send + Sync>>;

/// Every answer tells the time.
async fn answer(
    request: Request<Incoming>,
    service: s3s::service::S3Service,
    root: Arc<Path>,
    state: Arc<Mutex<State>>,
) -> Answered {
    let Some(clock) = state.lock().unwrap().clock else {
        return answer_in_time(request, service, root, state).await;
    };
    let signed_at = request.headers().get("x-amz-date").and_then(|value| value.to_str().ok()).unwrap_or("");
    let mut response = match clock.disagrees(signed_at) {
        true => error(403, "RequestTimeTooSkewed", &[], request.method() == hyper::Method::HEAD),
        false => answer_in_time(request, service, root, state).await?,
    };
    response.headers_mut().insert("date", clock.date().parse()?);
    Ok(response)
}

async fn answer_in_time(
    request: Request<Incoming>,
    service: s3s::service::S3Service,
    root: Arc<Path>,
    state: Arc<Mutex<State>>,
) -> Answered {
    let recorded = record(&request);
    let fault = {
        let mut state = state.lock().unwrap();
        state.requests.push(recorded.clone());
        let missing = || state_of_bucket(&root, &recorded);
        state.fault_for(&recorded).or_else(|| state.policy_for(&recorded)).or_else(missing)
    };
    match &fault {
        Some(Answer::Reset) => return Err("reset by script".into()),
        Some(Answer::Error(status, code, headers)) => {
            let _ = request.into_body().collect().await;
            return Ok(error(*status, code, headers, recorded.method == "HEAD"));
        }
        Some(Answer::Late(delay)) => tokio::time::sleep(*delay).await,
        Some(Answer::Truncated) | None => {}
    }
    let response = hyper::service::Service::call(&service, request).await?;
    let (mut parts, body) = response.into_parts();
    if let Some(version) = state.lock().unwrap().version_for(&recorded, parts.status) {
        parts.headers.insert("x-amz-version-id", version.parse()?);
    }
    let body = match fault {
        Some(Answer::Truncated) => cut(body.collect().await?.to_bytes()),
        Some(Answer::Reset | Answer::Error(..) | Answer::Late(_)) | None => body.map_err(Into::into).boxed_unsync(),
    };
    Ok(Response::from_parts(parts, body))
}

/// The folder that stands for the server makes buckets as they are written to; S3 does not.
fn state_of_bucket(root: &Path, request: &Recorded) -> Option<Answer> {
    let bucket = request.path.split('/').nth(1)?;
    let missing = !root.join(bucket).is_dir();
    missing.then(|| Answer::Error(404, "NoSuchBucket", Vec::new()))
}

fn record(request: &Request<Incoming>) -> Recorded {
    let headers: BTreeMap<String, String> = (request.headers().iter())
        .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
        .collect();
    let authorization = headers.get("authorization").map_or("", String::as_str);
    let credential = authorization.split("Credential=").nth(1).and_then(|rest| rest.split('/').next());
    Recorded {
        method: request.method().to_string(),
        path: request.uri().path().to_owned(),
        query: request.uri().query().unwrap_or("").to_owned(),
        access_key: credential.unwrap_or("").to_owned(),
        headers,
    }
}

fn error(status: u16, code: &str, headers: &[(&str, &str)], without_body: bool) -> Response<Body> {
    let document = format!(
        "<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>scripted</Message><RequestId>REQ1</RequestId></Error>"
    );
    let document = if without_body { String::new() } else { document };
    let full = Full::new(Bytes::from(document)).map_err(|never| match never {}).boxed_unsync();
    let mut response = Response::new(full);
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    response.headers_mut().insert("x-amz-request-id", "REQ1".parse().unwrap());
    for (name, value) in headers {
        response
            .headers_mut()
            .insert(hyper::header::HeaderName::from_bytes(name.as_bytes()).unwrap(), value.parse().unwrap());
    }
    response
}

fn cut(body: Bytes) -> Body {
    let half = body.slice(..body.len() / 2);
    let frames: Vec<Result<Frame<Bytes>, Box<dyn Error + Send + Sync>>> =
        vec![Ok(Frame::data(half)), Err("cut by script".into())];
    StreamBody::new(futures_util::stream::iter(frames)).boxed_unsync()
}

impl State {
    fn fault_for(&mut self, request: &Recorded) -> Option<Answer> {
        let target = format!("{}?{}", request.path, request.query);
        let matching =
            |fault: &&mut Fault| fault.times > 0 && fault.method == request.method && target.contains(&fault.path);
        let fault = self.faults.iter_mut().find(matching)?;
        fault.times -= 1;
        Some(fault.answer.clone())
    }

    fn policy_for(&self, request: &Recorded) -> Option<Answer> {
        let bucket = request.path.split('/').nth(1).unwrap_or("");
        let begins_object =
            request.query.is_empty() || request.query.contains("uploads") || request.query == "x-id=PutObject";
        let denied = self.kms_only.iter().any(|it| it == bucket) && request.writes() && begins_object;
        let asks = request.header("x-amz-server-side-encryption") == "aws:kms";
        (denied && !asks).then(|| Answer::Error(403, "AccessDenied", Vec::new()))
    }

    fn version_for(&mut self, request: &Recorded, status: StatusCode) -> Option<String> {
        if !self.versioned || !status.is_success() {
            return None;
        }
        let completes = request.method == "POST" && request.query.contains("uploadId");
        if completes || (request.method == "PUT" && !request.query.contains("partNumber")) {
            *self.versions.entry(request.path.clone()).or_default() += 1;
        }
        self.versions.get(&request.path).map(|version| format!("v{version}"))
    }
}
