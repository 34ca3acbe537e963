//! A cycle's discharge under way: when it has gone far enough, and what must break it off.
//!
//! The interlocks watch over it besides; this file is about what a cycle alone looks at. Its first
//! minute is a probe: a battery that was verified full and falls below `discharge_stop` at once, or
//! dips much deeper than in the last cycle at a like load, is weak. Later the fall of the voltage per
//! charge taken out is compared with the steepest of the last cycle: an early knee is a weak cell.

use super::memory::{Baseline, CycleMemory};
use crate::Monotonic;
use crate::level::Level;
use crate::mode::situation::Situation;
use crate::statistics::WindowStatistics;
use crate::vocabulary::{Cause, DischargeEnd, LimitName};

/// The slope is looked at anew each time that share of the capacity has been taken out.
pub const SEGMENT_FRACTION: f64 = 0.02;
/// The first segments still show the surface charge, not the battery: they are not compared.
pub const SEGMENTS_SKIPPED: u8 = 2;
/// A segment that falls by no more than this is flat, whatever the last cycle's were, V: a sensor's noise
/// and the plain of LiFePO4.
pub const LEAST_FALL_VOLTS: f64 = 0.01;
/// Two loads that differ by no more than this fraction are alike.
pub const LIKE_LOAD_FRACTION: f64 = 0.2;
/// Two discharges that began at voltages no further apart than this began alike, V: from absorption a
/// battery falls by a volt more than from float, and that is no dip.
pub const LIKE_BEGINNING_VOLTS: f64 = 0.2;
/// How far outside of its range a temperature must be to end a cycle that began within, °C.
pub const TEMPERATURE_HYSTERESIS_CELSIUS: f64 = 2.0;

/// A discharge under way.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Discharge {
    pub(crate) since: Monotonic,
    /// Mean voltage before it, V.
    pub(crate) volts_before: Option<f64>,
    /// Charge that was missing before it, Ah.
    pub(crate) missing_before: Option<f64>,
    /// Least raw voltage of the probe, V.
    pub(crate) probe_volts: Option<f64>,
    /// Mean load of the first window, A.
    pub(crate) load_amperes: Option<f64>,
    /// Least mean voltage, V.
    pub(crate) least_mean: Option<f64>,
    pub(crate) slope: Slope,
}

/// What became of a discharge.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Course {
    GoesOn,
    Ends(DischargeEnd),
    Breaks(Cause),
}

impl Discharge {
    pub(crate) fn begin(situation: &Situation<'_>) -> Self {
        Self {
            since: situation.now,
            volts_before: situation.mean.map(Level::figure),
            missing_before: situation.missing_ampere_hours,
            probe_volts: None,
            load_amperes: None,
            least_mean: None,
            slope: Slope::default(),
        }
    }

    pub(crate) fn is_probing(&self, situation: &Situation<'_>) -> bool {
        situation.now.since(self.since) < situation.guards.probe
    }

    /// Charge taken out so far, Ah.
    pub(crate) fn taken(&self, missing: Option<f64>) -> Option<f64> {
        Some((missing? - self.missing_before?).max(0.0))
    }

    /// How much the voltage dipped in the probe, V.
    pub(crate) fn dip(&self) -> Option<f64> {
        Some((self.volts_before? - self.probe_volts?).max(0.0))
    }

    /// Looks at what was measured in this step.
    pub(crate) fn advance(&mut self, situation: &Situation<'_>, memory: &CycleMemory) -> Course {
        if let Some(window) = situation.window {
            self.load_amperes = self.load_amperes.or(load(window));
        }
        if self.is_probing(situation) {
            return self.probe(situation, memory);
        }
        let Some(window) = situation.window else {
            return Course::GoesOn;
        };
        if let Some(cause) = self.guard(window, situation, memory) {
            return Course::Breaks(cause);
        }
        let stop = situation.limits.get(LimitName::DischargeStop);
        if situation.mean.is_some_and(|mean| mean.below(stop)) {
            return Course::Ends(DischargeEnd::Voltage);
        }
        Course::GoesOn
    }

    fn probe(&mut self, situation: &Situation<'_>, memory: &CycleMemory) -> Course {
        let Some(Level::Exactly(volts)) = situation.volts else {
            return Course::GoesOn;
        };
        self.probe_volts = Some(self.probe_volts.map_or(volts, |least| least.min(volts)));
        if volts < situation.limits.get(LimitName::DischargeStop) {
            return Course::Breaks(Cause::ProbeVoltage);
        }
        let deeper = |baseline: &Baseline| {
            let allowed = situation.guards.dip_factor? * baseline.dip_volts?;
            let like = alike(baseline.load_amperes?, self.load_amperes?)
                && (baseline.volts_before? - self.volts_before?).abs() <= LIKE_BEGINNING_VOLTS;
            Some(like && self.dip()? > allowed)
        };
        if memory.baseline.as_ref().and_then(deeper) == Some(true) {
            return Course::Breaks(Cause::ProbeDip);
        }
        Course::GoesOn
    }

