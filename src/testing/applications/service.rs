//! The calls of the fake.

use super::fault::{Op, Wrong};
use super::{ACCOUNT, FakeApplications, REGION, State, Stored, StoredVersion};
use crate::facts::{Reason, S3Location, Secret, ServiceError};
use crate::publish::{
    self, Application, ApplicationId, Applications, Caller, Document, MetadataUpdate, NewApplication, NewVersion,
    PolicyStatement, SemanticVersion,
};

impl FakeApplications {
    /// Counts a call and makes it, unless it goes wrong.
    pub(super) async fn call<T>(
        &self,
        op: Op,
        resource: &str,
        make: impl Fn(&mut State) -> Result<T, ServiceError>,
    ) -> Result<T, ServiceError> {
        let wrong = {
            let mut state = self.lock();
            state.calls.push(op);
            let nth = state.calls.iter().filter(|other| **other == op).count();
            state.faults.iter().find(|fault| (fault.0, fault.1) == (op, nth)).map(|(_, _, wrong)| *wrong)
        };
        match wrong {
            None => make(&mut self.lock()),
            Some(Wrong::Hangs) => std::future::pending().await,
            Some(Wrong::Repeated) => {
                make(&mut self.lock())?;
                make(&mut self.lock())
            }
            Some(wrong) => {
                if wrong == Wrong::Lost {
                    make(&mut self.lock())?;
                }
                Err(op.goes(wrong, resource).expect("the rest is answered"))
            }
        }
    }
}

impl State {
    fn link(&mut self, bytes: Vec<u8>) -> String {
        let link = format!("https://copies.example.com/{}?X-Amz-Signature=5ecret", self.linked.len());
        self.linked.insert(link.clone(), bytes);
        link
    }

    fn get(
        &mut self,
        id: &ApplicationId,
        version: Option<&SemanticVersion>,
    ) -> Result<Option<Application>, ServiceError> {
        if self.misses > 0 {
            self.misses -= 1;
            return Ok(None);
        }
        let stored = self.applications.get(&id.to_string());
        let found = stored.and_then(|stored| {
            let wanted = version.map_or(stored.versions.last().map(|it| it.version.as_str()), |it| Some(it.as_str()));
            let at = stored.versions.iter().find(|it| Some(it.version.as_str()) == wanted);
            if version.is_some() && at.is_none() {
                return None;
            }
            let version = at.map(|it| publish::StoredVersion {
                version: it.version.clone(),
                template: Secret::new(&it.link),
                source_code_url: it.source_code_url.clone(),
            });
            Some(Application { version, ..stored.application.clone() })
        });
        match found {
            None if stored.is_none() && self.hides_absent => {
                Err(Op::Get.goes(Wrong::Denied, &id.to_string()).expect("a denial is an answer"))
            }
            found => Ok(found),
        }
    }

    /// The service copies what the request names.
    fn copy(&self, op: Op, id: &str, template: &str, documents: [&Option<Document>; 2]) -> Result<(), ServiceError> {
        let of_template = template.split([' ', '\'', '"', '\n']).filter_map(S3Location::from_uri);
        let documents = documents.into_iter().flatten().filter_map(Document::location).cloned();
        for location in documents.chain(of_template) {
            if self.closed.contains(&location.bucket) {
                let S3Location { bucket, key, .. } = location;
                let message = format!("Failed to copy S3 object. Access denied: bucket={bucket}, key={key}");
                return Err(op.bad(id, message));
            }
        }
        match template.contains("CodeUri: ./") {
            true => Err(op.bad(id, "Invalid S3 URI")),
            false => Ok(()),
        }
    }

    fn document(&mut self, document: &Option<Document>) -> Option<Secret> {
        let bytes = match document.as_ref()? {
            Document::Body(text) => text.clone().into_bytes(),
            Document::Object(location) => format!("the content of {}", location.uri()).into_bytes(),
        };
        Some(Secret::new(self.link(bytes)))
    }

    fn version(&mut self, new: &NewVersion) -> StoredVersion {
        let template = match self.copies_code {
            true => new.template.replace("s3://code/", "s3://awsserverlessrepo-changesets-1f9/copy-of-"),
            false => new.template.clone(),
        };
        let link = self.link(template.into_bytes());
        StoredVersion { version: new.version.to_string(), link, source_code_url: new.source_code_url.clone() }
    }

