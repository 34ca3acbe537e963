//! Hard voltage limit, lost data, floor and lost mains. Heat has its own file.

use crate::site::*;
use releve_control::sample::Measurement;
use releve_control::{
    AlarmName, Command, Condition, LimitName, MainsState, Mode, Quantity, RejectCode, Rule, Wiring,
};

// ── hard voltage limit ──────────────────────────────────────────────────────────────────────────

/// ```text
/// 0:00 14.99 V: nothing        0:03 15.00 V, one raw sample: charger opens in that step
/// 0:06 12.90 V                 30:03 the least open time is over
/// 30:30 with the next reading below the resume level it closes
/// ```
#[test]
fn the_hard_limit_opens_the_charger_in_every_mode() {
    for wiring in Wiring::ALL.iter().copied() {
        for mode in [Mode::Observer, Mode::OverchargeProtection] {
            let mut site = Site::in_mode(wiring, mode);
            site.measured.battery_volts = volts(14.99);
            site.run(SAMPLE);
            assert_eq!(site.installation(), (Closed, Closed));
            site.measured.battery_volts = volts(15.0);
            site.run(SAMPLE);
            assert_eq!(site.installation(), (Closed, Open));
            assert!(site.has(AlarmName::VoltageHardLimit));
            let reason = site.why(Charger);
            assert_eq!(
                (reason.rule, reason.value, reason.threshold),
                (Rule::VoltageHardLimit, Some(15.0), Some(15.0))
            );
            let end = reason.next.and_then(|next| next.not_before);
            assert_eq!(end, Some(site.now.after(30 * MINUTE)));
            site.measured.battery_volts = volts(12.9);
            site.run(30 * MINUTE - SAMPLE);
            assert_eq!(site.stands(Charger), Open);
            site.run(30 * SECOND);
            assert_eq!(site.installation(), (Closed, Closed));
            assert!(!site.has(AlarmName::VoltageHardLimit));
        }
    }
}

/// ```text
/// 0:00 tripped    the mean stays at the resume level: the charger stays open for a day
/// ```
#[test]
fn the_hard_limit_holds_until_the_mean_is_below_the_resume_level() {
    let mut site = Site::new(Wiring::BatteryLead);
    site.measured.battery_volts = volts(15.2);
    site.run(SAMPLE);
    site.measured.battery_volts = volts(13.0);
    site.run(24 * 60 * MINUTE);
    assert_eq!(site.stands(Charger), Open);
    site.measured.battery_volts = volts(12.99);
    site.run(MINUTE);
    assert_eq!(site.stands(Charger), Closed);
}

/// ```text
/// 0:00 the voltage is beyond the sensor's range, or beyond what a 12 V site can show
/// ```
#[test]
fn beyond_the_range_is_above_the_hard_limit_and_never_lost_data() {
    for battery in [
        Measurement::OverRange(14.0),
        Measurement::OverRange(26.0),
        volts(26.5),
        volts(300.0),
    ] {
        let mut site = Site::new(Wiring::CommonBus);
        site.measured.battery_volts = battery;
        site.run(MINUTE);
        assert_eq!(
            (site.stands(Charger), site.rule(Charger)),
            (Open, Rule::VoltageHardLimit),
            "{battery:?}"
        );
        assert!(!site.has(AlarmName::DataLost));
    }
}

/// ```text
/// common_bus: 0:00 15.2 V: charger opens; the load discharges the battery
/// 0:30 12.0 V, the floor: the charger closes at once, long before its least open time
/// ```
#[test]
fn the_floor_ends_the_hard_limit() {
    let mut site = Site::new(Wiring::CommonBus);
    site.measured.battery_volts = volts(15.2);
    site.run(30 * SECOND);
    site.measured.battery_volts = volts(12.0);
    site.run(SAMPLE);
    assert_eq!(
        (site.installation(), site.rule(Charger)),
        ((Closed, Closed), Rule::Floor)
    );
}

/// ```text
/// 0:00 15.2 V: charger opens     0:03 the voltage is lost
/// common_bus: an open charger discharges a battery that nobody watches: plain installation
/// battery_lead: an open charger lets it rest: the trip holds
/// ```
#[test]
fn a_lost_voltage_ends_the_hard_limit_only_where_the_battery_would_be_discharged() {
    for (wiring, charger, rule) in [
        (Wiring::CommonBus, Closed, Rule::DataLost),
        (Wiring::BatteryLead, Open, Rule::VoltageHardLimit),
    ] {
        let mut site = Site::new(wiring);
        site.measured.battery_volts = volts(15.2);
        site.run(SAMPLE);
        site.measured.battery_volts = SILENT;
        site.run(MINUTE);
        assert_eq!(
            (site.stands(Charger), site.rule(Charger)),
            (charger, rule),
            "{wiring}"
        );
        assert_eq!(site.stands(Mains), Closed);
    }
}

