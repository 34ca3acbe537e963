//! Where a mail server is, and how a mail is handed to it.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use axum::http::Uri;
use lettre::address::Envelope;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{
    AsyncSmtpConnection, Certificate, CertificateStore, TlsParameters,
};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use lettre::transport::smtp::{Error, SMTP_PORT, SUBMISSION_PORT, SUBMISSIONS_PORT, commands};
use percent_encoding::percent_decode_str;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::config::{MailConfigError, SmtpConfig};

/// The longest way to the server: connection, greeting, encryption, login.
const CONNECTING: Duration = Duration::from_mins(1);
/// The longest wait for its answers to sender and recipient.
const ENVELOPE: Duration = Duration::from_mins(1);
/// The longest wait for its word that it takes the mail, once that is handed over: servers look into mails then, and
/// have ten minutes for it (RFC 5321, 4.5.3.2.6).
const CONTENT: Duration = Duration::from_mins(10);
/// The longest wait for the answer to a goodbye.
const GOODBYE: Duration = Duration::from_secs(5);

/// A mail server.
pub struct Server {
    host: String,
    port: u16,
    hello: ClientId,
    encryption: Encryption,
    ca: Option<PathBuf>,
    login: Option<Credentials>,
}

/// When the connection is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encryption {
    Never,
    WhereOffered,
    AfterGreeting,
    FromTheStart,
}

/// Why a mail was not taken.
#[derive(Debug)]
pub enum Failure {
    /// It never came so far: whatever was said speaks of no mail.
    NotReached(String),
    /// What the server said of this mail, or how the connection broke.
    NotTaken(Error),
    /// It said nothing of this mail.
    Silent(Duration),
}

impl Server {
    /// The one that is configured. Nothing is connected yet, and no file read.
    ///
    /// # Errors
    /// Says what is wrong with the address.
    pub fn of(smtp: &SmtpConfig) -> Result<Self, MailConfigError> {
        let wrong = |what: &str| MailConfigError::Url(what.to_owned());
        let url: Uri = (smtp.url.parse()).map_err(|_| wrong("this is no URL"))?;
        let host = url.host().filter(|host| !host.is_empty());
        let host = host.ok_or_else(|| wrong("the host is missing"))?;
        let (encryption, port) = match (url.scheme_str(), url.query()) {
            (Some("smtp"), None) => (Encryption::Never, SMTP_PORT),
            (Some("smtp"), Some("tls=required")) => (Encryption::AfterGreeting, SUBMISSION_PORT),
            (Some("smtp"), Some("tls=opportunistic")) => {
                (Encryption::WhereOffered, SUBMISSION_PORT)
            }
            (Some("smtps"), _) => (Encryption::FromTheStart, SUBMISSIONS_PORT),
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
            host: host.trim_matches(['[', ']']).to_owned(),
            hello,
            encryption,
            ca: smtp.ca.clone(),
        })
    }

    /// Looks into the file of the authority.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn check_files(&self) -> Result<(), MailConfigError> {
        self.trusting().map(drop)
    }

    /// Hands over one mail. Once the server has said that it takes it, it is taken, whatever comes of the goodbye.
    ///
    /// # Errors
    /// If the server cannot be reached, or does not take it.
    pub async fn take(&self, envelope: &Envelope, mail: &[u8]) -> Result<(), Failure> {
        let mut connection = match timeout(CONNECTING, self.connect()).await {
            Ok(connection) => connection.map_err(Failure::NotReached)?,
            Err(_) => {
                let seconds = CONNECTING.as_secs();
                return Err(Failure::NotReached(format!(
                    "no answer within {seconds} s; if that is its port for TLS from the start, use smtps://"
                )));
            }
        };
        let outcome = hand_over(&mut connection, envelope, mail).await;
        // Nobody waits for it: what the server said counts, and one that says nothing more has the mail all the same.
        tokio::spawn(async move {
            let _ = timeout(GOODBYE, connection.abort()).await;
        });
        outcome
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, String> {
        let said = |error: Error| {
            let said = error.to_string();
            match advice(&said) {
                Some(advice) => format!("{said}; {advice}"),
                None => said,
            }
        };
        let (server, hello) = ((self.host.as_str(), self.port), &self.hello);
        let parameters = match self.encryption {
            Encryption::Never => None,
            // Read anew each time: a file that is mended needs no restart.
            _ => Some(self.trusting_now().await?),
        };
        let from_the_start = parameters
            .clone()
            .filter(|_| self.encryption == Encryption::FromTheStart);
        let mut connection = AsyncSmtpConnection::connect_tokio1(
            server,
            Some(CONNECTING),
            hello,
            from_the_start,
            None,
        )
        .await
        .map_err(said)?;
        let is_encrypted_now = match self.encryption {
            Encryption::AfterGreeting => true,
            Encryption::WhereOffered => connection.can_starttls(),
            Encryption::Never | Encryption::FromTheStart => false,
        };
        if let Some(parameters) = parameters.filter(|_| is_encrypted_now) {
            connection.starttls(parameters, hello).await.map_err(said)?;
        }
        if let Some(login) = &self.login {
            let login = connection.auth(DEFAULT_MECHANISMS, login);
            login.await.map_err(said)?;
        }
        Ok(connection)
    }

    /// The same as the file says it now. It may lie on a disk that does not answer.
    async fn trusting_now(&self) -> Result<TlsParameters, String> {
        let (host, ca) = (self.host.clone(), self.ca.clone());
        let read = spawn_blocking(move || trusting(&host, ca.as_deref()));
        let read = read.await.map_err(|stopped| stopped.to_string())?;
        read.map_err(|error| error.to_string())
    }

    /// What the server's certificate must be: signed by this authority; or by one that browsers trust.
    fn trusting(&self) -> Result<TlsParameters, MailConfigError> {
        trusting(&self.host, self.ca.as_deref())
    }
}

