//! Alert e-mails: in which words and pictures, to whom, and their delivery.

mod advice;
mod config;
mod delivery;
mod html;
mod picture;
mod plain;
mod post;
mod press;
mod queue;
mod recipient;
mod sample;
mod server;
mod smtp;
mod text;
mod typeset;

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

pub use config::{Login, MailConfig, MailConfigError, SmtpConfig};
pub use post::Post;
pub use queue::MailCounts;
pub use recipient::{Recipient, RecipientError};
pub use text::Site;

use crate::moment::Moment;
use crate::store::Reader;
use delivery::{Delivery, Postman};
use press::Press;
use server::Server;

/// The work of sending what waits, which somebody must run.
///
/// # Errors
/// Says what is wrong with the configuration.
pub fn sending(
    config: &MailConfig,
    post: Arc<Post>,
    history: Arc<Reader>,
    stop: CancellationToken,
) -> Result<impl Future<Output = ()> + Send + use<>, MailConfigError> {
    config.check()?;
    let postman = Postman {
        post,
        press: Press {
            from: config.from.clone(),
            history: Some(history),
        },
        server: Server::of(&config.smtp)?,
        clock: || Moment::now().wall,
    };
    Ok(postman.run(stop))
}

/// Sends a test mail to every recipient and waits for the server's answer; for each recipient what
/// became of it.
///
/// # Errors
/// Says what is wrong with the configuration.
pub async fn send_test(
    config: &MailConfig,
) -> Result<Vec<(Recipient, Result<(), String>)>, MailConfigError> {
    config.check()?;
    let server = Server::of(&config.smtp)?;
    let mut outcomes = Vec::new();
    for recipient in &config.to {
        let now = Moment::now().wall;
        let outcome = match sample::mail(&config.from, recipient, now) {
            Ok(mail) => server.deliver(&mail).await.map_err(|error| error.reason),
            Err(reason) => Err(reason),
        };
        outcomes.push((recipient.clone(), outcome));
    }
    Ok(outcomes)
}

/// Takes the next mail that may go out as sent: to whom, and its subject.
#[cfg(test)]
pub(crate) fn subject_of(post: &Post, now: releve_protocol::Timestamp) -> Option<(String, String)> {
    let mut queue = post.queue();
    let (number, letter) = queue.next(now)?;
    queue.sent(number);
    let words = text::of_notice(&letter.notice, &letter.site, letter.language(), None);
    Some((letter.to, words.subject))
}
