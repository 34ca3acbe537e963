//! Mails that wait: kept in the store from the moment at which people are to be told until the server has taken
//! them. Pure: time is an argument.
//!
//! A mail may be sent once it is written in the store together with what says that it was told: so no restart
//! tells it again, or forgets it. What is kept is what to tell and whom, not the finished mail, which is a
//! hundred times as large.

use std::collections::BTreeMap;
use std::time::Duration;

use releve_protocol::{Language, Timestamp};
use serde::{Deserialize, Serialize};

use super::text::Site;
use crate::alerts::{MailView, Notice};
use crate::store::MailChanges;

/// Mails that wait at most; one more is given up.
pub const MOST: usize = 1_000;
/// The first wait after a failure; doubled with each further one …
const FIRST_WAIT: Duration = Duration::from_secs(5);
/// … up to this.
const LONGEST_WAIT: Duration = Duration::from_mins(5);
/// A mail that could not be sent for so long is given up.
pub const GIVE_UP_AFTER: Duration = Duration::from_hours(7 * 24);

/// A mail that waits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Letter {
    /// What to tell.
    pub notice: Notice,
    /// What to say of the site.
    pub site: Site,
    /// Whom to tell.
    pub to: String,
    /// In which language: its tag.
    pub language: String,
    /// Since when it waits.
    pub queued_at: Timestamp,
}

impl Letter {
    /// Its language.
    #[must_use]
    pub fn language(&self) -> Language {
        Language::of_tag(&self.language)
    }

    /// Whether it has waited for so long that nobody wants it any more.
    #[must_use]
    pub fn is_too_old(&self, now: Timestamp) -> bool {
        let millis = now.as_unix_millis() - self.queued_at.as_unix_millis();
        u128::try_from(millis).unwrap_or(0) >= GIVE_UP_AFTER.as_millis()
    }
}

/// Mails sent and given up, by all runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailCounts {
    /// Taken by the mail server.
    pub sent: u64,
    /// Given up.
    pub failed: u64,
}

/// How far the store has a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stored {
    /// Not at all.
    No,
    /// It is being written.
    Underway,
    /// It is there.
    Yes,
}

#[derive(Debug)]
struct Waiting {
    letter: Letter,
    stored: Stored,
    /// Whether it may be sent: it is stored, or the store does not work.
    may_go: bool,
}

/// How one recipient's mails fare: another one's trouble does not hold them up.
#[derive(Debug, Default)]
struct Lane {
    failures: u32,
    not_before: Option<Timestamp>,
}

/// The mails that wait, in the order in which they came.
#[derive(Debug, Default)]
pub struct Queue {
    waiting: BTreeMap<i64, Waiting>,
    last: i64,
    lanes: BTreeMap<String, Lane>,
    /// No longer waiting, and still in the store.
    gone: Vec<i64>,
    /// Being removed from the store.
    going: Vec<i64>,
    counts: MailCounts,
    counts_changed: bool,
    failing_since: Option<Timestamp>,
    given_up_at: Option<Timestamp>,
}

impl Queue {
    /// The mails and counts that an earlier run left, of which `is_wanted` says whether they still have a reader.
    pub fn recover(
        letters: Vec<(i64, String)>,
        counts: MailCounts,
        is_wanted: impl Fn(&Letter) -> bool,
    ) -> Self {
        let mut queue = Self {
            counts,
            ..Self::default()
        };
        for (number, body) in letters {
            queue.last = queue.last.max(number);
            match serde_json::from_str::<Letter>(&body) {
                Ok(letter) if is_wanted(&letter) => {
                    let waiting = Waiting {
                        letter,
                        stored: Stored::Yes,
                        may_go: true,
                    };
                    queue.waiting.insert(number, waiting);
                }
                _ => {
                    queue.counts.failed += 1;
                    queue.gone.push(number);
                }
            }
        }
        queue
    }

    /// Puts a mail at the end; whether there was room for it.
    pub fn push(&mut self, letter: Letter) -> bool {
        if self.waiting.len() >= MOST {
            self.give_up(letter.queued_at);
            return false;
        }
        self.last += 1;
        let waiting = Waiting {
            letter,
            stored: Stored::No,
            may_go: false,
        };
        self.waiting.insert(self.last, waiting);
        true
    }

    /// Whether the store does not have it as it is.
    pub fn has_changes(&self) -> bool {
        let is_new = |waiting: &Waiting| waiting.stored == Stored::No;
        self.counts_changed || !self.gone.is_empty() || self.waiting.values().any(is_new)
    }

