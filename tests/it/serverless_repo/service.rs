//! What the repository keeps, and what it answers.

use super::faults::{Answer, Fault};
use super::model;
use super::templates::Prepared;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

pub const ACCOUNT: &str = "111122223333";
const REGION: &str = "us-east-1";
pub const CREATED: &str = "2026-11-30T12:00:00Z";

/// A call that was received.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    pub operation: String,
    pub input: Value,
}

/// Status, error code and message.
pub type Refusal = (u16, &'static str, String);

/// Everything that the service knows.
pub struct State {
    url: String,
    pub calls: Vec<Call>,
    pub faults: Vec<Fault>,
    pub closed: Vec<String>,
    pub copies_code: bool,
    applications: BTreeMap<String, Stored>,
    copies: Vec<String>,
    pub nested: Vec<Value>,
    pub templates: Vec<Prepared>,
    pub preparation: Vec<&'static str>,
}

struct Stored {
    /// As `GetApplication` answers it, without the version.
    application: Map<String, Value>,
    versions: Vec<Version>,
    policy: Value,
}

struct Version {
    /// As `GetApplication` answers it.
    members: Value,
    /// As it was sent.
    template: String,
}

fn bad(message: impl Into<String>) -> Refusal {
    (400, "BadRequestException", message.into())
}

pub fn text<'v>(input: &'v Value, name: &str) -> &'v str {
    input[name].as_str().unwrap_or_default()
}

fn arn(name: &str) -> String {
    format!("arn:aws:serverlessrepo:{REGION}:{ACCOUNT}:applications/{name}")
}

