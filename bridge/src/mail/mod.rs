//! Alert e-mails: what to tell, in which words, to whom, and its delivery.

mod alarm_watch;
mod config;
mod delivery;
mod recipient;
mod smtp;
mod text;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use lettre::Message;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tracing::error;

pub use alarm_watch::{AlarmWatch, Notice};
pub use config::{Login, MailConfig, MailConfigError, SmtpConfig};
pub use recipient::{Recipient, RecipientError};
pub use text::Site;

use delivery::Delivery;
use smtp::Smtp;

/// Mails sent and given up since the start.
#[derive(Debug, Clone, Default)]
pub struct MailCounts {
    inner: Arc<(AtomicU64, AtomicU64)>,
}

impl MailCounts {
    fn sent(&self) {
        self.inner.0.fetch_add(1, Ordering::Relaxed);
    }

    fn failed(&self) {
        self.inner.1.fetch_add(1, Ordering::Relaxed);
    }

    /// (sent, given up).
    #[must_use]
    pub fn read(&self) -> (u64, u64) {
        let (sent, failed) = &*self.inner;
        (sent.load(Ordering::Relaxed), failed.load(Ordering::Relaxed))
    }
}

/// Takes notices and sends a mail for each to every recipient.
pub struct Mailer {
    config: MailConfig,
    queue: mpsc::Sender<Message>,
    counts: MailCounts,
}

impl Mailer {
    /// A mailer, and the work of delivering that somebody must run.
    ///
    /// # Errors
    /// Says what is wrong with the configuration.
    pub fn new(
        config: MailConfig,
        stop: CancellationToken,
    ) -> Result<(Self, impl Future<Output = ()> + Send), MailConfigError> {
        config.check()?;
        let smtp = Smtp::new(&config)?;
        let counts = MailCounts::default();
        let (queue, mails) = mpsc::channel(delivery::QUEUE);
        let work = delivery::run(smtp, mails, counts.clone(), stop);
        let mailer = Self {
            config,
            queue,
            counts,
        };
        Ok((mailer, work))
    }

    /// Mails sent and given up so far.
    #[must_use]
    pub fn counts(&self) -> MailCounts {
        self.counts.clone()
    }

    /// Queues a notice for every recipient.
    pub fn tell(&self, notice: &Notice, site: &Site) {
        for recipient in &self.config.to {
            let words = text::of_notice(notice, site, recipient.language);
            let problem = match smtp::message(&self.config.from, recipient, &words) {
                Ok(mail) => match self.queue.try_send(mail) {
                    Ok(()) => continue,
                    Err(_) => "too many mails wait to be sent".to_owned(),
                },
                Err(error) => error.to_string(),
            };
            self.counts.failed();
            error!(to = %recipient.mailbox, subject = words.subject, problem, "a mail is given up");
        }
    }
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
    let smtp = Smtp::new(config)?;
    let mut outcomes = Vec::new();
    for recipient in &config.to {
        let words = text::of_test(recipient.language);
        let outcome = match smtp::message(&config.from, recipient, &words) {
            Ok(mail) => smtp.deliver(&mail).await.map_err(|error| error.reason),
            Err(error) => Err(error.to_string()),
        };
        outcomes.push((recipient.clone(), outcome));
    }
    Ok(outcomes)
}
