//! Tests of the executable, one file per feature.

mod run;
mod s3_server;
