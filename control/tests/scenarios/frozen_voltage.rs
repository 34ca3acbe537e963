//! Lost data because the voltage does not answer the current.

use crate::site::*;
use releve_control::{AlarmName, Cause, Command, Rule, Wiring};

/// The trap of a public set of measurements: its current column reads −10 A for 890 s before the
/// voltage moves.
///
/// ```text
/// 0:00 at rest, 13.229 V, mains opened by hand
/// 1:00 10 A are drawn, 13.229 V       1:09 frozen: both closed, alarm; the hand cannot open them
/// 15:50 13.025 V, then it falls       17:30 three windows have moved: over
/// ```
#[test]
fn a_current_that_the_voltage_does_not_answer_is_lost_data() {
    for wiring in Wiring::ALL.iter().copied() {
        let mut site = Site::by_hand(wiring);
        site.frozen = true;
        site.measured.charger_amperes = amperes(0.0);
        site.measured.load_amperes = amperes(0.0);
        site.measured.battery_volts = volts(13.229);
        site.run(MINUTE);
        site.ask(Command::Relay(Mains, Open)).expect("manual");
        site.run(MINUTE);
        assert!(
            !site.has(AlarmName::DataLost),
            "constancy alone proves nothing"
        );
        site.measured.load_amperes = amperes(10.0);
        site.run(2 * SAMPLE);
        assert_eq!(site.stands(Mains), Open);
        site.run(SAMPLE);
        assert_eq!(site.installation(), (Closed, Closed));
        assert_eq!(site.rule(Mains), Rule::DataLost);
        assert_eq!(site.cause(AlarmName::DataLost), Some(Cause::VoltageFrozen));
        site.run(881 * SECOND);
        assert!(
            site.has(AlarmName::DataLost),
            "good windows that show nothing new"
        );
        for window in 0..4 {
            for sample in 0..10 {
                let fallen = f64::from(window * 10 + sample) * 0.004;
                site.measured.battery_volts = volts(13.025 - fallen);
                site.run(SAMPLE);
            }
        }
        assert!(!site.has(AlarmName::DataLost));
    }
}

/// ```text
/// 0:00 a full battery at exactly 13.6 V and 0.02 A for a day
/// ```
#[test]
fn a_held_battery_is_not_frozen() {
    let mut site = Site::new(Wiring::BatteryLead);
    site.frozen = true;
    site.measured.charger_amperes = amperes(0.02);
    site.run(24 * 60 * MINUTE);
    assert!(!site.has(AlarmName::DataLost));
}
