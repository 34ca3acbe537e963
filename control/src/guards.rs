//! The times, counts and factors of the guards: what a site configures once and no operator changes.
//!
//! [`Guards::default`] is the careful set. [`Guards::concept`] is the project's original concept:
//! voltages alone decide the consumption cycle. The interlocks hold under both.

use core::time::Duration;

use crate::vocabulary::{RejectCode, Rejection};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The times, counts and factors of the guards.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Guards {
    /// How long a circuit stays closed at least before a mode opens it.
    pub least_closed: Duration,
    /// How long a circuit stays closed at least before an operator opens it.
    pub least_closed_by_hand: Duration,
    /// How often each of relays 1 and 2 may be opened in 24 hours; interlocks are not counted out.
    pub openings_a_day: u32,
    /// How many trips of one cause within [`Self::trip_window`] latch it until it is acknowledged.
    pub trips_to_latch: u32,
    /// The time in which trips of one cause are counted together.
    pub trip_window: Duration,
    /// How long thermal runaway remembers current and temperature at constant voltage.
    pub runaway_memory: Duration,
    /// Current below which a battery at `charge_stop` counts as full, as a fraction of the capacity
    /// per hour; `None`: the voltage alone tells.
    pub tail_fraction: Option<f64>,
    /// How long voltage and current must say that the battery is full.
    pub tail_hold: Duration,
    /// How long a full battery is charged on before it may rest: the tail current alone comes too early
    /// where a charger holds no more than the float voltage, and a battery that is never quite full
    /// sulfates.
    pub saturation: Duration,
    /// How long above `charge_stop` a battery counts as full whatever its current.
    pub absorption_timeout: Duration,
    /// Whether a charged battery rests on a common bus, too, where an open charger puts the load on it:
    /// it would be worked all year round.
    pub rest_on_common_bus: bool,
    /// How long a cycle's charge may take to reach `charge_stop`.
    pub charge_timeout: Duration,
    /// How long a battery may go without having been seen full; `None`: for ever.
    pub full_charge_every: Option<Duration>,
    /// Whether a cycle first waits for a full charge.
    pub fill_before_cycle: bool,
    /// How recent the full charge before a discharge must be.
    pub full_charge_fresh: Duration,
    /// How long the first part of a discharge is that shows a weak battery.
    pub probe: Duration,
    /// The greatest dip in the probe, as a multiple of the earlier cycles'; `None`: not looked at.
    pub dip_factor: Option<f64>,
    /// The greatest fall of voltage per charge taken out, as a multiple of the last cycle's; `None`:
    /// not looked at.
    pub slope_factor: Option<f64>,
    /// Temperatures between which cycles run, °C.
    pub cycle_celsius: (f64, f64),
    /// How long a recharge takes where no cycle has shown it yet.
    pub recharge_estimate: Duration,
    /// Whether `discharge_depth` and `reserve_runtime` guard a discharge.
    pub count_charge: bool,
    /// A jump of the wall clock that ends a cycle.
    pub clock_jump: Duration,
}

impl Default for Guards {
    fn default() -> Self {
        Self {
            least_closed: 10 * MINUTE,
            least_closed_by_hand: Duration::from_secs(30),
            openings_a_day: 24,
            trips_to_latch: 3,
            trip_window: HOUR,
            runaway_memory: DAY,
            tail_fraction: Some(0.04),
            tail_hold: 3 * MINUTE,
            saturation: 4 * HOUR,
            absorption_timeout: 8 * HOUR,
            rest_on_common_bus: false,
            charge_timeout: 24 * HOUR,
            full_charge_every: Some(7 * DAY),
            fill_before_cycle: true,
            full_charge_fresh: DAY,
            probe: MINUTE,
            dip_factor: Some(1.5),
            slope_factor: Some(3.0),
            cycle_celsius: (10.0, 35.0),
            recharge_estimate: 8 * HOUR,
            count_charge: true,
            clock_jump: Duration::from_secs(30),
        }
    }
}

