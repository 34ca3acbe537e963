//! The concept's second mode: charger open above the cut, closed again below the resume level.

use crate::site::*;
use releve_control::decision::Config;
use releve_control::guards::Guards;
use releve_control::{
    AlarmName, Command, Condition, LimitName, Mode, Next, Quantity, Rule, Wiring,
};

fn protected() -> Site {
    Site::in_mode(Wiring::BatteryLead, Mode::OverchargeProtection)
}

/// ```text
/// 0:00 overcharge protection, battery at 13.60 V
/// ```
#[test]
fn it_begins_with_both_relays_closed() {
    let mut site = protected();
    site.run(MINUTE);
    assert_eq!(site.installation(), (Closed, Closed));
    let reason = site.why(Charger);
    assert_eq!(
        (reason.rule, reason.threshold),
        (Rule::BelowOverchargeCut, Some(14.5))
    );
    let next = reason.next.expect("the cut may come");
    assert_eq!(
        (next.to, next.condition, next.threshold),
        (Some(Open), Condition::Above, Some(14.5))
    );
}

/// ```text
/// 0:00 mean 14.50 V: at the cut
/// 0:30 mean 14.52 V: above it
/// 1:00 charger opens with the reading, mains stays closed; measuring goes on
/// ```
#[test]
fn a_mean_above_the_cut_opens_the_charger_and_measuring_goes_on() {
    let mut site = protected();
    site.measured.battery_volts = volts(14.5);
    site.run(MINUTE);
    assert_eq!(
        site.installation(),
        (Closed, Closed),
        "at the cut is not above it"
    );

    site.measured.battery_volts = volts(14.52);
    site.run(27 * SECOND);
    assert_eq!(site.stands(Charger), Closed, "the mean is not there yet");
    site.run(SAMPLE);
    assert_eq!(site.installation(), (Closed, Open));
    let reason = site.why(Charger);
    assert_eq!(
        (reason.rule, reason.value, reason.threshold),
        (Rule::OverchargeCut, Some(14.52), Some(14.5))
    );
    assert_eq!(
        reason.next,
        Some(Next {
            to: Some(Closed),
            condition: Condition::Below,
            quantity: Some(Quantity::BatteryVoltage),
            threshold: Some(13.0),
            not_before: Some(site.now.after(30 * MINUTE)),
        })
    );
    site.readings.clear();
    site.run(5 * MINUTE);
    assert_eq!(site.readings.len(), 10);
    assert_eq!(
        site.why(Charger).since,
        reason.since,
        "the same rule holds since then"
    );
}

/// ```text
/// 0:00 one raw sample at 14.90 V among samples of 13.60 V: the mean is below the cut
/// ```
#[test]
fn one_sample_above_the_cut_is_not_the_mean() {
    let mut site = protected();
    site.measured.battery_volts = volts(14.9);
    site.run(SAMPLE);
    site.measured.battery_volts = volts(13.6);
    site.run(5 * MINUTE);
    assert_eq!(site.take_switched(), []);
}

/// ```text
/// 0:00 cut
/// 0:30 mean 13.00 V: at the resume level; 31:00 still open
/// 31:00 mean 12.99 V
/// 31:30 charger closes; the mode is back at its beginning
/// 41:30 the charger has been closed for ten minutes: a second cut follows a second excess
/// ```
#[test]
fn a_mean_below_the_resume_level_closes_the_charger_and_it_begins_again() {
    let mut site = protected();
    for round in 0..2 {
        site.measured.battery_volts = volts(14.6);
        site.run(30 * SECOND);
        assert_eq!(site.stands(Charger), Open, "round {round}");
        site.measured.battery_volts = volts(13.0);
        site.run(31 * MINUTE);
        assert_eq!(
            site.stands(Charger),
            Open,
            "at the resume level is not below it"
        );
        site.measured.battery_volts = volts(12.99);
        site.run(30 * SECOND);
        assert_eq!(site.installation(), (Closed, Closed));
        assert_eq!(site.rule(Charger), Rule::BelowOverchargeCut);
        site.measured.battery_volts = volts(13.6);
        site.run(10 * MINUTE);
    }
}

/// ```text
/// 0:00 cut; the mean falls below the resume level at once
/// 29:57 still open: the least open time is 30 min
/// 30:00 closes
/// ```
#[test]
fn the_charger_stays_open_for_the_least_open_time() {
    let mut site = protected();
    site.measured.battery_volts = volts(14.6);
    site.run(30 * SECOND);
    site.measured.battery_volts = volts(12.8);
    site.run(30 * MINUTE - SAMPLE);
    assert_eq!(site.stands(Charger), Open);
    site.run(SAMPLE);
    assert_eq!(site.stands(Charger), Closed);
}

