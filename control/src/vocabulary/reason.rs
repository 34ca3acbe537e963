//! Why a relay stands as it does, in data that a user interface can put into words.

use serde::{Deserialize, Serialize};

use super::{Contact, wire_names};

/// The rule that decided, in order of precedence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// Interlock: the battery is, or was until it has cooled, above `temperature_limit`.
    Heat,
    /// Interlock: the battery is below `charge_temperature_min`, or was until it has warmed.
    Cold,
    /// Interlock: thermal runaway, until a person has looked.
    ThermalRunaway,
    /// Interlock: the battery's voltage reached `hard_voltage`.
    VoltageHardLimit,
    /// Interlock: voltage or temperature cannot be trusted.
    DataLost,
    /// Interlock: the battery is at `discharge_floor`.
    Floor,
    /// Interlock: the battery could not carry the load for `reserve_runtime` any more.
    Reserve,
    /// Interlock: `discharge_depth` has been taken out of the battery.
    DischargeDepth,
    /// Interlock: the battery has carried the load for `longest_discharge`.
    LongestDischarge,
    /// Interlock: a critical period, or one that cannot be excluded because the clock is not set.
    CriticalPeriod,
    /// Interlock: mains is known to be lost, so relay 1 stays closed for its return.
    MainsLost,
    /// An operator holds the relay.
    Manual,
    /// The circuit was closed too short a time ago to be opened again.
    LeastTime,
    /// The circuit was opened too often today to be opened again.
    SwitchingBudget,
    /// The battery has not been verified full for too long: the charger stays closed until it is.
    FullCharge,
    /// Observer mode: both circuits stay closed.
    Observer,
    /// Overcharge protection leaves mains closed.
    ChargerOnly,
    /// Overcharge protection: the mean passed `overcharge_cut`.
    OverchargeCut,
    /// Overcharge protection: below the cut, so the charger stays connected.
    BelowOverchargeCut,
    /// Consumption cycle: closed until a cycle is due.
    CycleWaiting,
    /// Consumption cycle: closed until the battery is verified full.
    CycleFilling,
    /// Consumption cycle: open, the battery carries the load.
    CycleDischarging,
    /// Consumption cycle: closed, the battery is charged.
    CycleCharging,
    /// Consumption cycle: the charger is open until `top_up`; mains is closed.
    CycleResting,
    /// The relay is switched by hand only (relays 3 and 4).
    HandOnly,
}

wire_names!(Rule {
    Heat => "heat",
    Cold => "cold",
    ThermalRunaway => "thermal_runaway",
    VoltageHardLimit => "voltage_hard_limit",
    DataLost => "data_lost",
    Floor => "floor",
    Reserve => "reserve",
    DischargeDepth => "discharge_depth",
    LongestDischarge => "longest_discharge",
    CriticalPeriod => "critical_period",
    MainsLost => "mains_lost",
    Manual => "manual",
    LeastTime => "least_time",
    SwitchingBudget => "switching_budget",
    FullCharge => "full_charge",
    Observer => "observer",
    ChargerOnly => "charger_only",
    OverchargeCut => "overcharge_cut",
    BelowOverchargeCut => "below_overcharge_cut",
    CycleWaiting => "cycle_waiting",
    CycleFilling => "cycle_filling",
    CycleDischarging => "cycle_discharging",
    CycleCharging => "cycle_charging",
    CycleResting => "cycle_resting",
    HandOnly => "hand_only",
});

/// A measured quantity that a rule looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Quantity {
    /// Volts at the battery's terminals.
    BatteryVoltage,
    /// Degrees Celsius at the battery.
    Temperature,
    /// Amperes into the battery.
    BatteryCurrent,
    /// Percent of the capacity taken out.
    Depth,
    /// Minutes for which the battery can carry the present load.
    Runtime,
}

wire_names!(Quantity {
    BatteryVoltage => "battery_voltage",
    Temperature => "temperature",
    BatteryCurrent => "battery_current",
    Depth => "depth",
    Runtime => "runtime",
});

/// What must happen for the next change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Condition {
    /// The quantity rises above the threshold.
    Above,
    /// The quantity falls below the threshold.
    Below,
    /// That many good readings in a row (`threshold`).
    GoodReadings,
    /// The lease ends, or the operator commands it.
    LeaseEnd,
    /// The supply comes back.
    MainsReturn,
    /// The battery is verified full: above `charge_stop` with a small current for some minutes.
    FullCharge,
    /// The next cycle is due and nothing stands against it.
    CycleDue,
    /// That moment (`not_before`) comes.
    Time,
    /// The alarm is acknowledged, and its cause is over.
    Acknowledgement,
}

wire_names!(Condition {
    Above => "above",
    Below => "below",
    GoodReadings => "good_readings",
    LeaseEnd => "lease_end",
    MainsReturn => "mains_return",
    FullCharge => "full_charge",
    CycleDue => "cycle_due",
    Time => "time",
    Acknowledgement => "acknowledgement",
});

/// The next change of a relay, as far as it can be foreseen.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Next<T> {
    /// Where the relay would go; `null` where another rule then decides.
    pub to: Option<Contact>,
    /// What must happen.
    pub condition: Condition,
    /// The quantity that `above` and `below` speak of.
    pub quantity: Option<Quantity>,
    /// The threshold, in the unit of the quantity (V, °C, A, %, min) or a count.
    pub threshold: Option<f64>,
    /// Not before this moment (least times, end of the lease).
    pub not_before: Option<T>,
}

/// Why a relay stands as it does.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Reason<T> {
    /// The rule that decided.
    pub rule: Rule,
    /// The value it saw when it began to hold, in the unit of the rule.
    pub value: Option<f64>,
    /// The threshold it held the value against.
    pub threshold: Option<f64>,
    /// Since when this rule decides.
    pub since: T,
    /// What must happen for the next change; `null` where only a command changes it.
    pub next: Option<Next<T>>,
}

impl<T> Reason<T> {
    /// The same reason with its times put through `f`.
    pub fn map_time<U>(self, mut f: impl FnMut(T) -> U) -> Reason<U> {
        Reason {
            rule: self.rule,
            value: self.value,
            threshold: self.threshold,
            since: f(self.since),
            next: self.next.map(|next| Next {
                to: next.to,
                condition: next.condition,
                quantity: next.quantity,
                threshold: next.threshold,
                not_before: next.not_before.map(f),
            }),
        }
    }
}
