//! Makes mails of what waits to be told: words, picture and headers.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use lettre::Message;
use lettre::message::Mailbox;
use releve_protocol::Timestamp;
use ring::digest::{SHA256, digest};

use super::picture;
use super::queue::Letter;
use super::smtp::{self, Identity};
use super::text;
use crate::store::Reader;

/// Makes mails.
pub struct Press {
    /// Their sender.
    pub from: Mailbox,
    /// Where pictures come from; none are drawn without.
    pub history: Option<Arc<Reader>>,
}

impl Press {
    /// The mail of a letter. A picture that cannot be drawn is left out.
    ///
    /// # Errors
    /// If no message can be made of it at all.
    pub async fn mail(&self, letter: &Letter) -> Result<Message, String> {
        let language = letter.language();
        let picture = match &self.history {
            Some(history) => picture::of_notice(history, &letter.notice, language).await,
            None => None,
        };
        let (png, shows) = picture.map(|picture| (picture.png, picture.shows)).unzip();
        let words = text::of_notice(&letter.notice, &letter.site, language, shows);
        let to: Mailbox = letter
            .to
            .parse()
            .map_err(|_| format!("{:?} is no address", letter.to))?;
        smtp::message(&self.from, &to, self.identity(letter), &words, png)
    }

    /// Named after the episode, so that a mail which goes out twice can be told to be one.
    fn identity(&self, letter: &Letter) -> Identity {
        let name = letter.notice.name();
        let first = letter.notice.name_of_first();
        let is_first = name == first;
        Identity {
            id: self.id(&name, &letter.to),
            first: (!is_first).then(|| self.id(&first, &letter.to)),
            date: date(letter.queued_at),
        }
    }

    /// `<name.reader@domain of the sender>`: a reader is told apart by a digest, not by the address.
    fn id(&self, name: &str, to: &str) -> String {
        let digest = digest(&SHA256, to.as_bytes());
        let reader = digest.as_ref().iter().take(4);
        let reader: String = reader.map(|byte| format!("{byte:02x}")).collect();
        format!("<{name}.{reader}@{}>", self.from.email.domain())
    }
}

fn date(moment: Timestamp) -> SystemTime {
    let millis = u64::try_from(moment.as_unix_millis()).unwrap_or(0);
    SystemTime::UNIX_EPOCH + Duration::from_millis(millis)
}

#[cfg(test)]
mod tests;
