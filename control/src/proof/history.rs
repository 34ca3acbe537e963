//! What was measured and commanded, kept apart from the controller and by a plainer reckoning.

use core::time::Duration;

use super::edges::{Cycles, Edges, Full};
use super::stimulus::Occurrence;
use super::tally::{COUNTED, Runaway, Streak, Tally, weigh};
use super::week;
use crate::decision::{Config, Decision};
use crate::guards::Guards;
use crate::level::rounded;
use crate::profile::Profile;
use crate::sample::{MainsSense, Measurement, Sample};
use crate::statistics::{Quality, Statistics, WindowStatistics};
use crate::view::View;
use crate::vocabulary::{
    AlarmName, Cause, Command, Contact, CycleOutcome, Event, LimitName, RelayName, Relays, Rule,
    Wiring,
};
use crate::{Monotonic, UnixMillis};

/// How long an opened charger stays open at least, by `docs/control.md`.
pub(super) const LEAST_OPEN: Duration = Duration::from_mins(30);

/// What an observer with a notebook would know.
#[derive(Debug, Clone)]
pub(super) struct History {
    wiring: Wiring,
    profile: Profile,
    pub(super) guards: Guards,
    samples_per_window: u32,
    pub(super) now: Monotonic,
    interval: Duration,
    /// Last believable battery voltage, V (infinite: beyond the range), and when it was measured.
    pub(super) volts: Option<(f64, Monotonic)>,
    /// Last believable temperature, °C (infinite: beyond the range), and when it was measured.
    pub(super) celsius: Option<(f64, Monotonic)>,
    /// While heat holds: how many samples in a row were cool enough to end it.
    pub(super) hot: Streak,
    /// While cold holds: how many samples in a row were warm enough to end it.
    pub(super) cold: Streak,
    /// While the floor holds: how many samples in a row were high enough to end it.
    pub(super) low: Streak,
    pub(super) runaway: Option<Runaway>,
    /// Good windows in a row since voltage or temperature was lost; `None` while both are known.
    pub(super) lost: Option<u8>,
    /// Since when nothing was ever known, if that is so.
    pub(super) starting: Option<Monotonic>,
    /// While mains is lost: how many samples in a row said otherwise.
    pub(super) mains_lost: Streak,
    /// What the wall clock shows.
    pub(super) wall: Option<UnixMillis>,
    /// What it would show by now, had it gone on from what it showed last.
    expected_wall: Option<UnixMillis>,
    /// Whether it jumped in this step.
    pub(super) jumped: bool,
    /// Mean temperature of the window that ended in this step, °C.
    pub(super) mean_celsius: Option<f64>,
    pub(super) edges: Relays<Edges>,
    pub(super) cycles: Cycles,
    pub(super) full: Full,
    /// Mean battery voltage of the last window, V; infinite where the sensor was over its range.
    pub(super) mean: Option<f64>,
    /// Since when the voltage is too high: from a raw sample at the hard limit on, until one at the
    /// floor, or a mean below the resume level half an hour later. On a common bus an unknown voltage
    /// ends it, too: the open charger would discharge the battery unseen.
    pub(super) too_high: Option<Monotonic>,
    /// Whether the floor or an unknown voltage ended it, and it has not been too high since.
    pub(super) gave_way: bool,
    /// The trips of every cause in [`COUNTED`].
    pub(super) tallies: [Tally; COUNTED.len()],
    /// Since when a circuit is open so that the battery carries the load.
    pub(super) open_since: Option<Monotonic>,
    /// Since when the charger is open because a mean was above the cut.
    pub(super) cut: Option<Monotonic>,
}

impl History {
    pub(super) fn new(config: &Config, guards: Guards, now: Monotonic) -> Self {
        Self {
            wiring: config.wiring,
            profile: config.profile,
            guards,
            samples_per_window: config.samples_per_window,
            now,
            interval: config.window / config.samples_per_window,
            volts: None,
            celsius: None,
            hot: None,
            cold: None,
            low: None,
            runaway: None,
            lost: None,
            starting: Some(now),
            mains_lost: None,
            wall: None,
            expected_wall: None,
            jumped: false,
            mean_celsius: None,
            edges: Relays::from_fn(|_| Edges::default()),
            cycles: Cycles::new(now),
            full: Full::default(),
            mean: None,
            too_high: None,
            gave_way: false,
            tallies: Default::default(),
            open_since: None,
            cut: None,
        }
    }

