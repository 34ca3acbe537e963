//! Three trips of one cause latch its interlock until a person has looked.

use crate::site::*;
use releve_control::{AlarmName, Command, Condition, Event, Rule, Wiring};

/// One trip of that cause and its end, within ten minutes (the hard limit: 31).
fn trip(site: &mut Site, alarm: AlarmName) {
    let calm = (
        site.measured.battery_volts,
        site.measured.temperature_celsius,
    );
    match alarm {
        AlarmName::TemperatureLimit => site.measured.temperature_celsius = celsius(45.1),
        AlarmName::TemperatureLow => site.measured.temperature_celsius = celsius(-20.1),
        AlarmName::VoltageHardLimit => site.measured.battery_volts = volts(15.0),
        AlarmName::DataLost => site.measured.temperature_celsius = SILENT,
        _ => site.measured.battery_volts = volts(12.0),
    }
    site.run(MINUTE);
    (
        site.measured.battery_volts,
        site.measured.temperature_celsius,
    ) = calm;
    let rest = if alarm == AlarmName::VoltageHardLimit {
        30
    } else {
        9
    };
    site.run(rest * MINUTE);
}

/// The installation that the interlock of that alarm wants.
fn wanted(alarm: AlarmName) -> (releve_control::Contact, releve_control::Contact) {
    match alarm {
        AlarmName::DataLost | AlarmName::BatteryAtFloor => (Closed, Closed),
        _ => (Closed, Open),
    }
}

const COUNTED: [(AlarmName, Rule); 5] = [
    (AlarmName::TemperatureLimit, Rule::Heat),
    (AlarmName::TemperatureLow, Rule::Cold),
    (AlarmName::VoltageHardLimit, Rule::VoltageHardLimit),
    (AlarmName::DataLost, Rule::DataLost),
    (AlarmName::BatteryAtFloor, Rule::Floor),
];

/// A site whose battery rests below `charge_resume`, so that the hard limit can end.
fn resting(wiring: Wiring) -> Site {
    let mut site = Site::new(wiring);
    site.measured.battery_volts = volts(12.9);
    site.run(MINUTE);
    site
}

fn is_latched(site: &Site, alarm: AlarmName) -> bool {
    let view = site.controller.view();
    view.alarms
        .iter()
        .any(|active| active.alarm == alarm && active.latched)
}

/// ```text
/// three trips, each over within minutes: the third holds for hours; acknowledged: over in that step
/// ```
#[test]
fn the_third_trip_of_every_cause_holds_until_it_is_acknowledged() {
    for wiring in Wiring::ALL.iter().copied() {
        for (alarm, rule) in COUNTED {
            let mut site = resting(wiring);
            for _ in 0..2 {
                trip(&mut site, alarm);
                assert!(!site.has(alarm), "{wiring} {alarm}");
            }
            trip(&mut site, alarm);
            site.run(120 * MINUTE);
            assert!(is_latched(&site, alarm), "{wiring} {alarm}");
            assert_eq!(site.installation(), wanted(alarm));
            let reason = site.why(Charger);
            assert_eq!(reason.rule, rule);
            assert_eq!(
                reason.next.map(|next| next.condition),
                Some(Condition::Acknowledgement)
            );
            site.take_events();
            site.ask(Command::Acknowledge(alarm)).expect("it is active");
            assert!(!site.has(alarm), "{wiring} {alarm}");
            assert_eq!(
                (site.installation(), site.rule(Charger)),
                ((Closed, Closed), Rule::Observer)
            );
            let events = site.take_events();
            assert!(events.contains(&Event::AlarmAcknowledged { alarm }));
            trip(&mut site, alarm);
            assert!(!site.has(alarm), "what was acknowledged counts no more");
        }
    }
}

/// ```text
/// 0:00, 0:25 and 1:01: the first is forgotten when the third comes
/// ```
#[test]
fn trips_far_apart_do_not_latch() {
    let mut site = resting(Wiring::CommonBus);
    for _ in 0..4 {
        trip(&mut site, AlarmName::TemperatureLimit);
        site.run(21 * MINUTE);
    }
    assert!(!site.has(AlarmName::TemperatureLimit));
}

/// ```text
/// hot for the third time, acknowledged while hot: open until it has cooled, and no longer
/// ```
#[test]
fn acknowledged_while_its_cause_holds_it_ends_with_the_cause() {
    let mut site = resting(Wiring::CommonBus);
    trip(&mut site, AlarmName::TemperatureLimit);
    trip(&mut site, AlarmName::TemperatureLimit);
    site.measured.temperature_celsius = celsius(46.0);
    site.run(SAMPLE);
    assert!(is_latched(&site, AlarmName::TemperatureLimit));
    site.ask(Command::Acknowledge(AlarmName::TemperatureLimit))
        .expect("it is active");
    assert!(!is_latched(&site, AlarmName::TemperatureLimit));
    assert_eq!(
        site.why(Charger).next.map(|next| next.condition),
        Some(Condition::Below)
    );
    site.run(MINUTE);
    assert_eq!(site.stands(Charger), Open);
    site.measured.temperature_celsius = celsius(41.0);
    site.run(3 * SAMPLE);
    assert_eq!(site.stands(Charger), Closed);
    assert!(!site.has(AlarmName::TemperatureLimit));
}

/// ```text
/// common_bus: the hard limit has latched; the load empties the battery
/// at the floor the charger closes all the same     at 13 V it stays closed     at 15 V it opens again
/// ```
#[test]
fn a_latched_hard_limit_does_not_empty_the_battery() {
    let mut site = resting(Wiring::CommonBus);
    let alarm = AlarmName::VoltageHardLimit;
    for _ in 0..3 {
        trip(&mut site, alarm);
    }
    assert_eq!(site.stands(Charger), Open);
    site.measured.battery_volts = volts(12.0);
    site.run(SAMPLE);
    assert_eq!(
        (site.stands(Charger), site.rule(Charger)),
        (Closed, Rule::Floor)
    );
    site.measured.battery_volts = volts(13.0);
    site.run(60 * MINUTE);
    assert_eq!(site.stands(Charger), Closed);
    assert!(is_latched(&site, alarm), "nobody has looked");
    site.measured.battery_volts = volts(15.0);
    site.run(SAMPLE);
    assert_eq!(
        (site.stands(Charger), site.rule(Charger)),
        (Open, Rule::VoltageHardLimit)
    );
}

/// ```text
/// two losses of the thermometer and one of the voltage are three of lost data; the alarm says of what
/// ```
#[test]
fn a_loss_of_data_names_what_was_lost() {
    let mut site = resting(Wiring::BatteryLead);
    let cause = |site: &Site| {
        let view = site.controller.view();
        let alarm = view
            .alarms
            .iter()
            .find(|alarm| alarm.alarm == AlarmName::DataLost);
        alarm.and_then(|alarm| alarm.cause)
    };
    site.measured.temperature_celsius = SILENT;
    site.run(MINUTE);
    assert_eq!(
        cause(&site),
        Some(releve_control::Cause::TemperatureMissing)
    );
    site.measured.battery_volts = SILENT;
    site.run(MINUTE);
    assert_eq!(cause(&site), Some(releve_control::Cause::VoltageMissing));
}
