//! Where readings are sent, and as whom.

use std::path::PathBuf;

use axum::http::Uri;

use crate::http::is_loopback_name;

/// Where readings are sent, and as whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteWriteConfig {
    /// The address that takes them, for example `http://127.0.0.1:9090/api/v1/write`.
    pub url: String,
    /// As whom; `None`: as nobody.
    pub login: Option<RemoteWriteLogin>,
    /// Who may have signed the server's certificate, a PEM file; `None`: whoever this system trusts.
    pub ca: Option<PathBuf>,
}

/// Who the bridge is at that server. Files are read anew for each request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RemoteWriteLogin {
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

/// Why readings cannot be sent that way.
///
/// None prints the address: it may hold a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RemoteWriteConfigError {
    /// Not an address.
    #[error(
        "--remote-write needs the whole address, for example http://127.0.0.1:9090/api/v1/write: {0}"
    )]
    Url(&'static str),
    /// A password where everybody can read it.
    #[error(
        "the address of --remote-write holds a user or a password, which others can read: give --remote-write-user and --remote-write-password-file"
    )]
    LoginInUrl,
    /// The password would cross the network readable.
    #[error(
        "the password or token for the remote-write server would cross the network in clear: use https://…"
    )]
    LoginInClear,
    /// A certificate where nothing is encrypted.
    #[error("--remote-write-ca is of use with https://… only")]
    CaInClear,
    /// A user whom HTTP cannot tell.
    #[error("--remote-write-user must be without a colon")]
    User,
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
    /// Path and question.
    pub path: String,
}

impl RemoteWriteConfig {
    /// Checks what can be checked without a connection.
    ///
    /// # Errors
    /// Says what is wrong and what to do.
    pub fn check(&self) -> Result<(), RemoteWriteConfigError> {
        let target = self.target()?;
        if !target.encrypted && self.ca.is_some() {
            return Err(RemoteWriteConfigError::CaInClear);
        }
        if self.login.is_some() && !target.encrypted && !is_loopback_name(&target.host) {
            return Err(RemoteWriteConfigError::LoginInClear);
        }
        match &self.login {
            Some(RemoteWriteLogin::Password { user, .. }) if user.contains(':') => {
                Err(RemoteWriteConfigError::User)
            }
            _ => Ok(()),
        }
    }

    /// The address in its parts.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn target(&self) -> Result<Target, RemoteWriteConfigError> {
        let wrong = RemoteWriteConfigError::Url;
        if self.url.contains('@') {
            return Err(RemoteWriteConfigError::LoginInUrl);
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
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        if uri.path().trim_matches('/').is_empty() {
            return Err(wrong("the path is missing"));
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn config(url: &str) -> RemoteWriteConfig {
        RemoteWriteConfig {
            url: url.to_owned(),
            login: None,
            ca: None,
        }
    }

    fn with_token(url: &str) -> RemoteWriteConfig {
        let file = "token".into();
        RemoteWriteConfig {
            login: Some(RemoteWriteLogin::Token { file }),
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
            let target = config(url).target().expect("an address");
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
            let error = config(url).check();
            assert!(
                matches!(error, Err(RemoteWriteConfigError::Url(_))),
                "{url}: {error:?}"
            );
        }
    }

    #[test]
    fn a_password_in_the_address_is_refused_and_not_printed() {
        let error = config("http://user:secret@localhost/api/v1/write").check();
        let error = error.expect_err("refused");
        assert_eq!(error, RemoteWriteConfigError::LoginInUrl);
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
                false => Err(RemoteWriteConfigError::LoginInClear),
            };
            assert_eq!(with_token(url).check(), expected, "{url}");
            assert_eq!(config(url).check(), Ok(()), "{url}");
        }
    }

    #[test]
    fn what_has_no_effect_is_said() {
        let mut config = config("http://localhost/api/v1/write");
        config.ca = Some("ca.pem".into());
        assert_eq!(config.check(), Err(RemoteWriteConfigError::CaInClear));
        let mut config = with_token("http://localhost/api/v1/write");
        config.login = Some(RemoteWriteLogin::Password {
            user: "a:b".to_owned(),
            file: "password".into(),
        });
        assert_eq!(config.check(), Err(RemoteWriteConfigError::User));
    }
}
