//! The table of keys, with the limits of the service's API reference.

use crate::publish::application_id::is_name;

/// The key of `Metadata` for the application.
pub const SECTION: &str = "AWS::ServerlessRepo::Application";

/// A key whose value is one text.
pub struct TextKey {
    pub name: &'static str,
    pub max_characters: usize,
    pub is_good: fn(&str) -> bool,
    /// What a good value is, after "is not".
    pub shape: &'static str,
}

/// A text that is written in the metadata, or in a file.
pub struct DocumentKeys {
    pub url: &'static str,
    pub body: &'static str,
}

pub const NAME: TextKey =
    TextKey { name: "Name", max_characters: 140, is_good: is_name, shape: "a name of letters, digits and hyphens" };
pub const AUTHOR: TextKey = TextKey {
    name: "Author",
    max_characters: 127,
    is_good: is_author,
    shape: "lower-case letters, digits and single hyphens between them",
};
pub const DESCRIPTION: TextKey =
    TextKey { name: "Description", max_characters: 256, is_good: |_| true, shape: "a text" };
pub const HOME_PAGE_URL: TextKey = TextKey { name: "HomePageUrl", ..URL };
pub const SOURCE_CODE_URL: TextKey = TextKey { name: "SourceCodeUrl", ..URL };
const URL: TextKey = TextKey { name: "", max_characters: usize::MAX, is_good: is_url, shape: "the URL of a web page" };

pub const LICENSE: DocumentKeys = DocumentKeys { url: "LicenseUrl", body: "LicenseBody" };
pub const README: DocumentKeys = DocumentKeys { url: "ReadmeUrl", body: "ReadmeBody" };
pub const LABELS: &str = "Labels";
pub const SPDX_LICENSE_ID: &str = "SpdxLicenseId";
pub const SEMANTIC_VERSION: &str = "SemanticVersion";
pub const SOURCE_CODE_ARCHIVE_URL: &str = "SourceCodeArchiveUrl";

pub const MAX_LABELS: usize = 10;
pub const MAX_LABEL_CHARACTERS: usize = 127;

/// All keys that are published.
pub const ALL: [&str; 13] = [
    NAME.name,
    AUTHOR.name,
    DESCRIPTION.name,
    HOME_PAGE_URL.name,
    LABELS,
    LICENSE.url,
    LICENSE.body,
    SPDX_LICENSE_ID,
    README.url,
    README.body,
    SEMANTIC_VERSION,
    SOURCE_CODE_URL.name,
    SOURCE_CODE_ARCHIVE_URL,
];

/// `^[a-z0-9](([a-z0-9]|-(?!-))*[a-z0-9])?$`.
fn is_author(text: &str) -> bool {
    let is_good = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    text.bytes().all(is_good) && text.split('-').all(|part| !part.is_empty())
}

/// `^[a-zA-Z0-9+\-_:\/@]+$`.
pub fn is_label(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-_:/@".contains(&byte))
}

/// A host with a dot in it behind `http://` or `https://`, and no blanks.
fn is_url(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let host = rest.and_then(|rest| rest.split(['/', '?', '#']).next()).unwrap_or_default();
    let parts = || host.split('.');
    parts().count() > 1 && parts().all(|part| !part.is_empty()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::{is_author, is_label, is_url};

    #[test]
    fn texts_are_checked_as_the_service_does() {
        let rows: [(fn(&str) -> bool, &str, bool); 16] = [
            (is_author, "a", true),
            (is_author, "acme-shop-2", true),
            (is_author, "Acme", false),
            (is_author, "-acme", false),
            (is_author, "acme-", false),
            (is_author, "ac--me", false),
            (is_author, "acme shop", false),
            (is_label, "a+b-c_d:e/f@g", true),
            (is_label, "two words", false),
            (is_label, "", false),
            (is_url, "https://example.com/a?b#c", true),
            (is_url, "http://example.com", true),
            (is_url, "example.com", false),
            (is_url, "https://localhost", false),
            (is_url, "https://exa mple.com", false),
            (is_url, "git@example.com:a/b", false),
        ];
        for (is_good, text, expected) in rows {
            assert_eq!(is_good(text), expected, "{text:?}");
        }
    }
}
