//! Template → packaged template: discover, read, upload, rewrite.

mod archive;
mod upload;

pub use archive::{
    Archive, ArchiveError, DigestRule, Piece, ReadOptions, Source, Stopped, SymlinkRule, WriteError,
    check_lambda_limit, is_zip, read_all, write_all, zip_in_memory,
};
pub use upload::{
    ArchiveUpload, MultipartUpload, ObjectStore, Overwrite, Part, Put, StoredObject, Unfinished, Upload, UploadError,
    UploadOptions, upload_all, upload_bytes,
};
