//! Mails as messages, and the SMTP server that takes them.

use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp::authentication::Credentials;
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};

use super::config::{MailConfig, MailConfigError};
use super::delivery::{Delivery, DeliveryError};
use super::recipient::Recipient;
use super::text::Words;

/// An SMTP server.
pub struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
}

impl Smtp {
    /// A server by its configuration. Nothing is connected yet.
    ///
    /// # Errors
    /// Says what is wrong with the address.
    pub fn new(config: &MailConfig) -> Result<Self, MailConfigError> {
        let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(&config.smtp.url)
            .map_err(|error| MailConfigError::Url(error.to_string()))?;
        let builder = match &config.smtp.login {
            Some(login) => {
                builder.credentials(Credentials::new(login.user.clone(), login.password.clone()))
            }
            None => builder,
        };
        Ok(Self {
            transport: builder.build(),
        })
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

/// A mail to one recipient.
///
/// # Errors
/// If the words cannot be made into a message.
pub fn message(
    from: &Mailbox,
    to: &Recipient,
    words: &Words,
) -> Result<Message, lettre::error::Error> {
    Message::builder()
        .from(from.clone())
        .to(to.mailbox.clone())
        .subject(words.subject.clone())
        .message_id(None)
        .header(AutoSubmitted)
        .header(ContentType::TEXT_PLAIN)
        .body(words.body.clone())
}
