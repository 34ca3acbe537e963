//! How long a battery can carry a load: Peukert's law.

use core::time::Duration;

use crate::current::TARE_AMPERES;
use crate::profile::Profile;

/// The time in which a battery gives its rated capacity, h: the makers' 20-hour rate.
pub const RATED_HOURS: f64 = 20.0;

/// Peukert's exponent of a chemistry at currents above the rated one.
///
/// Lead 1.25, lithium 1.05: the defaults of a battery monitor of the trade (Victron BMV-700).
#[must_use]
pub const fn peukert_exponent(profile: Profile) -> f64 {
    match profile {
        Profile::Agm | Profile::Gel | Profile::Flooded => 1.25,
        Profile::Lifepo4 => 1.05,
    }
}

/// How long a battery of that rated capacity (Ah at the 20-hour rate, positive) carries a load, A,
/// from that state of charge (0 to 1).
///
/// `t = 20 h · (C / (I · 20 h))^n · SoC`, with n = 1 below the rated current: a small load gains
/// nothing. A load below a sensor's offset counts as that offset. Age and temperature are not in it.
pub(crate) fn runtime(
    profile: Profile,
    capacity: f64,
    load: f64,
    state_of_charge: f64,
) -> Duration {
    let relative = capacity / (load.max(TARE_AMPERES) * RATED_HOURS);
    let exponent = if relative < 1.0 {
        peukert_exponent(profile)
    } else {
        1.0
    };
    let hours = RATED_HOURS * relative.powf(exponent) * state_of_charge.clamp(0.0, 1.0);
    Duration::try_from_secs_f64(hours * 3600.0).unwrap_or(Duration::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(profile: Profile, capacity: f64, load: f64, state_of_charge: f64) -> f64 {
        runtime(profile, capacity, load, state_of_charge).as_secs_f64() / 3600.0
    }

    /// Published discharges of full lead batteries, from their rated capacity to their end voltage.
    #[test]
    fn published_discharges_are_met_within_17_percent() {
        for (battery, capacity, load, published_hours) in [
            ("Victron, 100 Ah: 56 Ah in 2 h", 100.0, 28.0, 2.0),
            ("Victron, 200 Ah gel at 200 A", 200.0, 200.0, 0.5),
            ("UB121000 at 10 A", 100.0, 10.0, 9.229),
            ("NP4-12 at 1 h", 4.0, 2.25, 1.0),
            ("NP4-12 at 3 h", 4.0, 1.0, 3.0),
            ("NP4-12 at 5 h", 4.0, 0.7, 5.0),
            ("NP4-12 at 10 h", 4.0, 0.38, 10.0),
            ("NP4-12 at 20 h", 4.0, 0.2, 20.0),
            ("Vinachem 40 Ah at 1 h", 40.0, 24.0, 1.0),
            ("Vinachem 40 Ah at 5 h", 40.0, 6.8, 5.0),
            ("Vinachem 40 Ah at 10 h", 40.0, 3.72, 10.0),
        ] {
            let error = hours(Profile::Agm, capacity, load, 1.0) / published_hours - 1.0;
            assert!(error.abs() < 0.17, "{battery}: {:+.1} %", 100.0 * error);
        }
    }

    #[test]
    fn at_and_below_the_rated_current_charge_alone_counts() {
        for profile in Profile::ALL.iter().copied() {
            assert!((hours(profile, 100.0, 5.0, 1.0) - 20.0).abs() < 1e-6);
            assert!((hours(profile, 100.0, 1.0, 1.0) - 100.0).abs() < 1e-6);
            assert!((hours(profile, 100.0, 1.0, 0.25) - 25.0).abs() < 1e-6);
        }
    }

    #[test]
    fn lithium_loses_less_to_a_large_load_than_lead() {
        // (1/10)^1.05 and (1/10)^1.25 of 20 h.
        assert!((hours(Profile::Lifepo4, 100.0, 50.0, 1.0) - 1.7825).abs() < 1e-4);
        assert!((hours(Profile::Gel, 100.0, 50.0, 1.0) - 1.1247).abs() < 1e-4);
    }

    #[test]
    fn no_load_lasts_long_and_not_for_ever() {
        let none = hours(Profile::Agm, 100.0, 0.0, 1.0);
        assert!((none - 100.0 / TARE_AMPERES).abs() < 1e-3, "{none}");
        assert!((hours(Profile::Agm, 100.0, -5.0, 1.0) - none).abs() < 1e-6);
    }

    #[test]
    fn an_empty_battery_carries_nothing() {
        assert_eq!(runtime(Profile::Agm, 100.0, 5.0, 0.0), Duration::ZERO);
        assert_eq!(runtime(Profile::Agm, 100.0, 5.0, -0.2), Duration::ZERO);
    }
}
