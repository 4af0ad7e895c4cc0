//! A region without CodeDeploy, such as that of a rehearsal.

use super::deployments::{Deployment, Deployments, Group, GroupName, Target};
use crate::facts::{Routing, ServiceError, ShiftAlarm, Timestamp};

/// Knows no group and no deployment.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoDeployments;

impl Deployments for NoDeployments {
    async fn group(&self, _: &GroupName) -> Result<Option<Group>, ServiceError> {
        Ok(None)
    }

    async fn deployments(&self, _: &GroupName, _: Timestamp) -> Result<Vec<String>, ServiceError> {
        Ok(Vec::new())
    }

    async fn active(&self, _: &GroupName) -> Result<Vec<String>, ServiceError> {
        Ok(Vec::new())
    }

    async fn describe(&self, _: &[String]) -> Result<Vec<Deployment>, ServiceError> {
        Ok(Vec::new())
    }

    async fn target(&self, _: &str) -> Result<Option<Target>, ServiceError> {
        Ok(None)
    }

    async fn routing(&self, _: &str) -> Result<Option<Routing>, ServiceError> {
        Ok(None)
    }

    async fn alarms(&self, _: &[String]) -> Result<Vec<ShiftAlarm>, ServiceError> {
        Ok(Vec::new())
    }

    async fn stop(&self, _: &str) -> Result<(), ServiceError> {
        Ok(())
    }
}
