//! What the controller refuses to start with.

use core::time::Duration;

use crate::site::config;
use releve_control::decision::Config;
use releve_control::limits::{GAPS, bounds};
use releve_control::profile::Profile;
use releve_control::{Controller, LimitName, LimitSource, Monotonic, RejectCode, Wiring};

fn start(change: impl FnOnce(&mut Config)) -> Result<Controller, RejectCode> {
    let mut config = config(Wiring::CommonBus);
    change(&mut config);
    Controller::new(config, Monotonic::START).map_err(|rejection| rejection.code)
}

#[test]
fn windows_that_cannot_be_filled_are_refused() {
    for window in [
        Duration::ZERO,
        Duration::from_millis(19),
        Duration::from_secs(3601),
        Duration::MAX,
    ] {
        assert_eq!(
            start(|config| config.window = window).err(),
            Some(RejectCode::WrongValue),
            "{window:?}"
        );
    }
    for window in [Duration::from_millis(20), Duration::from_hours(1)] {
        let started = start(|config| config.window = window);
        assert_eq!(started.map(drop), Ok(()), "{window:?}");
    }
    for samples in [0, 1001, u32::MAX] {
        assert_eq!(
            start(|config| config.samples_per_window = samples).err(),
            Some(RejectCode::WrongValue)
        );
    }
}

#[test]
fn limits_are_checked_together() {
    let far_lower = vec![
        (LimitName::OverchargeCut, 13.4),
        (LimitName::ChargeResume, 12.9),
        (LimitName::HardVoltage, 14.2),
    ];
    let controller = start(|config| config.limits = far_lower).expect("they fit one another");
    let (_, setting) = controller.view().limits[0];
    assert_eq!(
        (setting.value, setting.set_by),
        (13.4, LimitSource::Configuration)
    );

    let contradiction = vec![(LimitName::HardVoltage, 14.2)];
    assert_eq!(
        start(|config| config.limits = contradiction).err(),
        Some(RejectCode::Contradiction)
    );
    let out_of_bounds = vec![(LimitName::TemperatureLimit, 80.0)];
    assert_eq!(
        start(|config| config.limits = out_of_bounds).err(),
        Some(RejectCode::WrongValue)
    );
    let twice = vec![
        (LimitName::OverchargeCut, 14.4),
        (LimitName::OverchargeCut, 14.3),
    ];
    assert_eq!(
        start(|config| config.limits = twice).err(),
        Some(RejectCode::WrongValue)
    );
}

/// Every pair of limits that must keep its distance, at exactly that distance and a hair closer.
#[test]
fn every_gap_is_kept_by_every_profile() {
    for profile in Profile::ALL.iter().copied() {
        for gap in GAPS {
            let low = profile.default_limit(gap.lower);
            let at_least = low + gap.least;
            for (high, fits) in [(at_least, true), (at_least - 0.01, false)] {
                if !bounds(profile, gap.upper).contains(high) {
                    continue;
                }
                let limits = vec![(gap.upper, high)];
                let refused = Controller::new(
                    Config {
                        limits,
                        ..Config::new(Wiring::CommonBus, profile)
                    },
                    Monotonic::START,
                )
                .err();
                let about_these = refused.is_some_and(|rejection| {
                    rejection.code == RejectCode::Contradiction
                        && rejection.reason.starts_with(gap.lower.name())
                        && rejection.reason.contains(gap.upper.name())
                });
                assert_eq!(about_these, !fits, "{profile}: {gap:?} at {high}");
            }
        }
    }
}

