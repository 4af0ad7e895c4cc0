//! Compares the MD5 of many files at once with one MD5 after the other, on one thread.
//!
//! ```text
//! cargo bench --bench md5                  # 20,000 files of 100 bytes to 20 kB
//! cargo bench --bench md5 -- node_modules  # the files below a folder
//! ```
//!
//! Fails if the digests differ, or if many at once is not faster.

#![expect(clippy::print_stdout, reason = "the numbers are the output")]

#[path = "../src/package/archive/read/many_md5/mod.rs"]
#[allow(dead_code, unused_imports, reason = "the tests of the module belong to the library")]
mod many_md5;

use many_md5::{Content, hash_all};
use md5::{Digest, Md5};
use std::io::{self, Read};
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

const ROUNDS: usize = 7;
/// Larger files are hashed alone by the product.
const MAX_FILE_BYTES: u64 = 1 << 18;

/// The index of a file, and the part of its content that is not read yet.
struct File<'c>(usize, &'c [u8]);

impl Content for File<'_> {
    fn fill(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.1.read(buffer)
    }
}

fn at_once(contents: &[Vec<u8>]) -> Vec<[u8; 16]> {
    let mut files = contents.iter().enumerate().map(|(index, content)| File(index, content));
    let mut digests = vec![[0; 16]; contents.len()];
    let done = |File(index, _): File, digest: io::Result<[u8; 16]>| {
        digests[index] = digest.expect("contents in memory can be read");
    };
    hash_all(|| files.next(), done);
    digests
}

fn one_by_one(contents: &[Vec<u8>]) -> Vec<[u8; 16]> {
    contents.iter().map(|content| Md5::digest(content).into()).collect()
}

/// Sizes as in a folder of dependencies: most are small, and a few are ten times as large.
fn made() -> Vec<Vec<u8>> {
    let size = |n: usize| match n % 10 {
        0 => 20_000 - n % 7 * 1_000,
        1..=4 => 100 + n % 13 * 40,
        _ => 1_000 + n % 11 * 300,
    };
    (0..20_000).map(|n| (0..size(n)).map(|byte| (byte * 31 + n) as u8).collect()).collect()
}

fn files_below(folder: &Path, contents: &mut Vec<Vec<u8>>) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        if metadata.is_dir() {
            files_below(&entry.path(), contents)?;
        } else if metadata.is_file() && metadata.len() <= MAX_FILE_BYTES {
            contents.push(std::fs::read(entry.path())?);
        }
    }
    Ok(())
}

/// The shortest of several rounds, because anything else on the machine only adds to it.
fn shortest(hash: impl Fn(&[Vec<u8>]) -> Vec<[u8; 16]>, contents: &[Vec<u8>]) -> Duration {
    let round = |_| {
        let start = Instant::now();
        std::hint::black_box(hash(contents));
        start.elapsed()
    };
    (0..ROUNDS).map(round).min().unwrap_or_default()
}

fn main() -> io::Result<ExitCode> {
    let mut contents = Vec::new();
    match std::env::args().skip(1).find(|argument| !argument.starts_with('-')) {
        Some(folder) => files_below(Path::new(&folder), &mut contents)?,
        None => contents = made(),
    }
    assert!(at_once(&contents) == one_by_one(&contents), "the digests differ");
    let (alone, many) = (shortest(one_by_one, &contents), shortest(at_once, &contents));
    let bytes: usize = contents.iter().map(Vec::len).sum();
    let speed = |time: Duration| bytes as f64 / 1e6 / time.as_secs_f64();
    let ratio = alone.as_secs_f64() / many.as_secs_f64();
    println!("{} files, {:.1} MB, one thread, shortest of {ROUNDS} rounds", contents.len(), bytes as f64 / 1e6);
    println!("one by one    {:>8.1} ms  {:>6.0} MB/s", alone.as_secs_f64() * 1e3, speed(alone));
    println!("many at once  {:>8.1} ms  {:>6.0} MB/s  {ratio:.1} times as fast", many.as_secs_f64() * 1e3, speed(many));
    Ok(if ratio > 1.0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