    /// Notes a step: what came in, what was decided, and what the controller shows after it.
    pub(super) fn note(
        &mut self,
        occurrence: &Occurrence<'_>,
        before: &View<Monotonic>,
        decision: &Decision,
        after: &View<Monotonic>,
    ) {
        self.now = self.now.after(occurrence.after);
        self.look_at_the_clock(occurrence);
        // Sample and window are heard before the commands of their step, which may move limits.
        if let Some(sample) = &occurrence.sample {
            self.take_in(sample, before);
        }
        self.mean_celsius = None;
        if let Some(reading) = &decision.reading {
            self.read(reading, before);
        }
        self.hold_against(before);
        self.hear(occurrence.commands, before, decision);
        self.look_for_runaway(after);
        if decision.reading.is_some() {
            self.full
                .read(&after.charge, self.guards.saturation, self.now);
        }
        self.watch_relays(before, after);
        self.follow_cycle(decision, after);
    }

    /// Hears the commands in their order: a limit acts before the next one.
    fn hear(&mut self, commands: &[Command], before: &View<Monotonic>, decision: &Decision) {
        let mut meanwhile = None;
        for (command, answer) in commands.iter().zip(&decision.answers) {
            match command {
                Command::Limit(name, value) if answer.is_ok() => {
                    let view = meanwhile.get_or_insert_with(|| before.clone());
                    set_limit(view, *name, *value);
                    self.hold_against(view);
                }
                Command::Acknowledge(alarm) if answer.is_ok() => self.acknowledge(*alarm),
                _ => {}
            }
        }
    }

    fn look_at_the_clock(&mut self, occurrence: &Occurrence<'_>) {
        let expected = (self.expected_wall).map(|wall| wall.after(occurrence.after));
        self.jumped = expected
            .zip(occurrence.wall)
            .is_some_and(|(expected, wall)| {
                wall.since(expected).max(expected.since(wall)) > self.guards.clock_jump
            });
        self.wall = occurrence.wall;
        self.expected_wall = occurrence.wall.or(expected);
    }

    fn watch_relays(&mut self, before: &View<Monotonic>, after: &View<Monotonic>) {
        for relay in [RelayName::Mains, RelayName::Charger] {
            let (from, to) = (before.relays[relay].wanted, after.relays[relay].wanted);
            self.edges[relay].note(from, to, self.now);
        }
        let charger = &after.relays.charger;
        let carries = after.relays.mains.wanted == Contact::Open
            || (self.wiring == Wiring::CommonBus && charger.wanted == Contact::Open);
        self.open_since = carries.then(|| self.open_since.unwrap_or(self.now));
        let cut = charger.wanted == Contact::Open && charger.reason.rule == Rule::OverchargeCut;
        self.cut = cut.then(|| self.cut.unwrap_or(self.now));
    }

    fn follow_cycle(&mut self, decision: &Decision, after: &View<Monotonic>) {
        for event in &decision.events {
            match event {
                Event::CycleStarted { .. } => {
                    self.cycles.start_before = self.cycles.last_start.replace(self.now);
                }
                // Nothing was done to the battery: the cycle stays due.
                Event::CycleEnded { report }
                    if report.discharge_s.is_none()
                        && !matches!(
                            report.cause,
                            Some(Cause::Operator | Cause::ChargeTimeout)
                        ) =>
                {
                    self.cycles.last_start = self.cycles.start_before;
                }
                Event::CycleEnded { report } if report.outcome == CycleOutcome::Completed => {
                    self.cycles.recharge = Some(self.now.since(self.cycles.since));
                }
                _ => {}
            }
        }
        self.cycles.goes_to(after.phase, self.now);
    }

    fn take_in(&mut self, sample: &Sample, view: &View<Monotonic>) {
        if let Some(volts) = believable(sample.battery_volts, 1.0, f64::INFINITY) {
            self.volts = Some((if volts > 26.0 { f64::INFINITY } else { volts }, self.now));
            let floor = limit(view, LimitName::DischargeFloor);
            self.low = weigh(self.low, volts <= floor, volts > floor + 0.5);
        }
        if let Some(celsius) = believable(sample.temperature_celsius, -40.0, 125.0) {
            self.celsius = Some((celsius, self.now));
            let hottest = limit(view, LimitName::TemperatureLimit);
            self.hot = weigh(self.hot, celsius > hottest, celsius < hottest - 3.0);
            let coldest = limit(view, LimitName::ChargeTemperatureMin);
            self.cold = weigh(self.cold, celsius < coldest, celsius > coldest + 2.0);
            self.cool_down(celsius, limit(view, LimitName::TemperatureWarn));
        }
        let lost = sample.mains_sense == MainsSense::Lost;
        self.mains_lost = weigh(self.mains_lost, lost, !lost);
    }

