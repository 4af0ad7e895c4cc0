//! The link from an action to the log of its job: the part of an AWS console address that completes the link of the
//! action type (`{ExternalExecutionId}`).

use super::loopback;
use crate::facts::Environment;
use hyper::Method;
use serde_json::Value;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// `project:uuid` of a build.
const CODEBUILD_BUILD_ID: &str = "CODEBUILD_BUILD_ID";
const AWS_REGION: &str = "AWS_REGION";
const LAMBDA_LOG_GROUP: &str = "AWS_LAMBDA_LOG_GROUP_NAME";
const LAMBDA_LOG_STREAM: &str = "AWS_LAMBDA_LOG_STREAM_NAME";
/// The task metadata endpoint of ECS, version 4.
const ECS_METADATA: &str = "ECS_CONTAINER_METADATA_URI_V4";
const ECS_TASK_ARN: &str = "com.amazonaws.ecs.task-arn";
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);
/// Characters of an external execution id on the wire.
const ID_LIMIT: usize = 1500;

/// Where this host keeps the log of what runs on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogPlace {
    /// A stream of CloudWatch Logs.
    Stream { region: String, group: String, stream: String },
    /// A task of ECS that logs elsewhere.
    Task { region: String, cluster: String, task: String },
    /// A build of CodeBuild.
    Build {
        region: String,
        /// `project:uuid`.
        id: String,
    },
}

impl LogPlace {
    /// The place by the variables or the metadata endpoint. CodeBuild runs on ECS itself, so its variables come first.
    pub async fn find(environment: &Environment) -> Option<Self> {
        if let Some(place) = Self::from_variables(environment) {
            return Some(place);
        }
        let address = environment.get(ECS_METADATA)?.strip_prefix("http://")?;
        let (host, path) = address.split_once('/').unwrap_or((address, ""));
        let path = format!("/{path}");
        let metadata = loopback::send(host, (Method::GET, &path), String::new(), Some(ANSWER_TIMEOUT)).await;
        Self::from_metadata(metadata.ok()?.body())
    }

    fn from_variables(environment: &Environment) -> Option<Self> {
        let get = |name: &str| environment.get(name).map(str::to_owned);
        let region = get(AWS_REGION)?;
        match (get(CODEBUILD_BUILD_ID), get(LAMBDA_LOG_GROUP), get(LAMBDA_LOG_STREAM)) {
            (Some(id), ..) => Some(Self::Build { region, id }),
            (None, Some(group), Some(stream)) => Some(Self::Stream { region, group, stream }),
            (None, ..) => None,
        }
    }

    /// The place of a container, by its metadata.
    fn from_metadata(metadata: &[u8]) -> Option<Self> {
        let metadata: Value = serde_json::from_slice(metadata).ok()?;
        let option = |name: &str| metadata["LogOptions"][name].as_str().map(str::to_owned);
        let options = (option("awslogs-region"), option("awslogs-group"), option("awslogs-stream"));
        if let (Some(region), Some(group), Some(stream)) = options {
            return Some(Self::Stream { region, group, stream });
        }
        // arn:aws:ecs:region:account:task/cluster/id
        let arn: Vec<_> = metadata["Labels"][ECS_TASK_ARN].as_str()?.split(':').collect();
        let ([.., region, _, _], Some(name)) = (arn.as_slice(), arn.last()) else { return None };
        let (cluster, task) = name.strip_prefix("task/")?.split_once('/')?;
        let [region, cluster, task] = [*region, cluster, task].map(str::to_owned);
        Some(Self::Task { region, cluster, task })
    }

