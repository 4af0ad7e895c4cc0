//! The only files that use the SDK: they implement the traits of the stages, one short function per API operation.

mod call_log;
mod cloud;
mod cloudformation;
mod cloudwatch;
mod codedeploy;
mod codepipeline;
mod config;
mod credentials;
mod endpoint;
mod errors;
mod html_page;
mod http;
mod job;
mod links;
mod probe;
mod queue;
mod role;
mod s3;
mod s3_fetch;
mod serverless_repo;
mod session;
mod skew;
mod time;
#[cfg(test)]
mod tests;

pub use cloud::AwsCloud;
pub use codepipeline::CodePipeline;
pub use config::load;
pub use job::AwsServices;
pub use probe::AwsProbe;
pub use queue::AwsQueue;
pub use s3::S3Store;
