//! Tests of the executable, one file per feature.

mod cli;
mod job_service;
mod run;
mod s3_server;
