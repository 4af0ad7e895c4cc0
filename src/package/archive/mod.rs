//! Local file or folder → digest → archive, with the same bytes on every machine.
//!
//! ```text
//!  Source ─walk─▶ Listing ─hash─▶ Archive (digest, CRC, sizes)      read: nothing is compressed yet
//!  Archive ─plan─▶ units ─pack, on all cores─▶ pieces, in order     zip: only what has to be uploaded
//! ```

mod entry;
mod error;
mod lambda;
mod read;
mod source;
mod zip;

#[cfg(test)]
mod samples;

pub use entry::Archive;
#[cfg(test)]
pub use error::WriteError;
pub use lambda::check_for_lambda;
pub use read::{describe_special, hex, is_zip, read_all};
pub use source::{DigestRule, OwnFile, ReadOptions, Source, SymlinkRule};
pub use zip::{Piece, Stopped, write_all, zip_in_memory};
