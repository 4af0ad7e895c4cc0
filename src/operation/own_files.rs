//! The files that a run writes, and how a file of an earlier run is told from a file of an artifact.

use super::deploy::{changes, stack_outputs};
use crate::facts::Role;
use crate::files::IsOurs;
use crate::package::{OwnFile, is_manifest, is_packaged_template};
use crate::settings::{PackageSettings, WrittenFile};
use crate::template_configuration::is_configuration;

/// The files of a run, which no archive holds. A job has none: what it makes goes into its output artifact.
pub fn own_files(settings: &PackageSettings) -> Vec<OwnFile> {
    if settings.root.is_some() {
        return Vec::new();
    }
    let own = |file: WrittenFile| OwnFile { path: file.path, is_ours: is_ours(file.role) };
    settings.written_files().into_iter().map(own).collect()
}

fn is_ours(role: Role) -> IsOurs {
    match role {
        Role::Result => is_packaged_template,
        Role::Manifest => is_manifest,
        Role::Configuration => is_configuration,
        Role::Plan => changes::is_plan,
        Role::StackOutputs => stack_outputs::is_ours,
        // Those of an earlier run were deleted when this one began.
        Role::Outputs | Role::Page => |_| false,
    }
}
