//! What happens to an alias, and what CloudFormation shows of it.

use serde_json::{Map, Value, json};

/// The one application of a stack, as SAM names it.
pub const APPLICATION: &str = "ServerlessDeploymentApplication";

/// The shift of the alias `live` of a function from version 41 to 42.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shift {
    /// The logical ids of the nested stacks above the alias.
    pub parents: Vec<String>,
    /// The logical id of the function.
    pub function: String,
    pub routing: Routing,
    pub before: Option<Hook>,
    pub after: Option<Hook>,
    pub alarms: Vec<Alarm>,
    /// Whether another deployment runs in the group.
    pub is_busy: bool,
}

/// Percentages and minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Routing {
    AllAtOnce,
    Canary(u32, u32),
    Linear(u32, u32),
}

/// A hook function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hook {
    /// Until it reports.
    pub seconds: i64,
    /// The tail of its log, if it reports a failure.
    pub failure: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alarm {
    pub name: String,
    pub fires: Fires,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fires {
    Never,
    /// Before anything is deployed.
    Before,
    /// At a second of the deployment.
    At(i64),
}

impl Shift {
    /// Of a function in the root stack, or below: `Child/Hello`.
    pub fn of(path: &str, routing: Routing) -> Self {
        let mut parents: Vec<_> = path.split('/').map(str::to_owned).collect();
        let function = parents.pop().expect("a path has a function");
        Self { parents, function, routing, before: None, after: None, alarms: Vec::new(), is_busy: false }
    }

    /// With a hook before the traffic that succeeds.
    pub fn before(self, seconds: i64) -> Self {
        Self { before: Some(Hook { seconds, failure: None }), ..self }
    }

    /// With a hook before the traffic that reports a failure.
    pub fn refused_after(self, seconds: i64, log: &str) -> Self {
        Self { before: Some(Hook { seconds, failure: Some(log.to_owned()) }), ..self }
    }

    /// With a hook after the traffic that succeeds.
    pub fn after(self, seconds: i64) -> Self {
        Self { after: Some(Hook { seconds, failure: None }), ..self }
    }

    pub fn watched_by(mut self, alarm: &str, fires: Fires) -> Self {
        self.alarms.push(Alarm { name: alarm.to_owned(), fires });
        self
    }

    /// A shift in one step that nothing stops.
    pub fn at_once(&self) -> Self {
        let (parents, function) = (self.parents.clone(), self.function.clone());
        Self { parents, function, ..Self::of("", Routing::AllAtOnce) }
    }

    pub fn busy(self) -> Self {
        Self { is_busy: true, ..self }
    }

    pub fn alias_id(&self) -> String {
        format!("{}Aliaslive", self.function)
    }

    pub fn group_id(&self) -> String {
        format!("{}DeploymentGroup", self.function)
    }

    /// The path of the alias, as a row of a script has it.
    pub fn alias_path(&self) -> String {
        self.parents.iter().map(|parent| format!("{parent}/")).collect::<String>() + &self.alias_id()
    }

    /// The name of its configuration.
    pub fn configuration(&self) -> String {
        match self.routing {
            Routing::AllAtOnce => "CodeDeployDefault.LambdaAllAtOnce".to_owned(),
            Routing::Canary(percent, minutes) => {
                format!("CodeDeployDefault.LambdaCanary{percent}Percent{minutes}Minutes")
            }
            Routing::Linear(percent, 1) => format!("CodeDeployDefault.LambdaLinear{percent}PercentEvery1Minute"),
            Routing::Linear(percent, minutes) => {
                format!("CodeDeployDefault.LambdaLinear{percent}PercentEvery{minutes}Minutes")
            }
        }
    }

    /// The resources of the processed template, and their types.
    pub fn resources(&self) -> Vec<(String, &'static str)> {
        let mut resources = vec![
            (self.function.clone(), "AWS::Lambda::Function"),
            (self.alias_id(), "AWS::Lambda::Alias"),
            (self.group_id(), "AWS::CodeDeploy::DeploymentGroup"),
            (APPLICATION.to_owned(), "AWS::CodeDeploy::Application"),
        ];
        let hooks = [("Before", &self.before), ("After", &self.after)];
        let hooks = hooks.into_iter().filter(|(_, hook)| hook.is_some());
        resources.extend(hooks.map(|(name, _)| (self.hook_id(name), "AWS::Lambda::Function")));
        resources
    }

    fn hook_id(&self, name: &str) -> String {
        format!("{}{name}Hook", self.function)
    }

    /// The resources of the processed template.
    pub fn template(&self) -> Map<String, Value> {
        let mut policy = json!({
            "ApplicationName": {"Ref": APPLICATION}, "DeploymentGroupName": {"Ref": self.group_id()},
        });
        if self.before.is_some() {
            policy["BeforeAllowTrafficHook"] = json!({"Ref": self.hook_id("Before")});
        }
        if self.after.is_some() {
            policy["AfterAllowTrafficHook"] = json!({"Ref": self.hook_id("After")});
        }
        let types = self.resources().into_iter();
        let mut template: Map<_, _> = types.map(|(id, kind)| (id, json!({"Type": kind}))).collect();
        let alias = json!({
            "Type": "AWS::Lambda::Alias",
            "UpdatePolicy": {"CodeDeployLambdaAliasUpdate": policy},
            "Properties": {"Name": "live", "FunctionName": {"Ref": self.function}},
        });
        template.insert(self.alias_id(), alias);
        template
    }
}
