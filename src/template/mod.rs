//! The document: its source text, a tree with byte spans, and edits that change nothing else.
//!
//! ```text
//! file ─source─▶ text ─parse─▶ tree ─warnings─▶ what is likely a mistake
//!                               └─expand─▶ text without aliases ─parse─▶ Template ─edit─▶ splices ─▶ new text
//! ```

mod advice;
mod cut;
mod edit;
mod entries;
mod expand;
mod input;
mod json;
mod keys;
mod layout;
mod limits;
mod node;
mod parse;
mod problem;
mod scalar;
mod warnings;
mod source;
mod splice;
#[cfg(test)]
mod tests;
mod tree;

pub use edit::{Edits, NewValue};
pub use json::JsonForm;
pub use node::{Node, Template};
pub use tree::NodeId;

use crate::facts::{Failure, Warning};
use source::Source;
use std::path::{Path, PathBuf};

impl Template {
    /// Reads a template file of at most 10 MiB.
    pub fn load(path: &Path) -> Result<Self, Failure> {
        Self::parse(path, source::read(path)?)
    }

    /// Reads a template, YAML or JSON, from the bytes of a file. Aliases and merge keys are written out. Of a key that
    /// is given twice, the last entry stays.
    pub fn parse(path: impl Into<PathBuf>, bytes: Vec<u8>) -> Result<Self, Failure> {
        let Self { source, tree, .. } = Self::parse_as_written(path, bytes)?;
        parse::check_mapping(&source, &tree)?;
        let warnings = warnings::find(&source, &tree);
        if !tree.needs_expansion() {
            return Ok(Self { source, tree, warnings });
        }
        let source = expand::expand(source, &tree)?;
        let tree = parse::parse(&source)?;
        Ok(Self { source, tree, warnings })
    }

    /// Reads any YAML or JSON file, whatever is at its top; an empty one is null. Nothing is written out: aliases are
    /// empty scalars, and a mapping may have a key twice.
    pub fn parse_as_written(path: impl Into<PathBuf>, bytes: Vec<u8>) -> Result<Self, Failure> {
        let source = Source::decode(path.into(), bytes)?;
        let tree = parse::parse(&source)?;
        Ok(Self { source, tree, warnings: Vec::new() })
    }

    /// The file as the user named it.
    pub fn path(&self) -> &Path {
        self.source.path()
    }

    /// The text that edits start from: as on disk, but without a byte order mark, and with aliases, anchors, merge keys
    /// and keys that are given twice resolved.
    pub fn text(&self) -> &str {
        self.source.text()
    }

    /// Whether it is written as JSON and stays so through edits.
    pub fn is_json(&self) -> bool {
        self.tree.is_json
    }

    /// What CloudFormation may read differently or refuse.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// The text with edits made. Every byte outside of them stays.
    pub fn apply(&self, edits: &Edits) -> String {
        splice::apply(self.text(), edit::splices(self.text(), &self.tree, edits)).0
    }

    /// The same template without the entry of a mapping that has this value, and without its warnings. A mapping that is
    /// left without entries goes too. Places stay those of the file.
    pub fn without(self, value: NodeId) -> Result<Self, Failure> {
        let Self { source, tree, warnings: _ } = self;
        let (text, origins) = splice::apply(source.text(), cut::removals(source.text(), &tree, value));
        let source = source.respliced(text, origins);
        let tree = parse::parse(&source)?;
        Ok(Self { source, tree, warnings: Vec::new() })
    }

    /// The template as JSON without a final line break; `None` if that has more than `max_bytes`. Short forms become long
    /// ones; numbers on which readers of YAML disagree become strings.
    pub fn to_json(&self, form: JsonForm, max_bytes: usize) -> Option<String> {
        json::written(self, form, max_bytes)
    }
}