// ── lost data ───────────────────────────────────────────────────────────────────────────────────

/// ```text
/// 0:00 both relays open by hand   one sensor falls silent
/// 0:09 three intervals without it: still open    0:12 plain installation, alarm
/// ```
#[test]
fn a_silent_sensor_leads_to_the_plain_installation() {
    for sensor in ["voltage", "temperature"] {
        let mut site = Site::by_hand(Wiring::BatteryLead);
        site.ask(Command::Relay(Mains, Open)).expect("manual");
        site.ask(Command::Relay(Charger, Open)).expect("manual");
        match sensor {
            "voltage" => site.measured.battery_volts = SILENT,
            _ => site.measured.temperature_celsius = SILENT,
        }
        site.run(3 * SAMPLE);
        assert_eq!(
            site.installation(),
            (Open, Open),
            "{sensor}: three failed transfers are tolerated"
        );
        site.run(SAMPLE);
        assert_eq!(
            (site.installation(), site.rule(Mains)),
            ((Closed, Closed), Rule::DataLost),
            "{sensor}"
        );
        assert!(site.has(AlarmName::DataLost));
    }
}

/// ```text
/// 0:00 mains open by hand    no sample at all for 9 s, then 1 ms more: plain installation
/// ```
#[test]
fn a_step_without_a_sample_notices_that_samples_are_overdue() {
    let mut site = Site::by_hand(Wiring::BatteryLead);
    site.ask(Command::Relay(Mains, Open)).expect("manual");
    site.silence(9 * SECOND);
    assert_eq!(site.stands(Mains), Open);
    site.silence(SECOND / 1000);
    assert_eq!(
        (site.installation(), site.rule(Mains)),
        ((Closed, Closed), Rule::DataLost)
    );
    let view = site.controller.view();
    assert_eq!(
        (view.mains, view.relays.mains.actual),
        (MainsState::Unknown, None),
        "nothing stale is shown"
    );
}

/// ```text
/// 0:00 an open sense lead reads about zero; a broken chip reads NaN or less than nothing
/// ```
#[test]
fn an_impossible_voltage_is_no_voltage() {
    for battery in [0.0, 0.9, -13.6, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let mut site = Site::new(Wiring::CommonBus);
        site.measured.battery_volts = volts(battery);
        site.run(MINUTE);
        assert_eq!(
            (site.installation(), site.rule(Charger)),
            ((Closed, Closed), Rule::DataLost),
            "{battery} V"
        );
        assert!(!site.has(AlarmName::BatteryAtFloor), "{battery} V");
    }
}

/// ```text
/// 0:00 lost     0:30 back     two good windows and one with a gap: not yet    three good ones: cleared
/// ```
#[test]
fn three_good_windows_in_a_row_clear_it() {
    let mut site = Site::new(Wiring::BatteryLead);
    site.measured.battery_volts = SILENT;
    site.run(30 * SECOND);
    site.measured.battery_volts = volts(13.6);
    site.run(MINUTE);
    site.measured.battery_volts = SILENT;
    site.run(SAMPLE);
    site.measured.battery_volts = volts(13.6);
    site.run(27 * SECOND);
    site.run(MINUTE + 27 * SECOND);
    assert!(
        site.has(AlarmName::DataLost),
        "the gap started the count again"
    );
    site.run(SAMPLE);
    assert!(!site.has(AlarmName::DataLost));
    assert_eq!(site.rule(Mains), Rule::Observer);
}

/// ```text
/// 0:00 start, sensors dead: the plain installation stands; the operator cannot open anything
/// 0:12 nothing was ever measured: alarm
/// ```
#[test]
fn before_the_first_sample_nothing_may_be_opened() {
    let mut site = Site::just_started(Wiring::BatteryLead);
    site.ask(manual(30 * MINUTE)).expect("allowed");
    let rejection = site
        .ask(Command::Relay(Mains, Open))
        .expect_err("nothing is known");
    assert_eq!(rejection.code, RejectCode::Interlock);
    assert!(
        !site.has(AlarmName::DataLost),
        "the first sample is not overdue yet"
    );
    site.silence(12 * SECOND);
    assert!(site.has(AlarmName::DataLost));
    assert_eq!(site.installation(), (Closed, Closed));
}

// ── floor ───────────────────────────────────────────────────────────────────────────────────────

