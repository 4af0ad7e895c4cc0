//! Where the symbolic links of an archive lead, before any of them is made.

use super::tree::Kind;
use super::{UnpackError, Wrong};
use crate::job::input::error::shown;
use std::collections::HashMap;

/// A chain of more links than this is a circle; the kernel's own limit.
const LINKS_IN_A_ROW: usize = 40;
/// The way to a link's end, through others, has no more steps than this.
const STEPS: usize = 500;

/// Walks where a link leads, through other links, as the kernel would.
pub fn check_link(link: &str, kinds: &HashMap<String, Kind>) -> Result<(), UnpackError> {
    let Some(Kind::Link { target }) = kinds.get(link) else { return Ok(()) };
    let leaves = || Wrong::LinkLeaves { target: shown(target) }.at(link);
    let mut ahead: Vec<&str> = link.rsplit('/').collect();
    let mut here: Vec<&str> = Vec::new();
    let (mut followed, mut steps) = (0, 0);
    while let Some(step) = ahead.pop() {
        steps += 1;
        if steps > STEPS {
            return Err(Wrong::LinkFar { limit: STEPS }.at(link));
        }
        match step {
            "" | "." => continue,
            ".." => match here.pop() {
                Some(_) => continue,
                None => return Err(leaves()),
            },
            _ => here.push(step),
        }
        let Some(Kind::Link { target: next }) = kinds.get(&here.join("/")) else { continue };
        followed += 1;
        if followed > LINKS_IN_A_ROW {
            return Err(Wrong::LinkCircle.at(link));
        }
        if next.starts_with('/') || next.contains('\0') {
            return Err(leaves());
        }
        here.pop();
        ahead.extend(next.rsplit('/'));
    }
    Ok(())
}
