//! Why a relay stands as it does, in data that a user interface can put into words.

use serde::{Deserialize, Serialize};

use super::{Contact, wire_names};

/// The rule that decided, in order of precedence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// Interlock: the battery is, or was until it has cooled, above `temperature_limit`.
    Heat,
    /// Interlock: the battery's voltage reached `hard_voltage`.
    VoltageHardLimit,
    /// Interlock: voltage or temperature cannot be trusted.
    DataLost,
    /// Interlock: the battery is at `discharge_floor`.
    Floor,
    /// Interlock: mains is known to be lost, so relay 1 stays closed for its return.
    MainsLost,
    /// An operator holds the relay.
    Manual,
    /// The mode only observes this circuit: closed. Observer mode says so of both circuits, overcharge
    /// protection of mains.
    Observer,
    /// Overcharge protection: the mean passed `overcharge_cut`.
    OverchargeCut,
    /// Overcharge protection: below the cut, so the charger stays connected.
    BelowOverchargeCut,
    /// The relay is switched by hand only (relays 3 and 4).
    HandOnly,
}

wire_names!(Rule {
    Heat => "heat",
    VoltageHardLimit => "voltage_hard_limit",
    DataLost => "data_lost",
    Floor => "floor",
    MainsLost => "mains_lost",
    Manual => "manual",
    Observer => "observer",
    OverchargeCut => "overcharge_cut",
    BelowOverchargeCut => "below_overcharge_cut",
    HandOnly => "hand_only",
});

/// A measured quantity that a rule looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Quantity {
    /// Volts at the battery's terminals.
    BatteryVoltage,
    /// Degrees Celsius at the battery.
    Temperature,
}

wire_names!(Quantity { BatteryVoltage => "battery_voltage", Temperature => "temperature" });

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
}

wire_names!(Condition {
    Above => "above",
    Below => "below",
    GoodReadings => "good_readings",
    LeaseEnd => "lease_end",
    MainsReturn => "mains_return",
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
    /// The threshold, in the unit of the quantity (V, °C) or a count.
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
