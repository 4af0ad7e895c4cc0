//! Links to the console.

use crate::facts::{console_host, percent_encode};

/// The page of a deployment, in the partition and region of a stack's ARN.
pub fn deployment_page(stack: &str, deployment: &str) -> Option<String> {
    let mut parts = stack.split(':').skip(1);
    let (partition, region) = (parts.next()?, parts.nth(1)?);
    let host = console_host(partition, region)?;
    let id = percent_encode(deployment, &[]);
    (!region.is_empty()).then(|| format!("https://{host}/codesuite/codedeploy/deployments/{id}?region={region}"))
}

#[cfg(test)]
mod tests {
    use super::deployment_page;

    #[test]
    fn the_page_is_in_the_console_of_the_stack() {
        let arn = "arn:aws-cn:cloudformation:cn-north-1:111122223333:stack/app/1";
        assert_eq!(
            deployment_page(arn, "d-ABC").as_deref(),
            Some("https://cn-north-1.console.amazonaws.cn/codesuite/codedeploy/deployments/d-ABC?region=cn-north-1")
        );
        assert_eq!(deployment_page("app", "d-ABC"), None);
    }
}
