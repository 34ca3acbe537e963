//! What is known of one node.

use std::sync::Arc;
use std::time::Duration;

use releve_protocol::{Availability, Epoch, Info, Reading, Stream, Timestamp};

use super::journals::{Journals, Past};
use crate::moment::Moment;

/// A node that gave no reading for that many windows of real time is silent …
const SILENT_AFTER_WINDOWS: f64 = 3.0;
/// … but not before this: in fast simulations windows are shorter than the network is regular.
const SILENT_NOT_BEFORE: Duration = Duration::from_secs(5);
/// Three windows of 30 s.
const USUALLY_SILENT_AFTER: Duration = Duration::from_secs(90);
/// The longest silence that a node's word about its windows can ask for.
const SILENT_AT_LATEST: Duration = Duration::from_hours(24);

/// Characters kept of a text that a node tells of itself.
const MAX_TEXT: usize = 80;

/// What a node tells of itself, as far as the bridge uses it.
#[derive(Debug, Clone, PartialEq)]
pub struct About {
    /// The site's name for people: one line of bounded length.
    pub name: String,
    /// Version of the node's program: one line of bounded length.
    pub version: String,
    /// Whether nothing real is measured and switched there.
    pub simulated: bool,
    /// Seconds of site time in a second of real time; 1 unless the node says something sensible.
    pub clock_speed: f64,
}

impl From<Info> for About {
    fn from(info: Info) -> Self {
        let speed = info.clock.speed;
        Self {
            name: one_line(&info.name),
            version: one_line(&info.version),
            simulated: info.hardware.simulated,
            clock_speed: if speed.is_finite() && speed > 0.0 {
                speed
            } else {
                1.0
            },
        }
    }
}

