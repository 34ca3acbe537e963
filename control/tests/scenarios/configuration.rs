//! What the controller refuses to start with.

use core::time::Duration;

use crate::site::config;
use releve_control::decision::Config;
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
