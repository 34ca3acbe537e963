//! What a measured current proves, and the battery's current, which no input measures directly.

use crate::sample::{Measurement, Sample, SensorFault};
use crate::vocabulary::{Contact, MainsState, Wiring};

/// Below this a current may be the sensor's own offset, A: the tare that the design allows.
pub const TARE_AMPERES: f64 = 0.03;
/// Above this a current flows beyond doubt, A. A battery monitor of the trade (Victron BMV-700)
/// takes anything less for zero.
pub const FLOW_AMPERES: f64 = 0.1;

/// By how much of the load two sensors of one current may differ: 1 % of each by the INA219's data sheet
/// and by a usual shunt, and the load may move between their readings. A battery's current that is the
/// difference of two is not known better. Our choice.
pub const DIFFERENCE_FRACTION: f64 = 0.05;

/// By how much the battery's current may be wrong because it is a difference, A.
pub(crate) fn difference_error(wiring: Wiring, load_amperes: Option<f64>) -> f64 {
    match wiring {
        Wiring::CommonBus => DIFFERENCE_FRACTION * load_amperes.unwrap_or_default().abs(),
        Wiring::BatteryLead => 0.0,
    }
}

/// Whether a current flows beyond doubt, in that direction of the sensor.
pub(crate) fn flows(measurement: Measurement) -> bool {
    measurement
        .value_or_bound()
        .is_some_and(|amperes| amperes > FLOW_AMPERES)
}

/// Whether no current flows, as far as the sensor can tell.
pub(crate) fn stopped(measurement: Measurement) -> bool {
    matches!(measurement, Measurement::Value(amperes) if amperes.abs() <= TARE_AMPERES)
}

/// The battery's current in one sample, A, positive while charging.
///
/// - `common_bus`: I_charger − I_load, always.
/// - `battery_lead`: I_charger on mains, −I_load on battery. On mains we are where the charger gives
///   current, or relay 1 is closed and mains is present; on battery where relay 1 is open or mains
///   is lost. Relay 1 closed, no current from the charger and no sense input: the charger may float
///   a full battery, or mains may be gone. If the load draws nothing either, the current is zero
///   both ways; else it is missing.
pub(crate) fn battery_current(
    wiring: Wiring,
    sample: &Sample,
    relay_1: Contact,
    mains: MainsState,
) -> Measurement {
    let (charger, load) = (sample.charger_amperes, sample.load_amperes);
    match wiring {
        Wiring::CommonBus => difference(charger, load),
        Wiring::BatteryLead if flows(charger) => charger,
        Wiring::BatteryLead => match (relay_1, mains) {
            (Contact::Open, _) | (_, MainsState::Lost) => negated(load),
            (Contact::Closed, MainsState::Present) => charger,
            (Contact::Closed, MainsState::Unknown) if stopped(charger) && stopped(load) => charger,
            (Contact::Closed, MainsState::Unknown) => Measurement::Missing(SensorFault::NoAnswer),
        },
    }
}

fn negated(measurement: Measurement) -> Measurement {
    match measurement {
        Measurement::Value(amperes) => Measurement::Value(-amperes),
        Measurement::OverRange(amperes) => Measurement::OverRange(-amperes),
        missing @ Measurement::Missing(_) => missing,
    }
}

/// The difference of two currents; a bound only where it is one: an over-range current must push
/// the difference away from zero, not across it.
fn difference(charger: Measurement, load: Measurement) -> Measurement {
    use Measurement::{Missing, OverRange, Value};
    let bound = |amperes: f64, away: bool| {
        if away {
            OverRange(amperes)
        } else {
            Missing(SensorFault::OutOfRange)
        }
    };
    match (charger, load) {
        (Value(charger), Value(load)) => Value(charger - load),
        (OverRange(charger), Value(load)) => {
            bound(charger - load, same_direction(charger - load, charger))
        }
        (Value(charger), OverRange(load)) => {
            bound(charger - load, same_direction(charger - load, -load))
        }
        (OverRange(charger), OverRange(load)) => {
            bound(charger - load, same_direction(charger, -load))
        }
        (Missing(fault), _) | (_, Missing(fault)) => Missing(fault),
    }
}

