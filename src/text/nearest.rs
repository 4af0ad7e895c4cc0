//! What a name that is not known was most likely meant to be.

/// The candidate that a name was most likely meant to be: at most a third of its letters differ.
pub fn nearest(name: &str, candidates: impl Iterator<Item = String>) -> Option<String> {
    let simple = |text: &str| text.to_lowercase().replace(['-', '_'], "");
    let name = simple(name);
    candidates
        .map(|candidate| (distance(&name, &simple(&candidate)), candidate))
        .filter(|(distance, candidate)| distance * 3 <= candidate.len().max(name.len()))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Levenshtein's distance.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (at, letter) in left.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = at + 1;
        for (index, other) in right.iter().enumerate() {
            let changed = diagonal + usize::from(letter != *other);
            diagonal = row[index + 1];
            row[index + 1] = changed.min(diagonal + 1).min(row[index] + 1);
        }
    }
    row[right.len()]
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
