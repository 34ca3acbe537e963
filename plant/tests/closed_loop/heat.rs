//! The concept's safety device: a message above one temperature, the charger open above another.

use releve_control::{AlarmName, Contact, Event, RelayName, Rule, Severity};
use releve_plant::PlantConfig;

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
