//! Who makes a change set: its description, which CloudFormation shows beside it.

use crate::facts::Environment;

/// Most characters of a description (CloudFormation API 2010-05-15, `Description`).
const LIMIT: usize = 1024;
/// Most characters of a link: longer ones say nothing to a reader.
const LONGEST_LINK: usize = 512;
/// Variables of hosts that hold the commit: CodeBuild, GitHub, GitLab, Azure, Jenkins, Bitbucket, CircleCI, Buildkite,
/// TeamCity.
const COMMITS: [&str; 9] = [
    "CODEBUILD_RESOLVED_SOURCE_VERSION",
    "GITHUB_SHA",
    "CI_COMMIT_SHA",
    "BUILD_SOURCEVERSION",
    "GIT_COMMIT",
    "BITBUCKET_COMMIT",
    "CIRCLE_SHA1",
    "BUILDKITE_COMMIT",
    "BUILD_VCS_NUMBER",
];
/// Variables of hosts that hold a link to the run: GitLab, CircleCI, Buildkite, Jenkins.
const LINKS: [&str; 4] = ["CI_JOB_URL", "CIRCLE_BUILD_URL", "BUILDKITE_BUILD_URL", "BUILD_URL"];

/// Tool and version, commit, and a link to the run, as far as the host says.
pub fn describe(environment: &Environment) -> String {
    let tool = format!("{} {}", env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"));
    let commit = COMMITS.iter().filter_map(|name| environment.get(name)).find(|it| is_commit(it));
    let commit = commit.map(|commit| format!("commit {commit}"));
    let parts: Vec<_> = [Some(tool), commit, link(environment)].into_iter().flatten().collect();
    parts.join(", ").chars().take(LIMIT).collect()
}

fn is_commit(text: &str) -> bool {
    (7..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn link(environment: &Environment) -> Option<String> {
    let of_host = || LINKS.iter().find_map(|name| environment.get(name)).map(str::to_owned);
    let links = [codebuild(environment), github(environment), bitbucket(environment), of_host()];
    links.into_iter().flatten().find_map(|link| without_secrets(&link))
}

/// The console's page of a build; the host redirects to the page of the region.
fn codebuild(environment: &Environment) -> Option<String> {
    let (id, region) = (environment.get("CODEBUILD_BUILD_ID")?, environment.get("AWS_REGION")?);
    let domain = match region.split('-').next() {
        Some("cn") => "console.amazonaws.cn",
        _ if region.starts_with("us-gov-") => "console.amazonaws-us-gov.com",
        _ => "console.aws.amazon.com",
    };
    Some(format!("https://{domain}/codebuild/home?region={region}#/builds/{id}/view/new"))
}

fn github(environment: &Environment) -> Option<String> {
    let get = |name: &str| environment.get(name);
    let (server, repository) = (get("GITHUB_SERVER_URL")?, get("GITHUB_REPOSITORY")?);
    Some(format!("{server}/{repository}/actions/runs/{}", get("GITHUB_RUN_ID")?))
}

fn bitbucket(environment: &Environment) -> Option<String> {
    let get = |name: &str| environment.get(name);
    let repository = get("BITBUCKET_GIT_HTTP_ORIGIN")?;
    Some(format!("{repository}/pipelines/results/{}", get("BITBUCKET_BUILD_NUMBER")?))
}

/// A link without name and password before the host; `None` if it is no link.
fn without_secrets(link: &str) -> Option<String> {
    let (scheme, rest) = link.split_once("://").filter(|(scheme, _)| ["http", "https"].contains(scheme))?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let is_plain = link.bytes().all(|byte| byte.is_ascii_graphic()) && link.len() <= LONGEST_LINK;
    (is_plain && !host.is_empty()).then(|| format!("{scheme}://{host}{path}"))
}

#[cfg(test)]
mod tests {
    use super::describe;

    const SHA: &str = "0123456789abcdef0123456789abcdef01234567";

    #[test]
    fn a_description_names_tool_commit_and_run() {
        let tool = concat!("samstep ", env!("CARGO_PKG_VERSION"));
        let rows: [(&str, &[(&str, &str)], &str); 8] = [
            ("a desk", &[], ""),
            (
                "CodeBuild",
                &[
                    ("CODEBUILD_BUILD_ID", "shop:0d4e"),
                    ("AWS_REGION", "eu-west-1"),
                    ("CODEBUILD_RESOLVED_SOURCE_VERSION", SHA),
                ],
                ", commit 0123456789abcdef0123456789abcdef01234567, \
                 https://console.aws.amazon.com/codebuild/home?region=eu-west-1#/builds/shop:0d4e/view/new",
            ),
            (
                "CodeBuild after S3",
                &[("CODEBUILD_RESOLVED_SOURCE_VERSION", "arn:aws:s3:::b/k"), ("CODEBUILD_BUILD_ID", "shop:0d4e")],
                "",
            ),
            (
                "GitHub",
                &[
                    ("GITHUB_SERVER_URL", "https://github.com"),
                    ("GITHUB_REPOSITORY", "acme/shop"),
                    ("GITHUB_RUN_ID", "7"),
                    ("GITHUB_SHA", "0123abc"),
                ],
                ", commit 0123abc, https://github.com/acme/shop/actions/runs/7",
            ),
            ("GitLab", &[("CI_JOB_URL", "https://gitlab.com/a/-/jobs/1")], ", https://gitlab.com/a/-/jobs/1"),
            (
                "Bitbucket",
                &[("BITBUCKET_GIT_HTTP_ORIGIN", "http://bitbucket.org/a/b"), ("BITBUCKET_BUILD_NUMBER", "3")],
                ", http://bitbucket.org/a/b/pipelines/results/3",
            ),
            ("a password", &[("BUILD_URL", "https://me:secret@ci.acme.test/job/1")], ", https://ci.acme.test/job/1"),
            ("no link", &[("BUILD_URL", "file:///etc/passwd"), ("GIT_COMMIT", "not a commit")], ""),
        ];
        for (name, variables, expected) in rows {
            let environment = variables.iter().copied().collect();
            assert_eq!(describe(&environment), format!("{tool}{expected}"), "{name}");
        }
    }
}