    fn read(&mut self, reading: &WindowStatistics, view: &View<Monotonic>) {
        let voltage = reading.battery.voltage;
        self.mean = match voltage.quality {
            Quality::OverRange => Some(f64::INFINITY),
            Quality::Good | Quality::Partial | Quality::Missing => voltage.mean,
        };
        self.mean_celsius = reading.temperature.mean;
        let rested = |since| self.rested_since(since, view);
        if self.too_high.is_some_and(rested) {
            self.too_high = None;
        }
        let good = |statistics: &Statistics| match statistics.quality {
            Quality::Good => true,
            Quality::OverRange => statistics.n >= self.samples_per_window,
            Quality::Partial | Quality::Missing => false,
        };
        let good = good(&voltage) && good(&reading.temperature);
        self.lost = self
            .lost
            .map(|windows| if good { windows + 1 } else { 0 })
            .filter(|windows| *windows < 3);
    }

    /// Holds what was measured last against clock and limits.
    fn hold_against(&mut self, view: &View<Monotonic>) {
        if let Some((celsius, _)) = self.celsius {
            if celsius > limit(view, LimitName::TemperatureLimit) {
                self.hot = Some(0);
            }
            if celsius < limit(view, LimitName::ChargeTemperatureMin) {
                self.cold = Some(0);
            }
        }
        if self.at_floor(view) {
            self.low = Some(0);
        }
        let unknown = self.volts_unknown() || self.celsius_unknown();
        match self.starting {
            Some(_) if !unknown => self.starting = None,
            Some(since) if self.now.since(since) <= 3 * self.interval => {}
            Some(_) | None if unknown => (self.starting, self.lost) = (None, Some(0)),
            Some(_) | None => {}
        }
        self.weigh_voltage(view);
        self.count();
    }

    fn weigh_voltage(&mut self, view: &View<Monotonic>) {
        let discharging_unseen = self.wiring == Wiring::CommonBus && self.volts_unknown();
        if discharging_unseen || self.at_floor(view) {
            self.too_high = None;
            self.gave_way = true;
        } else if self.at_hard_limit(view) {
            self.too_high.get_or_insert(self.now);
            self.gave_way = false;
        }
    }

    fn count(&mut self) {
        let causes = [
            self.hot.is_some(),
            self.cold.is_some(),
            self.too_high.is_some(),
            self.lost.is_some(),
            self.low.is_some(),
        ];
        let (most, within) = (self.guards.trips_to_latch, self.guards.trip_window);
        for ((alarm, tally), holds) in COUNTED.iter().zip(&mut self.tallies).zip(causes) {
            let factor = if *alarm == AlarmName::VoltageHardLimit {
                3
            } else {
                1
            };
            tally.note(holds, most, within * factor, self.now);
        }
    }

    fn acknowledge(&mut self, alarm: AlarmName) {
        for (counted, tally) in COUNTED.iter().zip(&mut self.tallies) {
            if *counted == alarm {
                tally.acknowledge();
            }
        }
        if alarm == AlarmName::ThermalRunaway
            && let Some(runaway) = &mut self.runaway
        {
            runaway.acknowledged = true;
        }
        self.runaway = self.runaway.filter(|runaway| !runaway.is_over());
    }

    fn cool_down(&mut self, celsius: f64, warn: f64) {
        if let Some(runaway) = &mut self.runaway {
            let cool = celsius < warn.max(runaway.celsius - 3.0);
            runaway.cool = if cool { (runaway.cool + 1).min(3) } else { 0 };
        }
        self.runaway = self.runaway.filter(|runaway| !runaway.is_over());
    }

    /// The notebook does not judge what a runaway is: it notes that one was told of, and its end.
    fn look_for_runaway(&mut self, view: &View<Monotonic>) {
        let told = (view.alarms.iter())
            .find(|alarm| alarm.alarm == AlarmName::ThermalRunaway && alarm.since == self.now);
        if let (Some(alarm), None) = (told, self.runaway) {
            self.runaway = Some(Runaway {
                celsius: alarm.value.unwrap_or(f64::NAN),
                acknowledged: false,
                cool: 0,
            });
        }
    }

