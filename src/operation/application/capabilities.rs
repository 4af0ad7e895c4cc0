//! The capabilities that an application asks for.

/// Of the repository alone: the application has policies of resources. CloudFormation does not know it.
const RESOURCE_POLICY: &str = "CAPABILITY_RESOURCE_POLICY";
/// The application has nested ones.
pub const AUTO_EXPAND: &str = "CAPABILITY_AUTO_EXPAND";
const IAM: &str = "CAPABILITY_IAM";
const NAMED_IAM: &str = "CAPABILITY_NAMED_IAM";

/// The required ones that are not given. The wider capability for IAM includes the other one.
pub fn missing(required: &[String], given: &[String]) -> Vec<String> {
    let has = |name: &str| given.iter().any(|it| it == name);
    required.iter().filter(|name| !(has(name) || *name == IAM && has(NAMED_IAM))).cloned().collect()
}

/// Those that CloudFormation takes. An empty list is not sent.
pub fn to_send(given: Vec<String>) -> Option<Vec<String>> {
    let known: Vec<_> = given.into_iter().filter(|name| name != RESOURCE_POLICY).collect();
    (!known.is_empty()).then_some(known)
}

#[cfg(test)]
mod tests {
    use super::{missing, to_send};

    fn list(names: &str) -> Vec<String> {
        names.split_whitespace().map(|name| format!("CAPABILITY_{name}")).collect()
    }

    #[test]
    fn what_an_application_asks_for_must_be_given() {
        let rows = [
            ("", "", ""),
            ("IAM", "", "IAM"),
            ("IAM", "IAM", ""),
            ("IAM", "NAMED_IAM", ""),
            ("NAMED_IAM", "IAM", "NAMED_IAM"),
            ("IAM RESOURCE_POLICY AUTO_EXPAND", "IAM", "RESOURCE_POLICY AUTO_EXPAND"),
            ("RESOURCE_POLICY", "AUTO_EXPAND RESOURCE_POLICY", ""),
        ];
        for (required, given, expected) in rows {
            assert_eq!(missing(&list(required), &list(given)), list(expected), "{required} of {given}");
        }
    }

    #[test]
    fn cloudformation_gets_the_capabilities_that_it_knows() {
        assert_eq!(to_send(list("IAM RESOURCE_POLICY")), Some(list("IAM")));
        assert_eq!(to_send(list("RESOURCE_POLICY")), None);
    }
}
