//! Why a template cannot be read: each case names the file, the place and the way out.

use crate::facts::{Explain, FailureKind, Place};
use std::path::PathBuf;

use super::source::MAX_BYTES;
use super::tree::MAX_DEPTH;

/// How many nodes aliases may add to one template.
pub const MAX_EXPANDED_NODES: usize = 100_000;

/// Why a template cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// The file itself cannot be read.
    #[error("cannot read template {}", path.display())]
    Unreadable {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    /// The file is over the limit; it was not read to its end.
    #[error("template {} is larger than {} MiB", path.display(), MAX_BYTES >> 20)]
    TooLarge { path: PathBuf },
    /// The text is in an encoding that CloudFormation does not take.
    #[error("template {} is encoded as {encoding}, not UTF-8", path.display())]
    Encoding { path: PathBuf, encoding: &'static str },
    /// Bytes that are no UTF-8.
    #[error("template is not UTF-8 text: invalid byte 0x{byte:02X} at offset {offset} on line {}", place.line)]
    NotUtf8 { byte: u8, offset: usize, place: Place },
    /// A zero byte: most likely no text at all.
    #[error("template is not text: NUL byte at offset {offset} on line {}", place.line)]
    Binary { offset: usize, place: Place },
    /// Neither YAML nor JSON.
    #[error("cannot parse template: {message}")]
    Syntax { message: String, hint: Option<String>, place: Place },
    /// Nothing but comments, or nothing at all.
    #[error("template {} is empty", path.display())]
    Empty { path: PathBuf },
    /// A second document follows the first.
    #[error("template holds several YAML documents; the second starts on line {}", place.line)]
    SeveralDocuments { place: Place },
    /// The top of the document is something else than a mapping.
    #[error("template must be a mapping at the top, but is {found}")]
    NotAMapping { found: &'static str, place: Place },
    /// The same key twice in one mapping; the place is the second.
    #[error("key '{key}' is given twice: first on line {first_line}, again on line {}", place.line)]
    DuplicateKey { key: String, first_line: usize, place: Place },
    /// A key that is a list, a mapping or an intrinsic function.
    #[error("a key must be a string, but is {found}")]
    KeyNotText { found: &'static str, place: Place },
    /// Nested deeper than any template can be.
    #[error("template is nested deeper than {MAX_DEPTH} levels")]
    TooDeep { place: Place },
    /// An alias inside the very value that it stands for.
    #[error("alias '*{name}' stands inside the value that it refers to")]
    RecursiveAlias { name: String, place: Place },
    /// Aliases multiply the template beyond the limits.
    #[error("aliases expand the template to more than {MAX_EXPANDED_NODES} values or {} MiB", MAX_BYTES >> 20)]
    TooManyAliases { place: Place },
    /// `<<` with something else than mappings.
    #[error("merge key '<<' needs a mapping or a list of mappings")]
    MergeNotAMapping { place: Place },
}

impl Explain for TemplateError {
    fn kind(&self) -> FailureKind {
        FailureKind::Usage
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Unreadable { source, .. } => return unreadable_hint(source).map(str::to_owned),
            Self::TooLarge { .. } => "CloudFormation takes templates up to 1 MB; check that this file is the template",
            Self::Encoding { .. } | Self::NotUtf8 { .. } => "save the file as UTF-8",
            Self::Binary { .. } => "check that this file is the template; if it is UTF-16 text, save it as UTF-8",
            Self::Syntax { hint, .. } => return hint.clone(),
            Self::Empty { .. } => "a template needs at least a 'Resources' section",
            Self::SeveralDocuments { .. } => "keep one document per template: remove the '---' and what follows it",
            Self::NotAMapping { .. } => "a template starts with sections such as 'Resources:'",
            Self::DuplicateKey { .. } => "remove or rename one of the two; other tools silently drop the first",
            Self::KeyNotText { .. } => "write the key as a plain or quoted string",
            Self::TooDeep { .. } => "flatten the structure, or split the template into nested templates",
            Self::RecursiveAlias { .. } => "write the value out instead of using the alias",
            Self::TooManyAliases { .. } => "use fewer aliases, or write the values out",
            Self::MergeNotAMapping { .. } => "write '<<: *anchor' where the anchor marks a mapping",
        };
        Some(hint.to_owned())
    }

    fn place(&self) -> Option<&Place> {
        match self {
            Self::Unreadable { .. } | Self::TooLarge { .. } | Self::Encoding { .. } | Self::Empty { .. } => None,
            Self::NotUtf8 { place, .. }
            | Self::Binary { place, .. }
            | Self::Syntax { place, .. }
            | Self::SeveralDocuments { place }
            | Self::NotAMapping { place, .. }
            | Self::DuplicateKey { place, .. }
            | Self::KeyNotText { place, .. }
            | Self::TooDeep { place }
            | Self::RecursiveAlias { place, .. }
            | Self::TooManyAliases { place }
            | Self::MergeNotAMapping { place } => Some(place),
        }
    }
}

fn unreadable_hint(source: &std::io::Error) -> Option<&'static str> {
    match source.kind() {
        std::io::ErrorKind::NotFound => Some("check the path; it is taken relative to the working directory"),
        std::io::ErrorKind::IsADirectory => Some("name the template file, not its folder"),
        _ => None,
    }
}
