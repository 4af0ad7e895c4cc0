//! Whether a file is a zip already.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

const END_SIGNATURE: &[u8; 4] = b"PK\x05\x06";
const END_BYTES: usize = 22;
const MAX_COMMENT_BYTES: u64 = 0xFFFF;

/// Tells by content, as Python's `zipfile.is_zipfile` does (which `sam` asks): a whole end record within the last
/// 65,557 bytes. A self-extracting program is a zip, a text named `.zip` is not.
pub fn is_zip(path: &Path) -> io::Result<bool> {
    let mut file = File::open(path)?;
    let size = file.metadata()?.len();
    file.seek(SeekFrom::Start(size.saturating_sub(MAX_COMMENT_BYTES + END_BYTES as u64)))?;
    let mut tail = Vec::new();
    file.take(MAX_COMMENT_BYTES + END_BYTES as u64).read_to_end(&mut tail)?;
    let found = tail.windows(END_SIGNATURE.len()).rposition(|window| window == END_SIGNATURE);
    Ok(found.is_some_and(|at| tail.len() - at >= END_BYTES))
}
