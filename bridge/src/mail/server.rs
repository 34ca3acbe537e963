//! Where a mail server is, and how a mail is handed to it.

use std::fs;
use std::path::Path;
use std::time::Duration;

use axum::http::Uri;
use lettre::address::Envelope;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{
    AsyncSmtpConnection, Certificate, CertificateStore, Tls, TlsParameters,
};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::{Error, SMTP_PORT, SUBMISSION_PORT, SUBMISSIONS_PORT};
use percent_encoding::percent_decode_str;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use tokio::time::timeout;

use super::config::{MailConfigError, SmtpConfig};

/// The longest wait for a connection.
const CONNECTING: Duration = Duration::from_secs(30);
/// The longest wait for the answer to a goodbye.
const GOODBYE: Duration = Duration::from_secs(5);

/// A mail server.
pub struct Server {
    host: String,
    port: u16,
    hello: ClientId,
    tls: Tls,
    login: Option<Credentials>,
}

impl Server {
    /// The one that is configured. Nothing is connected yet.
    ///
    /// # Errors
    /// Says what is wrong with the address, or with the file of its authority.
    pub fn of(smtp: &SmtpConfig) -> Result<Self, MailConfigError> {
        let wrong = |what: &str| MailConfigError::Url(what.to_owned());
        let url: Uri = (smtp.url.parse()).map_err(|_| wrong("this is no URL"))?;
        let host = url.host().filter(|host| !host.is_empty());
        let host = host.ok_or_else(|| wrong("the host is missing"))?;
        let host = host.trim_matches(['[', ']']).to_owned();
        let parameters = || trusting(&host, smtp.ca.as_deref());
        let (tls, port) = match (url.scheme_str(), url.query()) {
            (Some("smtp"), None) => (Tls::None, SMTP_PORT),
            (Some("smtp"), Some("tls=required")) => (Tls::Required(parameters()?), SUBMISSION_PORT),
            (Some("smtp"), Some("tls=opportunistic")) => {
                (Tls::Opportunistic(parameters()?), SUBMISSION_PORT)
            }
            (Some("smtps"), _) => (Tls::Wrapper(parameters()?), SUBMISSIONS_PORT),
            _ => return Err(wrong("this is no address of a mail server")),
        };
        // Some servers want to be greeted with a certain name.
        let hello = match url.path().trim_matches('/') {
            "" => ClientId::default(),
            name => ClientId::Domain(name.to_owned()),
        };
        let in_url = || login_in(&url);
        let configured = smtp.login.as_ref();
        let configured =
            configured.map(|login| Credentials::new(login.user.clone(), login.password.clone()));
        Ok(Self {
            port: url.port_u16().unwrap_or(port),
            login: configured.or_else(in_url),
            host,
            hello,
            tls,
        })
    }

    /// Hands over one mail. Once the server has said that it takes it, it is taken, whatever comes of the goodbye.
    ///
    /// # Errors
    /// If the server cannot be reached, or does not take it.
    pub async fn take(&self, envelope: &Envelope, mail: &[u8]) -> Result<(), Error> {
        let mut connection = self.connect().await?;
        connection.send(envelope, mail).await?;
        // A server that does not answer any more has the mail all the same.
        let _ = timeout(GOODBYE, connection.abort()).await;
        Ok(())
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, Error> {
        let (server, hello) = ((self.host.as_str(), self.port), &self.hello);
        let from_the_start = match &self.tls {
            Tls::Wrapper(parameters) => Some(parameters.clone()),
            _ => None,
        };
        let connecting = Some(CONNECTING);
        let mut connection =
            AsyncSmtpConnection::connect_tokio1(server, connecting, hello, from_the_start, None)
                .await?;
        match &self.tls {
            Tls::Required(parameters) => connection.starttls(parameters.clone(), hello).await?,
            Tls::Opportunistic(parameters) if connection.can_starttls() => {
                connection.starttls(parameters.clone(), hello).await?;
            }
            _ => {}
        }
        if let Some(login) = &self.login {
            connection.auth(DEFAULT_MECHANISMS, login).await?;
        }
        Ok(connection)
    }
}

/// User and password in the URL, where it has both.
fn login_in(url: &Uri) -> Option<Credentials> {
    let (login, _) = url.authority()?.as_str().rsplit_once('@')?;
    let (user, password) = login.split_once(':')?;
    let decoded = |text| percent_decode_str(text).decode_utf8_lossy().into_owned();
    Some(Credentials::new(decoded(user), decoded(password)))
}

/// What the server's certificate must be: signed by this authority; or by one that browsers trust.
fn trusting(host: &str, ca: Option<&Path>) -> Result<TlsParameters, MailConfigError> {
    let parameters = TlsParameters::builder(host.to_owned());
    let Some(ca) = ca else {
        let parameters = parameters.build();
        return parameters.map_err(|error| MailConfigError::Url(error.to_string()));
    };
    let problem = |problem: String| MailConfigError::Ca {
        path: ca.to_owned(),
        problem,
    };
    let pem = fs::read(ca).map_err(|error| problem(error.to_string()))?;
    let mut parameters = parameters.certificate_store(CertificateStore::None);
    let mut authorities = CertificateDer::pem_slice_iter(&pem).peekable();
    if authorities.peek().is_none() {
        return Err(problem("it holds no certificate".to_owned()));
    }
    for authority in authorities {
        let authority = authority.map_err(|error| problem(error.to_string()))?;
        let authority = Certificate::from_der(authority.to_vec());
        let authority = authority.map_err(|error| problem(error.to_string()))?;
        parameters = parameters.add_root_certificate(authority);
    }
    let parameters = parameters.build();
    parameters.map_err(|error| problem(error.to_string()))
}
