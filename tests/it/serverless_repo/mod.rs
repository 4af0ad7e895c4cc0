//! The Serverless Application Repository on loopback (REST JSON), for tests of the executable: it takes the members of
//! the model alone, keeps applications, versions and policies, records every call, and fails calls by script. It also
//! answers `GetCallerIdentity` of STS, and serves the copies to which its answers link.

mod faults;
mod model;
mod service;
mod tests;
mod wire;

pub use faults::{Answer, Fault};
pub use model::table;
pub use service::Call;

use serde_json::Value;
use service::State;
use std::sync::{Arc, Mutex};

/// The service; it ends with the value.
pub struct ServerlessRepo {
    url: String,
    state: Arc<Mutex<State>>,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl ServerlessRepo {
    /// Starts a service without applications.
    pub fn start() -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State::new(&url)));
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

    pub fn url(&self) -> &str {
        &self.url
    }

    pub fn fault(&self, fault: Fault) {
        self.lock().faults.push(fault);
    }

    /// The service may not copy objects of this bucket.
    pub fn may_not_read(&self, bucket: &str) {
        self.lock().closed.push(bucket.to_owned());
    }

    /// Stored templates name copies of their code in a bucket of the service.
    pub fn copies_code(&self) {
        self.lock().copies_code = true;
    }

    /// Every call so far, in order, without those for copies.
    pub fn calls(&self) -> Vec<Call> {
        self.lock().calls.clone()
    }

    /// The operations that write, in order.
    pub fn writes(&self) -> Vec<String> {
        let is_write = |operation: &&String| ["Create", "Update", "Put"].iter().any(|verb| operation.starts_with(verb));
        self.calls().iter().map(|call| &call.operation).filter(is_write).cloned().collect()
    }

    /// Names of applications, each with its versions in the order of their creation.
    pub fn published(&self) -> Vec<(String, Vec<String>)> {
        self.lock().published()
    }

    /// The template of a version as it was sent.
    pub fn template(&self, name: &str, version: &str) -> String {
        self.lock().template(name, version)
    }

    /// The statements of the policy of an application.
    pub fn policy(&self, name: &str) -> Value {
        self.lock().policy(name)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

impl Drop for ServerlessRepo {
    fn drop(&mut self) {
        self.stop.take().map(|stop| stop.send(()));
        self.thread.take().map(std::thread::JoinHandle::join);
    }
}
