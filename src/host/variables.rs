//! The variables that hosts set, each named once.

use crate::facts::{Environment, Secret};

/// `<project>:<uuid>` in every build of CodeBuild.
pub const CODEBUILD_BUILD_ID: &str = "CODEBUILD_BUILD_ID";
/// `0` once a phase of the build has failed.
pub const CODEBUILD_BUILD_SUCCEEDING: &str = "CODEBUILD_BUILD_SUCCEEDING";
/// `true` in every step of GitHub Actions.
pub const GITHUB_ACTIONS: &str = "GITHUB_ACTIONS";
/// The folder of the repository; annotations name files relative to it.
pub const GITHUB_WORKSPACE: &str = "GITHUB_WORKSPACE";
/// The file that takes the outputs of a step.
pub const GITHUB_OUTPUT: &str = "GITHUB_OUTPUT";
/// The file that takes the Markdown summary of a step.
pub const GITHUB_STEP_SUMMARY: &str = "GITHUB_STEP_SUMMARY";
/// `1` when the user asked GitHub for debug logging.
pub const RUNNER_DEBUG: &str = "RUNNER_DEBUG";
/// Ask for colours where there is no terminal (bixense.com/clicolors, force-color.org).
pub const FORCE_COLOR: [&str; 2] = ["CLICOLOR_FORCE", "FORCE_COLOR"];
/// `true` in every job of GitLab CI.
pub const GITLAB_CI: &str = "GITLAB_CI";
/// Set by Azure Pipelines, Jenkins, Bitbucket, CircleCI, Buildkite, TeamCity, and by any CI at all.
pub const OTHER_HOSTS: [&str; 7] =
    ["TF_BUILD", "JENKINS_URL", "BITBUCKET_BUILD_NUMBER", "CIRCLECI", "BUILDKITE", "TEAMCITY_VERSION", "CI"];

/// Variables whose values are secrets of the host or of the caller.
const SECRETS: [&str; 9] = [
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "CODEBUILD_AUTH_TOKEN",
    "GITHUB_TOKEN",
    "ACTIONS_RUNTIME_TOKEN",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
    "CI_JOB_TOKEN",
    "CI_JOB_JWT",
];
/// Shorter values are placeholders such as `test`; hiding them would spoil every path.
const SHORTEST_SECRET: usize = 12;

/// The secrets among the variables.
pub fn secrets(environment: &Environment) -> impl Iterator<Item = Secret> {
    let values = SECRETS.iter().filter_map(|name| environment.get(name));
    values.filter(|value| value.len() >= SHORTEST_SECRET).map(Secret::new)
}