impl Guards {
    /// The rules of the original concept: a cycle is steered by voltages alone. No full charge is
    /// awaited or forced, no charge counted, no dip or slope compared.
    #[must_use]
    pub fn concept() -> Self {
        Self {
            tail_fraction: None,
            tail_hold: Duration::ZERO,
            saturation: Duration::ZERO,
            rest_on_common_bus: true,
            full_charge_every: None,
            fill_before_cycle: false,
            dip_factor: None,
            slope_factor: None,
            count_charge: false,
            ..Self::default()
        }
    }

    /// Whether the guards can be followed.
    ///
    /// # Errors
    /// `wrong_value` names the first entry that makes no sense and what it may be.
    pub(crate) fn check(&self) -> Result<(), Rejection> {
        let times = [
            ("least_closed", self.least_closed, Duration::ZERO, 12 * HOUR),
            (
                "least_closed_by_hand",
                self.least_closed_by_hand,
                Duration::ZERO,
                HOUR,
            ),
            ("trip_window", self.trip_window, MINUTE, 7 * DAY),
            ("runaway_memory", self.runaway_memory, HOUR, 2 * DAY),
            ("saturation", self.saturation, Duration::ZERO, DAY),
            ("tail_hold", self.tail_hold, Duration::ZERO, 6 * HOUR),
            ("absorption_timeout", self.absorption_timeout, HOUR, 7 * DAY),
            ("charge_timeout", self.charge_timeout, HOUR, 14 * DAY),
            (
                "full_charge_every",
                self.full_charge_every.unwrap_or(DAY),
                DAY,
                60 * DAY,
            ),
            (
                "full_charge_fresh",
                self.full_charge_fresh,
                10 * MINUTE,
                7 * DAY,
            ),
            ("probe", self.probe, Duration::ZERO, HOUR),
            ("recharge_estimate", self.recharge_estimate, HOUR, 7 * DAY),
            ("clock_jump", self.clock_jump, Duration::from_secs(1), HOUR),
        ];
        for (name, value, least, greatest) in times {
            within(
                name,
                value.as_secs_f64(),
                least.as_secs_f64(),
                greatest.as_secs_f64(),
                " s",
            )?;
        }
        within(
            "openings_a_day",
            f64::from(self.openings_a_day),
            2.0,
            200.0,
            "",
        )?;
        within(
            "trips_to_latch",
            f64::from(self.trips_to_latch),
            2.0,
            20.0,
            "",
        )?;
        within(
            "tail_fraction",
            self.tail_fraction.unwrap_or(0.04),
            0.002,
            0.2,
            "",
        )?;
        within("dip_factor", self.dip_factor.unwrap_or(1.5), 1.1, 10.0, "")?;
        within(
            "slope_factor",
            self.slope_factor.unwrap_or(3.0),
            1.1,
            20.0,
            "",
        )?;
        self.check_the_times_of_a_charge()?;
        let (coldest, hottest) = self.cycle_celsius;
        within("cycle_celsius, lower", coldest, -20.0, 30.0, " °C")?;
        within("cycle_celsius, upper", hottest, coldest + 1.0, 45.0, " °C")
    }

    /// A charge that is given up before it can have succeeded would be given up always.
    fn check_the_times_of_a_charge(&self) -> Result<(), Rejection> {
        let by_current = self.saturation.saturating_add(self.tail_hold);
        for (needed, what) in [
            (by_current, "saturation and tail_hold together"),
            (self.absorption_timeout, "absorption_timeout"),
        ] {
            if needed >= self.charge_timeout {
                return Err(Rejection::new(
                    RejectCode::Contradiction,
                    format!(
                        "The guard charge_timeout ({} s) must be longer than {what} ({} s), or no charge can end in time.",
                        self.charge_timeout.as_secs(),
                        needed.as_secs()
                    ),
                ));
            }
        }
        Ok(())
    }
}

fn within(name: &str, value: f64, least: f64, greatest: f64, unit: &str) -> Result<(), Rejection> {
    // Written so that NaN is refused, too.
    if (least..=greatest).contains(&value) {
        return Ok(());
    }
    Err(Rejection::new(
        RejectCode::WrongValue,
        format!(
            "The guard {name} must lie between {least}{unit} and {greatest}{unit}; {value}{unit} does not."
        ),
    ))
}
