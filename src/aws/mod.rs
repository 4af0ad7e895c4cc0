//! The only files that name the SDK: each implements a trait of a stage, one operation in one short function.

mod codepipeline;
mod config;
mod endpoint;
mod errors;
mod managed_bucket;
mod s3;
mod s3_fetch;
#[cfg(test)]
mod tests;

pub use codepipeline::CodePipeline;
pub use config::{ConfigError, load};
pub use managed_bucket::{ManagedBucketError, managed_bucket};
pub use s3::S3Store;
