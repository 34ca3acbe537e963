//! Whether the computer's wall clock shows the time: by what it shows, what this site has recorded, who speaks
//! for it, and how long this run of the machine has lasted.

use std::time::Duration;

use releve_control::Monotonic;
use releve_control::UnixMillis;
use releve_control::clock::PLAUSIBLE;
use releve_protocol::Timestamp;

use super::Now;

/// How far behind the newest record a clock may be: it was kept right while that was written, and is a little
/// slow now.
const BEHIND: Duration = Duration::from_secs(5);
/// A clock that moves this far at once was set: whoever keeps one right by slewing moves it by far less
/// between two looks.
const SET_BY: Duration = Duration::from_secs(5);

/// Who speaks for the wall clock, the weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Witness {
    /// Nobody.
    #[default]
    Nobody,
    /// A clock chip shows the same.
    ClockChip,
    /// The time came from the network in this run of the machine.
    Network,
}

/// What is known of the computer's wall clock. Once it is believed, it stays so.
///
/// A computer without a clock chip starts at the time that it saved last, which looks right and is late by as
/// long as it was off. So a clock that nobody speaks for is believed only after a while: without a network
/// nobody ever will.
#[derive(Debug, Clone)]
pub struct Trust {
    newest_record: Option<Timestamp>,
    patience_ends: Monotonic,
    /// How far the wall clock was ahead of the monotonic one at the last look, ms.
    ahead: Option<i64>,
    was_set: bool,
    is_known: bool,
}

impl Trust {
    /// A clock that nobody has looked at, at a site whose newest record is of that moment. After `patience`
    /// one that nobody speaks for is believed.
    #[must_use]
    pub fn new(newest_record: Option<Timestamp>, patience: Duration) -> Self {
        Self {
            newest_record,
            patience_ends: Monotonic::START.after(patience),
            ahead: None,
            was_set: false,
            is_known: false,
        }
    }

    /// That moment, with whether what the clock shows is believed.
    #[must_use]
    pub fn judge(&mut self, now: Now, witness: Witness) -> Now {
        self.watch_it_being_set(now);
        self.is_known |= now.is_known || self.is_believed(now, witness);
        Now {
            is_known: self.is_known,
            ..now
        }
    }

    fn is_believed(&self, now: Now, witness: Witness) -> bool {
        if !PLAUSIBLE.contains(&UnixMillis(now.site.as_unix_millis())) {
            return false;
        }
        // Whoever set it in this run of the machine knew better than the one that stamped the last record.
        if self.was_set || witness == Witness::Network {
            return true;
        }
        let behind = self.newest_record.map_or(0, |newest| {
            newest.as_unix_millis() - now.site.as_unix_millis()
        });
        let goes_on = behind <= millis(BEHIND);
        goes_on && (witness == Witness::ClockChip || now.monotonic >= self.patience_ends)
    }

    fn watch_it_being_set(&mut self, now: Now) {
        let ahead = now.site.as_unix_millis() - now.monotonic.as_millis();
        let before = self.ahead.replace(ahead);
        self.was_set |= before.is_some_and(|before| (ahead - before).abs() >= millis(SET_BY));
    }
}

const fn millis(duration: Duration) -> i64 {
    duration.as_millis() as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_mins(10);
    const NOON: i64 = 1_790_000_000_000;

    fn trust(newest_record: Option<i64>) -> Trust {
        Trust::new(newest_record.map(Timestamp::from_unix_millis), PATIENCE)
    }

    /// The moment that many seconds after the start, `shown` at the start.
    fn at(seconds: i64, shown: i64) -> Now {
        let site = Timestamp::from_unix_millis(shown + 1000 * seconds);
        Now {
            monotonic: Monotonic::from_millis(1000 * seconds),
            site,
            real: site,
            is_known: false,
        }
    }

    fn is_known(trust: &mut Trust, now: Now, witness: Witness) -> bool {
        trust.judge(now, witness).is_known
    }

    #[test]
    fn a_clock_of_1970_or_of_a_year_far_ahead_is_known_by_no_witness() {
        for shown in [0, 1_735_000_000_000, 7_300_000_000_000] {
            let mut trust = trust(None);
            assert!(!is_known(&mut trust, at(0, shown), Witness::Network));
            assert!(!is_known(&mut trust, at(86_400, shown), Witness::ClockChip));
        }
    }

    #[test]
    fn a_witness_makes_it_known_at_once_and_for_good() {
        for witness in [Witness::ClockChip, Witness::Network] {
            let mut trust = trust(None);
            assert!(!is_known(&mut trust, at(0, NOON), Witness::Nobody));
            assert!(is_known(&mut trust, at(3, NOON), witness));
            assert!(is_known(&mut trust, at(6, NOON), Witness::Nobody));
        }
    }

    #[test]
    fn a_plausible_one_that_nobody_speaks_for_is_known_after_a_while() {
        let mut trust = trust(Some(NOON));
        assert!(!is_known(&mut trust, at(0, NOON), Witness::Nobody));
        assert!(!is_known(&mut trust, at(599, NOON), Witness::Nobody));
        assert!(is_known(&mut trust, at(600, NOON), Witness::Nobody));
        let mut at_once = Trust::new(None, Duration::ZERO);
        assert!(is_known(&mut at_once, at(0, NOON), Witness::Nobody));
    }

    #[test]
    fn one_that_shows_less_than_the_newest_record_is_not_known_by_waiting() {
        let mut trust = trust(Some(NOON + 700_000));
        assert!(!is_known(&mut trust, at(0, NOON), Witness::ClockChip));
        assert!(!is_known(&mut trust, at(694, NOON), Witness::Nobody));
        // Five seconds may be the clock's own error.
        assert!(is_known(&mut trust, at(695, NOON), Witness::Nobody));
    }

    #[test]
    fn the_network_knows_better_than_the_newest_record() {
        let mut trust = trust(Some(NOON + 86_400_000));
        assert!(!is_known(&mut trust, at(0, NOON), Witness::ClockChip));
        assert!(is_known(&mut trust, at(3, NOON), Witness::Network));
    }

    #[test]
    fn one_that_was_seen_being_set_is_known() {
        for jump in [3_600_000, -3_600_000, 5000] {
            let mut trust = trust(Some(NOON + 86_400_000));
            assert!(!is_known(&mut trust, at(0, NOON), Witness::Nobody));
            assert!(is_known(&mut trust, at(3, NOON + jump), Witness::Nobody));
        }
        let mut from_1970 = trust(None);
        assert!(!is_known(&mut from_1970, at(0, 0), Witness::Nobody));
        assert!(is_known(&mut from_1970, at(3, NOON), Witness::Nobody));
    }

    #[test]
    fn one_that_is_slewed_was_not_set() {
        let mut trust = trust(None);
        for look in 0..100 {
            let slewed = NOON + 15 * look;
            assert!(!is_known(&mut trust, at(3 * look, slewed), Witness::Nobody));
        }
    }

    #[test]
    fn a_simulated_clock_is_known_without_anybody() {
        let simulated = Now {
            is_known: true,
            ..at(0, NOON)
        };
        assert!(is_known(
            &mut trust(Some(2 * NOON)),
            simulated,
            Witness::Nobody
        ));
    }
}
