//! Template → the properties that refer to something local, and those whose location needs another spelling.
//!
//! A loop is read with the values that are known before a deployment; what only CloudFormation knows is left alone.

mod asset;
mod finder;
mod for_each;
mod form;
mod found;
mod image;
mod include;
mod intrinsics;
mod looped;
mod loops;
mod parameter;
mod passed;
mod problem;
mod properties;
mod reference;
mod resource_type;
mod resources;
mod search;
mod sections;
mod transform;
#[cfg(test)]
mod tests;

pub use form::Form;
pub use found::{ByRound, Discovery, Found, Referent, Slot, Stored};
pub use loops::Loop;
pub use parameter::Parameter;
pub use passed::Passed;
pub use properties::{Content, INCLUDE, UnzippedBy};
pub use reference::resolve;

use crate::template::Template;
use finder::Finder;
use sections::Sections;
use std::path::Path;

/// Finds all that is local in a template.
///
/// Its paths are relative to `folder`; `passed` is what a parent passes to its parameters.
pub fn discover(template: &Template, folder: &Path, passed: &Passed) -> Discovery {
    let sections = Sections::read(template.root());
    let mut finder = Finder::new(template.root(), folder, &sections, passed);
    finder.repository_metadata();
    finder.includes();
    finder.resources();
    finder.global_code();
    finder.finish()
}