impl State {
    pub fn new(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            calls: Vec::new(),
            faults: Vec::new(),
            closed: Vec::new(),
            copies_code: false,
            applications: BTreeMap::new(),
            copies: Vec::new(),
            nested: Vec::new(),
            templates: Vec::new(),
            preparation: vec!["ACTIVE"],
        }
    }

    /// The fault for a call, if one is left.
    pub fn fault_for(&mut self, operation: &str) -> Option<Answer> {
        let fault = self.faults.iter_mut().find(|fault| fault.operation == operation && fault.times > 0)?;
        fault.times -= 1;
        Some(fault.answer)
    }

    pub fn published(&self) -> Vec<(String, Vec<String>)> {
        fn versions(stored: &Stored) -> Vec<String> {
            stored.versions.iter().map(|it| text(&it.members, "semanticVersion").to_owned()).collect()
        }
        let name = |id: &str| id.rsplit('/').next().unwrap_or_default().to_owned();
        self.applications.iter().map(|(id, stored)| (name(id), versions(stored))).collect()
    }

    pub fn template(&self, name: &str, version: &str) -> String {
        let versions = &self.applications[&arn(name)].versions;
        let found = versions.iter().find(|it| text(&it.members, "semanticVersion") == version);
        found.expect("the test published it").template.clone()
    }

    pub fn policy(&self, name: &str) -> Value {
        self.applications[&arn(name)].policy.clone()
    }

    /// The copy that a link names by its number.
    pub fn copy(&self, number: usize) -> Option<String> {
        self.copies.get(number).cloned()
    }

    /// Status and body of the answer.
    pub fn handle(&mut self, call: &Call) -> Result<(u16, Value), Refusal> {
        if let Some(problem) = model::problem(&call.operation, &call.input) {
            return Err(bad(problem));
        }
        let input = &call.input;
        match call.operation.as_str() {
            "CreateApplication" => self.create(input),
            "CreateApplicationVersion" => self.create_version(input),
            "GetApplication" => self.get(input),
            "UpdateApplication" => self.update(input),
            "GetApplicationPolicy" => Ok((200, json!({"statements": self.stored(input)?.policy}))),
            "PutApplicationPolicy" => {
                self.stored(input)?.policy = input["statements"].clone();
                Ok((200, json!({"statements": input["statements"]})))
            }
            "ListApplicationDependencies" => {
                self.get(input)?;
                Ok((200, json!({"dependencies": self.nested})))
            }
            "CreateCloudFormationTemplate" => self.create_template(input),
            "GetCloudFormationTemplate" => self.template_again(input),
            "ListApplications" => Ok((200, json!({"applications": self.summaries()}))),
            "ListApplicationVersions" => {
                let versions = self.stored(input)?.versions.iter().map(|it| summary(&it.members));
                Ok((200, json!({"versions": versions.collect::<Vec<_>>()})))
            }
            other => Err((404, "UnknownOperationException", other.to_owned())),
        }
    }

    fn stored(&mut self, input: &Value) -> Result<&mut Stored, Refusal> {
        let id = text(input, "applicationId");
        let absent = || (404, "NotFoundException", format!("No application found with ID: {id}"));
        self.applications.get_mut(id).ok_or_else(absent)
    }

    fn summaries(&self) -> Vec<Value> {
        let keys = ["applicationId", "author", "description", "homePageUrl", "labels", "name", "spdxLicenseId"];
        let known = |stored: &Stored| -> Map<String, Value> {
            let given = keys.iter().filter_map(|key| Some(((*key).to_owned(), stored.application.get(*key)?.clone())));
            given.collect()
        };
        self.applications.values().map(|stored| Value::Object(known(stored))).collect()
    }

    fn create(&mut self, input: &Value) -> Result<(u16, Value), Refusal> {
        let (name, id) = (text(input, "name"), arn(text(input, "name")));
        if self.applications.contains_key(&id) {
            // sam reads the ARN from this text.
            return Err((409, "ConflictException", format!("Application with name {name} already exists: {id}")));
        }
        let keys = ["author", "description", "homePageUrl", "labels", "name", "spdxLicenseId"];
        let given = keys.iter().filter_map(|key| Some(((*key).to_owned(), input.get(*key)?.clone())));
        let mut application: Map<String, Value> = given.collect();
        application.insert("applicationId".to_owned(), json!(id));
        application.insert("creationTime".to_owned(), json!(CREATED));
        for (body, url) in [("licenseBody", "licenseUrl"), ("readmeBody", "readmeUrl")] {
            if let Some(copy) = self.document(input, body, url)? {
                application.insert(url.to_owned(), json!(self.link(copy)));
            }
        }
        let versions = match input.get("semanticVersion") {
            Some(_) => vec![self.version(&id, input)?],
            None => Vec::new(),
        };
        self.applications.insert(id.clone(), Stored { application, versions, policy: json!([]) });
        self.get(&json!({"applicationId": id})).map(|(_, answer)| (201, answer))
    }

    /// An application of another account.
    pub fn offer(&mut self, id: &str, version: &str, members: &Value) {
        let text = members["template"].as_str().unwrap_or("Resources: {}").to_owned();
        let mut known = json!({
            "applicationId": id, "semanticVersion": version, "templateUrl": self.link(text.clone()),
            "creationTime": CREATED, "parameterDefinitions": [], "requiredCapabilities": [], "resourcesSupported": true,
        });
        for (key, value) in members.as_object().into_iter().flatten().filter(|(key, _)| *key != "template") {
            known[key] = value.clone();
        }
        let stored = self.applications.entry(id.to_owned()).or_insert_with(|| {
            let name = id.rsplit('/').next().unwrap_or_default();
            let application = json!({"applicationId": id, "name": name, "author": "them", "description": "Theirs."});
            let application = application.as_object().cloned().unwrap_or_default();
            Stored { application, versions: Vec::new(), policy: json!([]) }
        });
        stored.versions.push(Version { members: known, template: text });
    }

    fn create_version(&mut self, input: &Value) -> Result<(u16, Value), Refusal> {
        let (id, number) = (text(input, "applicationId").to_owned(), text(input, "semanticVersion").to_owned());
        let known = &self.stored(input)?.versions;
        if known.iter().any(|it| text(&it.members, "semanticVersion") == number) {
            return Err((409, "ConflictException", format!("Version {number} of {id} already exists")));
        }
        let version = self.version(&id, input)?;
        let answer = version.members.clone();
        self.stored(input)?.versions.push(version);
        Ok((201, answer))
    }

    pub fn get(&mut self, input: &Value) -> Result<(u16, Value), Refusal> {
        let stored = self.stored(input)?;
        let wanted = input["semanticVersion"].as_str();
        let is_it = |it: &&Version| wanted.is_none_or(|wanted| text(&it.members, "semanticVersion") == wanted);
        let version = stored.versions.iter().rev().find(is_it);
        if version.is_none() && wanted.is_some() {
            return Err((404, "NotFoundException", format!("No version {} found", wanted.unwrap_or_default())));
        }
        let mut answer = stored.application.clone();
        answer.extend(version.map(|version| ("version".to_owned(), version.members.clone())));
        Ok((200, Value::Object(answer)))
    }

    fn update(&mut self, input: &Value) -> Result<(u16, Value), Refusal> {
        let readme = self.document(input, "readmeBody", "readmeUrl")?.map(|copy| self.link(copy));
        let application = &mut self.stored(input)?.application;
        for key in ["author", "description", "homePageUrl", "labels"] {
            application.extend(input.get(key).map(|value| (key.to_owned(), value.clone())));
        }
        application.extend(readme.map(|link| ("readmeUrl".to_owned(), json!(link))));
        self.get(&json!({"applicationId": input["applicationId"]}))
    }

    /// The content of a document. That of an object is not known: its URI stands for it.
    fn document(&self, input: &Value, body: &str, url: &str) -> Result<Option<String>, Refusal> {
        match (input[body].as_str(), input[url].as_str()) {
            (Some(_), Some(_)) => Err(bad(format!("{body} and {url} are both given"))),
            (Some(text), None) => Ok(Some(text.to_owned())),
            (None, Some(uri)) => self.may_copy(uri).map(|()| Some(uri.to_owned())),
            (None, None) => Ok(None),
        }
    }

    fn may_copy(&self, uri: &str) -> Result<(), Refusal> {
        let Some((bucket, key)) = uri.strip_prefix("s3://").and_then(|rest| rest.split_once('/')) else {
            return Err(bad("Invalid S3 URI"));
        };
        match self.closed.iter().any(|closed| closed == bucket) {
            true => Err(bad(format!("Failed to copy S3 object. Access denied: bucket={bucket}, key={key}"))),
            false => Ok(()),
        }
    }

    pub fn link(&mut self, copy: String) -> String {
        self.copies.push(copy);
        format!("{}/copies/{}?X-Amz-Signature=5ecret", self.url, self.copies.len() - 1)
    }

    fn version(&mut self, id: &str, input: &Value) -> Result<Version, Refusal> {
        let template = text(input, "templateBody").to_owned();
        for line in template.lines().filter_map(|line| line.trim().strip_prefix("CodeUri: ")) {
            self.may_copy(line)?;
        }
        if template.contains("AWS::ServerlessRepo::Application") {
            return Err(bad("the template has metadata of the repository"));
        }
        let stored = match self.copies_code {
            true => template.replace("CodeUri: s3://", "CodeUri: s3://awsserverlessrepo-changesets-1f9/"),
            false => template.clone(),
        };
        let mut members = json!({
            "applicationId": id, "semanticVersion": input["semanticVersion"], "templateUrl": self.link(stored),
            "creationTime": CREATED, "parameterDefinitions": [], "requiredCapabilities": [], "resourcesSupported": true,
        });
        for key in ["sourceCodeUrl", "sourceCodeArchiveUrl"] {
            if let Some(value) = input.get(key) {
                members[key] = value.clone();
            }
        }
        Ok(Version { members, template })
    }
}

fn summary(version: &Value) -> Value {
    let keys = ["applicationId", "creationTime", "semanticVersion", "sourceCodeUrl"];
    let given = keys.iter().filter_map(|key| Some(((*key).to_owned(), version.get(*key)?.clone())));
    Value::Object(given.collect())
}
