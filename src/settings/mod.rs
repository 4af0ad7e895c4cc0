//! (to come)

mod aws;

pub use aws::{AwsSettings, Encryption, ObjectSettings};
