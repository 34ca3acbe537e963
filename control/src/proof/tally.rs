//! How often each cause came up, and which of them wait for a person, by the notebook's own reckoning.

use core::time::Duration;

use crate::Monotonic;
use crate::vocabulary::AlarmName;

/// The causes of which repeated trips latch, by their alarms.
pub(super) const COUNTED: [AlarmName; 5] = [
    AlarmName::TemperatureLimit,
    AlarmName::TemperatureLow,
    AlarmName::VoltageHardLimit,
    AlarmName::DataLost,
    AlarmName::BatteryAtFloor,
];

/// A cause that one sample begins and three later ones in a row end: how many of them there were.
pub(super) type Streak = Option<u8>;

/// One more sample.
pub(super) fn weigh(streak: Streak, begins: bool, ends: bool) -> Streak {
    match streak {
        _ if begins => Some(0),
        Some(refuting) if ends => Some(refuting + 1).filter(|refuting| *refuting < 3),
        Some(_) => Some(0),
        None => None,
    }
}

/// The trips of one cause.
#[derive(Debug, Clone, Default)]
pub(super) struct Tally {
    pub(super) held: bool,
    pub(super) trips: Vec<Monotonic>,
    /// While it waits for a person: whether one has spoken, and only the cause still holds.
    pub(super) waits: Option<bool>,
}

impl Tally {
    pub(super) fn note(&mut self, holds: bool, most: u32, within: Duration, now: Monotonic) {
        let recent = |trip: &Monotonic| now.since(*trip) <= within;
        self.trips = self.trips.iter().copied().filter(recent).collect();
        if holds && !self.held {
            self.trips.push(now);
            if self.waits.is_none() && self.trips.len() >= most as usize {
                self.waits = Some(false);
            }
        }
        self.held = holds;
        self.settle();
    }

    pub(super) fn acknowledge(&mut self) {
        self.waits = self.waits.map(|_| true);
        self.settle();
    }

    fn settle(&mut self) {
        if self.waits == Some(true) && !self.held {
            self.waits = None;
            self.trips.clear();
        }
    }
}

/// A thermal runaway that was seen.
#[derive(Debug, Clone, Copy)]
pub(super) struct Runaway {
    /// The temperature at its beginning, °C.
    pub(super) celsius: f64,
    pub(super) acknowledged: bool,
    /// Samples in a row in which the battery was cool again.
    pub(super) cool: u8,
}

impl Runaway {
    pub(super) fn is_over(&self) -> bool {
        self.acknowledged && self.cool >= 3
    }
}
