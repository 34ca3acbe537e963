//! The guards of the configuration file: a set of them, and what differs from it.

use std::time::Duration;

use releve_control::guards::Guards;
use serde::Deserialize;

/// The entries of `[guards]`. Minutes, unless their name says otherwise; the controller checks their
/// bounds.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GuardsEntries {
    set: Set,
    least_closed_minutes: Option<f64>,
    least_closed_by_hand_seconds: Option<f64>,
    openings_a_day: Option<u32>,
    trips_to_latch: Option<u32>,
    trip_window_minutes: Option<f64>,
    runaway_memory_minutes: Option<f64>,
    tail_fraction: Option<f64>,
    tail_hold_minutes: Option<f64>,
    saturation_minutes: Option<f64>,
    absorption_timeout_minutes: Option<f64>,
    rest_on_common_bus: Option<bool>,
    charge_timeout_minutes: Option<f64>,
    full_charge_every_days: Option<f64>,
    fill_before_cycle: Option<bool>,
    full_charge_fresh_minutes: Option<f64>,
    probe_minutes: Option<f64>,
    dip_factor: Option<f64>,
    slope_factor: Option<f64>,
    cycle_celsius: Option<[f64; 2]>,
    recharge_estimate_minutes: Option<f64>,
    count_charge: Option<bool>,
    clock_jump_seconds: Option<f64>,
}

/// A set of guards.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Set {
    /// Every guard.
    #[default]
    Careful,
    /// Voltages alone decide the consumption cycle.
    Concept,
}

/// A time that is no number of seconds.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error("{0} is no time: write a number that is not negative")]
pub struct NoTime(f64);

impl GuardsEntries {
    /// The guards that they describe.
    ///
    /// # Errors
    /// If a time can be none.
    pub fn guards(&self) -> Result<Guards, NoTime> {
        let mut guards = match self.set {
            Set::Careful => Guards::default(),
            Set::Concept => Guards::concept(),
        };
        self.put_times(&mut guards)?;
        put(&mut guards.openings_a_day, self.openings_a_day);
        put(&mut guards.trips_to_latch, self.trips_to_latch);
        put(&mut guards.rest_on_common_bus, self.rest_on_common_bus);
        put(&mut guards.fill_before_cycle, self.fill_before_cycle);
        put(&mut guards.count_charge, self.count_charge);
        put(
            &mut guards.cycle_celsius,
            self.cycle_celsius
                .map(|[coldest, hottest]| (coldest, hottest)),
        );
        guards.tail_fraction = self.tail_fraction.or(guards.tail_fraction);
        guards.dip_factor = self.dip_factor.or(guards.dip_factor);
        guards.slope_factor = self.slope_factor.or(guards.slope_factor);
        Ok(guards)
    }

    fn put_times(&self, guards: &mut Guards) -> Result<(), NoTime> {
        const MINUTE: f64 = 60.0;
        const DAY: f64 = 86_400.0;
        for (time, entry, unit) in [
            (&mut guards.least_closed, self.least_closed_minutes, MINUTE),
            (
                &mut guards.least_closed_by_hand,
                self.least_closed_by_hand_seconds,
                1.0,
            ),
            (&mut guards.trip_window, self.trip_window_minutes, MINUTE),
            (
                &mut guards.runaway_memory,
                self.runaway_memory_minutes,
                MINUTE,
            ),
            (&mut guards.tail_hold, self.tail_hold_minutes, MINUTE),
            (&mut guards.saturation, self.saturation_minutes, MINUTE),
            (
                &mut guards.absorption_timeout,
                self.absorption_timeout_minutes,
                MINUTE,
            ),
            (
                &mut guards.charge_timeout,
                self.charge_timeout_minutes,
                MINUTE,
            ),
            (
                &mut guards.full_charge_fresh,
                self.full_charge_fresh_minutes,
                MINUTE,
            ),
            (&mut guards.probe, self.probe_minutes, MINUTE),
            (
                &mut guards.recharge_estimate,
                self.recharge_estimate_minutes,
                MINUTE,
            ),
            (&mut guards.clock_jump, self.clock_jump_seconds, 1.0),
        ] {
            put(time, duration(entry, unit)?);
        }
        if let Some(every) = duration(self.full_charge_every_days, DAY)? {
            guards.full_charge_every = Some(every);
        }
        Ok(())
    }
}

fn put<T>(place: &mut T, entry: Option<T>) {
    if let Some(value) = entry {
        *place = value;
    }
}

fn duration(entry: Option<f64>, unit_seconds: f64) -> Result<Option<Duration>, NoTime> {
    entry
        .map(|value| Duration::try_from_secs_f64(value * unit_seconds).map_err(|_| NoTime(value)))
        .transpose()
}
