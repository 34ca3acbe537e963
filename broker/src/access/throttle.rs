//! Slows guessing down: how soon after failed logins the next attempt is looked at.
//!
//! Counted for each user from each source, and for each source over all users, so that a site with a wrong
//! password keeps none of its neighbours out. Not over all users where an address carries many sources: one
//! who guesses through the bridge would keep everybody out who comes through it, and the bridge itself.
//! Pure: time is an argument.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::time::Duration;

use tokio::time::Instant;

use crate::source::{Source, carries_others};

/// Failures after which a user must wait, at one source.
const FREE_FAILURES_OF_A_USER: u32 = 3;
/// Failures after which everybody must wait, at one source.
const FREE_FAILURES_OF_A_SOURCE: u32 = 30;
/// The first wait; it doubles with each further failure …
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// … up to this.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// After so long without a failure everything is forgotten.
const FORGOTTEN_AFTER: Duration = Duration::from_mins(10);
/// Attempts of one user at one source that are looked at together, while none has to wait.
const TOGETHER: u32 = 32;
/// The most entries of each kind. More sources than that, and the oldest is forgotten.
const MAX_ENTRIES: usize = 10_000;

/// A login that is being looked at.
#[derive(Debug)]
pub(super) struct Attempt {
    source: Source,
    /// Whether it counts for the source over all users, too.
    is_of_one: bool,
    user: String,
}

/// What is remembered of failed logins.
#[derive(Debug, Default)]
pub(super) struct Throttle {
    users: HashMap<(Source, String), Record>,
    sources: HashMap<Source, Record>,
}

#[derive(Debug)]
struct Record {
    failures: u32,
    /// Attempts that are being looked at.
    pending: u32,
    last: Instant,
}

impl Throttle {
    /// An attempt begins. Else says how long to wait.
    pub fn begin(
        &mut self,
        address: IpAddr,
        user: &str,
        now: Instant,
    ) -> Result<Attempt, Duration> {
        let source = Source::from(address);
        let attempt = Attempt {
            source,
            is_of_one: !carries_others(address),
            user: user.to_owned(),
        };
        if attempt.is_of_one {
            let of_source = record(&mut self.sources, source, now);
            let wait = of_source.wait(FREE_FAILURES_OF_A_SOURCE, u32::MAX, now);
            if let Some(wait) = wait {
                return Err(wait);
            }
        }
        let of_user = record(&mut self.users, (source, attempt.user.clone()), now);
        if let Some(wait) = of_user.wait(FREE_FAILURES_OF_A_USER, TOGETHER, now) {
            return Err(wait);
        }
        of_user.pending += 1;
        Ok(attempt)
    }

    /// It was the wrong password.
    pub fn failed(&mut self, attempt: Attempt, now: Instant) {
        if attempt.is_of_one {
            record(&mut self.sources, attempt.source, now).fail(now);
        }
        let of_user = record(&mut self.users, (attempt.source, attempt.user), now);
        of_user.pending = of_user.pending.saturating_sub(1);
        of_user.fail(now);
    }

    /// It was the right one.
    pub fn succeeded(&mut self, attempt: Attempt) {
        self.users.remove(&(attempt.source, attempt.user));
    }

    /// Nobody waited for the answer.
    pub fn given_up(&mut self, attempt: Attempt, now: Instant) {
        let of_user = record(&mut self.users, (attempt.source, attempt.user), now);
        of_user.pending = of_user.pending.saturating_sub(1);
    }

    /// Forgets all failures: passwords have changed.
    pub fn forget(&mut self) {
        self.users.clear();
        self.sources.clear();
    }
}

impl Record {
    /// How long an attempt has to wait, with so many free failures and so many attempts together.
    fn wait(&self, free: u32, together: u32, now: Instant) -> Option<Duration> {
        let Some(beyond) = self.failures.checked_sub(free) else {
            return (self.pending >= together).then_some(FIRST_WAIT);
        };
        let wait = FIRST_WAIT
            .saturating_mul(1 << beyond.min(10))
            .min(LONGEST_WAIT);
        let left = wait.saturating_sub(now.saturating_duration_since(self.last));
        if !left.is_zero() {
            return Some(left);
        }
        // One at a time, or the attempts of one moment would all be looked at.
        (self.pending > 0 && together != u32::MAX).then_some(FIRST_WAIT)
    }

    fn fail(&mut self, now: Instant) {
        self.failures = self.failures.saturating_add(1);
        self.last = now;
    }

    fn is_forgotten(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.last) >= FORGOTTEN_AFTER
    }
}

