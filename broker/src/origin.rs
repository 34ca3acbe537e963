//! Which browser pages may open the WebSocket.
//!
//! Browsers let any page connect to any address, this machine's loopback included, and say which
//! page it is in the `Origin` header. Programs send none and are let in. `Host` is checked as well:
//! a stranger's name that resolves to 127.0.0.1 (DNS rebinding) gives the page a matching origin.

use std::net::IpAddr;

/// Origins and hosts allowed besides the built-in ones.
#[derive(Debug, Clone, Default)]
pub(crate) struct OriginRules {
    pub allowed_origins: Vec<String>,
    pub allowed_hosts: Vec<String>,
}

/// Why a WebSocket request is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum OriginFault {
    #[error("the request names no host")]
    NoHost,
    #[error("the host {0:?} is neither a loopback name nor among the allowed hosts")]
    Host(String),
    #[error(
        "pages of the origin {0:?} may not connect: it is not the host they connect to, nor among the allowed origins"
    )]
    Origin(String),
}

impl OriginRules {
    /// Checks the `Host` and `Origin` headers of a request.
    pub fn check(&self, host: Option<&str>, origin: Option<&str>) -> Result<(), OriginFault> {
        let host = host.ok_or(OriginFault::NoHost)?;
        let name = host_name(host);
        let is_allowed = |allowed: &String| allowed.eq_ignore_ascii_case(name);
        if !is_loopback(name) && !self.allowed_hosts.iter().any(is_allowed) {
            return Err(OriginFault::Host(host.to_owned()));
        }
        let Some(origin) = origin else {
            return Ok(());
        };
        let is_allowed =
            |allowed: &String| allowed.trim_end_matches('/').eq_ignore_ascii_case(origin);
        if is_same_host(origin, host) || self.allowed_origins.iter().any(is_allowed) {
            return Ok(());
        }
        Err(OriginFault::Origin(origin.to_owned()))
    }
}

/// Whether the origin's host and port are those of the request.
fn is_same_host(origin: &str, host: &str) -> bool {
    let Some((scheme, authority)) = origin.split_once("://") else {
        return false;
    };
    let default_port = match scheme {
        "http" => ":80",
        "https" => ":443",
        _ => return false,
    };
    let without_default = |text: &str| {
        text.strip_suffix(default_port)
            .unwrap_or(text)
            .to_ascii_lowercase()
    };
    without_default(authority) == without_default(host)
}

/// The host without its port; an IPv6 address without its brackets.
fn host_name(host: &str) -> &str {
    if let Some(bracketed) = host.strip_prefix('[') {
        return bracketed.split(']').next().unwrap_or_default();
    }
    host.split(':').next().unwrap_or_default()
}

fn is_loopback(name: &str) -> bool {
    name.eq_ignore_ascii_case("localhost")
        || name
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules() -> OriginRules {
        OriginRules {
            allowed_origins: vec!["https://site.example".into()],
            allowed_hosts: vec!["site.example".into()],
        }
    }

    #[test]
    fn programs_are_let_in_under_loopback_names() {
        for host in [
            "localhost",
            "localhost:9001",
            "127.0.0.1:9001",
            "127.1.2.3",
            "[::1]:9001",
        ] {
            assert_eq!(rules().check(Some(host), None), Ok(()), "{host}");
        }
        assert_eq!(rules().check(Some("site.example:9001"), None), Ok(()));
    }

    #[test]
    fn strange_hosts_are_refused() {
        for host in [
            "evil.example",
            "evil.example:9001",
            "10.0.0.1",
            "127.0.0.1.evil.example",
            "",
        ] {
            assert_eq!(
                rules().check(Some(host), None),
                Err(OriginFault::Host(host.into()))
            );
        }
        assert_eq!(rules().check(None, None), Err(OriginFault::NoHost));
    }

    #[test]
    fn pages_come_from_the_same_host_or_an_allowed_origin() {
        let check = |host, origin| rules().check(Some(host), Some(origin)).is_ok();
        assert!(check("127.0.0.1:9001", "http://127.0.0.1:9001"));
        assert!(check("localhost:80", "http://localhost"));
        assert!(check("LOCALHOST:9001", "http://localhost:9001"));
        assert!(check("127.0.0.1:9001", "https://site.example"));
        assert!(
            !check("127.0.0.1:9001", "http://127.0.0.1:8080"),
            "another port is another origin"
        );
        assert!(!check("127.0.0.1:9001", "http://evil.example"));
        assert!(!check("127.0.0.1:9001", "null"));
        assert!(!check("127.0.0.1:9001", "file://127.0.0.1:9001"));
    }
}
