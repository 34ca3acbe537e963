//! A battery that its load empties while its temperature forbids charging: the operator has until the
//! floor to cool it, to warm it, or to take the load away.

use crate::current::{FLOW_AMPERES, TARE_AMPERES};
use crate::vocabulary::Wiring;

/// Whether the alarm holds; `battery_amperes` is the mean of the last window, A. Only on a common bus does an
/// open charger leave the load to the battery.
pub(crate) fn holds(
    wiring: Wiring,
    thermal_interlock: bool,
    battery_amperes: Option<f64>,
    was_active: bool,
) -> bool {
    wiring == Wiring::CommonBus && thermal_interlock && drained(battery_amperes, was_active)
}

fn drained(amperes: Option<f64>, was_active: bool) -> bool {
    match amperes {
        None => was_active,
        Some(amperes) if was_active => amperes < -TARE_AMPERES,
        Some(amperes) => amperes < -FLOW_AMPERES,
    }
}

#[cfg(test)]
mod tests {
    use super::drained;

    #[test]
    fn around_zero_it_stays_as_it_was() {
        for (amperes, raised, held) in [
            (Some(-0.101), true, true),
            (Some(-0.1), false, true),
            (Some(-0.031), false, true),
            (Some(-0.03), false, false),
            (None, false, true),
        ] {
            assert_eq!(
                (drained(amperes, false), drained(amperes, true)),
                (raised, held),
                "{amperes:?} A"
            );
        }
    }
}
