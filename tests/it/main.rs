//! Tests of the executable, one file per feature.

mod action_type;
mod bad_bucket;
mod bad_case;
mod bad_job;
mod bad_output;
mod bad_paths;
mod bad_templates;
mod build_project;
mod cli;
mod cli_run;
mod fixtures;
mod host_environments;
mod hosts;
mod hosts_safety;
mod house;
mod installer;
mod job;
mod job_rehearsal;
mod job_service;
mod readme;
mod run;
mod s3_server;
mod secrets;
mod upload;
mod upload_keys;
