//! Tells a packaged template from any other file.

use crate::template::{Node, Template};

/// Whether a text is a template in which an object is named by a digest, as `sam`, the AWS CLI and this tool name them.
pub fn is_packaged_template(text: &str) -> bool {
    let Ok(template) = Template::parse("", text.as_bytes().to_vec()) else { return false };
    template.root().get("Resources").is_some_and(Node::is_mapping) && names_object(template.root())
}

fn names_object(node: Node<'_>) -> bool {
    node.as_str().is_some_and(is_named_by_digest)
        || node.items().any(names_object)
        || node.entries().any(|(_, value)| names_object(value))
}

/// Whether a key or URL ends in an MD5 or SHA-256 in hexadecimal, with or without an extension.
fn is_named_by_digest(location: &str) -> bool {
    let name = location.rsplit('/').next().unwrap_or(location);
    let stem = name.split(['.', '?']).next().unwrap_or(name);
    matches!(stem.len(), 32 | 64) && stem.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::is_packaged_template;

    #[test]
    fn a_packaged_template_names_an_object_by_its_digest() {
        let md5 = "0123456789abcdef0123456789abcdef";
        let template = |value: &str| format!("Resources:\n  F:\n    Properties:\n      CodeUri: {value}\n");
        let packaged = [
            template(&format!("s3://b/{md5}")),
            template(&format!("s3://b/p/{md5}{md5}?versionId=1")),
            template(&format!("https://s3.eu-west-1.amazonaws.com/b/p/{md5}.template")),
            template(&format!("{{Bucket: b, Key: {md5}.zip}}")),
            format!("{{\"Resources\": {{\"L\": {{\"Properties\": {{\"Content\": [\"s3://b/{md5}\"]}}}}}}}}"),
            format!("Resources: {{}}\nMappings: {{Code: {{A: {{Key: {md5}}}}}}}\n"),
        ];
        for text in packaged {
            assert!(is_packaged_template(&text), "{text}");
        }
        let others = [
            template("./src"),
            template("s3://b/app.zip"),
            template("s3://b/0123456789ABCDEF0123456789ABCDEF"),
            format!("code: s3://b/{md5}\n"),
            format!("print('s3://b/{md5}')\n"),
            format!("Resources: s3://b/{md5}\n"),
            "{".to_owned(),
            String::new(),
        ];
        for text in others {
            assert!(!is_packaged_template(&text), "{text}");
        }
    }
}
