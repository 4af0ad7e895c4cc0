//! Resource types that are most likely misspelt.

use super::properties::RESOURCE_PROPERTIES;

/// The type with local artifacts from which another type differs by one letter, two swapped letters, case, or quotes and
/// blanks around it.
pub fn nearest_type(resource_type: &str) -> Option<&'static str> {
    let resource_type = resource_type.trim_matches(|letter: char| !letter.is_alphanumeric());
    let known = RESOURCE_PROPERTIES.iter().map(|row| row.resource_type);
    known.into_iter().find(|known| is_near(resource_type, known))
}

fn is_near(left: &str, right: &str) -> bool {
    if left.eq_ignore_ascii_case(right) {
        return true;
    }
    let (left, right): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
    let prefix = left.iter().zip(&right).take_while(|(a, b)| a == b).count();
    let (left, right) = (&left[prefix..], &right[prefix..]);
    let suffix = left.iter().rev().zip(right.iter().rev()).take_while(|(a, b)| a == b).count();
    match (&left[..left.len() - suffix], &right[..right.len() - suffix]) {
        ([_], [_] | []) | ([], [_]) => true,
        ([a, b], [c, d]) => a == d && b == c,
        (_, _) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::nearest_type;

    #[test]
    fn a_type_is_near_when_one_letter_differs() {
        let function = Some("AWS::Serverless::Function");
        let rows = [
            ("another letter", "AWS::Serverless::Funktion", function),
            ("a letter too many", "AWS::Serverless::Functions", function),
            ("a letter too few", "AWS::Serverles::Function", function),
            ("two letters swapped", "AWS::Serverless::Fucntion", function),
            ("case", "aws::serverless::function", function),
            ("a letter outside ASCII", "AWS::Serverless::Functiön", function),
            ("quotes of print", "“AWS::Serverless::Function”", function),
            ("a blank at the end", "AWS::Serverless::Function ", function),
            ("two letters", "AWS::Serverless::Fonktion", None),
            ("the set of a stack", "AWS::CloudFormation::StackSets", Some("AWS::CloudFormation::StackSet")),
            ("a type of its own", "AWS::Serverless::SimpleTable", None),
            ("empty", "", None),
        ];
        for (name, resource_type, expected) in rows {
            assert_eq!(nearest_type(resource_type), expected, "{name}");
        }
    }
}
