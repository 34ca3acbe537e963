//! Thermal runaway: current and temperature feed each other at constant voltage.
//!
//! Looks at readings, in spans of ten minutes. It trips where for an hour after the bulk of a charge the
//! voltage stayed constant and the battery took a current that no float explains, and either
//!
//! - the battery warmed within that hour while the current did not fall, or
//! - the current has doubled, and the battery warmed more, since some moment of the same constant
//!   voltage within the last day.
//!
//! A floating battery that the sun warms takes too little current; a battery in bulk charge has no
//! constant voltage, or is still below the voltage at which bulk ends; in absorption the current falls.
//! The charger stays open until the alarm is acknowledged and the battery has cooled. Nothing else
//! releases it.

use core::time::Duration;
use std::collections::VecDeque;

use crate::Monotonic;
use crate::alarms::Finding;
use crate::compensation::{REFERENCE_CELSIUS, Thresholds, shift_volts};
use crate::current::{FLOW_AMPERES, difference_error};
use crate::decision::Config;
use crate::latch::REFUTING_SAMPLES;
use crate::latest::Latest;
use crate::level::{Level, rounded};
use crate::profile::Profile;
use crate::statistics::WindowStatistics;
use crate::temperature_rise::windows_in;
use crate::verdict::{Verdict, once};
use crate::vocabulary::{Condition, Contact, LimitName, Next, Quantity, Rule, Wiring};

/// How long the voltage must have been constant (design).
pub const HOLD: Duration = Duration::from_hours(1);
/// Within how many volts of its middle a voltage is constant (design).
pub const CONSTANT_VOLTS: f64 = 0.05;
/// Least current into the battery, as a fraction of its capacity an hour: twenty times the float
/// current of a hot battery by Schiffer's law. Our choice.
pub const LEAST_FRACTION: f64 = 0.01;
/// Least current where nobody knows the capacity, A. Our choice.
pub const LEAST_AMPERES: f64 = 0.2;
/// Rise within [`HOLD`] with a current that does not fall, °C.
pub const RISE_CELSIUS: f64 = 2.0;
/// What a current that "does not fall" may lose in that time: the noise of a mean. Our choice.
pub const FALL_FRACTION: f64 = 0.05;
/// Rise within a day with a current that grows by [`GROWTH`], °C.
pub const RISE_WITH_GROWTH_CELSIUS: f64 = 3.0;
/// How many times the current must have become what it was.
pub const GROWTH: f64 = 2.0;
/// How far the battery must cool below the temperature of the trip, where that lies above
/// `temperature_warn`, °C. Our choice.
pub const COOLED_CELSIUS: f64 = 3.0;
/// Readings may be missing for this long without the count beginning anew. Our choice.
const GAP: Duration = Duration::from_mins(30);
/// Time that one span averages.
const SPAN: Duration = Duration::from_mins(10);

/// Some minutes of constant conditions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Span {
    pub(crate) end: Monotonic,
    /// Least and greatest mean voltage of its windows, V.
    pub(crate) volts: (f64, f64),
    /// Mean current into the battery, A.
    pub(crate) amperes: f64,
    /// Mean temperature, °C.
    pub(crate) celsius: f64,
}

/// The span that is being filled.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Filling {
    pub(crate) windows: u32,
    pub(crate) volts: (f64, f64),
    pub(crate) amperes: f64,
    pub(crate) celsius: f64,
}

/// A trip.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Trip {
    /// The temperature that tripped it, °C.
    pub(crate) celsius: f64,
    /// The temperature that would still have been right, °C.
    pub(crate) threshold: f64,
    pub(crate) acknowledged: bool,
    /// Samples in a row in which the battery had cooled.
    pub(crate) cool: u8,
}

/// The interlock.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ThermalRunaway {
    pub(crate) wiring: Wiring,
    pub(crate) profile: Profile,
    pub(crate) least_amperes: f64,
    pub(crate) memory: Duration,
    pub(crate) window: Duration,
    /// Spans after the bulk of a charge, the oldest first, without a gap.
    pub(crate) spans: VecDeque<Span>,
    pub(crate) filling: Filling,
    /// When the last reading that counts ended.
    pub(crate) seen_at: Option<Monotonic>,
    pub(crate) trip: Option<Trip>,
}

