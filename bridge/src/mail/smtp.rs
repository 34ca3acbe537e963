//! Mails as messages, and the SMTP server that takes them.

use std::fs;
use std::path::Path;
use std::time::SystemTime;

use axum::http::Uri;
use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue};
use lettre::message::{Attachment, Mailbox, Message, MultiPart, SinglePart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, CertificateStore, Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::config::{Encryption, MailConfig, MailConfigError};
use super::delivery::{Delivery, DeliveryError};
use super::html::PICTURE;
use super::text::Words;

/// An SMTP server.
pub struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
}

impl Smtp {
    /// A server by its configuration. Nothing is connected yet.
    ///
    /// # Errors
    /// Says what is wrong with the address, or with the file of its authority.
    pub fn new(config: &MailConfig) -> Result<Self, MailConfigError> {
        let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(&config.smtp.url)
            .map_err(|error| MailConfigError::Url(error.to_string()))?;
        let builder = match &config.smtp.login {
            Some(login) => {
                builder.credentials(Credentials::new(login.user.clone(), login.password.clone()))
            }
            None => builder,
        };
        let builder = match &config.smtp.ca {
            Some(ca) => builder.tls(trusting(ca, &config.smtp.url)?),
            None => builder,
        };
        Ok(Self {
            transport: builder.build(),
        })
    }
}

/// Encrypted as the address asks for, with a certificate that this authority alone may have signed.
fn trusting(ca: &Path, url: &str) -> Result<Tls, MailConfigError> {
    let problem = |problem: String| MailConfigError::Ca {
        path: ca.to_owned(),
        problem,
    };
    let url: Uri = (url.parse()).map_err(|_| MailConfigError::Url("this is no URL".to_owned()))?;
    let host = url.host().unwrap_or_default().trim_matches(['[', ']']);
    let host = host.to_owned();
    let pem = fs::read(ca).map_err(|error| problem(error.to_string()))?;
    let mut parameters = TlsParameters::builder(host).certificate_store(CertificateStore::None);
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
    let parameters = parameters.map_err(|error| problem(error.to_string()))?;
    match Encryption::of(&url) {
        Some(Encryption::FromTheStart) => Ok(Tls::Wrapper(parameters)),
        Some(Encryption::Required) => Ok(Tls::Required(parameters)),
        None => Err(MailConfigError::CaInClear),
    }
}

impl Delivery for Smtp {
    async fn deliver(&self, mail: &Message) -> Result<(), DeliveryError> {
        match self.transport.send(mail.clone()).await {
            Ok(_) => Ok(()),
            Err(error) => Err(DeliveryError {
                permanent: error.is_permanent() && !is_about_login(&error),
                reason: error.to_string(),
            }),
        }
    }
}

/// Whether the server refuses the account, not the mail (RFC 4954): that can be set right, and the
/// mails that wait then go out.
fn is_about_login(error: &lettre::transport::smtp::Error) -> bool {
    let code = error.status().map(u16::from);
    matches!(code, Some(530 | 534 | 535 | 538))
}

/// Tells automatic responders not to answer (RFC 3834).
#[derive(Debug, Clone, Copy)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// How programs tell a mail from others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Its name: that of a mail which is sent twice is the same.
    pub id: String,
    /// The first mail of the same episode, if this is not it: readers show them together.
    pub first: Option<String>,
    /// Since when it waits.
    pub date: SystemTime,
}

/// A mail to one recipient.
///
/// # Errors
/// If the words cannot be made into a message.
pub fn message(
    from: &Mailbox,
    to: &Mailbox,
    identity: Identity,
    words: &Words,
    picture: Option<Vec<u8>>,
) -> Result<Message, String> {
    let mut builder = Message::builder()
        .from(from.clone())
        .to(to.clone())
        .subject(words.subject.clone())
        .date(identity.date)
        .message_id(Some(identity.id))
        .header(AutoSubmitted);
    if let Some(first) = identity.first {
        builder = builder.in_reply_to(first.clone()).references(first);
    }
    let html = SinglePart::html(words.html.clone());
    let plain = SinglePart::plain(words.plain.clone());
    let alternatives = MultiPart::alternative().singlepart(plain);
    let body = match picture {
        Some(png) => {
            let kind = ContentType::parse("image/png").map_err(|error| error.to_string())?;
            let name = "releve.png".to_owned();
            let picture = Attachment::new_inline_with_name(PICTURE.to_owned(), name);
            let related = MultiPart::related().singlepart(html);
            alternatives.multipart(related.singlepart(picture.body(png, kind)))
        }
        None => alternatives.singlepart(html),
    };
    builder.multipart(body).map_err(|error| error.to_string())
}
