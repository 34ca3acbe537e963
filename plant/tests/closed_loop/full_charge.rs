//! Seven days without a full charge force one; eight without success are told of.

use releve_control::{AlarmName, Contact, LimitName, Mode, RelayName, Rule};
use releve_plant::{ChargerParameters, PlantConfig};

use crate::log::assert_between;
use crate::site::*;

/// 00:01  charged now and then, with a cut of 13.2 V: below what tells a full battery
/// 7 d    a full charge is forced: it passes the operator's cut, the battery is seen full
/// ..     then the mode goes on as before
#[test]
fn a_full_charge_is_forced_where_intermittent_charging_never_gives_one() {
    let mut site = Site::new(PlantConfig::healthy_site())
        .at(at(0, 1), limit(LimitName::ChargeResume, 12.8))
        .at(at(0, 1), limit(LimitName::OverchargeCut, 13.2))
        .at(at(0, 1), mode(Mode::OverchargeProtection));
    site.run_to(8 * DAY + HOUR);
    let log = &site.log;
    log.assert_obeyed();
    let closed = Contact::Closed;
    let forced = log.switched_after(6 * DAY, RelayName::Charger, closed, Rule::FullCharge);
    assert_between(log, "the forced charge", forced, 7 * DAY, 7 * DAY + HOUR);
    let before = |entry: &&releve_plant::Truth| entry.flows.battery_volts;
    let highest = site
        .between(HOUR, forced)
        .map(|truth| before(&truth))
        .fold(0.0, f64::max);
    assert!(highest < 13.9, "{highest} V");
    let cut = log.switched_after(
        forced,
        RelayName::Charger,
        Contact::Open,
        Rule::OverchargeCut,
    );
    assert_between(log, "its end", cut, forced + 3 * MINUTE, forced + 12 * HOUR);
    assert_eq!(log.full_charges(), 1, "{log}");
    let end = site.between(cut - MINUTE, cut).next().expect("a moment");
    assert!(end.flows.battery_volts > 13.45, "{end:?}");
    assert!(end.flows.battery_amperes < 0.04 * 18.0, "{end:?}");
    log.assert_alarms(&[]);
}

/// 00:00  the observer's site, on a charger that somebody has set to 13.2 V: it never fills its battery
/// 8 d    full_charge_overdue
#[test]
fn a_charger_set_too_low_is_told_of_after_eight_days() {
    let plant = PlantConfig {
        charger: ChargerParameters {
            current_limit_amperes: 2.5,
            float_volts: 13.2,
            absorption: None,
            compensation_volts_per_kelvin: 0.0,
        },
        ..PlantConfig::healthy_site()
    };
    let mut site = Site::new(plant);
    site.run_to(8 * DAY + HOUR);
    let raised = site.log.raised(AlarmName::FullChargeOverdue);
    assert_between(&site.log, "the alarm", raised, 8 * DAY, 8 * DAY + MINUTE);
    site.log.assert_alarms(&[AlarmName::FullChargeOverdue]);
}