/// ```text
/// 0:00 mains open by hand, 12.01 V: nothing    0:03 12.00 V, one raw sample: both close in that step
/// 0:06 12.50 V: at the hysteresis              1:06 12.51 V; third sample: over
/// ```
#[test]
fn at_the_floor_both_circuits_close() {
    for wiring in Wiring::ALL.iter().copied() {
        let mut site = Site::by_hand(wiring);
        site.ask(Command::Relay(Mains, Open)).expect("manual");
        site.ask(Command::Relay(Charger, Open)).expect("manual");
        site.measured.charger_amperes = amperes(0.0);
        site.measured.battery_volts = volts(12.01);
        site.run(SAMPLE);
        assert_eq!(site.installation(), (Open, Open));
        site.measured.battery_volts = volts(12.0);
        site.run(SAMPLE);
        assert_eq!(
            (site.installation(), site.rule(Mains)),
            ((Closed, Closed), Rule::Floor)
        );
        assert!(site.has(AlarmName::BatteryAtFloor));
        let rejection = site
            .ask(Command::Relay(Mains, Open))
            .expect_err("at the floor");
        assert!(rejection.reason.contains("floor"), "{}", rejection.reason);
        site.measured.battery_volts = volts(12.5);
        site.run(MINUTE);
        assert!(site.has(AlarmName::BatteryAtFloor));
        site.measured.battery_volts = volts(12.51);
        site.run(3 * SAMPLE);
        assert!(!site.has(AlarmName::BatteryAtFloor));
    }
}

/// ```text
/// 0:00 12.05 V, mains open by hand   0:03 the operator sets the floor to 12.1 V: mains closes in that step
/// ```
#[test]
fn a_higher_floor_acts_at_once() {
    let mut site = Site::by_hand(Wiring::BatteryLead);
    site.measured.battery_volts = volts(12.05);
    site.run(SAMPLE);
    site.ask(Command::Relay(Mains, Open)).expect("manual");
    site.ask(Command::Limit(LimitName::DischargeFloor, 12.1))
        .expect("within bounds");
    assert_eq!(
        (site.stands(Mains), site.rule(Mains)),
        (Closed, Rule::Floor)
    );
    let next = site.why(Mains).next.expect("it ends");
    assert_eq!(
        (next.condition, next.quantity, next.threshold),
        (Condition::Above, Some(Quantity::BatteryVoltage), Some(12.6))
    );
}

/// ```text
/// 15.0 V in the last sample of a window: half an hour later, with the end of a window, it closes
/// ```
#[test]
fn the_hard_limit_ends_with_its_time() {
    let mut site = Site::new(Wiring::CommonBus);
    site.run(9 * SAMPLE);
    site.measured.battery_volts = volts(15.0);
    site.run(SAMPLE);
    site.measured.battery_volts = volts(12.9);
    site.run(30 * MINUTE - SAMPLE);
    assert_eq!(site.stands(Charger), Open);
    site.run(SAMPLE);
    assert_eq!(site.stands(Charger), Closed);
}

/// ```text
/// 0:00 hot and at the floor: heat wins, the charger stays open, mains closed
/// ```
#[test]
fn heat_outranks_the_floor() {
    let mut site = Site::new(Wiring::CommonBus);
    site.measured.temperature_celsius = celsius(50.0);
    site.measured.battery_volts = volts(11.5);
    site.run(SAMPLE);
    assert_eq!(
        (site.installation(), site.rule(Charger)),
        ((Closed, Open), Rule::Heat)
    );
    assert!(site.has(AlarmName::BatteryAtFloor));
}

/// ```text
/// LiFePO4, 14.6 V in one sample: the charger opens     0:30 at rest it stands at 13.40 V, above
/// charge_resume: closed all the same, for no full battery at rest shows more than 13.45 V
/// ```
#[test]
fn a_battery_at_rest_gets_its_charger_back() {
    let config = releve_control::decision::Config::new(
        Wiring::BatteryLead,
        releve_control::profile::Profile::Lifepo4,
    );
    let mut site = Site::configured(config);
    site.measured.battery_volts = volts(14.6);
    site.run(SAMPLE);
    assert_eq!(site.rule(Charger), Rule::VoltageHardLimit);
    let next = site.why(Charger).next.expect("it ends");
    assert_eq!(next.threshold, Some(13.45));
    site.measured.battery_volts = volts(13.45);
    site.run(31 * MINUTE);
    assert_eq!(site.stands(Charger), Open);
    site.measured.battery_volts = volts(13.44);
    site.run(MINUTE);
    assert_eq!(site.stands(Charger), Closed);
    assert!(!site.has(AlarmName::VoltageHardLimit));
}