    /// What the window that has ended says against going on.
    fn guard(
        &mut self,
        window: &WindowStatistics,
        situation: &Situation<'_>,
        memory: &CycleMemory,
    ) -> Option<Cause> {
        if let Some(mean) = window.battery.voltage.mean {
            self.least_mean = Some(self.least_mean.map_or(mean, |least| least.min(mean)));
        }
        if !situation.counts() {
            return Some(Cause::DataLost);
        }
        let (coldest, hottest) = situation.guards.cycle_celsius;
        let margin = TEMPERATURE_HYSTERESIS_CELSIUS;
        if let Some(celsius) = window.temperature.mean
            && !(coldest - margin..=hottest + margin).contains(&celsius)
        {
            return Some(Cause::TemperatureRange);
        }
        let steepness = self.slope.window(window, situation)?;
        let part = SEGMENT_FRACTION * situation.capacity_ampere_hours?;
        let steepest =
            (memory.baseline?.steepest_volts_per_ampere_hour?).max(LEAST_FALL_VOLTS / part);
        (steepness > situation.guards.slope_factor? * steepest).then_some(Cause::Slope)
    }

    /// What the next cycle is to be compared with.
    pub(crate) fn baseline(&self) -> Baseline {
        Baseline {
            dip_volts: self.dip(),
            volts_before: self.volts_before,
            load_amperes: self.load_amperes,
            steepest_volts_per_ampere_hour: self.slope.steepest,
        }
    }
}

/// The fall of the voltage per charge taken out, segment by segment.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Slope {
    /// Where the segment began.
    pub(crate) anchor: Option<Anchor>,
    /// Segments that were skipped.
    pub(crate) skipped: u8,
    /// The steepest one that was not, V/Ah.
    pub(crate) steepest: Option<f64>,
}

/// The beginning of a segment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Anchor {
    pub(crate) volts: f64,
    pub(crate) missing: f64,
    pub(crate) load_amperes: f64,
}

impl Slope {
    /// Takes in a window; the steepness of the segment that it ended, V/Ah.
    fn window(&mut self, window: &WindowStatistics, situation: &Situation<'_>) -> Option<f64> {
        let here = Anchor {
            volts: window.battery.voltage.mean?,
            missing: situation.missing_ampere_hours?,
            load_amperes: load(window)?,
        };
        let Some(anchor) = self.anchor else {
            self.anchor = Some(here);
            return None;
        };
        if !alike(anchor.load_amperes, here.load_amperes) {
            // Another load moves the voltage by itself: the segment begins anew.
            self.anchor = Some(here);
            return None;
        }
        let taken = here.missing - anchor.missing;
        if taken < SEGMENT_FRACTION * situation.capacity_ampere_hours? {
            return None;
        }
        self.anchor = Some(here);
        if self.skipped < SEGMENTS_SKIPPED {
            self.skipped += 1;
            return None;
        }
        let steepness = (anchor.volts - here.volts) / taken;
        self.steepest = Some(self.steepest.map_or(steepness, |most| most.max(steepness)));
        Some(steepness)
    }
}

fn load(window: &WindowStatistics) -> Option<f64> {
    window.load.current.mean
}

