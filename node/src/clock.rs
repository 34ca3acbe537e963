//! Site time: the monotonic clock that control counts on, and the wall clock that stamps.

mod site_time;
mod trust;
mod witness;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use releve_control::clock::PLAUSIBLE;
use releve_control::{Monotonic, UnixMillis};
use releve_protocol::Timestamp;
use releve_protocol::info;
use tokio::time::Instant;

pub use site_time::SiteTime;

/// How far in the past an accelerated simulation starts, days.
///
/// Site time must not pass the present, which stores of measurements refuse. At a speed `s` it gets
/// there after `400 / (s - 1)` days: three weeks at 20 times real time, nine hours at 1000 times.
pub const PAST_DAYS: u64 = 400;

const DAY_MILLIS: i64 = 24 * 3600 * 1000;

/// The greatest speed: above it, windows follow one another faster than messages can.
pub const SPEED_MAX: f64 = 2000.0;

/// The clock of one site. Copies show the same time.
#[derive(Debug, Clone, Copy)]
pub struct SiteClock {
    began: Instant,
    speed: f64,
    wall: Wall,
}

#[derive(Debug, Clone, Copy)]
enum Wall {
    /// The computer's own wall clock, with its jumps.
    Real,
    /// Runs beside the monotonic clock from that moment.
    Simulated { start: Timestamp },
}

/// The speed cannot be had.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("the speed must lie between 1 and {SPEED_MAX} times real time; {speed} does not")]
pub struct SpeedError {
    speed: f64,
}

impl SiteClock {
    /// Site time is real time.
    #[must_use]
    pub fn real() -> Self {
        Self {
            began: Instant::now(),
            speed: 1.0,
            wall: Wall::Real,
        }
    }

    /// Site time runs `speed` times as fast as real time, from that hour (UTC) of the day
    /// [`PAST_DAYS`] ago; at a speed of 1 it is real time.
    ///
    /// # Errors
    /// Unless 1 ≤ `speed` ≤ [`SPEED_MAX`].
    pub fn accelerated(speed: f64, hour: f64) -> Result<Self, SpeedError> {
        if !(1.0..=SPEED_MAX).contains(&speed) {
            return Err(SpeedError { speed });
        }
        if speed == 1.0 {
            return Ok(Self::real());
        }
        let past = Duration::from_hours(PAST_DAYS * 24);
        let then = unix_millis(SystemTime::now() - past);
        let midnight = then - then.rem_euclid(DAY_MILLIS);
        let hour = Duration::from_hours(1).mul_f64(hour.clamp(0.0, 24.0));
        Ok(Self {
            began: Instant::now(),
            speed,
            wall: Wall::Simulated {
                start: shifted(Timestamp::from_unix_millis(midnight), signed_millis(hour)),
            },
        })
    }

    /// What the clock shows. That of a computer is not known to be right: [`SiteTime`] judges it.
    #[must_use]
    pub fn now(&self) -> Now {
        let elapsed = self.began.elapsed().mul_f64(self.speed);
        let monotonic = Monotonic::START.after(elapsed);
        let real = Timestamp::from_unix_millis(unix_millis(SystemTime::now()));
        let site = match self.wall {
            Wall::Real => real,
            Wall::Simulated { start } => shifted(start, monotonic.as_millis()),
        };
        Now {
            monotonic,
            site,
            real,
            is_known: matches!(self.wall, Wall::Simulated { .. }),
        }
    }

    /// What the clock shows to whoever takes the next sample at `due`.
    ///
    /// Simulated time waits for that sample: a computer that is too busy makes time pass more slowly
    /// at a simulated site, where it would otherwise look like sensors that went silent. Real time
    /// waits for nobody.
    #[must_use]
    pub fn now_until(&self, due: Monotonic) -> Now {
        let now = self.now();
        match self.wall {
            Wall::Simulated { .. } if now.monotonic > due => Now {
                monotonic: due,
                site: now.stamp(due),
                ..now
            },
            _ => now,
        }
    }

    /// When the sample after that of `due` is due, `period` being the time between two. Real samples
    /// that were missed are left out; simulated ones are made up for.
    #[must_use]
    pub fn next_due(&self, due: Monotonic, period: Duration) -> Monotonic {
        let next = due.after(period);
        let now = self.now().monotonic;
        if next > now || matches!(self.wall, Wall::Simulated { .. }) {
            return next;
        }
        let missed = now.since(next).as_millis() / period.as_millis().max(1) + 1;
        let missed = u32::try_from(missed).unwrap_or(u32::MAX);
        next.after(period.saturating_mul(missed))
    }

    /// When the clock will show that monotonic moment.
    #[must_use]
    pub fn instant_of(&self, moment: Monotonic) -> Instant {
        let site = moment.since(Monotonic::START);
        self.began + site.div_f64(self.speed)
    }

    /// Seconds of site time in a second of real time.
    #[must_use]
    pub const fn speed(&self) -> f64 {
        self.speed
    }
}

