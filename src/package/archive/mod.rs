//! A file or folder → its digest, and later the bytes of its archive, the same on every machine.

/// How the key of an archive is derived from what it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum DigestRule {
    /// The MD5 that `sam package` derives from names and contents.
    #[default]
    Sam,
    /// SHA-256 over names, contents and modes.
    Sha256,
}

/// What becomes of a symbolic link in a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum SymlinkRule {
    /// Archive what it points at, as the peers do.
    #[default]
    Follow,
    /// Archive the link itself.
    Preserve,
    /// Refuse it.
    Error,
}
