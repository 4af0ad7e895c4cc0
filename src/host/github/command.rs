//! Workflow commands: lines that the runner executes.

use crate::facts::{Environment, Secret};
use crate::host::finding::{Finding, Severity, end_column};
use crate::host::screen::Screen;
use crate::host::variables;
use crate::text::one_line;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Number of annotations of a severity that the runner shows for a step; the summary has all.
const LIMIT: usize = 10;

/// Counts the annotations, and makes their paths relative to the workspace.
pub struct Annotations {
    workspace: Option<PathBuf>,
    errors: AtomicUsize,
    warnings: AtomicUsize,
}

impl Annotations {
    /// Reads the workspace from the variables.
    pub fn new(environment: &Environment) -> Self {
        let workspace = environment.get(variables::GITHUB_WORKSPACE).map(PathBuf::from);
        Self { workspace, errors: AtomicUsize::new(0), warnings: AtomicUsize::new(0) }
    }

    /// Annotates a finding, up to the limit. Returns whether it did.
    pub fn annotate(&self, finding: &Finding, screen: &Screen) -> bool {
        let count = match finding.severity {
            Severity::Error => &self.errors,
            Severity::Warning => &self.warnings,
        };
        let has_room = count.fetch_add(1, Ordering::Relaxed) < LIMIT;
        if has_room {
            screen.command(&self.command(finding, &|text: &str| screen.redactor().redact(text)));
        }
        has_room
    }

    /// A path as annotations need it: relative to the workspace, with slashes, without a leading dot.
    pub fn path(&self, path: &Path) -> String {
        let real = |path: &Path| path.canonicalize().or_else(|_| std::path::absolute(path)).ok();
        let relative = self
            .workspace
            .as_ref()
            .and_then(|folder| Some(real(path)?.strip_prefix(real(folder)?).ok()?.to_path_buf()));
        let shown = relative.unwrap_or_else(|| path.to_path_buf()).display().to_string().replace('\\', "/");
        match shown.strip_prefix("./").unwrap_or(&shown) {
            "" => ".".to_owned(),
            shown => shown.to_owned(),
        }
    }

    /// Secrets are removed before escaping, which would change their form.
    fn command(&self, finding: &Finding, clean: &dyn Fn(&str) -> String) -> String {
        let mut properties = Vec::new();
        if let Some(place) = &finding.place {
            let file = property(&clean(&self.path(&place.path)));
            let (line, column, end) = (place.line, place.column, end_column(place));
            properties.push(format!("file={file},line={line},endLine={line},col={column},endColumn={end}"));
        }
        properties.push("title=samstep".to_owned());
        let hint = finding.hint.as_deref().map(|hint| format!("\nhelp: {}", one_line(&clean(hint))));
        let message = format!("{}{}", one_line(&clean(&finding.message)), hint.unwrap_or_default());
        format!("::{} {}::{}", finding.severity.word(), properties.join(","), data(&message))
    }
}

/// The command that makes the runner hide a secret.
pub fn mask(secret: &Secret) -> String {
    format!("::add-mask::{}", data(secret.expose()))
}

/// The text of a command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
