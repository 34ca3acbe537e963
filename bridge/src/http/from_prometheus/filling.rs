//! What series tell of a reading or a bucket, taken together. Pure.

use releve_protocol::catalog::QUANTITIES;
use releve_protocol::control::statistics::Quality;
use releve_protocol::control::{AlarmName, Mode, Phase, Relays};

use super::super::point::{Known, Told, round};
use super::question::Over;
use crate::metrics::readings::{COULOMBS_PER_AMPERE_HOUR, PERCENT, Shows, Statistic};
use crate::store::rollup::bucket::Extent;

/// What was computed of a metric; nothing where it had no samples.
#[derive(Debug, Clone, Copy, Default)]
struct Of {
    sum: f64,
    count: f64,
    least: Option<f64>,
    greatest: Option<f64>,
    last: Option<f64>,
}

impl Of {
    fn take(&mut self, over: Over, value: f64) {
        match over {
            Over::Sum => self.sum += value,
            Over::Count => self.count += value,
            Over::Least => self.least = Some(self.least.map_or(value, |held| held.min(value))),
            Over::Greatest => {
                self.greatest = Some(self.greatest.map_or(value, |held| held.max(value)));
            }
            Over::Last => self.last = Some(value),
        }
    }

    fn mean(&self) -> Option<f64> {
        (self.count > 0.0).then(|| self.sum / self.count)
    }

    /// As a count in a unit of which `factor` are one of the metric's.
    fn extent(&self, factor: f64) -> Option<Extent> {
        let in_unit = |value: f64| round(value * factor);
        Some(Extent {
            last: in_unit(self.last?),
            min: in_unit(self.least?),
            max: in_unit(self.greatest?),
        })
    }
}

/// A reading or a bucket about which more and more becomes known.
#[derive(Debug, Clone)]
pub struct Filling {
    /// How many readings there are, once that is known.
    readings: f64,
    quantities: Vec<Of>,
    missing_charge: Of,
    state_of_charge: Of,
    relays: Relays<Of>,
    modes: Vec<(Mode, f64)>,
    phases: Vec<(Phase, f64)>,
    alarms: Vec<(AlarmName, f64)>,
}

impl Default for Filling {
    fn default() -> Self {
        Self {
            readings: 0.0,
            quantities: vec![Of::default(); QUANTITIES.len()],
            missing_charge: Of::default(),
            state_of_charge: Of::default(),
            relays: Relays::from_fn(|_| Of::default()),
            modes: Vec::new(),
            phases: Vec::new(),
            alarms: Vec::new(),
        }
    }
}

impl Filling {
    /// Takes what was computed of a series.
    pub fn take(&mut self, shows: Shows, over: Over, value: f64) {
        match shows {
            Shows::Figure(place, _) => {
                if let Some(of) = self.quantities.get_mut(place) {
                    of.take(over, value);
                }
            }
            Shows::MissingCharge => self.missing_charge.take(over, value),
            Shows::StateOfCharge => self.state_of_charge.take(over, value),
            Shows::Relay(relay) => self.relays[relay].take(over, value),
            Shows::Mode(mode) => self.modes.push((mode, value)),
            Shows::Phase(phase) => self.phases.push((phase, value)),
            Shows::Alarm(alarm) => self.alarms.push((alarm, value)),
        }
    }

    /// Takes one sample of a series.
    pub fn take_sample(&mut self, shows: Shows, value: f64) {
        let overs: &[Over] = match shows {
            Shows::Figure(_, Statistic::Least) => &[Over::Least],
            Shows::Figure(_, Statistic::Greatest) => &[Over::Greatest],
            Shows::MissingCharge | Shows::StateOfCharge => {
                &[Over::Last, Over::Least, Over::Greatest]
            }
            Shows::Figure(_, Statistic::Mean) | Shows::Relay(_) => {
                self.take(shows, Over::Count, 1.0);
                &[Over::Sum]
            }
            Shows::Mode(_) | Shows::Phase(_) | Shows::Alarm(_) => &[Over::Sum],
        };
        for over in overs {
            self.take(shows, *over, value);
        }
    }

    /// What was taken so far tells how many readings there are. They are counted again with the states.
    pub fn is_counted(&mut self) {
        self.readings = self.relays_counted();
        self.relays = Relays::from_fn(|_| Of::default());
    }

    /// How many readings there are.
    pub const fn readings(&self) -> f64 {
        self.readings
    }

    fn relays_counted(&self) -> f64 {
        let counts = self.relays.iter().map(|(_, of)| of.count);
        counts.fold(0.0, f64::max)
    }

    /// What is known; `None` where there is nothing. Means are as exact as they came.
    pub fn known(&self) -> Option<Known> {
        let (mode, phase) = self.stood();
        let known = Known {
            covered_s: None,
            quantities: self.quantities.iter().map(|of| self.told(of)).collect(),
            missing_ah: self.missing_charge.extent(1.0 / COULOMBS_PER_AMPERE_HOUR),
            state_of_charge: self.state_of_charge.extent(PERCENT),
            closed: self.relays.map(|_, of| of.mean().map(share)),
            mode,
            phase,
            alarms: self.active(),
        };
        let is_told = |told: &Told| told.mean.or(told.min).or(told.max).is_some();
        let is_something = known.quantities.iter().any(is_told)
            || known.closed.iter().any(|(_, share)| share.is_some())
            || known.missing_ah.or(known.state_of_charge).is_some()
            || known.mode.is_some()
            || known.alarms.is_some();
        is_something.then_some(known)
    }