fn alike(one: f64, other: f64) -> bool {
    (one - other).abs() <= LIKE_LOAD_FRACTION * one.abs().max(other.abs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compensation::Thresholds;
    use crate::guards::Guards;
    use crate::limits::Limits;
    use crate::profile::Profile;
    use crate::statistics::{BatteryStatistics, CircuitStatistics, Statistics};
    use crate::vocabulary::Wiring;

    const CAPACITY: f64 = 25.0;
    /// What a segment takes out of that battery, Ah.
    const SEGMENT: f64 = 0.5;

    /// A window of that mean voltage, V, and load, A.
    fn window(volts: f64, load_amperes: f64) -> WindowStatistics {
        let mean = |mean: f64| Statistics {
            mean: Some(mean),
            ..Statistics::MISSING
        };
        let circuit = |volts: f64, amperes: f64| CircuitStatistics {
            voltage: mean(volts),
            current: mean(amperes),
            power: mean(volts * amperes),
        };
        WindowStatistics {
            n: 10,
            battery: BatteryStatistics {
                voltage: mean(volts),
                current: mean(-load_amperes),
            },
            charger: circuit(volts, 0.0),
            load: circuit(volts, load_amperes),
            temperature: mean(20.0),
        }
    }

    /// What a discharge says to windows of (V, A) that each take a part of a segment out of the battery, where
    /// the last cycle's steepest segment fell by `last` V/Ah.
    fn said(last: f64, part: f64, windows: &[(f64, f64)]) -> (Vec<Option<Cause>>, Discharge) {
        let limits = Limits::of(Profile::Agm);
        let limits = Thresholds::new(&limits, Profile::Agm, false, Some(20.0));
        let guards = Guards::default();
        let mut situation = Situation {
            now: Monotonic::START,
            wiring: Wiring::BatteryLead,
            limits: &limits,
            guards: &guards,
            capacity_ampere_hours: Some(CAPACITY),
            window: None,
            mean: None,
            volts: None,
            missing_ampere_hours: Some(0.0),
            full_at: None,
            mains: None,
            charger: None,
            manual: false,
            clock_jumped: false,
            relay_fault: false,
            clear_to_discharge: true,
        };
        let memory = CycleMemory {
            baseline: Some(Baseline {
                dip_volts: None,
                volts_before: None,
                load_amperes: None,
                steepest_volts_per_ampere_hour: Some(last),
            }),
            ..CycleMemory::default()
        };
        let mut discharge = Discharge::begin(&situation);
        let causes = windows.iter().enumerate().map(|(index, (volts, load))| {
            situation.missing_ampere_hours = Some(index as f64 * part * SEGMENT);
            discharge.guard(&window(*volts, *load), &situation, &memory)
        });
        let causes = causes.collect();
        (causes, discharge)
    }

    #[test]
    fn the_first_two_segments_are_not_compared_and_the_third_is() {
        // 0.125 V in each segment of 0.5 Ah, 0.25 V/Ah: more than three times 0.08.
        let falling = [(12.75, 1.5), (12.625, 1.5), (12.5, 1.5), (12.375, 1.5)];
        let (causes, discharge) = said(0.08, 1.0, &falling);
        assert_eq!(causes, [None, None, None, Some(Cause::Slope)]);
        let steepest = discharge.baseline().steepest_volts_per_ampere_hour;
        assert!(steepest.is_some_and(|steepest| (steepest - 0.25).abs() < 1e-9));
        let (causes, _) = said(0.1, 1.0, &falling);
        assert_eq!(causes, [None; 4], "less than three times as steep");
        // 0.1875 V in 0.5 Ah: three times 0.125 V/Ah to the bit.
        let thrice = [0.0, 1.0, 2.0, 3.0].map(|fall| (12.75 - 0.1875 * fall, 1.5));
        let (causes, _) = said(0.125, 1.0, &thrice);
        assert_eq!(causes, [None; 4], "three times as steep");
    }

    #[test]
    fn a_segment_ends_with_its_charge_not_with_its_time() {
        let falling = [12.75, 12.75, 12.625, 12.625, 12.5, 12.5, 12.375].map(|volts| (volts, 1.5));
        let (causes, _) = said(0.08, 0.5, &falling);
        assert_eq!(causes[..6], [None; 6]);
        assert_eq!(causes[6], Some(Cause::Slope));
    }

    #[test]
    fn a_flat_battery_is_held_against_what_a_sensor_can_tell() {
        // 0.01 V in 0.5 Ah are 0.02 V/Ah; three times that is no fall, a little more is one.
        for (last_fall, cause) in [(0.029, None), (0.031, Some(Cause::Slope))] {
            let flat = [
                (13.2, 1.5),
                (13.2, 1.5),
                (13.2, 1.5),
                (13.2 - last_fall, 1.5),
            ];
            let (causes, _) = said(0.000_1, 1.0, &flat);
            assert_eq!(causes[3], cause, "{last_fall} V");
        }
    }

    #[test]
    fn another_load_begins_a_segment_anew() {
        let falling = [
            (12.75, 1.5),
            (12.7, 1.5),
            (12.65, 1.5),
            (12.3, 3.0),
            (12.25, 3.0),
        ];
        let (causes, discharge) = said(0.1, 1.0, &falling);
        assert_eq!(causes, [None; 5]);
        let steepest = discharge.baseline().steepest_volts_per_ampere_hour;
        assert!(
            steepest.is_some_and(|steepest| (steepest - 0.1).abs() < 1e-9),
            "the 0.05 V after it: {steepest:?}"
        );
    }

    #[test]
    fn a_load_that_differs_a_little_is_the_same_load() {
        let falling = [(12.75, 1.5), (12.7, 1.7), (12.65, 1.5), (12.5, 1.7)];
        let (causes, _) = said(0.08, 1.0, &falling);
        assert_eq!(causes, [None, None, None, Some(Cause::Slope)]);
    }

    #[test]
    fn what_was_missing_before_is_not_taken_out() {
        let (_, discharge) = said(0.1, 1.0, &[]);
        let discharge = Discharge {
            missing_before: Some(1.0),
            ..discharge
        };
        assert_eq!(discharge.taken(Some(3.0)), Some(2.0));
        assert_eq!(discharge.taken(Some(0.5)), Some(0.0));
        assert_eq!(discharge.taken(None), None);
    }
}
