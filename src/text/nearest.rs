//! The known name that an unknown one most likely stands for.

/// The candidate nearest to a name, ignoring case, `-` and `_`. `None` if more than a third of the letters differ.
pub fn nearest(name: &str, candidates: impl Iterator<Item = String>) -> Option<String> {
    let simple = |text: &str| text.to_lowercase().replace(['-', '_'], "");
    let name = simple(name);
    candidates
        .map(|candidate| (strsim::levenshtein(&name, &simple(&candidate)), candidate))
        .filter(|(distance, candidate)| distance * 3 <= candidate.len().max(name.len()))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_name_is_near_when_at_most_a_third_of_it_differs() {
        let rows = [
            ("Stge", Some("Stage")),
            ("stage", Some("Stage")),
            ("s-3_bucket", Some("S3Bucket")),
            ("Stag", Some("Stage")),
            ("S", None),
            ("Unrelated", None),
            ("", None),
        ];
        for (name, expected) in rows {
            let candidates = ["Stage", "S3Bucket"].map(str::to_owned).into_iter();
            assert_eq!(nearest(name, candidates).as_deref(), expected, "{name}");
        }
    }
}
