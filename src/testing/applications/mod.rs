//! The Serverless Application Repository in memory: applications, versions, policies, templates for CloudFormation, and
//! what goes wrong.

mod deployable;
mod fault;
mod objects;
mod service;
#[cfg(test)]
mod tests;

pub use fault::{Op, Wrong};
pub use objects::FakeObjects;

use crate::operation::{DeployableVersion, NestedApplication, TemplateStatus};
use crate::publish::{Application, PolicyStatement};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};

pub const ACCOUNT: &str = "111122223333";
pub const REGION: &str = "eu-west-1";

/// The fake. Links in its answers are signed, and valid until they are withdrawn. Clones share everything.
#[derive(Clone, Default)]
pub struct FakeApplications(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    applications: BTreeMap<String, Stored>,
    /// What links point to.
    linked: BTreeMap<String, Vec<u8>>,
    faults: Vec<(Op, usize, Wrong)>,
    calls: Vec<Op>,
    /// Buckets that the service may not read.
    closed: BTreeSet<String>,
    hides_absent: bool,
    copies_code: bool,
    breaks_links: bool,
    /// `None`: the region of the ARNs.
    region: Option<Option<String>>,
    /// So many lookups find nothing.
    misses: usize,
    /// What can be deployed, by the ARN, in the order of the versions.
    deployable: BTreeMap<String, Vec<DeployableVersion>>,
    nested: Vec<NestedApplication>,
    /// Templates for CloudFormation, each with its status at the looks that are left; the last one stays.
    templates: Vec<Vec<TemplateStatus>>,
    /// The statuses of templates that are asked for from now on.
    preparation: Vec<TemplateStatus>,
}

struct Stored {
    /// Without a version.
    application: Application,
    /// In the order of their creation.
    versions: Vec<StoredVersion>,
    policy: Vec<PolicyStatement>,
}

struct StoredVersion {
    version: String,
    link: String,
    source_code_url: Option<String>,
}

impl FakeApplications {
    /// The `nth` call, counted from 1, goes wrong.
    pub fn breaks(&self, op: Op, nth: usize, wrong: Wrong) {
        self.lock().faults.push((op, nth, wrong));
    }

    /// The service may not read a bucket.
    pub fn may_not_read(&self, bucket: &str) {
        self.lock().closed.insert(bucket.to_owned());
    }

    /// Whatever does not exist is answered with 403.
    pub fn hides_absent(&self) {
        self.lock().hides_absent = true;
    }

    /// Templates that are published from now on name copies of their code in buckets of the service.
    pub fn copies_code(&self) {
        self.lock().copies_code = true;
    }

    /// Links are no longer valid.
    pub fn breaks_links(&self) {
        self.lock().breaks_links = true;
    }

    /// The run is in another region, or in none.
    pub fn is_in(&self, region: Option<&str>) {
        self.lock().region = Some(region.map(str::to_owned));
    }

    /// So many of the next lookups find nothing, as before another run published.
    pub fn misses_next(&self, lookups: usize) {
        self.lock().misses = lookups;
    }

    /// The calls so far.
    pub fn calls(&self) -> Vec<Op> {
        self.lock().calls.clone()
    }

    /// The names of all applications, each with its versions.
    pub fn published(&self) -> Vec<(String, Vec<String>)> {
        let state = self.lock();
        let versions = |stored: &Stored| stored.versions.iter().map(|it| it.version.clone()).collect();
        let name = |id: &str| id.rsplit('/').next().unwrap_or_default().to_owned();
        state.applications.iter().map(|(id, stored)| (name(id), versions(stored))).collect()
    }

    /// The application of that name.
    pub fn application_named(&self, name: &str) -> Application {
        self.lock().applications[&arn(name)].application.clone()
    }

    /// The policy of the application of that name.
    pub fn policy_of(&self, name: &str) -> Vec<PolicyStatement> {
        self.lock().applications[&arn(name)].policy.clone()
    }

    /// Somebody else sets a policy.
    pub fn sets_policy(&self, name: &str, statements: Vec<PolicyStatement>) {
        self.lock().applications.get_mut(&arn(name)).expect("the test made it").policy = statements;
    }

    /// The template of a version, as the service keeps it.
    pub fn template_of(&self, name: &str, version: &str) -> String {
        let state = self.lock();
        let stored = state.applications[&arn(name)].versions.iter().find(|it| it.version == version);
        String::from_utf8(state.linked[&stored.expect("the test published it").link].clone()).expect("it was a text")
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("no test panics while it holds the lock")
    }
}

/// The ARN of an application of the fake's account.
pub fn arn(name: &str) -> String {
    format!("arn:aws:serverlessrepo:{REGION}:{ACCOUNT}:applications/{name}")
}
