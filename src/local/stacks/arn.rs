//! Ids of stacks and change sets, made from their names alone.

use crate::facts::{S3Endpoint, S3Location};
use sha2::{Digest, Sha256};

/// In place of `aws`: no link leads to a console that does not know the stack.
const PARTITION: &str = "rehearsal";
const ACCOUNT: &str = "000000000000";

pub fn of_stack(region: &str, name: &str) -> String {
    format!("arn:{PARTITION}:cloudformation:{region}:{ACCOUNT}:stack/{name}/{}", id(&[region, name]))
}

pub fn of_change_set(region: &str, stack: &str, name: &str) -> String {
    let id = id(&[region, stack, name]).replace('-', "");
    format!("arn:{PARTITION}:cloudformation:{region}:{ACCOUNT}:changeSet/{name}/{stack}-{id}")
}

/// The name of a stack that is given by name or ARN.
pub fn stack_name(stack: &str) -> &str {
    let path = stack.starts_with("arn:").then(|| stack.split(':').nth(5)).flatten();
    path.and_then(|path| path.split('/').nth(1)).unwrap_or(stack)
}

/// The name of the stack in the ARN of a change set.
pub fn stack_of_change_set(change_set: &str) -> Option<&str> {
    let path = change_set.starts_with("arn:").then(|| change_set.split(':').nth(5)).flatten()?;
    path.split('/').nth(2)?.rsplit_once('-').map(|(stack, _)| stack)
}

/// In the form of a UUID.
fn id(names: &[&str]) -> String {
    let digest = Sha256::digest(names.join("/"));
    let hex: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

/// The object that a URL of the rehearsal's endpoint names.
pub fn object_of_url(url: &str, endpoint: &S3Endpoint) -> Option<S3Location> {
    let path = url.strip_prefix(&endpoint.to_string())?.strip_prefix('/')?;
    let (bucket, key) = path.split_once('/')?;
    Some(S3Location::new(bucket, percent_decoded(key)?))
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut parts = text.split('%');
    let mut bytes = parts.next()?.as_bytes().to_vec();
    for part in parts {
        bytes.push(u8::from_str_radix(part.get(..2)?, 16).ok()?);
        bytes.extend_from_slice(part.get(2..)?.as_bytes());
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::{object_of_url, of_change_set, of_stack, stack_name, stack_of_change_set};
    use crate::facts::{S3Endpoint, S3Location};

    #[test]
    fn ids_come_from_names_and_give_them_back() {
        let (stack, set) = (of_stack("eu-west-1", "my-app"), of_change_set("eu-west-1", "my-app", "set-1"));
        assert!(stack.starts_with("arn:rehearsal:cloudformation:eu-west-1:000000000000:stack/my-app/"), "{stack}");
        assert_eq!(stack, of_stack("eu-west-1", "my-app"));
        assert_ne!(stack, of_stack("eu-west-2", "my-app"));
        assert_eq!((stack_name(&stack), stack_name("my-app")), ("my-app", "my-app"));
        assert_eq!((stack_of_change_set(&set), stack_of_change_set("set-1")), (Some("my-app"), None));
    }

    #[test]
    fn a_url_of_the_endpoint_names_an_object() {
        let endpoint = S3Endpoint::new("https://s3.us-east-1.amazonaws.com");
        let location = S3Location::new("code", "pre fix/ü.template");
        assert_eq!(object_of_url(&location.url(&endpoint), &endpoint), Some(location));
        for url in ["https://example.com/code/k", "https://s3.us-east-1.amazonaws.com/code", "k"] {
            assert_eq!(object_of_url(url, &endpoint), None, "{url}");
        }
    }
}
