//! Tests of the executable, one file per feature.

mod job_service;
mod run;
mod s3_server;
