//! Logins that were right, so that they need not be checked again, which takes its time. No passwords: digests under
//! a key that lives as long as the program.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use ring::hmac::{self, HMAC_SHA256, Key, Tag};
use ring::rand::SystemRandom;

/// Names that are remembered, at most. Only users get in here; this bounds those of years.
const MOST_NAMES: usize = 10_000;

/// The last right login of each user.
pub struct Proven {
    key: Key,
    /// `None`: without end.
    counts_for: Option<Duration>,
    by_name: HashMap<String, (Tag, Instant)>,
}

impl Proven {
    /// None yet; each counts for so long, or until the program ends.
    #[must_use]
    pub fn new(counts_for: Option<Duration>) -> Self {
        let key = Key::generate(HMAC_SHA256, &SystemRandom::new())
            // Without random numbers nothing works; a key that nobody can guess is not needed then either,
            // because the tags never leave this memory.
            .unwrap_or_else(|_| Key::new(HMAC_SHA256, &[0; 32]));
        Self {
            key,
            counts_for,
            by_name: HashMap::new(),
        }
    }

    /// Whether that login was right before. `standing` is what must not have changed since, such as the user's
    /// hash, or nothing.
    #[must_use]
    pub fn knows(&self, name: &str, password: &str, standing: &str, now: Instant) -> bool {
        let Some((known, since)) = self.by_name.get(name) else {
            return false;
        };
        let age = now.saturating_duration_since(*since);
        let counts = self.counts_for.is_none_or(|counts_for| age < counts_for);
        let message = message(name, password, standing);
        counts && hmac::verify(&self.key, &message, known.as_ref()).is_ok()
    }

    /// It was right.
    pub fn learn(&mut self, name: &str, password: &str, standing: &str, now: Instant) {
        if self.by_name.len() >= MOST_NAMES && !self.by_name.contains_key(name) {
            let oldest = self.by_name.iter().min_by_key(|(_, (_, since))| *since);
            if let Some(oldest) = oldest.map(|(name, _)| name.clone()) {
                self.by_name.remove(&oldest);
            }
        }
        let tag = hmac::sign(&self.key, &message(name, password, standing));
        self.by_name.insert(name.to_owned(), (tag, now));
    }
}

/// The parts with their lengths, so that no others make the same message.
fn message(name: &str, password: &str, standing: &str) -> Vec<u8> {
    let parts = [name, password, standing].map(str::as_bytes);
    parts
        .iter()
        .flat_map(|part| [&part.len().to_be_bytes()[..], part].concat())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const A_WHILE: Duration = Duration::from_mins(5);

    #[test]
    fn a_login_counts_for_a_while_and_no_other_one() {
        let mut proven = Proven::new(Some(A_WHILE));
        let now = Instant::now();
        assert!(!proven.knows("anna", "right", "", now));
        proven.learn("anna", "right", "", now);
        let last = now + A_WHILE - Duration::from_millis(1);
        assert!(proven.knows("anna", "right", "", last));
        assert!(!proven.knows("anna", "wrong", "", now));
        assert!(!proven.knows("otto", "right", "", now));
        assert!(!proven.knows("anna", "right", "", now + A_WHILE));
        proven.learn("anna", "changed", "", now);
        assert!(!proven.knows("anna", "right", "", now), "one password each");
    }

    #[test]
    fn without_an_end_it_counts_until_the_standing_changes() {
        let mut proven = Proven::new(None);
        let now = Instant::now();
        proven.learn("anna", "right", "hash", now);
        assert!(proven.knows("anna", "right", "hash", now + 10_000 * A_WHILE));
        assert!(!proven.knows("anna", "right", "another", now));
        assert!(!proven.knows("anna", "righ", "thash", now));
    }

    #[test]
    fn memory_is_bounded() {
        let mut proven = Proven::new(None);
        let now = Instant::now();
        for number in 0..MOST_NAMES + 10 {
            let at = now + Duration::from_millis(u64::try_from(number).expect("small"));
            proven.learn(&number.to_string(), "right", "", at);
            assert!(proven.knows(&number.to_string(), "right", "", at));
        }
        assert_eq!(proven.by_name.len(), MOST_NAMES);
        assert!(
            !proven.knows("0", "right", "", now),
            "the oldest is forgotten"
        );
    }
}
