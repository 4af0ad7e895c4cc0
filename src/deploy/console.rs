//! Links to the console.

use crate::facts::{console_host, percent_encode};

/// The page of a stack's events. `None` if the ARN is none.
pub fn events_page(stack: &str) -> Option<String> {
    page(stack, "stacks/events", &format!("stackId={}", percent_encode(stack, &[])))
}

/// The page of a change set.
pub fn change_set_page(stack: &str, change_set: &str) -> Option<String> {
    let query = format!("stackId={}&changeSetId={}", percent_encode(stack, &[]), percent_encode(change_set, &[]));
    page(stack, "stacks/changesets/changes", &query)
}

fn page(arn: &str, path: &str, query: &str) -> Option<String> {
    let mut parts = arn.split(':');
    let (prefix, partition, _service, region) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let domain = console_host(partition, region)?;
    (prefix == "arn" && !region.is_empty())
        .then(|| format!("https://{domain}/cloudformation/home?region={region}#/{path}?{query}"))
}

#[cfg(test)]
mod tests {
    use super::{change_set_page, events_page};

    #[test]
    fn the_console_is_that_of_the_partition() {
        let rows = [
            (
                "aws",
                "eu-west-1",
                Some(
                    "https://eu-west-1.console.aws.amazon.com/cloudformation/home?region=eu-west-1#/stacks/events?stackId=",
                ),
            ),
            (
                "aws-cn",
                "cn-north-1",
                Some(
                    "https://cn-north-1.console.amazonaws.cn/cloudformation/home?region=cn-north-1#/stacks/events?stackId=",
                ),
            ),
            (
                "aws-us-gov",
                "us-gov-west-1",
                Some(
                    "https://console.amazonaws-us-gov.com/cloudformation/home?region=us-gov-west-1#/stacks/events?stackId=",
                ),
            ),
            ("aws-iso", "us-iso-east-1", None),
        ];
        for (partition, region, expected) in rows {
            let arn = format!("arn:{partition}:cloudformation:{region}:111122223333:stack/app/1");
            let link = events_page(&arn);
            assert_eq!(
                link.as_deref().map(|it| it.split_once("stackId=").unwrap().0.to_owned() + "stackId="),
                expected.map(str::to_owned)
            );
        }
        let link =
            change_set_page("arn:aws:cloudformation:eu-west-1:1:stack/a/1", "arn:aws:x:eu-west-1:1:changeSet/c/2");
        assert!(link.unwrap().ends_with("changesets/changes?stackId=arn%3Aaws%3Acloudformation%3Aeu-west-1%3A1%3Astack%2Fa%2F1&changeSetId=arn%3Aaws%3Ax%3Aeu-west-1%3A1%3AchangeSet%2Fc%2F2"));
        assert_eq!(events_page("app"), None);
    }
}
