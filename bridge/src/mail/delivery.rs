//! Sends queued mails one after the other, again and again while the server cannot take them.

use std::collections::VecDeque;
use std::time::Duration;

use lettre::Message;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use super::MailCounts;

/// The first wait after a failure; doubled with each further one …
const FIRST_WAIT: Duration = Duration::from_secs(5);
/// … up to this.
const LONGEST_WAIT: Duration = Duration::from_secs(300);
/// A mail that could not be sent for so long is given up.
const GIVE_UP_AFTER: Duration = Duration::from_hours(24);
/// The longest time that one attempt may take.
const ATTEMPT: Duration = Duration::from_mins(1);
/// Mails that wait to be sent; one more is given up at once.
pub const QUEUE: usize = 1_000;

/// Why a mail was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryError {
    /// Whether another attempt is pointless.
    pub permanent: bool,
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

struct Waiting {
    mail: Message,
    queued_at: Instant,
}

impl Waiting {
    fn new(mail: Message) -> Self {
        Self {
            mail,
            queued_at: Instant::now(),
        }
    }
}

/// Delivers what comes from `mails` until it is closed or `stop` is cancelled.
pub async fn run(
    delivery: impl Delivery,
    mut mails: mpsc::Receiver<Message>,
    counts: MailCounts,
    stop: CancellationToken,
) {
    let mut waiting: VecDeque<Waiting> = VecDeque::new();
    let mut failures = 0;
    loop {
        if waiting.is_empty() {
            tokio::select! {
                next = mails.recv() => match next {
                    Some(mail) => waiting.push_back(Waiting::new(mail)),
                    None => return,
                },
                () = stop.cancelled() => return,
            }
        }
        while waiting.len() < QUEUE
            && let Ok(mail) = mails.try_recv()
        {
            waiting.push_back(Waiting::new(mail));
        }
        let Some(next) = waiting.pop_front() else {
            continue;
        };
        if attempt(&delivery, next, &mut waiting, &counts).await {
            failures = 0;
            continue;
        }
        let wait = FIRST_WAIT.saturating_mul(1 << failures.min(10));
        failures += 1;
        tokio::select! {
            () = tokio::time::sleep(wait.min(LONGEST_WAIT)) => {}
            () = stop.cancelled() => break,
        }
    }
    if !waiting.is_empty() {
        warn!(
            mails = waiting.len(),
            "stopped before these mails could be sent"
        );
    }
}

/// Tries to deliver a mail; one that may succeed later goes to the end of the queue, so that one
/// reader's trouble does not hold up the others. Whether the server can be tried again at once.
async fn attempt(
    delivery: &impl Delivery,
    next: Waiting,
    waiting: &mut VecDeque<Waiting>,
    counts: &MailCounts,
) -> bool {
    let to = recipients(&next.mail);
    let outcome = tokio::time::timeout(ATTEMPT, delivery.deliver(&next.mail)).await;
    let error = match outcome {
        Ok(Ok(())) => {
            counts.sent();
            info!(%to, "mail sent");
            return true;
        }
        Ok(Err(error)) => error,
        Err(_) => DeliveryError {
            permanent: false,
            reason: format!("no answer within {} s", ATTEMPT.as_secs()),
        },
    };
    let reason = &error.reason;
    if error.permanent {
        counts.failed();
        error!(%to, %reason, "the mail server refused a mail for good: check the address and the account");
        return true;
    }
    if next.queued_at.elapsed() >= GIVE_UP_AFTER {
        counts.failed();
        error!(%to, %reason, "a mail could not be sent for a day and is given up");
        return true;
    }
    warn!(%to, %reason, "a mail could not be sent; it will be tried again");
    waiting.push_back(next);
    false
}