#[test]
fn a_data_sheet_overrides_the_profile_within_its_chemistry() {
    for (profile, limit, value, allowed) in [
        (Profile::Lifepo4, LimitName::HardVoltage, 14.6, true),
        (Profile::Lifepo4, LimitName::HardVoltage, 14.61, false),
        (Profile::Lifepo4, LimitName::OverchargeCut, 14.51, false),
        (
            Profile::Lifepo4,
            LimitName::ChargeTemperatureMin,
            -0.1,
            false,
        ),
        (Profile::Agm, LimitName::HardVoltage, 15.5, true),
        (Profile::Gel, LimitName::HardVoltage, 15.51, false),
        (Profile::Flooded, LimitName::HardVoltage, 16.0, true),
        (Profile::Flooded, LimitName::HardVoltage, 16.01, false),
    ] {
        let config = Config {
            limits: vec![(limit, value)],
            ..Config::new(Wiring::BatteryLead, profile)
        };
        let started = Controller::new(config, Monotonic::START);
        match started {
            Ok(controller) => {
                assert!(allowed, "{profile}: {limit} {value}");
                let view = controller.view();
                let (_, setting) = view.limits[limit as usize];
                assert_eq!(
                    (setting.value, setting.set_by),
                    (value, LimitSource::Configuration)
                );
            }
            Err(rejection) => {
                assert!(!allowed, "{profile}: {limit} {value}: {rejection:?}");
                assert_eq!(rejection.code, RejectCode::WrongValue);
                assert!(
                    rejection.reason.contains(profile.name()),
                    "{}",
                    rejection.reason
                );
            }
        }
    }
}

#[test]
fn a_charge_must_be_able_to_end_before_it_is_given_up() {
    use core::time::Duration;
    let minutes = Duration::from_mins;
    let started = |charge_timeout, saturation, absorption_timeout| {
        start(|config| {
            config.guards.charge_timeout = charge_timeout;
            config.guards.saturation = saturation;
            config.guards.absorption_timeout = absorption_timeout;
        })
        .map(drop)
    };
    // The tail current is held for three minutes before the saturation.
    assert_eq!(started(minutes(604), minutes(600), minutes(60)), Ok(()));
    let contradiction = Err(RejectCode::Contradiction);
    assert_eq!(
        started(minutes(603), minutes(600), minutes(60)),
        contradiction
    );
    assert_eq!(started(minutes(481), minutes(60), minutes(480)), Ok(()));
    assert_eq!(
        started(minutes(480), minutes(60), minutes(480)),
        contradiction
    );
}

#[test]
fn a_capacity_that_no_battery_has_is_refused() {
    for (capacity, refused) in [
        (0.49, true),
        (0.5, false),
        (10_000.0, false),
        (10_001.0, true),
        (-20.0, true),
        (f64::NAN, true),
    ] {
        let started = start(|config| config.capacity_ampere_hours = Some(capacity));
        let expected = if refused {
            Err(RejectCode::WrongValue)
        } else {
            Ok(())
        };
        assert_eq!(started.map(drop), expected, "{capacity} Ah");
    }
}

#[test]
fn a_range_of_temperatures_has_a_lower_and_an_upper_end() {
    for (range, expected) in [
        ((20.0, 21.0), Ok(())),
        ((20.0, 20.9), Err(RejectCode::Contradiction)),
        ((20.0, 19.0), Err(RejectCode::Contradiction)),
        ((-21.0, 20.0), Err(RejectCode::WrongValue)),
        ((20.0, 46.0), Err(RejectCode::WrongValue)),
    ] {
        let started = start(|config| config.guards.cycle_celsius = range);
        assert_eq!(started.map(drop), expected, "{range:?}");
    }
}

#[test]
fn every_number_of_the_guards_has_its_bounds() {
    use core::time::Duration;
    let minutes = Duration::from_mins;
    let refused = |change: &dyn Fn(&mut releve_control::guards::Guards)| {
        start(|config| change(&mut config.guards)).map(drop)
    };
    let wrong = Err(RejectCode::WrongValue);
    assert_eq!(refused(&|guards| guards.openings_a_day = 1), wrong);
    assert_eq!(refused(&|guards| guards.openings_a_day = 2), Ok(()));
    assert_eq!(refused(&|guards| guards.trips_to_latch = 21), wrong);
    assert_eq!(refused(&|guards| guards.probe = minutes(61)), wrong);
    assert_eq!(
        refused(&|guards| guards.clock_jump = Duration::from_millis(999)),
        wrong
    );
    assert_eq!(refused(&|guards| guards.dip_factor = Some(1.0)), wrong);
    assert_eq!(refused(&|guards| guards.dip_factor = None), Ok(()));
    assert_eq!(
        refused(&|guards| guards.slope_factor = Some(f64::NAN)),
        wrong
    );
    assert_eq!(
        refused(&|guards| guards.full_charge_every = Some(minutes(1439))),
        wrong
    );
}
