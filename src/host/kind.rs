//! Which host it is. That changes how a run is reported, never what is packaged.

use super::variables;
use crate::facts::{Environment, HostChoice};

/// Who reads the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HostKind {
    /// A person.
    Terminal,
    /// A log of whole lines, as of Jenkins.
    Plain,
    /// AWS CodeBuild, which shows whole lines too.
    CodeBuild,
    /// GitHub Actions: groups, annotations, outputs, a summary.
    GitHub,
    /// GitLab CI: sections that fold.
    GitLab,
    /// A program: an event a line.
    Json,
}

impl HostKind {
    /// What was chosen, else what the variables tell, else whether somebody looks at a terminal.
    pub fn detect(choice: HostChoice, environment: &Environment, on_terminal: bool) -> Self {
        match choice {
            HostChoice::Auto => Self::of(environment, on_terminal),
            HostChoice::Terminal => Self::Terminal,
            HostChoice::Plain => Self::Plain,
            HostChoice::Codebuild => Self::CodeBuild,
            HostChoice::Github => Self::GitHub,
            HostChoice::Gitlab => Self::GitLab,
            HostChoice::Json => Self::Json,
        }
    }

    /// A runner of GitHub or GitLab on CodeBuild has the variables of both, and its log is read at the runner's.
    fn of(environment: &Environment, on_terminal: bool) -> Self {
        let is = |name| environment.is_on(name);
        let kinds = [
            (is(variables::GITHUB_ACTIONS), Self::GitHub),
            (is(variables::GITLAB_CI), Self::GitLab),
            (is(variables::CODEBUILD_BUILD_ID), Self::CodeBuild),
            (variables::OTHER_HOSTS.iter().any(|name| is(name)), Self::Plain),
            (on_terminal, Self::Terminal),
        ];
        kinds.into_iter().find(|(is_it, _)| *is_it).map_or(Self::Plain, |(_, kind)| kind)
    }

    /// Whether the host shows ANSI styles although it is no terminal.
    pub fn shows_colors(self) -> bool {
        match self {
            Self::GitHub | Self::GitLab => true,
            Self::Terminal | Self::Plain | Self::CodeBuild | Self::Json => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::HostKind;
    use crate::facts::{Environment, HostChoice};

    #[test]
    fn a_host_is_known_by_its_variables() {
        use HostKind::{CodeBuild, GitHub, GitLab, Plain, Terminal};
        let rows = [
            ("a terminal", &[][..], true, Terminal),
            ("a pipe", &[], false, Plain),
            ("codebuild", &[("CODEBUILD_BUILD_ID", "p:1")], false, CodeBuild),
            ("codebuild with its own CI", &[("CODEBUILD_BUILD_ID", "p:1"), ("CI", "true")], false, CodeBuild),
            ("github", &[("GITHUB_ACTIONS", "true"), ("CI", "true")], false, GitHub),
            ("github on codebuild", &[("CODEBUILD_BUILD_ID", "p:1"), ("GITHUB_ACTIONS", "true")], false, GitHub),
            ("gitlab on codebuild", &[("CODEBUILD_BUILD_ID", "p:1"), ("GITLAB_CI", "true")], false, GitLab),
            ("not github", &[("GITHUB_ACTIONS", "false")], true, Terminal),
            ("gitlab", &[("GITLAB_CI", "true"), ("CI", "true")], false, GitLab),
            ("jenkins with a terminal", &[("JENKINS_URL", "https://j")], true, Plain),
            ("azure", &[("TF_BUILD", "True")], true, Plain),
            ("any CI", &[("CI", "true")], true, Plain),
            ("no CI", &[("CI", "false")], true, Terminal),
            ("an empty variable", &[("CODEBUILD_BUILD_ID", "")], true, Terminal),
        ];
        for (name, variables, on_terminal, expected) in rows {
            let environment: Environment = variables.iter().copied().collect();
            assert_eq!(HostKind::detect(HostChoice::Auto, &environment, on_terminal), expected, "{name}");
            assert_eq!(HostKind::detect(HostChoice::Plain, &environment, on_terminal), Plain, "{name}");
        }
    }
}
