//! Mails that wait: kept in the store from the moment at which people are to be told until the server has taken
//! them. Pure: time is an argument.
//!
//! A mail may be sent once it is written in the store together with what says that it was told: so no restart
//! tells it again, or forgets it. What is kept is what to tell and whom, not the finished mail, which is a
//! hundred times as large.
//!
//! The mails of an episode keep their order for each reader: its end is never told before its begin. Otherwise a mail
//! that was put off lets the later ones pass.

mod lane;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use releve_protocol::{Language, Timestamp};
use serde::{Deserialize, Serialize};

use super::text::Site;
use crate::alerts::{Key, MailView, Notice};
use crate::store::MailChanges;
use lane::Lane;
pub use lane::Setback;

/// Mails that wait at most; one more is given up.
pub const MOST: usize = 1_000;
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
        now.since(self.queued_at) >= GIVE_UP_AFTER
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
    /// The place of its last attempt among all attempts; `None`: it was not tried yet.
    tried: Option<u64>,
    /// Whether the server put this very mail off.
    put_off: bool,
}

impl Waiting {
    /// The mails with which it keeps its order.
    fn thread(&self) -> Thread<'_> {
        let Letter { to, notice, .. } = &self.letter;
        (to.as_str(), &notice.key, notice.episode)
    }
}

/// What one reader is told of one episode.
type Thread<'a> = (&'a str, &'a Key, Timestamp);

/// The mails that wait, in the order in which they came.
#[derive(Debug, Default)]
pub struct Queue {
    waiting: BTreeMap<i64, Waiting>,
    last: i64,
    /// Of readers whose mails did not all go.
    lanes: BTreeMap<String, Lane>,
    /// Attempts that failed.
    attempts: u64,
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
                        tried: None,
                        put_off: false,
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
            tried: None,
            put_off: false,
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

    /// The next mail that may be sent, with its number: one that was not tried yet, else the one whose last attempt
    /// is the longest ago.
    pub fn next(&self, now: Timestamp) -> Option<(i64, Letter)> {
        let may_try = |(_, waiting): &(i64, &Waiting)| {
            let lane = self.lanes.get(&waiting.letter.to);
            lane.is_none_or(|lane| lane.may_try(waiting.put_off, now))
        };
        let next = (self.first_of_threads().filter(may_try))
            .min_by_key(|(number, waiting)| (waiting.tried, *number));
        next.map(|(number, waiting)| (number, waiting.letter.clone()))
    }

    /// When the next mail may be tried that must wait.
    pub fn next_try(&self) -> Option<Timestamp> {
        let of_lane = |(_, waiting): (i64, &Waiting)| {
            let lane = self.lanes.get(&waiting.letter.to)?;
            lane.not_before(waiting.put_off)
        };
        self.first_of_threads().filter_map(of_lane).min()
    }

    /// Of each episode and reader the first mail, if it may go: the later ones wait for it.
    fn first_of_threads(&self) -> impl Iterator<Item = (i64, &Waiting)> {
        let mut seen = BTreeSet::new();
        let all = self.waiting.iter();
        let first = all.filter(move |(_, waiting)| seen.insert(waiting.thread()));
        first
            .filter(|(_, waiting)| waiting.may_go)
            .map(|(number, waiting)| (*number, waiting))
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
    pub fn failed(&mut self, number: i64, setback: Setback, now: Timestamp) -> bool {
        self.failing_since.get_or_insert(now);
        self.attempts += 1;
        let Some(waiting) = self.waiting.get_mut(&number) else {
            return false;
        };
        // Whatever it spoke of: the next attempt is another mail's, for this one may be what breaks the connection.
        waiting.tried = Some(self.attempts);
        let was_put_off = waiting.put_off;
        waiting.put_off |= setback == Setback::Mail;
        let is_too_old = waiting.letter.is_too_old(now);
        let lane = self.lanes.entry(waiting.letter.to.clone()).or_default();
        lane.failed(setback, was_put_off, now);
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
            if let Some(lane) = self.lanes.get_mut(&waiting.letter.to) {
                lane.worked(waiting.put_off);
            }
            self.forget_lane(&waiting.letter.to);
            // One that was never stored is deleted in vain.
            self.gone.push(number);
        }
        self.counts_changed = true;
    }

    /// Forgets how a reader's mails fared once none of them waits.
    fn forget_lane(&mut self, to: &str) {
        if !self.waiting.values().any(|waiting| waiting.letter.to == to) {
            self.lanes.remove(to);
        }
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