/// What to do about what went wrong on the way to a server, as lettre, rustls or the server say it.
fn advice(said: &str) -> Option<&'static str> {
    let known = [
        (
            "UnknownIssuer",
            "name the authority of its certificate with --smtp-ca",
        ),
        (
            "NotValidForName",
            "use the name that stands in its certificate",
        ),
        (
            "InvalidContentType",
            "it speaks in the clear first there: use smtp://…?tls=required",
        ),
        (
            "incomplete response",
            "if that is its port for TLS from the start, use smtps://",
        ),
        (
            "STARTTLS is not supported",
            "it offers no encryption there: use smtps:// with its other port",
        ),
        (
            "STARTTLS",
            "it wants encryption first: use smtp://…?tls=required",
        ),
        (
            "No compatible authentication",
            "it offers no login there: leave --smtp-user out, or use its encrypted port",
        ),
    ];
    let found = known.iter().find(|(words, _)| said.contains(words));
    found.map(|(_, advice)| *advice)
}

async fn hand_over(
    connection: &mut AsyncSmtpConnection,
    envelope: &Envelope,
    mail: &[u8],
) -> Result<(), Failure> {
    let answered = timeout(ENVELOPE, address(connection, envelope, mail));
    let answered = answered.await.map_err(|_| Failure::Silent(ENVELOPE))?;
    answered.map_err(Failure::NotTaken)?;
    let taken = timeout(CONTENT, connection.message(mail));
    let taken = taken.await.map_err(|_| Failure::Silent(CONTENT))?;
    taken.map(drop).map_err(Failure::NotTaken)
}

/// Says from whom the mail is, and to whom. Not by lettre's own `send`, which waits for the answer to its goodbye
/// before it gives what a server said to a mail that it refuses.
async fn address(
    connection: &mut AsyncSmtpConnection,
    envelope: &Envelope,
    mail: &[u8],
) -> Result<(), Error> {
    let mut parameters = Vec::new();
    let knows = |extension| connection.server_info().supports_feature(extension);
    let mut addresses = envelope.to().iter().chain(envelope.from());
    if !addresses.all(|address| AsRef::<str>::as_ref(address).is_ascii())
        && knows(Extension::SmtpUtfEight)
    {
        parameters.push(MailParameter::SmtpUtfEight);
    }
    if !mail.is_ascii() && knows(Extension::EightBitMime) {
        parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    let from = commands::Mail::new(envelope.from().cloned(), parameters);
    connection.command(from).await?;
    for to in envelope.to() {
        let to = commands::Rcpt::new(to.clone(), Vec::new());
        connection.command(to).await?;
    }
    connection.command(commands::Data).await.map(drop)
}

/// User and password in the URL, where it has both.
fn login_in(url: &Uri) -> Option<Credentials> {
    let (login, _) = url.authority()?.as_str().rsplit_once('@')?;
    let (user, password) = login.split_once(':')?;
    let decoded = |text| percent_decode_str(text).decode_utf8_lossy().into_owned();
    Some(Credentials::new(decoded(user), decoded(password)))
}

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