/// One moment, on every clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// Site time since the program began.
    pub monotonic: Monotonic,
    /// Site time for stamps.
    pub site: Timestamp,
    /// Real time, for deadlines that come over the network.
    pub real: Timestamp,
    /// Whether the wall clock is believed. Where it is not, stamps are right relative to one another alone.
    pub is_known: bool,
}

impl Now {
    /// The stamp of a monotonic moment, past or future.
    #[must_use]
    pub fn stamp(&self, moment: Monotonic) -> Timestamp {
        let ahead = moment
            .as_millis()
            .saturating_sub(self.monotonic.as_millis());
        shifted(self.site, ahead)
    }

    /// What the wall clock shows to calendars and records; `None` while nobody knows what time it is.
    #[must_use]
    pub fn wall(&self) -> Option<UnixMillis> {
        let shown = UnixMillis(self.site.as_unix_millis());
        (self.is_known && PLAUSIBLE.contains(&shown)).then_some(shown)
    }

    /// How site time runs, as `info` tells it.
    #[must_use]
    pub const fn clock_info(&self, speed: f64) -> info::Clock {
        info::Clock {
            speed,
            site: self.site,
            real: self.real,
        }
    }
}

fn signed_millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

fn shifted(moment: Timestamp, millis: i64) -> Timestamp {
    Timestamp::from_unix_millis(moment.as_unix_millis().saturating_add(millis))
}

/// Milliseconds since 1970; before it, zero: no computer's clock is right then.
pub(crate) fn unix_millis(time: SystemTime) -> i64 {
    signed_millis(time.duration_since(UNIX_EPOCH).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn an_accelerated_clock_starts_in_the_past_and_runs_at_its_speed() {
        let clock = SiteClock::accelerated(20.0, 11.5).expect("a speed within bounds");
        let first = clock.now();
        let past = first.real.as_unix_millis() - first.site.as_unix_millis();
        assert!((past - 400 * DAY_MILLIS).abs() <= DAY_MILLIS);
        assert_eq!(
            first.site.as_unix_millis() % DAY_MILLIS,
            11 * 3_600_000 + 1_800_000
        );
        tokio::time::advance(Duration::from_mins(1)).await;
        let later = clock.now();
        assert_eq!(
            later.monotonic.since(first.monotonic),
            Duration::from_secs(1200)
        );
        assert_eq!(
            later.site.as_unix_millis() - first.site.as_unix_millis(),
            1_200_000
        );
        assert_eq!(clock.instant_of(later.monotonic), Instant::now());
    }

    const PERIOD: Duration = Duration::from_secs(3);

    #[tokio::test(start_paused = true)]
    async fn simulated_time_waits_for_the_samples_that_were_missed() {
        let clock = SiteClock::accelerated(20.0, 0.0).expect("a speed within bounds");
        tokio::time::advance(Duration::from_secs(1)).await;
        let mut due = Monotonic::START.after(PERIOD);
        for seconds in [3, 6, 9, 12, 15, 18] {
            let now = clock.now_until(due);
            assert_eq!(now.monotonic, Monotonic::from_millis(seconds * 1000));
            assert_eq!(now.site, clock.now().stamp(now.monotonic));
            due = clock.next_due(due, PERIOD);
        }
        // All made up for: the next one lies ahead, and time runs again.
        assert!(due > clock.now().monotonic);
        assert_eq!(clock.now_until(due).monotonic, clock.now().monotonic);
    }

    #[tokio::test(start_paused = true)]
    async fn real_samples_that_were_missed_are_left_out() {
        let clock = SiteClock::real();
        let due = Monotonic::START.after(PERIOD);
        tokio::time::advance(Duration::from_secs(10)).await;
        assert_eq!(
            clock.now_until(due).monotonic,
            Monotonic::from_millis(10_000)
        );
        assert_eq!(clock.next_due(due, PERIOD), Monotonic::from_millis(12_000));
        tokio::time::advance(Duration::from_secs(2)).await;
        assert_eq!(clock.next_due(due, PERIOD), Monotonic::from_millis(15_000));
    }

    #[test]
    fn a_speed_out_of_bounds_is_refused() {
        for speed in [0.5, 0.0, -1.0, 2001.0, f64::NAN, f64::INFINITY] {
            assert!(SiteClock::accelerated(speed, 0.0).is_err(), "{speed}");
        }
    }

    #[test]
    fn stamps_reach_before_and_after_now() {
        let now = Now {
            monotonic: Monotonic::from_millis(10_000),
            site: Timestamp::from_unix_millis(1_000_000),
            real: Timestamp::from_unix_millis(0),
            is_known: true,
        };
        assert_eq!(
            now.stamp(Monotonic::from_millis(4_000)).as_unix_millis(),
            994_000
        );
        assert_eq!(
            now.stamp(Monotonic::from_millis(13_000)).as_unix_millis(),
            1_003_000
        );
    }
}
