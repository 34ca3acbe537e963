//! Logins that the broker let in a short while ago, so that it need not be asked for each request. Constant in
//! size, and without passwords: digests under a key that lives as long as the program. Pure but for a lock:
//! time is an argument.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use ring::hmac::{self, HMAC_SHA256, Key, Tag};

use super::basic::Credentials;

/// How long a login counts. A user who was removed reads on for so long.
pub const COUNTS_FOR: Duration = Duration::from_mins(5);
/// Logins that are remembered, one for each value of a digest's first byte.
const PLACES: usize = 256;

/// The logins.
pub struct Proven {
    key: Key,
    places: Mutex<Vec<Option<(Tag, Instant)>>>,
}

impl Proven {
    /// None yet.
    pub fn new() -> Self {
        Self {
            key: Key::new(HMAC_SHA256, &rand::random::<[u8; 32]>()),
            places: Mutex::new(vec![None; PLACES]),
        }
    }

    /// Whether that login was right not long ago.
    pub fn knows(&self, login: &Credentials, now: Instant) -> bool {
        let message = message(login);
        let tag = hmac::sign(&self.key, &message);
        let places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(Some((known, since))) = places.get(place(&tag)) else {
            return false;
        };
        now.saturating_duration_since(*since) < COUNTS_FOR
            && hmac::verify(&self.key, &message, known.as_ref()).is_ok()
    }

    /// It was right. Another one of the same place is forgotten, and asked for again.
    pub fn learn(&self, login: &Credentials, now: Instant) {
        let tag = hmac::sign(&self.key, &message(login));
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = places.get_mut(place(&tag)) {
            *place = Some((tag, now));
        }
    }
}

fn place(tag: &Tag) -> usize {
    tag.as_ref().first().copied().unwrap_or_default().into()
}

/// Name and password, so that no other two make the same message: a name from the header has no colon.
fn message(login: &Credentials) -> Vec<u8> {
    format!("{}:{}", login.user, login.password).into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn login(user: &str, password: &str) -> Credentials {
        Credentials {
            user: user.to_owned(),
            password: password.to_owned(),
        }
    }

    #[test]
    fn a_login_counts_for_a_while_and_no_other_one() {
        let proven = Proven::new();
        let now = Instant::now();
        let anna = login("anna", "right");
        assert!(!proven.knows(&anna, now));
        proven.learn(&anna, now);
        let last = now + COUNTS_FOR - Duration::from_millis(1);
        assert!(proven.knows(&anna, last));
        assert!(!proven.knows(&login("anna", "wrong"), now));
        assert!(!proven.knows(&login("otto", "right"), now));
        assert!(!proven.knows(&anna, now + COUNTS_FOR));
    }

    #[test]
    fn memory_is_constant() {
        let proven = Proven::new();
        let now = Instant::now();
        for number in 0..10 * PLACES {
            let login = login(&number.to_string(), "right");
            proven.learn(&login, now);
            assert!(proven.knows(&login, now));
        }
        assert_eq!(proven.places.lock().expect("unharmed").len(), PLACES);
    }
}
