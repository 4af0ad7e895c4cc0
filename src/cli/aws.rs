//! The options on how to reach AWS.

use super::values;
use crate::facts::{Secret, check_endpoint};
use clap::builder::NonEmptyStringValueParser;
use std::path::PathBuf;

/// How to reach AWS.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "AWS")]
pub struct AwsArguments {
    /// Region, such as eu-west-1 [default: as the AWS tools find it]
    #[arg(long, value_name = "REGION", value_parser = values::region)]
    pub region: Option<String>,
    /// Profile of the AWS configuration files
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub profile: Option<String>,
    /// Role to assume before anything else
    #[arg(long = "assume-role-arn", id = "assume_role_arn", value_name = "ARN", value_parser = values::role_arn, hide_short_help = true)]
    pub role_arn: Option<String>,
    /// External id that the role asks for
    #[arg(long, value_name = "ID", value_parser = secret, hide_short_help = true)]
    pub external_id: Option<Secret>,
    /// URL to use in place of AWS endpoints
    #[arg(long, value_name = "URL", value_parser = check_endpoint, hide_short_help = true)]
    pub endpoint_url: Option<String>,
    /// File of certificate authorities to trust (PEM)
    #[arg(long, value_name = "FILE", hide_short_help = true)]
    pub ca_bundle: Option<PathBuf>,
    /// Seconds to wait for a connection; 0 for no limit
    #[arg(long, value_name = "SECONDS", value_parser = values::whole_seconds, hide_short_help = true)]
    pub cli_connect_timeout: Option<u32>,
    /// Seconds to wait for an answer; 0 for no limit
    #[arg(long, value_name = "SECONDS", value_parser = values::whole_seconds, hide_short_help = true)]
    pub cli_read_timeout: Option<u32>,
}

fn secret(text: &str) -> Result<Secret, String> {
    if text.is_empty() { Err("it is empty".to_owned()) } else { Ok(Secret::new(text)) }
}