    /// The id of a job that begins at this time; `None` if it is too long, since a shortened link leads nowhere.
    pub fn external_execution_id(&self, begin: SystemTime) -> Option<String> {
        let id = match self {
            Self::Stream { region, group, stream } => {
                let start = begin.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
                let [group, stream] = [group, stream].map(|name| console_name(name));
                format!(
                    "cloudwatch/home?region={region}#logsV2:log-groups/log-group/{group}/log-events/{stream}\
                     $3Fstart$3D{start}"
                )
            }
            Self::Task { region, cluster, task } => format!("ecs/v2/clusters/{cluster}/tasks/{task}?region={region}"),
            Self::Build { region, id } => format!("codebuild/home?region={region}#/builds/{id}/view/new"),
        };
        (id.len() <= ID_LIMIT).then_some(id)
    }
}

/// A name in a link of the CloudWatch console: percent-encoded twice, with `$` for `%`.
fn console_name(name: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    let spelled = |byte: u8| if is_plain(byte) { char::from(byte).to_string() } else { format!("$25{byte:02X}") };
    name.bytes().map(spelled).collect()
}

#[cfg(test)]
mod tests {
    use super::LogPlace;
    use crate::facts::Environment;
    use std::time::{Duration, SystemTime, UNIX_EPOCH};

    fn id(place: Option<LogPlace>) -> Option<String> {
        place?.external_execution_id(UNIX_EPOCH + Duration::from_millis(1_790_000_000_123))
    }

    #[test]
    fn variables_name_builds_and_functions() {
        let lambda =
            [("AWS_LAMBDA_LOG_GROUP_NAME", "/samstep/worker"), ("AWS_LAMBDA_LOG_STREAM_NAME", "2026/[$LATEST]a")];
        let stream = "cloudwatch/home?region=eu-west-1#logsV2:log-groups/log-group/$252Fsamstep$252Fworker/log-events/\
                      2026$252F$255B$2524LATEST$255Da$3Fstart$3D1790000000123";
        let build = "codebuild/home?region=eu-west-1#/builds/package:0d4e/view/new";
        let rows: [(&str, Vec<(&str, &str)>, Option<&str>); 4] = [
            ("a function", lambda.to_vec(), Some(stream)),
            ("a build", vec![("CODEBUILD_BUILD_ID", "package:0d4e")], Some(build)),
            ("half of a function", lambda[..1].to_vec(), None),
            ("a machine", vec![], None),
        ];
        for (name, variables, expected) in rows {
            let variables = variables.into_iter().chain([("AWS_REGION", "eu-west-1")]);
            let environment: Environment = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
            assert_eq!(id(LogPlace::from_variables(&environment)).as_deref(), expected, "{name}");
        }
    }

    #[test]
    fn metadata_names_the_stream_or_the_task() {
        let arn = r#""Labels": {"com.amazonaws.ecs.task-arn": "arn:aws:ecs:eu-west-1:111122223333:task/main/0d4e"}"#;
        let options =
            r#""LogOptions": {"awslogs-group": "g", "awslogs-region": "eu-west-1", "awslogs-stream": "w/w/0d4e"}"#;
        let stream = "cloudwatch/home?region=eu-west-1#logsV2:log-groups/log-group/g/log-events/w$252Fw$252F0d4e\
                      $3Fstart$3D1790000000123";
        let rows = [
            ("with a stream", format!("{{{arn}, \"LogDriver\": \"awslogs\", {options}}}"), Some(stream)),
            ("with another log", format!("{{{arn}}}"), Some("ecs/v2/clusters/main/tasks/0d4e?region=eu-west-1")),
            ("an old name", format!("{{{}}}", arn.replace("main/", "")), None),
            ("nothing", "{}".to_owned(), None),
            ("no JSON", String::new(), None),
        ];
        for (name, metadata, expected) in rows {
            assert_eq!(id(LogPlace::from_metadata(metadata.as_bytes())).as_deref(), expected, "{name}");
        }
    }

    #[test]
    fn a_place_that_is_longer_than_the_wire_takes_is_none() {
        let stream =
            |length| LogPlace::Stream { region: "r".to_owned(), group: "g".to_owned(), stream: "/".repeat(length) };
        assert!(stream(270).external_execution_id(SystemTime::now()).is_some());
        assert!(stream(300).external_execution_id(SystemTime::now()).is_none());
    }
}
