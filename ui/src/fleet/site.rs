//! One site as this page knows it.

use releve_protocol::control::{Alarm, RelayName, RelayState};
use releve_protocol::{Availability, DecodeError, Info, NodeId, Reading, State, Timestamp};

use super::history::History;

/// A value with the moment at which it reached us.
#[derive(Debug, Clone, PartialEq)]
pub struct Received<T> {
    /// The value.
    pub value: T,
    /// When it came, in milliseconds of Unix time.
    pub at_ms: f64,
    /// Whether the broker had kept it, so that it may be older than its receipt.
    pub is_retained: bool,
}

/// One site.
#[derive(Debug, Clone)]
pub struct Site {
    /// Its id.
    pub id: NodeId,
    /// Whether it is connected to the broker, as far as that is known.
    pub availability: Option<Availability>,
    /// What it is.
    pub info: Option<Info>,
    /// How it stands.
    pub state: Option<State>,
    /// The newest averages.
    pub reading: Option<Received<Reading>>,
    /// The last minutes.
    pub history: History,
    /// What was wrong with the last payload that could not be read; none once one can be read again.
    pub unreadable: Option<DecodeError>,
    /// The newest stamp that came live, and when: what the site's clock shows is reckoned from it.
    clock_seen: Option<ClockSeen>,
}

#[derive(Debug, Clone, Copy)]
struct ClockSeen {
    site_ms: f64,
    real_ms: f64,
}

pub(super) fn millis(moment: Timestamp) -> f64 {
    moment.as_unix_millis() as f64
}

impl Site {
    /// A site of which nothing but its id is known.
    pub const fn new(id: NodeId) -> Self {
        Self {
            id,
            availability: None,
            info: None,
            state: None,
            reading: None,
            history: History::new(),
            unreadable: None,
            clock_seen: None,
        }
    }

    /// The name for people.
    pub fn name(&self) -> &str {
        self.info
            .as_ref()
            .map_or(self.id.as_str(), |info| info.name.as_str())
    }

    /// Active alarms as last heard, the oldest first.
    pub fn alarms(&self) -> &[Alarm<Timestamp>] {
        self.state
            .as_ref()
            .map_or(&[], |state| state.alarms.as_slice())
    }

    /// Its time zone by its IANA name: that of its schedule, for nothing else tells.
    pub fn time_zone(&self) -> Option<&str> {
        let schedule = self.state.as_ref()?.schedule.as_ref()?;
        Some(&schedule.time_zone)
    }

    /// A relay as last heard of.
    pub fn relay(&self, name: RelayName) -> Option<&RelayState<Timestamp>> {
        self.state.as_ref().map(|state| &state.relays[name])
    }

    /// Seconds of site time in a second of real time; 1 until the site has told.
    pub fn speed(&self) -> f64 {
        self.info
            .as_ref()
            .map(|info| info.clock.speed)
            .filter(|speed| speed.is_finite() && *speed > 0.0)
            .unwrap_or(1.0)
    }

    /// Length of a window in seconds of site time.
    pub fn window_s(&self) -> f64 {
        let of_info = self.info.as_ref().map(|info| info.window_s);
        let of_reading = self.reading.as_ref().map(|reading| reading.value.window_s);
        of_info
            .or(of_reading)
            .filter(|window| window.is_finite() && *window > 0.0)
            .unwrap_or(30.0)
    }

    /// What the site's clock shows at that real moment, in milliseconds of Unix time.
    pub fn site_time_ms(&self, now_ms: f64) -> Option<f64> {
        if let Some(seen) = self.clock_seen {
            let elapsed_ms = (now_ms - seen.real_ms).max(0.0);
            return Some(seen.site_ms + elapsed_ms * self.speed());
        }
        let clock = &self.info.as_ref()?.clock;
        Some(millis(clock.site) + (now_ms - millis(clock.real)) * self.speed())
    }

    /// The real moment at which the site's clock showed `moment`, by what the site said of its clock.
    pub fn real_time_ms(&self, moment: Timestamp) -> f64 {
        self.info.as_ref().map_or(millis(moment), |info| {
            let since_ms = millis(moment) - millis(info.clock.site);
            millis(info.clock.real) + since_ms / self.speed()
        })
    }

    pub(super) fn info_received(&mut self, info: Info) {
        if self
            .info
            .as_ref()
            .is_some_and(|old| old.clock != info.clock)
        {
            self.clock_seen = None;
        }
        self.info = Some(info);
    }

    /// Takes the state; says whether readings are missing between the last ones known.
    pub(super) fn state_received(&mut self, state: State, retained: bool, now_ms: f64) -> bool {
        if !retained {
            self.see_clock(state.at, now_ms);
        }
        let reading = state.last_reading.clone();
        let before = self.state.as_ref();
        let stamped_anew = state.clock_known && before.is_some_and(|before| !before.clock_known);
        if stamped_anew {
            // What was shown meanwhile has other stamps by now, and after a day other numbers, too.
            self.reading = None;
            self.history = History::new();
        }
        self.state = Some(state);
        let missed =
            reading.is_some_and(|reading| self.reading_received(reading, retained, now_ms));
        missed || stamped_anew
    }

    /// Takes a reading; says whether readings are missing before it.
    pub(super) fn reading_received(
        &mut self,
        reading: Reading,
        retained: bool,
        now_ms: f64,
    ) -> bool {
        if let Some(known) = &self.reading {
            let is_same_journal = known.value.epoch == reading.epoch;
            if is_same_journal && reading.seq <= known.value.seq {
                return false;
            }
        }
        if !retained {
            self.see_clock(reading.at, now_ms);
        }
        let missed = self.history.push(&reading);
        self.reading = Some(Received {
            value: reading,
            at_ms: now_ms,
            is_retained: retained,
        });
        missed
    }

    fn see_clock(&mut self, stamp: Timestamp, now_ms: f64) {
        self.clock_seen = Some(ClockSeen {
            site_ms: millis(stamp),
            real_ms: now_ms,
        });
    }
}
