//! The names of the commands.

/// A command of this program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommandName {
    Package,
    Deploy,
    Publish,
    Job,
    Rehearse,
    ActionType,
    Worker,
    Lambda,
    Config,
    Doctor,
    Completions,
    Man,
}

impl CommandName {
    /// All, in the order of the help.
    pub const ALL: [Self; 12] = [
        Self::Package,
        Self::Deploy,
        Self::Publish,
        Self::Job,
        Self::Rehearse,
        Self::ActionType,
        Self::Worker,
        Self::Lambda,
        Self::Config,
        Self::Doctor,
        Self::Completions,
        Self::Man,
    ];

    /// As it is typed.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Package => "package",
            Self::Deploy => "deploy",
            Self::Publish => "publish",
            Self::Job => "job",
            Self::Rehearse => "rehearse",
            Self::ActionType => "action-type",
            Self::Worker => "worker",
            Self::Lambda => "lambda",
            Self::Config => "config",
            Self::Doctor => "doctor",
            Self::Completions => "completions",
            Self::Man => "man",
        }
    }

    /// The command that a word names.
    pub fn find(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|command| command.name() == word)
    }

    /// Whether it has settings that `config show` can list.
    pub fn has_settings(self) -> bool {
        !matches!(self, Self::Config | Self::Completions | Self::Man)
    }

    /// Whether only release scripts call it, so that help does not list it.
    pub fn is_hidden(self) -> bool {
        self == Self::Man
    }

    /// Whether the peers have a command of this name, whose flags are known.
    pub fn is_of_peers(self) -> bool {
        matches!(self, Self::Package | Self::Deploy | Self::Publish)
    }

    /// Whether its flags are also keys of a samconfig.
    pub fn reads_samconfig(self) -> bool {
        matches!(self, Self::Package | Self::Deploy | Self::Publish | Self::Doctor)
    }
}
