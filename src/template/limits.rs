//! The limits within which a template is read, so that time and memory stay bounded for any input.

/// Bytes of a file: ten times what CloudFormation accepts.
pub const MAX_BYTES: usize = 10 << 20;

/// Scalars, lists and mappings, keys included. The 1 MiB that CloudFormation accepts cannot hold more.
pub const MAX_VALUES: usize = 500_000;

/// Levels of mappings and lists.
pub const MAX_DEPTH: usize = 200;

/// Values that all aliases together may add.
pub const MAX_EXPANDED_VALUES: usize = 100_000;

/// Characters of a key. The parser holds back as many before it knows whether a `:` follows.
pub const MAX_KEY_CHARACTERS: usize = 1 << 16;
