//! What an archive holds at a path.

use std::collections::HashMap;

/// An entry that was unpacked or noted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// Its parents are folders too.
    Folder,
    File {
        bytes: u64,
    },
    /// A symbolic link, which is made last.
    Link {
        target: String,
    },
}

impl Entry {
    /// The target of a link, else nothing.
    pub fn target(&self) -> &str {
        match self {
            Self::Folder | Self::File { .. } => "",
            Self::Link { target } => target,
        }
    }
}

/// Entries by their path below the root, such as `a/b`.
pub type Entries = HashMap<String, Entry>;
