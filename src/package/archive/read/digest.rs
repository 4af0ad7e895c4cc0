//! Content → digest: the rule of `sam package`, and SHA-256 over everything that an archive keeps.

use crate::package::archive::entry::EntryKind;
use crate::package::archive::source::{DigestRule, ReadOptions};
use libdeflater::Crc;
use md5::Md5;
use sha2::{Digest, Sha256};

/// The hashes to compute, besides CRC-32.
#[derive(Debug, Clone, Copy)]
pub struct Hashes {
    md5: bool,
    sha256: bool,
}

impl Hashes {
    pub fn new(options: &ReadOptions) -> Self {
        let sha256 = options.with_sha256 || options.digest == DigestRule::Sha256;
        Self { md5: options.digest == DigestRule::Sam, sha256 }
    }

    pub fn have_md5(self) -> bool {
        self.md5
    }
}

/// The hashes of one file's content.
#[derive(Debug, Clone, Copy, Default)]
pub struct ContentHashes {
    pub md5: Option<[u8; 16]>,
    pub sha256: Option<[u8; 32]>,
    pub crc: u32,
}

/// Hashes a file while it is read. MD5 is apart, because it is the slowest and may run on another thread.
pub struct Hasher {
    pub md5: Md5Hash,
    pub fast: FastHashes,
}

/// MD5, if it is computed.
pub struct Md5Hash(Option<Md5>);

/// CRC-32, and SHA-256 if it is computed.
pub struct FastHashes {
    sha256: Option<Sha256>,
    crc: Crc,
}

impl Hasher {
    pub fn new(hashes: Hashes) -> Self {
        Self { md5: Md5Hash(hashes.md5.then(Md5::new)), fast: FastHashes::new(hashes) }
    }

    pub fn update(&mut self, bytes: &[u8]) {
        self.md5.update(bytes);
        self.fast.update(bytes);
    }

    pub fn finish(self) -> ContentHashes {
        self.fast.finish(self.md5.0.map(|md5| md5.finalize().into()))
    }
}

impl Md5Hash {
    pub fn update(&mut self, bytes: &[u8]) {
        if let Some(md5) = &mut self.0 {
            md5.update(bytes);
        }
    }
}

impl FastHashes {
    pub fn new(hashes: Hashes) -> Self {
        Self { sha256: hashes.sha256.then(Sha256::new), crc: Crc::new() }
    }

    pub fn update(&mut self, bytes: &[u8]) {
        self.crc.update(bytes);
        if let Some(sha256) = &mut self.sha256 {
            sha256.update(bytes);
        }
    }

    /// All hashes, with an MD5 that was computed elsewhere.
    pub fn finish(self, md5: Option<[u8; 16]>) -> ContentHashes {
        ContentHashes { md5, sha256: self.sha256.map(|sha256| sha256.finalize().into()), crc: self.crc.sum() }
    }
}

/// The digests of an archive or a file, each if it is computed.
#[derive(Debug, PartialEq, Eq)]
pub struct Digests {
    /// As `sam package` derives it.
    pub sam: Option<String>,
    pub sha256: Option<String>,
}

impl Digests {
    /// The digests of a file that is uploaded as it is: the hashes of its content.
    pub fn of_file(content: &ContentHashes) -> Self {
        Self { sam: content.md5.map(|md5| hex(&md5)), sha256: content.sha256.map(|sha256| hex(&sha256)) }
    }

    /// The digests of an archive, given its entries in the order of their names.
    ///
    /// `sam` is the MD5 of each name and the hexadecimal MD5 of its content, one after the other (aws-sam-cli
    /// `dir_hash`). `sha256` is the SHA-256 of a first line, and for each entry six octal digits of mode and type, the
    /// length of the name in bytes (64 bits, most significant first), the name, and the 32 bytes of the SHA-256 of the
    /// content; the content of a link is its target.
    pub fn of_archive<'a>(
        hashes: Hashes,
        entries: impl Iterator<Item = (&'a str, &'a EntryKind, &'a ContentHashes)>,
    ) -> Self {
        let mut sam = hashes.md5.then(Md5::new);
        let mut sha256 = hashes.sha256.then(|| Sha256::new_with_prefix(b"samstep archive 1\n"));
        for (name, kind, content) in entries {
            if let (Some(sam), Some(md5)) = (&mut sam, &content.md5) {
                sam.update(name);
                sam.update(md5.map(digits).as_flattened());
            }
            if let (Some(sha256), Some(content)) = (&mut sha256, &content.sha256) {
                sha256.update(format!("{:06o}", kind.mode()));
                sha256.update((name.len() as u64).to_be_bytes());
                sha256.update(name);
                sha256.update(content);
            }
        }
        Self { sam: sam.map(|md5| hex(&md5.finalize())), sha256: sha256.map(|sha256| hex(&sha256.finalize())) }
    }
}

/// Bytes in lowercase hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().flat_map(|byte| digits(*byte)).map(char::from).collect()
}

fn digits(byte: u8) -> [u8; 2] {
    let digit = |value: u8| b"0123456789abcdef"[usize::from(value)];
    [digit(byte >> 4), digit(byte & 15)]
}
