//! Sends queued mails one after the other, again and again while the server cannot take them.

use std::sync::Arc;
use std::time::Duration;

use lettre::Message;
use releve_protocol::Timestamp;
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use super::post::Post;
use super::press::Press;
use super::queue::{Letter, Setback};

/// The longest time that one attempt may take, whoever forgot a limit of its own.
const ATTEMPT: Duration = Duration::from_mins(15);
/// The longest time without a look at the clock, which may be set meanwhile.
const LOOK: Duration = Duration::from_mins(1);

/// Why a mail was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryError {
    /// What it speaks of; `None`: of this mail for good, and another attempt is pointless.
    pub setback: Option<Setback>,
    /// What the server or the network said.
    pub reason: String,
}

/// Whoever takes mails.
pub trait Delivery {
    /// Hands over one mail.
    ///
    /// # Errors
    /// If it was not taken.
    fn deliver(&self, mail: &Message) -> impl Future<Output = Result<(), DeliveryError>> + Send;
}

/// The one who sends.
pub struct Postman<D, C> {
    /// What waits.
    pub post: Arc<Post>,
    /// Who makes mails of it.
    pub press: Press,
    /// Who takes them.
    pub server: D,
    /// What time it is.
    pub clock: C,
}

impl<D: Delivery, C: Fn() -> Timestamp> Postman<D, C> {
    /// Sends what waits until `stop` is cancelled.
    pub async fn run(self, stop: CancellationToken) {
        loop {
            let next = self.post.queue().next((self.clock)());
            let work = async {
                match next {
                    Some((number, letter)) => self.attempt(number, &letter).await,
                    None => self.rest().await,
                }
            };
            tokio::select! {
                () = work => {}
                () = stop.cancelled() => break,
            }
        }
        self.post.farewell();
    }

    /// Until something may be sent.
    async fn rest(&self) {
        let next = self.post.queue().next_try();
        let now = (self.clock)().as_unix_millis();
        let wait = next.map_or(LOOK, |next| {
            let millis = next.as_unix_millis().saturating_sub(now).max(1);
            Duration::from_millis(u64::try_from(millis).unwrap_or(1)).min(LOOK)
        });
        tokio::select! {
            () = self.post.changed() => {}
            () = tokio::time::sleep(wait) => {}
        }
    }

    async fn attempt(&self, number: i64, letter: &Letter) {
        let to = &letter.to;
        let mail = match self.press.mail(letter).await {
            Ok(mail) => mail,
            Err(reason) => {
                error!(%to, %reason, "a mail cannot be written and is given up");
                return self.post.queue().refused(number, (self.clock)());
            }
        };
        let outcome = tokio::time::timeout(ATTEMPT, self.server.deliver(&mail)).await;
        let error = match outcome {
            Ok(Ok(())) => {
                self.post.queue().sent(number);
                info!(%to, "mail sent");
                return;
            }
            Ok(Err(error)) => error,
            Err(_) => DeliveryError {
                setback: Some(Setback::Server),
                reason: format!("no answer within {} s", ATTEMPT.as_secs()),
            },
        };
        let reason = &error.reason;
        let now = (self.clock)();
        let Some(setback) = error.setback else {
            self.post.queue().refused(number, now);
            return error!(%to, %reason, "the mail server refused a mail for good: check the address and the account");
        };
        if self.post.queue().failed(number, setback, now) {
            warn!(%to, %reason, "a mail could not be sent; it will be tried again");
        } else {
            error!(%to, %reason, "a mail could not be sent for a week and is given up");
        }
    }
}

#[cfg(test)]
mod tests;
