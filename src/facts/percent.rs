//! Percent-encoding (RFC 3986, section 2.1).

/// The text with `%XX` for every byte that is neither unreserved (letters, digits, `-_.~`) nor one of `kept`.
pub fn percent_encode(text: &str, kept: &[u8]) -> String {
    let is_kept = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) || kept.contains(&byte);
    text.bytes().fold(String::with_capacity(text.len()), |mut out, byte| {
        match is_kept(byte) {
            true => out.push(char::from(byte)),
            false => out.push_str(&format!("%{byte:02X}")),
        }
        out
    })
}
