//! Tests of the executable, one file per feature.

mod action_type;
mod cli;
mod cli_run;
mod house;
mod installer;
mod job;
mod job_rehearsal;
mod job_service;
mod fixtures;
mod readme;
mod host_environments;
mod hosts;
mod hosts_safety;
mod run;
mod s3_server;
mod secrets;