fn same_direction(one: f64, other: f64) -> bool {
    one * other > 0.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use Contact::{Closed, Open};
    use MainsState::{Lost, Present, Unknown};
    use Measurement::{Missing, OverRange, Value};

    fn current(
        wiring: Wiring,
        charger: f64,
        load: f64,
        relay: Contact,
        mains: MainsState,
    ) -> Option<f64> {
        let sample = Sample {
            battery_volts: Value(13.0),
            charger_volts: Value(13.0),
            charger_amperes: Value(charger),
            load_volts: Value(13.0),
            load_amperes: Value(load),
            temperature_celsius: Value(20.0),
            mains_sense: crate::sample::MainsSense::NotFitted,
            board_refuses: false,
            relays: crate::Relays::from_fn(|_| None),
        };
        battery_current(wiring, &sample, relay, mains).value_or_bound()
    }

    #[test]
    fn on_a_common_bus_the_battery_takes_what_the_load_leaves() {
        for (relay, mains) in [(Closed, Present), (Open, Unknown), (Closed, Lost)] {
            assert_eq!(
                current(Wiring::CommonBus, 5.0, 2.0, relay, mains),
                Some(3.0)
            );
            assert_eq!(
                current(Wiring::CommonBus, 0.0, 2.0, relay, mains),
                Some(-2.0)
            );
        }
    }

    #[test]
    fn in_the_battery_lead_it_depends_on_who_feeds_the_load() {
        let lead =
            |charger, load, relay, mains| current(Wiring::BatteryLead, charger, load, relay, mains);
        assert_eq!(
            lead(5.0, 2.0, Closed, Unknown),
            Some(5.0),
            "the charger's current proves mains"
        );
        assert_eq!(lead(0.02, 2.0, Closed, Present), Some(0.02), "float");
        assert_eq!(lead(0.0, 2.0, Open, Present), Some(-2.0), "relay 1 open");
        assert_eq!(lead(0.0, 2.0, Closed, Lost), Some(-2.0), "mains lost");
        assert_eq!(
            lead(0.02, 2.0, Closed, Unknown),
            None,
            "float or mains lost: nothing tells"
        );
        assert_eq!(
            lead(0.02, 0.01, Closed, Unknown),
            Some(0.02),
            "zero both ways"
        );
    }

    #[test]
    fn only_more_than_that_flows_beyond_doubt() {
        assert!(!flows(Value(FLOW_AMPERES)));
        assert!(flows(Value(FLOW_AMPERES + 1e-9)));
        assert!(!flows(Value(-2.0)));
        assert!(flows(OverRange(16.0)));
    }

    #[test]
    fn a_load_beyond_its_range_discharges_by_more_than_its_bound() {
        assert_eq!(negated(OverRange(16.0)), OverRange(-16.0));
    }

    #[test]
    fn a_bound_stays_a_bound_only_away_from_zero() {
        assert_eq!(difference(OverRange(20.0), Value(5.0)), OverRange(15.0));
        assert_eq!(difference(Value(5.0), OverRange(20.0)), OverRange(-15.0));
        assert_eq!(
            difference(OverRange(20.0), OverRange(-5.0)),
            OverRange(25.0)
        );
        assert!(matches!(
            difference(OverRange(20.0), Value(25.0)),
            Missing(_)
        ));
        for (charger, load) in [
            (OverRange(20.0), Value(20.0)),
            (Value(20.0), OverRange(20.0)),
            (Value(25.0), OverRange(20.0)),
            (OverRange(20.0), OverRange(20.0)),
            (OverRange(0.0), OverRange(20.0)),
        ] {
            let unknown = matches!(difference(charger, load), Missing(_));
            assert!(unknown, "{charger:?}, {load:?}");
        }
    }
}
