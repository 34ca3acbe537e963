//! Where a server of metrics is, and as whom the bridge comes there.

use std::path::PathBuf;

use axum::http::Uri;

use crate::http::is_loopback_name;

/// What the bridge wants of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// It takes readings.
    RemoteWrite,
    /// It tells the history.
    History,
}

impl Purpose {
    /// The option that gives the address; those of the login and the certificate begin with it.
    #[must_use]
    pub const fn option(self) -> &'static str {
        match self {
            Self::RemoteWrite => "--remote-write",
            Self::History => "--history-from",
        }
    }

    /// What an address looks like.
    #[must_use]
    pub const fn example(self) -> &'static str {
        match self {
            Self::RemoteWrite => "http://127.0.0.1:9090/api/v1/write",
            Self::History => "http://127.0.0.1:9090",
        }
    }
}

impl std::fmt::Display for Purpose {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.option())
    }
}

/// Where a server is, and as whom the bridge comes there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerConfig {
    /// Its address: for remote-write the one that takes readings, for example
    /// `http://127.0.0.1:9090/api/v1/write`; for the history the one below which `/api/v1/query` is, for example
    /// `http://127.0.0.1:9090`.
    pub url: String,
    /// As whom; `None`: as nobody.
    pub login: Option<ServerLogin>,
    /// Who may have signed the server's certificate, a PEM file; `None`: whoever this system trusts.
    pub ca: Option<PathBuf>,
}

/// Who the bridge is at that server. Files are read anew for each request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServerLogin {
    /// A user with a password.
    Password {
        /// The user.
        user: String,
        /// A file whose first line is the password.
        file: PathBuf,
    },
    /// A token.
    Token {
        /// A file whose first line is the token.
        file: PathBuf,
    },
}

/// Why a server cannot be reached that way.
///
/// None prints the address: it may hold a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ServerConfigError {
    /// Not an address.
    #[error("{0} needs the whole address, for example {example}: {1}", example = .0.example())]
    Url(Purpose, &'static str),
    /// A password where everybody can read it.
    #[error(
        "the address of {0} holds a user or a password, which others can read: give {0}-user and {0}-password-file"
    )]
    LoginInUrl(Purpose),
    /// The password would cross the network readable.
    #[error(
        "the password or token for the server of {0} would cross the network in clear: use https://…"
    )]
    LoginInClear(Purpose),
    /// A certificate where nothing is encrypted.
    #[error("{0}-ca is of use with https://… only")]
    CaInClear(Purpose),
    /// A user whom HTTP cannot tell.
    #[error("{0}-user must be without a colon")]
    User(Purpose),
}

/// A server's address in its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Whether the connection is encrypted.
    pub encrypted: bool,
    /// The host, an IPv6 address without its brackets.
    pub host: String,
    /// The port.
    pub port: u16,
    /// Host and, where it is given, port: for the header `Host`.
    pub authority: String,
    /// For remote-write path and question; for the history the path, without a `/` at its end.
    pub path: String,
}

impl ServerConfig {
    /// Checks what can be checked without a connection.
    ///
    /// # Errors
    /// Says what is wrong and what to do.
    pub fn check(&self, purpose: Purpose) -> Result<(), ServerConfigError> {
        let target = self.target(purpose)?;
        if !target.encrypted && self.ca.is_some() {
            return Err(ServerConfigError::CaInClear(purpose));
        }
        if self.login.is_some() && !target.encrypted && !is_loopback_name(&target.host) {
            return Err(ServerConfigError::LoginInClear(purpose));
        }
        match &self.login {
            Some(ServerLogin::Password { user, .. }) if user.contains(':') => {
                Err(ServerConfigError::User(purpose))
            }
            _ => Ok(()),
        }
    }

    /// The address in its parts.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn target(&self, purpose: Purpose) -> Result<Target, ServerConfigError> {
        let wrong = |what| ServerConfigError::Url(purpose, what);
        if self.url.contains('@') {
            return Err(ServerConfigError::LoginInUrl(purpose));
        }
        let uri: Uri = (self.url.parse()).map_err(|_| wrong("this is no address"))?;
        let encrypted = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(wrong("it begins with http:// or https://")),
        };
        let authority = uri.authority().ok_or(wrong("the host is missing"))?;
        let host = authority.host();
        if host.is_empty() {
            return Err(wrong("the host is missing"));
        }
        let path = match purpose {
            Purpose::RemoteWrite => path_to_write(&uri),
            Purpose::History => path_before_api(&uri),
        };
        let path = path.map_err(wrong)?;
        let port = match authority.port() {
            Some(port) => port.as_u16(),
            // What follows the host is a port, though none that there is.
            None if authority.as_str() != host => return Err(wrong("there is no such port")),
            None if encrypted => 443,
            None => 80,
        };
        Ok(Target {
            encrypted,
            host: (host.trim_start_matches('[').trim_end_matches(']')).to_owned(),
            port,
            authority: authority.as_str().to_owned(),
            path: path.to_owned(),
        })
    }
}

