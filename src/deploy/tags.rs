//! The tags that a change set is created with.

use super::options::NewChangeSet;
use super::stacks::Stack;
use std::collections::BTreeMap;

/// Tags that begin like this are those of AWS, and cannot be sent.
const RESERVED: &str = "aws:";

/// The tags to send; `None` to keep those of the stack. Tags that are sent replace all others, so that the origin of a
/// template is sent together with the tags that the stack has.
pub fn to_send(new: &NewChangeSet, stack: Option<&Stack>) -> Option<BTreeMap<String, String>> {
    if new.origin.is_empty() {
        return new.tags.clone();
    }
    let kept = || -> BTreeMap<String, String> {
        let tags = stack.into_iter().flat_map(|stack| &stack.tags);
        tags.filter(|(key, _)| !key.starts_with(RESERVED)).map(|(key, value)| (key.clone(), value.clone())).collect()
    };
    let mut tags = new.tags.clone().unwrap_or_else(kept);
    tags.extend(new.origin.clone());
    let is_unchanged = new.tags.is_none() && stack.is_some() && tags == kept();
    (!is_unchanged).then_some(tags)
}

#[cfg(test)]
mod tests {
    use super::to_send;
    use crate::deploy::{NewChangeSet, Stack};
    use crate::testing::deploy::new_change_set;
    use std::collections::BTreeMap;

    fn tags(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn the_origin_of_a_template_is_sent_with_the_other_tags() {
        let origin = [("application", "orders"), ("version", "2")];
        let of_stack = [("aws:x", "1"), ("team", "a"), ("application", "orders"), ("version", "1")];
        let same = [("team", "a"), ("application", "orders"), ("version", "2")];
        type Pairs<'a> = &'a [(&'a str, &'a str)];
        let rows: [(&str, Pairs<'_>, Option<Pairs<'_>>, Option<Pairs<'_>>, Option<Pairs<'_>>); 6] = [
            ("no origin, no tags", &[], None, Some(&of_stack), None),
            ("no origin", &[], Some(&[("team", "b")]), Some(&of_stack), Some(&[("team", "b")])),
            ("a new stack", &origin, None, None, Some(&origin)),
            ("tags of the stack stay", &origin, None, Some(&of_stack), Some(&same)),
            ("the stack has them", &origin, None, Some(&same), None),
            (
                "tags that are given replace those of the stack",
                &origin,
                Some(&[("cost", "7")]),
                Some(&of_stack),
                Some(&[("cost", "7"), ("application", "orders"), ("version", "2")]),
            ),
        ];
        for (name, origin, given, stack, expected) in rows {
            let new = NewChangeSet { origin: tags(origin), tags: given.map(tags), ..new_change_set() };
            let stack = stack.map(|pairs| Stack { tags: tags(pairs), ..Stack::default() });
            assert_eq!(to_send(&new, stack.as_ref()), expected.map(tags), "{name}");
        }
    }
}
