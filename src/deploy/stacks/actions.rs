//! The IAM actions of calls that are not made again after a denial.

pub const EVENTS: &str = "cloudformation:DescribeStackEvents";
pub const FAILURES: &str = "cloudformation:DescribeEvents";
pub const HOOK: &str = "cloudformation:GetHookResult";
pub const TEMPLATE: &str = "cloudformation:GetTemplate";
pub const PHYSICAL_IDS: &str = "cloudformation:ListStackResources";
pub const IMPORTERS: &str = "cloudformation:ListImports";
