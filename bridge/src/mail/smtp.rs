//! Mails as messages, and what a mail server's refusal of one means.

use std::time::SystemTime;

use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue};
use lettre::message::{Attachment, Mailbox, Message, MultiPart, SinglePart};

use super::delivery::{Delivery, DeliveryError};
use super::html::PICTURE;
use super::queue::Setback;
use super::server::{Failure, Server};
use super::text::Words;

impl Delivery for Server {
    async fn deliver(&self, mail: &Message) -> Result<(), DeliveryError> {
        let taken = self.take(mail.envelope(), &mail.formatted()).await;
        taken.map_err(|failure| match failure {
            Failure::NotReached(reason) => DeliveryError {
                setback: Some(Setback::Server),
                reason,
            },
            Failure::NotTaken(error) => DeliveryError {
                setback: setback(&error),
                reason: error.to_string(),
            },
            Failure::Silent(wait) => DeliveryError {
                setback: Some(Setback::Server),
                reason: format!("no answer within {} s", wait.as_secs()),
            },
        })
    }
}

/// What an answer, or its absence, speaks of.
fn setback(error: &lettre::transport::smtp::Error) -> Option<Setback> {
    match error.status().map(u16::from) {
        // The account, not the mail (RFC 4954): that can be set right, and the mails that wait then go out.
        Some(432 | 454 | 530 | 534 | 535 | 538) => Some(Setback::Server),
        // It closes (RFC 5321).
        Some(421) => Some(Setback::Server),
        Some(400..=499) => Some(Setback::Mail),
        _ if error.is_permanent() => None,
        _ => Some(Setback::Server),
    }
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

#[cfg(test)]
mod tests;
