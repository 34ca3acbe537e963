//! Slows guessing down: how soon after failed logins the next attempt is looked at.
//!
//! Counted for each user from each source, and for each source over all users, so that a site with a wrong
//! password keeps none of its neighbours out. Not over all users where an address carries many sources: one
//! who guesses through the bridge would keep everybody out who comes through it, and the bridge itself.
//! Pure: time is an argument.

use std::net::IpAddr;
use std::time::Duration;

use releve_logins::{Failures, Rules};
use tokio::time::Instant;

use crate::source::{Source, carries_others};

/// Of one user at one source. Its programs may come back all at once.
const OF_A_USER: Rules = Rules {
    free: 3,
    together: 32,
    remembered: 10_000,
};
/// Of one source over all users.
const OF_A_SOURCE: Rules = Rules {
    free: 30,
    together: u32::MAX,
    remembered: 10_000,
};

/// A login that is being looked at.
#[derive(Debug)]
pub(super) struct Attempt {
    source: Source,
    /// Whether it counts for the source over all users, too.
    is_of_one: bool,
    user: String,
}

/// What is remembered of failed logins.
#[derive(Debug)]
pub(super) struct Throttle {
    users: Failures<(Source, String)>,
    sources: Failures<Source>,
}

impl Throttle {
    /// Nothing yet.
    pub fn new() -> Self {
        Self {
            users: Failures::new(OF_A_USER),
            sources: Failures::new(OF_A_SOURCE),
        }
    }

    /// An attempt begins. Else says how long to wait.
    pub fn begin(
        &mut self,
        address: IpAddr,
        user: &str,
        now: Instant,
    ) -> Result<Attempt, Duration> {
        let attempt = Attempt {
            source: Source::from(address),
            is_of_one: !carries_others(address),
            user: user.to_owned(),
        };
        let now = now.into_std();
        if attempt.is_of_one
            && let Some(wait) = self.sources.wait(&attempt.source, now)
        {
            return Err(wait);
        }
        self.users
            .begin((attempt.source, attempt.user.clone()), now)?;
        Ok(attempt)
    }

    /// It was the wrong password.
    pub fn failed(&mut self, attempt: Attempt, now: Instant) {
        let now = now.into_std();
        if attempt.is_of_one {
            self.sources.failed(attempt.source, now);
        }
        let user = (attempt.source, attempt.user);
        self.users.ended(&user);
        self.users.failed(user, now);
    }

    /// It was the right one.
    pub fn succeeded(&mut self, attempt: Attempt) {
        self.users.succeeded(&(attempt.source, attempt.user));
    }

    /// Nobody waited for the answer.
    pub fn given_up(&mut self, attempt: Attempt) {
        self.users.ended(&(attempt.source, attempt.user));
    }

    /// Forgets all failures: passwords have changed.
    pub fn forget(&mut self) {
        self.users.clear();
        self.sources.clear();
    }
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
        let mut throttle = Throttle::new();
        let here = source("192.0.2.1");
        let mut now = Instant::now();
        assert_eq!(fail(&mut throttle, here, "cabin", now), 3);
        for seconds in [1, 2, 4, 8, 16, 30, 30] {
            let wait = throttle.begin(here, "cabin", now).unwrap_err();
            assert_eq!(wait, Duration::from_secs(seconds));
            now += wait;
            assert_eq!(fail(&mut throttle, here, "cabin", now), 1);
        }
        now += Duration::from_mins(10);
        assert_eq!(fail(&mut throttle, here, "cabin", now), 3);
    }

    #[test]
    fn others_do_not_wait_until_the_source_is_suspicious() {
        let mut throttle = Throttle::new();
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
            let mut throttle = Throttle::new();
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
        let mut throttle = Throttle::new();
        let here = source("192.0.2.1");
        let now = Instant::now();
        fail(&mut throttle, here, "cabin", now);
        let later = now + Duration::from_secs(1);
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
        let mut throttle = Throttle::new();
        let here = source("192.0.2.1");
        let now = Instant::now();
        let attempts: Vec<_> = (0..OF_A_USER.together)
            .map(|_| throttle.begin(here, "web", now).unwrap())
            .collect();
        assert!(throttle.begin(here, "web", now).is_err());
        for attempt in attempts {
            throttle.given_up(attempt);
        }
        assert!(throttle.begin(here, "web", now).is_ok());
    }

    #[test]
    fn loopback_addresses_are_sources_of_their_own() {
        let mut throttle = Throttle::new();
        let now = Instant::now();
        // The bridge brings browsers from another address than the one it comes from itself.
        let browsers = source("127.0.0.2");
        assert_eq!(fail(&mut throttle, browsers, "main", now), 3);
        assert!(throttle.begin(browsers, "main", now).is_err());
        assert!(throttle.begin(source("127.0.0.1"), "main", now).is_ok());
        for number in 0..100 {
            let name = format!("guess-{number}");
            assert_eq!(fail(&mut throttle, browsers, &name, now), 3);
        }
        assert!(throttle.begin(browsers, "anna", now).is_ok());
    }
}