    fn create(&mut self, id: &str, new: &NewApplication) -> Result<(), ServiceError> {
        let op = Op::CreateApplication;
        if self.applications.contains_key(id) {
            return Err(op.conflict(id, format!("Application with name {} already exists", new.name)));
        }
        self.copy(op, id, &new.version.template, [&new.license, &new.readme])?;
        let (license, readme) = (self.document(&new.license), self.document(&new.readme));
        let application = Application {
            author: new.author.clone(),
            description: new.description.clone(),
            home_page_url: new.home_page_url.clone(),
            labels: new.labels.iter().flatten().cloned().collect(),
            license,
            readme,
            spdx_license_id: new.spdx_license_id.clone(),
            version: None,
        };
        let versions = vec![self.version(&new.version)];
        self.applications.insert(id.to_owned(), Stored { application, versions, policy: Vec::new() });
        Ok(())
    }

    fn stored(&mut self, op: Op, id: &str) -> Result<&mut Stored, ServiceError> {
        let absent = || op.refuses(id, Reason::NotFound, "NotFoundException", "No application found");
        self.applications.get_mut(id).ok_or_else(absent)
    }

    fn add_version(&mut self, id: &str, new: &NewVersion) -> Result<(), ServiceError> {
        let op = Op::CreateVersion;
        if self.stored(op, id)?.versions.iter().any(|it| it.version == new.version.as_str()) {
            return Err(op.conflict(id, format!("Version {} already exists", new.version)));
        }
        self.copy(op, id, &new.template, [&None, &None])?;
        let version = self.version(new);
        self.stored(op, id)?.versions.push(version);
        Ok(())
    }

    fn change(&mut self, id: &str, update: &MetadataUpdate) -> Result<(), ServiceError> {
        let readme = self.document(&update.readme);
        let application = &mut self.stored(Op::Update, id)?.application;
        let MetadataUpdate { author, description, home_page_url, labels, readme: _ } = update.clone();
        application.author = author.unwrap_or_else(|| application.author.clone());
        application.description = description.unwrap_or_else(|| application.description.clone());
        application.home_page_url = home_page_url.or_else(|| application.home_page_url.clone());
        application.labels = labels.map_or_else(|| application.labels.clone(), |labels| labels.into_iter().collect());
        application.readme = readme.or_else(|| application.readme.clone());
        Ok(())
    }
}

impl Applications for FakeApplications {
    fn region(&self) -> Option<String> {
        self.lock().region.clone().unwrap_or_else(|| Some(REGION.to_owned()))
    }

    async fn caller(&self) -> Result<Caller, ServiceError> {
        let caller = Caller { partition: "aws".to_owned(), account: ACCOUNT.to_owned() };
        self.call(Op::Caller, "the credentials", |_| Ok(caller.clone())).await
    }

    async fn application(
        &self,
        id: &ApplicationId,
        version: Option<&SemanticVersion>,
    ) -> Result<Option<Application>, ServiceError> {
        self.call(Op::Get, &id.to_string(), |state| state.get(id, version)).await
    }

    async fn own_applications(&self) -> Result<Vec<String>, ServiceError> {
        self.call(Op::List, "*", |state| Ok(state.applications.keys().cloned().collect())).await
    }

    async fn create_application(&self, id: &ApplicationId, new: &NewApplication) -> Result<(), ServiceError> {
        let id = id.to_string();
        self.call(Op::CreateApplication, &id, |state| state.create(&id, new)).await
    }

    async fn create_version(&self, id: &ApplicationId, new: &NewVersion) -> Result<(), ServiceError> {
        let id = id.to_string();
        self.call(Op::CreateVersion, &id, |state| state.add_version(&id, new)).await
    }

    async fn update_application(&self, id: &ApplicationId, update: &MetadataUpdate) -> Result<(), ServiceError> {
        let id = id.to_string();
        self.call(Op::Update, &id, |state| state.change(&id, update)).await
    }

    async fn policy(&self, id: &ApplicationId) -> Result<Vec<PolicyStatement>, ServiceError> {
        let id = id.to_string();
        self.call(Op::GetPolicy, &id, |state| Ok(state.stored(Op::GetPolicy, &id)?.policy.clone())).await
    }

    async fn set_policy(&self, id: &ApplicationId, statements: &[PolicyStatement]) -> Result<(), ServiceError> {
        let id = id.to_string();
        let set = |state: &mut State| {
            state.stored(Op::SetPolicy, &id)?.policy = statements.to_vec();
            Ok(())
        };
        self.call(Op::SetPolicy, &id, set).await
    }

    async fn fetch(&self, link: &Secret, limit: usize) -> Result<Vec<u8>, ServiceError> {
        let resource = "a link in the answer";
        let read = |state: &mut State| match state.linked.get(link.expose()) {
            Some(bytes) if !state.breaks_links && bytes.len() <= limit => Ok(bytes.clone()),
            Some(_) | None => Err(Op::Fetch.refuses(resource, Reason::Rejected, "", "status 403")),
        };
        self.call(Op::Fetch, resource, read).await
    }
}
