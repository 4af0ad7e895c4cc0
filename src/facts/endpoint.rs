//! The URL of a service endpoint, as a flag or a variable gives it.

use std::net::{IpAddr, Ipv6Addr};

/// The URL of an endpoint.
pub fn check_endpoint(text: &str) -> Result<String, String> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let authority = rest.and_then(|rest| rest.split(['/', '?']).next());
    let good = text.bytes().all(|byte| byte.is_ascii_graphic()) && authority.is_some_and(is_authority);
    good.then(|| text.to_owned()).ok_or_else(|| "write it as https://host[:port]".to_owned())
}

/// Whether session tokens may be sent to an endpoint: with `https://`, or with `http://` to this machine or a private
/// network, as to an emulator.
pub fn is_confidential(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("http://") else { return true };
    let (host, _) = host_and_port(rest.split(['/', '?']).next().unwrap_or_default());
    let host = host.trim_matches(['[', ']']);
    match host.parse::<IpAddr>() {
        Ok(IpAddr::V4(address)) => address.is_loopback() || address.is_private() || address.is_link_local(),
        Ok(IpAddr::V6(address)) => {
            address.is_loopback() || address.is_unique_local() || address.is_unicast_link_local()
        }
        // `localhost`, or a container's name; `.internal` and `.local` are reserved for private networks.
        Err(_) => !host.contains('.') || [".localhost", ".internal", ".local"].iter().any(|end| host.ends_with(end)),
    }
}

fn host_and_port(authority: &str) -> (&str, Option<&str>) {
    let place = authority.rsplit_once('@').map_or(authority, |(_user, place)| place);
    match place.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        Some(_) | None => (place, None),
    }
}

/// A host by its name or address, with a port or without.
fn is_authority(text: &str) -> bool {
    let (host, port) = host_and_port(text);
    let is_address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let is_host = match is_address {
        Some(address) => address.parse::<Ipv6Addr>().is_ok(),
        None => !host.is_empty() && host.bytes().all(|it| it.is_ascii_alphanumeric() || b"-._".contains(&it)),
    };
    is_host && port.is_none_or(|port| port.parse::<u16>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::{check_endpoint, is_confidential};

    #[test]
    fn plain_http_is_for_this_machine_and_private_networks() {
        let rows = [
            ("https://s3.example.com", true),
            ("http://localhost:4566", true),
            ("http://minio:9000/base", true),
            ("http://127.0.0.1", true),
            ("http://[::1]:9000", true),
            ("http://10.1.2.3:9000", true),
            ("http://172.17.0.2", true),
            ("http://[fd00::1]", true),
            ("http://host.docker.internal:4566", true),
            ("http://s3.example.com", false),
            ("http://s3.example.com:80/localhost", false),
            ("http://localhost@s3.example.com", false),
            ("http://localhost.example.com", false),
            ("http://52.1.2.3", false),
            ("http://[2001:db8::1]:9000", false),
        ];
        for (url, expected) in rows {
            assert_eq!(is_confidential(url), expected, "{url}");
        }
    }

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