/// What counts of one window.
#[derive(Debug, Clone, Copy)]
struct Measured {
    volts: f64,
    amperes: f64,
    celsius: f64,
}

impl ThermalRunaway {
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            wiring: config.wiring,
            profile: config.profile,
            least_amperes: (config.capacity_ampere_hours)
                .map_or(LEAST_AMPERES, |capacity| capacity * LEAST_FRACTION),
            memory: config.guards.runaway_memory,
            window: config.window,
            spans: VecDeque::new(),
            filling: Filling::default(),
            seen_at: None,
            trip: None,
        }
    }

    /// Takes in a window that has ended; `charger` is where relay 2 stood.
    pub(crate) fn window(&mut self, window: &WindowStatistics, charger: Contact, now: Monotonic) {
        if self
            .seen_at
            .is_some_and(|at| now.since(at) > GAP + self.window)
        {
            self.begin_anew();
        }
        let Some(measured) = measured(window, self.wiring) else {
            return;
        };
        let discharged = measured.amperes < -FLOW_AMPERES;
        if charger == Contact::Open || self.trip.is_some() || discharged || self.in_bulk(measured) {
            self.begin_anew();
            return;
        }
        self.seen_at = Some(now);
        self.filling.add(measured);
        if self.filling.windows >= windows_in(SPAN, self.window) {
            let span = core::mem::take(&mut self.filling).span(now);
            self.spans.push_back(span);
            let memory = self.memory;
            self.spans.retain(|span| now.since(span.end) <= memory);
            self.judge(span);
        }
    }

    /// Takes in a sample's temperature.
    pub(crate) fn sample(&mut self, celsius: Option<Level>, limits: &Thresholds) {
        let (Some(trip), Some(level)) = (&mut self.trip, celsius) else {
            return;
        };
        trip.cool = if level.below(cooled(trip, limits)) {
            trip.cool.saturating_add(1).min(REFUTING_SAMPLES)
        } else {
            0
        };
        self.release();
    }

    /// Takes over a trip of an earlier run.
    pub(crate) fn restore(&mut self, celsius: f64, threshold: f64, acknowledged: bool) {
        self.trip = Some(Trip {
            celsius,
            threshold,
            acknowledged,
            cool: 0,
        });
    }

    /// A person has looked.
    pub(crate) fn acknowledge(&mut self) {
        if let Some(trip) = &mut self.trip {
            trip.acknowledged = true;
        }
        self.release();
    }

    /// It wants relay 1 closed and relay 2 open: `contact` is that of the relay in question.
    pub(crate) fn verdict(&self, contact: Contact, limits: &Thresholds) -> Option<Verdict> {
        let trip = self.trip?;
        let cooled = once(
            Condition::Below,
            Quantity::Temperature,
            cooled(&trip, limits),
            None,
        );
        Some(Verdict {
            contact,
            rule: Rule::ThermalRunaway,
            value: Some(trip.celsius),
            threshold: Some(trip.threshold),
            next: Some(Next {
                condition: if trip.acknowledged {
                    cooled.condition
                } else {
                    Condition::Acknowledgement
                },
                ..cooled
            }),
        })
    }

    /// What it says of its alarm.
    pub(crate) fn finding(&self, latest: &Latest) -> Finding {
        match self.trip {
            None => Finding {
                value: latest.celsius_figure(),
                ..Finding::default()
            },
            Some(trip) => Finding {
                value: Some(trip.celsius),
                threshold: Some(trip.threshold),
                latched: !trip.acknowledged,
                ..Finding::default()
            },
        }
    }

    fn begin_anew(&mut self) {
        self.spans.clear();
        self.filling = Filling::default();
        self.seen_at = None;
    }

    /// A hot battery ends its bulk charge at a lower voltage, whether its charger knows or not.
    fn in_bulk(&self, measured: Measured) -> bool {
        let warm = measured.celsius.max(REFERENCE_CELSIUS);
        measured.volts < self.profile.bulk_end_volts() + shift_volts(self.profile, warm)
    }

    /// Looks back from the last span over the constant voltage before it.
    fn judge(&mut self, last: Span) {
        let Some(reference) = self.suspect(last) else {
            return;
        };
        self.trip = Some(Trip {
            celsius: rounded(last.celsius),
            threshold: rounded(reference),
            acknowledged: false,
            cool: 0,
        });
        self.begin_anew();
    }

    /// The temperature that the battery has passed, if it is running away.
    fn suspect(&self, last: Span) -> Option<f64> {
        let (mut least, mut greatest) = last.volts;
        let constant: Vec<&Span> = (self.spans.iter().rev())
            .take_while(|span| {
                least = least.min(span.volts.0);
                greatest = greatest.max(span.volts.1);
                // A hair of tolerance: means are rounded.
                greatest - least <= 2.0 * CONSTANT_VOLTS + 1e-9
            })
            .collect();
        let hour = constant
            .iter()
            .position(|span| last.end.since(span.end) >= HOLD)?;
        let (within, first) = (&constant[..=hour], constant[hour]);
        let mean = within.iter().map(|span| span.amperes).sum::<f64>() / within.len() as f64;
        if mean < self.least_amperes {
            return None;
        }
        let steady = last.amperes >= first.amperes * (1.0 - FALL_FRACTION);
        let in_the_hour = coolest(within.iter().copied())
            .filter(|_| steady)
            .map(|celsius| celsius + RISE_CELSIUS);
        let grown = |span: &&Span| last.amperes >= GROWTH * span.amperes;
        let in_the_day = coolest(constant.iter().copied().filter(grown))
            .map(|celsius| celsius + RISE_WITH_GROWTH_CELSIUS);
        [in_the_hour, in_the_day]
            .into_iter()
            .flatten()
            .find(|threshold| last.celsius >= *threshold - 1e-9)
    }

    fn release(&mut self) {
        self.trip = self
            .trip
            .filter(|trip| !trip.acknowledged || trip.cool < REFUTING_SAMPLES);
    }
}

