//! The non-interactive pipeline step that packages AWS SAM and CloudFormation applications.
//!
//! ```text
//!                      template              package
//!  template.yaml ─load─▶ Template ─discover─▶ [Artifact] ─read─▶ [Archive] ─upload─▶ [Upload]
//!                           │                 property→path      digest       │      S3Location
//!                           └────────────────────────rewrite◀────────────────┘
//!                                                       │
//!                                                packaged template + Outcome
//!  every stage, as it happens ─▶ Event ─▶ host: words for people and programs
//!  called as a process: step ─▶ exit code        called as a job: job ─▶ one result
//! ```
//!
//! Modules stand in the order of the flow: each uses only those before it. `host`, `aws` and `local` are leaves
//! that `main` alone puts together.

mod failure;
mod bounded;
mod json;
mod nearest;
mod secret;
mod service_error;
mod s3_location;
mod event;
mod path_words;
mod interrupt;
mod signals;
mod template;
mod template_configuration;
mod package;
mod cli;
mod settings;
mod output;
mod step;
mod job;
mod host;
mod aws;
mod local;
mod commands;
#[cfg(test)]
mod testing;

pub use cli::Environment;
pub use commands::run;
pub use host::{Host, Panics};
