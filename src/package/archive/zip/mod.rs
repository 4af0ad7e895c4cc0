//! Archives → the bytes of zip files, for those that have to be uploaded.
//!
//! An archive is planned as units of about 1 MiB. All cores pack units ahead, and one thread takes them in order, so
//! that memory is bounded and the bytes depend on nothing but names, contents and modes.

mod chunk;
mod incompressible;
mod lanes;
mod pack;
mod plan;
mod records;
mod write;

pub use write::{Piece, Stopped, write_all, zip_in_memory};

#[cfg(test)]
mod tests;
