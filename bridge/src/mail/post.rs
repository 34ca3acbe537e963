//! What waits to be sent, between whoever tells, the store, and the one who sends.

use std::sync::{Mutex, MutexGuard, PoisonError};

use releve_protocol::Timestamp;
use tokio::sync::Notify;
use tracing::{error, warn};

use super::Recipient;
use super::config::MailConfig;
use super::queue::{Letter, MailCounts, Queue};
use super::text::Site;
use crate::alerts::{Notice, concerns};
use crate::store::{MailChanges, Recovered};

/// The name under which the counts are remembered.
const COUNTS: &str = "mail_counts";

/// The mails that wait, and who is told.
pub struct Post {
    to: Vec<Recipient>,
    queue: Mutex<Queue>,
    /// Something may go out.
    wake: Notify,
}

impl Post {
    /// What an earlier run left to be sent. Mails to somebody who is told nothing any more are dropped; old ones are
    /// tried once, for the clock may be wrong.
    #[must_use]
    pub fn recover(config: &MailConfig, recovered: &mut Recovered) -> Self {
        let counts = recovered.things.get(COUNTS);
        let counts = counts.and_then(|counts| serde_json::from_str(counts).ok());
        let to = config.to.clone();
        let letters = std::mem::take(&mut recovered.mails);
        let has_reader = |letter: &Letter| to.iter().any(|to| to.mailbox.to_string() == letter.to);
        let all = letters.len() as u64;
        let queue = Queue::recover(letters, counts.unwrap_or_default(), has_reader);
        let dropped = all.saturating_sub(queue.waiting());
        if dropped > 0 {
            warn!(
                dropped,
                "mails of an earlier run cannot be read, or their readers are told nothing any more: they are given up"
            );
        }
        Self {
            to,
            queue: Mutex::new(queue),
            wake: Notify::new(),
        }
    }

    /// The mails. A lock that an earlier panic cannot close for ever.
    pub(super) fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until something may have changed.
    pub(super) async fn changed(&self) {
        self.wake.notified().await;
    }

    /// Queues a mail for everybody whom the notice concerns. It goes out once the store has it.
    pub fn tell(&self, notice: &Notice, site: &Site, now: Timestamp) {
        for recipient in &self.to {
            if !concerns(notice, recipient.least) {
                continue;
            }
            let letter = Letter {
                notice: notice.clone(),
                site: site.clone(),
                to: recipient.mailbox.to_string(),
                language: recipient.language.tag().to_owned(),
                queued_at: now,
            };
            if !self.queue().push(letter) {
                let (to, alert) = (&recipient.mailbox, notice.key.alert.name());
                error!(%to, alert, "too many mails wait to be sent: one is given up");
            }
        }
    }

    /// Whether the store does not have it as it is.
    #[must_use]
    pub fn has_changes(&self) -> bool {
        self.queue().has_changes()
    }

    /// What the store must keep, besides the changes that it must make.
    #[must_use]
    pub fn take_changes(&self) -> (MailChanges, (&'static str, String)) {
        let mut queue = self.queue();
        // Two numbers: there is nothing that JSON does not know.
        let counts = serde_json::to_string(&queue.counts()).unwrap_or_default();
        (queue.take_changes(), (COUNTS, counts))
    }

    /// The store has taken the changes, or failed.
    pub fn settled(&self, stored: bool) {
        self.queue().settled(stored);
        self.wake.notify_one();
    }

    /// The store does not answer: mails go out without it.
    pub fn release(&self) {
        self.queue().release();
        self.wake.notify_one();
    }

    /// Mails sent and given up, and how many wait.
    #[must_use]
    pub fn figures(&self) -> (MailCounts, u64) {
        let queue = self.queue();
        (queue.counts(), queue.waiting())
    }

    /// How mails fare.
    #[must_use]
    pub fn view(&self) -> crate::alerts::MailView {
        self.queue().view()
    }

    /// Says at the end what could not be sent.
    pub(super) fn farewell(&self) {
        let mails = self.queue().waiting();
        if mails > 0 {
            warn!(
                mails,
                "stopped before these mails could be sent; the next start sends what the store has of them"
            );
        }
    }
}
