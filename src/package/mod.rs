//! Template → packaged template: discover, read, upload, rewrite.

mod archive;
mod upload;

pub use archive::{DigestRule, SymlinkRule};
pub use upload::{MultipartUpload, ObjectStore, Overwrite, Part, Put, StoredObject};
