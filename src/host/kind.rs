//! Which host runs the step. It changes how a run is reported, never what the run does.

use super::variables;
use crate::facts::{Environment, HostChoice};

/// Who reads the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HostKind {
    /// A person at a terminal.
    Terminal,
    /// A log of whole lines, such as that of Jenkins.
    Plain,
    /// AWS CodeBuild: whole lines too.
    CodeBuild,
    /// GitHub Actions: groups, annotations, outputs, a summary.
    GitHub,
    /// GitLab CI: sections that fold.
    GitLab,
    /// A program: JSON lines.
    Json,
}

impl HostKind {
    /// The host that was chosen, else the one whose variables are set, else a terminal if stderr is one.
    pub fn detect(choice: HostChoice, environment: &Environment, on_terminal: bool) -> Self {
        match choice {
            HostChoice::Auto => Self::from_variables(environment, on_terminal),
            HostChoice::Terminal => Self::Terminal,
            HostChoice::Plain => Self::Plain,
            HostChoice::Codebuild => Self::CodeBuild,
            HostChoice::Github => Self::GitHub,
            HostChoice::Gitlab => Self::GitLab,
            HostChoice::Json => Self::Json,
        }
    }

    /// A GitHub or GitLab runner on CodeBuild has the variables of both; its log is read on GitHub or GitLab.
    fn from_variables(environment: &Environment, on_terminal: bool) -> Self {
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

    /// Whether the host shows ANSI styles without being a terminal.
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