/// The record of `key`; makes room for it.
fn record<K: Clone + Eq + Hash>(
    records: &mut HashMap<K, Record>,
    key: K,
    now: Instant,
) -> &mut Record {
    if records.len() >= MAX_ENTRIES && !records.contains_key(&key) {
        records.retain(|_, record| !record.is_forgotten(now));
        if records.len() >= MAX_ENTRIES {
            let oldest = records.iter().min_by_key(|(_, record)| record.last);
            if let Some(key) = oldest.map(|(key, _)| key.clone()) {
                records.remove(&key);
            }
        }
    }
    let record = records.entry(key).or_insert(Record {
        failures: 0,
        pending: 0,
        last: now,
    });
    if record.is_forgotten(now) {
        record.failures = 0;
    }
    record
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    /// Attempts until one has to wait, all of them wrong.
    fn fail(throttle: &mut Throttle, source: IpAddr, user: &str, now: Instant) -> u32 {
        for count in 0.. {
            match throttle.begin(source, user, now) {
                Ok(attempt) => throttle.failed(attempt, now),
                Err(_) => return count,
            }
        }
        unreachable!()
    }

    #[test]
    fn waits_grow_and_end() {
        let mut throttle = Throttle::default();
        let here = source("192.0.2.1");
        let mut now = Instant::now();
        assert_eq!(fail(&mut throttle, here, "cabin", now), 3);
        for seconds in [1, 2, 4, 8, 16, 30, 30] {
            let wait = throttle.begin(here, "cabin", now).unwrap_err();
            assert_eq!(wait, Duration::from_secs(seconds));
            now += wait;
            assert_eq!(fail(&mut throttle, here, "cabin", now), 1);
        }
        now += FORGOTTEN_AFTER;
        assert_eq!(fail(&mut throttle, here, "cabin", now), 3);
    }

    #[test]
    fn others_do_not_wait_until_the_source_is_suspicious() {
        let mut throttle = Throttle::default();
        let (here, there) = (source("192.0.2.1"), source("192.0.2.2"));
        let now = Instant::now();
        fail(&mut throttle, here, "cabin", now);
        assert!(throttle.begin(here, "other", now).is_ok());
        assert!(throttle.begin(there, "cabin", now).is_ok());
        for number in 0..9 {
            fail(&mut throttle, here, &format!("guess-{number}"), now);
        }
        assert!(throttle.begin(here, "another", now).is_err());
        assert!(throttle.begin(there, "another", now).is_ok());
    }

    #[test]
    fn who_guesses_through_the_bridge_keeps_nobody_else_out() {
        let now = Instant::now();
        for here in ["127.0.0.1", "::1", "::ffff:127.0.0.1"].map(source) {
            let mut throttle = Throttle::default();
            for number in 0..100 {
                assert_eq!(
                    fail(&mut throttle, here, &format!("guess-{number}"), now),
                    3
                );
            }
            assert!(throttle.begin(here, "main", now).is_ok());
            // Each user is slowed down all the same.
            assert!(throttle.begin(here, "guess-1", now).is_err());
        }
    }

    #[test]
    fn the_right_password_ends_the_waiting() {
        let mut throttle = Throttle::default();
        let here = source("192.0.2.1");
        let now = Instant::now();
        fail(&mut throttle, here, "cabin", now);
        let later = now + FIRST_WAIT;
        let attempt = throttle.begin(here, "cabin", later).unwrap();
        assert!(
            throttle.begin(here, "cabin", later).is_err(),
            "one at a time"
        );
        throttle.succeeded(attempt);
        assert_eq!(fail(&mut throttle, here, "cabin", later), 3);
        throttle.forget();
        assert_eq!(fail(&mut throttle, here, "cabin", later), 3);
    }

    #[test]
    fn many_may_come_together_but_not_without_end() {
        let mut throttle = Throttle::default();
        let here = source("192.0.2.1");
        let now = Instant::now();
        let attempts: Vec<_> = (0..TOGETHER)
            .map(|_| throttle.begin(here, "web", now).unwrap())
            .collect();
        assert!(throttle.begin(here, "web", now).is_err());
        for attempt in attempts {
            throttle.given_up(attempt, now);
        }
        assert!(throttle.begin(here, "web", now).is_ok());
    }

    #[test]
    fn memory_is_bounded() {
        let mut throttle = Throttle::default();
        let now = Instant::now();
        for number in 0..u32::try_from(MAX_ENTRIES).unwrap() + 100 {
            let here = IpAddr::from(number.to_be_bytes());
            let at = now + Duration::from_millis(number.into());
            let attempt = throttle.begin(here, "x", at).unwrap();
            throttle.failed(attempt, at);
        }
        assert_eq!(throttle.sources.len(), MAX_ENTRIES);
        assert_eq!(throttle.users.len(), MAX_ENTRIES);
    }
}
