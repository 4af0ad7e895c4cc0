//! The name of a value as each host spells names: `UploadedBytes`, `STEP_UPLOADED_BYTES`, `uploaded-bytes`.

/// The prefix of shell names. `SAMSTEP_` would make the values of one run the flags of the next.
pub const SHELL_PREFIX: &str = "STEP_";

/// The name of a variable: `[A-Za-z_][A-Za-z0-9_]*`.
pub fn shell_name(name: &str) -> String {
    format!("{SHELL_PREFIX}{}", words(name).join("_").to_uppercase())
}

/// The name of an output of a GitHub step: lower-case words with hyphens between.
pub fn github_name(name: &str) -> String {
    words(name).join("-")
}

/// `TemplateSha256` → `template`, `sha256`. Other characters than ASCII letters and digits separate words.
fn words(name: &str) -> Vec<String> {
    let letters: Vec<char> = name.chars().collect();
    let mut words = vec![String::new()];
    for (at, letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).map(|at| letters[at]);
        let ends_capitals = letters.get(at + 1).is_some_and(char::is_ascii_lowercase);
        let starts =
            letter.is_ascii_uppercase() && before.is_some_and(|before| !before.is_ascii_uppercase() || ends_capitals);
        if starts || !letter.is_ascii_alphanumeric() {
            words.push(String::new());
        }
        if letter.is_ascii_alphanumeric() {
            words.last_mut().expect("there is always a word").push(letter.to_ascii_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::{github_name, shell_name};

    #[test]
    fn a_name_is_spelled_as_its_reader_does() {
        let rows = [
            ("Artifacts", "STEP_ARTIFACTS", "artifacts"),
            ("UploadedBytes", "STEP_UPLOADED_BYTES", "uploaded-bytes"),
            ("TemplateSha256", "STEP_TEMPLATE_SHA256", "template-sha256"),
            ("S3Bucket", "STEP_S3_BUCKET", "s3-bucket"),
            ("KMSKeyARN", "STEP_KMS_KEY_ARN", "kms-key-arn"),
            ("a b=$(x)\n'é", "STEP_A_B_X", "a-b-x"),
            ("1st", "STEP_1ST", "1st"),
            ("", "STEP_", ""),
        ];
        for (name, shell, github) in rows {
            assert_eq!((shell_name(name).as_str(), github_name(name).as_str()), (shell, github), "{name}");
        }
    }
}
