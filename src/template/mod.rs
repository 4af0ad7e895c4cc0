//! The document: its source text, a tree with byte spans, and edits that change nothing else.
//!
//! ```text
//! file ─source─▶ text ─parse─▶ tree ─expand─▶ text without aliases ─parse─▶ Template ─edit─▶ splices ─▶ new text
//! ```

mod advice;
mod edit;
mod error;
mod expand;
mod json;
mod layout;
mod node;
mod parse;
mod scalar;
mod source;
mod splice;
#[cfg(test)]
mod tests;
mod tree;

pub use edit::{Edits, NewValue};
pub use error::TemplateError;
pub use node::Node;
pub use tree::NodeId;

use source::Source;
use std::path::{Path, PathBuf};
use tree::Tree;

/// A template: its text without aliases, and what stands where in it.
#[derive(Debug)]
pub struct Template {
    source: Source,
    tree: Tree,
}

impl Template {
    /// Reads a template file of at most 10 MiB.
    pub fn load(path: &Path) -> Result<Self, TemplateError> {
        Self::parse(path, source::read(path)?)
    }

    /// Reads a template, YAML or JSON, from the bytes of a file. Aliases and merge keys are written out.
    pub fn parse(path: impl Into<PathBuf>, bytes: Vec<u8>) -> Result<Self, TemplateError> {
        let source = Source::decode(path.into(), bytes)?;
        let tree = parse::parse(&source)?;
        if !tree.needs_expansion() {
            return Ok(Self { source, tree });
        }
        let source = expand::expand(source, &tree)?;
        let tree = parse::parse(&source)?;
        Ok(Self { source, tree })
    }

    /// The file as the user named it.
    pub fn path(&self) -> &Path {
        self.source.path()
    }

    /// The text that edits start from: as on disk, but with aliases, anchors and merge keys written out.
    pub fn text(&self) -> &str {
        self.source.text()
    }

    /// Whether it is written as JSON and stays so through edits.
    pub fn is_json(&self) -> bool {
        self.tree.is_json
    }

    /// The mapping at the top.
    pub fn root(&self) -> Node<'_> {
        self.node(Tree::ROOT)
    }

    /// The node of an id that this template gave out.
    pub fn node(&self, id: NodeId) -> Node<'_> {
        Node::new(self, id)
    }

    /// The text with edits carried out. Every byte outside of them stays.
    pub fn apply(&self, edits: &Edits) -> String {
        splice::apply(self.text(), edit::splices(self.text(), &self.tree, edits)).0
    }

    /// The template as JSON without a final line break. Short forms become long ones; numbers on which readers of YAML
    /// disagree become strings.
    pub fn to_json(&self) -> String {
        let mut out = String::with_capacity(self.text().len() * 2);
        json::write(self.root(), &mut out);
        out
    }
}
