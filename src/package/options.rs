//! What packaging is asked to do.

use super::archive::{DigestRule, OwnFile, SymlinkRule};
use super::rewrite::Stamp;
use std::path::PathBuf;

/// The options of a run.
#[derive(Debug, Clone)]
pub struct PackageOptions {
    /// How keys are derived.
    pub digest: DigestRule,
    pub symlinks: SymlinkRule,
    pub own_files: Vec<OwnFile>,
    /// The folder outside which nothing may be read.
    pub root: Option<PathBuf>,
    /// Whether the first event names the template, because the command did not.
    pub reports_template: bool,
    /// Upload and replace what is in the bucket already.
    pub force_upload: bool,
    /// Write the packaged root template as JSON.
    pub use_json: bool,
    /// Write packaged templates as text whatever their size, never as compact JSON.
    pub keep_text: bool,
    /// Who reads the packaged root template.
    pub root_template: RootTemplate,
    pub stamp: Stamp,
    /// Derive the SHA-256 of each artifact too, for the manifest.
    pub with_sha256: bool,
}

/// How the packaged root template reaches CloudFormation, which decides how large it may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RootTemplate {
    /// Perhaps within a request.
    InRequest,
    /// By a URL, like nested templates.
    InBucket,
}
