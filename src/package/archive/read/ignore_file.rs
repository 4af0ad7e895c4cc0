//! The ignore file of a folder, read as `git ls-files --others --exclude-from` reads it.

use super::glob::Glob;
use crate::package::archive::error::ArchiveError;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

pub const IGNORE_FILE: &str = ".samignore";
pub const MAX_IGNORE_FILE_BYTES: u64 = 128 << 10;
const MAX_PATTERNS: usize = 10_000;
/// Steps of all comparisons with one file's patterns, some seconds of work. 200 usual patterns on 200,000 paths take less
/// than a tenth.
const MAX_STEPS: u64 = 1 << 32;

/// The patterns of an ignore file.
#[derive(Debug)]
pub struct IgnoreFile {
    patterns: Vec<Pattern>,
    /// Steps of all comparisons so far.
    steps: AtomicU64,
}

impl IgnoreFile {
    /// Reads the patterns. Every line is a valid one in git; only their number is limited.
    pub fn parse(path: &Path, text: &[u8]) -> Result<Self, ArchiveError> {
        let text = text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text);
        let patterns: Vec<_> =
            text.split(|byte| *byte == b'\n').filter_map(Pattern::parse).take(MAX_PATTERNS + 1).collect();
        if patterns.len() > MAX_PATTERNS {
            return Err(ArchiveError::ignore_file_too_large(
                path,
                &format!("it has more than {MAX_PATTERNS} patterns"),
            ));
        }
        Ok(Self { patterns, steps: AtomicU64::new(0) })
    }

    /// Whether a file or folder is left out, by the last pattern that matches it. `path` is relative to the ignore
    /// file.
    ///
    /// A folder that is left out must not be listed: no pattern can bring back a file in it.
    pub fn is_ignored(&self, path: &[u8], is_folder: bool) -> bool {
        let (mut steps, name) = (0, path.rsplit(|byte| *byte == b'/').next().unwrap_or(path));
        let matches = |pattern: &&Pattern| pattern.matches(path, name, is_folder, &mut steps);
        let last = self.patterns.iter().rev().find(matches);
        self.steps.fetch_add(steps, Ordering::Relaxed);
        last.is_some_and(|pattern| !pattern.is_negated)
    }

    /// Whether the comparisons took more steps than any usual patterns need.
    pub fn is_over_limit(&self) -> bool {
        self.steps.load(Ordering::Relaxed) > MAX_STEPS
    }
}

#[derive(Debug)]
struct Pattern {
    /// `!`: what matches is archived.
    is_negated: bool,
    /// `/` at the end.
    only_folders: bool,
    /// Without another `/`, the base name is compared, in any folder.
    only_name: bool,
    wanted: Wanted,
}

/// What the name or path has to be.
#[derive(Debug)]
enum Wanted {
    Exactly(Box<[u8]>),
    EndsWith(Box<[u8]>),
    Glob(Glob),
}

impl Pattern {
    /// The pattern of a line without its line feed (git: `add_patterns_from_buffer`, `parse_path_pattern`).
    fn parse(line: &[u8]) -> Option<Self> {
        if line.starts_with(b"#") {
            return None;
        }
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let line = trim_spaces(line.split(|byte| *byte == 0).next().unwrap_or_default());
        let (is_negated, line) = split_prefix(line, b"!");
        let (only_folders, line) = line.strip_suffix(b"/").map_or((false, line), |line| (true, line));
        let only_name = !line.contains(&b'/');
        let (_, line) = split_prefix(line, b"/");
        (!line.is_empty()).then(|| Self { is_negated, only_folders, only_name, wanted: Wanted::new(line, only_name) })
    }

    fn matches(&self, path: &[u8], name: &[u8], is_folder: bool, steps: &mut u64) -> bool {
        *steps += 1;
        let text = if self.only_name { name } else { path };
        (is_folder || !self.only_folders)
            && match &self.wanted {
                Wanted::Exactly(wanted) => text == &**wanted,
                Wanted::EndsWith(end) => text.ends_with(end),
                Wanted::Glob(glob) => glob.matches(text, steps),
            }
    }
}

impl Wanted {
    fn new(pattern: &[u8], only_name: bool) -> Self {
        let is_plain = |text: &[u8]| !text.iter().any(|byte| b"*?[\\".contains(byte));
        match pattern {
            [b'*', end @ ..] if only_name && is_plain(end) => Self::EndsWith(end.into()),
            _ if is_plain(pattern) => Self::Exactly(pattern.into()),
            _ => Self::Glob(Glob::new(pattern)),
        }
    }
}

fn split_prefix<'l>(line: &'l [u8], prefix: &[u8]) -> (bool, &'l [u8]) {
    line.strip_prefix(prefix).map_or((false, line), |rest| (true, rest))
}

/// Removes spaces from the end of a line, up to one behind a backslash. A backslash at the very end keeps all.
fn trim_spaces(line: &[u8]) -> &[u8] {
    let (mut end, mut at) = (0, 0);
    while at < line.len() {
        match line[at] {
            b' ' => {}
            b'\\' if at + 1 == line.len() => return line,
            b'\\' => {
                at += 1;
                end = at + 1;
            }
            _ => end = at + 1,
        }
        at += 1;
    }
    &line[..end]
}

#[cfg(test)]
mod tests;