/// Where readings go: some servers want to know more behind a question mark.
fn path_to_write(uri: &Uri) -> Result<&str, &'static str> {
    if uri.path().trim_matches('/').is_empty() {
        return Err("the path is missing");
    }
    Ok(uri.path_and_query().map_or("/", |path| path.as_str()))
}

/// What stands before `/api/v1`, be it nothing.
fn path_before_api(uri: &Uri) -> Result<&str, &'static str> {
    let path = uri.path().trim_end_matches('/');
    if uri.query().is_some() {
        return Err("nothing can stand behind a question mark");
    }
    if path.ends_with("/api/v1") {
        return Err("leave out /api/v1, and what is behind it");
    }
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TO_WRITE: Purpose = Purpose::RemoteWrite;

    fn config(url: &str) -> ServerConfig {
        ServerConfig {
            url: url.to_owned(),
            login: None,
            ca: None,
        }
    }

    fn with_token(url: &str) -> ServerConfig {
        let file = "token".into();
        ServerConfig {
            login: Some(ServerLogin::Token { file }),
            ..config(url)
        }
    }

    #[test]
    fn an_address_is_taken_apart() {
        for (url, encrypted, host, port, path) in [
            (
                "http://127.0.0.1:9090/api/v1/write",
                false,
                "127.0.0.1",
                9090,
                "/api/v1/write",
            ),
            (
                "https://metrics.example/push?tenant=a",
                true,
                "metrics.example",
                443,
                "/push?tenant=a",
            ),
            ("http://[::1]/write", false, "::1", 80, "/write"),
        ] {
            let target = config(url).target(TO_WRITE).expect("an address");
            let found = (target.encrypted, &*target.host, target.port, &*target.path);
            assert_eq!(found, (encrypted, host, port, path));
        }
    }

    #[test]
    fn what_is_no_whole_address_is_refused() {
        for url in [
            "",
            "prometheus",
            "prometheus:9090",
            "http:///api",
            "ftp://prometheus/api/v1/write",
            "http://prometheus:9090",
            "http://prometheus:9090/",
            "http://prometheus:99999/api",
            "/api/v1/write",
        ] {
            let error = config(url).check(TO_WRITE);
            assert!(
                matches!(error, Err(ServerConfigError::Url(..))),
                "{url}: {error:?}"
            );
        }
    }

    #[test]
    fn a_password_in_the_address_is_refused_and_not_printed() {
        let error = config("http://user:secret@localhost/api/v1/write").check(TO_WRITE);
        let error = error.expect_err("refused");
        assert_eq!(error, ServerConfigError::LoginInUrl(TO_WRITE));
        assert!(!error.to_string().contains("secret"), "{error}");
    }

    #[test]
    fn a_login_crosses_no_network_in_clear() {
        for (url, allowed) in [
            ("http://prometheus:9090/api/v1/write", false),
            ("https://prometheus:9090/api/v1/write", true),
            ("http://localhost:9090/api/v1/write", true),
            ("http://127.0.0.1:9090/api/v1/write", true),
            ("http://[::1]:9090/api/v1/write", true),
        ] {
            let expected = match allowed {
                true => Ok(()),
                false => Err(ServerConfigError::LoginInClear(TO_WRITE)),
            };
            assert_eq!(with_token(url).check(TO_WRITE), expected, "{url}");
            assert_eq!(config(url).check(TO_WRITE), Ok(()), "{url}");
        }
    }

    #[test]
    fn what_has_no_effect_is_said() {
        let mut config = config("http://localhost/api/v1/write");
        config.ca = Some("ca.pem".into());
        assert_eq!(
            config.check(TO_WRITE),
            Err(ServerConfigError::CaInClear(TO_WRITE))
        );
        let mut config = with_token("http://localhost/api/v1/write");
        config.login = Some(ServerLogin::Password {
            user: "a:b".to_owned(),
            file: "password".into(),
        });
        assert_eq!(
            config.check(TO_WRITE),
            Err(ServerConfigError::User(TO_WRITE))
        );
    }

    #[test]
    fn a_history_has_an_address_of_which_all_others_are_below() {
        let target = |url: &str| config(url).target(Purpose::History);
        for (url, path) in [
            ("http://127.0.0.1:9090", ""),
            ("http://127.0.0.1:9090/", ""),
            ("https://metrics.example/prometheus/", "/prometheus"),
        ] {
            assert_eq!(target(url).expect("an address").path, path, "{url}");
        }
        for url in [
            "http://127.0.0.1:9090/api/v1/",
            "http://127.0.0.1:9090/?tenant=a",
        ] {
            let error = target(url).expect_err(url).to_string();
            assert!(error.starts_with("--history-from needs"), "{error}");
        }
        let error = with_token("http://prometheus:9090").check(Purpose::History);
        let expected = ServerConfigError::LoginInClear(Purpose::History);
        assert_eq!(error, Err(expected));
    }
}