impl Filling {
    fn add(&mut self, measured: Measured) {
        let volts = measured.volts;
        self.volts = if self.windows == 0 {
            (volts, volts)
        } else {
            (self.volts.0.min(volts), self.volts.1.max(volts))
        };
        self.windows += 1;
        self.amperes += measured.amperes;
        self.celsius += measured.celsius;
    }

    fn span(self, end: Monotonic) -> Span {
        let windows = f64::from(self.windows);
        Span {
            end,
            volts: self.volts,
            amperes: self.amperes / windows,
            celsius: self.celsius / windows,
        }
    }
}

fn coolest<'a>(spans: impl Iterator<Item = &'a Span>) -> Option<f64> {
    spans.map(|span| span.celsius).reduce(f64::min)
}

/// What counts of a window; `None` where something is missing. A charger that gives nothing leaves the
/// battery's current unknown in the battery's lead: no current flows into it then.
///
/// Of a current that is a difference only what flows for certain counts: a sound battery on float would
/// else seem to take what its two sensors differ by, for ever, and a warm morning would cut it off.
fn measured(window: &WindowStatistics, wiring: Wiring) -> Option<Measured> {
    let amperes =
        window.battery.current.mean.or_else(|| {
            (window.charger.current.mean).filter(|amperes| amperes.abs() < FLOW_AMPERES)
        })?;
    let error = difference_error(wiring, window.load.current.mean);
    Some(Measured {
        volts: window.battery.voltage.mean?,
        amperes: if amperes > 0.0 {
            (amperes - error).max(0.0)
        } else {
            amperes
        },
        celsius: window.temperature.mean?,
    })
}

/// The temperature below which the battery counts as cool again, °C.
fn cooled(trip: &Trip, limits: &Thresholds) -> f64 {
    limits
        .get(LimitName::TemperatureWarn)
        .max(trip.celsius - COOLED_CELSIUS)
}
