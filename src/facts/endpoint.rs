//! The URL of a service endpoint, as a flag or a variable gives it.

/// The URL of an endpoint.
pub fn check_endpoint(text: &str) -> Result<String, String> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let authority = rest.and_then(|rest| rest.split(['/', '?']).next());
    let good = text.bytes().all(|byte| byte.is_ascii_graphic()) && authority.is_some_and(is_authority);
    good.then(|| text.to_owned()).ok_or_else(|| "write it as https://host[:port]".to_owned())
}

/// A host by its name or address, with a port or without.
fn is_authority(text: &str) -> bool {
    let place = text.rsplit_once('@').map_or(text, |(_user, place)| place);
    let (host, port) = match place.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        Some(_) | None => (place, None),
    };
    let is_address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let is_host = match is_address {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => !host.is_empty() && host.bytes().all(|it| it.is_ascii_alphanumeric() || b"-._".contains(&it)),
    };
    is_host && port.is_none_or(|port| port.parse::<u16>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::check_endpoint;

    #[test]
    fn an_endpoint_is_a_host_behind_a_scheme() {
        let rows = [
            ("https://s3.eu-west-1.amazonaws.com", true),
            ("http://localhost:4566/", true),
            ("http://local_stack:4566/base?x=1", true),
            ("http://[::1]:9000", true),
            ("http://[::1]", true),
            ("http://127.0.0.1", true),
            ("http://user:word@proxy:3128", true),
            ("", false),
            ("foo", false),
            ("foo:4566", false),
            ("ftp://host", false),
            ("https://", false),
            ("https:///path", false),
            ("http://a b", false),
            ("http://a:99999", false),
            ("http://a:", false),
            ("http://[::1", false),
            ("http://a:b:1", false),
        ];
        for (text, good) in rows {
            assert_eq!(check_endpoint(text).is_ok(), good, "{text}");
        }
    }
}
