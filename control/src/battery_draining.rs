//! A battery that its load empties while its temperature forbids charging: the operator has until the
//! floor to cool it, to warm it, or to take the load away.

use crate::alarms::Finding;
use crate::current::{FLOW_AMPERES, TARE_AMPERES};
use crate::gauge::{Gauge, Runtime};
use crate::level::rounded;
use crate::vocabulary::Wiring;

/// What the last window says of the alarm. Only on a common bus does an open charger leave the load to
/// the battery. The value is how long the battery can carry it, min.
pub(crate) fn finding(
    wiring: Wiring,
    thermal_interlock: bool,
    gauge: &Gauge,
    was_active: bool,
) -> Finding {
    let active = wiring == Wiring::CommonBus
        && thermal_interlock
        && drained(gauge.battery_amperes, was_active);
    if active == was_active {
        return Finding::plain(active);
    }
    Finding {
        value: (gauge.runtime())
            .and_then(Runtime::exact)
            .map(|runtime| rounded(runtime.minutes())),
        ..Finding::plain(active)
    }
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