    /// Whether repeated trips of that alarm's cause wait for a person or for the end of the cause.
    pub(super) fn waits(&self, alarm: AlarmName) -> bool {
        self.tally(alarm).is_some_and(|tally| tally.waits.is_some())
    }

    pub(super) fn tally(&self, alarm: AlarmName) -> Option<&Tally> {
        (COUNTED.iter().zip(&self.tallies))
            .find_map(|(counted, tally)| (*counted == alarm).then_some(tally))
    }

    /// Whether heat holds, by its cause or by repeated trips.
    pub(super) fn heat(&self) -> bool {
        self.hot.is_some() || self.waits(AlarmName::TemperatureLimit)
    }

    /// Whether the battery's temperature forbids charging.
    pub(super) fn thermal(&self) -> bool {
        self.heat()
            || self.cold.is_some()
            || self.waits(AlarmName::TemperatureLow)
            || self.runaway.is_some()
    }

    /// Whether the hard limit forbids charging, by its cause or by repeated trips.
    pub(super) fn high_voltage(&self) -> bool {
        self.too_high.is_some() || (self.waits(AlarmName::VoltageHardLimit) && !self.gave_way)
    }

    /// The hard limit, V: that of a warm battery where nobody knows how warm it is.
    pub(super) fn hard_limit(&self, view: &View<Monotonic>) -> f64 {
        let warm = match self.profile {
            Profile::Agm | Profile::Gel => 0.27,
            Profile::Flooded => 0.45,
            Profile::Lifepo4 => 0.0,
        };
        let set = limit(view, LimitName::HardVoltage);
        rounded(if self.celsius_unknown() {
            set - warm
        } else {
            set
        })
    }

    pub(super) fn at_hard_limit(&self, view: &View<Monotonic>) -> bool {
        self.volts
            .is_some_and(|(volts, _)| volts >= self.hard_limit(view))
    }

    /// The voltage below which a charger closes, V: always below the hard limit and above the floor.
    fn resume(&self, view: &View<Monotonic>) -> f64 {
        let least = limit(view, LimitName::DischargeFloor) + 0.3;
        let greatest = self.hard_limit(view) - 0.4;
        rounded(
            limit(view, LimitName::ChargeResume)
                .min(greatest)
                .max(least),
        )
    }

    /// Whether half an hour has passed since then and the mean is below the resume level.
    pub(super) fn rested_since(&self, since: Monotonic, view: &View<Monotonic>) -> bool {
        let resume = self.resume(view);
        self.now.since(since) >= LEAST_OPEN && self.mean.is_some_and(|mean| mean < resume)
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

    /// Whether the battery's voltage or temperature cannot be trusted, or has not been good for long
    /// enough since.
    pub(super) fn without_data(&self) -> bool {
        let unknown = self.volts_unknown() || self.celsius_unknown();
        unknown || self.lost.is_some() || self.waits(AlarmName::DataLost)
    }

    /// Whether the floor holds, by its cause or by repeated trips.
    pub(super) fn floor(&self) -> bool {
        self.low.is_some() || self.waits(AlarmName::BatteryAtFloor)
    }

    /// Whether this is a critical period, or may be one.
    pub(super) fn critical(&self, view: &View<Monotonic>) -> bool {
        let Some(schedule) = &view.schedule else {
            return false;
        };
        match self.wall {
            Some(wall) => week::critical(schedule, wall),
            None => !schedule.critical.is_empty(),
        }
    }

    /// Whether the battery has carried the load for as long as it may, up to that moment.
    pub(super) fn carried_too_long(&self, view: &View<Monotonic>, now: Monotonic) -> bool {
        let longest = limit(view, LimitName::LongestDischarge);
        self.open_since
            .is_some_and(|since| now.since(since).as_secs_f64() >= 60.0 * longest)
    }
}

/// The value of a limit.
pub(super) fn limit(view: &View<Monotonic>, name: LimitName) -> f64 {
    view.limits
        .iter()
        .find(|(limit, _)| *limit == name)
        .map_or(f64::NAN, |(_, setting)| setting.value)
}

fn set_limit(view: &mut View<Monotonic>, name: LimitName, value: f64) {
    for (limit, setting) in &mut view.limits {
        if *limit == name {
            setting.value = value;
        }
    }
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
