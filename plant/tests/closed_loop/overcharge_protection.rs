//! The concept's protection against overcharge: set low, it charges now and then instead of always.

use releve_control::{Contact, LimitName, Mode, RelayName, Rule};
use releve_plant::PlantConfig;

use crate::log::assert_between;
use crate::site::*;

/// 00:00  the site starts, the battery floats at 13.7 V
/// 00:10  overcharge protection with a cut of 13.5 V: both relays stay closed until a window has ended,
///        then its mean is above the cut and the charger opens
/// 00:40  the least open time is over, the battery below 13.0 V: the charger closes
/// 00:50  the least closed time is over, the voltage above the cut again: the charger opens
/// ..     with each charge the battery is fuller and rests for longer above 13.0 V, in the end for hours;
///        it is measured all the while
/// ..     below 13.0 V the charger closes, the voltage rises, the charger opens again
#[test]
fn the_charger_opens_above_the_cut_and_closes_below_the_resume() {
    let mut site = Site::new(PlantConfig::healthy_site())
        .at(at(0, 10), limit(LimitName::OverchargeCut, 13.5))
        .at(at(0, 10), mode(Mode::OverchargeProtection));
    site.run_to(at(48, 0));
    let log = &site.log;
    log.assert_obeyed();
    log.assert_alarms(&[]);

    let cut = log.switched(RelayName::Charger, Contact::Open, Rule::OverchargeCut);
    assert_between(log, "the first cut", cut, at(0, 10), at(0, 11));
    let resumed = log.switched(
        RelayName::Charger,
        Contact::Closed,
        Rule::BelowOverchargeCut,
    );
    assert_eq!(resumed, cut + at(0, 30), "the least open time\n{log}");
    let cut = log.switched_after(
        resumed,
        RelayName::Charger,
        Contact::Open,
        Rule::OverchargeCut,
    );
    assert_eq!(cut, resumed + at(0, 10), "the least closed time\n{log}");

    let late = at(12, 0);
    let cut = log.switched_after(late, RelayName::Charger, Contact::Open, Rule::OverchargeCut);
    let resumed = log.switched_after(
        cut,
        RelayName::Charger,
        Contact::Closed,
        Rule::BelowOverchargeCut,
    );
    assert_between(
        log,
        "the charge resumes",
        resumed,
        cut + at(1, 0),
        cut + at(12, 0),
    );
    for truth in site.between(cut + MINUTE, resumed - MINUTE) {
        assert!(truth.flows.battery_volts > 12.97 && truth.flows.battery_amperes == 0.0);
    }
    let at_resume = site
        .between(resumed - MINUTE, resumed)
        .next()
        .expect("a moment");
    assert!(
        (at_resume.flows.battery_volts - 13.0).abs() < 0.03,
        "{at_resume:?}"
    );
    for truth in site.between(resumed + MINUTE, resumed + 5 * MINUTE) {
        assert!(truth.flows.battery_amperes > 0.0, "{truth:?}");
    }
    let again = log.switched_after(
        resumed,
        RelayName::Charger,
        Contact::Open,
        Rule::OverchargeCut,
    );
    assert_between(
        log,
        "the next cut",
        again,
        resumed + at(0, 10),
        resumed + at(1, 0),
    );

    assert_eq!(log.openings(RelayName::Mains), 0, "{log}");
    assert_eq!(
        site.readings.len(),
        48 * 60 * 2,
        "it measures in every state"
    );
    assert!(
        site.readings
            .iter()
            .all(|(_, window)| window.battery.voltage.n == 10)
    );
}

/// 00:10  overcharge protection as it comes, the cut above every voltage of a sound charger
/// 72:00  nothing has been switched, in neither wiring: the battery floats as without this program
#[test]
fn above_the_absorption_voltage_the_cut_leaves_a_sound_charger_alone() {
    for plant in [PlantConfig::healthy_site(), PlantConfig::telecom_site()] {
        let mut site = Site::new(plant).at(at(0, 10), mode(Mode::OverchargeProtection));
        site.run_to(at(72, 0));
        assert_eq!(site.log.switchings(), [], "{}", site.log);
        site.log.assert_alarms(&[]);
    }
}
