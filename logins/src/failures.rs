//! Slows guessing down: how soon after failed logins the next attempt is looked at.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::{Duration, Instant};

/// The first wait; it doubles with each further failure …
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// … up to this.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// After so long without a failure everything is forgotten.
const FORGOTTEN_AFTER: Duration = Duration::from_mins(10);

/// How much is let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// Failures after which one has to wait.
    pub free: u32,
    /// Attempts of one that are looked at at the same time, while it has not to wait. Then only one is, or the
    /// attempts of one moment would all be looked at.
    pub together: u32,
    /// How many are remembered, at most. With more, the oldest is forgotten.
    pub remembered: usize,
}

/// The failures of each `K`: a user, an address, or whatever logins are counted for.
#[derive(Debug)]
pub struct Failures<K> {
    rules: Rules,
    records: HashMap<K, Record>,
}

#[derive(Debug)]
struct Record {
    failures: u32,
    /// Attempts that are being looked at.
    pending: u32,
    last: Instant,
}

impl<K: Clone + Eq + Hash> Failures<K> {
    /// None yet.
    #[must_use]
    pub fn new(rules: Rules) -> Self {
        Self {
            rules,
            records: HashMap::new(),
        }
    }

    /// How long that one has to wait for its failures.
    #[must_use]
    pub fn wait(&self, whose: &K, now: Instant) -> Option<Duration> {
        self.records.get(whose)?.wait(self.rules.free, now)
    }

    /// An attempt begins, which [`ends`](Self::ended) at some time.
    ///
    /// # Errors
    /// Says how long to wait first.
    pub fn begin(&mut self, whose: K, now: Instant) -> Result<(), Duration> {
        let Rules { free, together, .. } = self.rules;
        let record = self.record(whose, now);
        if let Some(wait) = record.wait(free, now) {
            return Err(wait);
        }
        let together = if record.failures < free { together } else { 1 };
        if record.pending >= together {
            return Err(FIRST_WAIT);
        }
        record.pending += 1;
        Ok(())
    }

    /// An attempt that has begun is over, whatever came of it.
    pub fn ended(&mut self, whose: &K) {
        if let Some(record) = self.records.get_mut(whose) {
            record.pending = record.pending.saturating_sub(1);
        }
    }

    /// It was the wrong password.
    pub fn failed(&mut self, whose: K, now: Instant) {
        let record = self.record(whose, now);
        record.failures = record.failures.saturating_add(1);
        record.last = now;
    }

    /// It was the right one: what failed before, and what is being looked at, no longer counts.
    pub fn succeeded(&mut self, whose: &K) {
        self.records.remove(whose);
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.records.clear();
    }

    /// The record of that one; makes room for it.
    fn record(&mut self, whose: K, now: Instant) -> &mut Record {
        if self.records.len() >= self.rules.remembered && !self.records.contains_key(&whose) {
            self.make_room(now);
        }
        let record = self.records.entry(whose).or_insert(Record {
            failures: 0,
            pending: 0,
            last: now,
        });
        if record.is_forgotten(now) {
            record.failures = 0;
        }
        record
    }

    fn make_room(&mut self, now: Instant) {
        self.records.retain(|_, record| !record.is_forgotten(now));
        if self.records.len() < self.rules.remembered {
            return;
        }
        let oldest = self.records.iter().min_by_key(|(_, record)| record.last);
        if let Some(oldest) = oldest.map(|(whose, _)| whose.clone()) {
            self.records.remove(&oldest);
        }
    }
}

impl Record {
    fn wait(&self, free: u32, now: Instant) -> Option<Duration> {
        if self.is_forgotten(now) {
            return None;
        }
        let beyond = self.failures.checked_sub(free)?;
        let wait = FIRST_WAIT
            .saturating_mul(1 << beyond.min(10))
            .min(LONGEST_WAIT);
        let left = wait.saturating_sub(now.saturating_duration_since(self.last));
        (!left.is_zero()).then_some(left)
    }

    fn is_forgotten(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.last) >= FORGOTTEN_AFTER
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: Rules = Rules {
        free: 10,
        together: 4,
        remembered: 100,
    };

    #[test]
    fn waits_grow_and_end_and_are_nobody_elses() {
        let mut failures = Failures::new(RULES);
        let mut now = Instant::now();
        for _ in 0..RULES.free {
            assert_eq!(failures.wait(&"here", now), None);
            failures.failed("here", now);
        }
        for seconds in [1, 2, 4, 8, 16, 30, 30] {
            let wait = Duration::from_secs(seconds);
            assert_eq!(failures.wait(&"here", now), Some(wait));
            assert_eq!(failures.begin("here", now), Err(wait));
            assert_eq!(failures.wait(&"there", now), None);
            now += wait;
            assert_eq!(failures.wait(&"here", now), None);
            failures.failed("here", now);
        }
        now += FORGOTTEN_AFTER;
        failures.failed("here", now);
        assert_eq!(failures.wait(&"here", now), None);
    }

    #[test]
    fn some_are_looked_at_together_and_after_failures_one_at_a_time() {
        let mut failures = Failures::new(RULES);
        let mut now = Instant::now();
        for _ in 0..RULES.together {
            assert_eq!(failures.begin("here", now), Ok(()));
        }
        assert_eq!(failures.begin("here", now), Err(FIRST_WAIT));
        failures.ended(&"here");
        assert_eq!(failures.begin("here", now), Ok(()));
        for _ in 0..RULES.together {
            failures.ended(&"here");
        }
        for _ in 0..RULES.free {
            failures.failed("here", now);
        }
        now += FIRST_WAIT;
        assert_eq!(failures.begin("here", now), Ok(()));
        assert_eq!(failures.begin("here", now), Err(FIRST_WAIT));
    }

    #[test]
    fn what_was_right_ends_the_waiting() {
        let mut failures = Failures::new(RULES);
        let now = Instant::now();
        for _ in 0..2 {
            for _ in 0..RULES.free {
                assert_eq!(failures.wait(&"here", now), None);
                failures.failed("here", now);
            }
            assert!(failures.wait(&"here", now).is_some());
            failures.succeeded(&"here");
        }
        failures.failed("here", now);
        failures.clear();
        assert!(failures.records.is_empty());
    }

    #[test]
    fn memory_is_bounded() {
        let mut failures = Failures::new(RULES);
        let now = Instant::now();
        for number in 0..RULES.remembered + 10 {
            let at = now + Duration::from_millis(u64::try_from(number).expect("small"));
            failures.failed(number, at);
        }
        assert_eq!(failures.records.len(), RULES.remembered);
        assert!(
            !failures.records.contains_key(&0),
            "the oldest is forgotten"
        );
    }
}
