//! Where the symbolic links of an archive lead, and how many bytes are there, before any of them is made.

use super::entry::{Entries, Entry};
use super::error::{UnpackError, refused, shortened};
use std::collections::HashMap;

/// The kernel's limit of links on the way to a file.
const LINK_CHAIN_LIMIT: usize = 40;
/// Path components on the way to a link's target, those of other links included.
const STEP_LIMIT: usize = 500;

/// The path that a symbolic link leads to, through other links, as the kernel resolves it.
pub fn resolve_link(link: &str, entries: &Entries) -> Result<String, UnpackError> {
    let target = entries.get(link).map_or("", Entry::target);
    let leaves = || refused(link, format!("is a link out of the archive, to {}", shortened(target)));
    let mut ahead: Vec<&str> = link.rsplit('/').collect();
    let mut here = String::new();
    let (mut followed, mut steps) = (0, 0);
    while let Some(step) = ahead.pop() {
        steps += 1;
        if steps > STEP_LIMIT {
            return Err(refused(link, format!("is a link that goes more than {STEP_LIMIT} steps")));
        }
        match step {
            "" | "." => continue,
            ".." if here.is_empty() => return Err(leaves()),
            ".." => {
                to_parent(&mut here);
                continue;
            }
            _ => to_child(&mut here, step),
        }
        let Some(Entry::Link { target: next }) = entries.get(&here) else { continue };
        followed += 1;
        if followed > LINK_CHAIN_LIMIT {
            return Err(refused(link, "is a link that leads in a circle"));
        }
        if next.starts_with('/') || next.contains('\0') {
            return Err(leaves());
        }
        to_parent(&mut here);
        ahead.extend(next.rsplit('/'));
    }
    Ok(here)
}

fn to_child(path: &mut String, name: &str) {
    if !path.is_empty() {
        path.push('/');
    }
    path.push_str(name);
}

fn to_parent(path: &mut String) {
    path.truncate(path.rfind('/').unwrap_or(0));
}

/// The bytes at the target of a link.
pub struct TargetBytes<'e> {
    entries: &'e Entries,
    /// Bytes of all files below a folder, links not followed.
    folders: HashMap<&'e str, u64>,
}

impl<'e> TargetBytes<'e> {
    pub fn new(entries: &'e Entries) -> Self {
        let mut folders: HashMap<&str, u64> = HashMap::new();
        for (path, entry) in entries {
            let Entry::File { bytes } = entry else { continue };
            for (end, _) in path.match_indices('/') {
                let sum = folders.entry(&path[..end]).or_default();
                *sum = sum.saturating_add(*bytes);
            }
        }
        Self { entries, folders }
    }

    /// Zero for a link to a folder that contains it, because a walk that follows links does not enter it again.
    pub fn at(&self, target: &str, link: &str) -> u64 {
        let holds_link = target.is_empty() || link.strip_prefix(target).is_some_and(|rest| rest.starts_with('/'));
        match self.entries.get(target) {
            Some(Entry::File { bytes }) => *bytes,
            Some(Entry::Folder) if !holds_link => self.folders.get(target).copied().unwrap_or(0),
            Some(Entry::Folder | Entry::Link { .. }) | None => 0,
        }
    }
}