    fn told(&self, of: &Of) -> Told {
        let mut told = Told {
            mean: of.mean(),
            min: of.least,
            max: of.greatest,
            quality: None,
        };
        if told.mean.or(told.min).or(told.max).is_none() {
            told.quality = Some(Quality::Missing);
        } else if told.mean.is_some() && of.count < self.readings {
            // Some readings did not know it. Of those that did nobody can tell how good it was.
            told.quality = Some(Quality::Partial);
        }
        told
    }

    /// The mode, and the phase in it, that held longest.
    fn stood(&self) -> (Option<Mode>, Option<Phase>) {
        let cycle = Mode::ConsumptionCycle;
        let in_phases: f64 = self.phases.iter().map(|(_, sum)| sum).sum();
        let modes = self.modes.iter().map(|(mode, sum)| {
            let outside = if *mode == cycle {
                sum - in_phases
            } else {
                *sum
            };
            ((Some(*mode), None), outside)
        });
        let phases = self.phases.iter();
        let phases = phases.map(|(phase, sum)| ((Some(cycle), Some(*phase)), *sum));
        let held = modes.chain(phases).filter(|(_, sum)| *sum > 0.0);
        let longest = held.max_by(|(_, a), (_, b)| a.total_cmp(b));
        longest.map_or((None, None), |(which, _)| which)
    }

    /// The alarms that were active, each for which share of the readings; `None` where nothing tells of any.
    fn active(&self) -> Option<Vec<(AlarmName, f64)>> {
        if self.alarms.is_empty() {
            return None;
        }
        let in_modes = self.modes.iter().map(|(_, sum)| sum).sum();
        let active = self.alarms.iter().map(|(_, sum)| *sum);
        let readings = active.fold(self.relays_counted().max(in_modes), f64::max);
        let active = self.alarms.iter().filter(|(_, sum)| *sum > 0.0);
        Some(
            active
                .map(|(alarm, sum)| (*alarm, share(sum / readings)))
                .collect(),
        )
    }
}

fn share(share: f64) -> f64 {
    round(share.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use releve_protocol::control::RelayName;

    use super::*;

    fn mean() -> Shows {
        Shows::Figure(0, Statistic::Mean)
    }

    #[test]
    fn nothing_is_a_gap() {
        assert_eq!(Filling::default().known(), None);
    }

    #[test]
    fn what_some_readings_did_not_know_is_partial_and_what_none_knew_is_missing() {
        let mut filling = Filling::default();
        for relay in [RelayName::Mains, RelayName::Charger] {
            filling.take(Shows::Relay(relay), Over::Count, 10.0);
        }
        filling.is_counted();
        filling.take(mean(), Over::Sum, 54.0);
        filling.take(mean(), Over::Count, 4.0);
        let other = Shows::Figure(1, Statistic::Mean);
        filling.take(other, Over::Sum, 10.0);
        filling.take(other, Over::Count, 10.0);
        let known = filling.known().expect("something");
        let told = |place: usize| {
            (
                known.quantities[place].mean,
                known.quantities[place].quality,
            )
        };
        assert_eq!(told(0), (Some(13.5), Some(Quality::Partial)));
        assert_eq!(told(1), (Some(1.0), None));
        assert_eq!(told(2), (None, Some(Quality::Missing)));
        assert_eq!((known.covered_s, known.alarms), (None, None));
    }

    #[test]
    fn a_site_stood_as_it_did_longest() {
        let mut filling = Filling::default();
        filling.take(Shows::Mode(Mode::Observer), Over::Sum, 3.0);
        filling.take(Shows::Mode(Mode::ConsumptionCycle), Over::Sum, 5.0);
        filling.take(Shows::Phase(Phase::Discharging), Over::Sum, 4.0);
        filling.take(Shows::Phase(Phase::Charging), Over::Sum, 1.0);
        filling.take(Shows::Alarm(AlarmName::MainsLost), Over::Sum, 0.0);
        filling.take(Shows::Alarm(AlarmName::DataLost), Over::Sum, 2.0);
        let known = filling.known().expect("something");
        let expected = (Some(Mode::ConsumptionCycle), Some(Phase::Discharging));
        assert_eq!((known.mode, known.phase), expected);
        assert_eq!(known.alarms, Some(vec![(AlarmName::DataLost, 0.25)]));
        assert_eq!(known.closed.mains, None, "nothing tells of it");
    }

    #[test]
    fn counts_are_in_the_units_of_a_reading() {
        let mut filling = Filling::default();
        filling.take_sample(Shows::MissingCharge, 1512.0);
        filling.take_sample(Shows::StateOfCharge, 0.977);
        filling.take_sample(Shows::Relay(RelayName::Mains), 1.0);
        let known = filling.known().expect("something");
        assert_eq!(known.missing_ah.map(|of| of.last), Some(0.42));
        assert_eq!(known.state_of_charge.map(|of| of.max), Some(97.7));
        assert_eq!(known.closed.mains, Some(1.0));
    }
}
