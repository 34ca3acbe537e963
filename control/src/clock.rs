//! The wall clock beside the monotonic one: what it shows, and when it jumps.
//!
//! Control counts on monotonic time. The wall clock only says where in the week we are; one that jumps
//! says that nobody knew where in the week we were, so a running cycle ends.

use core::ops::Range;
use core::time::Duration;

use crate::{Monotonic, UnixMillis};

/// How long a site may be without a set clock before that is an alarm: a start takes a moment.
pub const UNSET_ALARM_AFTER: Duration = Duration::from_mins(10);

/// What a clock that is set can show: from 2025, before which this program was not, to 2200. What lies
/// outside shows that it is not set, whatever says so.
pub const PLAUSIBLE: Range<UnixMillis> =
    UnixMillis(1_735_689_600_000)..UnixMillis(7_258_118_400_000);

/// How far a clock that is set may go from where it is taken to be before that is moved. Its time and
/// monotonic time are each cut to whole milliseconds, and a clock that is kept right is moved by hairs:
/// every moment of a plan would else be another one at each look.
const SLACK: Duration = Duration::from_secs(1);

/// What is known of the wall clock.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct WallClock {
    /// What it showed when it was last set, and when that was.
    pub(crate) shown: Option<(UnixMillis, Monotonic)>,
    /// By what moments are translated: something that it has shown and has kept to since, within
    /// [`SLACK`].
    pub(crate) anchor: Option<(UnixMillis, Monotonic)>,
    /// Since when it has not been set; `None` while it is.
    pub(crate) unset_since: Option<Monotonic>,
}

impl WallClock {
    /// A clock that nobody has looked at.
    pub(crate) const fn new(now: Monotonic) -> Self {
        Self {
            shown: None,
            anchor: None,
            unset_since: Some(now),
        }
    }

    /// Takes in what it shows now; by how many seconds it has jumped, if by more than `tolerance`, since it
    /// was last set.
    pub(crate) fn observe(
        &mut self,
        wall: Option<UnixMillis>,
        now: Monotonic,
        tolerance: Duration,
    ) -> Option<f64> {
        let Some(wall) = wall.filter(|wall| PLAUSIBLE.contains(wall)) else {
            self.unset_since.get_or_insert(now);
            return None;
        };
        self.unset_since = None;
        let off_from = |(wall_before, then): (UnixMillis, Monotonic)| {
            let expected = wall_before.after(now.since(then));
            let sign = if wall < expected { -1.0 } else { 1.0 };
            (wall.since(expected).max(expected.since(wall)), sign)
        };
        let kept = (self.anchor).is_some_and(|anchor| off_from(anchor).0 < SLACK);
        if !kept {
            self.anchor = Some((wall, now));
        }
        let (off, sign) = off_from(self.shown.replace((wall, now))?);
        (off > tolerance).then_some(sign * off.as_secs_f64())
    }

    /// What it shows; `None` while it is not set.
    pub(crate) fn now(&self) -> Option<UnixMillis> {
        let (wall, _) = self.shown.filter(|_| self.unset_since.is_none())?;
        Some(wall)
    }

    fn anchor(&self) -> Option<(UnixMillis, Monotonic)> {
        self.anchor.filter(|_| self.unset_since.is_none())
    }

    /// Whether it has not been set for so long that somebody should know.
    pub(crate) fn overdue(&self, now: Monotonic) -> bool {
        self.unset_since
            .is_some_and(|since| now.since(since) >= UNSET_ALARM_AFTER)
    }

    /// The monotonic moment at which it shows, or showed, `wall`.
    pub(crate) fn monotonic(&self, wall: UnixMillis) -> Option<Monotonic> {
        let (shown, at) = self.anchor()?;
        Some(if wall >= shown {
            at.after(wall.since(shown))
        } else {
            at.before(shown.since(wall))
        })
    }

