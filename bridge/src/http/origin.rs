//! Who may reach the bridge with a browser: the checks of `Host` and `Origin`. Pure.
//!
//! `Host` stops a stranger's name that resolves to this machine (DNS rebinding); `Origin` stops a
//! stranger's page from opening the WebSocket. Nothing else about a request is trusted.

use std::net::IpAddr;

use axum::http::uri::{Authority, Uri};

/// Whether the name stands for this machine alone: `localhost`, a name below it, or a loopback
/// address (an IPv6 address in brackets).
#[must_use]
pub fn is_loopback_name(host: &str) -> bool {
    let host = host.trim_end_matches('.');
    let is_localhost = |name: &str| name.eq_ignore_ascii_case("localhost");
    if is_localhost(host)
        || host
            .rsplit_once('.')
            .is_some_and(|(_, last)| is_localhost(last))
    {
        return true;
    }
    let bare = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    let address: Result<IpAddr, _> = bare.unwrap_or(host).parse();
    address.is_ok_and(|address| address.is_loopback())
}

fn is_public(host: &str, public_hosts: &[String]) -> bool {
    public_hosts
        .iter()
        .any(|name| name.eq_ignore_ascii_case(host))
}

/// Checks the `Host` of a request.
///
/// # Errors
/// The sentence for whoever sent it.
pub fn check_host(host: Option<&str>, public_hosts: &[String]) -> Result<(), String> {
    let authority: Option<Authority> = host.and_then(|host| host.parse().ok());
    let Some(authority) = authority else {
        return Err("The request has no readable Host header.".to_owned());
    };
    let host = authority.host();
    if is_loopback_name(host) || is_public(host, public_hosts) {
        return Ok(());
    }
    Err(format!(
        "This bridge is not reached under the name {host}. If it should be, start it with --public-host {host}."
    ))
}

/// Checks the `Origin` of a WebSocket request whose `Host` is already checked. Browsers always
/// send one; a program that sends none acts for nobody but itself.
///
/// # Errors
/// The sentence for whoever sent it.
pub fn check_origin(
    origin: Option<&str>,
    host: &str,
    public_hosts: &[String],
) -> Result<(), String> {
    let Some(origin) = origin else {
        return Ok(());
    };
    let refused = || {
        Err(format!(
            "Pages from {origin} may not connect here. If they should, start the bridge with --public-host and the name in that address."
        ))
    };
    let Ok(uri) = origin.parse::<Uri>() else {
        return refused();
    };
    let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
        return refused();
    };
    let default_port = match scheme {
        "http" => 80,
        "https" => 443,
        _ => return refused(),
    };
    if is_public(authority.host(), public_hosts) {
        return Ok(());
    }
    let is_same = host.parse::<Authority>().is_ok_and(|host| {
        let port = |of: &Authority| of.port_u16().unwrap_or(default_port);
        host.host().eq_ignore_ascii_case(authority.host()) && port(&host) == port(authority)
    });
    if is_same { Ok(()) } else { refused() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn public() -> Vec<String> {
        vec!["releve.example".to_owned()]
    }

    #[test]
    fn loopback_has_many_names() {
        for name in [
            "localhost",
            "LOCALHOST",
            "localhost.",
            "ui.localhost",
            "127.0.0.1",
            "127.9.9.9",
            "[::1]",
            "::1",
        ] {
            assert!(is_loopback_name(name), "{name}");
        }
        for name in [
            "",
            "localhost.example",
            "128.0.0.1",
            "[::2]",
            "0.0.0.0",
            "notlocalhost",
        ] {
            assert!(!is_loopback_name(name), "{name}");
        }
    }

    #[test]
    fn only_known_names_are_served() {
        for host in [
            "localhost:8080",
            "127.0.0.1",
            "[::1]:8080",
            "releve.example",
            "Releve.Example:443",
        ] {
            assert_eq!(check_host(Some(host), &public()), Ok(()), "{host}");
        }
        for host in [
            None,
            Some(""),
            Some("rebinding.example:8080"),
            Some("a b"),
            Some("releve.example.evil.example"),
        ] {
            assert!(check_host(host, &public()).is_err(), "{host:?}");
        }
    }

    #[test]
    fn a_page_connects_to_where_it_came_from() {
        for (origin, host) in [
            (None, "127.0.0.1:8080"),
            (Some("http://127.0.0.1:8080"), "127.0.0.1:8080"),
            (Some("http://localhost"), "localhost:80"),
            (Some("https://localhost"), "localhost:443"),
            // A proxy on another port, or one that does not pass the port on.
            (Some("https://releve.example"), "releve.example"),
            (Some("https://releve.example:8443"), "releve.example"),
            (Some("https://releve.example"), "127.0.0.1:8080"),
        ] {
            assert_eq!(check_origin(origin, host, &public()), Ok(()), "{origin:?}");
        }
    }

    #[test]
    fn strangers_pages_do_not_connect() {
        for origin in [
            "http://evil.example",
            "http://127.0.0.1:3000",
            "http://localhost:8080",
            "https://127.0.0.1",
            "https://releve.example.evil.example",
            "ftp://releve.example",
            "null",
            "",
            "releve.example",
        ] {
            let answer = check_origin(Some(origin), "127.0.0.1:8080", &public());
            assert!(answer.is_err(), "{origin}");
        }
    }
}
