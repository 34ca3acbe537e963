//! How alert e-mails are sent.

use std::fmt;
use std::path::PathBuf;

use axum::http::Uri;
use lettre::message::Mailbox;

use super::recipient::Recipient;
use super::server::Server;
use crate::http::is_loopback_name;

/// How alert e-mails are sent, and to whom.
#[derive(Debug, Clone)]
pub struct MailConfig {
    /// The server that takes them.
    pub smtp: SmtpConfig,
    /// Their sender.
    pub from: Mailbox,
    /// Who gets them.
    pub to: Vec<Recipient>,
}

/// An SMTP server. What stands before its host is never printed.
#[derive(Clone)]
pub struct SmtpConfig {
    /// `smtp://host:25`, `smtp://host:587?tls=required` (STARTTLS) or `smtps://host:465`.
    pub url: String,
    /// The user to log in as, where the URL does not hold one.
    pub login: Option<Login>,
    /// Who may have signed the server's certificate, a PEM file; `None`: the authorities that browsers trust.
    pub ca: Option<PathBuf>,
}

impl fmt::Debug for SmtpConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let server = match self.url.rsplit_once('@') {
            Some((_, server)) => server,
            None => &self.url,
        };
        f.debug_struct("SmtpConfig")
            .field("server", &server)
            .field("login", &self.login)
            .field("ca", &self.ca)
            .finish()
    }
}

/// A user with a password, which is never printed.
#[derive(Clone)]
pub struct Login {
    /// The user.
    pub user: String,
    /// The password.
    pub password: String,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login")
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}

/// Why mails cannot be sent this way.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MailConfigError {
    /// Nobody to send to.
    #[error("an SMTP server is configured but nobody to send to: give --mail-to name@example.org")]
    NoRecipient,
    /// Not an SMTP server's address.
    #[error(
        "the SMTP server must be given as smtp://host:25, smtp://host:587?tls=required (STARTTLS) or smtps://host:465: {0}"
    )]
    Url(String),
    /// The file of the authority cannot be used.
    #[error("the authority of the SMTP server's certificate cannot be used: {}: {problem}", path.display())]
    Ca {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// An authority, and nothing that it could vouch for.
    #[error(
        "there is an authority for the SMTP server's certificate, but the connection is not encrypted: use smtp://…?tls=required or smtps://…"
    )]
    CaInClear,
    /// The password would cross the network in clear.
    #[error(
        "the password for the SMTP server would cross the network in clear: use smtp://…?tls=required or smtps://…"
    )]
    PasswordInClear,
}

impl MailConfig {
    /// Checks what can be checked without a connection.
    ///
    /// # Errors
    /// Says what is wrong and what to do.
    pub fn check(&self) -> Result<(), MailConfigError> {
        if self.to.is_empty() {
            return Err(MailConfigError::NoRecipient);
        }
        let url: Uri = self
            .smtp
            .url
            .parse()
            .map_err(|_| MailConfigError::Url("this is no URL".to_owned()))?;
        let authority = url
            .authority()
            .ok_or_else(|| MailConfigError::Url("the host is missing".to_owned()))?;
        let has_login = self.smtp.login.is_some() || authority.as_str().contains('@');
        let is_encrypted = url.scheme_str() == Some("smtps") || url.query() == Some("tls=required");
        if has_login && !is_encrypted && !is_loopback_name(authority.host()) {
            return Err(MailConfigError::PasswordInClear);
        }
        if self.smtp.ca.is_some() && !is_encrypted {
            return Err(MailConfigError::CaInClear);
        }
        // What is left to be wrong is the kind of address.
        Server::of(&self.smtp).map(drop)
    }

    /// Looks into the files as they are now. What is wrong with them keeps nobody from watching for alarms: mails wait.
    ///
    /// # Errors
    /// Says what is wrong and what to do.
    pub fn check_files(&self) -> Result<(), MailConfigError> {
        Server::of(&self.smtp)?.check_files()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(url: &str, login: bool) -> MailConfig {
        MailConfig {
            smtp: SmtpConfig {
                url: url.to_owned(),
                login: login.then(|| Login {
                    user: "releve".to_owned(),
                    password: "secret".to_owned(),
                }),
                ca: None,
            },
            from: "releve@example.org".parse().expect("an address"),
            to: vec!["a@example.org".parse().expect("a recipient")],
        }
    }

    #[test]
    fn a_password_crosses_no_network_in_clear() {
        for (url, login, allowed) in [
            ("smtp://mail.example.org:25", false, true),
            ("smtp://mail.example.org:25", true, false),
            ("smtp://user:pass@mail.example.org:25", false, false),
            ("smtp://mail.example.org:587?tls=opportunistic", true, false),
            ("smtp://mail.example.org:587?tls=required", true, true),
            ("smtps://user:pass@mail.example.org", false, true),
            ("smtp://127.0.0.1:2525", true, true),
        ] {
            let expected = if allowed {
                Ok(())
            } else {
                Err(MailConfigError::PasswordInClear)
            };
            assert_eq!(config(url, login).check(), expected, "{url} {login}");
        }
    }

    #[test]
    fn an_authority_is_for_encrypted_connections_alone() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let authority = rcgen::generate_simple_self_signed(["mail.example.org".to_owned()]);
        let pem = authority.expect("a certificate").cert.pem();
        std::fs::write(file.path(), pem).expect("a file");
        for (url, expected) in [
            ("smtp://mail.example.org", Err(MailConfigError::CaInClear)),
            (
                "smtp://mail.example.org?tls=opportunistic",
                Err(MailConfigError::CaInClear),
            ),
            ("smtp://mail.example.org?tls=required", Ok(())),
            ("smtps://mail.example.org", Ok(())),
        ] {
            let mut config = config(url, false);
            config.smtp.ca = Some(file.path().to_owned());
            assert_eq!(config.check(), expected, "{url}");
        }
    }

    #[test]
    fn a_file_that_holds_no_authority_is_told_and_keeps_nothing_from_starting() {
        let empty = tempfile::NamedTempFile::new().expect("a file");
        for path in [empty.path(), std::path::Path::new("/there/is/none.pem")] {
            let mut config = config("smtps://mail.example.org", false);
            config.smtp.ca = Some(path.to_owned());
            assert_eq!(config.check(), Ok(()));
            let error = config.check_files().expect_err("it is unusable");
            let told = path.display().to_string();
            assert!(error.to_string().contains(&told), "{error}");
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        let mut nobody = config("smtp://localhost", false);
        nobody.to.clear();
        assert_eq!(nobody.check(), Err(MailConfigError::NoRecipient));
        for url in ["", "not a url", "/path"] {
            let error = config(url, false).check();
            assert!(matches!(error, Err(MailConfigError::Url(_))), "{url}");
        }
    }

    #[test]
    fn the_password_is_never_printed() {
        let printed = format!("{:?}", config("smtps://mail.example.org", true));
        assert!(printed.contains("releve"));
        assert!(!printed.contains("secret"), "{printed}");
        let printed = format!("{:?}", config("smtps://user:p@ss@mail.example.org", false));
        assert!(printed.contains("mail.example.org"), "{printed}");
        assert!(
            !printed.contains("p@ss") && !printed.contains("ss@"),
            "{printed}"
        );
    }
}