fn one_line(text: &str) -> String {
    text.chars()
        .take(MAX_TEXT)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

/// A reading and when it came.
#[derive(Debug, Clone)]
pub struct Received {
    /// The reading; shared with scrapes under way.
    pub reading: Arc<Reading>,
    /// When it came.
    pub received: Moment,
}

/// What is known of one node.
#[derive(Debug, Clone, Default)]
pub struct Node {
    /// Whether it is connected; `None` until the broker tells.
    pub availability: Option<Availability>,
    /// What it tells of itself.
    pub about: Option<About>,
    /// Whether it says that it knows the time; `None` until it says anything.
    pub clock_known: Option<bool>,
    /// Its newest live reading.
    pub last_reading: Option<Received>,
    /// Readings taken in, each once.
    pub readings: u64,
    /// Those of them that could not be stored and did not come again yet.
    pub(super) unstored: u64,
    /// Records that had been taken in before.
    pub duplicates: u64,
    pub(super) journals: Journals,
    /// When its newest reading was taken, by an earlier run of the bridge.
    pub(super) remembered_reading_at: Option<Timestamp>,
    /// Seconds of site time in a second, as it told an earlier run of the bridge.
    pub(super) remembered_speed: Option<f64>,
    /// Whether the store remembers it as it is.
    pub(super) is_saved: bool,
}

impl Node {
    /// A node that was just met.
    pub(super) fn wanting(past: Past) -> Self {
        let mut node = Self::default();
        node.journals.want(past);
        node
    }

    /// Counts a reading; one that could not be stored when it came first is counted already.
    pub(super) const fn count_reading(&mut self) {
        match self.unstored.checked_sub(1) {
            Some(fewer) => self.unstored = fewer,
            None => self.readings += 1,
        }
    }

    /// Whether its time runs faster or slower than real time.
    #[must_use]
    pub fn is_accelerated(&self) -> bool {
        self.clock_speed() != 1.0
    }

    /// Whether it is connected to the broker, as far as the broker tells.
    #[must_use]
    pub fn is_online(&self) -> bool {
        self.availability == Some(Availability::Online)
    }

    /// Its newest reading, unless it is too old to stand for the present.
    #[must_use]
    pub fn fresh_reading(&self, now: Moment) -> Option<&Arc<Reading>> {
        let last = self.last_reading.as_ref()?;
        let fresh = now.since(last.received) <= self.silent_after(&last.reading);
        (self.is_online() && fresh).then_some(&last.reading)
    }

    /// When its newest reading was taken, in real time. Where site time is not real time, when it
    /// was received.
    #[must_use]
    pub fn last_reading_at(&self) -> Option<Timestamp> {
        match &self.last_reading {
            None => self.remembered_reading_at,
            Some(last) if self.is_accelerated() => Some(last.received.wall),
            Some(last) => Some(last.reading.at),
        }
    }

    /// Seconds from the end of the window to the arrival of its newest reading; `None` where site time is not
    /// real time.
    #[must_use]
    pub fn reading_delay_seconds(&self) -> Option<f64> {
        let last = self
            .last_reading
            .as_ref()
            .filter(|_| !self.is_accelerated())?;
        Some(last.received.wall.as_unix_seconds() - last.reading.at.as_unix_seconds())
    }

    /// The journal that it began last, as far as the bridge knows.
    #[must_use]
    pub fn newest_journal(&self) -> Option<&Epoch> {
        self.journals.newest()
    }

    /// Readings that are missing and may still come.
    #[must_use]
    pub fn missing_readings(&self) -> u64 {
        self.journals.missing(Stream::Reading)
    }

    /// Readings that were lost for good.
    #[must_use]
    pub fn lost_readings(&self) -> u64 {
        self.journals.lost(Stream::Reading)
    }

    /// Requests for missing records so far.
    #[must_use]
    pub const fn resend_requests(&self) -> u64 {
        self.journals.requests()
    }

    pub(super) fn clock_speed(&self) -> f64 {
        let said = self.about.as_ref().map(|about| about.clock_speed);
        said.or(self.remembered_speed).unwrap_or(1.0)
    }

    /// For how long its newest reading stands for the present; where none came, one of usual windows.
    #[must_use]
    pub fn silent_after_last(&self) -> Duration {
        let last = self.last_reading.as_ref();
        last.map_or(USUALLY_SILENT_AFTER, |last| {
            self.silent_after(&last.reading)
        })
    }

    fn silent_after(&self, reading: &Reading) -> Duration {
        let seconds = SILENT_AFTER_WINDOWS * reading.window_s / self.clock_speed();
        Duration::try_from_secs_f64(seconds)
            .unwrap_or(SILENT_NOT_BEFORE)
            .clamp(SILENT_NOT_BEFORE, SILENT_AT_LATEST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    fn node(speed: Option<f64>, received: Moment) -> Node {
        let mut info = samples::info();
        Node {
            availability: Some(Availability::Online),
            about: speed.map(|speed| {
                info.clock.speed = speed;
                info.into()
            }),
            last_reading: Some(Received {
                reading: Arc::new(samples::reading("a", 1)),
                received,
            }),
            ..Node::default()
        }
    }

    fn is_fresh_after(node: &Node, received: Moment, seconds: u64) -> bool {
        let now = samples::after(received, Duration::from_secs(seconds));
        node.fresh_reading(now).is_some()
    }

    #[test]
    fn a_reading_stands_for_three_windows_of_real_time() {
        let received = Moment::now();
        for (speed, last, first_silent) in [
            (None, 90, 91),
            (Some(1.0), 90, 91),
            (Some(10.0), 9, 10),
            (Some(1000.0), 5, 6),
        ] {
            let node = node(speed, received);
            assert!(is_fresh_after(&node, received, last), "speed {speed:?}");
            assert!(
                !is_fresh_after(&node, received, first_silent),
                "speed {speed:?}"
            );
        }
    }

    #[test]
    fn a_senseless_clock_counts_as_real_time() {
        let received = Moment::now();
        for speed in [0.0, -1.0, f64::INFINITY, f64::NAN] {
            assert!(!is_fresh_after(&node(Some(speed), received), received, 91));
        }
    }

    #[test]
    fn a_name_from_the_network_stays_one_short_line() {
        let mut info = samples::info();
        info.name = format!("a\r\nBcc: everybody@example.org{}", "x".repeat(500));
        let about = About::from(info);
        assert!(!about.name.contains(['\r', '\n']));
        assert_eq!(about.name.chars().count(), MAX_TEXT);
    }

    #[test]
    fn a_node_that_is_away_has_no_fresh_reading() {
        let received = Moment::now();
        for availability in [None, Some(Availability::Offline)] {
            let node = Node {
                availability,
                ..node(None, received)
            };
            assert!(!is_fresh_after(&node, received, 0));
        }
    }

    #[test]
    fn in_accelerated_time_a_reading_is_as_old_as_its_receipt() {
        let received = Moment::now();
        let at = samples::reading("a", 1).at;
        assert_eq!(node(Some(1.0), received).last_reading_at(), Some(at));
        let accelerated = node(Some(20.0), received);
        assert_eq!(accelerated.last_reading_at(), Some(received.wall));
    }
}
