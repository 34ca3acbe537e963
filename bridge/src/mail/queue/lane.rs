//! How one reader's mails fare: when they may be tried again. Pure.
//!
//! Another reader's trouble does not hold them up. Where the server takes nothing, all wait. Where it puts off single
//! mails, these are tried again one at a time, and mails that were not tried yet go on: one that is put off says
//! nothing of the next one. Two in a row do, and then those wait, too, but from five seconds on anew.

use std::time::Duration;

use releve_protocol::Timestamp;

/// The first wait after a failure; doubled with each further one …
const FIRST_WAIT: Duration = Duration::from_secs(5);
/// … up to this.
const LONGEST_WAIT: Duration = Duration::from_mins(5);

/// What a failed attempt speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setback {
    /// The server, or the way to it: it takes no mail now.
    Server,
    /// This mail alone, as far as the server says.
    Mail,
}

/// How one reader's mails fare.
#[derive(Debug, Default)]
pub struct Lane {
    /// For any mail.
    server: Wait,
    /// For mails that were put off.
    again: Wait,
    /// For mails that were not tried yet.
    first: Wait,
    /// Whether the last one that was tried for the first time was put off.
    doubts: bool,
}

/// A wait that grows.
#[derive(Debug, Default)]
struct Wait {
    failures: u32,
    until: Option<Timestamp>,
}

impl Wait {
    fn failed(&mut self, now: Timestamp) {
        let wait = FIRST_WAIT.saturating_mul(1 << self.failures.min(10));
        self.failures += 1;
        self.until = Some(now.after(wait.min(LONGEST_WAIT)));
    }
}

impl Lane {
    /// When such a mail may be tried; `None`: at any time.
    pub fn not_before(&self, is_again: bool) -> Option<Timestamp> {
        let own = if is_again { &self.again } else { &self.first };
        self.server.until.max(own.until)
    }

    /// Whether such a mail may be tried: one that was put off, or one that was not tried yet.
    pub fn may_try(&self, is_again: bool, now: Timestamp) -> bool {
        let not_before = self.not_before(is_again);
        // Further ahead than any wait: the clock was set back.
        not_before.is_none_or(|at| now >= at || at > now.after(LONGEST_WAIT))
    }

    /// An attempt failed, of a mail that was put off before (`is_again`) or was not.
    pub fn failed(&mut self, setback: Setback, is_again: bool, now: Timestamp) {
        if setback == Setback::Server {
            return self.server.failed(now);
        }
        self.server = Wait::default();
        if is_again || self.again.until.is_none() {
            self.again.failed(now);
        }
        if !is_again {
            if self.doubts {
                self.first.failed(now);
            }
            self.doubts = true;
        }
    }

    /// The server has taken a mail, or refused it for good: it reads mails.
    pub fn worked(&mut self, was_put_off: bool) {
        self.server = Wait::default();
        self.first = Wait::default();
        self.doubts = false;
        if was_put_off {
            self.again = Wait::default();
        }
    }
}
