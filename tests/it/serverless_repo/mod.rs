//! The Serverless Application Repository on loopback (REST JSON), for tests of the executable: it takes the members of
//! the model alone, keeps applications, versions and policies, records every call, and fails calls by script. It also
//! answers `GetCallerIdentity` of STS, and serves the copies to which its answers link.

mod faults;
mod model;
mod service;
mod templates;
mod tests;
mod wire;

pub use faults::{Answer, Fault};
pub use model::table;
pub use service::Call;

use crate::loopback::Loopback;
use serde_json::{Value, json};
use service::State;

/// The service; it ends with the value.
pub struct ServerlessRepo(Loopback<State>);

impl ServerlessRepo {
    /// Starts a service without applications.
    pub fn start() -> Self {
        Self(Loopback::start(State::new, wire::answer))
    }

    pub fn url(&self) -> &str {
        self.0.url()
    }

    pub fn fault(&self, fault: Fault) {
        self.0.lock().faults.push(fault);
    }

    /// The service may not copy objects of this bucket.
    pub fn may_not_read(&self, bucket: &str) {
        self.0.lock().closed.push(bucket.to_owned());
    }

    /// Stored templates name copies of their code in a bucket of the service.
    pub fn copies_code(&self) {
        self.0.lock().copies_code = true;
    }

    /// Every call so far, in order, without those for copies.
    pub fn calls(&self) -> Vec<Call> {
        self.0.lock().calls.clone()
    }

    /// The operations that write, in order.
    pub fn writes(&self) -> Vec<String> {
        let is_write = |operation: &&String| ["Create", "Update", "Put"].iter().any(|verb| operation.starts_with(verb));
        self.calls().iter().map(|call| &call.operation).filter(is_write).cloned().collect()
    }

    /// Names of applications, each with its versions in the order of their creation.
    pub fn published(&self) -> Vec<(String, Vec<String>)> {
        self.0.lock().published()
    }

    /// The template of a version as it was sent.
    pub fn template(&self, name: &str, version: &str) -> String {
        self.0.lock().template(name, version)
    }

    /// A version of an application that another account shares with this one: its members as `GetApplication` gives them.
    pub fn offer(&self, id: &str, version: &str, members: &Value) {
        self.0.lock().offer(id, version, members);
    }

    /// Every application has this one within.
    pub fn nests(&self, id: &str, version: &str) {
        self.0.lock().nested.push(json!({"applicationId": id, "semanticVersion": version}));
    }

    /// Templates have these statuses, look after look; the last one stays.
    pub fn prepares(&self, statuses: &[&'static str]) {
        self.0.lock().preparation = statuses.to_vec();
    }

    /// The calls of an operation.
    pub fn calls_of(&self, operation: &str) -> Vec<Call> {
        self.calls().into_iter().filter(|call| call.operation == operation).collect()
    }

    /// The statements of the policy of an application.
    pub fn policy(&self, name: &str) -> Value {
        self.0.lock().policy(name)
    }
}
