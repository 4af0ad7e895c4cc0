//! The hosts of AWS's web console.

/// The host of the console in a partition and region; isolated partitions whose hosts are not public have none.
pub fn console_host(partition: &str, region: &str) -> Option<String> {
    match partition {
        "aws" => Some(format!("{region}.console.aws.amazon.com")),
        "aws-cn" => Some(format!("{region}.console.amazonaws.cn")),
        "aws-us-gov" => Some("console.amazonaws-us-gov.com".to_owned()),
        "aws-eusc" => Some(format!("{region}.console.amazonaws-eusc.eu")),
        _ => None,
    }
}