    /// What it shows, or showed, at a monotonic moment.
    pub(crate) fn wall(&self, moment: Monotonic) -> Option<UnixMillis> {
        let (shown, at) = self.anchor()?;
        Some(if moment >= at {
            shown.after(moment.since(at))
        } else {
            shown.before(at.since(moment))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOLERANCE: Duration = Duration::from_secs(30);
    const NOON: UnixMillis = UnixMillis(1_790_000_000_000);

    fn at(seconds: u64) -> Monotonic {
        Monotonic::START.after(Duration::from_secs(seconds))
    }

    fn shown(seconds: i64) -> Option<UnixMillis> {
        Some(UnixMillis(NOON.0 + seconds * 1000))
    }

    #[test]
    fn a_jump_is_more_than_the_tolerance_in_either_direction() {
        for (shows, jump) in [
            (33, None),
            (34, Some(31.0)),
            (-27, None),
            (-28, Some(-31.0)),
        ] {
            let mut clock = WallClock::new(at(0));
            assert_eq!(clock.observe(shown(0), at(0), TOLERANCE), None);
            assert_eq!(
                clock.observe(shown(shows), at(3), TOLERANCE),
                jump,
                "{shows} s"
            );
        }
    }

    #[test]
    fn a_clock_that_is_set_for_the_first_time_has_not_jumped() {
        let mut clock = WallClock::new(at(0));
        assert_eq!(clock.observe(None, at(0), TOLERANCE), None);
        assert_eq!(clock.observe(shown(0), at(3), TOLERANCE), None);
    }

    #[test]
    fn a_clock_that_was_unset_meanwhile_has_jumped_all_the_same() {
        for (shows, jump) in [(100, None), (40_000, Some(39_900.0))] {
            let mut clock = WallClock::new(at(0));
            clock.observe(shown(0), at(0), TOLERANCE);
            assert_eq!(clock.observe(None, at(50), TOLERANCE), None);
            assert_eq!(clock.now(), None);
            assert_eq!(clock.monotonic(NOON), None);
            assert_eq!(clock.observe(shown(shows), at(100), TOLERANCE), jump);
        }
    }

    #[test]
    fn what_no_clock_of_this_time_shows_is_no_time() {
        let mut clock = WallClock::new(at(0));
        for (shows, set) in [
            (PLAUSIBLE.start.0 - 1, false),
            (PLAUSIBLE.start.0, true),
            (PLAUSIBLE.end.0 - 1, true),
            (PLAUSIBLE.end.0, false),
            (i64::MAX, false),
        ] {
            clock.observe(Some(UnixMillis(shows)), at(0), TOLERANCE);
            assert_eq!(clock.now().is_some(), set, "{shows}");
        }
    }

    #[test]
    fn a_clock_that_stays_unset_is_overdue_after_ten_minutes() {
        let mut clock = WallClock::new(at(0));
        assert!(!clock.overdue(at(599)));
        assert!(clock.overdue(at(600)));
        clock.observe(shown(0), at(601), TOLERANCE);
        assert!(!clock.overdue(at(700)));
        clock.observe(None, at(700), TOLERANCE);
        assert!(!clock.overdue(at(1299)));
        assert!(clock.overdue(at(1300)));
    }

    #[test]
    fn a_clock_that_goes_by_hairs_moves_no_moment_until_they_add_up() {
        let mut clock = WallClock::new(at(0));
        clock.observe(shown(0), at(0), TOLERANCE);
        for off in [1, -1, 999, -999, 0] {
            let wall = UnixMillis(NOON.0 + 60_000 + off);
            clock.observe(Some(wall), at(60), TOLERANCE);
            assert_eq!(clock.now(), Some(wall), "what it shows is told as it is");
            assert_eq!(clock.monotonic(NOON), Some(at(0)), "{off} ms");
            assert_eq!(clock.wall(at(0)), Some(NOON), "{off} ms");
        }
        let wall = UnixMillis(NOON.0 + 61_000);
        clock.observe(Some(wall), at(60), TOLERANCE);
        assert_eq!(clock.wall(at(60)), Some(wall));
    }

    #[test]
    fn moments_translate_both_ways() {
        let mut clock = WallClock::new(at(0));
        assert_eq!(clock.monotonic(NOON), None);
        clock.observe(shown(0), at(100), TOLERANCE);
        for (wall, monotonic) in [
            (50, at(150)),
            (-40, at(60)),
            (-160, Monotonic::from_millis(-60_000)),
        ] {
            let wall = shown(wall).expect("a moment");
            assert_eq!(clock.monotonic(wall), Some(monotonic));
            assert_eq!(clock.wall(monotonic), Some(wall));
        }
    }
}
