//! What was measured and commanded, kept apart from the controller and by a plainer reckoning.

use core::time::Duration;

use super::stimulus::Stimulus;
use crate::Monotonic;
use crate::decision::Decision;
use crate::sample::{MainsSense, Measurement};
use crate::statistics::Quality;
use crate::view::View;
use crate::vocabulary::{Contact, LimitName, Rule, Wiring};

/// How long an opened charger stays open at least, by `docs/control.md`.
const LEAST_OPEN: Duration = Duration::from_secs(30 * 60);

/// What an observer with a notebook would know.
#[derive(Debug, Clone)]
pub(super) struct History {
    wiring: Wiring,
    pub(super) now: Monotonic,
    interval: Duration,
    /// Last believable battery voltage, V (infinite: beyond the range), and when it was measured.
    pub(super) volts: Option<(f64, Monotonic)>,
    /// Last believable temperature, °C (infinite: beyond the range), and when it was measured.
    pub(super) celsius: Option<(f64, Monotonic)>,
    /// While heat holds: how many samples in a row were cool enough to end it.
    pub(super) hot: Option<u8>,
    /// What the sense input said last.
    pub(super) mains_lost: bool,
    /// Mean battery voltage of the last window, V; infinite where the sensor was over its range.
    pub(super) mean: Option<f64>,
    /// Since when the voltage is too high: from a raw sample at the hard limit on, until one at the
    /// floor, or a mean below the resume level half an hour later. On a common bus an unknown voltage
    /// ends it, too: the open charger would discharge the battery unseen.
    pub(super) too_high: Option<Monotonic>,
    /// Since when a circuit is open so that the battery carries the load.
    pub(super) open_since: Option<Monotonic>,
    /// Since when the charger is open because a mean was above the cut.
    pub(super) cut: Option<Monotonic>,
}

impl History {
    pub(super) fn new(wiring: Wiring, now: Monotonic, interval: Duration) -> Self {
        Self {
            wiring,
            now,
            interval,
            volts: None,
            celsius: None,
            hot: None,
            mains_lost: false,
            mean: None,
            too_high: None,
            open_since: None,
            cut: None,
        }
    }

    /// Notes a step: what came in, what was decided, and what the controller shows after it.
    pub(super) fn note(
        &mut self,
        stimulus: &Stimulus,
        before: &View<Monotonic>,
        decision: &Decision,
        after: &View<Monotonic>,
    ) {
        self.now = self.now.after(stimulus.after);
        if let Some(sample) = &stimulus.sample {
            if let Some(volts) = believable(sample.battery_volts, 1.0, f64::INFINITY) {
                self.volts = Some((if volts > 26.0 { f64::INFINITY } else { volts }, self.now));
            }
            if let Some(celsius) = believable(sample.temperature_celsius, -40.0, 125.0) {
                self.celsius = Some((celsius, self.now));
                // A sample is heard before the commands of its step.
                self.weigh_heat(celsius, limit(before, LimitName::TemperatureLimit));
            }
            self.mains_lost = sample.mains_sense == MainsSense::Lost;
        }
        // A limit set in this step may make heat of the last temperature.
        if self
            .celsius
            .is_some_and(|(celsius, _)| celsius > limit(after, LimitName::TemperatureLimit))
        {
            self.hot = Some(0);
        }
        if let Some(reading) = &decision.reading {
            let voltage = reading.battery.voltage;
            self.mean = match voltage.quality {
                Quality::OverRange => Some(f64::INFINITY),
                Quality::Good | Quality::Partial | Quality::Missing => voltage.mean,
            };
        }
        // Window and sample are heard before the commands of their step, which may move limits.
        if decision.reading.is_some()
            && self
                .too_high
                .is_some_and(|since| self.rested_since(since, before))
        {
            self.too_high = None;
        }
        self.weigh_voltage(before);
        self.weigh_voltage(after);
        let charger = &after.relays.charger;
        let carries = after.relays.mains.wanted == Contact::Open
            || (self.wiring == Wiring::CommonBus && charger.wanted == Contact::Open);
        self.open_since = carries.then(|| self.open_since.unwrap_or(self.now));
        let cut = charger.wanted == Contact::Open && charger.reason.rule == Rule::OverchargeCut;
        self.cut = cut.then(|| self.cut.unwrap_or(self.now));
    }

    fn weigh_voltage(&mut self, view: &View<Monotonic>) {
        let Some((volts, _)) = self.volts else { return };
        let discharging_unseen = self.wiring == Wiring::CommonBus && self.volts_unknown();
        if discharging_unseen || self.at_floor(view) {
            self.too_high = None;
        } else if volts >= limit(view, LimitName::HardVoltage) {
            self.too_high.get_or_insert(self.now);
        }
    }

    /// Whether half an hour has passed since then and the mean is below the resume level.
    pub(super) fn rested_since(&self, since: Monotonic, view: &View<Monotonic>) -> bool {
        let resume = limit(view, LimitName::ChargeResume);
        self.now.since(since) >= LEAST_OPEN && self.mean.is_some_and(|mean| mean < resume)
    }

    fn weigh_heat(&mut self, celsius: f64, limit: f64) {
        self.hot = match self.hot {
            _ if celsius > limit => Some(0),
            Some(cool) if celsius < limit - 3.0 => Some(cool + 1).filter(|cool| *cool < 3),
            Some(_) => Some(0),
            None => None,
        };
    }

    /// Whether the battery's voltage has not been measured for more than three intervals.
    pub(super) fn volts_unknown(&self) -> bool {
        self.volts
            .is_none_or(|(_, at)| self.now.since(at) > 3 * self.interval)
    }

    /// Whether the temperature has not been measured for more than three intervals.
    pub(super) fn celsius_unknown(&self) -> bool {
        self.celsius
            .is_none_or(|(_, at)| self.now.since(at) > 3 * self.interval)
    }

    /// Whether the last voltage known is at the floor.
    pub(super) fn at_floor(&self, view: &View<Monotonic>) -> bool {
        self.volts
            .is_some_and(|(volts, _)| volts <= limit(view, LimitName::DischargeFloor))
    }
}

/// The value of a limit.
pub(super) fn limit(view: &View<Monotonic>, name: LimitName) -> f64 {
    view.limits
        .iter()
        .find(|(limit, _)| *limit == name)
        .map_or(f64::NAN, |(_, setting)| setting.value)
}

fn believable(measurement: Measurement, least: f64, greatest: f64) -> Option<f64> {
    match measurement {
        Measurement::Value(value) if value.is_finite() && value >= least && value <= greatest => {
            Some(value)
        }
        Measurement::OverRange(bound)
            if bound > 0.0 && bound >= least && bound <= greatest && bound.is_finite() =>
        {
            Some(f64::INFINITY)
        }
        _ => None,
    }
}
