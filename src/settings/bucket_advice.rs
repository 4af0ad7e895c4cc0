//! What to do about a text that is not the name of a bucket: it often holds the name.

use crate::cli::is_bucket_name_in;

/// Quotes that word processors and web pages put in place of straight ones, and straight ones that a shell left in place.
const QUOTES: [char; 8] = ['“', '”', '„', '‘', '’', '«', '"', '\''];

/// The hint for a value of `--s3-bucket`.
pub fn advice(text: &str) -> String {
    const RULE: &str = "give the bucket's name alone; a folder in it goes to --s3-prefix";
    let lower = text.to_ascii_lowercase().replace('_', "-");
    let inner = text.trim_matches(QUOTES);
    if lower != text && is_bucket_name_in(None, &lower) {
        return format!(
            "the names of buckets have lower-case letters, digits, - and ., such as {lower}; others exist in us-east-1 \
             alone"
        );
    }
    if text.contains(['$', '{', '<', '%']) {
        return "it is a placeholder: the shell or host did not replace it by its value".to_owned();
    }
    if inner != text && is_bucket_name_in(None, inner) {
        return format!("leave the quotes out: --s3-bucket {inner}");
    }
    match bucket_and_key(text).filter(|(bucket, _)| is_bucket_name_in(None, bucket)) {
        Some((bucket, key)) => match key.trim_matches('/') {
            "" => format!("write it as --s3-bucket {bucket}"),
            prefix => format!("write it as --s3-bucket {bucket} --s3-prefix {prefix}"),
        },
        None => RULE.to_owned(),
    }
}

/// The bucket and what follows, of a URI, an ARN, a URL or a path.
fn bucket_and_key(text: &str) -> Option<(&str, &str)> {
    if let Some(place) = text.strip_prefix("s3://") {
        return Some(split(place));
    }
    if text.starts_with("arn:") {
        return text.split_once(":s3:::").map(|(_, place)| split(place));
    }
    let Some((_, url)) = text.split_once("://") else { return text.contains('/').then(|| split(text)) };
    let (host, path) = split(url);
    match host.split_once(".s3") {
        Some((bucket, _)) => Some((bucket, path)),
        None => host.starts_with("s3").then(|| split(path)),
    }
}

fn split(place: &str) -> (&str, &str) {
    place.split_once('/').unwrap_or((place, ""))
}

#[cfg(test)]
mod tests {
    use super::advice;

    #[test]
    fn the_name_is_found_in_what_holds_it() {
        let with_prefix = "write it as --s3-bucket code --s3-prefix app/v1";
        let rows = [
            ("s3://code", "write it as --s3-bucket code"),
            ("s3://code/app/v1/", with_prefix),
            ("arn:aws:s3:::code", "write it as --s3-bucket code"),
            ("arn:aws-cn:s3:::code/app/v1", with_prefix),
            ("https://code.s3.eu-west-1.amazonaws.com/app/v1", with_prefix),
            ("https://code.s3.amazonaws.com", "write it as --s3-bucket code"),
            ("https://s3.eu-west-1.amazonaws.com/code/app/v1", with_prefix),
            ("code/", "write it as --s3-bucket code"),
            ("code/app/v1", with_prefix),
            ("“code”", "leave the quotes out: --s3-bucket code"),
            ("$BUCKET", "it is a placeholder: the shell or host did not replace it by its value"),
            ("<bucket>", "it is a placeholder: the shell or host did not replace it by its value"),
            ("https://example.com/code", "give the bucket's name alone; a folder in it goes to --s3-prefix"),
            ("../x", "give the bucket's name alone; a folder in it goes to --s3-prefix"),
            ("my code", "give the bucket's name alone; a folder in it goes to --s3-prefix"),
            ("", "give the bucket's name alone; a folder in it goes to --s3-prefix"),
        ];
        for (text, expected) in rows {
            assert_eq!(advice(text), expected, "{text}");
        }
    }
}