/// ```text
/// 0:00 mean 14.20 V, cut 14.50 V
/// 1:00 the operator sets the cut to 14.00 V: the charger opens in that step
/// ```
#[test]
fn a_lower_cut_acts_at_once() {
    let mut site = protected();
    site.measured.battery_volts = volts(14.2);
    site.run(MINUTE);
    site.ask(Command::Limit(LimitName::OverchargeCut, 14.0))
        .expect("within bounds");
    assert_eq!(site.stands(Charger), Open);
}

/// ```text
/// 0:00 cut
/// 0:30 the battery's voltage is lost; the plain installation stands until it is back
/// 3:00 three good readings: the mode begins anew, below the cut
/// ```
#[test]
fn it_begins_anew_after_an_interlock() {
    let mut site = protected();
    site.measured.battery_volts = volts(14.6);
    site.run(30 * SECOND);
    site.measured.battery_volts = SILENT;
    site.run(30 * SECOND);
    assert_eq!(site.stands(Charger), Closed);
    site.measured.battery_volts = volts(13.8);
    site.run(2 * MINUTE);
    assert_eq!(
        (site.stands(Charger), site.rule(Charger)),
        (Closed, Rule::BelowOverchargeCut)
    );
}

/// ```text
/// 0:00 cut; the operator goes back to observer: the charger closes in that step
/// ```
#[test]
fn the_operator_may_end_it_at_any_time() {
    let mut site = protected();
    site.measured.battery_volts = volts(14.6);
    site.run(30 * SECOND);
    site.ask(Command::Mode(Mode::Observer))
        .expect("always allowed");
    assert_eq!(site.installation(), (Closed, Closed));
}

/// ```text
/// 0:00 the voltage sensor is over its range at a bound of 14.40 V: the mean may be anything above
/// ```
#[test]
fn a_bound_never_proves_a_low_mean() {
    let mut site = protected();
    site.measured.battery_volts = volts(14.6);
    site.run(30 * SECOND);
    site.measured.battery_volts = releve_control::sample::Measurement::OverRange(12.0);
    site.run(40 * MINUTE);
    assert_eq!(site.stands(Charger), Open);
}

/// The concept's intermittent charging: a cut near the float voltage. It never lets the battery get
/// full, so after a week one full charge passes the cut.
///
/// ```text
/// 0:00 13.41 V, above the cut at 13.40 V: open     7 d closed past the cut; full after three minutes
/// ```
#[test]
fn set_low_it_lets_a_full_charge_pass_every_week() {
    let mut site = Site::configured(Config {
        capacity_ampere_hours: Some(20.0),
        guards: Guards {
            saturation: core::time::Duration::ZERO,
            ..Guards::default()
        },
        ..config(Wiring::BatteryLead)
    });
    site.charger_obeys = true;
    for (limit, value) in [
        (LimitName::ChargeResume, 12.7),
        (LimitName::OverchargeCut, 13.4),
    ] {
        site.ask(Command::Limit(limit, value))
            .expect("within bounds");
    }
    site.ask(Command::Mode(Mode::OverchargeProtection))
        .expect("allowed");
    site.measured.charger_amperes = amperes(0.3);
    site.measured.battery_volts = volts(13.41);
    site.run(MINUTE);
    assert_eq!(site.rule(Charger), Rule::OverchargeCut);
    let week = 7 * 24 * 60 * MINUTE;
    site.run(week - 2 * MINUTE);
    assert_eq!(site.stands(Charger), Open);
    site.run(2 * MINUTE);
    assert_eq!(
        (site.stands(Charger), site.rule(Charger)),
        (Closed, Rule::FullCharge)
    );
    site.measured.battery_volts = volts(13.46);
    site.run(3 * MINUTE);
    assert_eq!(
        site.rule(Charger),
        Rule::FullCharge,
        "not for three minutes yet"
    );
    site.run(MINUTE);
    assert!(site.controller.view().charge.full_at.is_some());
    site.measured.battery_volts = volts(15.0);
    site.run(SAMPLE);
    assert_eq!(
        site.rule(Charger),
        Rule::VoltageHardLimit,
        "which nothing passes"
    );
}

/// ```text
/// 7 d a full charge is due and forced; 8 d it has not come: the alarm
/// ```
#[test]
fn a_full_charge_that_does_not_come_raises_its_alarm() {
    let mut site = Site::configured(Config {
        capacity_ampere_hours: Some(20.0),
        guards: Guards {
            saturation: core::time::Duration::ZERO,
            ..Guards::default()
        },
        ..config(Wiring::BatteryLead)
    });
    site.measured.battery_volts = volts(13.2);
    let day = 24 * 60 * MINUTE;
    site.run(8 * day - SAMPLE);
    assert!(!site.has(AlarmName::FullChargeOverdue));
    site.run(SAMPLE);
    assert!(site.has(AlarmName::FullChargeOverdue));
}
