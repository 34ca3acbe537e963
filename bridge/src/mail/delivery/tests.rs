use std::collections::VecDeque;
use std::sync::Mutex;

use tokio::time::Instant;

use super::*;
use crate::alerts::Kind;
use crate::mail::queue::MailCounts;
use releve_protocol::Language;

use crate::mail::text::{self, Site};
use crate::mail::{MailConfig, SmtpConfig, sample};
use crate::samples;
use crate::store::Recovered;

/// Answers each attempt with the next of its outcomes, then takes everything.
#[derive(Clone, Default)]
struct Script {
    outcomes: Arc<Mutex<VecDeque<DeliveryError>>>,
    attempts: Arc<Mutex<Vec<(u64, String)>>>,
}

impl Script {
    fn failing(setback: Option<Setback>, times: usize) -> Self {
        let failure = DeliveryError {
            setback,
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
        let to = mail.envelope().to().first().map(ToString::to_string);
        let attempt = (self.started.elapsed().as_secs(), to.unwrap_or_default());
        (self.script.attempts.lock().expect("unpoisoned")).push(attempt);
        let outcome = self.script.outcomes.lock().expect("unpoisoned").pop_front();
        outcome.map_or(Ok(()), Err)
    }
}

fn post(to: &[&str]) -> Arc<Post> {
    let config = MailConfig {
        smtp: SmtpConfig {
            url: "smtp://127.0.0.1".to_owned(),
            login: None,
            ca: None,
        },
        from: "releve@example.org".parse().expect("an address"),
        to: to
            .iter()
            .map(|to| to.parse().expect("a recipient"))
            .collect(),
    };
    let now = samples::alarm_raised().at;
    let post = Post::recover(&config, &mut Recovered::default());
    post.tell(&sample::notice(now), &Site::default(), now);
    let _ = post.take_changes();
    post.settled(true);
    Arc::new(post)
}

/// A clock that goes with the test's.
fn clock() -> impl Fn() -> Timestamp {
    let started = Instant::now();
    move || {
        let passed = i64::try_from(started.elapsed().as_millis()).unwrap_or(i64::MAX);
        samples::later(samples::alarm_raised().at, passed)
    }
}

fn postman(post: &Arc<Post>, script: &Script) -> Postman<Server, impl Fn() -> Timestamp + use<>> {
    Postman {
        post: Arc::clone(post),
        press: Press {
            from: "releve@example.org".parse().expect("an address"),
            history: None,
        },
        server: Server {
            script: script.clone(),
            started: Instant::now(),
        },
        clock: clock(),
    }
}

/// Sends a mail to each through the script, until none waits; what became of them.
async fn deliver(script: &Script, to: &[&str]) -> (u64, u64) {
    let post = post(to);
    let stop = CancellationToken::new();
    let until_empty = async {
        while post.figures().1 > 0 {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        stop.cancel();
    };
    tokio::join!(postman(&post, script).run(stop.clone()), until_empty);
    let MailCounts { sent, failed } = post.figures().0;
    (sent, failed)
}

#[tokio::test(start_paused = true)]
async fn a_mail_is_tried_again_until_it_is_taken() {
    let script = Script::failing(Some(Setback::Server), 8);
    assert_eq!(deliver(&script, &["a@example.org"]).await, (1, 0));
    let times: Vec<u64> = script.attempts().iter().map(|(time, _)| *time).collect();
    assert_eq!(times, [0, 5, 15, 35, 75, 155, 315, 615, 915]);
}

#[tokio::test(start_paused = true)]
async fn what_is_refused_for_good_is_counted_and_holds_up_nobody() {
    let script = Script::failing(None, 1);
    let outcome = deliver(&script, &["a@example.org", "b@example.org"]).await;
    assert_eq!(outcome, (1, 1));
    assert_eq!(script.attempts()[1], (0, "b@example.org".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn a_mail_that_must_wait_lets_the_others_pass() {
    let script = Script::failing(Some(Setback::Server), 1);
    let outcome = deliver(&script, &["a@example.org", "b@example.org"]).await;
    assert_eq!(outcome, (2, 0));
    let order: Vec<_> = script.attempts().into_iter().map(|(_, to)| to).collect();
    assert_eq!(order, ["a@example.org", "b@example.org", "a@example.org"]);
}

#[tokio::test(start_paused = true)]
async fn what_is_told_meanwhile_goes_out_at_once() {
    let post = post(&["a@example.org"]);
    let script = Script::default();
    let stop = CancellationToken::new();
    let running = tokio::spawn(postman(&post, &script).run(stop.clone()));
    while post.figures().1 > 0 {
        tokio::task::yield_now().await;
    }
    let now = samples::alarm_raised().at;
    let mut reminder = sample::notice(now);
    reminder.kind = Kind::Reminder;
    reminder.number = 2;
    post.tell(&reminder, &Site::default(), now);
    let _ = post.take_changes();
    post.settled(true);
    while post.figures().1 > 0 {
        tokio::task::yield_now().await;
    }
    stop.cancel();
    running.await.expect("an orderly end");
    let times: Vec<u64> = script.attempts().iter().map(|(time, _)| *time).collect();
    assert_eq!(times, [0, 0]);
}

#[tokio::test(start_paused = true)]
async fn a_stop_does_not_wait_for_the_server() {
    let script = Script::failing(Some(Setback::Server), usize::from(u16::MAX));
    let post = post(&["a@example.org"]);
    let stop = CancellationToken::new();
    let running = tokio::spawn(postman(&post, &script).run(stop.clone()));
    stop.cancel();
    running.await.expect("an orderly end");
    assert_eq!(post.figures().1, 1, "the next start sends it");
}

/// Answers by the subject: this one is put off each time, the others are taken.
struct PutsOff {
    subject: String,
    taken: Arc<Mutex<Vec<String>>>,
    put_off: Arc<Mutex<usize>>,
}

impl Delivery for PutsOff {
    async fn deliver(&self, mail: &Message) -> Result<(), DeliveryError> {
        let subject = mail.headers().get_raw("Subject").unwrap_or_default();
        if subject == self.subject {
            *self.put_off.lock().expect("unpoisoned") += 1;
            return Err(DeliveryError {
                setback: Some(Setback::Mail),
                reason: "451 not this one".to_owned(),
            });
        }
        (self.taken.lock().expect("unpoisoned")).push(subject.to_owned());
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn one_mail_that_is_put_off_holds_up_only_the_rest_of_its_episode() {
    let post = post(&["a@example.org"]);
    let now = samples::alarm_raised().at;
    let mut ended = sample::notice(now);
    ended.number = 2;
    ended.kind = Kind::Reminder;
    let mut other = sample::notice(now);
    other.key.node = "elsewhere".parse().ok();
    let site = |name: &str| Site {
        name: name.to_owned(),
        ..Site::default()
    };
    post.tell(&ended, &site("the same"), now);
    post.tell(&other, &site("another"), now);
    let _ = post.take_changes();
    post.settled(true);
    let words = text::of_notice(
        &sample::notice(now),
        &Site::default(),
        Language::English,
        None,
    );
    let (taken, put_off): (Arc<Mutex<Vec<String>>>, Arc<Mutex<usize>>) = Default::default();
    let postman = Postman {
        post: Arc::clone(&post),
        press: Press {
            from: "releve@example.org".parse().expect("an address"),
            history: None,
        },
        server: PutsOff {
            subject: words.subject,
            taken: Arc::clone(&taken),
            put_off: Arc::clone(&put_off),
        },
        clock: clock(),
    };
    let stop = CancellationToken::new();
    let an_hour = async {
        tokio::time::sleep(Duration::from_hours(1)).await;
        stop.cancel();
    };
    tokio::join!(postman.run(stop.clone()), an_hour);
    let taken = taken.lock().expect("unpoisoned").clone();
    assert!(
        taken.len() == 1 && taken[0].contains("another"),
        "{taken:?}"
    );
    let tries = *put_off.lock().expect("unpoisoned");
    assert!((10..30).contains(&tries), "{tries} attempts in an hour");
}
