//! What a host does with the lines of a log beyond showing them: it folds sections and executes commands.

use super::token;
use std::time::{SystemTime, UNIX_EPOCH};

/// Who reads a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Dialect {
    /// Nothing interprets it.
    #[default]
    Plain,
    /// The runner of GitHub Actions.
    GitHub,
    /// The runner of GitLab CI.
    GitLab,
}

/// A part of a log that a host may fold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    Uploads,
    /// The events of a stack, which a reader follows while they come.
    Deployment,
}

impl Section {
    const fn title(self) -> &'static str {
        match self {
            Self::Uploads => "Uploads",
            Self::Deployment => "Deployment",
        }
    }

    /// Whether it is folded at first, where a host leaves the choice.
    const fn is_folded(self) -> bool {
        match self {
            Self::Uploads => true,
            Self::Deployment => false,
        }
    }
}

impl Dialect {
    /// The line that opens a section; `number` is its own in the run.
    pub fn open(self, section: Section, number: usize) -> String {
        let title = section.title();
        match self {
            Self::Plain => String::new(),
            Self::GitHub => format!("::group::{title}\n"),
            Self::GitLab => {
                let options = if section.is_folded() { "[collapsed=true]" } else { "" };
                format!("\x1b[0Ksection_start:{}:samstep_{number}{options}\r\x1b[0K{title}\n", now())
            }
        }
    }

    /// The line that closes a section.
    pub fn close(self, number: usize) -> String {
        match self {
            Self::Plain => String::new(),
            Self::GitHub => "::endgroup::\n".to_owned(),
            Self::GitLab => format!("\x1b[0Ksection_end:{}:samstep_{number}\r\x1b[0K\n", now()),
        }
    }

    /// The dialect of standard output. The runner of GitHub executes commands there too; sections are on stderr only.
    pub fn of_stdout(self) -> Self {
        match self {
            Self::GitHub => Self::GitHub,
            Self::Plain | Self::GitLab => Self::Plain,
        }
    }

    /// Whether the host would execute a line of a text as a command.
    pub fn has_command(self, text: &str) -> bool {
        self == Self::GitHub && text.split(['\n', '\r']).any(is_command)
    }

    /// The lines with command processing stopped, if file names or messages in them look like commands.
    pub fn shield(self, lines: String) -> String {
        match self {
            Self::GitHub if self.has_command(&lines) => {
                let token = token::absent_from(&lines);
                format!("::stop-commands::{token}\n{lines}::{token}::\n")
            }
            // Sections of GitLab end in a carriage return.
            Self::GitLab => lines.replace('\r', " "),
            Self::Plain | Self::GitHub => lines,
        }
    }
}

/// The runner executes `::name::` at the start of a line and the older `##[name]` anywhere in it.
fn is_command(line: &str) -> bool {
    let start = |letter: char| letter.is_whitespace() || letter.is_control() || letter == '\u{feff}';
    line.trim_start_matches(start).starts_with("::") || line.contains("##[")
}

/// Seconds since 1970.
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs())
}

#[cfg(test)]
mod tests {
    use super::Dialect;

    #[test]
    fn a_command_in_a_text_is_stopped_by_a_token_that_is_not_in_it() {
        let rows = [
            ("harmless", "a ::b:: c\n", false),
            ("at the start", "::set-output name=a::b\n", true),
            ("after spaces", "x\n \t\u{a0}::add-mask::a\n", true),
            ("after a carriage return", "x\r::error::a\n", true),
            ("of the older kind", "path/##[set-env name=A]b\n", true),
            ("a token of its own", "::stop-commands::x\n::x::\n", true),
        ];
        for (name, text, stopped) in rows {
            let shielded = Dialect::GitHub.shield(text.to_owned());
            assert_eq!(shielded != text, stopped, "{name}");
            assert_eq!(Dialect::Plain.shield(text.to_owned()), text);
            if stopped {
                let token = shielded.lines().next().unwrap().strip_prefix("::stop-commands::").unwrap();
                assert_eq!(shielded, format!("::stop-commands::{token}\n{text}::{token}::\n"), "{name}");
                assert!(!text.contains(token) && token.len() > 32, "{name}: {token}");
            }
        }
    }

    #[test]
    fn a_section_of_gitlab_cannot_be_made_by_a_text() {
        assert_eq!(Dialect::GitLab.shield("section_end:1:a\r\x1b[0K\n".to_owned()), "section_end:1:a \x1b[0K\n");
    }
}
