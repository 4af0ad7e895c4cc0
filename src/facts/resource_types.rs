//! Types of resources that a deployment treats in a way of their own.

pub const ALIAS: &str = "AWS::Lambda::Alias";
pub const FUNCTION: &str = "AWS::Lambda::Function";
/// A nested stack; also the type in a stack's own rows.
pub const STACK: &str = "AWS::CloudFormation::Stack";
