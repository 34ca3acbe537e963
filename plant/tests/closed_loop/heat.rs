//! The concept's safety device: a message above one temperature, the charger open above another.

use releve_control::{AlarmName, Command, Contact, Event, RelayName, Rule, Severity};
use releve_plant::{Fault, PlantConfig};

use crate::log::assert_between;
use crate::site::*;

/// 11:00  local time, a hot day: an old battery in a sunlit box, at 31 °C
/// ..     above 35 °C the operator is told
/// ..     above 45 °C the charger opens, and he is told again; mains stays
/// ..     in the evening it has cooled, the charger closes
/// ..     in the night the first message is taken back, too
#[test]
fn a_hot_battery_is_told_of_and_then_no_longer_charged() {
    let mut site = Site::new(PlantConfig::hot_ageing_site());
    site.run_to(at(20, 0));
    let log = &site.log;
    let limit = 45.0;
    let (warned, opened) = (
        log.raised(AlarmName::TemperatureHigh),
        log.switched(RelayName::Charger, Contact::Open, Rule::Heat),
    );
    assert_between(log, "the warning", warned, at(0, 10), at(2, 0));
    assert_between(log, "the charger opens", opened, warned, at(5, 0));
    assert_eq!(log.raised(AlarmName::TemperatureLimit), opened);
    // The thermometer may be off by 0.8 K, and rounds to an eighth.
    let at_trip = site
        .between(opened - MINUTE, opened)
        .last()
        .expect("a moment");
    assert!((at_trip.battery_celsius - limit).abs() < 1.0, "{at_trip:?}");

    let closed = log.switched_after(opened, RelayName::Charger, Contact::Closed, Rule::Observer);
    assert_between(log, "the charger closes", closed, opened + HOUR, at(12, 0));
    for truth in site.between(opened + MINUTE, closed - MINUTE) {
        assert!(
            truth.flows.battery_amperes <= 0.0 && truth.mains_present,
            "{truth:?}"
        );
    }
    let cooled = site
        .between(closed - MINUTE, closed)
        .last()
        .expect("a moment");
    assert!(cooled.battery_celsius < limit - 1.5, "{cooled:?}");
    assert_eq!(log.cleared(AlarmName::TemperatureLimit), closed);
    assert_between(
        log,
        "the warning ends",
        log.cleared(AlarmName::TemperatureHigh),
        closed,
        at(16, 0),
    );
    let critical = |(_, event): &(_, Event<_>)| {
        matches!(
            event,
            Event::AlarmRaised {
                severity: Severity::Critical,
                ..
            }
        )
    };
    assert_eq!(
        log.events.iter().filter(|entry| critical(entry)).count(),
        1,
        "{log}"
    );
}

/// 01:00, 01:20 and 01:40  the thermometer answers 85 °C for a minute: each time the charger opens
/// 01:01, 01:21  it is refuted, and the charger closes
/// 01:41  the third time in an hour is believed whatever comes after: the charger stays open
/// 05:00  somebody has looked: the charger closes, and the fourth time is a first one
#[test]
fn the_third_time_heat_holds_until_somebody_has_looked() {
    for plant in [PlantConfig::healthy_site(), PlantConfig::telecom_site()] {
        let mut site =
            Site::new(plant).at(at(5, 0), Command::Acknowledge(AlarmName::TemperatureLimit));
        for from in [at(1, 0), at(1, 20), at(1, 40), at(5, 20)] {
            site.suffer(Fault::ThermometerAtPowerOnValue, from, Some(from + MINUTE));
        }
        let latched = |site: &Site| {
            (site.controller.view().alarms.iter())
                .any(|alarm| alarm.alarm == AlarmName::TemperatureLimit && alarm.latched)
        };
        for (moment, open, held) in [
            (at(1, 10), false, false),
            (at(1, 30), false, false),
            (at(1, 45), true, true),
            (at(4, 59), true, true),
            (at(5, 1), false, false),
            (at(5, 20) + 30 * SECOND, true, false),
            (at(5, 30), false, false),
        ] {
            site.run_to(moment);
            let (mains, charger) = site.installation();
            assert_eq!(mains, Contact::Closed, "{}", site.log);
            assert_eq!(charger == Contact::Open, open, "{moment:?}\n{}", site.log);
            assert_eq!(latched(&site), held, "{moment:?}\n{}", site.log);
        }
        let log = &site.log;
        log.assert_obeyed();
        let third = log.switched_after(at(1, 30), RelayName::Charger, Contact::Open, Rule::Heat);
        let closed = log.switched_after(third, RelayName::Charger, Contact::Closed, Rule::Observer);
        assert_between(
            log,
            "the charger closes",
            closed,
            at(5, 0),
            at(5, 0) + 3 * SECOND,
        );
        assert!(
            site.between(third + MINUTE, closed - MINUTE)
                .all(|truth| truth.flows.charger_amperes == 0.0 && truth.battery_celsius < 35.0),
            "{log}"
        );
    }
}
