//! Limits on input artifacts.

/// Limits on an input artifact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InputLimits {
    /// Bytes of the object. CodePipeline limits source artifacts to 7 GB.
    pub object: u64,
    /// Files, folders and links. CodePipeline's limit is 100,000 files.
    pub entries: usize,
    /// Bytes of all files. A link counts as much as its target.
    pub expanded: u64,
    /// Bytes of all files, in multiples of the object's bytes.
    pub ratio: u64,
    /// Bytes of all files up to which `ratio` does not apply.
    pub ratio_from: u64,
}

impl Default for InputLimits {
    fn default() -> Self {
        Self { object: 7_000_000_000, entries: 100_000, expanded: 4 << 30, ratio: 200, ratio_from: 100_000_000 }
    }
}
