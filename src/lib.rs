//! The non-interactive pipeline step that packages AWS SAM and CloudFormation applications.
//!
//! ```text
//!                      template              package
//!  template.yaml ─load─▶ Template ─discover─▶ [Artifact] ─archive─▶ [Archive] ─upload─▶ [Upload]
//!                           │                 property→path          bytes+digest        S3Location
//!                           └────────────────────────rewrite◀──────────────────────────────┘
//!                                                       │
//!                                        packaged template ─▶ Report (outcome, files, tables)
//!  every stage, as it happens ─▶ Event ─▶ host: words for people and programs
//!  called as a process: a command drives the operation ─▶ files, exit code
//!  called as a job: the job drives it ─▶ output artifact, one result
//! ```
//!
//! Modules stand in the order of the flow: each uses only those before it. `host`, `aws` and `local` are leaves that
//! `commands` wires together.

mod facts;
mod files;
mod interrupt;
mod template;
mod text;
mod template_configuration;
mod package;
mod shift;
mod deploy;
mod publish;
mod cli;
mod settings;
mod doctor;
mod page;
mod operation;
mod job;
mod worker;
mod host;
mod aws;
mod local;
mod commands;
#[cfg(test)]
mod testing;

pub use commands::run;
pub use facts::Environment;
