//! The IAM actions of the calls to CodeDeploy and of alarms.

pub const LIST_DEPLOYMENTS: &str = "codedeploy:ListDeployments";
pub const DESCRIBE_DEPLOYMENTS: &str = "codedeploy:BatchGetDeployments";
pub const LIST_TARGETS: &str = "codedeploy:ListDeploymentTargets";
pub const DESCRIBE_TARGETS: &str = "codedeploy:BatchGetDeploymentTargets";
pub const DESCRIBE_GROUP: &str = "codedeploy:GetDeploymentGroup";
pub const DESCRIBE_CONFIGURATION: &str = "codedeploy:GetDeploymentConfig";
pub const STOP_DEPLOYMENT: &str = "codedeploy:StopDeployment";
pub const DESCRIBE_ALARMS: &str = "cloudwatch:DescribeAlarms";
