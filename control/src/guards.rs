//! The times, counts and factors of the guards: what a site configures once and no operator changes.
//!
//! [`Guards::default`] is the careful set. [`Guards::concept`] is the project's original concept:
//! voltages alone decide the consumption cycle. The interlocks hold under both.

use core::time::Duration;

use crate::vocabulary::{RejectCode, Rejection};

const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

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

    /// The numbers among the guards with what each may be; where one is switched off, the careful one
    /// stands here.
    #[must_use]
    pub fn numbers(&self) -> [GuardNumber; 20] {
        let careful = Self::default();
        let (coldest, hottest) = self.cycle_celsius;
        let full_charge_every = self.full_charge_every.or(careful.full_charge_every);
        let fraction =
            |value: Option<f64>, careful: Option<f64>| value.or(careful).unwrap_or(f64::NAN);
        [
            minutes("least_closed", self.least_closed, 0.0, 720.0),
            seconds(
                "least_closed_by_hand",
                self.least_closed_by_hand,
                0.0,
                3600.0,
            ),
            number("openings_a_day", self.openings_a_day.into(), 2.0, 200.0),
            number("trips_to_latch", self.trips_to_latch.into(), 2.0, 20.0),
            minutes("trip_window", self.trip_window, 1.0, 10_080.0),
            number(
                "tail_fraction",
                fraction(self.tail_fraction, careful.tail_fraction),
                0.002,
                0.2,
            ),
            minutes("tail_hold", self.tail_hold, 0.0, 360.0),
            minutes("saturation", self.saturation, 0.0, 1440.0),
            minutes(
                "absorption_timeout",
                self.absorption_timeout,
                60.0,
                10_080.0,
            ),
            minutes("charge_timeout", self.charge_timeout, 60.0, 20_160.0),
            minutes(
                "full_charge_every",
                full_charge_every.unwrap_or_default(),
                1440.0,
                86_400.0,
            ),
            minutes("full_charge_fresh", self.full_charge_fresh, 10.0, 10_080.0),
            minutes("probe", self.probe, 0.0, 60.0),
            number(
                "dip_factor",
                fraction(self.dip_factor, careful.dip_factor),
                1.1,
                10.0,
            ),
            number(
                "slope_factor",
                fraction(self.slope_factor, careful.slope_factor),
                1.1,
                20.0,
            ),
            celsius("cycle_celsius, lower end", coldest, -20.0, 30.0),
            celsius("cycle_celsius, upper end", hottest, -19.0, 45.0),
            minutes("recharge_estimate", self.recharge_estimate, 60.0, 10_080.0),
            seconds("clock_jump", self.clock_jump, 1.0, 3600.0),
            minutes("runaway_memory", self.runaway_memory, 60.0, 2880.0),
        ]
    }

    /// Whether the guards can be followed.
    ///
    /// # Errors
    /// `wrong_value` names the first entry that makes no sense and what it may be, `contradiction` two
    /// that do not fit.
    pub(crate) fn check(&self) -> Result<(), Rejection> {
        for number in self.numbers() {
            number.check()?;
        }
        let (coldest, hottest) = self.cycle_celsius;
        if hottest < coldest + 1.0 {
            return Err(Rejection::new(
                RejectCode::Contradiction,
                format!(
                    "The upper end of cycle_celsius ({hottest} °C) must lie at least 1 °C above the lower one ({coldest} °C)."
                ),
            ));
        }
        self.check_the_times_of_a_charge()
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

/// A number among the guards, and what it may be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GuardNumber {
    /// The guard.
    pub name: &'static str,
    /// Its value, in its unit.
    pub value: f64,
    /// The least that it may be.
    pub least: f64,
    /// The greatest that it may be.
    pub greatest: f64,
    /// The unit, with the space before it; empty for a plain number.
    pub unit: &'static str,
}

impl GuardNumber {
    fn check(&self) -> Result<(), Rejection> {
        let Self {
            name,
            value,
            least,
            greatest,
            unit,
        } = *self;
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
}

const fn number(name: &'static str, value: f64, least: f64, greatest: f64) -> GuardNumber {
    GuardNumber {
        name,
        value,
        least,
        greatest,
        unit: "",
    }
}

const fn celsius(name: &'static str, value: f64, least: f64, greatest: f64) -> GuardNumber {
    GuardNumber {
        unit: " °C",
        ..number(name, value, least, greatest)
    }
}

fn seconds(name: &'static str, value: Duration, least: f64, greatest: f64) -> GuardNumber {
    GuardNumber {
        unit: " s",
        ..number(name, value.as_secs_f64(), least, greatest)
    }
}

fn minutes(name: &'static str, value: Duration, least: f64, greatest: f64) -> GuardNumber {
    GuardNumber {
        unit: " min",
        ..number(name, value.as_secs_f64() / 60.0, least, greatest)
    }
}