    /// What the store must change. [`Queue::settled`] says later whether it has.
    pub fn take_changes(&mut self) -> MailChanges {
        let mut put = Vec::new();
        for (number, waiting) in &mut self.waiting {
            if waiting.stored == Stored::No {
                waiting.stored = Stored::Underway;
                // Texts, numbers and moments: there is nothing that JSON does not know.
                put.push((
                    *number,
                    serde_json::to_string(&waiting.letter).unwrap_or_default(),
                ));
            }
        }
        self.going.append(&mut self.gone);
        self.counts_changed = false;
        MailChanges {
            put,
            gone: self.going.clone(),
        }
    }

    /// The store has taken the changes, or has failed: then the mails go out all the same, for an alarm is worth
    /// more than the certainty that it is told once.
    pub fn settled(&mut self, stored: bool) {
        for waiting in self.waiting.values_mut() {
            if waiting.stored == Stored::Underway {
                waiting.stored = if stored { Stored::Yes } else { Stored::No };
                waiting.may_go = true;
            }
        }
        if stored {
            self.going.clear();
        } else {
            self.gone.append(&mut self.going);
            self.counts_changed = true;
        }
    }

    /// The store does not answer: what waits for it goes out without.
    pub fn release(&mut self) {
        for waiting in self.waiting.values_mut() {
            waiting.may_go = true;
        }
    }

    /// The next mail that may be sent, with its number. A recipient's mails keep their order.
    pub fn next(&self, now: Timestamp) -> Option<(i64, Letter)> {
        let mut seen = Vec::new();
        for (number, waiting) in &self.waiting {
            let to = &waiting.letter.to;
            if seen.contains(&to) {
                continue;
            }
            seen.push(to);
            if waiting.may_go && self.may_try(to, now) {
                return Some((*number, waiting.letter.clone()));
            }
        }
        None
    }

    fn may_try(&self, to: &str, now: Timestamp) -> bool {
        let not_before = self.lanes.get(to).and_then(|lane| lane.not_before);
        // Further ahead than any wait: the clock was set back.
        not_before.is_none_or(|at| now >= at || at > now.after(LONGEST_WAIT))
    }

    /// When the next mail may be tried again that failed before.
    pub fn next_try(&self) -> Option<Timestamp> {
        // The first one of a reader goes before the others: what keeps it is told when it ends.
        let with_mail = |to: &String| {
            let mut of_reader = (self.waiting.values()).filter(|waiting| waiting.letter.to == *to);
            of_reader.next().is_some_and(|first| first.may_go)
        };
        (self.lanes.iter())
            .filter(|(to, _)| with_mail(to))
            .filter_map(|(_, lane)| lane.not_before)
            .min()
    }

    /// The server has taken it.
    pub fn sent(&mut self, number: i64) {
        self.counts.sent += 1;
        self.failing_since = None;
        self.remove(number);
    }

    /// The server has refused it for good: it reads mails, and this one is given up.
    pub fn refused(&mut self, number: i64, now: Timestamp) {
        self.give_up(now);
        self.remove(number);
    }

    /// It could not be sent; it will be tried again, unless it has waited for too long. Whether it still waits.
    pub fn failed(&mut self, number: i64, now: Timestamp) -> bool {
        self.failing_since.get_or_insert(now);
        let Some(waiting) = self.waiting.get(&number) else {
            return false;
        };
        let is_too_old = waiting.letter.is_too_old(now);
        let lane = self.lanes.entry(waiting.letter.to.clone()).or_default();
        let wait = FIRST_WAIT.saturating_mul(1 << lane.failures.min(10));
        let wait = wait.min(LONGEST_WAIT);
        lane.failures += 1;
        lane.not_before = Some(now.after(wait));
        if !is_too_old {
            return true;
        }
        self.give_up(now);
        self.waiting.remove(&number);
        self.gone.push(number);
        false
    }

    fn remove(&mut self, number: i64) {
        if let Some(waiting) = self.waiting.remove(&number) {
            self.lanes.remove(&waiting.letter.to);
            // One that was never stored is deleted in vain.
            self.gone.push(number);
        }
        self.counts_changed = true;
    }

    fn give_up(&mut self, now: Timestamp) {
        self.counts.failed += 1;
        self.counts_changed = true;
        self.given_up_at = Some(now);
    }

    /// Mails sent and given up.
    #[must_use]
    pub const fn counts(&self) -> MailCounts {
        self.counts
    }

    /// Mails that wait.
    #[must_use]
    pub fn waiting(&self) -> u64 {
        self.waiting.len() as u64
    }

    /// How mails fare, for the rule that watches them.
    #[must_use]
    pub fn view(&self) -> MailView {
        MailView {
            failing_since: self.failing_since.filter(|_| !self.waiting.is_empty()),
            given_up_at: self.given_up_at,
            waiting: self.waiting(),
        }
    }
}

#[cfg(test)]
mod tests;