fn recipients(mail: &Message) -> String {
    let addresses: Vec<_> = mail
        .envelope()
        .to()
        .iter()
        .map(ToString::to_string)
        .collect();
    addresses.join(", ")
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::mail::smtp::message;
    use crate::mail::text::of_test;

    /// Answers each attempt with the next of its outcomes, then takes everything.
    #[derive(Clone, Default)]
    struct Script {
        outcomes: Arc<Mutex<VecDeque<DeliveryError>>>,
        attempts: Arc<Mutex<Vec<(u64, String)>>>,
    }

    impl Script {
        fn failing(permanent: bool, times: usize) -> Self {
            let failure = DeliveryError {
                permanent,
                reason: "on purpose".to_owned(),
            };
            let script = Self::default();
            *script.outcomes.lock().expect("unpoisoned") = vec![failure; times].into();
            script
        }

        fn attempts(&self) -> Vec<(u64, String)> {
            self.attempts.lock().expect("unpoisoned").clone()
        }
    }

    struct Server {
        script: Script,
        started: Instant,
    }

    impl Delivery for Server {
        async fn deliver(&self, mail: &Message) -> Result<(), DeliveryError> {
            let attempt = (self.started.elapsed().as_secs(), recipients(mail));
            self.script
                .attempts
                .lock()
                .expect("unpoisoned")
                .push(attempt);
            let outcome = self.script.outcomes.lock().expect("unpoisoned").pop_front();
            outcome.map_or(Ok(()), Err)
        }
    }

    fn mail(to: &str) -> Message {
        let from = "releve@example.org".parse().expect("an address");
        let to = to.parse().expect("a recipient");
        message(&from, &to, &of_test(releve_protocol::Language::English)).expect("a message")
    }

    /// Sends the mails through the script; returns (sent, failed).
    async fn deliver(script: &Script, to: &[&str]) -> (u64, u64) {
        let (queue, mails) = mpsc::channel(QUEUE);
        for to in to {
            queue.send(mail(to)).await.expect("an open queue");
        }
        drop(queue);
        let counts = MailCounts::default();
        let server = Server {
            script: script.clone(),
            started: Instant::now(),
        };
        run(server, mails, counts.clone(), CancellationToken::new()).await;
        counts.read()
    }

    #[tokio::test(start_paused = true)]
    async fn a_mail_is_tried_again_until_it_is_taken() {
        let script = Script::failing(false, 8);
        assert_eq!(deliver(&script, &["a@example.org"]).await, (1, 0));
        let times: Vec<u64> = script.attempts().iter().map(|(time, _)| *time).collect();
        assert_eq!(times, [0, 5, 15, 35, 75, 155, 315, 615, 915]);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_refused_for_good_is_counted_and_holds_up_nobody() {
        let script = Script::failing(true, 1);
        let outcome = deliver(&script, &["a@example.org", "b@example.org"]).await;
        assert_eq!(outcome, (1, 1));
        let attempts = script.attempts();
        assert_eq!(attempts[1], (0, "b@example.org".to_owned()));
    }

    #[tokio::test(start_paused = true)]
    async fn a_mail_that_must_wait_lets_the_others_pass() {
        let script = Script::failing(false, 1);
        let outcome = deliver(&script, &["a@example.org", "b@example.org"]).await;
        assert_eq!(outcome, (2, 0));
        let order: Vec<_> = script.attempts().into_iter().map(|(_, to)| to).collect();
        assert_eq!(order, ["a@example.org", "b@example.org", "a@example.org"]);
    }

    #[tokio::test(start_paused = true)]
    async fn after_a_day_a_mail_is_given_up() {
        let script = Script::failing(false, usize::from(u16::MAX));
        assert_eq!(deliver(&script, &["a@example.org"]).await, (0, 1));
        let last = script.attempts().last().map(|(time, _)| *time);
        assert!(last >= Some(GIVE_UP_AFTER.as_secs()), "{last:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_stop_does_not_wait_for_the_server() {
        let script = Script::failing(false, usize::from(u16::MAX));
        let (queue, mails) = mpsc::channel(QUEUE);
        queue
            .send(mail("a@example.org"))
            .await
            .expect("an open queue");
        let stop = CancellationToken::new();
        let server = Server {
            script,
            started: Instant::now(),
        };
        let running = tokio::spawn(run(server, mails, MailCounts::default(), stop.clone()));
        stop.cancel();
        running.await.expect("an orderly end");
    }
}
